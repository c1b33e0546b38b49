//! The kinds of rules: one file for each.

pub(crate) mod abac;
mod coverage;
mod federation;
mod guardrail;
mod persona;
mod service_trust;
mod third_party;
mod trust;

use stanchion_policy::prove::Witness;

use crate::evaluator::{Asked, Earlier};
use crate::judgement::{Facets, Judgement};
use crate::rulebook::{Kind, Rule};
use crate::scope::{InScope, in_scope};
use abac::Abac;
use coverage::Coverage;
use federation::Federation;
use guardrail::Guardrail;
use persona::Persona;
use service_trust::ServiceTrust;
use third_party::ThirdParties;

pub use persona::{Beyond, Described, Fit, beyond, describe, fit};
pub(crate) use persona::{Resolved, is_of, needs_beyond, resolve, version_notices};
pub(crate) use third_party::ExternalIds;

/// A rule with all that it needs to be asked about any principal, made once.
pub(crate) enum Prepared {
    Guardrail(Guardrail),
    Abac(Box<Abac>),
    Persona(Persona),
    Coverage(Coverage),
    ThirdParties(Box<ThirdParties>),
    Federation(Box<Federation>),
    ServiceTrust(ServiceTrust),
}

impl Prepared {
    pub(crate) fn new(rule: &Rule) -> Self {
        match &rule.kind {
            Kind::Guardrail(rule) => Self::Guardrail(Guardrail::new(rule)),
            Kind::Abac(rule) => Self::Abac(Box::new(Abac::new(rule))),
            Kind::Persona(persona) => Self::Persona(Persona::new(persona)),
            Kind::Coverage(coverage) => Self::Coverage(Coverage::new(coverage)),
            Kind::ThirdParties(rule) => Self::ThirdParties(Box::new(ThirdParties::new(rule))),
            Kind::Federation(rule) => Self::Federation(Box::new(Federation::new(rule))),
            Kind::ServiceTrust(rule) => Self::ServiceTrust(ServiceTrust::new(rule)),
        }
    }

    /// Whether answers depend on the trust policies of other roles.
    pub(crate) fn asks_for_roles(&self) -> bool {
        match self {
            Self::Guardrail(rule) => rule.asks_for_roles(),
            Self::Abac(rule) => rule.asks_for_roles(),
            Self::Persona(persona) => persona.asks_for_roles(),
            Self::ThirdParties(rule) => rule.asks_for_roles(),
            Self::Coverage(_) | Self::Federation(_) | Self::ServiceTrust(_) => false,
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
            | Self::ServiceTrust(_) => &[],
        }
    }

    /// What the rule says of a principal.
    pub(crate) fn judge(&self, rule: &Rule, asked: &Asked<'_, '_>) -> Facets {
        let (inventory, principal) = (asked.evaluator().inventory(), asked.principal());
        let in_scope = match self {
            Self::Persona(persona) => persona.is_about(rule, inventory, principal),
            _ => in_scope(rule, inventory, principal),
        };
        if matches!(in_scope, InScope::No) {
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
        };
        match in_scope {
            InScope::Unknown(reason) if !facets.iter().all(|(_, judgement)| judgement.is_unbroken()) => {
                vec![(None, Judgement::unknown(reason))]
            }
            _ => facets,
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
            | Self::ServiceTrust(_) => None,
        }
    }
}
