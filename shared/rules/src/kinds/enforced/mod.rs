//! `enforced_by`: do the SCPs or the RCPs above an account alone make a guardrail's requests impossible?
//!
//! What is asked about is nobody in the inventory: under SCPs an administrator of the account, of any name
//! and with any tags; under RCPs anybody at all, let in by the policy of every resource. So the rule holds
//! whatever anybody in the account may write into a policy. The subject is the account: what it lacks is
//! known without its details, and a change of the organization concerns it whoever lives there.

mod leak;
mod region;

use std::collections::BTreeSet;

use stanchion_inventory::{Inventory, PrincipalKind};
use stanchion_policy::prove::{
    Answer, Assumption, Ceiling, Hypothesis, Outsider, Told, Verdict, Witness, anyone_of, leaves, named_by,
};
use stanchion_policy::{Caller, Context, Level, Policy};

use crate::asker::{PRINCIPAL, RESOURCE, organization};
use crate::evaluator::Evaluator;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook::{EnforcedBy, Guardrail, Rule};
use crate::scope::{InScope, account_in_scope};

/// How many accounts besides its own are gone through for one account.
const MOST_ACCOUNTS: usize = 64;

/// A guardrail that must be enforced, compiled.
pub(crate) struct Enforced {
    by: EnforcedBy,
    /// What is forbidden, to whomever the rule does not except.
    region: Policy,
    /// The kinds of principal that the rule is about.
    kinds: Vec<PrincipalKind>,
    /// Whether it is about sessions of which nobody is asked about who could begin them.
    federated: bool,
    pub(super) notes: Vec<String>,
}

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
        let region = region::of(&guardrail.forbid, &rule.except);
        let notes = region::notes(by, &guardrail.forbid, &rule.scope);
        let federated = by == EnforcedBy::Rcp && region::is_about_federation(&guardrail.forbid);
        Some(Self { by, region, kinds, federated, notes })
    }

    /// What is not asked about of an inventory.
    pub(crate) fn notice(&self, rule: &Rule, inventory: &Inventory) -> Option<String> {
        let name = self.name();
        let Some(management) = inventory.management_account() else {
            let there_is_one = inventory.organization().is_some();
            return (!there_is_one).then(|| {
                format!("no account of the inventory is known to be in an organization: whether {name}s enforce it is not asked")
            });
        };
        let is_about = matches!(account_in_scope(rule, inventory, management), InScope::Yes);
        is_about.then(|| format!("no {name} binds the management account {management}: it is left out"))
    }

    fn name(&self) -> &'static str {
        match self.by {
            EnforcedBy::Scp => "SCP",
            EnforcedBy::Rcp => "RCP",
        }
    }

    /// One judgement, without a facet.
    pub(super) fn judge(&self, rule: &Rule, evaluator: &Evaluator<'_>, account: &str) -> Facets {
        let inventory = evaluator.inventory();
        let levels = match self.by {
            EnforcedBy::Scp => inventory.scps(account),
            EnforcedBy::Rcp => inventory.rcps(account),
        };
        let judgement = match self.ask(evaluator, account, &levels) {
            Ok(Asked::Leaks(leak)) => {
                let detail = leak::told(self.by, rule, evaluator, account, &levels, &leak);
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
        };
        vec![(None, judgement)]
    }

    fn ask(&self, evaluator: &Evaluator<'_>, account: &str, levels: &[Level]) -> Result<Asked, String> {
        let ceiling = match self.by {
            EnforcedBy::Scp => Ceiling::Scps(levels),
            EnforcedBy::Rcp => Ceiling::Rcps(levels),
        };
        let told = named_by(ceiling, &self.region);
        let (mut reasons, mut assumptions) = (BTreeSet::new(), BTreeSet::new());
        let cast = match self.by {
            EnforcedBy::Scp => self.under_scps(evaluator.inventory(), account, &told),
            EnforcedBy::Rcp => self.under_rcps(evaluator.inventory(), account, &told),
        };
        for hypothesis in cast? {
            let Answer { verdict, assumptions: taken, .. } =
                leaves(ceiling, &hypothesis.borrowed(evaluator.now()), &self.region, evaluator.steps());
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
        if self.federated {
            let reason = "whoever an identity provider vouches for is not asked about under RCPs";
            reasons.insert(reason.to_owned());
        }
        if told.of_resources || self.by == EnforcedBy::Rcp {
            if let Some(text) = told.unclear {
                reasons.insert(format!("`{text}` speaks of parts of account numbers"));
            }
            if told.accounts.len() > MOST_ACCOUNTS {
                reasons.insert("the policies name too many accounts to go through".to_owned());
            }
        }
        let assumptions = assumptions.into_iter().collect();
        Ok(if reasons.is_empty() { Asked::Holds(assumptions) } else { Asked::Unknown(reasons, assumptions) })
    }

    /// The account's own principals, who ask for its resources, and where it matters whose the resource is,
    /// for those of other accounts.
    fn under_scps(&self, inventory: &Inventory, account: &str, told: &Told) -> Result<Vec<Cast>, String> {
        let mut accounts = vec![account.to_owned()];
        if told.of_resources {
            accounts.extend(others(account, told));
        }
        let known = organization(inventory, account, PRINCIPAL);
        let mut cast = Vec::new();
        for resource_account in accounts {
            for kind in &self.kinds {
                let who = somebody(*kind, inventory, account)?;
                cast.push(Cast { who, known: known.clone(), resource_account: resource_account.clone() });
            }
        }
        Ok(cast)
    }

    /// Whoever asks for the account's resources: its own principals, those of other accounts, services,
    /// and nobody in particular.
    fn under_rcps(&self, inventory: &Inventory, account: &str, told: &Told) -> Result<Vec<Cast>, String> {
        let mut cast = Vec::new();
        let mut add = |who, known: Context| {
            cast.push(Cast { who, known, resource_account: account.to_owned() });
        };
        for kind in &self.kinds {
            add(somebody(*kind, inventory, account)?, organization(inventory, account, PRINCIPAL));
        }
        let of_resource = organization(inventory, account, RESOURCE);
        for other in others(account, told) {
            for kind in &self.kinds {
                add(somebody(*kind, inventory, &other)?, of_resource.clone());
            }
        }
        let unnamed = SERVICES.into_iter().find(|service| !told.services.contains(*service));
        let services = told.services.iter().map(String::as_str).chain(unnamed);
        for name in services.chain(["*"]) {
            let caller = Caller::parse(name).map_err(|error| error.to_string())?;
            let caller = Caller { partition: partition(inventory).to_owned(), ..caller };
            add(Outsider { caller, named: true }, of_resource.clone());
        }
        Ok(cast)
    }
}

/// Services that ask for resources on behalf of others.
const SERVICES: [&str; 3] = ["cloudtrail.amazonaws.com", "logging.s3.amazonaws.com", "config.amazonaws.com"];

enum Asked {
    Holds(Vec<Assumption>),
    Leaks(Leak),
    Unknown(BTreeSet<String>, Vec<Assumption>),
}

/// Somebody who asks, and whose resources.
struct Cast {
    who: Outsider,
    known: Context,
    resource_account: String,
}

impl Cast {
    fn borrowed(&self, now: Option<i128>) -> Hypothesis<'_> {
        Hypothesis {
            who: self.who.clone(),
            known: self.known.clone(),
            resource_account: &self.resource_account,
            now,
        }
    }
}

/// The accounts that the policies name, and one that they do not.
fn others(account: &str, told: &Told) -> Vec<String> {
    let fresh = FRESH.into_iter().find(|fresh| *fresh != account && !told.accounts.contains(*fresh));
    let named = told.accounts.iter().filter(|named| *named != account).take(MOST_ACCOUNTS);
    fresh.into_iter().map(str::to_owned).chain(named.cloned()).collect()
}

/// Numbers that stand for accounts of which nobody speaks.
const FRESH: [&str; 3] = ["000000000000", "000000000001", "000000000002"];

fn somebody(kind: PrincipalKind, inventory: &Inventory, account: &str) -> Result<Outsider, String> {
    let word = match kind {
        PrincipalKind::Role => "role",
        PrincipalKind::User => "user",
        PrincipalKind::Root => "root",
    };
    anyone_of(word, partition(inventory), account).map_err(|error| error.to_string())
}

/// The partition of every account: partitions do not mix in one organization.
fn partition(inventory: &Inventory) -> &str {
    let arn = inventory.accounts().next().map(|known| known.root().arn.as_str());
    arn.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
}
