//! The rulebook: what the user says must not be possible, read from YAML.
//!
//! The text is read in two steps. `yaml` turns it into a tree whose every node knows its place;
//! the other files of this module read that tree key by key and collect every mistake, so that one
//! run names them all, each with its line, its column, and the word that was probably meant.
//!
//! ```
//! use stanchion_rules::rulebook::{Rulebook, Severity};
//!
//! let text = r#"
//! version: 1
//! guardrails:
//!   - id: no-leaving-the-organization
//!     title: Nobody leaves the organization
//!     severity: critical
//!     forbid:
//!       - { Action: organizations:LeaveOrganization, Resource: "*" }
//! "#;
//! let rulebook = Rulebook::parse(text, "rulebook.yaml")?;
//! assert_eq!(rulebook.guardrails[0].severity, Severity::Critical);
//! # Ok::<(), stanchion_rules::rulebook::RulebookError>(())
//! ```

mod field;
mod forbid;
mod guardrail;
mod problem;
mod reader;
mod schema;
#[cfg(test)]
mod schema_tests;
mod scope;
mod severity;
mod watches;
pub(crate) mod yaml;

use std::collections::BTreeSet;

use serde_json::json;
use sha2::{Digest, Sha256};

pub use guardrail::{EnforcedBy, Guardrail};
pub use problem::{Problem, RulebookError};
pub use schema::schema;
pub use scope::Scope;
pub use severity::Severity;

use crate::code::Code;
use field::{Field, part};
use yaml::{Node, Value};

pub(crate) use reader::nearest;
use reader::{Fields, Reader};

/// The only version of the format that there is.
const VERSION: u32 = 1;

/// How long a rulebook may be, in bytes: far longer than any that people write, and short enough to
/// be read by anyone.
pub const MAX_BYTES: usize = 1 << 20;

const KEYS: [Field; 2] = [
    Field::required("version", "The version of the format.", || json!({"const": VERSION})),
    Field::optional(
        "guardrails",
        "Requests that must be impossible.",
        || json!({"type": ["array", "null"], "items": part("guardrail")}),
    ),
];

/// Keys of the format that this version of the program cannot carry out. They are refused: a rule
/// that is passed over in silence would look like one that holds.
const LATER: [&str; 4] = ["abac", "personas", "third_parties", "suppressions"];

/// A rulebook that has been read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook {
    /// The version of the format.
    pub version: u32,
    /// The guardrails, in the order written; no two have the same id.
    pub guardrails: Vec<Guardrail>,
    /// SHA-256 of the text, in hexadecimal: an evaluation records by which rulebook it judged.
    pub digest: String,
}

impl Rulebook {
    /// Reads a rulebook. `file` is only what problems call it.
    ///
    /// # Errors
    /// Every mistake of the text, in the order of their places.
    pub fn parse(text: &str, file: &str) -> Result<Self, RulebookError> {
        Self::read(text, file).map(|(rulebook, _)| rulebook)
    }

    /// As [`Rulebook::parse`]; also gives the tree, whose nodes know their places.
    pub(crate) fn read(text: &str, file: &str) -> Result<(Self, Node), RulebookError> {
        let mut reader = Reader::new(file);
        let root = yaml::parse(text, &mut reader);
        let guardrails = root.as_ref().and_then(|root| read(root, &mut reader)).unwrap_or_default();
        reader.finish()?;
        let root = root.unwrap_or(Node::NOTHING);
        Ok((Self { version: VERSION, guardrails, digest: digest(text) }, root))
    }
}

fn read(root: &Node, reader: &mut Reader<'_>) -> Option<Vec<Guardrail>> {
    let fields = reader.entries(root, "a rulebook")?;
    if !supported(&fields, reader) {
        return None;
    }
    for key in fields.keys() {
        let name = key.name.as_str();
        if LATER.contains(&name) {
            let message = format!("`{name}` is not supported by this version");
            reader.problem(Code::Unsupported, key.at, message);
        } else if !KEYS.iter().any(|field| field.name == name) {
            reader.unknown_key(key, "a rulebook", &KEYS);
        }
    }
    let Some(list) = fields.get("guardrails") else { return Some(Vec::new()) };
    // A key with nothing behind it: as written while the first rule is still to come.
    if list.value == Value::Null {
        return Some(Vec::new());
    }
    let guardrails = reader.list(list, "guardrails", guardrail::read);
    let mut ids = BTreeSet::new();
    for (guardrail, at) in &guardrails {
        if !ids.insert(&guardrail.id) {
            reader.problem(Code::Repeated, *at, format!("the id `{}` is given twice", guardrail.id));
        }
    }
    Some(guardrails.into_iter().map(|(guardrail, _)| guardrail).collect())
}

/// False for another version: nothing else of such a rulebook is read, since its keys may mean
/// something else.
fn supported(fields: &Fields<'_>, reader: &mut Reader<'_>) -> bool {
    let help = format!("write `version: {VERSION}`");
    let Some(node) = fields.required("version", &help, reader) else { return true };
    let (code, message) = match &node.value {
        Value::Number(text) if *text == VERSION.to_string() => return true,
        Value::Number(text) => (Code::Unsupported, format!("version `{text}` is not supported")),
        other => (Code::WrongType, format!("the version must be a number, not {}", other.kind())),
    };
    reader.problem_with_help(code, node.at, message, help);
    false
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
