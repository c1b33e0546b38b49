//! The kinds of rules: one file for each.

pub(crate) mod abac;
mod coverage;
mod enforced;
mod escalation;
mod federation;
mod guardrail;
mod identities;
mod persona;
mod service_trust;
mod third_party;
mod trust;

use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::prove::Witness;

use crate::evaluator::{Asked, Earlier, Evaluator};
use crate::judgement::{Facets, Judgement};
use crate::mend::Meant;
use crate::rulebook::{Kind, Rule};
use crate::scope::{InScope, account_in_scope, in_scope};
use abac::Abac;
use coverage::Coverage;
use escalation::{Administrators, Combination, Paths};
use federation::Federation;
use guardrail::Guardrail;
use identities::Identities;
use persona::Persona;
use service_trust::ServiceTrust;
use third_party::ThirdParties;

pub(crate) use enforced::{Enforced, idle, is_beyond_rcps};
pub(crate) use escalation::{Known, followers};
pub use persona::{Beyond, Described, Fit, beyond, describe, fit};
pub(crate) use persona::{Resolved, is_of, needs_beyond, resolve, version_notices};
pub(crate) use third_party::ExternalIds;

/// Whose permissions the answers of a rule depend on, besides the principal's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Follows {
    /// Nobody's.
    Nobody,
    /// Those of roles of its account.
    WithinAccount,
    /// Those of roles of any account that lets it in.
    Anywhere,
}

/// A rule with all that it needs to be asked about any principal, made once.
pub(crate) enum Prepared {
    Guardrail(Box<Guardrail>),
    Abac(Box<Abac>),
    Persona(Persona),
    Coverage(Coverage),
    ThirdParties(Box<ThirdParties>),
    Federation(Box<Federation>),
    ServiceTrust(ServiceTrust),
    Combination(Combination),
    Administrators(Administrators),
    Paths(Paths),
    Identities(Identities),
}

impl Prepared {
    pub(crate) fn new(rule: &Rule) -> Self {
        match &rule.kind {
            Kind::Guardrail(guardrail) => Self::Guardrail(Box::new(Guardrail::new(rule, guardrail))),
            Kind::Abac(rule) => Self::Abac(Box::new(Abac::new(rule))),
            Kind::Persona(persona) => Self::Persona(Persona::new(persona)),
            Kind::Coverage(coverage) => Self::Coverage(Coverage::new(coverage)),
            Kind::ThirdParties(rule) => Self::ThirdParties(Box::new(ThirdParties::new(rule))),
            Kind::Federation(rule) => Self::Federation(Box::new(Federation::new(rule))),
            Kind::ServiceTrust(rule) => Self::ServiceTrust(ServiceTrust::new(rule)),
            Kind::Combination(rule) => Self::Combination(Combination::new(rule)),
            Kind::Administrators(rule) => Self::Administrators(Administrators::new(rule)),
            Kind::Paths(rule) => Self::Paths(Paths::new(rule)),
            Kind::Identities(rule) => Self::Identities(Identities::new(rule)),
        }
    }

    /// Whether answers depend on the trust policies of other roles.
    pub(crate) fn asks_for_roles(&self) -> bool {
        match self {
            Self::Guardrail(rule) => rule.asks_for_roles(),
            Self::Abac(rule) => rule.asks_for_roles(),
            Self::Persona(persona) => persona.asks_for_roles(),
            Self::ThirdParties(rule) => rule.asks_for_roles(),
            Self::Combination(rule) => rule.asks_for_roles(),
            Self::Paths(_) => true,
            Self::Coverage(_)
            | Self::Federation(_)
            | Self::ServiceTrust(_)
            | Self::Administrators(_)
            | Self::Identities(_) => false,
        }
    }

    /// Whether answers depend on what other roles may do.
    pub(crate) fn follows_roles(&self) -> Follows {
        match self {
            Self::Combination(rule) if rule.follows_roles() => Follows::WithinAccount,
            Self::Paths(_) => Follows::Anywhere,
            _ => Follows::Nobody,
        }
    }

