//! Identities: how passwords, access keys, roles and root users are looked after.

use serde_json::{Value as Json, json};

use super::field::{Field, object};
use super::reader::Reader;
use super::rule::{self, Kind, Rule};
use super::yaml::{Node, Place, Value};
use crate::code::Code;

/// What must be so of credentials and roles. Numbers are days; `None`: nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identities {
    /// Whether users must have no console password, since people come through an identity provider.
    pub federated: bool,
    /// Whether users with a console password must have a device for multi-factor authentication.
    pub console_mfa: bool,
    /// How long a console password may go unused.
    pub password_unused: Option<u32>,
    /// How old an active access key may be.
    pub key_age: Option<u32>,
    /// How long an active access key may go unused.
    pub key_unused: Option<u32>,
    /// How many active access keys a user may have.
    pub keys_at_most: Option<u32>,
    /// Whether root users must have no active access key.
    pub no_root_keys: bool,
    /// Whether root users that can sign in must have a device for multi-factor authentication.
    pub root_mfa: bool,
    /// For how long a root user must not have been used.
    pub root_use: Option<u32>,
    /// How long a role may go unused.
    pub role_unused: Option<u32>,
    /// How long a service may go unused that a principal is allowed.
    pub service_unused: Option<u32>,
}

fn yes() -> Json {
    json!({"const": true})
}

fn days() -> Json {
    json!({"type": "integer", "minimum": 1, "maximum": MOST_DAYS})
}

/// Ten years: what is longer is no threshold.
const MOST_DAYS: u32 = 3650;

/// The keys that only rules about identities have.
pub(super) const OWN: [Field; 11] = [
    Field::optional(
        "federated",
        "Users have no console password: people come through an identity provider.",
        yes,
    ),
    Field::optional(
        "console_mfa",
        "Users with a console password have a device for multi-factor authentication.",
        yes,
    ),
    Field::optional("password_unused", "How many days a console password may go unused.", days),
    Field::optional("key_age", "How many days old an active access key may be.", days),
    Field::optional(
        "key_unused",
        "How many days an active access key may go unused, or never be used after it was made.",
        days,
    ),
    Field::optional(
        "keys_at_most",
        "How many active access keys a user may have.",
        || json!({"type": "integer", "minimum": 0, "maximum": 2}),
    ),
    Field::optional("no_root_keys", "Root users have no active access key.", yes),
    Field::optional(
        "root_mfa",
        "Root users with a password have a device for multi-factor authentication.",
        yes,
    ),
    Field::optional("root_use", "For how many days a root user must not have been used.", days),
    Field::optional("role_unused", "How many days a role may go unused.", days),
    Field::optional(
        "service_unused",
        "How many days a service that a user or role is allowed may go unused.",
        days,
    ),
];

/// The schema: at least one of its own keys is there.
pub(super) fn schema() -> Json {
    let mut schema = object(&rule::keys(&OWN));
    let any: Vec<Json> = OWN.iter().map(|field| json!({"required": [field.name]})).collect();
    schema.insert("anyOf".to_owned(), json!(any));
    Json::Object(schema)
}

/// Reads one rule about identities; also gives the place of its id.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<(Rule, Place)> {
    rule::read(node, "a rule about identities", &OWN, reader, |fields, reader| {
        if !fields.keys().any(|key| OWN.iter().any(|field| field.name == key.name)) {
            let help = "as `console_mfa: true` or `key_age: 90`";
            reader.problem_with_help(Code::MissingKey, node.at, "the rule asks for nothing", help);
            return None;
        }
        let mut yes = |name: &'static str| fields.get(name).is_some_and(|node| is_true(node, name, reader));
        let (federated, console_mfa) = (yes("federated"), yes("console_mfa"));
        let (no_root_keys, root_mfa) = (yes("no_root_keys"), yes("root_mfa"));
        let mut number = |name: &'static str, least, most| {
            fields.get(name).and_then(|node| number(node, name, (least, most), reader))
        };
        Some(Kind::Identities(Identities {
            federated,
            console_mfa,
            password_unused: number("password_unused", 1, MOST_DAYS),
            key_age: number("key_age", 1, MOST_DAYS),
            key_unused: number("key_unused", 1, MOST_DAYS),
            keys_at_most: number("keys_at_most", 0, 2),
            no_root_keys,
            root_mfa,
            root_use: number("root_use", 1, MOST_DAYS),
            role_unused: number("role_unused", 1, MOST_DAYS),
            service_unused: number("service_unused", 1, MOST_DAYS),
        }))
    })
}

fn is_true(node: &Node, name: &str, reader: &mut Reader<'_>) -> bool {
    let is = matches!(node.value, Value::Bool(true));
    if !is {
        let help = format!("write `{name}: true`, or leave it out");
        reader.problem_with_help(Code::WrongType, node.at, format!("`{name}` can only be true"), help);
    }
    is
}

fn number(node: &Node, name: &str, (least, most): (u32, u32), reader: &mut Reader<'_>) -> Option<u32> {
    let Value::Number(text) = &node.value else {
        let message = format!("`{name}` must be a number, not {}", node.value.kind());
        reader.problem(Code::WrongType, node.at, message);
        return None;
    };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = format!("`{name}` must be a whole number from {least} to {most}");
        reader.problem(Code::Malformed, node.at, message);
    }
    number
}
