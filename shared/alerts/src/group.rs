//! One alert for people of what belongs together: what one change did to one rule in one account.
//!
//! A change of an SCP may open four hundred findings. Programs get a message of each; people get one alert,
//! with how many there are, the worst of them, and how to list the rest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stanchion_findings::{Severity, State, Subject, Transition, TransitionKind, fingerprint};

use crate::words;

/// How many findings of an alert are named.
pub const WORST: usize = 10;

/// The version of the names of threads.
const THREAD_VERSION: u32 = 1;

/// What people are told at once.
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
    /// The worst of them, at most [`WORST`].
    pub worst: Vec<Transition>,
}

impl Alert {
    /// How many transitions it is about.
    pub fn count(&self) -> usize {
        self.counts.values().sum()
    }

    /// The transition, if it is about one alone.
    pub fn only(&self) -> Option<&Transition> {
        self.worst.first().filter(|_| self.count() == 1)
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
type Group<'a> = (Option<&'a str>, &'a str, Option<&'a str>);

/// Puts transitions together: those of one event, one rule and one account are one alert. What no event led to is
/// one alert for each rule and account. The order of alerts is the worst first; that of the transitions given does
/// not matter.
pub fn group(transitions: &[Transition]) -> Vec<Alert> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Transition>> = BTreeMap::new();
    for transition in transitions {
        let finding = &transition.finding;
        let event = words::event(finding).map(|(event, _)| event.event_id.as_str());
        let key = (event, finding.rule_id.as_str(), finding.account_id.as_deref());
        groups.entry(key).or_default().push(transition);
    }
    let mut alerts: Vec<Alert> =
        groups.into_iter().filter_map(|((event, ..), group)| alert(event, group)).collect();
    alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    alerts
}

fn alert(event: Option<&str>, mut transitions: Vec<&Transition>) -> Option<Alert> {
    // The same transition may come twice.
    transitions.sort_by(|a, b| a.id.cmp(&b.id));
    transitions.dedup_by(|a, b| a.id == b.id);
    let ids: Vec<&str> = transitions.iter().map(|transition| transition.id.as_str()).collect();
    let ids = ids.join(" ");
    transitions.sort_by_key(|transition| {
        let is_over = transition.finding.state == State::Resolved;
        (is_over, std::cmp::Reverse(transition.finding.severity))
    });
    let first = transitions.first()?;
    let finding = &first.finding;
    let account = Subject::account(finding.account_id.clone().unwrap_or_default());
    let name = |what: &str| fingerprint(THREAD_VERSION, &finding.rule_id, &account, Some(what)).to_string();
    let (id, thread) = match transitions.as_slice() {
        [only] => (only.id.clone(), only.finding.fingerprint.to_string()),
        _ => (format!("group-{}", name(&ids)), format!("group-{}", name("thread"))),
    };
    let mut counts = BTreeMap::new();
    for transition in &transitions {
        *counts.entry(transition.kind).or_insert(0) += 1;
    }
    Some(Alert {
        id,
        thread,
        event_id: event.map(str::to_owned),
        rule_id: finding.rule_id.clone(),
        account_id: finding.account_id.clone(),
        severity: finding.severity,
        counts,
        worst: transitions.into_iter().take(WORST).cloned().collect(),
    })
}
