//! What every rule has, whatever its kind: a name, how bad it is, and whom it is about.

use serde_json::json;

use super::abac::Abac;
use super::administrators::Administrators;
use super::combination::Combination;
use super::example::{self, Example};
use super::federation::Federation;
use super::field::{Field, line, part, words};
use super::guardrail::Guardrail;
use super::identities::Identities;
use super::paths::Paths;
use super::persona::{Coverage, Persona};
use super::reader::{Fields, Reader};
use super::scope::{self, Scope};
use super::service_trust::ServiceTrust;
use super::severity::Severity;
use super::third_party::ThirdParties;
use super::yaml::{Node, Place};
use crate::code::Code;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What findings and suppressions call it; kebab-case.
    pub id: String,
    /// One line on what holds.
    pub title: String,
    /// How bad it is when it does not.
    pub severity: Severity,
    /// Why it should hold.
    pub description: Option<String>,
    /// What to do when it does not.
    pub remedy: Option<String>,
    /// Whom it is about.
    pub scope: Scope,
    /// Whom it is not about: `ArnLike` patterns on `aws:PrincipalArn`.
    pub except: Vec<String>,
    /// What it says.
    pub kind: Kind,
    /// What it says of some principals.
    pub examples: Vec<Example>,
    /// Where it is written: its place among [`Rulebook::sources`](super::Rulebook::sources).
    pub source: usize,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Requests that must be impossible.
    Guardrail(Guardrail),
    /// What tags must do.
    Abac(Abac),
    /// What the principals of one job must be able to do, and may do at most.
    Persona(Persona),
    /// How many personas a principal is to have.
    Coverage(Coverage),
    /// Who from outside may assume roles.
    ThirdParties(ThirdParties),
    /// Whom identity providers may vouch for.
    Federation(Federation),
    /// Which services must be held to the organization's own resources.
    ServiceTrust(ServiceTrust),
    /// What nobody may hold together.
    Combination(Combination),
    /// Who may do everything.
    Administrators(Administrators),
    /// What nobody may come to from role to role.
    Paths(Paths),
    /// How credentials and roles are looked after.
    Identities(Identities),
}

impl Kind {
    /// What findings call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Guardrail(_) => "guardrail",
            Self::Abac(_) => "abac",
            Self::Persona(_) => "persona",
            Self::Coverage(_) => "persona-coverage",
            Self::ThirdParties(_) => "third-party",
            Self::Federation(_) => "federation",
            Self::ServiceTrust(_) => "service-trust",
            Self::Combination(_) => "combination",
            Self::Administrators(_) => "administrators",
            Self::Paths(_) => "path",
            Self::Identities(_) => "identity",
        }
    }

    /// The list of the rulebook that holds such rules.
    pub(crate) fn section(&self) -> &'static str {
        match self {
            Self::Guardrail(_) => "guardrails",
            Self::Abac(_) => "abac",
            Self::Persona(_) => "personas",
            Self::Coverage(_) => "persona_coverage",
            Self::ThirdParties(_) => "third_parties",
            Self::Federation(_) => "federation",
            Self::ServiceTrust(_) => "service_trust",
            Self::Combination(_) => "combinations",
            Self::Administrators(_) => "administrators",
            Self::Paths(_) => "paths",
            Self::Identities(_) => "identities",
        }
    }
}

/// The keys that every rule has.
pub(super) const HEAD: [Field; 8] = [
    Field::required(
        "id",
        "The rule's name in findings, in kebab-case. With another id it is another rule.",
        || {
            json!({
                "type": "string",
                "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
                "examples": ["no-leaving-the-organization"],
            })
        },
    ),
    Field::required("title", "One line on what holds.", line),
    Field::required("severity", "How bad it is when it does not.", || {
        words(&Severity::ALL.map(|severity| (severity.as_str(), severity)))
    }),
    Field::optional("description", "Why it should hold.", line),
    Field::optional("remedy", "What to do when it does not; shown with every finding.", line),
    Field::optional("scope", "Whom the rule is about. Without it: everyone.", || part("scope")),
    Field::optional(
        "except",
        "Whom the rule is not about: patterns of ARNs, compared as `ArnLike` compares `aws:PrincipalArn`.",
        || json!({"type": "array", "items": principal_shape()}),
    ),
    Field::optional("examples", "Principals, and what the rule says of them.", || part("examples")),
];

