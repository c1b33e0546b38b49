//! `enforced_by`: do the SCPs or the RCPs above an account, or the policies of its VPC endpoints, alone make a
//! guardrail's requests impossible?
//!
//! What is asked about is nobody in the inventory: under SCPs an administrator of the account, of any name
//! and with any tags; under RCPs and through endpoints anybody at all, let in by the policy of every resource. So the rule holds
//! whatever anybody in the account may write into a policy. The subject is the account: what it lacks is
//! known without its details, and a change of the organization concerns it whoever lives there.

mod endpoint;
mod idle;
mod leak;
mod region;

use std::collections::BTreeSet;

use stanchion_inventory::{Inventory, PrincipalKind};
use stanchion_policy::Policy;
use stanchion_policy::prove::{
    Answer, Assumption, Ceiling, Home, Verdict, Witness, everybody, leaves, named_by,
};

use crate::asker::{PRINCIPAL, RESOURCE, organization};
use crate::evaluator::Evaluator;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook::{EnforcedBy, Guardrail, Rule};
use crate::scope::{InScope, account_in_scope};

pub(crate) use idle::idle;
pub(crate) use region::is_beyond as is_beyond_rcps;

/// A guardrail that must be enforced, compiled.
pub(crate) struct Enforced {
    by: EnforcedBy,
    /// What is forbidden, to whomever the rule does not except.
    region: Policy,
    /// The kinds of principal that the rule is about.
    kinds: Vec<PrincipalKind>,
    /// Whether RCPs bind none of its actions, though they must enforce it.
    beyond: bool,
    pub(super) notes: Vec<String>,
}

/// Why nothing is said of a rule: to call it enforced would be wrong, and a leak has no request that an RCP is known
/// to stop. Whether RCPs bind actions that work on no resource is contested.
const BEYOND: &str = "RCPs are known to bind none of the rule's actions; SCPs may enforce it";

/// One way in which a ceiling leaks.
struct Leak {
    witness: Box<Witness>,
    resource_account: String,
    assumptions: Vec<Assumption>,
}

impl Enforced {
    /// `None`: nothing has to enforce it.
    pub(super) fn new(rule: &Rule, guardrail: &Guardrail) -> Option<Self> {
        let by = guardrail.enforced_by?;
        let kinds = match rule.scope.principals.as_slice() {
            [] => vec![PrincipalKind::Role, PrincipalKind::User, PrincipalKind::Root],
            some => some.to_vec(),
        };
        let region = region::of(by, &guardrail.forbid, &rule.except);
        let notes = region::notes(by, &guardrail.forbid, &rule.scope);
        let beyond = by == EnforcedBy::Rcp && guardrail.forbid.statements.iter().all(region::is_beyond);
        Some(Self { by, region, kinds, beyond, notes })
    }

    /// What is not asked about of an inventory.
    pub(crate) fn notice(&self, rule: &Rule, inventory: &Inventory) -> Option<String> {
        // An endpoint's policy binds whoever comes through it, in the management account too.
        let name = self.name()?;
        let Some(management) = inventory.management_account() else {
            let there_is_one = inventory.organization().is_some();
            return (!there_is_one).then(|| {
                format!("no account of the inventory is known to be in an organization: whether {name}s enforce it is not asked")
            });
        };
        let is_about = matches!(account_in_scope(rule, inventory, management), InScope::Yes);
        is_about.then(|| format!("no {name} binds the management account {management}: it is left out"))
    }

