//! Events played one after the other on the inventory as it was before them: each event's own effect
//! is carried out, and then the principals that it affects are evaluated.

use std::collections::BTreeSet;

use stanchion_changes::{Affected, Applied, Effect, Verdict, apply};
use stanchion_findings::{Batch, Digests, Store, StoreError, Transition};
use stanchion_inventory::{Inventory, Principal};
use stanchion_rules::Evaluator;

use crate::cause::History;
use crate::facts::digests;
use crate::fix::propose_after;
use crate::order::Event;
use crate::react::{look, look_into};
use crate::report::ChangeReport;
use crate::whom::reached;

/// Plays events in the order in which they are given.
///
/// A principal is evaluated on the inventory before the first event that affects it: what is open
/// then is no event's doing. Nobody else is evaluated.
pub struct Player<'a> {
    start: &'a Evaluator<'a>,
    inventory: Inventory,
    digests: Digests,
    /// The unique ids of those who were evaluated, and of accounts as a whole `account ID`.
    known: BTreeSet<String>,
}

/// What came of one event.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Whom it affects; nobody if it is no change.
    pub affected: Affected,
    /// What became of its effect.
    pub applied: Applied,
    /// What was found on the inventory before it, of those whom no earlier event affects.
    pub before: Vec<Transition>,
    /// What it did to findings.
    pub transitions: Vec<Transition>,
}

impl Played {
    /// What a report says of the event.
    pub fn report(self, event: Event) -> ChangeReport {
        let is_change = event.verdict.change().is_some();
        let has_effect = *event.verdict.effect() != Effect::None;
        let mut report = event.report;
        if is_change {
            report.affects(self.affected);
        }
        if is_change || has_effect {
            report.applied(&self.applied);
        }
        report
    }
}

impl<'a> Player<'a> {
    /// A player that starts from the evaluator's inventory.
    pub fn new(start: &'a Evaluator<'a>) -> Self {
        Self {
            start,
            inventory: start.inventory().clone(),
            digests: digests(start.rulebook()),
            known: BTreeSet::new(),
        }
    }

    /// Plays one event. An event that is no change can have an effect all the same: a policy that
    /// is made now may be attached next.
    ///
    /// # Errors
    /// Those of the store.
    pub fn play(&mut self, verdict: &Verdict, store: &mut dyn Store) -> Result<Played, StoreError> {
        let before = self.inventory.clone();
        let applied = apply(verdict.effect(), &mut self.inventory);
        let mut played = Played { applied, ..Played::default() };
        let Some(change) = verdict.change() else { return Ok(played) };

        let earlier = reached(&self.start.on(&before), change);
        let later = reached(&self.start.on(&self.inventory), change);
        self.first_look(&before, &earlier, &mut played.before, store)?;
        self.first_look(&before, &later, &mut played.before, store)?;
        played.affected = match &change.effect {
            // Who is deleted is known with all its name only before.
            Effect::Delete(_) => earlier,
            _ => both(later, earlier, &self.inventory),
        };

        let evaluator = self.start.on(&self.inventory);
        let there = |arn: &String| self.inventory.principal(arn).is_some();
        // Everybody has been evaluated, and in an inventory that stays nothing else can be found.
        if played.applied != Applied::Changed && played.affected.principals.iter().all(there) {
            return Ok(played);
        }
        let history = History::after(change, before);
        for arn in &played.affected.principals {
            self.known.extend(self.inventory.principal(arn).map(id));
            played.transitions.extend(look(&evaluator, arn, &history, &self.digests, store)?);
        }
        for account in &played.affected.accounts {
            self.known.insert(whole(account));
            played.transitions.extend(look_into(&evaluator, account, &history, &self.digests, store)?);
        }
        Ok(played)
    }

    /// Proposes a fix for each finding that the event which was played last has opened or changed, and notes it in the
    /// store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn mend(&self, transitions: &mut [Transition], store: &mut dyn Store) -> Result<(), StoreError> {
        let findings = propose_after(&self.start.on(&self.inventory), transitions);
        store.commit(Batch { findings, ..Batch::default() })
    }

    /// Evaluates those who are not known yet, on the inventory before the event.
    fn first_look(
        &mut self,
        before: &Inventory,
        affected: &Affected,
        transitions: &mut Vec<Transition>,
        store: &mut dyn Store,
    ) -> Result<(), StoreError> {
        let evaluator = self.start.on(before);
        let nothing = History::new(Vec::new());
        for arn in &affected.principals {
            let Some(principal) = before.principal(arn) else { continue };
            if self.known.insert(id(principal)) {
                transitions.extend(look(&evaluator, arn, &nothing, &self.digests, store)?);
            }
        }
        for account in &affected.accounts {
            // An account that joins has no time before.
            if before.is_member(account) && self.known.insert(whole(account)) {
                transitions.extend(look_into(&evaluator, account, &nothing, &self.digests, store)?);
            }
        }
        Ok(())
    }
}

/// Those whom an event affects by the inventory after it, and of those by the one before it who are
/// still there under their names.
fn both(mut later: Affected, earlier: Affected, after: &Inventory) -> Affected {
    let there = |arn: &String| after.principal(arn).is_some();
    later.principals.extend(earlier.principals.into_iter().filter(there));
    later.principals.sort_unstable();
    later.principals.dedup();
    later.accounts.extend(earlier.accounts);
    later.accounts.sort_unstable();
    later.accounts.dedup();
    later
}

fn whole(account: &str) -> String {
    format!("account {account}")
}

fn id(principal: &Principal) -> String {
    principal.unique_id.clone()
}
