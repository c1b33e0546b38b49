//! Personas: what people in one job must be able to do, and no more; and how many personas a principal
//! may have.

use serde_json::json;

use super::field::{Field, list, part, words};
use super::matching::{self, Matching};
use super::reader::Reader;
use super::reference::{self, Reference};
use super::rule::{self, Kind, Rule};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// What the principals of one job must be able to do, and may do at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// Whom it is about: any of these.
    pub matches: Vec<Matching>,
    /// What each of them must be able to do.
    pub needs: Vec<Reference>,
    /// All that they may be able to do; `None`: anything.
    pub at_most: Option<Vec<Reference>>,
    /// Ids of the personas that they must not be, nor hold what those need.
    pub conflicts: Vec<String>,
    /// Whether they must live outside the organization's management account.
    pub outside_management: bool,
}

/// How many of some personas each principal in scope is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// How many.
    pub matched: Matched,
    /// Ids of the personas that count; empty: all of the rulebook.
    pub personas: Vec<String>,
}

/// A number of personas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// One or more.
    AtLeastOne,
    /// One or none.
    AtMostOne,
    /// One.
    ExactlyOne,
}

const MATCHED: [(&str, Matched); 3] = [
    ("at-least-one", Matched::AtLeastOne),
    ("at-most-one", Matched::AtMostOne),
    ("exactly-one", Matched::ExactlyOne),
];

fn references() -> serde_json::Value {
    json!({"type": "array", "items": part("reference")})
}

fn ids() -> serde_json::Value {
    list(json!({"type": "string", "pattern": "\\S"}))
}

/// The keys that only personas have.
pub(super) const OWN: [Field; 5] = [
    Field::required(
        "match",
        "Whom it is about: what must fit, or a list of such, any of which must.",
        matching::schema,
    ),
    Field::optional("needs", "Policies, each of which must be in effect.", references),
    Field::optional(
        "at_most",
        "Policies beyond which nothing may be possible. An empty list: nothing at all may be.",
        references,
    ),
    Field::optional(
        "conflicts",
        "Ids of personas that its principals must not be, nor hold all that those need.",
        ids,
    ),
    Field::optional(
        "outside_management",
        "Whether its principals must live outside the organization's management account.",
        || json!({"type": "boolean"}),
    ),
];

/// The keys that only coverage has.
pub(super) const COVERAGE: [Field; 2] = [
    Field::required("matched_by", "How many personas each principal in scope must have.", || words(&MATCHED)),
    Field::optional("personas", "Ids of the personas that count. Without it: all of them.", ids),
];

/// Reads one persona; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    if let Value::Map(entries) = &node.value
        && let Some((_, Node { value: Value::Text(id), .. })) =
            entries.iter().find(|(key, _)| key.name == "id")
    {
        reader.has_persona(id);
    }
    rule::read(node, "a persona", &OWN, reader, |fields, reader| {
        let matches = fields
            .required("match", "as `{ tags: { persona: sales-manager } }`", reader)
            .map(|node| matching::read(node, reader))
            .unwrap_or_default();
        let references = |name: &'static str, reader: &mut Reader<'_>| {
            fields.get(name).map(|node| reader.list(node, name, reference::read))
        };
        let needs = references("needs", reader).unwrap_or_default();
        let at_most = references("at_most", reader);
        let conflicts = fields.get("conflicts").map(|node| persona_ids(node, "conflicts", reader));
        let outside_management = match fields.get("outside_management").map(|node| (node, &node.value)) {
            None => false,
            Some((_, Value::Bool(value))) => *value,
            Some((node, other)) => {
                let message = format!("`outside_management` must be true or false, not {}", other.kind());
                reader.problem(Code::WrongType, node.at, message);
                false
            }
        };
        let conflicts = conflicts.unwrap_or_default();
        Some(Kind::Persona(Persona { matches, needs, at_most, conflicts, outside_management }))
    })
}

/// Reads one rule of coverage; also gives the place of its id.
pub(super) fn read_coverage(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule of persona coverage", &COVERAGE, reader, |fields, reader| {
        let matched = fields
            .required("matched_by", "`at-least-one`, `at-most-one` or `exactly-one`", reader)
            .and_then(|node| reader.word(node, "a number of personas", &MATCHED));
        let personas = fields.get("personas").map(|node| persona_ids(node, "personas", reader));
        Some(Kind::Coverage(Coverage { matched: matched?, personas: personas.unwrap_or_default() }))
    })
}

/// Ids of personas; whether there are such is looked at when all are read.
fn persona_ids(node: &Node, name: &'static str, reader: &mut Reader<'_>) -> Vec<String> {
    super::scope::alternatives(node, name, reader, |node, reader| {
        let id = reader.text(node, "the id of a persona")?;
        reader.refers_to_persona(id, node.at);
        Some(id.to_owned())
    })
}
