//! ABAC rules: does the principal have the tags that it should, does what it can do stay within them,
//! and can it change them?

mod carriers;
mod immutable;
mod region;
mod tags;

use stanchion_policy::Policy;
use stanchion_policy::prove::{Answer, Verdict};

use crate::evaluator::Asked;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::mend::Meant;
use crate::rulebook;
use carriers::Carriers;
pub(crate) use carriers::{Held, held_apart};
use immutable::Immutable;
pub(crate) use immutable::may_pass_tags;
use region::{Made, Own, list, not_equals, statement};

/// An ABAC rule, made ready.
pub(crate) struct Abac {
    tags: Option<rulebook::Tags>,
    isolated: Vec<Isolated>,
    immutable: Option<Immutable>,
    notes: Vec<String>,
}

/// What must be apart by one tag.
struct Isolated {
    key: String,
    carriers: Carriers,
    made: Made,
}

impl Abac {
    pub(super) fn new(rule: &rulebook::Abac) -> Self {
        let mut notes = Vec::new();
        let mut isolated = Vec::new();
        if let Some(isolate) = &rule.isolate {
            let carriers = Carriers::new(&isolate.actions);
            notes.extend(carriers.notes());
            isolated.extend(isolate.by.iter().map(|key| Isolated {
                key: key.clone(),
                carriers: carriers.clone(),
                made: Made::default(),
            }));
        }
        let immutable = (!rule.immutable.is_empty()).then(|| Immutable::new(&rule.immutable));
        Self { tags: rule.tags.clone(), isolated, immutable, notes }
    }

    /// Whether some role can be assumed with other tags matters.
    pub(super) fn asks_for_roles(&self) -> bool {
        self.immutable.is_some()
    }

    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn meant(&self, facet: &str, asked: &Asked<'_, '_>) -> Meant {
        let mut isolated = self.isolated.iter();
        let region = match isolated.find(|isolated| isolated.facet() == facet) {
            Some(isolated) => Some(isolated.region(&Own::of(asked.principal(), &isolated.key))),
            None => self.immutable.as_ref().and_then(|immutable| immutable.region(facet, asked)),
        };
        region.map(Meant::forbidden).unwrap_or_default()
    }

    /// A facet for each tag that is not as it should be, each that does not hold principals apart, and
    /// each way to change them.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let mut told = Told::default();
        if let Some(tags) = &self.tags {
            tags::judge(tags, asked, &mut told);
        }
        for isolated in &self.isolated {
            isolated.judge(asked, &mut told);
        }
        if let Some(immutable) = &self.immutable {
            immutable.judge(asked, &mut told);
        }
        told.finish()
    }
}

impl Isolated {
    fn facet(&self) -> String {
        format!("isolate:{}", self.key.to_lowercase())
    }

    fn judge(&self, asked: &Asked<'_, '_>, told: &mut Told) {
        let own = Own::of(asked.principal(), &self.key);
        let region = self.made.get(std::slice::from_ref(&own), || self.region(&own));
        let detail = match &own.value {
            Some(value) => format!("a resource whose tag `{}` is not `{value}`", self.key),
            None => format!("a resource of another principal's `{}`: it has no such tag itself", self.key),
        };
        told.ask(asked.prove(&region), self.facet(), detail);
    }

    /// Requests on resources that have another value, or none. What makes a resource has the tag that
    /// it asks for, or the one that services take for the new resource's.
    fn region(&self, own: &Own) -> Policy {
        let groups = self.carriers.groups.iter().map(|(group, actions)| {
            let keys = group.keys.iter().chain(&group.given);
            let conditions = keys.map(|key| not_equals(&format!("{key}/{}", self.key), own)).collect();
            let mut statement = statement(actions.clone(), conditions);
            if !group.resources.is_empty() {
                statement.resource = Some(list(false, group.resources.iter().cloned()));
            } else if !group.not_resources.is_empty() {
                statement.resource = Some(list(true, group.not_resources.iter().cloned()));
            }
            statement
        });
        region::policy(groups.collect())
    }
}

/// What has been found of a principal.
#[derive(Default)]
struct Told {
    facets: Facets,
    assumptions: std::collections::BTreeSet<stanchion_policy::prove::Assumption>,
}

impl Told {
    /// Something that is so, and should not be.
    fn fact(&mut self, facet: String, detail: String) {
        let judgement = Judgement::Violated { evidence: Evidence::Fact(detail), assumptions: Vec::new() };
        self.facets.push((Some(facet), judgement));
    }

    /// Something that is not known.
    fn unknown(&mut self, facet: String, reason: String) {
        self.facets.push((Some(facet), Judgement::unknown(reason)));
    }

    /// Whether there is a request that should not be possible; `detail` says what is wrong with it.
    fn ask(&mut self, answer: Result<Answer, String>, facet: String, detail: String) {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.unknown(facet, error),
        };
        let assumptions = answer.assumptions;
        let judgement = match answer.verdict {
            Verdict::No => return self.assumptions.extend(assumptions),
            Verdict::Yes(witness) => {
                Judgement::Violated { evidence: Evidence::Witness(witness, Some(detail)), assumptions }
            }
            Verdict::Indeterminate(reasons) => Judgement::Indeterminate { reasons, assumptions },
        };
        self.facets.push((Some(facet), judgement));
    }

    /// Whether the principal may call any of these actions at all; where it cannot, nothing else is to be
    /// asked about them.
    fn may_call(&mut self, asked: &Asked<'_, '_>, calls: &Policy) -> bool {
        match asked.prove(calls) {
            Ok(Answer { verdict: Verdict::No, assumptions, .. }) => {
                self.assumptions.extend(assumptions);
                false
            }
            _ => true,
        }
    }

    fn finish(mut self) -> Facets {
        if self.facets.is_empty() {
            let assumptions = self.assumptions.into_iter().collect();
            self.facets.push((None, Judgement::Holds { assumptions }));
        }
        self.facets
    }
}
