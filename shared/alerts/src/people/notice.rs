//! What people are told of besides findings: first evaluations, events that nobody knows, gaps in what the hub hears,
//! rulebooks that cannot be used. Those of one kind are told together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stanchion_findings::{Severity, Subject, TransitionKind, fingerprint};

use crate::channel::Gist;
use crate::group::WORST;
use crate::words::clean;

/// How many lines a notice has.
pub(super) const LINES: usize = WORST;

/// How many rules are counted apart.
const RULES: usize = 50;

/// Messages of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The type of the messages, as `coverage-gap`.
    pub kind: String,
    /// The worst severity.
    pub severity: Severity,
    /// How many things it is about: findings, gaps, events.
    pub count: usize,
    /// How many messages it is made of.
    pub messages: usize,
    /// How many findings, by rule; only of first evaluations.
    pub counts: BTreeMap<String, BTreeMap<TransitionKind, usize>>,
    /// A line each of the worst.
    pub worst: Vec<(Severity, String)>,
    /// The least digest of the messages.
    pub(super) least: String,
}

/// What is said of a kind: a line for one, a line for more, and what to do.
struct Words {
    one: &'static str,
    many: &'static str,
    todo: &'static str,
}

impl Notice {
    /// Takes up another of the same kind.
    pub(super) fn add(&mut self, other: &Self) {
        self.severity = self.severity.max(other.severity);
        self.count += other.count;
        self.messages += other.messages;
        for (rule, counts) in &other.counts {
            let is_apart = self.counts.contains_key(rule) || self.counts.len() < RULES;
            let rule = if is_apart { rule.as_str() } else { "others" };
            let sums = self.counts.entry(rule.to_owned()).or_default();
            for (kind, count) in counts {
                *sums.entry(*kind).or_default() += count;
            }
        }
        self.worst.extend(other.worst.iter().cloned());
        self.worst.sort_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
        self.worst.truncate(LINES);
        if self.least.is_empty() || other.least < self.least {
            self.least.clone_from(&other.least);
        }
    }

    /// The same messages have the same id.
    pub fn id(&self) -> String {
        let what = format!("{} {}", self.messages, self.least);
        let name = fingerprint(1, &self.kind, &Subject::account("notice"), Some(&what));
        format!("notice-{name}")
    }

    /// One line on it.
    pub(super) fn summary(&self) -> String {
        let severity = self.severity.to_string().to_uppercase();
        let words = self.words();
        match self.count {
            1 => format!("{severity} {}", words.one),
            count => format!("{severity} {}", words.many.replace("{}", &count.to_string())),
        }
    }

    /// What to do.
    pub(super) fn todo(&self) -> &'static str {
        self.words().todo
    }

    /// How many things are not among the lines.
    pub(super) fn left_out(&self) -> usize {
        // Lines of first evaluations are of accounts, those of rulebooks of mistakes.
        match self.kind.as_str() {
            "rulebook-refused" => 0,
            "baseline" => self.messages.saturating_sub(self.worst.len()),
            _ => self.count.saturating_sub(self.worst.len()),
        }
    }

    /// As plain text, the first line a summary.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n\nWHICH\n", self.summary());
        for (_, line) in &self.worst {
            text += &format!("  {line}\n");
        }
        if self.left_out() > 0 {
            text += &format!("  and {} more\n", self.left_out());
        }
        text + &format!("\nWHAT TO DO\n  {}\n", self.todo())
    }

    fn words(&self) -> Words {
        let words = |one, many, todo| Words { one, many, todo };
        match self.kind.as_str() {
            "baseline" => words(
                "1 finding that was there already, at the first evaluation",
                "{} findings that were there already, at the first evaluation",
                "No change is known to have brought them about. List them: stanchion findings list",
            ),
            "unknown-event" => words(
                "1 event that this version of Stanchion does not know",
                "{} events that this version of Stanchion does not know",
                "Look at what it changed, and whether there is a newer version of Stanchion.",
            ),
            "coverage-gap" => words(
                "changes may go unnoticed: Stanchion lacks something in an account",
                "changes may go unnoticed: Stanchion lacks {} things in accounts",
                "Deploy member.yaml there again, or turn the trail on. Ask who changed it.",
            ),
            "coverage-restored" => words(
                "Stanchion lacks something no more",
                "Stanchion lacks {} things no more",
                "Nothing: it is over.",
            ),
            "rulebook-refused" => words(
                "the newest rulebook cannot be used; the last good one is",
                "{} rulebooks cannot be used; the last good one is",
                "Put a better version there. Tell beforehand by: stanchion rulebook lint",
            ),
            "suppression-unused" => words(
                "1 suppression has fitted no finding for a month",
                "{} suppressions have fitted no finding for a month",
                "Take it out of the rulebook: what it would hide next is not what it was written for.",
            ),
            _ => words(
                "1 message of a kind that this version does not know",
                "{} messages of a kind that this version does not know",
                "Read it on the topic of findings.",
            ),
        }
    }
}

impl From<&Notice> for Gist {
    fn from(notice: &Notice) -> Self {
        let is_of_findings = !notice.counts.is_empty();
        let notices =
            if is_of_findings { BTreeMap::new() } else { [(clean(&notice.kind), notice.count)].into() };
        Self {
            id: notice.id(),
            severity: notice.severity,
            counts: notice.counts.clone(),
            notices,
            worst: notice.worst.clone(),
        }
    }
}
