//! What `replay` says in JSON. A format that lasts, as those of [`crate::report`].

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use stanchion_changes::Meta;
use stanchion_findings::Severity;

use super::Replay;
use super::tally::{Moves, RuleTally};
use crate::order::Event;
use crate::report::{FindingReport, SCHEMA_VERSION, transition};

/// The output of `replay`.
#[derive(Debug, Serialize)]
pub struct ReplayReport {
    schema_version: u32,
    /// When the first and the last relevant event was.
    pub first_event: Option<String>,
    /// See `first_event`.
    pub last_event: Option<String>,
    /// What was read.
    pub files: FileCounts,
    /// What was in it.
    pub records: RecordCounts,
    /// Events of watched services that the table does not have, by source and name.
    pub unknown_events: Vec<UnknownEvent>,
    /// Events that do not tell what they changed.
    pub not_applied: Vec<NotApplied>,
    /// All findings.
    pub findings: Moves,
    /// By severity (the worst first), by rule and by account; only those that something happened to.
    pub by_severity: BTreeMap<Reverse<Severity>, Moves>,
    /// See `by_severity`.
    pub by_rule: BTreeMap<String, Moves>,
    /// See `by_severity`.
    pub by_account: BTreeMap<String, Moves>,
    /// The rules that were broken, those opened most often first.
    pub worst_rules: Vec<WorstRule>,
    /// What was found before the first event that affects a principal, if transitions are kept.
    pub before: Vec<FindingReport>,
    /// What happened to findings, in the order of events, if transitions are kept.
    pub transitions: Vec<FindingReport>,
}

/// The files of a replay.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FileCounts {
    /// Those that were read.
    pub read: usize,
    /// Digest files, which hold no events.
    pub digests: usize,
    /// Files of CloudTrail Insights, which hold none either.
    pub insights: usize,
    /// Files that are not JSON by their names.
    pub others: usize,
    /// Log files delivered before the period.
    pub earlier: usize,
    /// Those that could not be read to their end; what came before the mistake is played.
    pub mistakes: Vec<Mistake>,
}

/// A file that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub message: String,
}

/// The records of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// All of them, of every service.
    pub read: u64,
    /// Those of services that are not watched.
    pub unwatched: u64,
    /// Calls that failed, of watched services.
    pub failed: u64,
    /// Calls that only read, of watched services.
    pub read_only: u64,
    /// Calls of watched services that by their parameters change nothing, as most sessions.
    pub idle: u64,
    /// Of what remains, those that are not of the period.
    pub outside: u64,
    /// Of what remains, those that came a second time.
    pub duplicates: u64,
    /// What remains.
    pub relevant: u64,
    /// Of these, changes.
    pub changes: u64,
    /// Those that are known to change no permission.
    pub no_effect: u64,
    /// Those that the table does not have.
    pub unknown: u64,
    /// Those in an envelope that AWS did not send.
    pub forged: u64,
    /// Those that lack what every record has.
    pub unreadable: u64,
    /// Those that were played after a later one, since they were delivered so late.
    pub late: u64,
}

/// An event that the table does not have.
#[derive(Clone, Debug, Serialize)]
pub struct UnknownEvent {
    /// The service.
    pub event_source: String,
    /// The operation.
    pub event_name: String,
    /// How many there were.
    pub count: u64,
    /// The id of the first.
    pub first_event_id: String,
}

impl UnknownEvent {
    pub(super) fn new(meta: &Meta) -> Self {
        Self {
            event_source: meta.event_source.clone(),
            event_name: meta.event_name.clone(),
            count: 0,
            first_event_id: meta.event_id.clone(),
        }
    }
}

/// An event that does not tell what it changed: from there on the inventory is out of date.
#[derive(Clone, Debug, Serialize)]
pub struct NotApplied {
    /// Its id.
    pub event_id: String,
    /// The operation.
    pub event_name: String,
    /// When it was.
    pub event_time: String,
    /// What it was made to.
    pub target: Option<String>,
    /// How many principals it affects.
    pub affected_principals: usize,
    /// What the event does not tell.
    pub reason: String,
}

impl NotApplied {
    pub(super) fn new(event: &Event, reason: &str, affected: usize) -> Self {
        Self {
            event_id: event.report.event_id.clone(),
            event_name: event.report.event_name.clone(),
            event_time: event.report.event_time.clone(),
            target: event.report.target.clone(),
            affected_principals: affected,
            reason: reason.to_owned(),
        }
    }
}

/// A rule that was broken.
#[derive(Debug, Serialize)]
pub struct WorstRule {
    /// The rule.
    pub rule_id: String,
    /// How bad a violation is.
    pub severity: Severity,
    /// Its title.
    pub title: String,
    /// How often an event opened a finding of it.
    pub opened: u64,
    /// The first of these; else one that was open before.
    pub example: Option<FindingReport>,
}

impl ReplayReport {
    pub(super) fn new(replay: Replay<'_>, files: FileCounts) -> Self {
        let (first_event, last_event) = replay.period.unzip();
        let tally = replay.tally;
        let mut worst: Vec<(&String, &RuleTally)> =
            tally.by_rule.iter().filter(|(_, rule)| rule.example.is_some()).collect();
        worst.sort_by_key(|(id, rule)| (Reverse(rule.moves.opened), Reverse(rule.severity), *id));
        let worst_rule = |(id, rule): (&String, &RuleTally)| WorstRule {
            rule_id: id.clone(),
            severity: rule.severity,
            title: rule.title.clone(),
            opened: rule.moves.opened,
            example: rule.example.as_ref().map(transition),
        };
        Self {
            schema_version: SCHEMA_VERSION,
            first_event,
            last_event,
            files,
            records: replay.records,
            unknown_events: replay.unknown.into_values().collect(),
            not_applied: replay.not_applied,
            findings: tally.all,
            by_severity: tally.by_severity,
            worst_rules: worst.into_iter().map(worst_rule).collect(),
            by_rule: tally.by_rule.iter().map(|(id, rule)| (id.clone(), rule.moves)).collect(),
            by_account: tally.by_account,
            before: replay.before.iter().map(transition).collect(),
            transitions: replay.transitions.iter().map(transition).collect(),
        }
    }
}
