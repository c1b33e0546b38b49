//! Messages for programs: bodies, attributes, and the ids that tell a second sending from a second message.
//! `docs/FORMATS.md` describes them, and so does `schemas/message.schema.json`.

use serde::Serialize;
use serde_json::{Map, Value};
use stanchion_changes::Meta;
use stanchion_findings::{Evaluation, Finding, Transition};
use stanchion_inventory::IamArn;

/// The version of the messages.
pub const SCHEMA_VERSION: u32 = 1;

/// The largest message, body and attributes together, in bytes (SNS, "Publish").
pub const MAX_BYTES: usize = 262_144;

/// What is left for the attributes.
const FOR_ATTRIBUTES: usize = 4_096;

/// A message, ready to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The body, JSON.
    pub body: String,
    /// At most ten attributes, for subscriptions' filter policies.
    pub attributes: Vec<(&'static str, Attribute)>,
    /// The same message has the same id however often it is sent: a FIFO topic's deduplication id.
    pub id: String,
    /// What is in order among itself: a FIFO topic's message group.
    pub group: String,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `String`.
    Text(String),
    /// `Number`.
    Number(u32),
}

#[derive(Serialize)]
struct FindingMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: &'a str,
    transition: String,
    at: Option<&'a str>,
    evaluation: Option<&'a Evaluation>,
    /// The parts of the finding that were left out since the message would have been too large.
    shortened: Vec<&'static str>,
    finding: Value,
}

#[derive(Serialize)]
struct BaselineMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: String,
    account_id: &'a str,
    /// How many findings it is about, those that are left out included.
    count: usize,
    by_severity: Map<String, Value>,
    by_rule: Map<String, Value>,
    /// How many findings are left out of the list since the message would have been too large.
    left_out: usize,
    findings: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    fingerprint: &'a str,
    status: String,
    severity: String,
    rule_id: &'a str,
    facet: Option<&'a str>,
    principal: Option<&'a str>,
}

#[derive(Serialize)]
struct UnknownEventMessage<'a> {
    schema_version: u32,
    r#type: &'static str,
    id: &'a str,
    event_name: &'a str,
    event_source: &'a str,
    event_time: &'a str,
    account_id: &'a str,
}

/// The message of a transition.
pub fn finding(transition: &Transition) -> Message {
    let finding = &transition.finding;
    let text = body(transition, MAX_BYTES - FOR_ATTRIBUTES);
    let mut attributes = attributes("finding", finding.account_id.as_deref());
    attributes.extend([
        ("severity", Attribute::Text(finding.severity.to_string())),
        ("status", Attribute::Text(finding.state.to_string())),
        ("transition", Attribute::Text(transition.kind.to_string())),
        ("rule_id", Attribute::Text(finding.rule_id.clone())),
        ("rule_kind", Attribute::Text(finding.rule_kind.clone())),
        ("principal_type", Attribute::Text(principal_type(finding))),
    ]);
    let (id, group) = (transition.id.clone(), finding.fingerprint.to_string());
    Message { body: text, attributes, id, group }
}

/// What is said of a transition, at most so many bytes of JSON: what is largest is left out first.
pub(crate) fn body(transition: &Transition, most: usize) -> String {
    let mut body = FindingMessage {
        schema_version: SCHEMA_VERSION,
        r#type: "finding",
        id: &transition.id,
        transition: transition.kind.to_string(),
        at: transition.at.as_deref(),
        evaluation: transition.evaluation.as_ref(),
        shortened: Vec::new(),
        finding: json(&transition.finding),
    };
    let mut text = write(&body);
    // What is left always fits.
    for part in ["fix", "because", "unknowns", "witness", "assumptions", "detail", "remedy"] {
        if text.len() <= most {
            break;
        }
        if body.finding.get(part).is_none() {
            continue;
        }
        body.shortened.push(part);
        if let Some(value) = body.finding.get_mut(part) {
            *value = if value.is_array() { Value::Array(Vec::new()) } else { Value::Null };
        }
        text = write(&body);
    }
    text
}

