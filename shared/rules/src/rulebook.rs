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
//! assert_eq!(rulebook.rules[0].severity, Severity::Critical);
//! # Ok::<(), stanchion_rules::rulebook::RulebookError>(())
//! ```

mod abac;
mod administrators;
mod combination;
mod example;
mod extends;
mod federation;
mod field;
mod forbid;
mod guardrail;
mod identities;
mod known;
mod matching;
mod overrides;
mod paths;
mod persona;
mod problem;
mod reader;
mod reference;
pub(crate) mod reported;
mod rule;
mod schema;
#[cfg(test)]
mod schema_tests;
mod scope;
mod service_trust;
mod settings;
mod severity;
mod source;
mod suppression;
mod third_party;
mod watches;
mod written;
pub(crate) mod yaml;

use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

pub use abac::{Abac, Isolate, Tags};
pub use administrators::Administrators;
pub use combination::{Combination, Member, Unless};
pub use example::{Example, ExampleEndpoint, Expected, OtherRole, Shown};
pub use federation::{Cognito, Federation, Oidc, Saml, Subjects};
pub use guardrail::{EnforcedBy, Guardrail};
pub use identities::Identities;
pub use known::KnownAccount;
pub use matching::Matching;
pub use paths::{Paths, Reach};
pub use persona::{Coverage, Matched, Persona};
pub use problem::{Problem, RulebookError};
pub use reader::Load;
pub use reference::Reference;
pub use reported::Reported;
pub use rule::{Kind, Rule};
pub use schema::schema;
pub use scope::Scope;
pub use service_trust::{ServiceTrust, Services};
pub use severity::Severity;
pub use source::{Disabled, Override, Pack, PackVersion, Setting, Source};
pub use suppression::{About, LONGEST, Standing, Suppression, TOO_WIDE, day};
pub use third_party::{ExternalId, ThirdParties, Vendor};

use crate::code::Code;
use field::{Field, part};
use yaml::{Node, Place, Value};

use reader::Fields;
pub(crate) use reader::Reader;
pub use reader::nearest;

/// The only version of the format that there is.
const VERSION: u32 = 1;

/// How long a rulebook may be, in bytes: far longer than any that people write, and short enough to
/// be read by anyone.
pub const MAX_BYTES: usize = 1 << 20;

const KEYS: [Field; 17] = [
    Field::required("version", "The version of the format.", || json!({"const": VERSION})),
    Field::optional("pack", "What a pack says of itself.", || part("pack")),
    Field::optional("extends", "Packs and other rulebooks whose rules are asked as well.", extends::shape),
    Field::optional(
        "overrides",
        "What is otherwise in rules of the rulebooks that this one extends, by their ids.",
        overrides::shape,
    ),
    Field::optional(
        "guardrails",
        "Requests that must be impossible.",
        || json!({"type": ["array", "null"], "items": part("guardrail")}),
    ),
    Field::optional(
        "abac",
        "Tags of principals, and that they hold principals apart.",
        || json!({"type": ["array", "null"], "items": part("abac")}),
    ),
    Field::optional(
        "personas",
        "What the principals of each job must be able to do, and may do at most.",
        || json!({"type": ["array", "null"], "items": part("persona")}),
    ),
    Field::optional(
        "persona_coverage",
        "How many personas principals must have.",
        || json!({"type": ["array", "null"], "items": part("persona_coverage")}),
    ),
    Field::optional(
        "third_parties",
        "Who from outside the organization may assume roles.",
        || json!({"type": ["array", "null"], "items": part("third_parties")}),
    ),
    Field::optional(
        "federation",
        "Whom identity providers may vouch for.",
        || json!({"type": ["array", "null"], "items": part("federation")}),
    ),
    Field::optional(
        "service_trust",
        "Services that must assume roles for the organization's own resources only.",
        || json!({"type": ["array", "null"], "items": part("service_trust")}),
    ),
    Field::optional(
        "combinations",
        "Requests that nobody must be able to make all of.",
        || json!({"type": ["array", "null"], "items": part("combination")}),
    ),
    Field::optional(
        "administrators",
        "Who may do everything.",
        || json!({"type": ["array", "null"], "items": part("administrators")}),
    ),
    Field::optional(
        "paths",
        "What nobody must come to from role to role.",
        || json!({"type": ["array", "null"], "items": part("paths")}),
    ),
    Field::optional(
        "identities",
        "How passwords, access keys, roles and root users are looked after.",
        || json!({"type": ["array", "null"], "items": part("identities")}),
    ),
    Field::optional(
        "suppressions",
        "Findings that somebody answers for, for a reason, until a day.",
        || json!({"type": ["array", "null"], "items": part("suppression")}),
    ),
    Field::optional(
        "longest_suppression",
        "How many days ahead a suppression may end. Without it: 366.",
        suppression::days,
    ),
];

