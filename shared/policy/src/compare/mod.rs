//! Which of two sides allows more: two documents, or two principals with all that binds them. Each
//! direction is a proof of its own, by the machinery of [`mod@crate::prove`]: is there a request that
//! one side allows and the other does not? `docs/COMPARE.md` says what is compared with what.

mod cast;
mod identity;
mod line;
mod principals;
mod resource;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalogue;
use crate::decide::Decision;
use crate::policy::{NamedPolicy, Policy};
use crate::prove::{self, Assumption, REACH, Reach, STEPS, Verdict};

pub use line::{Answered, Batch, Report};
pub use principals::{Principal, beyond, principals};

/// How the left side stands to the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Both allow the same requests.
    Equivalent,
    /// Left allows strictly less.
    Narrower,
    /// Left allows strictly more.
    Broader,
    /// Each allows something that the other does not.
    Incomparable,
    /// Neither proven nor refuted in one direction at least.
    Indeterminate,
}

/// What a document is attached to, and so what it says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum As {
    /// A principal: the document alone grants.
    #[default]
    Identity,
    /// A level of the organization: the ceiling over an administrator. One that only denies is read
    /// beside `FullAWSAccess`, without which it would allow nothing.
    Scp,
    /// A resource, or a role that is assumed: the document names principals.
    Resource,
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How left stands to right.
    pub relation: Relation,
    /// What left allows and right does not.
    pub left_only: Difference,
    /// What right allows and left does not.
    pub right_only: Difference,
    /// What the answer takes for granted.
    pub assumptions: Vec<Assumption>,
}

/// Whether one side allows something that the other does not.
#[derive(Clone, Debug)]
pub enum Difference {
    /// Proven: nothing.
    None,
    /// This, confirmed by [`crate::decide()`].
    Some(Box<Witness>),
    /// Neither, for these reasons.
    Indeterminate(Vec<String>),
}

/// A request that one side allows and the other does not.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who makes it, by ARN or other name.
    pub principal: String,
    /// The action, as AWS spells it.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The account that owns the resource.
    pub resource_account: String,
    /// Every context key that the documents look at and the principal does not imply.
    pub context: BTreeMap<String, Vec<String>>,
    /// What the one side says.
    pub allowed: Decision,
    /// What the other says.
    pub refused: Decision,
}

/// Compares two documents.
pub fn documents(left: &NamedPolicy, right: &NamedPolicy, kind: As) -> Comparison {
    let extra = unheard_of([left, right]);
    let one = |from: &NamedPolicy, to: &NamedPolicy| {
        let mut search = Search::new(&extra);
        match kind {
            As::Identity | As::Scp => identity::search(from, to, kind, &mut search),
            As::Resource => resource::search(from, to, &mut search),
        };
        search
    };
    Comparison::new(one(left, right), one(right, left))
}

/// What one document allows as a resource's policy, or a role's trust policy, and another does not: one
/// direction of [`documents`].
pub fn beyond_as_resource(left: &NamedPolicy, right: &NamedPolicy) -> Difference {
    let extra = unheard_of([left, right]);
    let mut search = Search::new(&extra);
    resource::search(left, right, &mut search);
    search.difference()
}

impl Comparison {
    fn new(left_only: Search<'_>, right_only: Search<'_>) -> Self {
        let assumptions: BTreeSet<Assumption> =
            left_only.assumptions.iter().chain(&right_only.assumptions).copied().collect();
        let (left_only, right_only) = (left_only.difference(), right_only.difference());
        let relation = match (&left_only, &right_only) {
            (Difference::None, Difference::None) => Relation::Equivalent,
            (Difference::None, Difference::Some(_)) => Relation::Narrower,
            (Difference::Some(_), Difference::None) => Relation::Broader,
            (Difference::Some(_), Difference::Some(_)) => Relation::Incomparable,
            _ => Relation::Indeterminate,
        };
        Self { relation, left_only, right_only, assumptions: assumptions.into_iter().collect() }
    }
}

