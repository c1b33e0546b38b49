//! The `forbid` list: IAM statements without `Effect` and `Principal`, each mistake in its place.

use serde_json::{Map, Value as Json, json};
use stanchion_policy::Document;
use stanchion_policy::document::{Comparison, Statement, Version};

use super::field::{Field, list, object, part};
use super::reader::{Reader, nearest};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

const ELEMENTS: [Field; 6] = [
    Field::optional("Sid", "A name.", scalar),
    Field::optional("Action", "The actions: `service:Name`, with `*` and `?`.", actions),
    Field::optional("NotAction", "Every action but these.", actions),
    Field::optional("Resource", "ARN patterns. Without them: any resource.", resources),
    Field::optional("NotResource", "Every resource but these.", resources),
    Field::optional(
        "Condition",
        "Operators, keys and values, all of which must hold. A plain operator matches only requests that have \
         the key; a negated one also those without it.",
        || part("condition"),
    ),
];

/// Text; IAM takes numbers and booleans without quotes for it.
fn scalar() -> Json {
    json!({"type": ["string", "number", "boolean"]})
}

fn actions() -> Json {
    // `well_formed_action` of the policy crate.
    let action = json!({
        "type": "string",
        "pattern": "^\\*+$|:",
        "examples": ["s3:GetObject", "iam:*"],
    });
    json!({"anyOf": [action.clone(), list(action)]})
}

fn resources() -> Json {
    let mut resource = scalar();
    resource["examples"] = json!(["*", "arn:aws:s3:::logs-*"]);
    json!({"anyOf": [resource.clone(), list(resource)]})
}

/// The schema of a statement.
pub(super) fn statement_schema() -> Map<String, Json> {
    let mut schema = object(&ELEMENTS);
    schema.insert("oneOf".to_owned(), json!([{"required": ["Action"]}, {"required": ["NotAction"]}]));
    schema.insert("not".to_owned(), json!({"required": ["Resource", "NotResource"]}));
    schema
}

/// The schema of a `Condition`: the plain operators by name, so that editors offer them, and those
/// with a quantifier or `IfExists` by pattern.
pub(super) fn condition_schema() -> Json {
    let names: Map<String, Json> = OPERATORS.iter().map(|name| ((*name).to_owned(), part("keys"))).collect();
    let affixed: Vec<&str> = OPERATORS.into_iter().filter(|name| *name != "Null").collect();
    let pattern = format!("^((ForAnyValue|ForAllValues):)?(({})(IfExists)?|Null)$", affixed.join("|"));
    json!({
        "type": "object",
        "properties": names,
        "patternProperties": {pattern: part("keys")},
        "additionalProperties": false,
    })
}

/// The schema of what stands behind an operator.
pub(super) fn keys_schema() -> Json {
    json!({
        "type": "object",
        "description": "Condition keys, each with the value, or a list of values, that will do.",
        "additionalProperties": {"anyOf": [scalar(), {"type": "array", "items": scalar()}]},
        "examples": [{"aws:RequestedRegion": ["eu-west-1"]}],
    })
}

/// Reads a `forbid` list.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Document> {
    Some(read_list(node, "forbid", reader))
}

/// Reads a list of such statements, called by its key.
pub(super) fn read_list(node: &Node, name: &str, reader: &mut Reader<'_>) -> Document {
    if matches!(&node.value, Value::List(items) if items.is_empty()) {
        reader.problem(Code::Empty, node.at, format!("`{name}` lists nothing"));
    }
    let statements = reader.list(node, name, statement);
    Document { version: Version::V2012, version_given: true, statements }
}

/// Reads one statement by itself, so that a mistake in it hides none in the next.
fn statement(node: &Node, reader: &mut Reader<'_>) -> Option<Statement> {
    if let Value::Map(entries) = &node.value {
        let unknown: Vec<_> = entries.iter().map(|(key, _)| key).filter(|key| !known(&key.name)).collect();
        for key in &unknown {
            reader.unknown_key(key, "a `forbid` statement", &ELEMENTS);
        }
        if !unknown.is_empty() {
            return None;
        }
    }
    let mut document = match Document::forbidden(&[node.to_json()], "") {
        Ok(document) => document,
        Err(error) => {
            let path = error.path().strip_prefix("[0]").unwrap_or(error.path());
            let path = path.strip_prefix('.').unwrap_or(path);
            let what = if path.is_empty() { "a `forbid` statement" } else { path };
            let message = format!("{what}: {}", error.message());
            reader.problem(Code::BadStatement, find(node, path), message);
            return None;
        }
    };
    let statement = document.statements.pop()?;
    for condition in &statement.conditions {
        let operator = &condition.operator;
        if operator.comparison == Comparison::Unknown {
            // In an account's policy an unknown operator is a fact to live with; in a rule it is a
            // slip of the pen, and would leave every answer open.
            let message = format!("`{}` is not a condition operator", operator.text);
            let at = find(node, &format!("Condition.{}", operator.text));
            reader.problem_with_help(Code::UnknownOperator, at, message, operator_help(&operator.text));
        }
    }
    let lists = [("Action", Some(&statement.action)), ("Resource", statement.resource.as_ref())];
    for (name, patterns) in lists {
        if patterns.is_some_and(|patterns| patterns.patterns.is_empty()) {
            reader.problem(Code::Empty, find(node, name), format!("`{name}` lists nothing"));
        }
    }
    Some(statement)
}

/// Whether the statement parser has something to say about an element, be it only why it may not
/// stand here.
fn known(element: &str) -> bool {
    ELEMENTS.iter().any(|field| field.name == element)
        || ["Effect", "Principal", "NotPrincipal"].contains(&element)
}

/// The place of what a path as `Condition.StringEquals[1]` leads to: of the key for a mapping's
/// entry, of the item for a list's; as far as the path can be followed.
fn find(node: &Node, path: &str) -> Place {
    let path = path.strip_prefix('.').unwrap_or(path);
    match &node.value {
        Value::Map(entries) => {
            // Keys may hold dots themselves, as `aws:RequestTag/a.b`: the longest one fits.
            let entry = entries
                .iter()
                .filter_map(|(key, value)| Some((key, value, path.strip_prefix(&*key.name)?)))
                .filter(|(.., rest)| rest.is_empty() || rest.starts_with(['.', '[']))
                .min_by_key(|(.., rest)| rest.len());
            match entry {
                Some((key, _, "")) => key.at,
                Some((_, value, rest)) => find(value, rest),
                None => node.at,
            }
        }
        Value::List(items) => {
            let index = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let item = index.and_then(|(i, rest)| Some((items.get(i.parse::<usize>().ok()?)?, rest)));
            item.map_or(node.at, |(item, rest)| find(item, rest))
        }
        _ => node.at,
    }
}

fn operator_help(text: &str) -> String {
    // Quantifier and `IfExists` stay as written; only the name between them is looked up.
    let start = text.find(':').map_or(0, |colon| colon + 1);
    let (quantifier, rest) = text.split_at(start);
    let (name, suffix) = match rest.strip_suffix("IfExists") {
        Some(name) => (name, "IfExists"),
        None => (rest, ""),
    };
    match nearest(name, &OPERATORS) {
        // `NullIfExists` is no operator, though both of its parts are right.
        Some(near) if near == name => format!("`{near}` does not take what is around it"),
        Some(near) => format!("did you mean `{quantifier}{near}{suffix}`?"),
        None => "as `StringEquals`, `ArnLike`, `Bool` or `Null`".to_owned(),
    }
}

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
];
