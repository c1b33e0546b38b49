//! ABAC rules: which tags principals must have, that what they do stays within those tags, and that
//! nobody can change them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use stanchion_inventory::PrincipalKind;

use super::field::{Field, list, part};
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::scope::{alternatives, tag_value};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// What tags must do for everyone in scope. A rule that names no kinds of principals is about users
/// and roles: root users have no tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abac {
    /// Which tags the principal must have, and with which values.
    pub tags: Option<Tags>,
    /// Which of its requests must stay within its tags.
    pub isolate: Option<Isolate>,
    /// The keys of the tags that it must not be able to change, each once; none: it is not asked.
    pub immutable: Vec<String>,
}

/// Which tags a principal must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The keys that must be there.
    pub required: Vec<String>,
    /// The values that will do, patterns with `*` and `?`, for each key that may be there.
    pub values: BTreeMap<String, Vec<String>>,
    /// Whether the organization's tag policies must be met as well.
    pub tag_policies: bool,
}

/// Which requests must be about resources with the principal's own tag only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Isolate {
    /// The keys of the tags; each must be the same by itself.
    pub by: Vec<String>,
    /// Patterns of actions.
    pub actions: Vec<String>,
}

/// The keys that only ABAC rules have.
pub(super) const OWN: [Field; 3] = [
    Field::optional("tags", "Which tags the principal must have, and with which values.", || part("tags")),
    Field::optional(
        "isolate",
        "Requests that must be about resources with the principal's own tag only.",
        || part("isolate"),
    ),
    Field::optional(
        "immutable",
        "Tags that the principal must not be able to change: a list of keys, or `true` for all that this \
         rule names.",
        || json!({"anyOf": [{"const": true}, list(key())]}),
    ),
];

/// The keys of `tags`.
pub(super) const TAGS: [Field; 3] = [
    Field::optional("required", "Keys of tags that must be there.", || list(key())),
    Field::optional(
        "values",
        "Keys of tags, each with the value, or a list of values, that will do; `*` and `?` are wildcards.",
        || {
            json!({
                "type": "object",
                "additionalProperties": {"anyOf": [{"type": "string"}, list(json!({"type": "string"}))]},
                "examples": [{"project": ["atlas", "data-*"]}],
            })
        },
    ),
    Field::optional(
        "tag_policies",
        "Whether the tag policies of the organization must be met as well.",
        || json!({"type": "boolean"}),
    ),
];

/// The keys of `isolate`.
pub(super) const ISOLATE: [Field; 2] = [
    Field::required(
        "by",
        "The key of the tag, or a list of keys.",
        || json!({"anyOf": [key(), list(key())]}),
    ),
    Field::required("actions", "The actions: `service:Name`, with `*` and `?`.", || {
        list(json!({"type": "string", "pattern": "^\\*+$|:", "examples": ["secretsmanager:*"]}))
    }),
];

fn key() -> Json {
    json!({"type": "string", "pattern": "\\S", "examples": ["project"]})
}

/// Reads one ABAC rule; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    let read = rule::read(node, "an ABAC rule", &OWN, reader, |fields, reader| {
        let mut abac = Abac::default();
        let parts = ["tags", "isolate", "immutable"];
        if parts.iter().all(|part| fields.get(part).is_none()) {
            let message = "an ABAC rule needs one of the keys `tags`, `isolate`, `immutable`";
            reader.problem(Code::MissingKey, node.at, message);
            return None;
        }
        if let Some(node) = fields.get("tags") {
            abac.tags = Some(tags(node, reader)?);
        }
        if let Some(node) = fields.get("isolate") {
            abac.isolate = Some(isolate(node, reader)?);
        }
        if let Some(node) = fields.get("immutable") {
            abac.immutable = immutable(node, &abac, reader)?;
        }
        Some(Kind::Abac(abac))
    });
    read.map(|(mut rule, at)| {
        if rule.scope.principals.is_empty() {
            rule.scope.principals = vec![PrincipalKind::User, PrincipalKind::Role];
        }
        (rule, at)
    })
}

