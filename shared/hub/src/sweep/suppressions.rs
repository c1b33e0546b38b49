//! Suppressions that fit nothing any more, and those whose day has come.
//!
//! Once a day all findings that are not resolved are held against the rulebook's suppressions. One that has fitted
//! none for long is told, once: what it was for is mended, and whatever comes next would be suppressed unseen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stanchion_pipeline::suppress::about;
use stanchion_rules::Rulebook;
use stanchion_rules::rulebook::{Standing, Suppression, day};

use super::Swept;
use crate::edges::{Sent, Table, Topic};
use crate::hub::{Fault, Hub};
use crate::note;
use crate::work::{Millis, SCHEMA_VERSION};

/// The name of the note that holds the state.
const NAME: &str = "suppressions";

/// How often findings are held against suppressions.
const EVERY: Millis = 24 * 3_600_000;

/// For how long a suppression fits nothing until that is told.
const UNUSED: Millis = 30 * 24 * 3_600_000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    schema: u32,
    /// When the current round began, or the last one; 0: never.
    began: Millis,
    /// Where the current round goes on.
    page: Option<String>,
    /// What has fitted some finding in the current round.
    fitted: BTreeSet<String>,
    /// What is known of each suppression, by what it is about.
    known: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// When it last fitted some finding; at first, when it was first seen.
    used: Millis,
    /// Whether it has been told that it fits nothing.
    told: bool,
}

/// A suppression that has fitted nothing for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The suppression.
    pub suppression: Suppression,
    /// Since when it has fitted nothing.
    pub since: Millis,
}

/// Whether a suppression's day came after a moment, and has come by now.
pub(super) fn ran_out(rulebook: &Rulebook, after: Millis, now: Millis) -> bool {
    rulebook.suppressions.iter().any(|suppression| {
        let ends = suppression.ends().div_euclid(1_000_000);
        i128::from(after) < ends && ends <= i128::from(now)
    })
}

/// Goes on with the current round, or begins the next if it is time, until `clock` says `deadline`.
///
/// # Errors
/// Those of the table; the next call goes on.
pub(super) async fn go_on<C, T: Table, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
    swept: &mut Swept,
) -> Result<(), Fault> {
    let suppressions = &hub.evaluator.rulebook().suppressions;
    if suppressions.is_empty() {
        return Ok(());
    }
    let note = hub.table.note(NAME).await?;
    let mut state: State = note::read(NAME, note.as_deref())?;
    if state.page.is_none() {
        if state.began > 0 && clock() - state.began < EVERY {
            return Ok(());
        }
        state = State { schema: SCHEMA_VERSION, began: clock(), known: state.known, ..State::default() };
    }
    loop {
        let page = hub.table.unresolved(state.page.as_deref()).await?;
        for suppression in suppressions {
            if page.entries.iter().any(|finding| suppression.fits(about(finding))) {
                state.fitted.insert(suppression.to_string());
            }
        }
        state.page = page.next;
        if state.page.is_none() || clock() >= deadline {
            break;
        }
    }
    if state.page.is_none() {
        tell(hub, suppressions, &mut state, swept).await;
    }
    let text = note::write(NAME, &state)?;
    // If another sweep was quicker, it did the same.
    hub.table.set_note(NAME, note.as_deref(), &text).await?;
    Ok(())
}

/// Ends a round: notes what fitted, and tells of what has not for long. What the topic does not take is told by the
/// next round.
async fn tell<C, T, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    suppressions: &[Suppression],
    state: &mut State,
    swept: &mut Swept,
) {
    let began = state.began;
    let before = std::mem::take(&mut state.known);
    let longest = hub.evaluator.rulebook().longest_suppression;
    let today = day(i128::from(began) * 1_000_000);
    for suppression in suppressions {
        let name = suppression.to_string();
        let mut known = before.get(&name).cloned().unwrap_or(Known { used: began, told: false });
        if state.fitted.contains(&name) {
            known = Known { used: began, told: false };
        }
        // One that is not in force hides nothing.
        let in_force = today.is_some_and(|day| suppression.standing(day, longest) == Standing::InForce);
        if in_force && began - known.used >= UNUSED {
            swept.unused_suppressions += 1;
            if !known.told {
                let unused = Unused { suppression: suppression.clone(), since: known.used };
                let results = hub.topic.publish(&[Sent::UnusedSuppression(&unused)]).await;
                known.told = results.first().is_some_and(Result::is_ok);
                swept.notes.push(format!("the suppression of {name} has fitted no finding for 30 days"));
            }
        }
        state.known.insert(name, known);
    }
    state.fitted.clear();
}
