//! Which principals a persona is about: by what is known of them, not by what they may do.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::field::{Field, list, object, part};
use super::reader::Reader;
use super::scope::{alternatives, tags, tags_shape};
use super::yaml::{Node, Value};
use crate::code::Code;

/// Whom a persona is about. Every part that is given must fit; the entries of one part are
/// alternatives. Patterns have `*` and `?`, and cover the whole name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Tags of the principal: key -> the values that will do.
    pub tags: BTreeMap<String, Vec<String>>,
    /// Patterns of paths, as `/partner-central/*`.
    pub paths: Vec<String>,
    /// Patterns of names, without the path.
    pub names: Vec<String>,
    /// Patterns of the names of permission sets, for roles that Identity Center made.
    pub permission_sets: Vec<String>,
    /// Patterns of the names of groups: of IAM, for users in them; of the identity store, for roles of
    /// permission sets that they are assigned to.
    pub groups: Vec<String>,
}

fn patterns() -> Json {
    list(json!({"type": "string", "pattern": "\\S"}))
}

pub(super) const KEYS: [Field; 5] = [
    Field::optional(
        "tags",
        "Tags of the user or role: each key with the value, or a list of values, that will do.",
        tags_shape,
    ),
    Field::optional("paths", "Paths, with `*` and `?`, as `/partner-central/*`.", patterns),
    Field::optional("names", "Names without their paths, with `*` and `?`.", patterns),
    Field::optional(
        "permission_sets",
        "Names of permission sets, with `*` and `?`, whose roles are meant.",
        patterns,
    ),
    Field::optional(
        "groups",
        "Names of groups, with `*` and `?`: of IAM, whose users are meant; of the identity store of Identity \
         Center, whose permission sets' roles are meant.",
        patterns,
    ),
];

/// The schema of a `match`: one way to fit, or a list of them.
pub(super) fn schema() -> Json {
    json!({"anyOf": [part("matching"), list(part("matching"))]})
}

/// The schema of one way.
pub(super) fn matching_schema() -> Json {
    let mut schema = object(&KEYS);
    schema.insert("minProperties".to_owned(), json!(1));
    Json::Object(schema)
}

/// Reads a `match`: a principal is meant if it fits any of what is listed.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<Matching> {
    match node.value {
        Value::List(_) => alternatives(node, "match", reader, one),
        _ => one(node, reader).into_iter().collect(),
    }
}

fn one(node: &Node, reader: &mut Reader<'_>) -> Option<Matching> {
    let fields = reader.fields(node, "a `match`", &KEYS)?;
    if fields.keys().next().is_none() {
        let help = "as `{ tags: { persona: sales-manager } }`";
        reader.problem_with_help(Code::Empty, node.at, "a `match` says nothing", help);
        return None;
    }
    let list = |name: &'static str, reader: &mut Reader<'_>| {
        fields.get(name).map_or_else(Vec::new, |node| {
            alternatives(node, name, reader, |node, reader| reader.text(node, "a pattern").map(str::to_owned))
        })
    };
    let (paths, names) = (list("paths", reader), list("names", reader));
    let (permission_sets, groups) = (list("permission_sets", reader), list("groups", reader));
    let tags = fields.get("tags").map(|node| tags(node, reader)).unwrap_or_default();
    let found = Matching { tags, paths, names, permission_sets, groups };
    // Each mistake in it has been told; what is left of it might fit everyone.
    (found != Matching::default()).then_some(found)
}
