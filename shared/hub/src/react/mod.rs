//! Events in, rows and jobs out. Nothing is evaluated here.
//!
//! A row is raised before its job is sent: a job that is lost leaves a row that says that work is left
//! over, while a job without a row would find nothing wanted.

mod reach;

use std::collections::BTreeSet;

use serde_json::Value;
use stanchion_changes::{Change, Ignored, Meta, Target, Verdict, read_events};
use stanchion_inventory::Inventory;

use crate::backoff::{delay, faulty, settling};
use crate::edges::{Cloud, CloudError, Holder, Queue, QueueError, Sent, Table, TableError, Topic};
use crate::hub::{Fault, Hub};
use crate::work::{Cause, Fan, Job, Key, Kind, Millis, SCHEMA_VERSION};
use reach::{FEW, Reach, condense, reach};

/// How many rows are raised for one message; the rest is another message's.
const AT_ONCE: usize = 100;

/// What came of one message of the events queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reacted {
    /// The event.
    pub event: Meta,
    /// Why it is no change, in kebab case, as `failed-call`; `None`: it is one. An `unknown-event` was
    /// published.
    pub ignored: Option<String>,
    /// What it was made to, in words; empty if it is no change.
    pub target: String,
    /// How many rows were raised.
    pub rows: usize,
    /// Whether there are more, which a message of the same queue will see to.
    pub more: bool,
    /// Why it was put off, if it was: a message of the same queue tries again.
    pub put_off: Option<String>,
    /// What to know about the rows: that some may be missing.
    pub notes: Vec<String>,
}

/// Sees to one message of the events queue: an event as EventBridge delivers it, or a [`Fan`].
/// `now` is the moment.
///
/// # Errors
/// What lets the item fail.
pub async fn react<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    body: &str,
    now: Millis,
) -> Result<Reacted, Fault> {
    let fan = message(body)?;
    let events = read_events(&fan.event, "message").map_err(|error| Fault::Poison(error.to_string()))?;
    let [event] = events.as_slice() else {
        return Err(Fault::Poison(format!("{} events in one message", events.len())));
    };
    let mut report = Reacted::default();
    let verdict = match &event.envelope {
        Some(_) => hub.interpreter.look(event),
        // Only an envelope tells AWS's own events from others.
        None => return Err(Fault::Poison("the event has no envelope of EventBridge".to_owned())),
    };
    let did = match verdict {
        Verdict::Change(change) => {
            report.event = meta(&change);
            report.target = change.target.to_string();
            on_change(hub, &change, &fan, now, &mut report).await
        }
        Verdict::Ignored(ignored) => {
            report.event = ignored.meta;
            report.ignored = Some(ignored.reason.to_string());
            match ignored.reason {
                Ignored::UnknownEvent => on_unknown(hub, &report.event).await,
                _ => Ok(()),
            }
        }
    };
    match did {
        Ok(()) => {}
        Err(Stop::Queue(error)) => return Err(error.into()),
        Err(Stop::Table(error @ TableError::Unreadable { .. })) => return Err(error.into()),
        Err(Stop::Later(wait, reason)) => put_off(hub, fan, wait, reason, now, &mut report).await?,
        Err(Stop::Table(error)) => {
            let wait = faulty(fan.attempts);
            put_off(hub, fan, wait, error.to_string(), now, &mut report).await?;
        }
    }
    Ok(report)
}

