//! The order of events: when they were, and what comes first of what was in the same second.

use std::cmp::Ordering;

use jiff::Timestamp;
use stanchion_changes::{Effect, RawEvent, Verdict};

use crate::report::{ChangeReport, change};

/// When an event was; `None`, before all others, if it does not say.
pub(crate) fn moment(event_time: &str) -> Option<Timestamp> {
    event_time.parse().ok()
}

/// CloudTrail's times are whole seconds: of what happens within one, making comes first and
/// deleting last; a policy is made before its versions, and a permission set is provisioned as it is
/// when it has changed.
pub(crate) fn within_a_second(effect: &Effect) -> u8 {
    match effect {
        Effect::CreatePrincipal(_)
        | Effect::CreateGroup { .. }
        | Effect::CreatePolicy(_)
        | Effect::CreateOrganizationPolicy { .. }
        | Effect::CreateUnit { .. }
        | Effect::CreateAccessKey { .. }
        | Effect::CreatePermissionSet(_)
        | Effect::AddAccount { .. } => 0,
        Effect::CreateVersion { .. } => 1,
        Effect::Provision { .. } => 3,
        Effect::Delete(_)
        | Effect::DeletePolicy { .. }
        | Effect::DeleteVersion { .. }
        | Effect::DeleteOrganizationPolicy { .. }
        | Effect::DeleteUnit { .. }
        | Effect::DeleteAccessKey { .. }
        | Effect::DeletePermissionSet { .. }
        | Effect::DeleteIdentityGroup { .. }
        | Effect::DeleteIdentityUser { .. }
        | Effect::RemoveAccount { .. } => 4,
        _ => 2,
    }
}

/// An event that has been looked at: what it is, and what a report says of it.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it is.
    pub verdict: Verdict,
    /// What a report says of it, before it is known whom it affects.
    pub report: ChangeReport,
    /// When it was, if it says so.
    pub time: Option<Timestamp>,
    rank: u8,
}

impl Event {
    /// An event and what was made of it; of the event itself nothing more is needed.
    pub fn new(event: &RawEvent, verdict: Verdict) -> Self {
        let report = change(event, &verdict);
        let time = moment(verdict.event_time());
        let rank = within_a_second(verdict.effect());
        Self { verdict, report, time, rank }
    }

    /// The same event with the verdict that it has in its turn.
    pub fn with(mut self, verdict: Verdict) -> Self {
        if let Verdict::Ignored(ignored) = &verdict {
            self.report.ignore(&ignored.reason);
        }
        self.verdict = verdict;
        self
    }
}

/// By time, then by what comes first within a second, then by id. Nothing depends on the order in
/// which events are read, so that events that agree in all of it are ordered by what they say.
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |event: &Self| (event.time, event.rank);
        let said = |event: &Self| format!("{:?} {:?}", event.report, event.verdict);
        place(self)
            .cmp(&place(other))
            .then_with(|| self.verdict.event_id().cmp(other.verdict.event_id()))
            .then_with(|| said(self).cmp(&said(other)))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}
