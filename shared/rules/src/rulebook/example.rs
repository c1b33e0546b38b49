//! Examples that rules carry: principals that a rule lets pass, those that break it and how, and those
//! that it is not about. `stanchion rulebook test` holds the rules to them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use stanchion_inventory::IamArn;
use stanchion_policy::{Document, json as policy};

use super::field::{Field, line, list, object, part};
use super::reader::{Fields, Reader};
use super::reported::{self, Reported};
use super::scope::{tag_value, tags_shape};
use super::yaml::{Node, Value};
use crate::bundle;
use crate::code::Code;

/// A principal, and what a rule says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Who it is, in one line.
    pub name: String,
    /// Its ARN.
    pub principal: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The statements of its identity policy.
    pub policies: Vec<Json>,
    /// Those of its permissions boundary, if it has one.
    pub boundary: Option<Vec<Json>>,
    /// Those of a service control policy of its account, beside the one that allows everything.
    pub scps: Vec<Json>,
    /// Those of a resource control policy of its account, likewise.
    pub rcps: Vec<Json>,
    /// Those of the role's trust policy, if they are said.
    pub trust: Option<Vec<Json>>,
    /// Other roles of its account.
    pub roles: Vec<OtherRole>,
    /// The VPC endpoints of its account.
    pub endpoints: Vec<ExampleEndpoint>,
    /// What AWS reports of it; `None`: there are no reports.
    pub reported: Option<Reported>,
    /// What the rule says of it.
    pub expected: Expected,
}

/// A role that an example's principal may come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRole {
    /// Its name.
    pub name: String,
    /// The statements of its trust policy.
    pub trust: Vec<Json>,
    /// Those of its identity policy.
    pub policies: Vec<Json>,
}

/// A VPC endpoint of an example's account, in the region eu-west-1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleEndpoint {
    /// What it leads to, as the end of the service's name: `s3`, `ecr.api`.
    pub service: String,
    /// The statements of its policy; `None`: it has AWS's default policy.
    pub policy: Option<Vec<Json>>,
}

/// What a rule says of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It holds.
    Passes,
    /// It is violated, and shown by this.
    Fails(Shown),
    /// It is not about the principal.
    Exempt,
}

/// What shows a violation, as far as the example says. Patterns with `*` and `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The witness's action.
    pub action: Option<String>,
    /// The witness's resource.
    pub resource: Option<String>,
    /// Some of its context keys, each with one value of it.
    pub context: BTreeMap<String, String>,
    /// Text that what is told of the violation contains.
    pub says: Option<String>,
}

/// The lists of `examples`.
pub(super) const LISTS: [Field; 3] = [
    Field::optional("passes", "Principals of whom the rule holds.", || list(part("example"))),
    Field::optional("fails", "Principals that break the rule, and how.", || list(part("failing_example"))),
    Field::optional("exempt", "Principals that the rule is not about.", || list(part("example"))),
];

const EXAMPLE: [Field; 11] = [
    Field::required("name", "Who it is, in one line.", line),
    Field::optional(
        "principal",
        "Its ARN. Without it: the role `Example` of the account 111122223333. The management account is 999999999999.",
        || json!({"type": "string", "pattern": "^arn:[^:]+:iam::[0-9]{12}:(role/.+|user/.+|root)$"}),
    ),
    Field::optional("tags", "Its tags.", tags_shape),
    Field::optional(
        "policies",
        "What its identity policies are: IAM statements, and bundled policies of AWS's own as `aws:NAME`.",
        policies_shape,
    ),
    Field::optional("boundary", "What its permissions boundary is, likewise.", policies_shape),
    Field::optional("scps", "Statements of service control policies, beside FullAWSAccess.", policies_shape),
    Field::optional("rcps", "Statements of resource control policies, likewise.", policies_shape),
    Field::optional("trust", "Statements of the role's trust policy.", policies_shape),
    Field::optional("roles", "Other roles of its account.", || list(part("example_role"))),
    Field::optional("endpoints", "VPC endpoints of its account, in eu-west-1.", || {
        list(part("example_endpoint"))
    }),
    Field::optional("reported", "What AWS reports of it. It is then 2026-01-01.", || part("reported")),
];

const ROLE: [Field; 3] = [
    Field::required(
        "name",
        "The role's name.",
        || json!({"type": "string", "pattern": "^[A-Za-z0-9+=,.@_-]{1,64}$"}),
    ),
    Field::required("trust", "Statements of its trust policy.", policies_shape),
    Field::optional("policies", "What its identity policies are.", policies_shape),
];

