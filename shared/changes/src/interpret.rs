//! Event -> verdict.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::change::{Actor, Change, Ignored, IgnoredEvent, Meta, Verdict};
use crate::effect::{self, Effect};
use crate::events::{Envelope, RawEvent};
use crate::kind::Kind;
use crate::record::Record;
use crate::table;
use crate::target::target;

/// Interprets the events of one run, and knows again those that come twice: EventBridge delivers
/// at least once.
#[derive(Clone, Debug, Default)]
pub struct Interpreter {
    seen: BTreeSet<String>,
}

impl Interpreter {
    /// What this event is. An event whose id was seen before is [`Ignored::Repeated`]. An event
    /// that is not from AWS is not remembered: it could name the id of a real one to come.
    pub fn interpret(&mut self, event: &RawEvent) -> Verdict {
        let record = Record(&event.record);
        let meta = meta(event, record);
        if let Some(reason) = refused(event, &meta) {
            return ignored(meta, reason, Effect::None);
        }
        // An event without an id cannot be known again.
        if !meta.event_id.is_empty() && !self.seen.insert(meta.event_id.clone()) {
            return ignored(meta, Ignored::Repeated, Effect::None);
        }
        classify(record, meta)
    }
}

/// What one event is, without a memory of others.
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

/// Why an event is not even looked at.
fn refused(event: &RawEvent, meta: &Meta) -> Option<Ignored> {
    if !event.record.is_object() {
        let message = "the event has no record".to_owned();
        return Some(Ignored::Unreadable { message });
    }
    for (name, value) in [("eventSource", &meta.event_source), ("eventName", &meta.event_name)] {
        if value.is_empty() {
            return Some(Ignored::Unreadable { message: format!("the record has no `{name}`") });
        }
    }
    let Some(source) = table::event_bridge_source(&meta.event_source) else {
        return Some(Ignored::UnwatchedSource);
    };
    let record = Record(&event.record);
    match &event.envelope {
        Some(envelope) if !genuine(envelope, source, record) => return Some(Ignored::ForgedSource),
        _ => {}
    }
    if meta.account.is_empty() {
        let message = "the record names no account".to_owned();
        return Some(Ignored::Unreadable { message });
    }
    None
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

fn classify(record: Record<'_>, meta: Meta) -> Verdict {
    if record.text("errorCode").is_some() || failed_result(record) {
        return ignored(meta, Ignored::FailedCall, Effect::None);
    }
    let row = table::find(&meta.event_source, &meta.event_name);
    let read_only = record.0.get("readOnly").and_then(Value::as_bool);
    let reads = match read_only {
        Some(read_only) => read_only,
        None => row.is_none() && is_read(&meta.event_name),
    };
    if reads {
        return ignored(meta, Ignored::ReadOnly, Effect::None);
    }
    let Some(row) = row else {
        return ignored(meta, Ignored::UnknownEvent, Effect::None);
    };
    let effect = effect::read(record, &meta);
    if row.kind == Kind::None {
        return ignored(meta, Ignored::NoEffect, effect);
    }
    Verdict::Change(Box::new(Change {
        kind: row.kind,
        partition: record.partition().to_owned(),
        actor: actor(record),
        target: target(row, record, &meta.account),
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
