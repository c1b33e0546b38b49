//! What is sent to the topic. Messages about findings and events are those of [`stanchion_alerts::message`]; what is
//! wrong with the hub itself is said here.

use serde::Serialize;
pub use stanchion_alerts::message::{Attribute, MAX_BYTES, Message, SCHEMA_VERSION};
use stanchion_alerts::message::{baseline, finding, new, unknown_event};

use crate::edges::{Gap, Sent};
use crate::rulebook::Refused;
use crate::watch::Notice;

#[derive(Serialize)]
struct RulebookRefusedMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: &'a str,
    edition: &'a str,
    reasons: &'a [String],
}

#[derive(Serialize)]
struct CoverageMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: &'a str,
    account_id: &'a str,
    gaps: &'a [Gap],
    /// How many gaps the account has now.
    left: usize,
}

/// The message of what is sent.
pub fn message(sent: &Sent<'_>) -> Message {
    match sent {
        Sent::Transition(transition) => finding(transition),
        Sent::Baseline { account, transitions } => baseline(account, transitions),
        Sent::UnknownEvent(event) => unknown_event(event),
        Sent::RulebookRefused(refused) => rulebook_refused(refused),
        Sent::Coverage { account, notice } => coverage(account, notice),
    }
}

fn rulebook_refused(refused: &Refused) -> Message {
    let (kind, id) = ("rulebook-refused", refused.id());
    let body = RulebookRefusedMessage {
        schema_version: SCHEMA_VERSION,
        r#type: kind,
        id: &id,
        edition: &refused.edition,
        reasons: &refused.reasons,
    };
    new(kind, None, &body, id.clone(), id.clone())
}

fn coverage(account: &str, notice: &Notice) -> Message {
    let kind = if notice.restored { "coverage-restored" } else { "coverage-gap" };
    let group = format!("coverage-{account}");
    let id = format!("{group}-{:06}", notice.ordinal);
    let body = CoverageMessage {
        schema_version: SCHEMA_VERSION,
        r#type: kind,
        id: &id,
        account_id: account,
        gaps: &notice.gaps,
        left: notice.left,
    };
    new(kind, Some(account), &body, id.clone(), group)
}