    /// What of the rule is not evaluated, or not as it may be thought.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Guardrail(rule) => rule.notes(),
            Self::Abac(rule) => rule.notes(),
            Self::Persona(_)
            | Self::Coverage(_)
            | Self::ThirdParties(_)
            | Self::Federation(_)
            | Self::ServiceTrust(_)
            | Self::Combination(_)
            | Self::Administrators(_)
            | Self::Paths(_)
            | Self::Identities(_) => &[],
        }
    }

    /// What must be enforced for all of an account, if anything must.
    pub(crate) fn enforced(&self) -> Option<&Enforced> {
        match self {
            Self::Guardrail(rule) => rule.enforced(),
            _ => None,
        }
    }

    /// What the rule says of an account; `None`: it is about principals alone.
    pub(crate) fn judge_account(
        &self,
        rule: &Rule,
        evaluator: &Evaluator<'_>,
        account: &str,
    ) -> Option<Facets> {
        let enforced = self.enforced()?;
        let inventory = evaluator.inventory();
        let in_scope = if enforced.binds(inventory, account) {
            account_in_scope(rule, inventory, account)
        } else {
            InScope::No
        };
        let unknown = |reason| vec![(None, Judgement::unknown(reason))];
        Some(match in_scope {
            InScope::No => vec![(None, Judgement::OutOfScope)],
            InScope::Yes => enforced.judge(rule, evaluator, account),
            InScope::Unknown(reason) => {
                let facets = enforced.judge(rule, evaluator, account);
                if facets.iter().all(|(_, judgement)| judgement.is_unbroken()) {
                    facets
                } else {
                    unknown(reason)
                }
            }
        })
    }

    /// What the rule says of a principal.
    pub(crate) fn judge(&self, rule: &Rule, asked: &Asked<'_, '_>) -> Facets {
        let (inventory, principal) = (asked.evaluator().inventory(), asked.principal());
        let in_scope = self.is_about(rule, inventory, principal);
        if matches!(in_scope, InScope::No) {
            return vec![(None, Judgement::OutOfScope)];
        }
        // Root users that no policy binds are looked at for their credentials alone.
        let is_bound = principal.kind != PrincipalKind::Root || inventory.is_member(&principal.account);
        if !is_bound && !matches!(self, Self::Identities(_)) {
            return vec![(None, Judgement::OutOfScope)];
        }
        let facets = match self {
            Self::Guardrail(rule) => rule.judge(asked),
            Self::Abac(rule) => rule.judge(asked),
            Self::Persona(persona) => persona.judge(&rule.id, asked),
            Self::Coverage(coverage) => coverage.judge(asked),
            Self::ThirdParties(rule) => rule.judge(asked),
            Self::Federation(rule) => rule.judge(asked),
            Self::ServiceTrust(rule) => rule.judge(asked),
            Self::Combination(rule) => rule.judge(asked),
            Self::Administrators(kind) => kind.judge(asked),
            Self::Paths(rule) => rule.judge(asked),
            Self::Identities(rule) => rule.judge(asked),
        };
        match in_scope {
            InScope::Unknown(reason) if !facets.iter().all(|(_, judgement)| judgement.is_unbroken()) => {
                vec![(None, Judgement::unknown(reason))]
            }
            _ => facets,
        }
    }

    /// Whether the rule is about a principal.
    pub(crate) fn is_about(&self, rule: &Rule, inventory: &Inventory, principal: &Principal) -> InScope {
        match self {
            Self::Persona(persona) => persona.is_about(rule, inventory, principal),
            _ => in_scope(rule, inventory, principal),
        }
    }

    /// What would have to hold where the rule is broken in one way.
    pub(crate) fn meant(&self, facet: Option<&str>, asked: &Asked<'_, '_>) -> Meant {
        let facet = facet.unwrap_or_default();
        match self {
            Self::Guardrail(rule) => rule.meant(),
            Self::Abac(rule) => rule.meant(facet, asked),
            Self::Persona(persona) => persona.meant(facet, asked),
            Self::ThirdParties(rule) => rule.meant(facet, asked),
            Self::Federation(rule) => rule.meant(facet),
            Self::ServiceTrust(rule) => rule.meant(asked),
            Self::Combination(rule) => rule.meant(),
            Self::Coverage(_) | Self::Administrators(_) | Self::Paths(_) | Self::Identities(_) => {
                Meant::default()
            }
        }
    }

    /// Whether a request that was a witness still is one, decided anew rather than searched; `None`
    /// as well where a rule must be asked again to tell.
    pub(crate) fn still_violates(
        &self,
        rule: &Rule,
        asked: &Asked<'_, '_>,
        earlier: &Earlier<'_>,
    ) -> Option<Witness> {
        if !matches!(in_scope(rule, asked.evaluator().inventory(), asked.principal()), InScope::Yes) {
            return None;
        }
        match self {
            Self::Guardrail(rule) => rule.still_violates(asked, earlier),
            // There may be other ways to break it by now.
            Self::Abac(_)
            | Self::Persona(_)
            | Self::Coverage(_)
            | Self::ThirdParties(_)
            | Self::Federation(_)
            | Self::ServiceTrust(_)
            | Self::Combination(_)
            | Self::Administrators(_)
            | Self::Paths(_)
            | Self::Identities(_) => None,
        }
    }
}
