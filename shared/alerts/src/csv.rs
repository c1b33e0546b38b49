//! Findings as a table: comma-separated values (RFC 4180), for spreadsheets.
//!
//! What is in a cell may come from whoever may name a role. A spreadsheet takes what begins with one of a few
//! characters for a formula, so such a cell begins with an apostrophe (OWASP, "CSV Injection").

use stanchion_findings::{Finding, State};

use crate::words;

/// The names of the columns. More may be added behind them.
pub const COLUMNS: [&str; 22] = [
    "fingerprint",
    "state",
    "severity",
    "rule_id",
    "rule_kind",
    "title",
    "account_id",
    "principal",
    "facet",
    "detail",
    "action",
    "resource",
    "conditions",
    "unknowns",
    "caused_by",
    "caused_by_actor",
    "first_seen",
    "last_changed",
    "remedy",
    "suppressed_until",
    "suppressed_by",
    "suppressed_reason",
];

/// A table with a line of names, and a line for each finding. Lines end as the RFC says.
pub fn table(findings: &[Finding]) -> String {
    let mut table = line(COLUMNS.map(str::to_owned));
    for finding in findings {
        table += &line(row(finding));
    }
    table
}

fn row(finding: &Finding) -> [String; COLUMNS.len()] {
    let witness = finding.witness.as_ref();
    let cause = finding.caused_by.as_ref();
    let suppression = finding.suppression.as_ref().filter(|_| finding.state == State::Suppressed);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        finding.fingerprint.to_string(),
        finding.state.to_string(),
        finding.severity.to_string(),
        finding.rule_id.clone(),
        finding.rule_kind.clone(),
        finding.title.clone(),
        text(&finding.account_id),
        text(&finding.principal),
        text(&finding.facet),
        text(&finding.detail),
        witness.map(|witness| witness.action.clone()).unwrap_or_default(),
        witness.map(|witness| witness.resource.clone()).unwrap_or_default(),
        witness.map(|witness| words::conditions(witness).join("; ")).unwrap_or_default(),
        finding.unknowns.join("; "),
        cause.map(|event| format!("{} {}", event.event_name, event.event_id)).unwrap_or_default(),
        cause.map(|event| event.actor.clone()).unwrap_or_default(),
        text(&finding.first_seen),
        text(&finding.last_changed),
        text(&finding.remedy),
        suppression.map(|own| own.until.clone()).unwrap_or_default(),
        suppression.map(|own| own.owner.clone()).unwrap_or_default(),
        suppression.map(|own| own.reason.clone()).unwrap_or_default(),
    ]
}

fn line(cells: [String; COLUMNS.len()]) -> String {
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let text = words::clean(text);
    let text = if text.starts_with(['=', '+', '-', '@', '\'', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    };
    if text.contains(['"', ',', ';', ' ']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
