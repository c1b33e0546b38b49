//! Whom a rule is about.

use std::collections::BTreeMap;

use serde_json::json;
use stanchion_inventory::PrincipalKind;

use super::field::{Field, list, words};
use super::reader::Reader;
use super::yaml::{Node, Value};
use crate::code::Code;

/// Whom a rule is about. Every part that is given must hold; the entries of one part are
/// alternatives; a part that is empty says nothing. So the default scope is everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// OU and root ids. An OU means its subtree.
    pub ous: Vec<String>,
    /// Account ids.
    pub accounts: Vec<String>,
    /// Kinds of principal.
    pub principals: Vec<PrincipalKind>,
    /// Paths of the principal, patterns with `*` and `?`.
    pub paths: Vec<String>,
    /// Tags of the principal: key -> the values that will do.
    pub tags: BTreeMap<String, Vec<String>>,
}

const PRINCIPALS: [(&str, PrincipalKind); 3] =
    [("role", PrincipalKind::Role), ("user", PrincipalKind::User), ("root", PrincipalKind::Root)];

pub(super) const KEYS: [Field; 5] = [
    Field::optional(
        "ous",
        "Ids of OUs, or of a root. An OU means its subtree: every account in it and in the OUs below.",
        || {
            list(json!({
                "type": "string",
                "pattern": "^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$",
                "examples": ["ou-ab12-workloads", "r-ab12"],
            }))
        },
    ),
    Field::optional("accounts", "Account ids, in quotes.", || {
        list(json!({"type": "string", "pattern": "^[0-9]{12}$", "examples": ["111122223333"]}))
    }),
    Field::optional(
        "principals",
        "Kinds of principal; `root` means the root users of member accounts.",
        || list(words(&PRINCIPALS)),
    ),
    Field::optional("paths", "Paths of the user or role, as `/teams/*`; `*` and `?` are wildcards.", || {
        list(json!({"type": "string", "pattern": "^[/*?]", "examples": ["/teams/*"]}))
    }),
    Field::optional(
        "tags",
        "Tags of the user or role: each key with the value, or a list of values, that will do.",
        tags_shape,
    ),
];

/// The schema of tags.
pub(super) fn tags_shape() -> serde_json::Value {
    json!({
        "type": "object",
        "additionalProperties": {"anyOf": [{"type": "string"}, list(json!({"type": "string"}))]},
        "examples": [{"stage": "production"}],
    })
}

/// Reads a `scope`.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Scope> {
    let fields = reader.fields(node, "a scope", &KEYS)?;
    let mut scope = Scope::default();
    if let Some(node) = fields.get("ous") {
        scope.ous = alternatives(node, "ous", reader, ou);
    }
    if let Some(node) = fields.get("accounts") {
        scope.accounts = alternatives(node, "accounts", reader, account);
    }
    if let Some(node) = fields.get("principals") {
        scope.principals = alternatives(node, "principals", reader, |node, reader| {
            reader.word(node, "a kind of principal", &PRINCIPALS)
        });
    }
    if let Some(node) = fields.get("paths") {
        scope.paths = alternatives(node, "paths", reader, path);
    }
    if let Some(node) = fields.get("tags") {
        scope.tags = tags(node, reader);
    }
    Some(scope)
}

/// A list that is not empty: an empty one would be no alternative at all, so a rule about nobody.
pub(super) fn alternatives<T>(
    node: &Node,
    name: &str,
    reader: &mut Reader<'_>,
    read: impl FnMut(&Node, &mut Reader<'_>) -> Option<T>,
) -> Vec<T> {
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        let help = "leave the key out to mean all";
        reader.problem_with_help(Code::Empty, node.at, format!("`{name}` lists nothing"), help);
    }
    reader.list(node, name, read)
}

/// An OU or root id, by the patterns of the Organizations API (`OrganizationalUnit`, `Root`).
fn ou(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let id = reader.text(node, "an OU id")?;
    let part = |part: &str, shortest| {
        (shortest..=32).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let known = match id.split('-').collect::<Vec<_>>()[..] {
        ["r", root] => part(root, 4),
        ["ou", root, unit] => part(root, 4) && part(unit, 8),
        _ => false,
    };
    if !known {
        let help = "write `ou-xxxx-xxxxxxxx`, or `r-xxxx` for the root";
        reader.problem_with_help(Code::Malformed, node.at, format!("`{id}` is not an OU id"), help);
    }
    known.then(|| id.to_owned())
}

/// An account's id, in quotes.
pub(super) fn account(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    // Refused even when its digits are whole: the next YAML tool to touch the file may read it as
    // a number, and an id that starts with 0 as another one.
    if let Value::Number(text) = &node.value {
        let message = format!("the account id `{text}` is a number without quotes");
        reader.problem_with_help(Code::WrongType, node.at, message, format!("write `\"{text:0>12}\"`"));
        return None;
    }
    let id = reader.text(node, "an account id")?;
    let known = id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    if !known {
        let help = "an account id is 12 digits";
        reader.problem_with_help(Code::Malformed, node.at, format!("`{id}` is not an account id"), help);
    }
    known.then(|| id.to_owned())
}

/// A pattern of paths. Every path begins with a slash (IAM User Guide, "IAM identifiers").
fn path(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let path = reader.text(node, "a path")?;
    if path.starts_with(['/', '*', '?']) {
        return Some(path.to_owned());
    }
    let help = "write `/teams/*`";
    reader.problem_with_help(Code::Malformed, node.at, format!("`{path}` is not a path"), help);
    None
}

/// Reads tags: each key with the values that will do.
pub(super) fn tags(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, Vec<String>> {
    let Value::Map(entries) = &node.value else {
        let kind = node.value.kind();
        let message = format!("`tags` must be a mapping of tag keys, not {kind}");
        reader.problem(Code::WrongType, node.at, message);
        return BTreeMap::new();
    };
    let mut tags = BTreeMap::new();
    for (key, node) in entries {
        let values = match node.value {
            Value::List(_) => alternatives(node, &key.name, reader, tag_value),
            _ => tag_value(node, reader).into_iter().collect(),
        };
        tags.insert(key.name.clone(), values);
    }
    tags
}

/// A tag's value. An empty one is legal, so `Reader::text` is too strict for it.
pub(super) fn tag_value(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => reader.text(node, "a tag value").map(str::to_owned),
    }
}
