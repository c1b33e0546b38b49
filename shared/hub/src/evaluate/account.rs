//! All principals of an account, read at once.
//!
//! Each principal's outcome is written on its own row; what the account's row holds is that all of them
//! are to be looked at.

use std::collections::BTreeMap;

use stanchion_changes::Change;
use stanchion_findings::{
    Batch, Facts, Observation, Occasion, Severity, State, Subject, Transition, transition,
};
use stanchion_inventory::{Account, Inventory, Principal, PrincipalKind};
use stanchion_pipeline::Others;
use stanchion_rules::Evaluator;

use super::look::{FIXES, When, clean_memory, is_news, look, look_of, look_whole, mark, unreadable};
use super::principal::with_credentials;
use super::settle::takes_away;
use super::{Did, Evaluated, Stop, after, superseded, telling, wait_for_changes};
use crate::backoff::delay;
use crate::causes::changes;
use crate::edges::{Cloud, CloudError, Memory, Outcome, Queue, Table, Topic, Written};
use crate::hub::Hub;
use crate::known::without;
use crate::work::{Job, Key, Millis, Row};

/// The rule of the finding that an account cannot be read: no rulebook's, since no rule holds or is broken
/// where nothing is known.
pub const UNREADABLE_RULE: &str = "account-cannot-be-read";

pub(super) async fn evaluate<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    account: &str,
    now: Millis,
    report: &mut Evaluated,
) -> Result<Did, Stop> {
    let (changes, unknown) = changes(row, &hub.interpreter);
    report.notes.extend(unknown.iter().map(|id| format!("event {id} cannot be read any more")));
    // Before AWS: whoever writes to a row from now on has read it later.
    let rows = hub.table.rows_of(account).await?;
    let memories = hub.table.memories_of(account).await?;
    let reading = match read(hub, account).await {
        Ok(inventory) => Ok(inventory),
        Err(error @ CloudError::Transient(_)) => return Err(Stop::faulty(row, &error)),
        Err(error) => Err(error.to_string()),
    };
    let fixes = (FIXES, Others::InTheInventory);
    let when = When { now, second_look: hub.settings.second_look, before: row.looked, fixes };
    let mut pass = Pass {
        rows: rows.into_iter().map(|row| (row.key.clone(), row)).collect(),
        memories: memories.into_iter().collect(),
        changes: &changes,
        row,
        when,
        baseline: Vec::new(),
        again: None,
    };
    let mut gave_up = row.causes_dropped > 0;
    match &reading {
        Ok(inventory) => {
            gave_up = wait_for_changes(hub, row, &changes, inventory, report)?;
            let evaluator = hub.evaluator.on(inventory).at(Some(i128::from(now) * 1_000_000));
            pass.known(hub, &evaluator, report).await?;
        }
        Err(reason) => pass.unknown(hub, reason, report).await?,
    }
    let told = hub.publish(std::mem::take(&mut pass.baseline), now).await?;
    let failed = told.failed > 0;
    report.told(told);
    if failed {
        report.notes.push("the alerts of a baseline are left to the next sweep".to_owned());
    }

    let memory = hub.table.memory(&row.key).await?;
    let mut whole = match &reading {
        Ok(inventory) => {
            let evaluator = hub.evaluator.on(inventory).at(Some(i128::from(now) * 1_000_000));
            look_whole(&evaluator, row, &changes, &memory, when).map_err(Stop::store)?
        }
        // What was found of it stays as it is.
        Err(_) => Outcome { unseen: row.unseen.clone(), ..Outcome::default() },
    };
    let batch = readable(row, &memory, reading.as_ref().err(), now);
    whole.batch.findings.extend(batch.findings);
    whole.batch.transitions.extend(batch.transitions);
    let taken = gave_up || changes.iter().any(|change| takes_away(&change.effect));
    let taken = (taken && when.second_look > 0).then(|| now + when.second_look);
    let before = row.again.filter(|again| *again > now);
    let again = pass.again.max(taken).max(before).max(whole.again);
    let looked = reading.is_ok().then_some(now);
    let outcome = Outcome { again, looked, telling: telling(&whole.batch, now), ..whole };
    match hub.table.commit(row, &outcome).await? {
        Written::Superseded => superseded(hub, row, now).await,
        Written::Yes { wanted } => {
            report.transitions.extend(outcome.batch.transitions);
            after(hub, row, wanted, again, now, report).await?;
            Ok(Did::Looked)
        }
    }
}

