//! Event -> verdict.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::change::{Actor, Change, Ignored, IgnoredEvent, Meta, Verdict};
use crate::effect::{self, Effect};
use crate::events::{Envelope, RawEvent};
use crate::kind::Kind;
use crate::record::{Event, Record};
use crate::table::{self, Row, Service, Watched};
use crate::target::target;

/// Interprets the events of one run, and knows again those that come twice: EventBridge delivers
/// at least once.
#[derive(Clone, Debug, Default)]
pub struct Interpreter {
    seen: BTreeSet<String>,
    /// Prefixes of the services that a rule is about, of those that are watched only then.
    ruled: BTreeSet<&'static str>,
}

impl Interpreter {
    /// An interpreter that also watches the services which `ruled` says a rule is about, given their
    /// prefix in actions, as `kms`. [`Interpreter::default`] watches none of these.
    pub fn watching(ruled: impl Fn(&str) -> bool) -> Self {
        let prefixes = table::SERVICES.iter().filter_map(|service| match service.watched {
            Watched::Ruled(prefix) => Some(prefix),
            Watched::Whole | Watched::Part => None,
        });
        Self { seen: BTreeSet::new(), ruled: prefixes.filter(|prefix| ruled(prefix)).collect() }
    }

    /// What this event is. An event whose id was seen before is [`Ignored::Repeated`]. An event
    /// that is not from AWS is not remembered: it could name the id of a real one to come.
    pub fn interpret(&mut self, event: &RawEvent) -> Verdict {
        let verdict = self.look(event);
        self.remember(verdict)
    }

    /// What this event is, whatever came before it: the first half of [`Interpreter::interpret`].
    pub fn look(&self, event: &RawEvent) -> Verdict {
        let record = Record(&event.record);
        let meta = meta(event, record);
        let service = match accepted(event, &meta) {
            Ok(service) => service,
            Err(reason) => return ignored(meta, reason, Effect::None),
        };
        let row = service.find(&meta.event_name);
        let watched = match service.watched {
            Watched::Whole => true,
            Watched::Part => row.is_some(),
            Watched::Ruled(prefix) => row.is_some() && self.ruled.contains(prefix),
        };
        if watched { classify(record, row, meta) } else { ignored(meta, Ignored::NotWatched, Effect::None) }
    }

    /// The verdict on an event that has been looked at, now that it is its turn: the second half.
    pub fn remember(&mut self, verdict: Verdict) -> Verdict {
        if let Verdict::Ignored(event) = &verdict
            && matches!(
                event.reason,
                Ignored::Unreadable { .. }
                    | Ignored::UnwatchedSource
                    | Ignored::NotWatched
                    | Ignored::ForgedSource
            )
        {
            return verdict;
        }
        let id = verdict.event_id();
        // An event without an id cannot be known again.
        if id.is_empty() || self.seen.insert(id.to_owned()) {
            return verdict;
        }
        ignored(verdict.into_meta(), Ignored::Repeated, Effect::None)
    }
}

/// What one event is, without a memory of others, as [`Interpreter::default`] sees it.
pub fn interpret(event: &RawEvent) -> Verdict {
    Interpreter::default().interpret(event)
}

fn meta(event: &RawEvent, record: Record<'_>) -> Meta {
    let text = |name| record.text(name).unwrap_or_default().to_owned();
    let envelope = event.envelope.as_ref().map(|envelope| envelope.account.as_str());
    Meta {
        event_id: text("eventID"),
        event_name: text("eventName"),
        event_source: text("eventSource"),
        event_time: text("eventTime"),
        account: record.account().or(envelope).unwrap_or_default().to_owned(),
    }
}

/// The service of an event, or why the event is not even looked at.
fn accepted(event: &RawEvent, meta: &Meta) -> Result<&'static Service, Ignored> {
    let unreadable = |message: String| Err(Ignored::Unreadable { message });
    if !event.record.is_object() {
        return unreadable("the event has no record".to_owned());
    }
    for (name, value) in [("eventSource", &meta.event_source), ("eventName", &meta.event_name)] {
        if value.is_empty() {
            return unreadable(format!("the record has no `{name}`"));
        }
    }
    let Some(service) = table::service(&meta.event_source) else {
        return Err(Ignored::UnwatchedSource);
    };
    if let Some(envelope) = &event.envelope
        && !genuine(envelope, service.event_bridge, Record(&event.record))
    {
        return Err(Ignored::ForgedSource);
    }
    if meta.account.is_empty() {
        return unreadable("the record names no account".to_owned());
    }
    Ok(service)
}