/// The message of what the first evaluations of an account's principals found.
pub fn baseline(account: &str, transitions: &[Transition]) -> Message {
    let count = |name: fn(&Finding) -> String| {
        let mut counts: Map<String, Value> = Map::new();
        for transition in transitions {
            let entry = counts.entry(name(&transition.finding)).or_insert_with(|| 0.into());
            *entry = (entry.as_u64().unwrap_or_default() + 1).into();
        }
        counts.sort_keys();
        counts
    };
    // The worst first: they are the last to be left out.
    let mut sorted: Vec<&Transition> = transitions.iter().collect();
    sorted.sort_by(|a, b| b.finding.severity.cmp(&a.finding.severity).then_with(|| a.id.cmp(&b.id)));
    let entry = |transition: &&'_ Transition| size_of_entry(transition);
    let room = MAX_BYTES - FOR_ATTRIBUTES - 16_384;
    let mut used = 0;
    let fit = sorted.iter().map(entry).take_while(|size| {
        used += size;
        used <= room
    });
    let fit = fit.count();
    let id = baseline_id(account, &sorted);
    let worst = sorted.first().map(|transition| transition.finding.severity.to_string());
    let body = BaselineMessage {
        schema_version: SCHEMA_VERSION,
        r#type: "baseline",
        id: id.clone(),
        account_id: account,
        count: transitions.len(),
        by_severity: count(|finding| finding.severity.to_string()),
        by_rule: count(|finding| finding.rule_id.clone()),
        left_out: sorted.len() - fit,
        findings: sorted.into_iter().take(fit).map(entry_of).collect(),
    };
    let mut attributes = attributes("baseline", Some(account));
    attributes.push(("severity", Attribute::Text(worst.unwrap_or_default())));
    Message { body: write(&body), attributes, group: id.clone(), id }
}

/// The same findings of the same account have the same id.
fn baseline_id(account: &str, sorted: &[&Transition]) -> String {
    let ids: Vec<&str> = sorted.iter().map(|transition| transition.id.as_str()).collect();
    let subject = stanchion_findings::Subject::account(account);
    let digest = stanchion_findings::fingerprint(SCHEMA_VERSION, "baseline", &subject, Some(&ids.join(" ")));
    format!("baseline-{digest}")
}

fn entry_of(transition: &Transition) -> Entry<'_> {
    let finding = &transition.finding;
    Entry {
        id: &transition.id,
        fingerprint: finding.fingerprint.as_str(),
        status: finding.state.to_string(),
        severity: finding.severity.to_string(),
        rule_id: &finding.rule_id,
        facet: finding.facet.as_deref(),
        principal: finding.principal.as_deref(),
    }
}

fn size_of_entry(transition: &Transition) -> usize {
    write(&entry_of(transition)).len() + 1
}

/// The message of an event of a watched service that may change something and that is not known.
pub fn unknown_event(event: &Meta) -> Message {
    let body = UnknownEventMessage {
        schema_version: SCHEMA_VERSION,
        r#type: "unknown-event",
        id: &event.event_id,
        event_name: &event.event_name,
        event_source: &event.event_source,
        event_time: &event.event_time,
        account_id: &event.account,
    };
    let id = format!("event-{}", event.event_id);
    new("unknown-event", Some(&event.account), &body, id.clone(), id)
}

/// A message of one type, about an account if it is about one.
pub fn new(
    kind: &'static str,
    account: Option<&str>,
    body: &impl Serialize,
    id: String,
    group: String,
) -> Message {
    Message { body: write(body), attributes: attributes(kind, account), id, group }
}

fn attributes(kind: &str, account: Option<&str>) -> Vec<(&'static str, Attribute)> {
    let mut attributes = vec![
        ("type", Attribute::Text(kind.to_owned())),
        ("schema_version", Attribute::Number(SCHEMA_VERSION)),
    ];
    // SNS takes no empty values.
    let account = account.filter(|account| !account.is_empty());
    attributes.extend(account.map(|account| ("account_id", Attribute::Text(account.to_owned()))));
    attributes
}

/// `user`, `role` or `root`; `account` or `ou` of a finding that is about no principal.
pub(crate) fn principal_type(finding: &Finding) -> String {
    let kind = finding.principal.as_deref().and_then(IamArn::parse).map(|arn| arn.kind);
    kind.unwrap_or_else(|| finding.subject.kind.as_str()).to_owned()
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

pub(crate) fn write(value: &impl Serialize) -> String {
    // INVARIANT: nothing here has keys that are no text, which is all that can fail.
    serde_json::to_string(value).unwrap_or_default()
}
