//! Messages of the topic, read again: what people are told of is what programs are told.

use std::collections::BTreeMap;

use serde::Deserialize;
use stanchion_findings::{
    Evaluation, Finding, Severity, State, Subject, Transition, TransitionKind, fingerprint,
};

use super::notice::{LINES, Notice};
use crate::message::SCHEMA_VERSION;
use crate::words::{clean, cut};

/// How many hexadecimal digits of a message's digest are remembered: among some thousand messages, no two have the same.
pub(super) const DIGITS: usize = 12;

/// How many characters a line has.
const LINE: usize = 240;

/// A message of the topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// A digest of its type and id: a message that comes twice has the same.
    pub(super) digest: String,
    /// What it says.
    pub(super) said: Said,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Of a finding.
    Transition(Box<Transition>),
    /// Of anything else.
    Notice(Notice),
}

#[derive(Deserialize)]
struct Head {
    schema_version: u32,
    r#type: String,
    id: String,
}

#[derive(Deserialize)]
struct OfFinding {
    transition: TransitionKind,
    at: Option<String>,
    finding: Finding,
    #[serde(default)]
    evaluation: Option<Evaluation>,
}

#[derive(Deserialize)]
struct OfBaseline {
    account_id: String,
    count: usize,
    by_rule: BTreeMap<String, usize>,
    findings: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    status: State,
    severity: Severity,
    rule_id: String,
}

#[derive(Deserialize)]
struct OfEvent {
    event_name: String,
    event_source: String,
    event_time: String,
    account_id: String,
}

#[derive(Deserialize)]
struct OfCoverage {
    account_id: String,
    gaps: Vec<Gap>,
}

#[derive(Deserialize)]
struct Gap {
    lack: String,
    region: Option<String>,
    of: String,
    reason: String,
}

#[derive(Deserialize)]
struct OfRulebook {
    edition: String,
    reasons: Vec<String>,
}

#[derive(Deserialize)]
struct OfSuppression {
    rule: String,
    principal: Option<String>,
    account: Option<String>,
    subject: Option<String>,
    reason: String,
    owner: String,
    until: String,
}

