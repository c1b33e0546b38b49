//! What a persona's policies are referred to by: a policy of AWS's own, a file, statements written in
//! place, or what some role may do.

use serde_json::{Value as Json, json};
use stanchion_policy::{Document, DocumentError, json as policy};

use super::field::{Field, line, list, object, part};
use super::reader::Reader;
use super::yaml::{Node, Value};
use crate::code::Code;

/// A reference to policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A managed policy of AWS's own, by name: the inventory's document, else the bundled one.
    Aws(String),
    /// A document that came with the rulebook: from a file, or written in place.
    Given {
        /// What it is called.
        name: String,
        /// The document.
        document: Document,
    },
    /// What the identity policies of a role allow, by its ARN.
    Role(String),
    /// Any one of these will do.
    AnyOf(Vec<Self>),
}

impl Reference {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Aws(name) | Self::Given { name, .. } => name.clone(),
            Self::Role(arn) => format!("role {arn}"),
            Self::AnyOf(any) => any.iter().map(Self::name).collect::<Vec<_>>().join(" or "),
        }
    }

    /// This, or each of those of which any will do.
    pub fn choices(&self) -> &[Self] {
        match self {
            Self::AnyOf(any) => any,
            one => std::slice::from_ref(one),
        }
    }
}

/// Policy names that pages of AWS's documentation print, and the name that is meant (Partner Central
/// Getting Started Guide, "AWS managed policies mapped to user personas" and "Legacy role mappings").
const MISPRINTED: [(&str, &str); 2] = [
    ("AWSMarketplaceSellerProduct", "AWSMarketplaceSellerProductsFullAccess"),
    ("AWSPartnerCentralIncentiveBenefitManagement", "PartnerCentralIncentiveBenefitManagement"),
];

const ANY_OF: [Field; 1] =
    [Field::required("any_of", "References of which any one will do.", || list(text_shape()))];

const INLINE: [Field; 2] = [
    Field::required("name", "What findings call the policy.", line),
    Field::required("statements", "IAM statements, each with its `Effect`.", || {
        list(json!({"type": "object", "required": ["Effect"]}))
    }),
];

const HELP: &str =
    "as `aws:ReadOnlyAccess`, `file:policies/sales.json` or `role:arn:aws:iam::111122223333:role/Name`";

fn text_shape() -> Json {
    json!({
        "type": "string",
        "pattern": "^(aws:[A-Za-z0-9+=,.@_-]+|file:.+|role:arn:[^:]+:iam::[0-9]{12}:role/.+)$",
        "examples": ["aws:ReadOnlyAccess", "file:policies/sales.json"],
    })
}

/// The schema of a reference.
pub(super) fn schema() -> Json {
    json!({"anyOf": [text_shape(), part("any_of"), part("inline_policy")]})
}

pub(super) fn any_of_schema() -> Json {
    Json::Object(object(&ANY_OF))
}

pub(super) fn inline_schema() -> Json {
    Json::Object(object(&INLINE))
}

/// Reads one reference.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Reference> {
    let Value::Map(entries) = &node.value else { return text(node, reader) };
    if entries.iter().any(|(key, _)| key.name == "any_of") {
        let fields = reader.fields(node, "a choice of references", &ANY_OF)?;
        let list = fields.required("any_of", "list the references", reader)?;
        if matches!(&list.value, Value::List(items) if items.is_empty()) {
            reader.problem(Code::Empty, list.at, "`any_of` lists nothing");
        }
        let any = reader.list(list, "any_of", text);
        return (!any.is_empty()).then_some(Reference::AnyOf(any));
    }
    let fields = reader.fields(node, "an inline policy", &INLINE)?;
    let name = fields.required("name", "what findings call it", reader)?;
    let name = reader.text(name, "`name`").map(str::to_owned);
    let statements = fields.required("statements", "list IAM statements", reader)?;
    if matches!(&statements.value, Value::List(items) if items.is_empty()) {
        reader.problem(Code::Empty, statements.at, "`statements` lists nothing");
        return None;
    }
    if !matches!(statements.value, Value::List(_)) {
        let kind = statements.value.kind();
        reader.problem(Code::WrongType, statements.at, format!("`statements` must be a list, not {kind}"));
        return None;
    }
    let inline = policy::Json::Object(vec![
        ("Version".to_owned(), policy::Json::Text("2012-10-17".to_owned())),
        ("Statement".to_owned(), statements.to_json()),
    ]);
    let document = document(Document::from_json(&inline), statements, "`statements`", reader)?;
    Some(Reference::Given { name: name?, document })
}

fn text(node: &Node, reader: &mut Reader<'_>) -> Option<Reference> {
    let text = reader.text(node, "a reference")?;
    let malformed = |reader: &mut Reader<'_>, message: String| {
        reader.problem_with_help(Code::Malformed, node.at, message, HELP);
        None
    };
    match text.split_once(':') {
        Some(("aws", name)) if is_policy_name(name) => match misprinted(name) {
            None => Some(Reference::Aws(name.to_owned())),
            Some(meant) => {
                let message =
                    format!("AWS has no policy `{name}`, though a page of its documentation prints it");
                reader.problem_with_help(Code::Malformed, node.at, message, format!("write `aws:{meant}`"));
                None
            }
        },
        Some(("file", path)) if !path.trim().is_empty() => {
            let content = match reader.load(path, node.at) {
                Ok(content) => content,
                Err(error) => {
                    reader.problem(Code::Unreadable, node.at, format!("`{path}` cannot be read: {error}"));
                    return None;
                }
            };
            let document = document(Document::parse(&content), node, &format!("`{path}`"), reader)?;
            Some(Reference::Given { name: text.to_owned(), document })
        }
        Some(("role", arn)) if is_role(arn) => Some(Reference::Role(arn.to_owned())),
        Some(("role", arn)) => malformed(reader, format!("`{arn}` is not the ARN of a role")),
        _ => malformed(reader, format!("`{text}` is not a reference")),
    }
}

fn document(
    read: Result<Document, DocumentError>,
    node: &Node,
    what: &str,
    reader: &mut Reader<'_>,
) -> Option<Document> {
    match read {
        Ok(document) if document.statements.iter().any(|statement| statement.principal.is_some()) => {
            let message = format!("{what}: a statement has a `Principal`, as only resource policies do");
            reader.problem(Code::BadStatement, node.at, message);
            None
        }
        Ok(document) => Some(document),
        Err(error) => {
            reader.problem(Code::BadStatement, node.at, format!("{what}: {error}"));
            None
        }
    }
}

/// The name that a misprinted one stands for.
pub(crate) fn misprinted(name: &str) -> Option<&'static str> {
    MISPRINTED.iter().find(|(printed, _)| *printed == name).map(|(_, meant)| *meant)
}

/// IAM API Reference, `policyNameType`.
fn is_policy_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, "iam", "", account, role]
        if !partition.is_empty()
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}
