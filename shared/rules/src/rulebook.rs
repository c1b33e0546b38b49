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

mod forbid;
mod guardrail;
mod problem;
mod reader;
mod scope;
mod severity;
mod watches;
mod yaml;

use sha2::{Digest, Sha256};

pub use guardrail::{EnforcedBy, Guardrail};
pub use problem::{Problem, RulebookError};
pub use scope::Scope;
pub use severity::Severity;

use reader::{Fields, Reader};
use yaml::{Node, Value};

/// The only version of the format that there is.
const VERSION: u32 = 1;

const KEYS: [&str; 2] = ["version", "guardrails"];

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
        let mut reader = Reader::new(file);
        let root = yaml::parse(text, &mut reader);
        let guardrails = root.and_then(|root| read(&root, &mut reader)).unwrap_or_default();
        reader.finish()?;
        Ok(Self { version: VERSION, guardrails, digest: digest(text) })
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
            reader.problem(key.at, format!("`{name}` is not supported by this version"));
        } else if !KEYS.contains(&name) {
            reader.unknown_key(key, "a rulebook", &KEYS);
        }
    }
    let Some(list) = fields.get("guardrails") else { return Some(Vec::new()) };
    // A key with nothing behind it: as written while the first rule is still to come.
    if list.value == Value::Null {
        return Some(Vec::new());
    }
    let guardrails = reader.list(list, "guardrails", guardrail::read);
    for (i, (guardrail, at)) in guardrails.iter().enumerate() {
        if guardrails[..i].iter().any(|(earlier, _)| earlier.id == guardrail.id) {
            reader.problem(*at, format!("the id `{}` is given twice", guardrail.id));
        }
    }
    Some(guardrails.into_iter().map(|(guardrail, _)| guardrail).collect())
}

/// False for another version: nothing else of such a rulebook is read, since its keys may mean
/// something else.
fn supported(fields: &Fields<'_>, reader: &mut Reader<'_>) -> bool {
    let help = format!("write `version: {VERSION}`");
    let Some(node) = fields.required("version", &help, reader) else { return true };
    let message = match &node.value {
        Value::Number(text) if *text == VERSION.to_string() => return true,
        Value::Number(text) => format!("version `{text}` is not supported"),
        other => format!("the version must be a number, not {}", other.kind()),
    };
    reader.problem_with_help(node.at, message, help);
    false
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