const ENDPOINT: [Field; 2] = [
    Field::required(
        "service",
        "What it leads to, as the end of the service's name: `s3`, `ecr.api`.",
        || json!({"type": "string", "pattern": "^[a-z0-9.-]{1,64}$"}),
    ),
    Field::optional(
        "policy",
        "Statements of its policy. Without it: the one that lets everything through.",
        policies_shape,
    ),
];

const FAILS: [Field; 2] = [
    Field::optional("witness", "A request that breaks the rule, or some of it.", || part("expected_witness")),
    Field::optional("says", "Text that the finding contains.", line),
];

const WITNESS: [Field; 3] = [
    Field::optional("action", "A pattern of its action.", line),
    Field::optional("resource", "A pattern of its resource.", line),
    Field::optional(
        "context",
        "Some of its context keys, each with a pattern of one value.",
        || json!({"type": "object", "additionalProperties": {"type": "string"}}),
    ),
];

fn policies_shape() -> Json {
    let aws = json!({"type": "string", "pattern": "^aws:[A-Za-z0-9+=,.@_-]+$"});
    json!({"type": "array", "items": {"anyOf": [aws, {"type": "object", "required": ["Effect"]}]}})
}

/// The schemas of examples, by name.
pub(super) fn parts() -> [(&'static str, Json); 7] {
    [
        ("examples", Json::Object(object(&LISTS))),
        ("example", Json::Object(object(&EXAMPLE))),
        ("failing_example", Json::Object(object(&[EXAMPLE.as_slice(), &FAILS].concat()))),
        ("expected_witness", Json::Object(object(&WITNESS))),
        ("example_role", Json::Object(object(&ROLE))),
        ("example_endpoint", Json::Object(object(&ENDPOINT))),
        ("reported", Json::Object(object(&reported::REPORTED))),
    ]
}

/// Reads `examples`.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Vec<Example> {
    let Some(fields) = reader.fields(node, "`examples`", &LISTS) else { return Vec::new() };
    let mut examples = Vec::new();
    let failing = [EXAMPLE.as_slice(), &FAILS].concat();
    for (name, keys) in [("passes", &EXAMPLE[..]), ("fails", &failing), ("exempt", &EXAMPLE[..])] {
        let Some(node) = fields.get(name) else { continue };
        examples.extend(reader.list(node, name, |node, reader| {
            let fields = reader.fields(node, "an example", keys)?;
            let expected = match name {
                "passes" => Some(Expected::Passes),
                "exempt" => Some(Expected::Exempt),
                _ => shown(node, &fields, reader).map(Expected::Fails),
            };
            example(&fields, expected, reader)
        }));
    }
    examples
}

fn example(fields: &Fields<'_>, expected: Option<Expected>, reader: &mut Reader<'_>) -> Option<Example> {
    let name = fields.required("name", "who it is, in one line", reader);
    let name = name.and_then(|node| reader.text(node, "`name`"));
    let principal = fields.get("principal").map_or(Some(EXAMPLE_ROLE), |node| principal(node, reader));
    let tags = fields.get("tags").map(|node| tags(node, reader)).unwrap_or_default();
    let policies =
        |name, reader: &mut Reader<'_>| fields.get(name).map(|node| statements(node, name, reader));
    let identity = policies("policies", reader);
    let (boundary, scps) = (policies("boundary", reader), policies("scps", reader));
    let (rcps, trust) = (policies("rcps", reader), policies("trust", reader));
    let roles = fields.get("roles").map(|node| reader.list(node, "roles", other_role)).unwrap_or_default();
    let endpoints = fields.get("endpoints").map(|node| reader.list(node, "endpoints", endpoint));
    let reported = fields.get("reported").map(|node| reported::read(node, reader));
    Some(Example {
        name: name?.to_owned(),
        principal: principal?.to_owned(),
        tags,
        policies: identity.unwrap_or_default(),
        boundary,
        scps: scps.unwrap_or_default(),
        rcps: rcps.unwrap_or_default(),
        trust,
        roles,
        endpoints: endpoints.unwrap_or_default(),
        reported: reported.flatten(),
        expected: expected?,
    })
}