/// One direction, as far as it is searched.
struct Search<'a> {
    /// Actions of services that the catalogue lacks.
    extra: &'a BTreeSet<String>,
    steps: u64,
    reasons: BTreeSet<String>,
    assumptions: BTreeSet<Assumption>,
    found: Option<Box<Witness>>,
}

impl<'a> Search<'a> {
    fn new(extra: &'a BTreeSet<String>) -> Self {
        Self { extra, steps: STEPS, reasons: BTreeSet::new(), assumptions: BTreeSet::new(), found: None }
    }

    /// How many steps one question may take: not all, so that one that is hard leaves some to others,
    /// which may well find something.
    fn share(&self) -> u64 {
        self.steps.min(STEPS / 2)
    }

    /// Takes an answer in; whether it ends the search.
    fn take(&mut self, answer: prove::Answer, resource_account: &str) -> bool {
        self.steps = self.steps.saturating_sub(answer.steps);
        match answer.verdict {
            Verdict::No => {}
            Verdict::Indeterminate(reasons) => self.reasons.extend(reasons),
            Verdict::Yes(witness) => {
                let prove::Witness { action, resource, context, decision, principal, refused } = *witness;
                let Some(refused) = refused else { return false };
                self.assumptions.clear();
                self.assumptions.extend(answer.assumptions);
                self.found = Some(Box::new(Witness {
                    principal,
                    action,
                    resource,
                    resource_account: resource_account.to_owned(),
                    context,
                    allowed: decision,
                    refused,
                }));
                return true;
            }
        }
        self.assumptions.extend(answer.assumptions);
        self.steps == 0
    }

    /// Asks with how far wildcards reach left open; if that decides nothing, then in each reading, which
    /// is the same on both sides. `ask`: whether the search has ended.
    fn in_both_readings(&mut self, ask: impl Fn(Option<Reach>, &mut Self) -> bool) {
        let before = std::mem::take(&mut self.reasons);
        if !ask(None, self) && self.reasons.iter().any(|reason| reason.starts_with(REACH)) {
            self.reasons.clear();
            let _ = ask(Some(Reach::Within), self) || ask(Some(Reach::Beyond), self);
        }
        self.reasons.extend(before);
    }

    fn difference(self) -> Difference {
        match self.found {
            Some(witness) => Difference::Some(witness),
            None if self.reasons.is_empty() => Difference::None,
            None => Difference::Indeterminate(self.reasons.into_iter().collect()),
        }
    }
}

/// One action for each pattern of a service that the catalogue lacks, so that what is said of the
/// service is not said of nothing.
fn unheard_of(policies: [&NamedPolicy; 2]) -> BTreeSet<String> {
    let documents = policies.into_iter().filter_map(|named| named.policy.document().ok());
    let actions = documents.flat_map(|document| &document.statements).flat_map(|s| &s.action.patterns);
    let unheard = actions.filter_map(|pattern| {
        let (service, name) = pattern.split_once(':')?;
        let wild = name.contains(['*', '?']) && !pattern.contains(|c: char| c == ',' || c.is_whitespace());
        let service = service.to_ascii_lowercase();
        let unknown = !service.is_empty()
            && !service.contains(['*', '?'])
            && catalogue::service_actions(&service).is_empty();
        (wild && unknown).then(|| {
            let name = name.replace('*', "Example").replace('?', "x");
            format!("{service}:{name}").to_ascii_lowercase()
        })
    });
    unheard.collect()
}

/// Whether a document allows nothing by itself.
fn only_denies(policy: &Policy) -> bool {
    use crate::document::Effect;
    policy.document().is_ok_and(|d| d.statements.iter().all(|s| s.effect == Effect::Deny))
}

/// A policy that allows everything.
fn everything(name: &str) -> NamedPolicy {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    NamedPolicy::new(name, Policy::parse(text))
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equivalent => "equivalent",
            Self::Narrower => "narrower",
            Self::Broader => "broader",
            Self::Incomparable => "incomparable",
            Self::Indeterminate => "indeterminate",
        })
    }
}
