//! How much people get to see of what is told, and when: quiet hours by severity, a rate for each channel, and a
//! digest of what was held back. Pure: from an alert, a moment and the state of a channel to what is to be done
//! and the state after it.
//!
//! Nothing is dropped: what is held back is counted, and the worst of it named, in the next digest. What is bad
//! enough is never held back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use stanchion_findings::{Severity, TransitionKind};

use crate::group::{Alert, WORST};
use crate::words::{clean, cut};

/// How many alerts of a digest are known by their ids: enough for what comes twice, and few enough to store.
const REMEMBERED: usize = 100;

/// How many rules and kinds of notices a digest counts apart, and how long their names are.
const APART: (usize, usize) = (100, 100);

/// Under what a digest counts what it has no more room to count apart.
const OTHERS: &str = "others";

/// How many characters a line of a digest has.
const LINE: usize = 300;

/// How a channel is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What is at least as bad is sent at once, whatever the hour and the rate.
    pub always: Severity,
    /// How many other alerts are sent within [`Policy::window`] at most.
    pub most: usize,
    /// Over how long alerts are counted, in seconds.
    pub window: i64,
    /// When it is quiet.
    pub quiet: Option<Quiet>,
}

/// Hours in which only what is bad enough is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// When they begin, each day.
    pub from: Time,
    /// When they end; before `from`, it is on the next day.
    pub to: Time,
    /// Where that is the time.
    pub zone: TimeZone,
    /// What is less bad is held back. Not above [`Policy::always`], which is sent in any case.
    pub below: Severity,
}

impl Quiet {
    /// Reads `22:00` and `07:00`, and a time zone as POSIX writes it, with its rules: `CET-1CEST,M3.5.0,M10.5.0/3`, or
    /// `UTC0`.
    ///
    /// # Errors
    /// Which of the three cannot be read, and why.
    pub fn parse(from: &str, to: &str, zone: &str, below: Severity) -> Result<Self, String> {
        let time = |text: &str| {
            Time::strptime("%H:%M", text).map_err(|error| format!("`{text}` is no time like 22:00: {error}"))
        };
        let zone =
            TimeZone::posix(zone).map_err(|error| format!("`{zone}` is no POSIX time zone: {error}"))?;
        Ok(Self { from: time(from)?, to: time(to)?, zone, below })
    }

    fn is_at(&self, now: Timestamp) -> bool {
        let time = now.to_zoned(self.zone.clone()).time();
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

/// What is remembered of a channel, as it is stored: JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When alerts were sent that count, in seconds since 1970, the earliest first.
    #[serde(default)]
    sent: Vec<i64>,
    /// What is held back.
    #[serde(default)]
    held: Digest,
}

/// What was held back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The ids of the last alerts that it is about, so that the same one is not held twice.
    #[serde(default)]
    pub alerts: Vec<String>,
    /// How many findings were opened, resolved, ..., by rule.
    #[serde(default)]
    pub counts: BTreeMap<String, BTreeMap<TransitionKind, usize>>,
    /// How many of what is no finding, by what it is, as `coverage-gap`.
    #[serde(default)]
    pub notices: BTreeMap<String, usize>,
    /// The worst of it, a line each, with its severity.
    #[serde(default)]
    pub worst: Vec<(Severity, String)>,
}

/// What a channel has to know of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gist {
    /// The alert's id.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// How many findings were opened, resolved, ..., by rule.
    pub counts: BTreeMap<String, BTreeMap<TransitionKind, usize>>,
    /// How many of what is no finding, by what it is.
    pub notices: BTreeMap<String, usize>,
    /// A line for each of the worst.
    pub worst: Vec<(Severity, String)>,
}

impl From<&Alert> for Gist {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.clone(),
            severity: alert.severity,
            counts: [(alert.rule_id.clone(), alert.counts.clone())].into(),
            notices: BTreeMap::new(),
            worst: alert.worst.iter().map(|line| (line.severity, line.text.clone())).collect(),
        }
    }
}

/// What is to be done with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is sent.
    Send,
    /// It is quiet; it goes into the digest.
    Quiet,
    /// Enough has been sent; it goes into the digest.
    TooMany,
}