/// Whether an envelope fits its record (EventBridge User Guide, "AWS service events delivered via
/// CloudTrail"). Only AWS can put events with a source of `aws.`.
fn genuine(envelope: &Envelope, source: &str, record: Record<'_>) -> bool {
    let detail_type = match record.text("eventType") {
        Some("AwsServiceEvent") => envelope.detail_type == "AWS Service Event via CloudTrail",
        Some("AwsConsoleAction") => envelope.detail_type == "AWS Console Action via CloudTrail",
        Some(_) => envelope.detail_type == "AWS API Call via CloudTrail",
        None => envelope.detail_type.ends_with(" via CloudTrail"),
    };
    let account = record.text("recipientAccountId").is_none_or(|id| id == envelope.account);
    envelope.source == source && detail_type && account
}

fn classify(record: Record<'_>, row: Option<&'static Row>, meta: Meta) -> Verdict {
    if record.text("errorCode").is_some() || failed_result(record) {
        return ignored(meta, Ignored::FailedCall, Effect::None);
    }
    let read_only = record.0.get("readOnly").and_then(Value::as_bool);
    let reads = match row {
        // CloudTrail calls `AssumeRole` read-only; what the table calls a change is one.
        Some(row) => row.kind == Kind::None && read_only == Some(true),
        None => read_only.unwrap_or_else(|| is_read(&meta.event_name)),
    };
    if reads {
        return ignored(meta, Ignored::ReadOnly, Effect::None);
    }
    let Some(row) = row else {
        return ignored(meta, Ignored::UnknownEvent, Effect::None);
    };
    let event = Event { record, account: &meta.account, row };
    let effect = effect::read::read(event);
    if row.kind == Kind::None || row.only_if.is_some_and(|condition| !condition.holds(event)) {
        return ignored(meta, Ignored::NoEffect, effect);
    }
    Verdict::Change(Box::new(Change {
        kind: row.kind,
        partition: record.partition().to_owned(),
        actor: actor(record),
        target: target(event),
        effect,
        event_id: meta.event_id,
        event_name: meta.event_name,
        event_source: meta.event_source,
        event_time: meta.event_time,
        account: meta.account,
    }))
}

/// Accounts are created and closed in the background; how that ended is a service event.
fn failed_result(record: Record<'_>) -> bool {
    ["/createAccountStatus/state", "/closeAccountStatus/state"]
        .into_iter()
        .filter_map(|pointer| record.service_detail(pointer))
        .any(|state| state == "FAILED")
}

/// Whether a name that the table lacks is one of a read, for records that do not say (before
/// version 1.08). Used for nothing else: who is affected is never guessed from a name.
fn is_read(name: &str) -> bool {
    ["Get", "List", "Describe", "Simulate", "Generate"].into_iter().any(|verb| name.starts_with(verb))
}

fn actor(record: Record<'_>) -> Actor {
    let invoked_by = record.identity("invokedBy");
    let arn = record.identity("arn").or(invoked_by).or_else(|| record.identity("principalId"));
    Actor {
        arn: arn.or_else(|| record.identity("accountId")).unwrap_or_default().to_owned(),
        kind: record.identity("type").unwrap_or_default().to_owned(),
        session_issuer: record.session_issuer().map(str::to_owned),
        source_ip: record.text("sourceIPAddress").map(str::to_owned),
        invoked_by: invoked_by.map(str::to_owned),
        user_agent: record.text("userAgent").map(str::to_owned),
    }
}

fn ignored(meta: Meta, reason: Ignored, effect: Effect) -> Verdict {
    Verdict::Ignored(Box::new(IgnoredEvent { meta, reason, effect }))
}
