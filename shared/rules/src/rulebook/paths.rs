//! Paths: what nobody may reach from role to role.

use serde_json::json;
use stanchion_policy::Document;

use super::field::{Field, list, part};
use super::forbid;
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// What the principals in scope must not come to by becoming other roles, or by passing them on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// What a path must not end at.
    pub reach: Reach,
    /// How many steps a path may have, from 1.
    pub steps: usize,
}

/// Where paths end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At roles that may do everything.
    Administrators,
    /// At roles that can make one of these requests.
    Requests(Document),
}

/// How many steps are looked at, if the rule does not say.
const STEPS: usize = 4;

/// More would say nothing that people can follow.
const MOST: usize = 8;

/// The keys that only rules about paths have.
pub(super) const OWN: [Field; 2] = [
    Field::required(
        "reach",
        "What no path must end at: `administrator`, or statements as in `forbid`.",
        || json!({"anyOf": [{"type": "string", "enum": ["administrator"]}, list(part("statement"))]}),
    ),
    Field::optional(
        "steps",
        "How many steps a path may have, at most eight. Without it: four.",
        || json!({"type": "integer", "minimum": 1, "maximum": MOST}),
    ),
];

/// Reads one rule about paths; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about paths", &OWN, reader, |fields, reader| {
        let reach = fields.required("reach", "`administrator`, or statements as in `forbid`", reader);
        let reach = reach.and_then(|node| match node.value {
            Value::List(_) => Some(Reach::Requests(forbid::read_list(node, "reach", reader))),
            _ => reader
                .word(node, "what a path may end at", &[("administrator", ())])
                .map(|()| Reach::Administrators),
        });
        let steps = fields.get("steps").map(|node| steps(node, reader));
        Some(Kind::Paths(Paths { reach: reach?, steps: steps.unwrap_or(Some(STEPS))? }))
    })
}

fn steps(node: &Node, reader: &mut Reader<'_>) -> Option<usize> {
    let number = match &node.value {
        Value::Number(text) => text.parse().ok().filter(|number| (1..=MOST).contains(number)),
        other => {
            let message = format!("`steps` must be a number, not {}", other.kind());
            reader.problem(Code::WrongType, node.at, message);
            return None;
        }
    };
    if number.is_none() {
        reader.problem(Code::Malformed, node.at, format!("`steps` must be a number from 1 to {MOST}"));
    }
    number
}
