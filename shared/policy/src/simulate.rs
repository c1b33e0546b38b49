//! Requests as JSON lines, decisions as JSON lines: the format of `stanchion simulate`.
//! `docs/SIMULATE.md` describes both.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::decide::{Decision, Outcome, decide};
use crate::json::Json;
use crate::policy::{Layers, Level, NamedPolicy, Policy, ResourcePolicy};
use crate::request::{Caller, Context, Request};

/// Decides one line after the other; documents that repeat are parsed once.
#[derive(Default)]
pub struct Simulator {
    documents: FxHashMap<Box<str>, Policy>,
    /// The names of places, `identity[3]` and the like, made once.
    names: FxHashMap<(&'static str, usize, usize), std::sync::Arc<str>>,
}

/// How many distinct documents are kept; beyond that the oldest knowledge is thrown away whole.
const DOCUMENTS_KEPT: usize = 20_000;

/// A line, as it comes in.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    principal: Cow<'a, str>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
    #[serde(borrow, default)]
    resource_account: Option<Cow<'a, str>>,
    #[serde(default)]
    context: Option<Json>,
    #[serde(borrow, default)]
    identity: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    boundary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
    #[serde(borrow, default)]
    scps: Option<Vec<Vec<&'a RawValue>>>,
    #[serde(borrow, default)]
    rcps: Option<Vec<Vec<&'a RawValue>>>,
    /// `None`: not given; `Some(None)`: given as null, the resource has none.
    #[serde(borrow, default, deserialize_with = "given")]
    resource_policy: Option<Option<&'a RawValue>>,
    #[serde(borrow, default)]
    endpoint_policies: Option<Vec<&'a RawValue>>,
}

/// Tells a null that was written from a field that was not.
#[expect(clippy::option_option, reason = "a null and a missing field differ here")]
fn given<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<&'a RawValue>>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(Some((raw.get() != "null").then_some(raw)))
}

/// A line, as it goes out.
#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a RawValue>,
    decision: String,
    because: Vec<Because<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    unknowns: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Because<'a> {
    layer: String,
    policy: &'a str,
    statement: Option<usize>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It has a decision, or is indeterminate.
    Yes,
    /// It could not be read.
    Error,
}

impl Simulator {
    /// No documents yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides one line and writes the answer, as one line without its end, to `out`.
    ///
    /// # Errors
    /// Only those of writing; a line that cannot be read is answered with its error.
    pub fn line(&mut self, line: &str, out: &mut Vec<u8>) -> Result<Answered, serde_json::Error> {
        let mut id = None;
        let decision = self.decide(line, &mut id);
        let answer = match &decision {
            Ok(decision) => Answer {
                id,
                decision: decision.outcome.to_string(),
                because: decision
                    .because
                    .iter()
                    .map(|b| Because {
                        layer: b.layer.to_string(),
                        policy: &b.policy,
                        statement: b.statement,
                    })
                    .collect(),
                unknowns: if decision.outcome == Outcome::Indeterminate { &decision.unknowns } else { &[] },
                error: None,
            },
            Err(error) => Answer {
                id,
                decision: "error".to_owned(),
                because: Vec::new(),
                unknowns: &[],
                error: Some(error.clone()),
            },
        };
        serde_json::to_writer(&mut *out, &answer)?;
        Ok(if decision.is_ok() { Answered::Yes } else { Answered::Error })
    }

