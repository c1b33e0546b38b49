//! Guardrails: can the principal make a request that must be impossible?

use stanchion_policy::Policy;
use stanchion_policy::prove::{Verdict, Witness, asks_for_roles};

use crate::evaluator::{Asked, Earlier};
use crate::judgement::{Evidence, Facets, Judgement};
use crate::kinds::enforced::Enforced;
use crate::mend::Meant;
use crate::rulebook::{self, Rule};

/// A guardrail, compiled.
pub(crate) struct Guardrail {
    forbidden: Policy,
    /// What must block it for all of an account, if anything must.
    enforced: Option<Enforced>,
}

impl Guardrail {
    pub(super) fn new(rule: &Rule, guardrail: &rulebook::Guardrail) -> Self {
        let enforced = Enforced::new(rule, guardrail);
        Self { forbidden: Policy::of(guardrail.forbid.clone()), enforced }
    }

    pub(super) fn notes(&self) -> &[String] {
        self.enforced.as_ref().map_or(&[], |enforced| &enforced.notes)
    }

    pub(super) fn enforced(&self) -> Option<&Enforced> {
        self.enforced.as_ref()
    }

    pub(super) fn asks_for_roles(&self) -> bool {
        asks_for_roles(&self.forbidden)
    }

    pub(super) fn meant(&self) -> Meant {
        Meant::forbidden(self.forbidden.clone())
    }

    /// One judgement, without a facet.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        // What goes through an endpoint is not told by what somebody has.
        if self.enforced().is_some_and(Enforced::is_of_endpoints) {
            return vec![(None, Judgement::OutOfScope)];
        }
        let judgement = match asked.prove(&self.forbidden) {
            Err(error) => Judgement::unknown(error),
            Ok(answer) => {
                let assumptions = answer.assumptions;
                match answer.verdict {
                    Verdict::No => Judgement::Holds { assumptions },
                    Verdict::Yes(witness) => {
                        Judgement::Violated { evidence: Evidence::Witness(witness, None), assumptions }
                    }
                    Verdict::Indeterminate(reasons) => Judgement::Indeterminate { reasons, assumptions },
                }
            }
        };
        vec![(None, judgement)]
    }

    pub(super) fn still_violates(&self, asked: &Asked<'_, '_>, earlier: &Earlier<'_>) -> Option<Witness> {
        asked.recheck(&self.forbidden, earlier)
    }
}
