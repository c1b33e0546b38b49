//! How many personas a principal has.

use super::is_of;
use crate::evaluator::Asked;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook::{self, Matched};
use crate::scope::InScope;

/// A rule of coverage.
pub(crate) struct Coverage {
    matched: Matched,
    personas: Vec<String>,
}

impl Coverage {
    pub(super) fn new(rule: &rulebook::Coverage) -> Self {
        Self { matched: rule.matched, personas: rule.personas.clone() }
    }

    /// One judgement, without a facet.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let (mut certain, mut unknown) = (Vec::new(), Vec::new());
        for (rule, persona) in asked.evaluator().rulebook().personas() {
            if self.personas.is_empty() || self.personas.contains(&rule.id) {
                match is_of(rule, persona, asked.evaluator().inventory(), asked.principal()) {
                    InScope::Yes => certain.push(rule.id.as_str()),
                    InScope::No => {}
                    InScope::Unknown(reason) => unknown.push(reason),
                }
            }
        }
        let (least, most) = (certain.len(), certain.len() + unknown.len());
        let fits = |count| match self.matched {
            Matched::AtLeastOne => count > 0,
            Matched::AtMostOne => count < 2,
            Matched::ExactlyOne => count == 1,
        };
        let judgement = match ((least..=most).any(fits), (least..=most).all(fits)) {
            (_, true) => Judgement::Holds { assumptions: Vec::new() },
            (true, false) => Judgement::Indeterminate { reasons: unknown, assumptions: Vec::new() },
            (false, false) => {
                let detail = match certain[..] {
                    [] => "has no persona".to_owned(),
                    [one] => format!("has the persona {one}"),
                    _ => format!("has the personas {}", certain.join(", ")),
                };
                Judgement::Violated { evidence: Evidence::Fact(detail), assumptions: Vec::new() }
            }
        };
        vec![(None, judgement)]
    }
}