    fn decide<'a>(&mut self, text: &'a str, id: &mut Option<&'a RawValue>) -> Result<Decision, String> {
        let line: Line<'a> = serde_json::from_str(text).map_err(|error| {
            // The id, so that the answer can be told apart, if at least that can be read.
            #[derive(Deserialize)]
            struct Id<'a> {
                #[serde(borrow)]
                id: Option<&'a RawValue>,
            }
            *id = serde_json::from_str::<Id<'a>>(text).ok().and_then(|found| found.id);
            format!("not a request: {error}")
        })?;
        *id = line.id;
        let caller = Caller::parse(&line.principal).map_err(|error| error.to_string())?;
        let mut context = Context::new();
        let keys = match &line.context {
            None | Some(Json::Null) => &[][..],
            Some(Json::Object(keys)) => keys,
            Some(other) => return Err(format!("`context` must be an object, not {}", other.kind())),
        };
        let mut names = BTreeSet::new();
        for (key, value) in keys {
            if !names.insert(key) {
                return Err(format!("context key `{key}` is given twice"));
            }
            context.insert(key, texts(key, value)?);
        }
        let account = line.resource_account.as_deref();
        let request = Request::new(caller, &line.action, &line.resource, account, context)
            .map_err(|error| error.to_string())?;
        let layers = self.layers(&line)?;
        Ok(decide(&request, &layers))
    }

    fn layers(&mut self, line: &Line<'_>) -> Result<Layers, String> {
        let identity = self.list("identity", line.identity.as_deref().unwrap_or_default())?;
        let boundary = line.boundary.map(|raw| self.policy("boundary", 0, 0, raw)).transpose()?;
        let session = line.session.map(|raw| self.policy("session", 0, 0, raw)).transpose()?;
        let resource = match line.resource_policy {
            None => ResourcePolicy::NotGiven,
            Some(None) => ResourcePolicy::None,
            Some(Some(raw)) => ResourcePolicy::Known(self.policy("resource_policy", 0, 0, raw)?),
        };
        let endpoint = match &line.endpoint_policies {
            Some(policies) => Some(self.list("endpoint_policies", policies)?),
            None => None,
        };
        Ok(Layers {
            identity,
            boundary,
            session: session.map(|policy| vec![policy]),
            scps: self.levels("scps", line.scps.as_deref().unwrap_or_default())?,
            rcps: self.levels("rcps", line.rcps.as_deref().unwrap_or_default())?,
            resource,
            endpoint,
        })
    }

    fn levels(&mut self, layer: &'static str, levels: &[Vec<&RawValue>]) -> Result<Vec<Level>, String> {
        let mut read = Vec::with_capacity(levels.len());
        for (i, documents) in levels.iter().enumerate() {
            let mut policies = Vec::with_capacity(documents.len());
            for (j, raw) in documents.iter().enumerate() {
                policies.push(self.policy(layer, i + 1, j, raw)?);
            }
            read.push(Level { name: self.name(layer, i, usize::MAX), policies });
        }
        Ok(read)
    }

    fn list(&mut self, layer: &'static str, documents: &[&RawValue]) -> Result<Vec<NamedPolicy>, String> {
        documents.iter().enumerate().map(|(i, raw)| self.policy(layer, 0, i, raw)).collect()
    }

    /// The document at a place. `level` counts from 1; 0: the layer has no levels.
    fn policy(
        &mut self,
        layer: &'static str,
        level: usize,
        index: usize,
        raw: &RawValue,
    ) -> Result<NamedPolicy, String> {
        let policy = match self.documents.get(raw.get()) {
            Some(policy) => policy.clone(),
            None => {
                if self.documents.len() >= DOCUMENTS_KEPT {
                    self.documents.clear();
                }
                let policy = Policy::parse(raw.get());
                self.documents.insert(raw.get().into(), policy.clone());
                policy
            }
        };
        let name = match level {
            0 => self.name(layer, index, 0),
            level => self.name(layer, level - 1, index + 1),
        };
        if let Err(error) = policy.document() {
            return Err(format!("{name}: {error}"));
        }
        Ok(NamedPolicy { name, policy })
    }

    /// `identity[first]`; with `second` counted from 1, `scps[first][second - 1]`.
    fn name(&mut self, layer: &'static str, first: usize, second: usize) -> std::sync::Arc<str> {
        let make = || match (layer, second) {
            ("boundary" | "session" | "resource_policy", _) => layer.into(),
            (_, 0 | usize::MAX) => format!("{layer}[{first}]").into(),
            (_, second) => format!("{layer}[{first}][{}]", second - 1).into(),
        };
        std::sync::Arc::clone(self.names.entry((layer, first, second)).or_insert_with(make))
    }
}

fn texts(key: &str, value: &Json) -> Result<Vec<String>, String> {
    let scalar = |value: &Json| value.scalar().map(str::to_owned);
    match value {
        Json::List(items) => items.iter().map(scalar).collect::<Option<Vec<String>>>(),
        single => scalar(single).map(|text| vec![text]),
    }
    .ok_or_else(|| format!("context key `{key}` must be text or a list of texts"))
}
