//! Findings in AWS's Security Finding Format, for Security Hub (User Guide, "AWS Security Finding Format
//! (ASFF)", "Required top-level attributes" and "Optional top-level attributes").
//!
//! A finding keeps its `Id` from its first import on: importing it again updates it. It is imported by its
//! account's own default product.

use jiff::Timestamp;
use serde_json::{Value, json};
use stanchion_findings::{Finding, Severity, State};
use stanchion_inventory::IamArn;

use crate::page::sentence;
use crate::words::{self, clean, cut};

/// How many findings one `BatchImportFindings` takes (API reference).
pub const BATCH: usize = 100;

// The lengths of texts, in characters (User Guide, the pages above).
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const RECOMMENDATION: usize = 512;
const ID: usize = 512;
const FIELD: usize = 1024;

/// Where findings are imported.
#[derive(Clone, Copy, Debug)]
pub struct Hub<'a> {
    /// The region of the Security Hub, as `eu-central-1`.
    pub region: &'a str,
    /// The partition, as `aws`.
    pub partition: &'a str,
    /// The time of the import, as ISO 8601 text: what stands for times that the finding does not know.
    pub now: &'a str,
}

/// A finding as `BatchImportFindings` takes it; `None` of one that is about no account, since there is no Security Hub
/// for it.
pub fn finding(finding: &Finding, hub: Hub<'_>) -> Option<Value> {
    let account = finding.account_id.as_deref()?;
    let severity = json!({"Label": label(finding.severity), "Original": finding.severity.to_string()});
    let types = json!(["Software and Configuration Checks/AWS Security Best Practices"]);
    let (compliance, record) = match finding.state {
        State::Open | State::Suppressed => ("FAILED", "ACTIVE"),
        State::Indeterminate => ("WARNING", "ACTIVE"),
        State::Resolved => ("PASSED", "ARCHIVED"),
    };
    let updated = known(finding.last_changed.as_deref()).unwrap_or(hub.now);
    let mut imported = json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("stanchion/{}", finding.fingerprint),
        "ProductArn": format!(
            "arn:{}:securityhub:{}:{account}:product/{account}/default", hub.partition, hub.region
        ),
        "ProductName": "Stanchion",
        "CompanyName": "Stanchion",
        "GeneratorId": text(&format!("stanchion/{}", finding.rule_id), ID),
        "AwsAccountId": account,
        "Region": hub.region,
        "CreatedAt": known(finding.first_seen.as_deref()).unwrap_or(hub.now),
        "UpdatedAt": updated,
        "LastObservedAt": updated,
        "Types": types,
        "Severity": severity,
        "Title": text(&finding.title, TITLE),
        "Description": text(&description(finding), DESCRIPTION),
        "Remediation": {"Recommendation": {"Text": text(&words::todo(finding).join(" "), RECOMMENDATION)}},
        "ProductFields": fields(finding),
        "Resources": [resource(finding, account, hub)],
        "Compliance": {"Status": compliance},
        "RecordState": record,
        "FindingProviderFields": {"Severity": severity, "Types": types},
    });
    if finding.state == State::Suppressed {
        // The Security Hub heeds it of a finding that it does not have yet; of others, `BatchUpdateFindings` says it.
        imported["Workflow"] = json!({"Status": "SUPPRESSED"});
    }
    Some(imported)
}

/// A time that Security Hub can read; one time that it cannot, and the whole finding is refused.
fn known(time: Option<&str>) -> Option<&str> {
    time.filter(|time| time.parse::<Timestamp>().is_ok())
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Informational => "INFORMATIONAL",
    }
}

fn description(finding: &Finding) -> String {
    let mut parts: Vec<String> = sentence(finding).into_iter().collect();
    if finding.witness.is_some() {
        parts.extend(finding.detail.as_deref().map(words::sentence));
    }
    parts.extend(finding.unknowns.iter().map(|unknown| words::sentence(&format!("not known: {unknown}"))));
    if let Some((event, is_cause)) = words::event(finding) {
        let word = if is_cause { "Brought about by" } else { "Seen after" };
        parts.push(format!("{word} {}, by {}.", words::did(event), words::by(event)));
    }
    if parts.is_empty() { clean(&finding.title) } else { parts.join(" ") }
}

fn resource(finding: &Finding, account: &str, hub: Hub<'_>) -> Value {
    let arn = finding.principal.as_deref();
    let kind = match arn.and_then(IamArn::parse).map(|arn| arn.kind) {
        Some("role") => "AwsIamRole",
        Some("user") => "AwsIamUser",
        Some("root") | None => "AwsAccount",
        Some(_) => "Other",
    };
    let id = match (kind, arn) {
        ("AwsAccount", _) | (_, None) => format!("AWS::::Account:{account}"),
        (_, Some(arn)) => clean(arn),
    };
    json!({"Type": kind, "Id": cut(&id, ID), "Partition": hub.partition, "Region": hub.region})
}

/// What the format has no place for. Names begin with the product's, as the guide asks for.
fn fields(finding: &Finding) -> Value {
    let mut fields = serde_json::Map::new();
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            fields.insert(format!("stanchion/{name}"), text(value, FIELD).into());
        }
    };
    add("rule", Some(&finding.rule_id));
    add("rule-kind", Some(&finding.rule_kind));
    add("facet", finding.facet.as_deref());
    add("state", Some(&finding.state.to_string()));
    if let Some(suppression) = finding.suppression.as_ref().filter(|_| finding.state == State::Suppressed) {
        add("suppressed-until", Some(&suppression.until));
        add("suppressed-by", Some(&suppression.owner));
        add("suppressed-reason", Some(&suppression.reason));
    }
    if let Some(witness) = &finding.witness {
        add("witness-action", Some(&witness.action));
        add("witness-resource", Some(&witness.resource));
        add("witness-context", Some(&words::conditions(witness).join("; ")));
    }
    if let Some((event, is_cause)) = words::event(finding) {
        add(if is_cause { "caused-by" } else { "seen-after" }, Some(&event.event_id));
    }
    fields.into()
}

/// A text of at least one and at most so many characters.
fn text(text: &str, most: usize) -> String {
    if text.is_empty() { "-".to_owned() } else { cut(&clean(text), most) }
}