fn other_role(node: &Node, reader: &mut Reader<'_>) -> Option<OtherRole> {
    let fields = reader.fields(node, "another role", &ROLE)?;
    let name = fields.required("name", "the role's name", reader);
    let name = name.and_then(|node| reader.text(node, "`name`").map(|name| (name, node.at)));
    if let Some((name, at)) = name
        && !is_name(name)
    {
        reader.problem(Code::Malformed, at, format!("`{name}` is not the name of a role"));
    }
    let trust = fields.required("trust", "the statements of its trust policy", reader);
    let trust = trust.map(|node| statements(node, "trust", reader));
    let policies = fields.get("policies").map(|node| statements(node, "policies", reader));
    Some(OtherRole { name: name?.0.to_owned(), trust: trust?, policies: policies.unwrap_or_default() })
}

fn endpoint(node: &Node, reader: &mut Reader<'_>) -> Option<ExampleEndpoint> {
    let fields = reader.fields(node, "an endpoint", &ENDPOINT)?;
    let service = fields.required("service", "what it leads to, as `s3`", reader);
    let service = service.and_then(|node| reader.text(node, "`service`").map(|text| (text, node.at)));
    if let Some((text, at)) = service
        && !is_service(text)
    {
        let message = format!("`{text}` is not the end of a service's name");
        reader.problem_with_help(Code::Malformed, at, message, "as `s3`");
    }
    let policy = fields.get("policy").map(|node| statements(node, "policy", reader));
    Some(ExampleEndpoint { service: service?.0.to_owned(), policy })
}

fn is_service(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether a role can have this name (IAM API Reference, CreateRole).
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

const EXAMPLE_ROLE: &str = "arn:aws:iam::111122223333:role/Example";

fn principal<'n>(node: &'n Node, reader: &mut Reader<'_>) -> Option<&'n str> {
    let arn = reader.text(node, "`principal`")?;
    let known = IamArn::parse(arn).is_some_and(|arn| {
        ["role", "user", "root"].contains(&arn.kind)
            && arn.account.len() == 12
            && arn.account.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !known {
        let message = format!("`{arn}` is not the ARN of a role, a user or a root user");
        reader.problem_with_help(Code::Malformed, node.at, message, format!("as `{EXAMPLE_ROLE}`"));
    }
    known.then_some(arn)
}

fn tags(node: &Node, reader: &mut Reader<'_>) -> BTreeMap<String, String> {
    let Some(fields) = reader.entries(node, "`tags`") else { return BTreeMap::new() };
    let one = |(key, node): &(super::yaml::Key, Node)| Some((key.name.clone(), tag_value(node, reader)?));
    fields.pairs().filter_map(one).collect()
}

fn statements(node: &Node, name: &'static str, reader: &mut Reader<'_>) -> Vec<Json> {
    let lists = reader.list(node, name, |item, reader| {
        let found = match &item.value {
            Value::Text(text) => return of_aws(text, item, reader),
            Value::Map(_) => item.to_value(),
            other => {
                let message = format!("a statement must be a mapping, not {}", other.kind());
                reader.problem(Code::WrongType, item.at, message);
                return None;
            }
        };
        let version = policy::Json::Text("2012-10-17".to_owned());
        let statements = policy::Json::List(vec![item.to_json()]);
        let document =
            policy::Json::Object(vec![("Version".to_owned(), version), ("Statement".to_owned(), statements)]);
        if let Err(error) = Document::from_json(&document) {
            reader.problem(Code::BadStatement, item.at, format!("a statement of `{name}`: {error}"));
        }
        Some(vec![found])
    });
    lists.into_iter().flatten().collect()
}

/// The statements of a policy of AWS's own.
fn of_aws(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Json>> {
    let bundled = text.strip_prefix("aws:").and_then(bundle::find);
    let Some(bundled) = bundled else {
        let message = format!("`{text}` is no policy that comes with the program");
        reader.problem_with_help(Code::UnknownWord, node.at, message, "write its statements out");
        return None;
    };
    let document: Json = serde_json::from_str(&bundled.text).ok()?;
    Some(match document.get("Statement")? {
        Json::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    })
}

fn shown(node: &Node, fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Shown> {
    if fields.get("witness").is_none() && fields.get("says").is_none() {
        let help = "say under `witness` or `says` what shows it";
        let message = "an example that fails says how";
        reader.problem_with_help(Code::MissingKey, node.at, message, help);
        return None;
    }
    let mut shown = Shown { says: fields.optional_text("says", reader), ..Shown::default() };
    if let Some(node) = fields.get("witness") {
        let fields = reader.fields(node, "a witness", &WITNESS)?;
        shown.action = fields.optional_text("action", reader);
        shown.resource = fields.optional_text("resource", reader);
        if let Some(node) = fields.get("context") {
            shown.context = tags(node, reader);
        }
    }
    Some(shown)
}
