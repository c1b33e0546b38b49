//! The policies of a text: one policy, a list of them, or an account's authorization details.

use super::checks::{CHECKS, MATCHES_NOTHING};
use super::subject::Subject;
use super::tree::{Node, Value};
use super::{Finding, Kind, Report, Severity};
use crate::document::Document;

/// A policy of a text, and what is wrong with it.
pub struct Linted {
    /// What to call it: the path in the text with the names on it; empty if it is all of the text.
    pub name: String,
    /// How it was read.
    pub kind: Kind,
    /// What is wrong, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Checks every policy of a text. `kind` says what they are; otherwise it is guessed from the shape.
///
/// # Errors
/// If the text is not JSON.
pub fn lint(text: &str, kind: Option<Kind>) -> Result<Vec<Linted>, serde_json::Error> {
    let tree = Node::parse(text)?;
    let mut found = Vec::new();
    search(&tree, String::new(), false, &mut found);
    Ok(found.into_iter().map(|(name, node, trust)| one(text, name, node, kind, trust)).collect())
}

/// The policies in a value, each with its path and whether it is called a trust policy.
fn search<'a>(node: &'a Node, path: String, trust: bool, found: &mut Vec<(String, &'a Node, bool)>) {
    match &node.value {
        Value::Object(_) if node.get("Statement").is_some() => found.push((path, node, trust)),
        Value::Object(members) => {
            // A version that is not the default one is not in force.
            if node.get("IsDefaultVersion").and_then(Node::scalar) == Some("false") {
                return;
            }
            let names = ["PolicyName", "UserName", "GroupName", "RoleName"];
            let name = names.iter().find_map(|name| node.get(name)?.scalar());
            let path = name.map_or_else(|| path.clone(), |name| join(&path, name));
            for (key, value) in members {
                let trust = key.scalar() == Some("AssumeRolePolicyDocument");
                let label = match key.scalar() {
                    Some("AssumeRolePolicyDocument") => join(&path, "trust"),
                    _ => path.clone(),
                };
                // Encoded: the AWS CLI decodes it, other clients do not. Reported below.
                let encoded = matches!(key.scalar(), Some("PolicyDocument" | "Document")) || trust;
                if encoded && value.scalar().is_some() {
                    found.push((label, value, trust));
                } else {
                    search(value, label, trust, found);
                }
            }
        }
        Value::List(items) => {
            let named = |item: &Node| item.members().iter().any(|(_, v)| matches!(v.value, Value::Scalar(_)));
            for (index, item) in items.iter().enumerate() {
                let policy = item.get("Statement").is_some() || !named(item);
                let label = if policy { format!("{path}[{index}]") } else { path.clone() };
                search(item, label, false, found);
            }
        }
        Value::Scalar(_) => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

fn one(text: &str, name: String, node: &Node, kind: Option<Kind>, trust: bool) -> Linted {
    let kind = kind.unwrap_or_else(|| if trust { Kind::Trust } else { guess(node) });
    let source = text.get(node.span.clone()).unwrap_or_default();
    let mut findings = Vec::new();
    match Document::parse(source) {
        Err(error) => findings.push(Finding {
            code: "not-a-policy",
            severity: Severity::Error,
            span: node.span.clone(),
            message: error.to_string(),
            fix: None,
        }),
        Ok(document) => {
            let subject = Subject::new(node, kind, document);
            for check in &CHECKS {
                let mut report = Report { code: check.code, severity: check.severity, findings: Vec::new() };
                (check.run)(&subject, &mut report);
                findings.append(&mut report.findings);
            }
            keep_the_cause(&mut findings);
        }
    }
    findings.sort_by_key(|finding| (finding.span.start, finding.code));
    Linted { name, kind, findings }
}

/// Of a statement that matches nothing, what is wrong in it is told alone.
fn keep_the_cause(findings: &mut Vec<Finding>) {
    let causes: Vec<usize> =
        findings.iter().filter(|f| f.code != MATCHES_NOTHING).map(|finding| finding.span.start).collect();
    findings.retain(|f| f.code != MATCHES_NOTHING || !causes.iter().any(|at| f.span.contains(at)));
}

/// A policy that names principals is a resource's; one about `sts` alone, without resources, a role's.
fn guess(policy: &Node) -> Kind {
    let statements = policy.get("Statement").map(Node::items).unwrap_or_default();
    let names = |name| statements.iter().any(|statement| statement.get(name).is_some());
    if !names("Principal") && !names("NotPrincipal") {
        return Kind::Identity;
    }
    if names("Resource") || names("NotResource") { Kind::Resource } else { Kind::Trust }
}
