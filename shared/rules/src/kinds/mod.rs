//! The kinds of rules: one file for each.

pub(crate) mod abac;
mod coverage;
mod guardrail;
mod persona;

use stanchion_policy::prove::Witness;

use crate::evaluator::{Asked, Earlier};
use crate::judgement::{Facets, Judgement};
use crate::rulebook::{Kind, Rule};
use crate::scope::{InScope, in_scope};
use abac::Abac;
use coverage::Coverage;
use guardrail::Guardrail;
use persona::Persona;

pub use persona::{Beyond, Described, Fit, beyond, describe, fit};
pub(crate) use persona::{Resolved, is_of, needs_beyond, resolve, version_notices};

/// A rule with all that it needs to be asked about any principal, made once.
pub(crate) enum Prepared {
    Guardrail(Guardrail),
    Abac(Box<Abac>),
    Persona(Persona),
    Coverage(Coverage),
}

impl Prepared {
    pub(crate) fn new(rule: &Rule) -> Self {
        match &rule.kind {
            Kind::Guardrail(rule) => Self::Guardrail(Guardrail::new(rule)),
            Kind::Abac(rule) => Self::Abac(Box::new(Abac::new(rule))),
            Kind::Persona(persona) => Self::Persona(Persona::new(persona)),
            Kind::Coverage(coverage) => Self::Coverage(Coverage::new(coverage)),
        }
    }

    /// Whether answers depend on the trust policies of other roles.
    pub(crate) fn asks_for_roles(&self) -> bool {
        match self {
            Self::Guardrail(rule) => rule.asks_for_roles(),
            Self::Abac(rule) => rule.asks_for_roles(),
            Self::Persona(persona) => persona.asks_for_roles(),
            Self::Coverage(_) => false,
        }
    }

    /// What of the rule is not evaluated, or not as it may be thought.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Guardrail(rule) => rule.notes(),
            Self::Abac(rule) => rule.notes(),
            Self::Persona(_) | Self::Coverage(_) => &[],
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
            Self::Abac(_) | Self::Persona(_) | Self::Coverage(_) => None,
        }
    }
}