impl Incoming {
    /// Reads the body of a message of the topic. One of a type that is not known is told by its name.
    ///
    /// # Errors
    /// It is no such message, or one of a newer version; which, and what is wrong with it.
    pub fn read(body: &str) -> Result<Self, String> {
        let head: Head = parse(body)?;
        if head.schema_version > SCHEMA_VERSION {
            return Err(format!(
                "the message is of schema {}, which is newer than {SCHEMA_VERSION}: deploy a newer version",
                head.schema_version
            ));
        }
        let said = match head.r#type.as_str() {
            "finding" => {
                let OfFinding { transition: kind, at, finding, evaluation } = parse(body)?;
                let id = head.id.clone();
                Said::Transition(Box::new(Transition { id, kind, finding, at, evaluation, baseline: false }))
            }
            "baseline" => Said::Notice(baseline(parse(body)?)),
            "unknown-event" => Said::Notice(unknown_event(parse(body)?)),
            kind @ ("coverage-gap" | "coverage-restored") => Said::Notice(coverage(kind, parse(body)?)),
            "rulebook-refused" => Said::Notice(rulebook_refused(parse(body)?)),
            "suppression-unused" => Said::Notice(suppression_unused(parse(body)?)),
            other => {
                let id = clean(&cut(&head.id, 80));
                Said::Notice(notice(other, Severity::Medium, 1, vec![format!("{other} {id}")]))
            }
        };
        Ok(Self { digest: digest(&head.r#type, &head.id), said })
    }

    /// The transition, if it is about a finding.
    pub fn transition(&self) -> Option<&Transition> {
        match &self.said {
            Said::Transition(transition) => Some(transition),
            Said::Notice(_) => None,
        }
    }
}

fn parse<'t, T: Deserialize<'t>>(body: &'t str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| format!("no message of the topic: {error}"))
}

fn digest(kind: &str, id: &str) -> String {
    let name = fingerprint(1, kind, &Subject::account("message"), Some(id)).to_string();
    name.chars().take(DIGITS).collect()
}

fn notice(kind: &str, severity: Severity, count: usize, lines: Vec<String>) -> Notice {
    let worst = lines.into_iter().take(LINES).map(|line| (severity, cut(&clean(&line), LINE))).collect();
    Notice {
        kind: cut(kind, 80),
        severity,
        count,
        messages: 1,
        counts: BTreeMap::new(),
        worst,
        least: String::new(),
    }
}

/// What was found there at first, by rule.
fn baseline(message: OfBaseline) -> Notice {
    let mut counts: BTreeMap<String, BTreeMap<TransitionKind, usize>> = BTreeMap::new();
    // The list may lack some; what is not in it counts as open.
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &message.findings {
        *listed.entry(&entry.rule_id).or_default() += 1;
        if entry.status == State::Indeterminate {
            let kinds = counts.entry(entry.rule_id.clone()).or_default();
            *kinds.entry(TransitionKind::Indeterminate).or_default() += 1;
        }
    }
    for (rule, count) in &message.by_rule {
        let kinds = counts.entry(rule.clone()).or_default();
        let undecided = kinds.get(&TransitionKind::Indeterminate).copied().unwrap_or_default();
        let open = count.saturating_sub(undecided);
        if open > 0 {
            kinds.insert(TransitionKind::Opened, open);
        }
    }
    let severity = message.findings.iter().map(|entry| entry.severity).max();
    let severity = severity.unwrap_or(Severity::Informational);
    let rules: Vec<String> =
        message.by_rule.iter().map(|(rule, count)| format!("{count} of {rule}")).collect();
    let line = format!("account {}: {} findings, {}", message.account_id, message.count, rules.join(", "));
    Notice { counts, ..notice("baseline", severity, message.count, vec![line]) }
}

fn unknown_event(event: OfEvent) -> Notice {
    let OfEvent { event_name, event_source, event_time, account_id } = event;
    let line = format!("{event_name} of {event_source} in account {account_id}, at {event_time}");
    notice("unknown-event", Severity::Medium, 1, vec![line])
}

fn coverage(kind: &str, message: OfCoverage) -> Notice {
    let severity = if kind == "coverage-gap" { Severity::High } else { Severity::Low };
    let lines = message.gaps.iter().map(|gap| {
        let region = gap.region.as_deref().map(|region| format!(", {region}")).unwrap_or_default();
        let account = &message.account_id;
        format!("account {account}{region}: {} ({}): {}", lack(&gap.lack), gap.of, gap.reason)
    });
    notice(kind, severity, message.gaps.len(), lines.collect())
}

/// What lacks, in words. Names that are not known are returned as they are.
fn lack(name: &str) -> &str {
    match name {
        "role-refuses" => "the audit role lets nobody in",
        "rule-missing" => "a rule is missing",
        "rule-disabled" => "a rule is disabled",
        "pattern-changed" => "a rule's pattern was changed",
        "target-changed" => "a rule's target was changed",
        "trail-missing" => "there is no trail of management events",
        "trail-off" => "the trail does not log",
        "nobody-listens" => "nobody subscribes to a topic",
        "cannot-tell" => "it cannot be told what is there",
        other => other,
    }
}

fn rulebook_refused(message: OfRulebook) -> Notice {
    let edition = format!("edition {}", message.edition);
    let lines = std::iter::once(edition).chain(message.reasons).collect();
    notice("rulebook-refused", Severity::High, 1, lines)
}

fn suppression_unused(message: OfSuppression) -> Notice {
    let OfSuppression { rule, principal, account, subject, reason, owner, until } = message;
    let whom = principal.or(account).or(subject).unwrap_or_default();
    let line = format!("{rule} for {whom}, which {owner} answers for until {until}: {reason}");
    notice("suppression-unused", Severity::Low, 1, vec![line])
}
