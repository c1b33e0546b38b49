//! On a schedule: what events missed, what was left over, and whether the hub still hears of every account.
//!
//! Nothing is evaluated here: rows are raised and jobs sent, and whoever takes them knows what changed
//! since, new rules included.

mod state;
mod suppressions;

use std::collections::BTreeMap;

use stanchion_findings::Transition;
use stanchion_pipeline::digests;

use crate::edges::{Cloud, CloudError, Queue, Table, Topic};
use crate::hub::{Fault, Hub};
use crate::note;
use crate::rulebook;
use crate::watch;
use crate::work::{Job, Key, Millis};
use state::{NAME, State};
pub use suppressions::Unused;

/// How many accounts are asked for between two notes of how far it got.
const AT_ONCE: usize = 50;

/// How long a row must have been due to count as left over: its job may be on its way.
const LEFT_OVER: Millis = 5 * 60_000;

/// How long an alert must have been pending to count as left behind.
const LEFT_BEHIND: Millis = 5 * 60_000;

/// How many alerts that are pending are kept in mind.
const IN_MIND: usize = 2_000;

/// How far a sweep got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// When the current pass over all accounts began.
    pub started: Millis,
    /// How many accounts' evaluations it has asked for so far, those of earlier calls included.
    pub accounts: usize,
    /// Of how many.
    pub of: usize,
    /// Whether the pass is over.
    pub finished: bool,
    /// How many rows with work left over were given a new job.
    pub left_over: usize,
    /// How many alerts that were left pending are out now.
    pub published: usize,
    /// How many of the accounts are there no more: they are looked at a last time.
    pub gone: usize,
    /// Whether the newest edition of the rulebook is refused, so that an older one is kept.
    pub rulebook_refused: bool,
    /// In how many accounts this call has verified the hub's part.
    pub verified: usize,
    /// In how many the last try did not tell: AWS, the table or the topic did not answer. The next call tries
    /// again.
    pub unverified: usize,
    /// In how many something lacks of it, as far as is known.
    pub with_gaps: usize,
    /// How many suppressions fit no finding, and have not for long; only of a call that looked.
    pub unused_suppressions: usize,
    /// What to know.
    pub notes: Vec<String>,
}

/// Goes on with the pass over all accounts, or begins the next if it is time or the rules are others, and
/// picks up what was left over, until `clock` says `deadline`. What is left then is the next call's.
///
/// # Errors
/// What kept it from going on; the next call does.
pub async fn sweep<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
) -> Result<Swept, Fault> {
    let mut swept = Swept::default();
    let mut note = hub.table.note(NAME).await?;
    let mut state: State = note::read(NAME, note.as_deref())?;

    // First what is late already.
    left_over(hub, clock, deadline, &mut swept).await?;
    left_behind(hub, &mut state, clock, deadline, &mut swept).await?;
    let standing = rulebook::tell(&hub.table, &hub.topic).await?;
    swept.rulebook_refused = standing.refused;
    swept.notes.extend(standing.untold);

    let digests = digests(hub.evaluator.rulebook());
    let rules = format!("{} {} {}", digests.rulebook, digests.catalogue, digests.engine);
    let is_time = clock() - state.started >= hub.settings.sweep_every;
    // Functions that do not know of the edition yet would evaluate by the one before, until the next pass.
    let goes_round = state.started > 0
        && standing.adopted_at.is_some_and(|at| clock() - at < hub.settings.rulebook_settle);
    // What is suppressed opens again when its day has come, though nothing happens.
    let ran_out = suppressions::ran_out(hub.evaluator.rulebook(), state.started, clock());
    if !goes_round && (state.rules != rules || state.is_over() && (is_time || ran_out)) {
        match accounts(hub).await {
            Ok(Some(accounts)) => swept.gone = state.begin(clock(), rules, accounts),
            Ok(None) => swept.notes.push("the organization's accounts are not known".to_owned()),
            Err(error) => swept.notes.push(error.to_string()),
        }
    }
    loop {
        if !save(hub, &mut note, &state).await? {
            swept.notes.push("another sweep is under way".to_owned());
            break;
        }
        if state.is_over() || clock() >= deadline {
            break;
        }
        let some = state.accounts.iter().skip(state.done).take(AT_ONCE);
        let mut jobs = Vec::new();
        for account in some {
            let key = Key::Account { account: account.clone() };
            hub.table.raise(&key, None, clock()).await?;
            jobs.push(Job::new(key));
        }
        hub.queue.jobs(&jobs, 0).await?;
        state.done += jobs.len();
    }
    watch::go_on(hub, clock, deadline, &mut swept).await?;
    suppressions::go_on(hub, clock, deadline, &mut swept).await?;
    swept.started = state.started;
    (swept.accounts, swept.of) = (state.done, state.accounts.len());
    swept.finished = state.is_over();
    Ok(swept)
}

/// The accounts to evaluate, read anew: an event of the organization may have been missed too.
async fn accounts<C: Cloud, T, Q, P>(hub: &Hub<'_, C, T, Q, P>) -> Result<Option<Vec<String>>, CloudError> {
    hub.cloud.read_again().await?;
    let organization = hub.organization().await?;
    Ok(hub.accounts(&organization))
}

/// Writes down how far it got; `false`: somebody else has.
async fn save<C, T: Table, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    note: &mut Option<String>,
    state: &State,
) -> Result<bool, Fault> {
    let text = state.text()?;
    if note.as_deref() == Some(&text) {
        return Ok(true);
    }
    let saved = hub.table.set_note(NAME, note.as_deref(), &text).await?;
    *note = Some(text);
    Ok(saved)
}

/// Gives rows whose jobs are lost new ones.
async fn left_over<C, T: Table, Q: Queue, P>(
    hub: &Hub<'_, C, T, Q, P>,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
    swept: &mut Swept,
) -> Result<(), Fault> {
    let mut page = None;
    loop {
        let rows = hub.table.left_over(clock() - LEFT_OVER, page.as_deref()).await?;
        let jobs: Vec<Job> = rows.entries.into_iter().map(Job::new).collect();
        if !jobs.is_empty() {
            hub.queue.jobs(&jobs, 0).await?;
        }
        swept.left_over += jobs.len();
        page = rows.next;
        if page.is_none() || clock() >= deadline {
            return Ok(());
        }
    }
}

/// Publishes alerts that have been pending since some earlier call.
async fn left_behind<C, T: Table, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    state: &mut State,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
    swept: &mut Swept,
) -> Result<(), Fault> {
    let known: BTreeMap<String, Millis> = std::mem::take(&mut state.pending).into_iter().collect();
    let mut page = None;
    loop {
        let now = clock();
        let pending = hub.table.pending(None, page.as_deref()).await?;
        let since = |transition: &Transition| known.get(&transition.id).copied().unwrap_or(now);
        let in_mind = pending.entries.iter().map(|transition| (transition.id.clone(), since(transition)));
        state.pending.extend(in_mind);
        let is_late = |transition: &Transition| now - since(transition) >= LEFT_BEHIND;
        let late: Vec<_> = pending.entries.into_iter().filter(is_late).collect();
        let told = hub.publish(late, now).await?;
        swept.published += told.published;
        if told.failed > 0 {
            swept.notes.push(format!("the topic did not take {} alerts", told.failed));
        }
        page = pending.next;
        if page.is_none() {
            break;
        }
        if clock() >= deadline {
            // What was not come to stays in mind.
            state.pending.extend(known);
            break;
        }
    }
    state.pending.sort();
    state.pending.dedup_by(|a, b| a.0 == b.0);
    state.pending.truncate(IN_MIND);
    Ok(())
}