fn tags(node: &Node, reader: &mut Reader<'_>) -> Option<Tags> {
    let fields = reader.fields(node, "`tags`", &TAGS)?;
    if fields.keys().next().is_none() {
        reader.problem(Code::Empty, node.at, "`tags` asks for nothing");
    }
    let required = fields.get("required").map(|node| alternatives(node, "required", reader, tag_key));
    let values = fields.get("values").map(|node| values(node, reader)).unwrap_or_default();
    let tag_policies = match fields.get("tag_policies").map(|node| (&node.value, node.at)) {
        None => false,
        Some((Value::Bool(asked), _)) => *asked,
        Some((other, at)) => {
            let message = format!("`tag_policies` must be `true` or `false`, not {}", other.kind());
            reader.problem(Code::WrongType, at, message);
            false
        }
    };
    Some(Tags { required: once(required.unwrap_or_default()), values, tag_policies })
}

fn values(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Vec<String>> {
    let Value::Map(entries) = &node.value else {
        let message = format!("`values` must be a mapping of tag keys, not {}", node.value.kind());
        reader.problem(Code::WrongType, node.at, message);
        return BTreeMap::new();
    };
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, node) in entries {
        if values.keys().any(|known| known.eq_ignore_ascii_case(&key.name)) {
            let message = format!("the tag `{}` is given twice: keys are compared without case", key.name);
            reader.problem(Code::Repeated, key.at, message);
        }
        let allowed = match node.value {
            Value::List(_) => alternatives(node, &key.name, reader, tag_value),
            _ => tag_value(node, reader).into_iter().collect(),
        };
        values.insert(key.name.clone(), allowed);
    }
    values
}

fn isolate(node: &Node, reader: &mut Reader<'_>) -> Option<Isolate> {
    let fields = reader.fields(node, "`isolate`", &ISOLATE)?;
    let by = fields.required("by", "the key of a tag, as `project`", reader).map(|node| match node.value {
        Value::List(_) => alternatives(node, "by", reader, tag_key),
        _ => tag_key(node, reader).into_iter().collect(),
    });
    let actions = fields
        .required("actions", "list actions, as `secretsmanager:*`", reader)
        .map(|node| alternatives(node, "actions", reader, action));
    Some(Isolate { by: once(by?), actions: actions? })
}

/// `true` stands for every key that the rule names.
fn immutable(node: &Node, rule: &Abac, reader: &mut Reader<'_>) -> Option<Vec<String>> {
    match node.value {
        Value::Bool(true) => {
            let tags = rule.tags.iter().flat_map(|tags| tags.required.iter().chain(tags.values.keys()));
            let named = tags.chain(rule.isolate.iter().flat_map(|isolate| &isolate.by));
            let named = once(named.cloned().collect());
            if named.is_empty() {
                let message = "`immutable: true` is about no tag: this rule names none";
                let help = "list the keys, as `[project]`";
                reader.problem_with_help(Code::Empty, node.at, message, help);
                return None;
            }
            Some(named)
        }
        Value::List(_) => Some(once(alternatives(node, "immutable", reader, tag_key))),
        _ => {
            let message = format!("`immutable` must be `true` or a list, not {}", node.value.kind());
            reader.problem(Code::WrongType, node.at, message);
            None
        }
    }
}

/// The keys, each once whatever its case, as first written.
fn once(keys: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for key in keys {
        if !seen.iter().any(|known| known.eq_ignore_ascii_case(&key)) {
            seen.push(key);
        }
    }
    seen
}

fn tag_key(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    reader.text(node, "a tag key").map(str::to_owned)
}

fn action(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "an action")?;
    let well_formed = text.contains(':') || text.bytes().all(|b| b == b'*');
    if !well_formed {
        let help = "write `service:Name`";
        reader.problem_with_help(Code::Malformed, node.at, format!("`{text}` is not an action"), help);
    }
    well_formed.then(|| text.to_owned())
}
