//! Text -> [`Document`], with errors that name the JSON path.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::document::{
    Condition, Document, Effect, Operator, Patterns, PrincipalEntry, Principals, Statement, Version,
};
use crate::json::Json;

/// Why a text is not a policy document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
pub struct DocumentError {
    path: String,
    message: String,
}

impl DocumentError {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }

    /// Where in the document, as `Statement[2].Condition.StringEquals`; empty for the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// How long the text of a policy may be, in bytes. The longest that AWS takes has some 40,000
/// characters (Organizations API, `PutResourcePolicy`), white space apart.
const MAX_BYTES: usize = 1 << 20;

/// How long one string of a statement may be, in bytes: ARNs have at most 2048 characters (IAM User
/// Guide, "IAM identifiers"), and to compare patterns takes the product of their lengths.
const MAX_STRING: usize = 8 << 10;

type Result<T> = std::result::Result<T, DocumentError>;

impl Document {
    /// Reads a policy document from JSON text.
    ///
    /// # Errors
    /// Anything the grammar refuses: text that is not JSON, a repeated or unknown element, both
    /// `Action` and `NotAction`, an `Effect` that is neither `Allow` nor `Deny`, ...
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            let message = "the policy is longer than 1024 KiB, and AWS takes none of a tenth of that";
            return Err(DocumentError::new("", message));
        }
        let json: Json = serde_json::from_str(text)
            .map_err(|error| DocumentError::new("", format!("not JSON: {error}")))?;
        Self::from_json(&json)
    }

    /// Reads a policy document from a JSON value.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn from_json(json: &Json) -> Result<Self> {
        let mut version = None;
        let mut statements = None;
        for (name, value) in members(json, "", "a policy document")? {
            match name {
                "Version" => {
                    version = Some(match value.scalar() {
                        Some("2012-10-17") => Version::V2012,
                        Some("2008-10-17") => Version::V2008,
                        _ => {
                            return Err(DocumentError::new(
                                "Version",
                                "must be `2012-10-17` or `2008-10-17`",
                            ));
                        }
                    });
                }
                "Id" => {}
                "Statement" => {
                    statements = Some(match value {
                        Json::List(items) => items
                            .iter()
                            .enumerate()
                            .map(|(i, item)| statement(item, &format!("Statement[{i}]"), false))
                            .collect::<Result<Vec<_>>>()?,
                        single => vec![statement(single, "Statement", false)?],
                    });
                }
                other => return Err(unknown("", other, &["Version", "Id", "Statement"])),
            }
        }
        Ok(Self {
            version: version.unwrap_or_default(),
            version_given: version.is_some(),
            statements: statements.ok_or_else(|| DocumentError::new("", "`Statement` is missing"))?,
        })
    }

    /// Reads a rulebook's `forbid` list: statements without `Effect` and `Principal`, each read as
    /// an [`Effect::Allow`] of what is forbidden. `path` is what errors call the list.
    ///
    /// # Errors
    /// As [`Document::parse`]; also for an `Effect` or a principal element.
    pub fn forbidden(statements: &[Json], path: &str) -> Result<Self> {
        let statements = statements
            .iter()
            .enumerate()
            .map(|(i, item)| statement(item, &format!("{path}[{i}]"), true))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { version: Version::V2012, version_given: true, statements })
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(json: &Json, path: &str, forbid: bool) -> Result<Statement> {
    let mut sid = None;
    let mut effect = None;
    let mut principal: Option<Principals> = None;
    let mut action: Option<Patterns> = None;
    let mut resource: Option<Patterns> = None;
    let mut conditions = Vec::new();
    for (name, value) in members(json, path, "a statement")? {
        let at = join(path, name);
        match name {
            "Sid" => sid = Some(text(value, &at)?),
            "Effect" if forbid => {
                return Err(DocumentError::new(
                    &at,
                    "a `forbid` statement has no `Effect`: what it matches is forbidden",
                ));
            }
            "Effect" => {
                effect = Some(match value.scalar() {
                    Some("Allow") => Effect::Allow,
                    Some("Deny") => Effect::Deny,
                    _ => return Err(DocumentError::new(&at, "must be `Allow` or `Deny`")),
                });
            }
            "Principal" | "NotPrincipal" if forbid => {
                return Err(DocumentError::new(
                    &at,
                    "a `forbid` statement names no principal: use the rule's `scope` and `except`",
                ));
            }
            "Principal" | "NotPrincipal" => {
                let negated = name == "NotPrincipal";
                let entries = principals(value, &at)?;
                once(&mut principal, Principals { negated, entries }, path, "Principal")?;
            }
            "Action" | "NotAction" => {
                let read = Patterns { negated: name == "NotAction", patterns: texts(value, &at)? };
                // IAM refuses such a pattern; documents that hold one nevertheless are read, and it
                // matches nothing. In a rulebook it is a mistake.
                let bad = read.patterns.iter().find(|p| !well_formed_action(p));
                if let Some(bad) = bad.filter(|_| forbid) {
                    return Err(DocumentError::new(
                        &at,
                        format!("`{bad}` is not an action: write `service:Name`, or `*`"),
                    ));
                }
                once(&mut action, read, path, "Action")?;
            }
            "Resource" | "NotResource" => {
                let read = Patterns { negated: name == "NotResource", patterns: texts(value, &at)? };
                once(&mut resource, read, path, "Resource")?;
            }
            "Condition" => conditions = condition_block(value, &at)?,
            other => return Err(unknown(path, other, &ELEMENTS)),
        }
    }
    Ok(Statement {
        sid,
        effect: match effect {
            Some(effect) => effect,
            None if forbid => Effect::Allow,
            None => return Err(DocumentError::new(path, "`Effect` is missing")),
        },
        principal,
        action: action.ok_or_else(|| DocumentError::new(path, "`Action` is missing"))?,
        resource,
        conditions,
    })
}

