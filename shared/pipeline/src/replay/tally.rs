//! Counting what happens to findings, by severity, rule and account.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use stanchion_findings::{Finding, Severity, State, Transition, TransitionKind};

/// How often findings moved, and how they stand in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moves {
    /// Open before the first event that affects their principal.
    pub open_before: u64,
    /// Indeterminate before it.
    pub indeterminate_before: u64,
    /// Opened by an event, or seen on one.
    pub opened: u64,
    /// Changed in their severity or cause.
    pub updated: u64,
    /// Became indeterminate.
    pub indeterminate: u64,
    /// Suppressed.
    pub suppressed: u64,
    /// Resolved.
    pub resolved: u64,
    /// Open when nothing more came.
    pub open_at_end: u64,
    /// Indeterminate then.
    pub indeterminate_at_end: u64,
}

/// What one rule did.
#[derive(Clone, Debug)]
pub(super) struct RuleTally {
    pub(super) moves: Moves,
    pub(super) severity: Severity,
    pub(super) title: String,
    /// The first transition that opened a finding of it; else what was open before.
    pub(super) example: Option<Transition>,
}

/// All counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) all: Moves,
    pub(super) by_severity: BTreeMap<Reverse<Severity>, Moves>,
    pub(super) by_rule: BTreeMap<String, RuleTally>,
    pub(super) by_account: BTreeMap<String, Moves>,
}

impl Tally {
    pub(super) fn before(&mut self, transitions: &[Transition]) {
        for transition in transitions {
            self.each(&transition.finding, |moves| match transition.kind {
                TransitionKind::Opened => moves.open_before += 1,
                TransitionKind::Indeterminate => moves.indeterminate_before += 1,
                TransitionKind::Updated | TransitionKind::Suppressed | TransitionKind::Resolved => {}
            });
            self.example(transition, false);
        }
    }

    pub(super) fn transitions(&mut self, transitions: &[Transition]) {
        for transition in transitions {
            self.each(&transition.finding, |moves| match transition.kind {
                TransitionKind::Opened => moves.opened += 1,
                TransitionKind::Updated => moves.updated += 1,
                TransitionKind::Indeterminate => moves.indeterminate += 1,
                TransitionKind::Suppressed => moves.suppressed += 1,
                TransitionKind::Resolved => moves.resolved += 1,
            });
            self.example(transition, true);
        }
    }

    pub(super) fn at_end(&mut self, finding: &Finding) {
        self.each(finding, |moves| match finding.state {
            State::Open => moves.open_at_end += 1,
            State::Indeterminate => moves.indeterminate_at_end += 1,
            State::Suppressed | State::Resolved => {}
        });
    }

    /// Counts in every table.
    fn each(&mut self, finding: &Finding, count: impl Fn(&mut Moves)) {
        count(&mut self.all);
        count(self.by_severity.entry(Reverse(finding.severity)).or_default());
        if let Some(account) = &finding.account_id {
            count(self.by_account.entry(account.clone()).or_default());
        }
        let rule = self.by_rule.entry(finding.rule_id.clone()).or_insert_with(|| RuleTally {
            moves: Moves::default(),
            severity: finding.severity,
            title: finding.title.clone(),
            example: None,
        });
        count(&mut rule.moves);
    }

    /// Keeps a transition as a rule's example, if it is the first that an event opened.
    fn example(&mut self, transition: &Transition, by_event: bool) {
        let Some(rule) = self.by_rule.get_mut(&transition.finding.rule_id) else { return };
        let has_better =
            rule.example.as_ref().is_some_and(|have| have.finding.trigger.is_some() || !by_event);
        if transition.kind == TransitionKind::Opened && !has_better {
            rule.example = Some(transition.clone());
        }
    }
}