/// Reads one rule; also gives the place of its id.
type ReadRule = fn(&Node, &mut Reader<'_>) -> Option<(Rule, Place)>;

/// The lists of rules, one for each kind.
const SECTIONS: [(&str, ReadRule); 11] = [
    ("guardrails", guardrail::read),
    ("abac", abac::read),
    ("personas", persona::read),
    ("persona_coverage", persona::read_coverage),
    ("third_parties", third_party::read),
    ("federation", federation::read),
    ("service_trust", service_trust::read),
    ("combinations", combination::read),
    ("administrators", administrators::read),
    ("paths", paths::read),
    ("identities", identities::read),
];

/// A rulebook that has been read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook {
    /// The version of the format.
    pub version: u32,
    /// The rules: kind by kind, and of each kind in the order written. No two have the same id.
    pub rules: Vec<Rule>,
    /// SHA-256 of the text and of the files and packs that it names, in hexadecimal: an evaluation records by
    /// which rulebook it judged.
    pub digest: String,
    /// What the rules come from: the rulebook itself, then what it extends.
    pub sources: Vec<Source>,
    /// What is otherwise than where a rule is written.
    pub overrides: Vec<Override>,
    /// The rules that are not asked, and why.
    pub disabled: Vec<Disabled>,
    /// The findings that are no alarm for now: those of the rulebook itself, and of the files that it extends.
    pub suppressions: Vec<Suppression>,
    /// How many days ahead a suppression may end to be in force.
    pub longest_suppression: u32,
}

impl Rulebook {
    /// Reads a rulebook that names no other files. `file` is only what problems call it.
    ///
    /// # Errors
    /// Every mistake of the text, in the order of their places.
    pub fn parse(text: &str, file: &str) -> Result<Self, RulebookError> {
        Self::read(text, Reader::new(file)).map(|(rulebook, _)| rulebook)
    }

    /// Reads a rulebook and, through `load`, the files that it names.
    ///
    /// # Errors
    /// Every mistake of the text, in the order of their places.
    pub fn parse_with<'l>(text: &str, file: &'l str, load: &'l mut Load<'l>) -> Result<Self, RulebookError> {
        Self::read(text, Reader::loading(file, load)).map(|(rulebook, _)| rulebook)
    }

    /// As [`Rulebook::parse_with`], to look at the rulebook rather than to judge by it: if it is a pack, its
    /// settings have the values of their examples.
    ///
    /// # Errors
    /// Every mistake of the text, in the order of their places.
    pub fn parse_alone<'l>(text: &str, file: &'l str, load: &'l mut Load<'l>) -> Result<Self, RulebookError> {
        Self::read(text, Reader::loading(file, load).alone()).map(|(rulebook, _)| rulebook)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The guardrails, in the order written.
    pub fn guardrails(&self) -> impl Iterator<Item = (&Rule, &Guardrail)> {
        self.rules.iter().filter_map(|rule| match &rule.kind {
            Kind::Guardrail(guardrail) => Some((rule, guardrail)),
            _ => None,
        })
    }

    /// The personas, in the order written.
    pub fn personas(&self) -> impl Iterator<Item = (&Rule, &Persona)> {
        self.rules.iter().filter_map(|rule| match &rule.kind {
            Kind::Persona(persona) => Some((rule, persona)),
            _ => None,
        })
    }

    /// As [`Rulebook::parse`]; also gives the tree of all its rules, whose nodes know their places.
    pub(crate) fn read(text: &str, mut reader: Reader<'_>) -> Result<(Self, Node), RulebookError> {
        let mut gathered = extends::gather(text, &mut reader).unwrap_or_default();
        let root = gathered.tree(Node::NOTHING.at);
        let rules = read(&root, &mut reader);
        let suppressions = suppression::read_all(&gathered, &root, &mut reader);
        let loaded = reader.take_loaded();
        reader.finish()?;
        let extends::Gathered { sources, overrides, disabled, longest_suppression, .. } = gathered;
        let rulebook = Self {
            version: VERSION,
            rules,
            digest: digest(text, &loaded),
            sources,
            overrides,
            disabled,
            suppressions,
            longest_suppression: longest_suppression.unwrap_or(LONGEST),
        };
        Ok((rulebook, root))
    }
}

fn read(root: &Node, reader: &mut Reader<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (name, read) in SECTIONS {
        if let Some(list) = root.get(name) {
            rules.extend(reader.list(list, name, read));
        }
    }
    let mut ids = BTreeMap::new();
    for (rule, at) in &rules {
        if let Some(first) = ids.insert(&rule.id, *at) {
            overrides::told_twice(&rule.id, first, *at, reader);
        }
    }
    reader.check_personas();
    rules.into_iter().map(|(rule, _)| rule).collect()
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

/// Of a rulebook that names no other file: the digest of its text.
fn digest(text: &str, loaded: &[String]) -> String {
    let mut hash = Sha256::new_with_prefix(text);
    for content in loaded {
        // Of the same length for each file, so that no text can run into the next.
        hash.update(Sha256::digest(content));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
