//! What `react` and `check` say in JSON. A format that lasts: every field is always there, and
//! [`SCHEMA_VERSION`] counts the changes that an old reader would get wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stanchion_changes::{Affected, Ignored, RawEvent, Verdict};
use stanchion_findings::{Because, EventRef, Finding, Severity, State, Transition, TransitionKind, Witness};

use crate::check::Checked;

/// The version of both formats.
pub const SCHEMA_VERSION: u32 = 1;

/// The output of `react`.
#[derive(Debug, Serialize)]
pub struct ReactReport {
    schema_version: u32,
    changes: Vec<ChangeReport>,
    transitions: Vec<FindingReport>,
}

/// One event.
#[derive(Debug, Serialize)]
pub struct ChangeReport {
    /// CloudTrail's id of the event.
    pub event_id: String,
    /// The operation.
    pub event_name: String,
    /// The service.
    pub event_source: String,
    /// When, in UTC.
    pub event_time: String,
    /// The account whose log has the event.
    pub account_id: String,
    /// The ARN (or service) that made the call.
    pub actor: Option<String>,
    /// The role behind an assumed-role actor.
    pub session_issuer: Option<String>,
    /// Where the call came from.
    pub source_ip: Option<String>,
    /// What the change alters; none for an event that is no change.
    pub kind: Option<String>,
    /// What it was made to.
    pub target: Option<String>,
    /// Whose permissions it can alter, by ARN.
    pub affected_principals: Vec<String>,
    /// What to know about that list.
    pub note: Option<String>,
    /// Why the event is no change.
    pub ignored: Option<String>,
}

/// The output of `check`.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    schema_version: u32,
    findings: Vec<FindingReport>,
    summary: Summary,
}

/// One finding; in the output of `react`, as a transition left it.
#[derive(Debug, Serialize)]
struct FindingReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    transition: Option<TransitionKind>,
    status: State,
    fingerprint: String,
    rule_id: String,
    rule_kind: String,
    severity: Severity,
    title: String,
    principal: Option<String>,
    account_id: Option<String>,
    witness: Option<Witness>,
    assumptions: Vec<String>,
    because: Vec<Because>,
    unknowns: Vec<String>,
    trigger: Option<EventRef>,
    caused_by: Option<EventRef>,
}

#[derive(Debug, Serialize)]
struct Summary {
    principals: usize,
    violations: usize,
    indeterminate: usize,
    /// What the answers take for granted, those without a finding included.
    assumptions: BTreeSet<String>,
    /// How often each rule is violated.
    by_rule: BTreeMap<String, usize>,
    /// What the inventory lacks.
    gaps: Vec<String>,
}

/// Puts the output of `react` together.
pub fn react(changes: Vec<ChangeReport>, transitions: &[Transition]) -> ReactReport {
    let transitions = transitions.iter().map(|t| finding(&t.finding, Some(t.kind))).collect();
    ReactReport { schema_version: SCHEMA_VERSION, changes, transitions }
}

/// One event with what became of it; `affected` is empty for events that are no change.
pub fn change(event: &RawEvent, verdict: &Verdict, affected: &Affected) -> ChangeReport {
    match verdict {
        Verdict::Change(change) => ChangeReport {
            event_id: change.event_id.clone(),
            event_name: change.event_name.clone(),
            event_source: change.event_source.clone(),
            event_time: change.event_time.clone(),
            account_id: change.account.clone(),
            actor: Some(change.actor.arn.clone()),
            session_issuer: change.actor.session_issuer.clone(),
            source_ip: change.actor.source_ip.clone(),
            kind: Some(change.kind.to_string()),
            target: Some(change.target.to_string()),
            affected_principals: affected.principals.clone(),
            note: affected.note.clone(),
            ignored: None,
        },
        Verdict::Ignored(ignored) => {
            let identity = &event.record["userIdentity"];
            let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            ChangeReport {
                event_id: ignored.meta.event_id.clone(),
                event_name: ignored.meta.event_name.clone(),
                event_source: ignored.meta.event_source.clone(),
                event_time: ignored.meta.event_time.clone(),
                account_id: ignored.meta.account.clone(),
                actor: ["arn", "invokedBy", "principalId"].iter().find_map(|name| text(&identity[*name])),
                session_issuer: text(&identity["sessionContext"]["sessionIssuer"]["arn"]),
                source_ip: text(&event.record["sourceIPAddress"]),
                kind: None,
                target: None,
                affected_principals: Vec::new(),
                note: match &ignored.reason {
                    Ignored::Unreadable { message } => Some(message.clone()),
                    _ => None,
                },
                ignored: Some(ignored.reason.to_string()),
            }
        }
    }
}

/// Puts the output of `check` together. `gaps` is what the inventory lacks.
pub fn check(checked: &Checked, gaps: Vec<String>) -> CheckReport {
    let count = |state| checked.findings.iter().filter(|finding| finding.state == state).count();
    let mut by_rule = BTreeMap::new();
    for finding in checked.findings.iter().filter(|finding| finding.state == State::Open) {
        *by_rule.entry(finding.rule_id.clone()).or_insert(0) += 1;
    }
    let summary = Summary {
        principals: checked.principals,
        violations: count(State::Open),
        indeterminate: count(State::Indeterminate),
        assumptions: checked.assumptions.iter().map(ToString::to_string).collect(),
        by_rule,
        gaps,
    };
    let findings = checked.findings.iter().map(|open| finding(open, None)).collect();
    CheckReport { schema_version: SCHEMA_VERSION, findings, summary }
}

fn finding(finding: &Finding, transition: Option<TransitionKind>) -> FindingReport {
    let finding = finding.clone();
    FindingReport {
        transition,
        status: finding.state,
        fingerprint: finding.fingerprint.to_string(),
        rule_id: finding.rule_id,
        rule_kind: finding.rule_kind,
        severity: finding.severity,
        title: finding.title,
        principal: finding.principal,
        account_id: finding.account_id,
        witness: finding.witness,
        assumptions: finding.assumptions,
        because: finding.because,
        unknowns: finding.unknowns,
        trigger: finding.trigger,
        caused_by: finding.caused_by,
    }
}
