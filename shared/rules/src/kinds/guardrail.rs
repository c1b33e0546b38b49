//! Guardrails: can the principal make a request that must be impossible?

use stanchion_policy::Policy;
use stanchion_policy::prove::{Verdict, Witness, asks_for_roles};

use crate::evaluator::{Asked, Earlier};
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook;

/// A guardrail, compiled.
pub(crate) struct Guardrail {
    forbidden: Policy,
    notes: Vec<String>,
}

impl Guardrail {
    pub(super) fn new(rule: &rulebook::Guardrail) -> Self {
        let note = "whether the SCPs alone enforce it is not evaluated by this version; each principal is";
        let notes = rule.enforced_by.iter().map(|_| note.to_owned()).collect();
        Self { forbidden: Policy::of(rule.forbid.clone()), notes }
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn asks_for_roles(&self) -> bool {
        asks_for_roles(&self.forbidden)
    }

    /// One judgement, without a facet.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
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
