//! Jobs in; findings and alerts out.
//!
//! A job only names a row. The row is read before AWS is, and what came of the look is written only if no
//! other look was written in between.

mod account;
mod look;
mod principal;
mod renamed;
mod settle;

use stanchion_changes::Change;
use stanchion_findings::{Batch, StoreError, Transition};
use stanchion_inventory::Inventory;

pub use account::UNREADABLE_RULE;

use self::look::evaluated_id;
use self::settle::unseen;
use crate::backoff::{delay, faulty, settling};
use crate::budget::{Draft, Grant};
use crate::edges::{Cloud, CloudError, Queue, QueueError, Table, TableError, Topic};
use crate::hub::{Fault, Hub};
use crate::publish::{TELLING, Told};
use crate::work::{Job, Key, Millis, Row, SCHEMA_VERSION};

/// What came of one message of the jobs queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluated {
    /// The row, as `111122223333/role/Deploy`, or `111122223333` for an account.
    pub row: String,
    /// The account.
    pub account: String,
    /// What became of the job.
    pub did: Did,
    /// The ids of the events that led to it.
    pub events: Vec<String>,
    /// How many principals were evaluated.
    pub principals: usize,
    /// What was written.
    pub transitions: Vec<Transition>,
    /// How many alerts were published: transitions, those of baselines included.
    pub published: usize,
    /// How many alerts are still pending since the topic did not take them.
    pub unpublished: usize,
    /// For each transition that was published and that an event led to: how long after the event, in
    /// milliseconds.
    pub ages: Vec<Millis>,
    /// What to know.
    pub notes: Vec<String>,
}

impl Evaluated {
    fn told(&mut self, told: Told) {
        self.published += told.published;
        self.unpublished += told.failed;
        self.ages.extend(told.ages);
    }
}

/// What became of a job. Every one is done with: acknowledge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Did {
    /// The row was looked at and the outcome written.
    Looked,
    /// Nothing is wanted any more; what was pending was published.
    #[default]
    Nothing,
    /// It is too early: the job was sent again.
    Early,
    /// The row was put off and the job sent again; why.
    PutOff(String),
    /// The hub has made enough calls in the account for now: the row was put off, which counts as no attempt,
    /// and the job sent again.
    Waits,
    /// Another evaluation was quicker: the job was sent again, if it is still wanted.
    Superseded,
}

/// Sees to one message of the jobs queue. `now` is the moment.
///
/// # Errors
/// What lets the item fail.
pub async fn evaluate<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    body: &str,
    now: Millis,
) -> Result<Evaluated, Fault> {
    let job: Job =
        serde_json::from_str(body).map_err(|error| Fault::Poison(format!("not a job: {error}")))?;
    if job.schema > SCHEMA_VERSION {
        return Err(Fault::Poison(format!("the job is of schema {}, which is newer", job.schema)));
    }
    let (row, account) = (job.key.to_string(), job.key.account().to_owned());
    let mut report = Evaluated { row, account, ..Evaluated::default() };
    match attempt(hub, &job, now, &mut report).await {
        Ok(did) => report.did = did,
        Err(Stop::Table(error @ TableError::Unreadable { .. })) => return Err(error.into()),
        Err(Stop::Table(error @ TableError::Transient(_))) => {
            let delay = delay(now + faulty(2), now);
            hub.queue.jobs(&[Job::new(job.key)], delay).await?;
            report.did = Did::PutOff(error.to_string());
        }
        Err(Stop::Queue(error)) => return Err(error.into()),
        Err(Stop::Later(row, wait, reason)) => {
            let due = now + wait;
            // If the row cannot be put off, the job itself still comes later.
            if let Err(error) = hub.table.put_off(&row, due, row.attempts.saturating_add(1)).await {
                report.notes.push(error.to_string());
            }
            // What was set aside for it is used up.
            hub.queue.jobs(&[Job::new(job.key)], delay(due, now)).await?;
            report.did = Did::PutOff(reason);
        }
        Err(Stop::Waits(row, grant)) => {
            let (due, granted) = match grant {
                Grant::At(due) => (due, true),
                Grant::NotBefore(due) => (due, false),
            };
            // A sweep would take the row for one whose job is lost.
            if let Err(error) = hub.table.put_off(&row, due, row.attempts).await {
                report.notes.push(error.to_string());
            }
            hub.queue.jobs(&[Job { granted, ..job }], delay(due, now)).await?;
            report.did = Did::Waits;
        }
    }
    Ok(report)
}

/// Why a look did not come to its end.
enum Stop {
    Table(TableError),
    Queue(QueueError),
    /// The row is to be put off by so much, for this reason.
    Later(Box<Row>, Millis, String),
    /// The row is to be put off until the account's bucket has its calls.
    Waits(Box<Row>, Grant),
}

impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl From<QueueError> for Stop {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl Stop {
    /// A store in memory failed, which it does not.
    fn store(error: StoreError) -> Self {
        Self::Table(TableError::Transient(error.to_string()))
    }

    /// AWS did not answer.
    fn faulty(row: &Row, error: &CloudError) -> Self {
        Self::Later(Box::new(row.clone()), faulty(row.attempts), error.to_string())
    }

    /// AWS does not show a change yet.
    fn not_yet(row: &Row, reason: String) -> Self {
        Self::Later(Box::new(row.clone()), settling(row.attempts), reason)
    }
}

async fn attempt<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    job: &Job,
    now: Millis,
    report: &mut Evaluated,
) -> Result<Did, Stop> {
    let key = &job.key;
    let row = hub.table.row(key).await?;
    if !row.is_wanted() || row.due > now {
        // Whoever wrote the last outcome may not have got to tell it.
        let told = hub.tell(&row, &[], now).await?;
        let due = row.is_wanted().then_some(row.due);
        if let Some(due) = due.into_iter().chain(told.again).min() {
            // What is set aside for it stays so: otherwise two jobs of one row could put each other off for ever.
            hub.queue.jobs(std::slice::from_ref(job), delay(due, now)).await?;
        }
        report.told(told);
        return Ok(if row.is_wanted() { Did::Early } else { Did::Nothing });
    }
    report.events = row.causes.keys().cloned().collect();
    if row.causes_dropped > 0 {
        report.notes.push(format!("{} more events led here", row.causes_dropped));
    }
    if !job.granted {
        let draft = Draft::of(key, hub.evaluator.looks_through_roles(), hub.settings.bucket);
        match hub.table.take(key.account(), draft, now).await? {
            Grant::At(moment) if moment <= now => {}
            grant => return Err(Stop::Waits(Box::new(row), grant)),
        }
    }
    match key {
        Key::Principal { .. } => principal::evaluate(hub, &row, now, report).await,
        Key::Account { account } => account::evaluate(hub, &row, account, now, report).await,
    }
}

/// Sees that AWS shows the row's changes. `true`: it may not show all of them, and is waited for no longer.
///
/// # Errors
/// It does not yet.
fn wait_for_changes<C, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    changes: &[Change],
    inventory: &Inventory,
    report: &mut Evaluated,
) -> Result<bool, Stop> {
    // Of changes that the row has no room for, it is not known whether AWS shows them.
    let gave_up = row.causes_dropped > 0;
    let Some(unseen) = unseen(changes, inventory, evaluated_id(row)) else { return Ok(gave_up) };
    let attempts = if unseen.uncertain { hub.settings.attempts.min(3) } else { hub.settings.attempts };
    let Change { event_name, event_id, .. } = unseen.change;
    if row.attempts < attempts {
        return Err(Stop::not_yet(row, format!("AWS does not show {event_name} {event_id} yet")));
    }
    report.notes.push(format!("AWS still does not show {event_name} {event_id}: evaluated as it is"));
    Ok(gave_up || !unseen.uncertain)
}

/// How long, where they are told with those of the whole account, at its end: as long as the function may run.
const TELLING_BASELINE: Millis = 5 * 60_000;

/// Until when the alerts of a batch that is written now are its writer's.
fn telling(batch: &Batch, now: Millis) -> Millis {
    match batch.transitions.as_slice() {
        [] => 0,
        transitions if transitions.iter().any(|transition| transition.baseline) => now + TELLING_BASELINE,
        _ => now + TELLING,
    }
}

/// After an outcome was written: tells what is pending, and sends the job again if more is wanted.
async fn after<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    wanted: u64,
    again: Option<Millis>,
    now: Millis,
    report: &mut Evaluated,
) -> Result<(), Stop> {
    let told = hub.tell(row, &report.transitions, now).await?;
    let retry = told.again;
    report.told(told);
    let job = Job::new(row.key.clone());
    let due = match again {
        // Nobody else wants it looked at.
        Some(again) if wanted == row.wanted + 1 => Some(again),
        _ if wanted > row.wanted => Some(now + 1_000),
        _ => None,
    };
    if let Some(due) = due.into_iter().chain(retry).min() {
        hub.queue.jobs(&[job], delay(due, now)).await?;
    }
    Ok(())
}

/// After another look was written first: sends the job again.
async fn superseded<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    now: Millis,
) -> Result<Did, Stop> {
    hub.queue.jobs(&[Job::new(row.key.clone())], delay(now + 1_000, now)).await?;
    Ok(Did::Superseded)
}
