//! What lasts: findings and transitions as they are stored (a table's rows, a file's records), messages as they
//! are published, a channel's state.
//!
//! | format | new reader, old data | old reader, new data |
//! |---|---|---|
//! | finding, transition | the frozen records of version 1 are read | the reader of version 1 reads records of now |
//! | messages | the schema of now takes the frozen messages | the reader of version 1 reads messages of now |
//! | what people are to be told | the frozen state is read, and told | one of a higher version is left alone by the hub |
//! | a channel's state | the frozen state is read | it is kept by one program; an older one ignores what it lacks |
//!
//! The frozen files are as the first program of version 1 wrote them; they do not change.

use crate::samples::{all, facts, opened};
use serde_json::Value;
use stanchion_alerts::{channel, message, people};
use stanchion_changes::Meta;
use stanchion_findings::{Finding, State, Transition, TransitionKind};

/// What a reader of version 1 takes from a finding: what it declared, nothing else.
mod version_1 {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "what is declared must be there, read or not")]
    pub(super) struct Finding {
        pub(super) schema_version: u32,
        pub(super) fingerprint: String,
        state: String,
        rule_id: String,
        rule_kind: String,
        severity: String,
        title: String,
        subject: BTreeMap<String, String>,
        facet: Option<String>,
        principal: Option<String>,
        account_id: Option<String>,
        witness: Option<Witness>,
        assumptions: Vec<String>,
        because: Vec<BTreeMap<String, serde_json::Value>>,
        unknowns: Vec<String>,
        trigger: Option<Event>,
        caused_by: Option<Event>,
        first_seen: Option<String>,
        last_changed: Option<String>,
        times_reopened: u32,
        transitions: u32,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct Witness {
        action: String,
        resource: String,
        context: BTreeMap<String, Vec<String>>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct Event {
        event_id: String,
        event_name: String,
        actor: String,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct Transition {
        pub(super) id: String,
        kind: String,
        pub(super) finding: Finding,
        at: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct Message {
        pub(super) schema_version: u32,
        r#type: String,
        id: String,
        transition: String,
        at: Option<String>,
        shortened: Vec<String>,
        pub(super) finding: Finding,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct Baseline {
        pub(super) schema_version: u32,
        r#type: String,
        id: String,
        account_id: String,
        count: usize,
        by_severity: BTreeMap<String, usize>,
        by_rule: BTreeMap<String, usize>,
        left_out: usize,
        findings: Vec<BTreeMap<String, Option<String>>>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "as above")]
    pub(super) struct UnknownEvent {
        pub(super) schema_version: u32,
        r#type: String,
        id: String,
        event_name: String,
        event_source: String,
        event_time: String,
        account_id: String,
    }
}

#[test]
fn a_new_reader_reads_old_findings() {
    let finding: Finding = serde_json::from_str(include_str!("frozen/finding-1.json")).expect("version 1");
    assert_eq!((finding.state, finding.rule_id.as_str()), (State::Open, "trails-stay"));
    assert_eq!((&finding.detail, &finding.remedy), (&None, &None));
    let cause = finding.caused_by.expect("a cause");
    assert_eq!((cause.event_name.as_str(), &cause.at, &cause.target), ("AttachRolePolicy", &None, &None));
    let text = include_str!("frozen/transition-1.json");
    let transition: Transition = serde_json::from_str(text).expect("version 1");
    assert_eq!((transition.kind, transition.baseline), (TransitionKind::Opened, false));
}

#[test]
fn an_old_reader_reads_new_findings() {
    for transition in all() {
        let text = serde_json::to_string(&transition).expect("JSON");
        let read: version_1::Transition = serde_json::from_str(&text).expect("as version 1 reads it");
        assert_eq!(read.id, transition.id);
        assert_eq!(read.finding.fingerprint, transition.finding.fingerprint.as_str());
        assert_eq!(read.finding.schema_version, 1);
    }
}

/// A program of version 1 knew three states, and refuses a fourth: it meets one only where a rulebook has
/// suppressions, which it refuses as well.
#[test]
fn an_old_program_refuses_what_is_suppressed_rather_than_misread_it() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Open,
        Indeterminate,
        Resolved,
    }
    for transition in all() {
        let state = serde_json::to_value(&transition.finding).expect("JSON")["state"].clone();
        let read = serde_json::from_value::<State>(state.clone());
        assert_eq!(read.is_err(), state == "suppressed", "{state}");
    }
}

#[test]
fn an_old_reader_reads_new_messages() {
    for transition in all() {
        let body = message::finding(&transition).body;
        let read: version_1::Message = serde_json::from_str(&body).expect("as version 1 reads it");
        assert_eq!((read.schema_version, read.finding.schema_version), (1, 1));
    }
    let body = message::baseline("222233334444", &all()).body;
    let read: version_1::Baseline = serde_json::from_str(&body).expect("as version 1 reads it");
    assert_eq!(read.schema_version, 1);
    let body = message::unknown_event(&Meta::default()).body;
    let read: version_1::UnknownEvent = serde_json::from_str(&body).expect("as version 1 reads it");
    assert_eq!(read.schema_version, 1);
}

/// The frozen messages have the fields of today's, but for those that were added.
#[test]
fn no_field_of_an_old_message_is_gone() {
    let now = [
        (include_str!("frozen/message-finding-1.json"), message::finding(&opened(facts("Deploy"))).body),
        (include_str!("frozen/message-baseline-1.json"), message::baseline("222233334444", &all()).body),
        (include_str!("frozen/message-unknown-event-1.json"), message::unknown_event(&Meta::default()).body),
    ];
    for (old, new) in now {
        let (old, new): (Value, Value) =
            (serde_json::from_str(old).expect("JSON"), serde_json::from_str(&new).expect("JSON"));
        kept(&old, &new, "");
    }
}

fn kept(old: &Value, new: &Value, place: &str) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            // The keys of these are data.
            if !["/by_rule", "/by_severity", "/finding/witness/context"].contains(&place) {
                for (key, value) in old {
                    let now = new.get(key).unwrap_or_else(|| panic!("{place}/{key} is gone"));
                    kept(value, now, &format!("{place}/{key}"));
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (old, new) in old.iter().zip(new) {
                kept(old, new, &format!("{place}[]"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (old, new) => {
            assert_eq!(std::mem::discriminant(old), std::mem::discriminant(new), "{place}");
        }
    }
}

#[test]
fn a_new_reader_reads_an_old_state_of_a_channel() {
    let text = include_str!("frozen/channel-1.json");
    let state: channel::State = serde_json::from_str(text).expect("version 1");
    let policy = channel::Policy {
        always: stanchion_findings::Severity::Critical,
        most: 10,
        window: 3600,
        quiet: None,
    };
    let now = "2026-03-02T12:00:00Z".parse().expect("a time");
    let (digest, _) = channel::digest(&policy, state, now);
    assert_eq!(digest.expect("what was held back").count(), 1);
}

#[test]
fn a_new_reader_tells_people_what_an_old_one_gathered() {
    let text = include_str!("frozen/people-1.json");
    let state: people::State = serde_json::from_str(text).expect("version 1");
    assert_eq!(state.letters(people::To::Text).len(), 1, "one was to be sent");
    let policy = channel::Policy {
        always: stanchion_findings::Severity::Critical,
        most: 1,
        window: 3_600,
        quiet: None,
    };
    let channels = vec![people::To::Text, people::To::Chat];
    let settings = people::Settings { policy, settle: 60_000, longest: 300_000, channels };
    let now = "2026-03-09T14:00:00Z".parse().expect("a time");
    let state = people::step(&settings, &state, &[], now);
    let texts = state.letters(people::To::Text).iter().map(|letter| letter.body.lines().next());
    let texts: Vec<&str> = texts.flatten().collect();
    assert!(texts[1].starts_with("CRITICAL 2 opened: "), "what was open: {texts:?}");
    assert_eq!(texts[2..], ["MEDIUM 1 event that this version of Stanchion does not know"], "{texts:?}");
}
