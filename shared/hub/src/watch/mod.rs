//! Watching itself: whether the hub's part is in order in every account that it watches.
//!
//! A rule that somebody disabled tells nothing, not even that. So every account is asked in turn what lacks
//! ([`Cloud::outpost`]); a gap is told once when it is new, and once when it is closed.

mod account;

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

pub use account::Notice;

use crate::edges::{Cloud, CloudError, Table, Topic};
use crate::hub::{Fault, Hub};
use crate::note;
use crate::sweep::Swept;
use crate::work::{Millis, SCHEMA_VERSION};
use account::{Later, verify};

/// The name of the note that says how far it got.
const NAME: &str = "watch";

/// How many accounts are asked at once. Each is asked by a role of its own, so that no limit of AWS is shared;
/// it is the hub's memory that is spared.
const AT_ONCE: usize = 16;

/// How many accounts that could not be verified are named by one call.
const NAMED: usize = 20;

/// How far it got, as the table keeps it between calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    schema: u32,
    /// When the current pass over all accounts began; 0: never.
    started: Millis,
    /// The last account of it that was tried, in their order.
    after: String,
    /// Whether it is not over.
    under_way: bool,
    /// Accounts that could not be verified: each call tries them again.
    again: BTreeSet<String>,
    /// Accounts in which something lacks.
    open: BTreeSet<String>,
}

/// Goes on with the pass over all accounts, or begins the next if it is time, until `clock` says `deadline`.
///
/// # Errors
/// Those of the note that says how far it got. What one account comes to is noted and tried again.
pub(crate) async fn go_on<C: Cloud, T: Table, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
    swept: &mut Swept,
) -> Result<(), Fault> {
    let mut note = hub.table.note(NAME).await?;
    let mut state: State = note::read(NAME, note.as_deref())?;
    swept.with_gaps = state.open.len();
    swept.unverified = state.again.len();
    let is_time = clock() - state.started >= hub.settings.verify_every;
    if !state.under_way && !is_time && state.again.is_empty() {
        return Ok(());
    }
    let watched = match watched(hub).await {
        Ok(watched) => watched,
        Err(error) => {
            swept.notes.push(format!("which accounts to verify is not known: {error}"));
            return Ok(());
        }
    };
    if !state.under_way && is_time {
        state = State { started: clock(), after: String::new(), under_way: true, ..state };
        // Of accounts that are watched no more nothing lacks any more.
        let gone = state.open.iter().filter(|id| watched.is_gone(id)).cloned();
        state.again = state.again.iter().cloned().chain(gone).collect();
    }
    let is_in_turn = |id: &&String| state.under_way && **id > state.after;
    let mut todo: Vec<String> = watched.accounts.iter().filter(is_in_turn).cloned().collect();
    let in_turn = todo.len();
    let is_further = |id: &&String| !(is_in_turn(id) && watched.accounts.contains(*id));
    todo.extend(state.again.iter().filter(is_further).cloned());

    let mut tried = 0;
    let mut late = Vec::new();
    loop {
        state.under_way = tried < in_turn;
        if let Some(last) = todo[..tried.min(in_turn)].last() {
            state.after.clone_from(last);
        }
        if !save(hub, &mut note, &state).await? {
            swept.notes.push("another sweep verifies the accounts".to_owned());
            break;
        }
        if tried == todo.len() || clock() >= deadline {
            break;
        }
        let some = &todo[tried..todo.len().min(tried + AT_ONCE)];
        tried += some.len();
        let looks = some.iter().map(|id| verify(hub, id, watched.is_gone(id)));
        for (id, seen) in some.iter().zip(join_all(looks).await) {
            match seen {
                Ok(lacks) => {
                    swept.verified += 1;
                    state.again.remove(id);
                    state.open.remove(id);
                    state.open.extend(lacks.then(|| id.clone()));
                }
                // What was found to lack before is still taken to.
                Err(Later(why)) => {
                    late.push(format!("account {id} is not verified: {why}"));
                    state.again.insert(id.clone());
                }
            }
        }
    }
    let unnamed = late.len().saturating_sub(NAMED);
    late.truncate(NAMED);
    late.extend((unnamed > 0).then(|| format!("{unnamed} more accounts are not verified")));
    swept.notes.extend(late);
    swept.with_gaps = state.open.len();
    swept.unverified = state.again.len();
    Ok(())
}

/// The accounts that are watched.
struct Watched {
    accounts: BTreeSet<String>,
    /// Whether there are no others.
    is_whole: bool,
}

impl Watched {
    fn is_gone(&self, account: &str) -> bool {
        self.is_whole && !self.accounts.contains(account)
    }
}

/// The accounts of the organization, and the hub's own; that one alone where nobody says which there are.
async fn watched<C: Cloud, T, Q, P>(hub: &Hub<'_, C, T, Q, P>) -> Result<Watched, CloudError> {
    let known = match hub.organization().await {
        Ok(organization) => hub.accounts(&organization),
        Err(error @ CloudError::Transient(_)) => return Err(error),
        Err(_) => None,
    };
    let is_whole = known.is_some();
    let own = hub.settings.account.clone();
    Ok(Watched { accounts: known.unwrap_or_default().into_iter().chain([own]).collect(), is_whole })
}

/// Writes down how far it got; `false`: somebody else has.
async fn save<C, T: Table, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    note: &mut Option<String>,
    state: &State,
) -> Result<bool, Fault> {
    let state = State { schema: SCHEMA_VERSION, ..state.clone() };
    let text = note::write(NAME, &state)?;
    if note.as_deref() == Some(&text) {
        return Ok(true);
    }
    let saved = hub.table.set_note(NAME, note.as_deref(), &text).await?;
    *note = Some(text);
    Ok(saved)
}
