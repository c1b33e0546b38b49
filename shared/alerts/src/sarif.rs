//! Findings in the Static Analysis Results Interchange Format 2.1.0 (OASIS), for continuous integration: a
//! result each, a rule for each rule.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stanchion_findings::{Finding, Severity, State};

use crate::page::{markdown, page, sentence};
use crate::words::{self, clean};

/// Where a finding's principal is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, by its path from the root of what is looked at, with `/` between its parts.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// A log with one run. What is resolved is not in it; `place` says where a finding's principal is
/// written down, where that is known.
pub fn log(findings: &[Finding], place: impl Fn(&Finding) -> Option<Place>) -> Value {
    let shown: Vec<&Finding> = findings.iter().filter(|finding| finding.state != State::Resolved).collect();
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in &shown {
        rules.entry(&finding.rule_id).or_insert(finding);
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut results: Vec<Value> = shown
        .iter()
        .map(|finding| result(finding, index.get(finding.rule_id.as_str()).copied(), place(finding)))
        .collect();
    // All results of a run say of suppressions, or none (SARIF 2.1.0, 3.27.23).
    if shown.iter().any(|finding| finding.state == State::Suppressed) {
        for (finding, result) in shown.iter().zip(&mut results) {
            result["suppressions"] = suppressions(finding);
        }
    }
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Stanchion",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|finding| rule(finding)).collect::<Vec<Value>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What suppresses a result: the rulebook, which is outside of what is looked at.
fn suppressions(finding: &Finding) -> Value {
    let suppression = finding.suppression.as_ref().filter(|_| finding.state == State::Suppressed);
    let entry = suppression.map(|suppression| {
        json!({"kind": "external", "status": "accepted", "justification": words::answered(suppression)})
    });
    Value::Array(entry.into_iter().collect())
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({
        "id": clean(&finding.rule_id),
        "shortDescription": {"text": clean(&finding.title)},
        "defaultConfiguration": {"level": level(finding.severity)},
        "properties": {"kind": clean(&finding.rule_kind), "security-severity": score(finding.severity)},
    });
    if let Some(remedy) = &finding.remedy {
        rule["help"] = json!({"text": clean(remedy.trim())});
    }
    rule
}

fn result(finding: &Finding, rule: Option<usize>, place: Option<Place>) -> Value {
    let page = page(finding, None);
    let message = sentence(finding).unwrap_or_else(|| page.title.clone());
    let who = words::who(finding);
    let name = finding.principal.as_deref().map_or(who.clone(), clean);
    let mut location = json!({"logicalLocations": [{"name": who, "fullyQualifiedName": name}]});
    if let Some(place) = place {
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(&place.file)},
            "region": {"startLine": place.line.max(1)},
        });
    }
    let is_open = matches!(finding.state, State::Open | State::Suppressed);
    let mut result = json!({
        "ruleId": clean(&finding.rule_id),
        "kind": if is_open { "fail" } else { "open" },
        // A level is for what fails; the rest has none.
        "level": if is_open { level(finding.severity) } else { "none" },
        // The message of a result may hold links, in square brackets.
        "message": {"text": message.replace('[', "\\[").replace(']', "\\]"), "markdown": markdown(&message)},
        "locations": [location],
        "partialFingerprints": {"stanchion/v1": finding.fingerprint.as_str()},
        "properties": {"severity": finding.severity.to_string(), "page": page.text()},
    });
    if let Some(rule) = rule {
        result["ruleIndex"] = rule.into();
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// GitHub reads it as a score of CVSS ("SARIF support for code scanning").
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}

/// A path as a relative URI: whatever is not plain is percent-encoded (RFC 3986, section 2).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}
