//! What AWS reports of an example's principal besides its policies: the columns of a credential report, and
//! when a role and services were last used.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use stanchion_policy::value::parse_date;

use super::field::Field;
use super::reader::Reader;
use super::yaml::{Node, Value};
use crate::code::Code;

/// What is reported of a principal. Moments are dates, as `2025-06-30`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Columns of its row in the credential report, by name.
    pub credentials: BTreeMap<String, String>,
    /// When it was made.
    pub created: Option<String>,
    /// When the role was last used.
    pub last_used: Option<String>,
    /// When services were last used that it is allowed, by their prefix; `never` has not happened.
    pub services: Option<BTreeMap<String, String>>,
}

/// What is said of a service that was not used.
const NEVER: &str = "never";

/// The keys of `reported`: first the columns.
pub(super) const REPORTED: [Field; 13] = [
    Field::optional("password_enabled", "Whether the user has a console password.", flag),
    Field::optional("password_last_used", "When it was last used.", date),
    Field::optional("password_last_changed", "When it was last set.", date),
    Field::optional("mfa_active", "Whether there is a device for multi-factor authentication.", flag),
    Field::optional("access_key_1_active", "Whether the first access key can be used.", flag),
    Field::optional("access_key_1_last_rotated", "When it was made.", date),
    Field::optional("access_key_1_last_used_date", "When it was last used.", date),
    Field::optional("access_key_2_active", "Whether the second access key can be used.", flag),
    Field::optional("access_key_2_last_rotated", "When it was made.", date),
    Field::optional("access_key_2_last_used_date", "When it was last used.", date),
    Field::optional("created", "When the principal was made.", date),
    Field::optional("last_used", "When the role was last used.", date),
    Field::optional(
        "services",
        "Services that it is allowed, by their prefix, and when each was last used: a date, or `never`.",
        || json!({"type": "object", "additionalProperties": {"type": "string", "pattern": format!("{DATE}|^never$")}}),
    ),
];

/// How many keys of `reported` are columns of the credential report.
const COLUMNS: usize = 10;

const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

fn flag() -> Json {
    json!({"type": "boolean"})
}

fn date() -> Json {
    json!({"type": "string", "pattern": DATE, "examples": ["2025-06-30"]})
}

/// The row of a credential report: its header, and its cells. What is not said there is not.
pub(crate) fn row(reported: &Reported, user: &str, arn: &str) -> String {
    let columns = || REPORTED[..COLUMNS].iter().map(|field| field.name);
    let header: Vec<&str> = ["user", "arn"].into_iter().chain(columns()).collect();
    let cell = |name: &'static str| {
        let nothing = if is_flag(name) { "false" } else { "N/A" };
        reported.credentials.get(name).map_or(nothing, String::as_str)
    };
    let cells: Vec<&str> = [user, arn].into_iter().chain(columns().map(cell)).collect();
    format!("{}\n{}", header.join(","), cells.join(","))
}

fn is_flag(column: &str) -> bool {
    column.ends_with("_active") || column.ends_with("_enabled")
}

/// Reads `reported`.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Reported> {
    let fields = reader.fields(node, "`reported`", &REPORTED)?;
    let mut reported = Reported::default();
    for field in &REPORTED[..COLUMNS] {
        let Some(node) = fields.get(field.name) else { continue };
        let value = if is_flag(field.name) { truth(node, field.name, reader) } else { a_date(node, reader) };
        reported.credentials.extend(value.map(|value| (field.name.to_owned(), value)));
    }
    reported.created = fields.get("created").and_then(|node| a_date(node, reader));
    reported.last_used = fields.get("last_used").and_then(|node| a_date(node, reader));
    if let Some(node) = fields.get("services") {
        let mut services = BTreeMap::new();
        for (key, node) in reader.entries(node, "`services`")?.pairs() {
            let never = matches!(&node.value, Value::Text(text) if text == NEVER);
            let used = if never { Some(NEVER.to_owned()) } else { a_date(node, reader) };
            services.extend(used.map(|used| (key.name.clone(), used)));
        }
        reported.services = Some(services);
    }
    Some(reported)
}

fn truth(node: &Node, name: &str, reader: &mut Reader<'_>) -> Option<String> {
    let Value::Bool(value) = node.value else {
        let message = format!("`{name}` must be true or false, not {}", node.value.kind());
        reader.problem(Code::WrongType, node.at, message);
        return None;
    };
    Some(value.to_string())
}

fn a_date(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "a date")?;
    if text.len() != 10 || parse_date(text).is_none() {
        reader.problem_with_help(
            Code::Malformed,
            node.at,
            format!("`{text}` is not a date"),
            "as `2025-06-30`",
        );
        return None;
    }
    Some(text.to_owned())
}

/// What last accessed information has of services.
pub(crate) fn last_accessed(services: &BTreeMap<String, String>) -> Json {
    let service = |(prefix, used): (&String, &String)| {
        let mut service = json!({"ServiceName": prefix, "ServiceNamespace": prefix,
            "TotalAuthenticatedEntities": u32::from(used != NEVER)});
        if used != NEVER {
            service["LastAuthenticated"] = json!(format!("{used}T00:00:00Z"));
        }
        service
    };
    json!({"JobStatus": "COMPLETED", "ServicesLastAccessed": services.iter().map(service).collect::<Vec<_>>()})
}