/// `*` alone, or something with a service prefix. What lies behind the prefix is not judged: an
/// action that does not exist matches nothing, and that is for `decide` and for lints.
fn well_formed_action(pattern: &str) -> bool {
    pattern.bytes().all(|b| b == b'*') && !pattern.is_empty() || pattern.contains(':')
}

fn once<T>(slot: &mut Option<T>, value: T, path: &str, name: &str) -> Result<()> {
    if slot.is_some() {
        return Err(DocumentError::new(path, format!("has both `{name}` and `Not{name}`")));
    }
    *slot = Some(value);
    Ok(())
}

fn condition_block(json: &Json, path: &str) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, keys) in members(json, path, "a condition block")? {
        let operator = Operator::parse(name);
        let at = join(path, name);
        for (key, values) in members(keys, &at, "an operator's keys")? {
            let values = texts(values, &join(&at, key))?;
            conditions.push(Condition { operator: operator.clone(), key: key.to_owned(), values });
        }
    }
    Ok(conditions)
}

fn principals(json: &Json, path: &str) -> Result<Vec<PrincipalEntry>> {
    if let Json::Text(text) = json {
        return if text == "*" {
            Ok(vec![PrincipalEntry::Anyone])
        } else {
            Err(DocumentError::new(path, "must be `\"*\"` or an object as `{\"AWS\": ...}`"))
        };
    }
    let mut entries = Vec::new();
    for (kind, values) in members(json, path, "the principals")? {
        let at = join(path, kind);
        for value in texts(values, &at)? {
            entries.push(match kind {
                "AWS" if value == "*" => PrincipalEntry::Anyone,
                "AWS" => PrincipalEntry::Aws(value),
                "Service" => PrincipalEntry::Service(value),
                "Federated" => PrincipalEntry::Federated(value),
                "CanonicalUser" => PrincipalEntry::CanonicalUser(value),
                other => {
                    return Err(unknown(path, other, &["AWS", "Service", "Federated", "CanonicalUser"]));
                }
            });
        }
    }
    Ok(entries)
}

/// The members of an object, each name at most once: a repeated key is an error, never last-wins.
fn members<'a>(json: &'a Json, path: &str, what: &str) -> Result<Vec<(&'a str, &'a Json)>> {
    let Json::Object(members) = json else {
        return Err(DocumentError::new(path, format!("{what} must be an object, not {}", json.kind())));
    };
    let mut names = BTreeSet::new();
    if let Some((name, _)) = members.iter().find(|(name, _)| !names.insert(name)) {
        return Err(DocumentError::new(path, format!("`{name}` is given twice")));
    }
    Ok(members.iter().map(|(name, value)| (name.as_str(), value)).collect())
}

fn text(json: &Json, path: &str) -> Result<String> {
    match json.scalar() {
        None => Err(DocumentError::new(path, format!("must be text, not {}", json.kind()))),
        Some(text) if text.len() > MAX_STRING => Err(DocumentError::new(path, "is longer than 8 KiB")),
        Some(text) => Ok(text.to_owned()),
    }
}

fn texts(json: &Json, path: &str) -> Result<Vec<String>> {
    match json {
        Json::List(items) => {
            items.iter().enumerate().map(|(i, item)| text(item, &format!("{path}[{i}]"))).collect()
        }
        single => Ok(vec![text(single, path)?]),
    }
}

fn unknown(path: &str, name: &str, known: &[&str]) -> DocumentError {
    let near = known.iter().find(|k| k.eq_ignore_ascii_case(name));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", known.join(", ")),
    };
    DocumentError::new(path, format!("`{name}` is not an element here: {hint}"))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