async fn read<C: Cloud, T, Q, P>(hub: &Hub<'_, C, T, Q, P>, account: &str) -> Result<Inventory, CloudError> {
    let organization = hub.organization().await?;
    let inventory = if hub.is_gone(account, &organization) {
        without(organization, account)
    } else {
        let pages = hub.cloud.account(account).await?;
        let details = pages.join("\n");
        // An account's details are its largest part, and are needed once.
        drop(pages);
        match organization.with_account(account, &details) {
            Ok(inventory) => {
                with_credentials(hub, inventory, &Key::Account { account: account.to_owned() }).await?
            }
            failed => failed,
        }
    };
    inventory.map_err(|error| CloudError::Unreadable(error.to_string()))
}

/// One evaluation of an account.
struct Pass<'a> {
    rows: BTreeMap<Key, Row>,
    memories: BTreeMap<Key, Memory>,
    changes: &'a [Change],
    /// The account's row.
    row: &'a Row,
    when: When,
    /// What first evaluations found: told at the end, together.
    baseline: Vec<Transition>,
    /// When some principal is to be looked at a second time.
    again: Option<Millis>,
}

impl Pass<'_> {
    /// Looks at every principal, and at those who are no more.
    async fn known<C: Cloud, T: Table, Q: Queue, P: Topic>(
        &mut self,
        hub: &Hub<'_, C, T, Q, P>,
        evaluator: &Evaluator<'_>,
        report: &mut Evaluated,
    ) -> Result<(), Stop> {
        let inventory = evaluator.inventory();
        let account = self.row.key.account();
        for principal in inventory.principals_of(account) {
            let key = Key::of(principal);
            let memory = self.memories.remove(&key);
            self.principal(hub, evaluator, key, Some(principal), memory, report).await?;
        }
        let is_whole = inventory.account(account).is_some_and(Account::is_complete);
        let gone = std::mem::take(&mut self.memories);
        let gone = gone.into_iter().filter(|(key, _)| matches!(key, Key::Principal { .. }));
        for (key, memory) in gone {
            if is_whole {
                self.principal(hub, evaluator, key, None, Some(memory), report).await?;
            }
        }
        Ok(())
    }

    async fn principal<C: Cloud, T: Table, Q: Queue, P: Topic>(
        &mut self,
        hub: &Hub<'_, C, T, Q, P>,
        evaluator: &Evaluator<'_>,
        key: Key,
        principal: Option<&Principal>,
        memory: Option<Memory>,
        report: &mut Evaluated,
    ) -> Result<(), Stop> {
        let row = self.rows.remove(&key).unwrap_or_else(|| Row::new(key.clone()));
        if row.is_wanted() {
            return self.leave(hub, &key).await;
        }
        report.principals += 1;
        let memory = match (memory, principal) {
            (Some(memory), _) => memory,
            (None, Some(principal)) => {
                let mark = mark(evaluator.rulebook(), &principal.unique_id);
                if row.evaluated.as_ref() == Some(&mark) {
                    let clean = clean_memory(evaluator.rulebook(), &principal.unique_id, &principal.arn);
                    let outcome =
                        look(evaluator, &row, self.changes, &clean, self.when).map_err(Stop::store)?;
                    if !is_news(&outcome, &row) {
                        return Ok(());
                    }
                }
                hub.table.memory(&key).await?
            }
            (None, None) => return Ok(()),
        };
        let outcome = look(evaluator, &row, self.changes, &memory, self.when).map_err(Stop::store)?;
        // Of what one look at an account opens, a few are enough.
        let tried = outcome.batch.transitions.len();
        self.when.fixes.0 = self.when.fixes.0.saturating_sub(tried);
        // The account's report may be some hours old. Whether it is still so, the user's own look finds out.
        let rests_on_the_report = |step: &Transition| step.finding.rule_kind == "identity" && !step.baseline;
        let is_user = principal.is_some_and(|principal| principal.kind == PrincipalKind::User);
        if is_user && outcome.batch.transitions.iter().any(rests_on_the_report) {
            return self.leave(hub, &key).await;
        }
        self.write(hub, &row, outcome, report).await
    }

    /// Leaves a principal to its own job, which has to know of the account's changes too.
    async fn leave<C, T: Table, Q: Queue, P>(
        &self,
        hub: &Hub<'_, C, T, Q, P>,
        key: &Key,
    ) -> Result<(), Stop> {
        for (id, cause) in &self.row.causes {
            hub.table.raise(key, Some((id, cause)), self.when.now).await?;
        }
        if self.row.causes.is_empty() {
            hub.table.raise(key, None, self.when.now).await?;
        }
        Ok(hub.queue.jobs(&[Job::new(key.clone())], 0).await?)
    }

    /// Writes what came of one principal, and tells it. If somebody has written since the rows were read, it
    /// is not known whether they knew of the changes: the principal is looked at again, by itself.
    async fn write<C: Cloud, T: Table, Q: Queue, P: Topic>(
        &mut self,
        hub: &Hub<'_, C, T, Q, P>,
        row: &Row,
        outcome: Outcome,
        report: &mut Evaluated,
    ) -> Result<(), Stop> {
        // The second look is the account's.
        self.again = self.again.max(outcome.again);
        let telling = telling(&outcome.batch, self.when.now);
        let outcome = Outcome { again: None, telling, ..outcome };
        if !is_news(&outcome, row) {
            return Ok(());
        }
        if hub.table.commit(row, &outcome).await? == Written::Superseded {
            return self.leave(hub, &row.key).await;
        }
        let transitions = outcome.batch.transitions;
        report.transitions.extend(transitions.iter().cloned());
        let (baseline, rest): (Vec<_>, Vec<_>) = transitions.into_iter().partition(|t| t.baseline);
        self.baseline.extend(baseline);
        if !rest.is_empty() {
            let told = hub.publish(rest, self.when.now).await?;
            if let Some(again) = told.again {
                let now = self.when.now;
                hub.queue.jobs(&[Job::new(row.key.clone())], delay(again, now)).await?;
            }
            report.told(told);
        }
        Ok(())
    }

    /// Notes on every finding of the account that it cannot be told any more, and why.
    async fn unknown<C: Cloud, T: Table, Q: Queue, P: Topic>(
        &mut self,
        hub: &Hub<'_, C, T, Q, P>,
        reason: &str,
        report: &mut Evaluated,
    ) -> Result<(), Stop> {
        report.notes.push(reason.to_owned());
        for (key, memory) in std::mem::take(&mut self.memories) {
            let row = self.rows.remove(&key).unwrap_or_else(|| Row::new(key.clone()));
            if matches!(key, Key::Principal { .. }) && !row.is_wanted() {
                let outcome = unreadable(&row, &memory, reason, self.when.now);
                self.write(hub, &row, outcome, report).await?;
            }
        }
        Ok(())
    }
}

