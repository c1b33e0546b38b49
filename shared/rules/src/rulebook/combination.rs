//! Combinations: requests that nobody may be able to make all of.

use serde_json::{Map, Value as Json, json};
use stanchion_policy::Document;

use super::field::{Field, line, list, object, part, words};
use super::forbid;
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::third_party::texts;
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// Requests of which each may be possible, and not all to one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// What must not be held together.
    pub together: Vec<Member>,
    /// Services, as `lambda.amazonaws.com`, to one of which a role must be passed as well for the rule to be
    /// broken: a role that the service can assume, and that may do more than who passes it.
    pub passes_to: Vec<String>,
    /// Services that the calls have act with a role that they were given before: there must be a role that one
    /// of them can assume, and that may do more.
    pub runs_as: Vec<String>,
    /// What counts as more; `None`: anything.
    pub gains: Option<Document>,
    /// Whether it is about administrators, who need none of this.
    pub unless: Option<Unless>,
}

/// One part of a combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What findings call it.
    pub name: Option<String>,
    /// The requests, one of which must be possible. Each statement is read as an `Allow`.
    pub requests: Document,
}

/// Whom a rule is not about, by what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unless {
    /// Whoever may do everything already.
    Administrator,
}

pub(super) const UNLESS: [(&str, Unless); 1] = [("administrator", Unless::Administrator)];

/// The keys that only combinations have.
pub(super) const OWN: [Field; 5] = [
    Field::required(
        "together",
        "What nobody must hold all of: a list of members, each a list of statements as in `forbid`.",
        || list(part("member")),
    ),
    Field::optional(
        "passes_to",
        "Services, one of which must be passed a role besides: one that it can assume, and that may do more than \
         the principal.",
        services,
    ),
    Field::optional(
        "runs_as",
        "Services that the calls have act with a role that they hold already: one of the account that they can \
         assume, and that may do more than the principal.",
        services,
    ),
    Field::optional(
        "gains",
        "What of the role counts as more: statements as in `forbid`. Without it: anything.",
        || list(part("statement")),
    ),
    Field::optional("unless", "Whom it is not about, by what they may do already.", || words(&UNLESS)),
];

/// The keys of a member that has a name.
const NAMED: [Field; 2] = [
    Field::required("name", "What findings call it.", line),
    Field::required("statements", "Statements as in `forbid`.", || list(part("statement"))),
];

const SERVICE: &str = "^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$";

fn services() -> Json {
    list(json!({"type": "string", "pattern": SERVICE, "examples": ["lambda.amazonaws.com"]}))
}

/// The schema of a combination: what is gained is said of a role.
pub(super) fn schema() -> Json {
    let mut schema = object(&rule::keys(&OWN));
    let any = json!([
        {"required": ["passes_to"]},
        {"required": ["runs_as"]},
        {"not": {"required": ["gains"]}},
    ]);
    schema.insert("anyOf".to_owned(), any);
    Json::Object(schema)
}

/// The schema of a member.
pub(super) fn member_schema() -> Json {
    json!({"anyOf": [list(part("statement")), part("named_member")]})
}

/// The schema of a member that has a name.
pub(super) fn named_schema() -> Map<String, Json> {
    object(&NAMED)
}

/// Reads one combination; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a combination", &OWN, reader, |fields, reader| {
        let together = fields.required("together", "list what nobody must hold all of", reader).map(|node| {
            if matches!(&node.value, Value::List(items) if items.is_empty()) {
                reader.problem(Code::Empty, node.at, "`together` lists nothing");
            }
            reader.list(node, "together", member)
        });
        let mut services =
            |name: &'static str| fields.get(name).map(|node| service_names(node, name, reader));
        let (passes_to, runs_as) = (services("passes_to"), services("runs_as"));
        let gains = fields.get("gains").map(|node| {
            if passes_to.is_none() && runs_as.is_none() {
                let message = "`gains` is about the role that `passes_to` or `runs_as` speaks of";
                reader.problem(Code::MissingKey, node.at, message);
            }
            forbid::read_list(node, "gains", reader)
        });
        let unless = fields.get("unless").map(|node| reader.word(node, "what some may do already", &UNLESS));
        Some(Kind::Combination(Combination {
            together: together?,
            passes_to: passes_to.unwrap_or_default(),
            runs_as: runs_as.unwrap_or_default(),
            gains,
            unless: unless.flatten(),
        }))
    })
}

fn member(node: &Node, reader: &mut Reader<'_>) -> Option<Member> {
    if !matches!(node.value, Value::Map(_)) {
        return Some(Member { name: None, requests: forbid::read_list(node, "a member", reader) });
    }
    let fields = reader.fields(node, "a member", &NAMED)?;
    let name = fields.required("name", "what findings call it", reader);
    let name = name.and_then(|node| reader.text(node, "`name`")).map(str::to_owned);
    let statements = fields.required("statements", "list statements as in `forbid`", reader);
    let requests = statements.map(|node| forbid::read_list(node, "statements", reader));
    Some(Member { name: Some(name?), requests: requests? })
}

fn service_names(node: &Node, name: &'static str, reader: &mut Reader<'_>) -> Vec<String> {
    let services = texts(node, name, reader);
    services.iter().filter(|name| !is_service(name)).for_each(|name| {
        let message = format!("`{name}` is not the name of a service");
        reader.problem_with_help(Code::Malformed, node.at, message, "as `lambda.amazonaws.com`");
    });
    services
}

/// Whether a text is a service's name, as trust policies have it.
fn is_service(name: &str) -> bool {
    let start = name.strip_suffix(".cn").unwrap_or(name).strip_suffix(".amazonaws.com");
    start.is_some_and(|start| {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        !start.is_empty() && start.bytes().all(known)
    })
}