/// Decides on an alert.
pub fn decide(policy: &Policy, mut state: State, alert: &Gist, now: Timestamp) -> (Decision, State) {
    if state.held.alerts.contains(&alert.id) {
        // It came a second time, and is in the digest already.
        return (Decision::TooMany, state);
    }
    if alert.severity >= policy.always {
        return (Decision::Send, state);
    }
    if policy.quiet.as_ref().is_some_and(|quiet| alert.severity < quiet.below && quiet.is_at(now)) {
        state.held.add(alert);
        return (Decision::Quiet, state);
    }
    state.forget(policy, now);
    if state.sent.len() >= policy.most {
        state.held.add(alert);
        return (Decision::TooMany, state);
    }
    state.sent.push(now.as_second());
    (Decision::Send, state)
}

/// The digest that is due, and the state without it; `None` while nothing is held back, nothing may be sent yet,
/// or it is quiet and nothing in it is bad enough. A digest counts as an alert. One with something that is always sent is
/// due at once, and counts as such.
pub fn digest(policy: &Policy, mut state: State, now: Timestamp) -> (Option<Digest>, State) {
    let worst = state.held.worst.first().map(|(severity, _)| *severity);
    let is_quiet = policy.quiet.as_ref().is_some_and(|quiet| worst < Some(quiet.below) && quiet.is_at(now));
    state.forget(policy, now);
    // A channel that may send nothing at all still gets its digests, one a window.
    let is_enough = is_quiet || state.sent.len() >= policy.most.max(1);
    if state.held.alerts.is_empty() || (is_enough && worst < Some(policy.always)) {
        return (None, state);
    }
    if !is_enough {
        state.sent.push(now.as_second());
    }
    (Some(std::mem::take(&mut state.held)), state)
}

impl State {
    /// Holds an alert back for the next digest, whatever the policy says: it cannot be sent.
    pub fn hold(&mut self, alert: &Gist) {
        if !self.held.alerts.contains(&alert.id) {
            self.held.add(alert);
        }
    }

    /// Forgets what was sent too long ago to count. A clock that was set back does not stop a channel for ever.
    fn forget(&mut self, policy: &Policy, now: Timestamp) {
        let now = now.as_second();
        self.sent.retain(|&sent| sent <= now && now - sent < policy.window);
    }
}

impl Digest {
    fn add(&mut self, alert: &Gist) {
        if self.alerts.len() >= REMEMBERED {
            self.alerts.remove(0);
        }
        self.alerts.push(alert.id.clone());
        for (rule, counts) in &alert.counts {
            let rule = apart(&self.counts, rule);
            let sums = self.counts.entry(rule).or_default();
            for (kind, count) in counts {
                *sums.entry(*kind).or_default() += count;
            }
        }
        for (what, count) in &alert.notices {
            let what = apart(&self.notices, what);
            *self.notices.entry(what).or_default() += count;
        }
        self.worst.extend(alert.worst.iter().map(|(severity, line)| (*severity, cut(line, LINE))));
        // Among those that are as bad, the earlier ones stay.
        self.worst.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        self.worst.truncate(WORST);
    }

    /// How many findings it is about.
    pub fn count(&self) -> usize {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }

    /// How many it is about of what is no finding.
    pub fn others(&self) -> usize {
        self.notices.values().sum()
    }

    /// One line on it.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if !self.counts.is_empty() {
            let (count, rules) = (counted(self.count(), "transition"), counted(self.counts.len(), "rule"));
            parts.push(format!("{count} of {rules}"));
        }
        if !self.notices.is_empty() {
            parts.push(counted(self.others(), "notice"));
        }
        format!("Held back: {}", parts.join(", "))
    }

    /// What it counts, a line each.
    pub fn lines(&self) -> Vec<String> {
        let of = |(rule, counts): (&String, &BTreeMap<TransitionKind, usize>)| {
            let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            format!("{}: {}", clean(rule), counts.join(", "))
        };
        let notices = self.notices.iter().map(|(what, count)| format!("{}: {count}", clean(what)));
        self.counts.iter().map(of).chain(notices).collect()
    }

    /// How many are not among the worst.
    pub fn left_out(&self) -> usize {
        (self.count() + self.others()).saturating_sub(self.worst.len())
    }

    /// As plain text, the first line a summary.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\nBY RULE\n", self.summary());
        for line in self.lines() {
            text += &format!("  {line}\n");
        }
        text += "\nTHE WORST OF THEM\n";
        for (_, line) in &self.worst {
            text += &format!("  {line}\n");
        }
        if self.left_out() > 0 {
            text += &format!("  and {} more\n", self.left_out());
        }
        text
    }
}

/// The name to count under: its own while there is room.
fn apart<V>(counts: &BTreeMap<String, V>, name: &str) -> String {
    let own = cut(name, APART.1);
    if counts.contains_key(&own) || counts.len() < APART.0 { own } else { OTHERS.to_owned() }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
