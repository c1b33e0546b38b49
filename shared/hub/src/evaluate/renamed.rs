//! A user that was given another name keeps its unique id, and so its findings keep theirs: they move to the
//! row of the new name.

use stanchion_changes::{Change, Effect};
use stanchion_findings::{Batch, Finding, State, Subject};
use stanchion_inventory::{EntityKind, Inventory};
use stanchion_pipeline::subject;

use crate::edges::{Memory, Outcome, Table, TableError};
use crate::hub::Hub;
use crate::work::{Key, Kind, Row};

/// What is remembered under the old name of whoever was renamed to the row's name and is there now.
///
/// What is open there is closed without a word before it is returned: a crash in between tells it once more
/// under the new name, rather than that it is resolved.
///
/// # Errors
/// Those of the table.
pub(super) async fn moved_here<C, T: Table, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    changes: &[Change],
    inventory: &Inventory,
) -> Result<Memory, TableError> {
    let mut moved = Memory::default();
    let Key::Principal { account, kind: Kind::User, name } = &row.key else { return Ok(moved) };
    let user = inventory.principal_by_name(account, stanchion_inventory::PrincipalKind::User, name);
    let Some(subject) = user.map(subject) else { return Ok(moved) };
    for old in changes.iter().filter_map(|change| old_name(change, name)) {
        let key = Key::Principal { account: account.clone(), kind: Kind::User, name: old.to_owned() };
        let old_row = hub.table.row(&key).await?;
        let memory = hub.table.memory(&key).await?;
        let of_user = |finding: &Finding| finding.subject == subject;
        moved.findings.extend(memory.findings.iter().filter(|finding| of_user(finding)).cloned());
        moved.subjects.extend(memory.subjects.into_iter().filter(|record| record.subject == subject));
        let open = memory.findings.into_iter().filter(|f| of_user(f) && f.state != State::Resolved);
        let closed: Vec<Finding> =
            open.map(|finding| Finding { state: State::Resolved, ..finding }).collect();
        if !closed.is_empty() {
            close(hub, old_row, closed, &subject).await?;
        }
    }
    Ok(moved)
}

fn old_name<'c>(change: &'c Change, new: &str) -> Option<&'c str> {
    match &change.effect {
        Effect::Rename { entity, name: Some(name), .. }
            if entity.kind == EntityKind::User && name == new && entity.name != new =>
        {
            Some(&entity.name)
        }
        _ => None,
    }
}

/// Writes findings to a row whose own work stays as it is.
async fn close<C, T: Table, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    row: Row,
    findings: Vec<Finding>,
    subject: &Subject,
) -> Result<(), TableError> {
    let batch = Batch { findings, removed_subjects: vec![subject.clone()], ..Batch::default() };
    let (unseen, evaluated) = (row.unseen.clone(), row.evaluated.clone());
    let outcome = Outcome { batch, again: row.again, unseen, evaluated, ..Outcome::default() };
    // Nothing of what is wanted is done by this.
    let as_it_is = Row { wanted: row.done, causes: Default::default(), causes_dropped: 0, ..row };
    hub.table.commit(&as_it_is, &outcome).await?;
    Ok(())
}

/// Adds what moved to what is known already.
pub(super) fn join(memory: Memory, moved: &Memory) -> Memory {
    let mut joined = memory;
    for finding in &moved.findings {
        if joined.findings.iter().all(|known| known.fingerprint != finding.fingerprint) {
            joined.findings.push(finding.clone());
        }
    }
    for record in &moved.subjects {
        if joined.subjects.iter().all(|known| known.subject != record.subject) {
            joined.subjects.push(record.clone());
        }
    }
    joined
}

/// Sees to it that what moved is written under the new name, even if nothing else about it is news.
pub(super) fn keep(outcome: &mut Outcome, moved: &Memory) {
    let findings = &mut outcome.batch.findings;
    for finding in &moved.findings {
        if findings.iter().all(|written| written.fingerprint != finding.fingerprint) {
            findings.push(finding.clone());
        }
    }
}