    /// What policies of the organization are called that must enforce it.
    fn name(&self) -> Option<&'static str> {
        match self.by {
            EnforcedBy::Scp => Some("SCP"),
            EnforcedBy::Rcp => Some("RCP"),
            EnforcedBy::Endpoint => None,
        }
    }

    /// Whether it is about an account, wherever it is.
    pub(super) fn binds(&self, inventory: &Inventory, account: &str) -> bool {
        self.by == EnforcedBy::Endpoint || inventory.is_member(account)
    }

    /// Whether it is about the VPC endpoints of accounts, and says nothing of principals.
    pub(crate) fn is_of_endpoints(&self) -> bool {
        self.by == EnforcedBy::Endpoint
    }

    /// One judgement without a facet, or one for each endpoint.
    pub(super) fn judge(&self, rule: &Rule, evaluator: &Evaluator<'_>, account: &str) -> Facets {
        if self.beyond {
            return vec![(None, Judgement::unknown(BEYOND))];
        }
        let inventory = evaluator.inventory();
        let judgement = match self.by {
            EnforcedBy::Scp => {
                let levels = inventory.scps(account);
                self.judged(evaluator, account, Ceiling::Scps(&levels), |leak| {
                    let place = leak::place("SCP", "service control policies", account, &levels, leak);
                    format!("{place}; {}", leak::users(rule, evaluator, account))
                })
            }
            EnforcedBy::Rcp => {
                let levels = inventory.rcps(account);
                self.judged(evaluator, account, Ceiling::Rcps(&levels), |leak| {
                    let place = leak::place("RCP", "resource control policies", account, &levels, leak);
                    format!("{place}; asked for by {}", leak.witness.principal)
                })
            }
            EnforcedBy::Endpoint => return self.judge_endpoints(evaluator, account),
        };
        vec![(None, judgement)]
    }

    /// What a ceiling alone leaves open; `told` says of a leak where it is.
    fn judged(
        &self,
        evaluator: &Evaluator<'_>,
        account: &str,
        ceiling: Ceiling<'_>,
        told: impl FnOnce(&Leak) -> String,
    ) -> Judgement {
        match self.ask(evaluator, account, ceiling) {
            Ok(Asked::Leaks(leak)) => {
                let detail = told(&leak);
                Judgement::Violated {
                    evidence: Evidence::Witness(leak.witness, Some(detail)),
                    assumptions: leak.assumptions,
                }
            }
            Ok(Asked::Unknown(reasons, assumptions)) => {
                Judgement::Indeterminate { reasons: reasons.into_iter().collect(), assumptions }
            }
            Ok(Asked::Holds(assumptions)) => Judgement::Holds { assumptions },
            Err(reason) => Judgement::unknown(reason),
        }
    }

    fn ask(&self, evaluator: &Evaluator<'_>, account: &str, ceiling: Ceiling<'_>) -> Result<Asked, String> {
        let told = named_by(ceiling, &self.region);
        let (mut reasons, mut assumptions) = (BTreeSet::new(), BTreeSet::new());
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| word(*kind)).collect();
        let home = home(evaluator, account);
        let everybody = everybody(ceiling, &told, &kinds, &home).map_err(|error| error.to_string())?;
        for hypothesis in everybody {
            let Answer { verdict, assumptions: taken, .. } =
                leaves(ceiling, &hypothesis, &self.region, evaluator.steps());
            match verdict {
                Verdict::No => assumptions.extend(taken),
                Verdict::Yes(witness) => {
                    let resource_account = hypothesis.resource_account;
                    return Ok(Asked::Leaks(Leak { witness, resource_account, assumptions: taken }));
                }
                Verdict::Indeterminate(more) => {
                    assumptions.extend(taken);
                    reasons.extend(more);
                }
            }
        }
        reasons.extend(told.beyond(ceiling));
        let assumptions = assumptions.into_iter().collect();
        Ok(if reasons.is_empty() { Asked::Holds(assumptions) } else { Asked::Unknown(reasons, assumptions) })
    }
}

enum Asked {
    Holds(Vec<Assumption>),
    Leaks(Leak),
    Unknown(BTreeSet<String>, Vec<Assumption>),
}

/// An account, and what is known of its organization.
pub(super) fn home<'a>(evaluator: &Evaluator<'a>, account: &'a str) -> Home<'a> {
    let inventory = evaluator.inventory();
    Home {
        partition: partition(inventory),
        account,
        of_principal: organization(inventory, account, PRINCIPAL),
        of_resource: organization(inventory, account, RESOURCE),
        now: evaluator.now(),
    }
}

fn word(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Role => "role",
        PrincipalKind::User => "user",
        PrincipalKind::Root => "root",
    }
}

/// The partition of every account: partitions do not mix in one organization.
fn partition(inventory: &Inventory) -> &str {
    let arn = inventory.accounts().next().map(|known| known.root().arn.as_str());
    arn.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
}
