//! One alert for people of what belongs together: what one change did to one rule in one account.
//!
//! A change of an SCP may open four hundred findings. Programs get a message of each; people get one alert,
//! with how many there are, the worst of them, and how to list the rest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use stanchion_findings::{Finding, Severity, Subject, Transition, TransitionKind, fingerprint};

use crate::message::write;
use crate::text::line;
use crate::words;

/// How many findings of an alert are named.
pub const WORST: usize = 10;

/// The version of the names of threads.
const THREAD_VERSION: u32 = 1;

/// The most that is kept of a finding that is alone in its alert, in bytes of JSON: most are a third of it.
const WHOLE: usize = 12_288;
/// The same where others are with it, so that it is only asked what is to be done and who did it.
const LEAN: usize = 4_096;

/// What people are told at once. It is added to as transitions arrive, and stays small however many do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The same transitions have the same id: a second sending can be told from a second alert.
    pub id: String,
    /// What later alerts about the same share with this one: the fingerprint of its only finding, else a name
    /// of rule and account.
    pub thread: String,
    /// The event behind it, by its id: the cause, else the one after which it was seen.
    pub event_id: Option<String>,
    /// The rule.
    pub rule_id: String,
    /// The account.
    pub account_id: Option<String>,
    /// The worst severity among what is not resolved; among all, if all is.
    pub severity: Severity,
    /// How many transitions of each kind there are.
    pub counts: BTreeMap<TransitionKind, usize>,
    /// The worst of them, shortened where it is large.
    pub first: Transition,
    /// The worst of them, at most [`WORST`], the worst first.
    pub worst: Vec<Line>,
    /// The least of the transitions' ids.
    least: String,
}

/// A transition in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The transition's id.
    pub id: String,
    /// What happened.
    pub kind: TransitionKind,
    /// How bad it is.
    pub severity: Severity,
    /// The principal's ARN, if it is about one.
    pub principal: Option<String>,
    /// What it says.
    pub text: String,
}

impl Line {
    fn of(transition: &Transition) -> Self {
        let finding = &transition.finding;
        Self {
            id: transition.id.clone(),
            kind: transition.kind,
            severity: finding.severity,
            principal: finding.principal.as_deref().map(|arn| words::cut(arn, 300)),
            text: line(transition),
        }
    }

    /// What is over comes last, and what is worse comes first.
    fn order(&self) -> (bool, Reverse<Severity>, &str) {
        (self.kind == TransitionKind::Resolved, Reverse(self.severity), &self.id)
    }
}

impl Alert {
    /// The alert of one transition.
    pub fn new(transition: &Transition) -> Self {
        let finding = &transition.finding;
        let mut first = transition.clone();
        shorten(&mut first, 0..PARTS.len(), WHOLE);
        Self {
            id: transition.id.clone(),
            thread: finding.fingerprint.to_string(),
            event_id: words::event(finding).map(|(event, _)| event.event_id.clone()),
            rule_id: finding.rule_id.clone(),
            account_id: finding.account_id.clone(),
            severity: finding.severity,
            counts: [(transition.kind, 1)].into(),
            first,
            worst: vec![Line::of(transition)],
            least: transition.id.clone(),
        }
    }

    /// Whether a transition belongs to it.
    pub fn is_of(&self, transition: &Transition) -> bool {
        let own = (self.event_id.as_deref(), self.rule_id.as_str(), self.account_id.as_deref());
        own == key(transition)
    }

    /// Adds a transition that [belongs](Alert::is_of) to it and is not in it yet. In whatever order they are added,
    /// the alert is the same.
    pub fn add(&mut self, transition: &Transition) {
        *self.counts.entry(transition.kind).or_default() += 1;
        self.worst.push(Line::of(transition));
        self.worst.sort_by(|a, b| a.order().cmp(&b.order()));
        self.worst.truncate(WORST);
        if self.worst.first().is_some_and(|worst| worst.id == transition.id) {
            self.first = transition.clone();
        }
        // Of one of many it is only told who did it and what to do.
        shorten(&mut self.first, 0..4, usize::MIN);
        shorten(&mut self.first, 4..PARTS.len(), LEAN);
        self.severity = self.first.finding.severity;
        if transition.id < self.least {
            self.least.clone_from(&transition.id);
        }
        // A transition is in one alert, and so the least of them names it.
        let account = Subject::account(self.account_id.clone().unwrap_or_default());
        let name = |what: &str| fingerprint(THREAD_VERSION, &self.rule_id, &account, Some(what));
        (self.thread, self.id) = (
            format!("group-{}", name("thread")),
            format!("group-{}", name(&format!("{} {}", self.count(), self.least))),
        );
    }

    /// How many transitions it is about.
    pub fn count(&self) -> usize {
        self.counts.values().sum()
    }

    /// The transition, if it is about one alone.
    pub fn only(&self) -> Option<&Transition> {
        Some(&self.first).filter(|_| self.count() == 1)
    }

    /// How many are not among the worst.
    pub fn left_out(&self) -> usize {
        self.count() - self.worst.len()
    }

    /// The counts in words, as `400 opened, 3 resolved`.
    pub fn counted(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        counts.join(", ")
    }

    /// The arguments of `stanchion findings list` that list all findings of its rule and account, but for where
    /// they are kept.
    pub fn list_command(&self) -> String {
        let account = self.account_id.as_deref().filter(|id| !id.is_empty());
        let account = account.map(|id| format!(" --account {}", words::clean(id))).unwrap_or_default();
        format!("stanchion findings list --rule {}{account}", words::clean(&self.rule_id))
    }
}

/// What transitions of one alert share: event, rule and account.
fn key(transition: &Transition) -> (Option<&str>, &str, Option<&str>) {
    let finding = &transition.finding;
    let event = words::event(finding).map(|(event, _)| event.event_id.as_str());
    (event, finding.rule_id.as_str(), finding.account_id.as_deref())
}

/// What can be left out of a finding, the largest first, as of messages.
const PARTS: [fn(&mut Finding); 7] = [
    |finding| finding.because.clear(),
    |finding| finding.unknowns.clear(),
    |finding| finding.witness = None,
    |finding| finding.assumptions.clear(),
    |finding| finding.detail = None,
    |finding| finding.remedy = None,
    |finding| finding.title = words::cut(&finding.title, 300),
];

/// Leaves out some parts, until so many bytes of JSON are left.
fn shorten(transition: &mut Transition, parts: Range<usize>, most: usize) {
    for leave_out in PARTS.get(parts).into_iter().flatten() {
        if write(transition).len() <= most {
            break;
        }
        leave_out(&mut transition.finding);
    }
}

/// Puts transitions together: those of one event, one rule and one account are one alert. What no event led to is
/// one alert for each rule and account. The order of alerts is the worst first; that of the transitions given does
/// not matter.
pub fn group(transitions: &[Transition]) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    let mut seen = BTreeSet::new();
    // The same transition may come twice.
    for transition in transitions.iter().filter(|transition| seen.insert(&transition.id)) {
        match alerts.iter_mut().find(|alert| alert.is_of(transition)) {
            Some(alert) => alert.add(transition),
            None => alerts.push(Alert::new(transition)),
        }
    }
    alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    alerts
}