/// Why a message was not seen to.
enum Stop {
    Table(TableError),
    Queue(QueueError),
    /// It is to be put off by so much, for this reason.
    Later(Millis, String),
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

/// The event of a message, and where to go on with it.
fn message(body: &str) -> Result<Fan, Fault> {
    let value: Value =
        serde_json::from_str(body).map_err(|error| Fault::Poison(format!("not JSON: {error}")))?;
    // What EventBridge delivers has these members, whatever else somebody put on the bus.
    if value.get("detail-type").is_some() || value.get("detail").is_some() {
        return Ok(Fan { schema: SCHEMA_VERSION, event: body.to_owned(), from: String::new(), attempts: 0 });
    }
    let fan: Fan = serde_json::from_value(value)
        .map_err(|error| Fault::Poison(format!("neither an event nor the rest of one: {error}")))?;
    if fan.schema > SCHEMA_VERSION {
        return Err(Fault::Poison(format!("the message is of schema {}, which is newer", fan.schema)));
    }
    Ok(fan)
}

async fn put_off<C, T, Q: Queue, P>(
    hub: &Hub<'_, C, T, Q, P>,
    fan: Fan,
    wait: Millis,
    reason: String,
    now: Millis,
    report: &mut Reacted,
) -> Result<(), Fault> {
    let fan = Fan { attempts: fan.attempts.saturating_add(1), ..fan };
    hub.queue.fan(&fan, delay(now + wait, now)).await?;
    report.put_off = Some(reason);
    Ok(())
}

async fn on_unknown<C, T, Q, P: Topic>(hub: &Hub<'_, C, T, Q, P>, event: &Meta) -> Result<(), Stop> {
    match hub.topic.publish(&[Sent::UnknownEvent(event)]).await.pop() {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(Stop::Later(faulty(2), error.to_string())),
        None => Err(Stop::Later(faulty(2), "the topic did not answer".to_owned())),
    }
}

async fn on_change<C: Cloud, T: Table, Q: Queue, P>(
    hub: &Hub<'_, C, T, Q, P>,
    change: &Change,
    fan: &Fan,
    now: Millis,
    report: &mut Reacted,
) -> Result<(), Stop> {
    let later = |error: &CloudError| Stop::Later(faulty(fan.attempts), error.to_string());
    if is_of_the_organization(change) && fan.from.is_empty() {
        match hub.cloud.organization_changed(change).await {
            Ok(true) => {}
            Ok(false) if fan.attempts < hub.settings.attempts => {
                let reason = "AWS does not show the change of the organization yet".to_owned();
                return Err(Stop::Later(settling(fan.attempts), reason));
            }
            Ok(false) => report.notes.push("AWS still does not show the change".to_owned()),
            Err(error @ CloudError::Transient(_)) => return Err(later(&error)),
            Err(error) => report.notes.push(error.to_string()),
        }
    }
    let organization = match hub.organization().await {
        Ok(organization) => organization,
        Err(error @ CloudError::Transient(_)) => return Err(later(&error)),
        Err(error) => {
            report.notes.push(error.to_string());
            Inventory::default()
        }
    };
    let accounts = hub.accounts(&organization);
    let reach = reach(change, &organization, accounts.as_deref(), hub.evaluator.asks_for_roles());
    let keys = narrow(hub, reach, report).await.map_err(|error| later(&error))?;
    raise(hub, change, keys, fan, now, report).await
}

/// The account's row in place of a role's: what a role may do is what others may do through it.
fn account_for_role(key: Key) -> Key {
    match key {
        Key::Principal { account, kind: Kind::Role, .. } => Key::Account { account },
        key => key,
    }
}

/// Raises the rows, a hundred at a time, and sends their jobs.
async fn raise<C, T: Table, Q: Queue, P>(
    hub: &Hub<'_, C, T, Q, P>,
    change: &Change,
    keys: BTreeSet<Key>,
    fan: &Fan,
    now: Millis,
    report: &mut Reacted,
) -> Result<(), Stop> {
    let mut rest: Vec<(String, Key)> = keys.into_iter().map(|key| (key.to_string(), key)).collect();
    rest.sort();
    rest.retain(|(name, _)| *name > fan.from);
    let more = rest.split_off(rest.len().min(AT_ONCE));
    let cause = Cause::of(&fan.event);
    let due = now + hub.settings.settle;
    let mut jobs = Vec::new();
    for (_, key) in &rest {
        hub.table.raise(key, Some((&change.event_id, &cause)), due).await?;
        jobs.push(Job::new(key.clone()));
    }
    if !jobs.is_empty() {
        hub.queue.jobs(&jobs, delay(due, now)).await?;
    }
    report.rows = jobs.len();
    if let (false, Some((last, _))) = (more.is_empty(), rest.last()) {
        hub.queue.fan(&Fan { from: last.clone(), attempts: 0, ..fan.clone() }, 0).await?;
        report.more = true;
    }
    Ok(())
}

/// From groups and policies to those who are in or hold them; an account's row where they are many, or
/// where AWS will not say.
async fn narrow<C: Cloud, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    reach: Reach,
    report: &mut Reacted,
) -> Result<BTreeSet<Key>, CloudError> {
    let Reach { mut keys, mut groups, policies, notes } = reach;
    report.notes.extend(notes);
    let mut whole: BTreeSet<String> = BTreeSet::new();
    let whole_account = |account: &str, error: CloudError, report: &mut Reacted| match error {
        CloudError::Transient(_) => Err(error),
        error => {
            report.notes.push(error.to_string());
            Ok(account.to_owned())
        }
    };
    for (account, arn) in &policies {
        match holders(hub, account, arn).await {
            Ok(Some(holders)) => {
                for holder in holders {
                    let (kind, name) = match holder {
                        Holder::User(name) => (Kind::User, name),
                        Holder::Role(name) => (Kind::Role, name),
                        Holder::Group(name) => {
                            groups.insert((account.clone(), name));
                            continue;
                        }
                    };
                    keys.insert(Key::Principal { account: account.clone(), kind, name });
                }
            }
            Ok(None) => {
                whole.insert(account.clone());
            }
            Err(error) => {
                whole.insert(whole_account(account, error, report)?);
            }
        }
    }
    for (account, group) in groups {
        if whole.contains(&account) {
            continue;
        }
        match members(hub, &account, &group).await {
            Ok(Some(names)) => keys.extend(names.into_iter().map(|name| Key::Principal {
                account: account.clone(),
                kind: Kind::User,
                name,
            })),
            Ok(None) => {
                whole.insert(account);
            }
            Err(error) => {
                whole.insert(whole_account(&account, error, report)?);
            }
        }
    }
    keys.extend(whole.into_iter().map(|account| Key::Account { account }));
    if hub.evaluator.looks_through_roles() {
        keys = keys.into_iter().map(account_for_role).collect();
    }
    Ok(condense(keys))
}

