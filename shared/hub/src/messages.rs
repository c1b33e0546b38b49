//! What is sent to the topic. Messages about findings and events are those of [`stanchion_alerts::message`]; what is
//! wrong with the hub itself is said here.

use serde::Serialize;
pub use stanchion_alerts::message::{Attribute, MAX_BYTES, Message, SCHEMA_VERSION};
use stanchion_alerts::message::{baseline, finding, new, unknown_event};
use stanchion_findings::{Subject, fingerprint};

use crate::edges::{Gap, Sent};
use crate::rulebook::Refused;
use crate::sweep::Unused;
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

#[derive(Serialize)]
struct UnusedSuppressionMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: &'a str,
    rule: &'a str,
    principal: Option<&'a str>,
    account: Option<&'a str>,
    subject: Option<&'a str>,
    facet: Option<&'a str>,
    reason: &'a str,
    owner: &'a str,
    until: String,
    /// Since when it has fitted no finding, as ISO 8601 text in UTC.
    unused_since: String,
}

/// The message of what is sent.
pub fn message(sent: &Sent<'_>) -> Message {
    match sent {
        Sent::Transition(transition) => finding(transition),
        Sent::Baseline { account, transitions } => baseline(account, transitions),
        Sent::UnknownEvent(event) => unknown_event(event),
        Sent::RulebookRefused(refused) => rulebook_refused(refused),
        Sent::UnusedSuppression(unused) => unused_suppression(unused),
        Sent::Coverage { account, notice } => coverage(account, notice),
    }
}

fn unused_suppression(unused: &Unused) -> Message {
    let Unused { suppression, since } = unused;
    let kind = "suppression-unused";
    let about = suppression.to_string();
    let subject = Subject::account(suppression.account.as_deref().unwrap_or_default());
    let group = format!("suppression-{}", fingerprint(SCHEMA_VERSION, kind, &subject, Some(&about)));
    let id = format!("{group}-{since}");
    let moment = jiff::Timestamp::from_millisecond(*since).unwrap_or_default();
    let body = UnusedSuppressionMessage {
        schema_version: SCHEMA_VERSION,
        r#type: kind,
        id: &id,
        rule: &suppression.rule,
        principal: suppression.principal.as_deref(),
        account: suppression.account.as_deref(),
        subject: suppression.subject.as_deref(),
        facet: suppression.facet.as_deref(),
        reason: &suppression.reason,
        owner: &suppression.owner,
        until: suppression.until.to_string(),
        unused_since: moment.to_string(),
    };
    new(kind, suppression.account.as_deref(), &body, id.clone(), group)
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
