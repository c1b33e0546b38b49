//! Requests as JSON lines, with every policy that takes part in them: what `simulate` and `can --batch`
//! read. `docs/SIMULATE.md` describes the fields.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::json::Json;
use crate::policy::{Layers, Level, NamedPolicy, Policy, ResourcePolicy};
use crate::request::Caller;

/// Reads one line after the other; documents that repeat are parsed once.
#[derive(Default)]
pub(crate) struct Reader {
    documents: FxHashMap<Box<str>, Policy>,
    /// The names of places, `identity[3]` and the like, made once.
    names: FxHashMap<(&'static str, usize, usize), Arc<str>>,
}

/// One line, read.
pub(crate) struct Line<'a> {
    /// Who asks.
    pub(crate) caller: Caller,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Who owns the resource, if the line says.
    pub(crate) resource_account: Option<&'a str>,
    /// What it says of keys.
    pub(crate) context: Vec<Given<'a>>,
    pub(crate) layers: Layers,
}

/// A context key and its values; `None`: the line gives null.
pub(crate) type Given<'a> = (&'a str, Option<Vec<String>>);

/// How many distinct documents are kept; beyond that the oldest knowledge is thrown away whole.
const DOCUMENTS_KEPT: usize = 20_000;

/// A line, as it comes in.
#[derive(Deserialize)]
pub(crate) struct Raw<'a> {
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

impl<'a> Raw<'a> {
    /// Takes a line apart; sets `id`, so that the answer can be told apart, if at least that can be read.
    pub(crate) fn parse(text: &'a str, id: &mut Option<&'a RawValue>) -> Result<Self, String> {
        let line: Self = serde_json::from_str(text).map_err(|error| {
            #[derive(Deserialize)]
            struct Id<'a> {
                #[serde(borrow)]
                id: Option<&'a RawValue>,
            }
            *id = serde_json::from_str::<Id<'a>>(text).ok().and_then(|found| found.id);
            format!("not a request: {error}")
        })?;
        *id = line.id;
        Ok(line)
    }

    /// The keys of its context, each with its values; `None` for a null.
    fn context(&self) -> Result<Vec<Given<'_>>, String> {
        let keys = match &self.context {
            None | Some(Json::Null) => &[][..],
            Some(Json::Object(keys)) => keys,
            Some(other) => return Err(format!("`context` must be an object, not {}", other.kind())),
        };
        let mut names = BTreeSet::new();
        let mut context = Vec::with_capacity(keys.len());
        for (key, value) in keys {
            if !names.insert(key) {
                return Err(format!("context key `{key}` is given twice"));
            }
            let values = if matches!(value, Json::Null) { None } else { Some(texts(key, value)?) };
            context.push((key.as_str(), values));
        }
        Ok(context)
    }
}

impl Reader {
    /// Reads the rest of a line.
    pub(crate) fn read<'a>(&mut self, line: &'a Raw<'_>) -> Result<Line<'a>, String> {
        Ok(Line {
            caller: Caller::parse(&line.principal).map_err(|error| error.to_string())?,
            action: &line.action,
            resource: &line.resource,
            resource_account: line.resource_account.as_deref(),
            context: line.context()?,
            layers: self.layers(line)?,
        })
    }

    fn layers(&mut self, line: &Raw<'_>) -> Result<Layers, String> {
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
    fn name(&mut self, layer: &'static str, first: usize, second: usize) -> Arc<str> {
        let make = || match (layer, second) {
            ("boundary" | "session" | "resource_policy", _) => layer.into(),
            (_, 0 | usize::MAX) => format!("{layer}[{first}]").into(),
            (_, second) => format!("{layer}[{first}][{}]", second - 1).into(),
        };
        Arc::clone(self.names.entry((layer, first, second)).or_insert_with(make))
    }
}

fn texts(key: &str, value: &Json) -> Result<Vec<String>, String> {
    let scalar = |value: &Json| value.scalar().map(str::to_owned);
    match value {
        Json::List(items) => items.iter().map(scalar).collect::<Option<Vec<String>>>(),
        single => scalar(single).map(|text| vec![text]),
    }
    .ok_or_else(|| not_text(key))
}

/// What is wrong with the value of a key.
pub(crate) fn not_text(key: &str) -> String {
    format!("context key `{key}` must be text or a list of texts")
}