/// The schema of a pattern of principals.
pub(super) fn principal_shape() -> serde_json::Value {
    json!({
        "type": "string",
        "pattern": "^arn:([^:]*:){4}[\\s\\S]",
        "not": {"pattern": "^arn:[^:]*:sts:"},
        "examples": ["arn:aws:iam::*:role/BreakGlass"],
    })
}

/// The keys of a kind of rule, its own after those that every rule has.
pub(super) fn keys(own: &[Field]) -> Vec<Field> {
    [HEAD.as_slice(), own].concat()
}

/// Reads a rule of a kind, as "a guardrail", with its own keys; also gives the place of its id.
pub(super) fn read(
    node: &Node,
    what: &'static str,
    own: &[Field],
    reader: &mut Reader<'_>,
    read_own: impl FnOnce(&Fields<'_>, &mut Reader<'_>) -> Option<Kind>,
) -> Option<(Rule, Place)> {
    let fields = reader.fields(node, what, &keys(own))?;
    let id = id(&fields, reader);
    let title = fields
        .required("title", "one line on what holds", reader)
        .and_then(|node| reader.text(node, "`title`"));
    let severity = severity(&fields, reader);
    let description = fields.optional_text("description", reader);
    let remedy = fields.optional_text("remedy", reader);
    let scope = fields.get("scope").map_or(Some(Scope::default()), |node| scope::read(node, reader));
    let except = fields.get("except").map(|node| reader.list(node, "except", exempt)).unwrap_or_default();
    let examples = fields.get("examples").map(|node| example::read(node, reader)).unwrap_or_default();
    let kind = read_own(&fields, reader);
    // Only now, so that every part has been looked at and no mistake waits for the next run.
    let (id, at) = id?;
    let rule = Rule {
        id,
        title: title?.to_owned(),
        severity: severity?,
        description,
        remedy,
        scope: scope?,
        except,
        kind: kind?,
        examples,
        source: at.file,
    };
    Some((rule, at))
}

fn id(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<(String, Place)> {
    let node = fields.required("id", "as `no-leaving-the-organization`", reader)?;
    let id = reader.text(node, "`id`")?;
    let kebab = kebab(id);
    if id == kebab {
        return Some((kebab, node.at));
    }
    let help = if kebab.is_empty() {
        "lower-case words joined by `-`".to_owned()
    } else {
        format!("write `{kebab}`")
    };
    reader.problem_with_help(Code::Malformed, node.at, format!("the id `{id}` is not in kebab-case"), help);
    None
}

/// The nearest kebab-case: what is already kebab-case stays as it is.
pub(super) fn kebab(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn severity(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Severity> {
    let words = Severity::ALL.map(|severity| (severity.as_str(), severity));
    let help = words.map(|(word, _)| format!("`{word}`")).join(", ");
    let node = fields.required("severity", &format!("one of {help}"), reader)?;
    reader.word(node, "a severity", &words)
}

/// IAM User Guide, "IAM identifiers".
const MAX_ARN: usize = 2048;

fn exempt(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    principal_arn(node, "an entry of `except`", reader)
}

/// A pattern that `ArnLike` can match against a principal's ARN: six parts, compared one by one.
pub(super) fn principal_arn(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<String> {
    let pattern = reader.text(node, what)?;
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    if pattern.len() > MAX_ARN {
        reader.problem(
            Code::Malformed,
            node.at,
            format!("the pattern is longer than any ARN, {MAX_ARN} bytes"),
        );
        return None;
    }
    if parts.len() != 6 || parts[0] != "arn" || parts[5].is_empty() {
        let help = "write six parts, as `arn:aws:iam::*:role/Name`";
        reader.problem_with_help(
            Code::Malformed,
            node.at,
            format!("`{pattern}` is not an ARN pattern"),
            help,
        );
        return None;
    }
    // `aws:PrincipalArn` of a session is the ARN of its role (IAM User Guide, "Global condition
    // context keys"), so a pattern of sessions would exempt nobody.
    if parts[2] == "sts" {
        let message = format!("`{pattern}` matches no principal");
        let help = "name the role itself, as `arn:aws:iam::*:role/Name`";
        reader.problem_with_help(Code::Malformed, node.at, message, help);
        return None;
    }
    Some(pattern.to_owned())
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn kebab_keeps_what_is_right_and_mends_the_rest() {
        assert_eq!(kebab("no-root-2"), "no-root-2");
        assert_eq!(kebab("No_Root  Use-"), "no-root-use");
        assert_eq!(kebab("日本"), "");
    }
}
