//! One account: what lacks in it, what is known to lack, and what of that has been told.
//!
//! What is to be told is noted before it is told, and struck out after: whatever stops in between tells it
//! again, under the same id.

use serde::{Deserialize, Serialize};

use crate::edges::{Cloud, CloudError, Gap, Lack, Sent, Table, TableError, Topic};
use crate::hub::Hub;
use crate::note;
use crate::work::SCHEMA_VERSION;

/// How long what is said of a gap may be, in characters.
const WORDS: usize = 300;

/// What is told of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number among those of the account, from 1.
    pub ordinal: u64,
    /// Whether the gaps are there no more; otherwise they are new.
    pub restored: bool,
    /// The gaps.
    pub gaps: Vec<Gap>,
    /// How many gaps the account has now.
    pub left: usize,
}

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    schema: u32,
    /// What lacks.
    gaps: Vec<Gap>,
    /// How many notices there were.
    notices: u64,
    /// Those that are not known to be out.
    untold: Vec<Notice>,
}

impl State {
    /// Takes up what lacks now, and what is to be told of it.
    fn take_up(&mut self, found: Vec<Gap>) {
        let is_in = |gap: &Gap, gaps: &[Gap]| gaps.iter().any(|other| other.is_same(gap));
        let hidden = |gap: &&Gap| !is_in(gap, &found) && found.iter().any(|other| other.hides(gap));
        let mut now: Vec<Gap> = self.gaps.iter().filter(hidden).cloned().collect();
        now.extend(found);
        let new: Vec<Gap> = now.iter().filter(|gap| !is_in(gap, &self.gaps)).cloned().collect();
        let closed: Vec<Gap> = self.gaps.iter().filter(|gap| !is_in(gap, &now)).cloned().collect();
        for (restored, gaps) in [(false, new), (true, closed)] {
            if !gaps.is_empty() {
                self.notices += 1;
                self.untold.push(Notice { ordinal: self.notices, restored, gaps, left: now.len() });
            }
        }
        // Other words for the same gap are not worth a write.
        if !self.untold.is_empty() {
            self.gaps = now;
        }
    }
}

/// Why an account is not verified: it is to be tried again.
pub(super) struct Later(pub(super) String);

impl From<TableError> for Later {
    fn from(error: TableError) -> Self {
        Self(error.to_string())
    }
}

/// Verifies the hub's part in an account, and tells what is new. With `is_gone` it is not asked: of an account
/// that is watched no more nothing lacks. Returns whether something lacks.
pub(super) async fn verify<C: Cloud, T: Table, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    account: &str,
    is_gone: bool,
) -> Result<bool, Later> {
    let name = format!("coverage/{account}");
    let mut note = hub.table.note(&name).await?;
    let mut state: State = note::read(&name, note.as_deref())?;
    // First what somebody noted and did not get to tell, so that no more than one look's is ever left.
    tell(hub, account, &name, &mut state, &mut note).await?;
    let found = if is_gone { Vec::new() } else { look(hub, account).await? };
    state.take_up(found);
    if !state.untold.is_empty() {
        save(hub, &name, &state, &mut note).await?;
        tell(hub, account, &name, &mut state, &mut note).await?;
    }
    Ok(!state.gaps.is_empty())
}

async fn look<C: Cloud, T, Q, P>(hub: &Hub<'_, C, T, Q, P>, account: &str) -> Result<Vec<Gap>, Later> {
    let of_account =
        |lack: Lack, of: &str, reason: String| vec![Gap { lack, region: None, of: of.to_owned(), reason }];
    let mut gaps = match hub.cloud.outpost(account).await {
        Ok(gaps) => gaps,
        Err(error @ CloudError::Transient(_)) => return Err(Later(error.to_string())),
        Err(error @ (CloudError::Refused { .. } | CloudError::OtherAccount { .. })) => {
            of_account(Lack::RoleRefuses, "audit role", error.to_string())
        }
        Err(error @ CloudError::Unreadable(_)) => of_account(Lack::CannotTell, "account", error.to_string()),
    };
    for gap in &mut gaps {
        gap.reason = gap.reason.chars().take(WORDS).collect();
    }
    Ok(gaps)
}

/// Tells what is noted as untold, and strikes it out.
async fn tell<C, T: Table, Q, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    account: &str,
    name: &str,
    state: &mut State,
    note: &mut Option<String>,
) -> Result<(), Later> {
    if state.untold.is_empty() {
        return Ok(());
    }
    for notice in &state.untold {
        match hub.topic.publish(&[Sent::Coverage { account, notice }]).await.pop() {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(Later(error.to_string())),
            None => return Err(Later("the topic did not answer".to_owned())),
        }
    }
    state.untold.clear();
    save(hub, name, state, note).await
}

async fn save<C, T: Table, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    name: &str,
    state: &State,
    note: &mut Option<String>,
) -> Result<(), Later> {
    let state = State { schema: SCHEMA_VERSION, ..state.clone() };
    let text = note::write(name, &state)?;
    if !hub.table.set_note(name, note.as_deref(), &text).await? {
        return Err(Later("another sweep verifies it".to_owned()));
    }
    *note = Some(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(lack: Lack, region: Option<&str>) -> Gap {
        Gap { lack, region: region.map(str::to_owned), of: "rule".to_owned(), reason: String::new() }
    }

    fn told(state: &mut State, found: &[Gap]) -> Vec<(bool, usize, usize)> {
        state.take_up(found.to_vec());
        std::mem::take(&mut state.untold).iter().map(|n| (n.restored, n.gaps.len(), n.left)).collect()
    }

    #[test]
    fn what_is_new_and_what_is_closed_is_told_once() {
        let mut state = State::default();
        let (off, missing) = (gap(Lack::RuleDisabled, Some("a")), gap(Lack::RuleMissing, Some("b")));
        assert_eq!(told(&mut state, std::slice::from_ref(&off)), [(false, 1, 1)]);
        let reworded = Gap { reason: "other words".to_owned(), ..off.clone() };
        assert_eq!(told(&mut state, &[reworded]), []);
        assert_eq!(told(&mut state, std::slice::from_ref(&missing)), [(false, 1, 1), (true, 1, 1)]);
        assert_eq!(told(&mut state, &[]), [(true, 1, 0)]);
        assert_eq!(state.notices, 4);
    }

    /// A gap that cannot be seen is not closed.
    #[test]
    fn what_is_hidden_stays() {
        let mut state = State::default();
        let (here, there) = (gap(Lack::RuleDisabled, Some("a")), gap(Lack::RuleDisabled, Some("b")));
        told(&mut state, &[here, there]);
        assert_eq!(told(&mut state, &[gap(Lack::CannotTell, Some("a"))]), [(false, 1, 2), (true, 1, 2)]);
        assert_eq!(told(&mut state, &[gap(Lack::RoleRefuses, None)]), [(false, 1, 3)]);
        assert_eq!(told(&mut state, &[]), [(true, 3, 0)]);
    }
}
