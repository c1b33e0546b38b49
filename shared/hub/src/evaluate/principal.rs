//! One principal: read by itself, with what binds it.

use stanchion_changes::{Change, Target};
use stanchion_inventory::{Inventory, InventoryError};
use stanchion_pipeline::Others;

use super::look::{FIXES, When, look, unreadable};
use super::renamed::{join, keep, moved_here};
use super::{Did, Evaluated, Stop, after, superseded, telling, wait_for_changes};
use crate::causes::changes;
use crate::edges::{Cloud, CloudError, Outcome, Queue, Table, Topic, Written};
use crate::hub::Hub;
use crate::known::{NOBODY, without};
use crate::work::{Job, Key, Kind, Millis, Row};

/// What AWS says of a principal.
enum Reading {
    /// The inventory that it is in, or is known not to be in.
    Known(Inventory),
    /// It cannot be told, for this reason.
    Unreadable(String),
}

pub(super) async fn evaluate<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    row: &Row,
    now: Millis,
    report: &mut Evaluated,
) -> Result<Did, Stop> {
    let (changes, unknown) = changes(row, &hub.interpreter);
    report.notes.extend(unknown.iter().map(|id| format!("event {id} cannot be read any more")));
    let reading = match read(hub, &row.key, &changes).await {
        Ok(reading) => reading,
        Err(error @ CloudError::Transient(_)) => return Err(Stop::faulty(row, &error)),
        Err(error) => Reading::Unreadable(error.to_string()),
    };
    let gave_up = match &reading {
        Reading::Known(inventory) => wait_for_changes(hub, row, &changes, inventory, report)?,
        Reading::Unreadable(_) => row.causes_dropped > 0,
    };
    let mut memory = hub.table.memory(&row.key).await?;
    let fixes = (FIXES, Others::Unknown);
    let when = When { now, second_look: hub.settings.second_look, before: None, fixes };
    let mut outcome = match &reading {
        Reading::Known(inventory) => {
            report.principals = 1;
            let moved = moved_here(hub, row, &changes, inventory).await?;
            memory = join(memory, &moved);
            let evaluator = hub.evaluator.on(inventory).at(Some(i128::from(now) * 1_000_000));
            let mut outcome = look(&evaluator, row, &changes, &memory, when).map_err(Stop::store)?;
            keep(&mut outcome, &moved);
            outcome
        }
        Reading::Unreadable(reason) => {
            report.notes.push(reason.clone());
            unreadable(row, &memory, reason, now)
        }
    };
    if gave_up {
        outcome.again = outcome.again.max(Some(now + when.second_look));
    }
    if let Reading::Unreadable(_) = reading {
        // The account's own row says that it cannot be read, once for all of its principals.
        let account = Key::Account { account: row.key.account().to_owned() };
        hub.table.raise(&account, None, now).await?;
        hub.queue.jobs(&[Job::new(account)], 0).await?;
    }
    let outcome = Outcome { telling: telling(&outcome.batch, now), ..outcome };
    match hub.table.commit(row, &outcome).await? {
        Written::Superseded => superseded(hub, row, now).await,
        Written::Yes { wanted } => {
            report.transitions = outcome.batch.transitions;
            after(hub, row, wanted, outcome.again, now, report).await?;
            Ok(Did::Looked)
        }
    }
}

async fn read<C: Cloud, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    key: &Key,
    changes: &[Change],
) -> Result<Reading, CloudError> {
    let organization = hub.organization().await?;
    let account = key.account();
    let roles = hub.evaluator.asks_for_roles();
    let is_root = matches!(key, Key::Principal { kind: Kind::Root, .. });
    if hub.is_gone(account, &organization) {
        return Ok(known(key, without(organization, account)));
    }
    let inventory = if hub.evaluator.looks_through_roles() {
        organization.with_account(account, &hub.cloud.account(account).await?.join("\n"))
    } else if is_root && !roles {
        organization.with_account(account, NOBODY)
    } else {
        let doubted: Vec<String> = changes.iter().filter_map(policy_of).collect();
        let details = hub.cloud.principal(key, roles, &doubted).await?;
        organization.with_account(account, details.as_deref().unwrap_or(NOBODY))
    };
    let is_role = matches!(key, Key::Principal { kind: Kind::Role, .. });
    Ok(match inventory {
        Ok(inventory) if !is_role => known(key, with_credentials(hub, inventory, key).await?),
        inventory => known(key, inventory),
    })
}

fn known(key: &Key, inventory: Result<Inventory, InventoryError>) -> Reading {
    match inventory {
        Ok(inventory) => Reading::Known(inventory),
        Err(error) => Reading::Unreadable(format!("the details of {key} cannot be read: {error}")),
    }
}

/// The inventory with the credentials of the row's account or user, if rules ask for them. Where the hub may not
/// read them they stay unknown.
///
/// # Errors
/// Those that pass.
pub(super) async fn with_credentials<C: Cloud, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    inventory: Inventory,
    key: &Key,
) -> Result<Result<Inventory, InventoryError>, CloudError> {
    if !hub.evaluator.asks_for_credentials() {
        return Ok(Ok(inventory));
    }
    match hub.cloud.credentials(key).await {
        Ok(Some(report)) => Ok(inventory.with_credentials(key.account(), &report)),
        Err(error @ CloudError::Transient(_)) => Err(error),
        Ok(None) | Err(_) => Ok(Ok(inventory)),
    }
}

/// The managed policy that a change is about.
fn policy_of(change: &Change) -> Option<String> {
    match &change.target {
        Target::ManagedPolicy { arn } => Some(arn.clone()),
        _ => None,
    }
}
