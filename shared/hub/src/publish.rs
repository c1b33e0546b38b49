//! From pending alerts to messages on the topic.
//!
//! A transition is marked only after the topic took it: whatever stops in between publishes it again,
//! under the same id.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_findings::Transition;

use crate::backoff::faulty;
use crate::causes::moment;
use crate::edges::{Sent, Table, TableError, Topic};
use crate::hub::Hub;
use crate::work::{Millis, Row};

/// How many messages go to the topic before they are marked (SNS, "PublishBatch": ten).
const AT_ONCE: usize = 10;

/// How many transitions a baseline's message is about at most.
const DIGEST: usize = 500;

/// How long whoever tells alerts has for it, before somebody else does.
pub(crate) const TELLING: Millis = 60_000;

/// What became of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) published: usize,
    /// How many the topic did not take, or not for certain: they stay pending.
    pub(crate) failed: usize,
    /// How old the changes were, where there was one.
    pub(crate) ages: Vec<Millis>,
    /// When somebody is to look whether there is still something to tell.
    pub(crate) again: Option<Millis>,
}

impl Told {
    pub(crate) fn add(&mut self, more: Self) {
        self.published += more.published;
        self.failed += more.failed;
        self.ages.extend(more.ages);
        self.again = self.again.max(more.again);
    }
}

impl<C, T: Table, Q, P: Topic> Hub<'_, C, T, Q, P> {
    /// Publishes what is pending of a row, `own` included: what this look wrote. What others wrote is left to
    /// them while they tell it; what came later then waits as well, for the order. What they left behind is told by
    /// whoever takes it for himself first.
    ///
    /// # Errors
    /// Those of the table.
    pub(crate) async fn tell(&self, row: &Row, own: &[Transition], now: Millis) -> Result<Told, TableError> {
        let mut told = Told::default();
        let (mut page, mut claimed) = (None, false);
        loop {
            let pending = self.table.pending(Some(&row.key), page.as_deref()).await?;
            let is_own = |transition: &Transition| own.iter().any(|own| own.id == transition.id);
            if !claimed && !pending.entries.iter().all(is_own) {
                if row.telling > now {
                    told.again = Some(row.telling);
                    return Ok(told);
                }
                // Whoever wrote something has the row for himself since then.
                claimed = !own.is_empty() || self.table.claim(row, now + TELLING).await?;
                if !claimed {
                    told.again = Some(now + TELLING);
                    return Ok(told);
                }
            }
            told.add(self.publish(pending.entries, now).await?);
            page = pending.next;
            if page.is_none() {
                return Ok(told);
            }
        }
    }

    /// Publishes transitions: those of a finding in their order, of baselines one message for an account.
    ///
    /// # Errors
    /// Those of the table; what was published by then may be published again.
    pub(crate) async fn publish(
        &self,
        transitions: Vec<Transition>,
        now: Millis,
    ) -> Result<Told, TableError> {
        let mut told = Told::default();
        let (baselines, mut rest): (Vec<_>, Vec<_>) = transitions.into_iter().partition(|t| t.baseline);
        let mut failed: BTreeSet<String> = BTreeSet::new();
        let mut accounts: BTreeMap<String, Vec<Transition>> = BTreeMap::new();
        for transition in baselines {
            let account = transition.finding.account_id.clone().unwrap_or_default();
            accounts.entry(account).or_default().push(transition);
        }
        for (account, transitions) in &accounts {
            for some in transitions.chunks(DIGEST) {
                let sent = Sent::Baseline { account, transitions: some };
                if self.topic.publish(&[sent]).await.first().is_some_and(Result::is_ok) {
                    self.table.mark_published(some).await?;
                    told.published += some.len();
                } else {
                    told.failed += some.len();
                    failed.extend(some.iter().map(|t| t.finding.fingerprint.to_string()));
                }
            }
        }
        while !rest.is_empty() {
            // The first of each finding: what comes later waits for it, and is not told if it fails.
            let mut first = BTreeSet::new();
            let (now_due, later): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|t| first.insert(t.finding.fingerprint.clone()));
            rest = later;
            let is_in_order = |t: &Transition| !failed.contains(t.finding.fingerprint.as_str());
            let (due, behind): (Vec<_>, Vec<_>) = now_due.into_iter().partition(is_in_order);
            told.failed += behind.len();
            for some in due.chunks(AT_ONCE) {
                let sent: Vec<Sent<'_>> = some.iter().map(Sent::Transition).collect();
                let mut results = self.topic.publish(&sent).await.into_iter();
                let mut out = Vec::new();
                for transition in some {
                    if let Some(Ok(())) = results.next() {
                        out.push(transition.clone());
                    } else {
                        failed.insert(transition.finding.fingerprint.to_string());
                        told.failed += 1;
                    }
                }
                if !out.is_empty() {
                    self.table.mark_published(&out).await?;
                }
                told.published += out.len();
                told.ages.extend(out.iter().filter_map(|t| Some(now - moment(t.at.as_deref()?)?)));
            }
        }
        if told.failed > 0 {
            told.again = Some(now + faulty(2));
        }
        Ok(told)
    }
}
