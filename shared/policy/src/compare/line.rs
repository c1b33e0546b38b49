//! Pairs of documents as JSON lines, relations as JSON lines: `stanchion compare --batch`.
//! `docs/COMPARE.md` describes both.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{As, Comparison, Difference, Relation, Witness, documents};
use crate::decide::Because;
use crate::policy::{NamedPolicy, Policy};

/// Compares one line after the other; documents that repeat are parsed once.
#[derive(Default)]
pub struct Batch {
    held: FxHashMap<Box<str>, Policy>,
}

/// How many distinct documents are kept; beyond that the oldest knowledge is thrown away whole.
const DOCUMENTS_KEPT: usize = 2_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was compared. `broader`: left allows something that right does not.
    Yes {
        /// How left stands to right.
        relation: Relation,
        /// Whether left is proven to allow something that right does not.
        broader: bool,
    },
    /// It could not be read.
    Error,
}

/// A line, as it comes in.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    left: &'a RawValue,
    #[serde(borrow)]
    right: &'a RawValue,
    #[serde(rename = "as", default)]
    kind: As,
}

/// A line, as it goes out.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    report: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A comparison as programs read it; `docs/FORMATS.md`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    relation: Relation,
    left_only: Option<Shown>,
    right_only: Option<Shown>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    assumptions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Shown {
    principal: String,
    action: String,
    resource: String,
    resource_account: String,
    context: BTreeMap<String, Vec<String>>,
    allowed_by: Vec<Cause>,
    refused: String,
    refused_by: Vec<Cause>,
}

#[derive(Clone, Debug, Serialize)]
struct Cause {
    layer: String,
    policy: String,
    statement: Option<usize>,
    sid: Option<String>,
}

impl Batch {
    /// No documents yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Compares one line and writes the answer, as one line without its end, to `out`.
    ///
    /// # Errors
    /// Only those of writing; a line that cannot be read is answered with its error.
    pub fn line(&mut self, line: &str, out: &mut Vec<u8>) -> Result<Answered, serde_json::Error> {
        let mut id = None;
        let compared = self.compare(line, &mut id);
        let answered = match &compared {
            Ok(comparison) => Answered::Yes {
                relation: comparison.relation,
                broader: matches!(comparison.left_only, Difference::Some(_)),
            },
            Err(_) => Answered::Error,
        };
        let (report, error) = match compared {
            Ok(comparison) => (Some(Report::new(&comparison)), None),
            Err(error) => (None, Some(error)),
        };
        serde_json::to_writer(&mut *out, &Answer { id, report, error })?;
        Ok(answered)
    }

    fn compare<'a>(&mut self, text: &'a str, id: &mut Option<&'a RawValue>) -> Result<Comparison, String> {
        let line: Line<'a> = serde_json::from_str(text).map_err(|error| {
            // The id, so that the answer can be told apart, if at least that can be read.
            #[derive(Deserialize)]
            struct Id<'a> {
                #[serde(borrow)]
                id: Option<&'a RawValue>,
            }
            *id = serde_json::from_str::<Id<'a>>(text).ok().and_then(|found| found.id);
            format!("not a pair of documents: {error}")
        })?;
        *id = line.id;
        let left = self.policy("left", line.left)?;
        let right = self.policy("right", line.right)?;
        Ok(documents(&left, &right, line.kind))
    }

    fn policy(&mut self, name: &str, raw: &RawValue) -> Result<NamedPolicy, String> {
        let policy = match self.held.get(raw.get()) {
            Some(policy) => policy.clone(),
            None => {
                if self.held.len() >= DOCUMENTS_KEPT {
                    self.held.clear();
                }
                let policy = Policy::parse(raw.get());
                self.held.insert(raw.get().into(), policy.clone());
                policy
            }
        };
        if let Err(error) = policy.document() {
            return Err(format!("{name}: {error}"));
        }
        Ok(NamedPolicy::new(name, policy))
    }
}

impl Report {
    /// What a comparison found.
    pub fn new(comparison: &Comparison) -> Self {
        let sides = [&comparison.left_only, &comparison.right_only];
        let [left_only, right_only] = sides.map(|difference| match difference {
            Difference::Some(witness) => Some(Shown::new(witness)),
            Difference::None | Difference::Indeterminate(_) => None,
        });
        let mut reasons: Vec<String> = sides
            .into_iter()
            .filter_map(|difference| match difference {
                Difference::Indeterminate(reasons) => Some(reasons),
                Difference::None | Difference::Some(_) => None,
            })
            .flatten()
            .cloned()
            .collect();
        reasons.sort_unstable();
        reasons.dedup();
        let assumptions = comparison.assumptions.iter().map(ToString::to_string).collect();
        Self { relation: comparison.relation, left_only, right_only, reasons, assumptions }
    }
}

impl Shown {
    fn new(witness: &Witness) -> Self {
        Self {
            principal: witness.principal.clone(),
            action: witness.action.clone(),
            resource: witness.resource.clone(),
            resource_account: witness.resource_account.clone(),
            context: witness.context.clone(),
            allowed_by: witness.allowed.because.iter().map(Cause::new).collect(),
            refused: witness.refused.outcome.to_string(),
            refused_by: witness.refused.because.iter().map(Cause::new).collect(),
        }
    }
}

impl Cause {
    fn new(because: &Because) -> Self {
        Self {
            layer: because.layer.to_string(),
            policy: because.policy.to_string(),
            statement: because.statement,
            sid: because.sid.as_deref().map(str::to_owned),
        }
    }
}
