//! Administrators: whoever may do everything is one of those who should.

use stanchion_inventory::PrincipalKind;

use super::standing::{Standing, standing};
use crate::evaluator::Asked;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::kinds::persona::fits;
use crate::rulebook;
use crate::scope::InScope;

/// A rule about administrators.
pub(crate) struct Administrators {
    rule: rulebook::Administrators,
}

impl Administrators {
    pub(in crate::kinds) fn new(rule: &rulebook::Administrators) -> Self {
        Self { rule: rule.clone() }
    }

    /// One judgement, without a facet. Root users, and roles that are their services', are what they are.
    pub(in crate::kinds) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let principal = asked.principal();
        if principal.kind == PrincipalKind::Root || principal.service_linked {
            return vec![(None, Judgement::OutOfScope)];
        }
        let judgement = match standing(asked) {
            Err(reason) => Judgement::unknown(reason),
            Ok(Standing::Other) => Judgement::Holds { assumptions: Vec::new() },
            Ok(standing) => {
                match (fits(&self.rule.known, asked.evaluator().inventory(), principal), standing) {
                    (InScope::Yes, _) => Judgement::Holds { assumptions: Vec::new() },
                    (InScope::Unknown(reason), _) => Judgement::unknown(reason),
                    (InScope::No, Standing::Unknown(reasons)) => {
                        Judgement::Indeterminate { reasons, assumptions: Vec::new() }
                    }
                    (InScope::No, Standing::GivesItself(gift)) => {
                        let (witness, assumptions) = (gift.0.clone(), gift.1.clone());
                        let detail = Some("it may give itself everything".to_owned());
                        Judgement::Violated {
                            evidence: Evidence::Witness(Box::new(witness), detail),
                            assumptions,
                        }
                    }
                    (InScope::No, _) => {
                        let fact = "its policies allow every action on every resource".to_owned();
                        Judgement::Violated { evidence: Evidence::Fact(fact), assumptions: Vec::new() }
                    }
                }
            }
        };
        vec![(None, judgement)]
    }
}
