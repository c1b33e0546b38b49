//! What is found of a role, facet by facet.

use std::collections::BTreeSet;

use stanchion_policy::prove::{Answer, Assumption, Verdict, Witness};

use crate::judgement::{Evidence, Facets, Judgement};

/// What is found of a role.
#[derive(Default)]
pub(in crate::kinds) struct Found {
    facets: Facets,
    reasons: BTreeSet<String>,
    assumptions: BTreeSet<Assumption>,
}

impl Found {
    /// Something that is so, and should not be.
    pub(in crate::kinds) fn fact(&mut self, facet: String, detail: String) {
        let judgement = Judgement::Violated { evidence: Evidence::Fact(detail), assumptions: Vec::new() };
        self.tell(facet, judgement);
    }

    /// Somebody who may begin a session, and should not.
    pub(in crate::kinds) fn witness(&mut self, facet: String, witness: Box<Witness>, detail: String) {
        let evidence = Evidence::Witness(witness, Some(detail));
        let assumptions = vec![Assumption::StandardEndpoint];
        self.tell(facet, Judgement::Violated { evidence, assumptions });
    }

    /// What is found by another rule's means, with another facet.
    pub(in crate::kinds) fn adopt(&mut self, facets: Facets, facet: impl Fn(&str) -> String) {
        for (own, judgement) in facets {
            match (own, judgement) {
                (Some(own), judgement) => self.tell(facet(&own), judgement),
                (None, Judgement::Indeterminate { reasons, assumptions }) => {
                    self.reasons.extend(reasons);
                    self.assumptions.extend(assumptions);
                }
                (None, judgement) => self.assumptions.extend(judgement.assumptions()),
            }
        }
    }

    /// What is not known.
    pub(in crate::kinds) fn unknown(&mut self, reason: impl Into<String>) {
        self.reasons.insert(reason.into());
    }

    /// The request that an answer found, if it found one; what it takes for granted and does not know is
    /// kept.
    pub(in crate::kinds) fn of(&mut self, answer: Answer) -> Option<Box<Witness>> {
        self.assumptions.extend(answer.assumptions);
        match answer.verdict {
            Verdict::Yes(witness) => return Some(witness),
            Verdict::No => {}
            Verdict::Indeterminate(reasons) => self.reasons.extend(reasons),
        }
        None
    }

    fn tell(&mut self, facet: String, judgement: Judgement) {
        if !self.facets.iter().any(|(told, _)| told.as_ref() == Some(&facet)) {
            self.facets.push((Some(facet), judgement));
        }
    }

    /// What is not known has no facet, so that no other one passes for mended.
    pub(in crate::kinds) fn finish(mut self) -> Facets {
        let assumptions = self.assumptions.into_iter().collect();
        if !self.reasons.is_empty() {
            let reasons = self.reasons.into_iter().collect();
            self.facets.push((None, Judgement::Indeterminate { reasons, assumptions }));
        } else if self.facets.is_empty() {
            self.facets.push((None, Judgement::Holds { assumptions }));
        }
        self.facets
    }
}
