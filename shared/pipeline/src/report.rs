//! What `react` and `check` say in JSON. A format that lasts: every field is always there, and
//! [`SCHEMA_VERSION`] counts the changes that an old reader would get wrong.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stanchion_changes::{Affected, Applied, Ignored, RawEvent, Verdict};
use stanchion_findings::{
    Because, EventRef, Finding, Fix, Severity, Since, State, Suppression, Transition, TransitionKind, Witness,
};

use crate::check::Checked;

/// The version of both formats.
pub const SCHEMA_VERSION: u32 = 1;

/// The output of `react`.
#[derive(Debug, Serialize)]
pub struct ReactReport {
    schema_version: u32,
    changes: Vec<ChangeReport>,
    /// What was found before the first event that affects a principal; only where events are played.
    before: Vec<FindingReport>,
    transitions: Vec<FindingReport>,
}

/// One event.
#[derive(Clone, Debug, Serialize)]
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
    /// What became of its effect on the inventory, where events are played: `changed`, `unchanged`
    /// or `unknown`.
    pub applied: Option<&'static str>,
}

impl ChangeReport {
    /// Notes whom the event affects.
    pub fn affects(&mut self, affected: Affected) {
        self.affected_principals = affected.principals;
        self.note = affected.note.or(self.note.take());
    }

    /// Notes what became of the event's effect.
    pub fn applied(&mut self, applied: &Applied) {
        self.applied = Some(match applied {
            Applied::Changed => "changed",
            Applied::Unchanged => "unchanged",
            Applied::Unknown(reason) => {
                let unknown = format!("the inventory is out of date from here on: {reason}");
                let notes: Vec<String> = self.note.take().into_iter().chain([unknown]).collect();
                self.note = Some(notes.join("; "));
                "unknown"
            }
        });
    }

    /// Notes why the event is passed over, though by itself it might be a change.
    pub(crate) fn ignore(&mut self, reason: &Ignored) {
        self.ignored = Some(reason.to_string());
        (self.kind, self.target) = (None, None);
    }
}

/// The output of `check`.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    schema_version: u32,
    findings: Vec<FindingReport>,
    summary: Summary,
}

/// The output of `findings list`.
#[derive(Debug, Serialize)]
pub struct FindingsReport {
    schema_version: u32,
    findings: Vec<FindingReport>,
}

/// One finding; in the output of `react`, as a transition left it.
#[derive(Clone, Debug, Serialize)]
pub struct FindingReport {
    #[serde(skip_serializing_if = "Option::is_none")]
    transition: Option<TransitionKind>,
    /// When, in the time of events; only of a transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Option<String>>,
    status: State,
    fingerprint: String,
    rule_id: String,
    rule_kind: String,
    severity: Severity,
    title: String,
    principal: Option<String>,
    account_id: Option<String>,
    facet: Option<String>,
    detail: Option<String>,
    remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix>,
    witness: Option<Witness>,
    assumptions: Vec<String>,
    because: Vec<Because>,
    unknowns: Vec<String>,
    suppression: Option<Suppression>,
    trigger: Option<EventRef>,
    caused_by: Option<EventRef>,
    since: Option<Since>,
}

impl FindingReport {
    /// In one line: when, what, which rule, who, what can be done, and after which event.
    pub fn line(&self) -> String {
        let kind = self.transition.map(|kind| kind.to_string()).unwrap_or_default();
        let at = self.at.iter().flatten().next().map_or("before", String::as_str);
        let account = || self.account_id.as_ref().map(|id| format!("account {id}")).unwrap_or_default();
        let principal = self.principal.clone().unwrap_or_else(account);
        let mut line = format!("{at} {kind} {} {} {principal}", self.severity, self.rule_id);
        if let (Some(witness), Some(TransitionKind::Opened | TransitionKind::Updated)) =
            (&self.witness, self.transition)
        {
            line += &format!(" can {} on {}", witness.action, witness.resource);
        }
        let event = match (&self.caused_by, &self.trigger) {
            (Some(cause), _) if self.status != State::Resolved => Some(("caused by", cause)),
            (_, Some(trigger)) => Some(("after", trigger)),
            (Some(_) | None, None) => None,
        };
        if let Some((word, event)) = event {
            line += &format!(", {word} {} {} by {}", event.event_name, event.event_id, event.actor);
        }
        line
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    principals: usize,
    violations: usize,
    /// How many violations are suppressed: they are not counted among the violations.
    suppressed: usize,
    indeterminate: usize,
    /// How many of these are so because a search used up its budget.
    out_of_budget: usize,
    /// What the answers take for granted, those without a finding included.
    assumptions: BTreeSet<String>,
    /// How often each rule is violated.
    by_rule: BTreeMap<String, usize>,
    /// What of the rules is not evaluated, or not as it may be thought.
    notes: Vec<String>,
    /// What the inventory lacks.
    gaps: Vec<String>,
}

/// Puts the output of `react` together.
/// What was found `before` the events is there only where events are played.
pub fn react(changes: Vec<ChangeReport>, before: &[Transition], transitions: &[Transition]) -> ReactReport {
    let told = |transitions: &[Transition]| transitions.iter().map(transition).collect();
    let (before, transitions) = (told(before), told(transitions));
    ReactReport { schema_version: SCHEMA_VERSION, changes, before, transitions }
}

/// One event, before it is known whom it affects.
pub fn change(event: &RawEvent, verdict: &Verdict) -> ChangeReport {
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
            affected_principals: Vec::new(),
            note: None,
            ignored: None,
            applied: None,
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
                applied: None,
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
        suppressed: count(State::Suppressed),
        indeterminate: count(State::Indeterminate),
        out_of_budget: checked.out_of_budget(),
        assumptions: checked.assumptions.iter().map(ToString::to_string).collect(),
        by_rule,
        notes: checked.notes.clone(),
        gaps,
    };
    let findings = checked.findings.iter().map(finding).collect();
    CheckReport { schema_version: SCHEMA_VERSION, findings, summary }
}

/// Puts the output of `findings list` together.
pub fn findings(findings: &[Finding]) -> FindingsReport {
    FindingsReport { schema_version: SCHEMA_VERSION, findings: findings.iter().map(finding).collect() }
}

pub(crate) fn transition(transition: &Transition) -> FindingReport {
    let finding = finding(&transition.finding);
    FindingReport { transition: Some(transition.kind), at: Some(transition.at.clone()), ..finding }
}

fn finding(finding: &Finding) -> FindingReport {
    let finding = finding.clone();
    FindingReport {
        transition: None,
        at: None,
        status: finding.state,
        fingerprint: finding.fingerprint.to_string(),
        rule_id: finding.rule_id,
        rule_kind: finding.rule_kind,
        severity: finding.severity,
        title: finding.title,
        principal: finding.principal,
        account_id: finding.account_id,
        facet: finding.facet,
        detail: finding.detail,
        remedy: finding.remedy,
        fix: finding.fix,
        witness: finding.witness,
        assumptions: finding.assumptions,
        because: finding.because,
        unknowns: finding.unknowns,
        suppression: finding.suppression,
        trigger: finding.trigger,
        caused_by: finding.caused_by,
        since: finding.since,
    }
}