/// Who holds a policy; `None`: more than are looked at by themselves.
async fn holders<C: Cloud, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    account: &str,
    arn: &str,
) -> Result<Option<Vec<Holder>>, CloudError> {
    let (mut found, mut page) = (Vec::new(), None);
    loop {
        let some = hub.cloud.holders(account, arn, page.as_deref()).await?;
        found.extend(some.entries);
        page = some.next;
        if found.len() > FEW {
            return Ok(None);
        }
        if page.is_none() {
            return Ok(Some(found));
        }
    }
}

/// Who is in a group; `None`: more than are looked at by themselves.
async fn members<C: Cloud, T, Q, P>(
    hub: &Hub<'_, C, T, Q, P>,
    account: &str,
    group: &str,
) -> Result<Option<Vec<String>>, CloudError> {
    let (mut found, mut page) = (Vec::new(), None);
    loop {
        let some = hub.cloud.members(account, group, page.as_deref()).await?;
        found.extend(some.entries);
        page = some.next;
        if found.len() > FEW {
            return Ok(None);
        }
        if page.is_none() {
            return Ok(Some(found));
        }
    }
}

/// Whether what the hub has read of the organization, or of Identity Center, may be another now.
fn is_of_the_organization(change: &Change) -> bool {
    let source = change.event_source.as_str();
    let by_service = source.starts_with("organizations.")
        || source.starts_with("sso")
        || source.starts_with("identitystore");
    by_service
        || matches!(
            change.target,
            Target::Node { .. } | Target::OrganizationPolicy { .. } | Target::Organization
        )
}

fn meta(change: &Change) -> Meta {
    Meta {
        event_id: change.event_id.clone(),
        event_name: change.event_name.clone(),
        event_source: change.event_source.clone(),
        event_time: change.event_time.clone(),
        account: change.account.clone(),
    }
}