/// What happens to the finding that the account cannot be read.
fn readable(row: &Row, memory: &Memory, refusal: Option<&String>, now: Millis) -> Batch {
    let account = row.key.account();
    let subject = Subject::account(account);
    let previous = memory.findings.iter().find(|finding| finding.rule_id == UNREADABLE_RULE);
    let observation = match refusal {
        None => Observation::Clean,
        Some(reason) => Observation::Indeterminate(Facts {
            rule_id: UNREADABLE_RULE.to_owned(),
            rule_kind: "inventory".to_owned(),
            severity: Severity::High,
            title: "The account cannot be read: nothing is known of its principals".to_owned(),
            subject,
            facet: None,
            principal: None,
            account_id: Some(account.to_owned()),
            detail: None,
            remedy: Some(
                "Let the audit role be assumed, and let it read IAM; see docs/DEPLOY.md.".to_owned(),
            ),
            witness: None,
            assumptions: Vec::new(),
            because: Vec::new(),
            unknowns: vec![reason.clone()],
        }),
    };
    // The same refusal in other words is not told again.
    if previous.is_some_and(|finding| finding.state == State::Indeterminate) && refusal.is_some() {
        return Batch::default();
    }
    let occasion = Occasion { evaluation: Some(look_of(row, now)), ..Occasion::default() };
    let step = transition(previous, observation, &occasion);
    Batch {
        findings: step.finding.into_iter().collect(),
        transitions: step.transition.into_iter().collect(),
        ..Batch::default()
    }
}
