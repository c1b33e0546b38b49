//! A glance never passes over what a full reading would take for a change.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use stanchion_changes::table::SERVICES;
use stanchion_changes::{Effect, EventReader, Glance, Verdict, interpret};

const IAM: &str = "iam.amazonaws.com";

/// Every name that some service has, and as many that none has.
fn names() -> Vec<&'static str> {
    let known = SERVICES.iter().flat_map(|service| service.rows).map(|row| row.name);
    known.flat_map(|name| [name, "GetRole"]).collect()
}

/// The glances at the events of a text, each held against what a full reading says.
fn glances(text: &str) -> Vec<Glance> {
    let mut reader = EventReader::new(text.as_bytes(), "test");
    let mut glances = Vec::new();
    while let Some(unread) = reader.next_event().unwrap_or_else(|error| panic!("{error}: {text}")) {
        let glance = unread.glance();
        // What is not to be read at all, as a member that is there twice, must be looked at as well.
        let ignored = unread.read().is_ok_and(|event| match interpret(&event) {
            Verdict::Change(_) => false,
            Verdict::Ignored(ignored) => ignored.effect == Effect::None,
        });
        assert!(glance == Glance::Look || ignored, "{glance:?} at what is to be looked at: {text}");
        glances.push(glance);
    }
    glances
}

fn glance(text: &str) -> Glance {
    let [glance] = glances(text)[..] else { panic!("one event: {text}") };
    glance
}

fn samples() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the samples").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "json"));
    let read = |file: &std::path::PathBuf| {
        serde_json::from_str(&fs::read_to_string(file).expect("a sample")).expect("JSON")
    };
    files.iter().map(read).collect()
}

#[test]
fn of_every_sample_as_it_is_and_bare_and_in_a_list() {
    let samples = samples();
    assert!(samples.len() > 100);
    for sample in &samples {
        let change = matches!(
            interpret(&stanchion_changes::read_events(&sample.to_string(), "test").expect("a sample")[0]),
            Verdict::Change(_)
        );
        for text in [
            sample.to_string(),
            format!("{sample:#}"),
            sample["detail"].to_string(),
            json!({"Records": [sample["detail"]]}).to_string(),
            json!({"Events": [{"CloudTrailEvent": sample["detail"].to_string()}]}).to_string(),
        ] {
            let glance = glance(&text);
            assert!(!change || glance == Glance::Look, "{text}");
        }
    }
}

fn record(more: Value) -> Value {
    let mut record = json!({"eventID": "e1", "eventName": "AttachRolePolicy", "eventSource": IAM,
        "eventTime": "2026-03-02T09:01:00Z", "recipientAccountId": "111122223333", "readOnly": false,
        "requestParameters": {"roleName": "Deploy", "policyArn": "arn:aws:iam::aws:policy/X"}});
    for (key, value) in more.as_object().expect("an object") {
        record[key] = value.clone();
    }
    record
}

#[test]
fn most_is_told_at_a_glance() {
    for (more, expected) in [
        (json!({}), Glance::Look),
        (json!({"eventSource": "s3.amazonaws.com"}), Glance::Unwatched),
        (json!({"errorCode": "AccessDenied"}), Glance::Failed),
        (json!({"errorCode": ""}), Glance::Look),
        (json!({"errorCode": null}), Glance::Look),
        (json!({"errorCode": "HIDDEN_DUE_TO_SECURITY_REASONS"}), Glance::Look),
        (json!({"eventName": "GetRole", "readOnly": true}), Glance::ReadOnly),
        (json!({"eventName": "GetRole"}), Glance::Look),
        (json!({"eventName": "GetRole", "readOnly": "true"}), Glance::Look),
        (json!({"eventName": "MadeUpYesterday"}), Glance::Look),
        (json!({"eventSource": null}), Glance::Look),
        (json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole"}), Glance::Idle),
        (
            json!({"eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
                "requestParameters": {"roleArn": "a", "tags": [{"key": "k", "value": "v"}]}}),
            Glance::Look,
        ),
        (json!({"eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity"}), Glance::Unwatched),
        (json!({"eventSource": ["s3.amazonaws.com"]}), Glance::Look),
        (json!({"eventSource": ""}), Glance::Look),
        (json!({"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}), Glance::Unwatched),
        (json!({"eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy"}), Glance::Look),
    ] {
        assert_eq!(glance(&record(more.clone()).to_string()), expected, "{more}");
        let envelope = json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
            "account": "111122223333", "detail": record(more.clone())});
        assert_eq!(glance(&envelope.to_string()), expected, "{more} in an envelope");
    }
}

#[test]
fn of_records_that_are_written_to_deceive() {
    let change = record(json!({})).to_string();
    let members = change.trim_start_matches('{');
    for text in [
        // Written in another way.
        change.replace("iam.amazonaws.com", "\\u0069am.amazonaws.com"),
        change.replace("eventSource", "event\\u0053ource"),
        change.replace("\"eventSource\":", "\"eventSource\"\n\t :  \r\n "),
        // Look-alikes that are nested, or texts.
        format!(r#"{{"a":{{"eventSource":"s3.amazonaws.com","errorCode":"X"}},{members}"#),
        format!(r#"{{"a":[{{"eventSource":"s3.amazonaws.com"}}],{members}"#),
        format!(r#"{{"a":"\",\"eventSource\":\"s3.amazonaws.com\",\"b\":\"",{members}"#),
        format!(r#"{{"a":"\\",{members}"#),
        format!(r#"{{"a":"}}]",{members}"#),
        format!(r#"{{"eventsource":"s3.amazonaws.com","EventSource":"s3.amazonaws.com",{members}"#),
        // There twice: nobody knows which is meant.
        format!(r#"{{"eventSource":"s3.amazonaws.com",{members}"#),
        format!(r#"{{"event\u0053ource":"s3.amazonaws.com",{members}"#),
        change.replace("}}", r#"},"eventSource":"s3.amazonaws.com"}"#),
        change.replace("}}", r#"},"errorCode":"X","errorCode":null}"#),
        change.replace("}}", r#"},"detail":{"eventSource":"s3.amazonaws.com"}}"#),
        json!({"CloudTrailEvent": change, "eventSource": "s3.amazonaws.com"}).to_string(),
        json!({"detail": {"eventSource": "s3.amazonaws.com"}, "CloudTrailEvent": change}).to_string(),
    ] {
        assert_eq!(glance(&text), Glance::Look, "{text}");
    }
}

#[test]
fn of_an_envelope_with_two_records() {
    let text = format!(r#"{{"detail":{{"eventSource":"s3.amazonaws.com"}},"detail":{}}}"#, record(json!({})));
    assert_eq!(glance(&text), Glance::Look);
}

/// A JSON text of a value, with white space and escapes that change nothing.
fn written(value: &Value, noise: &mut impl Iterator<Item = u8>) -> String {
    let mut next = || noise.next().unwrap_or_default();
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            let turn = usize::from(next()) % members.len().max(1);
            members.rotate_left(turn);
            let members: Vec<String> = members
                .into_iter()
                .map(|(key, value)| {
                    let key = written(&Value::from(key.as_str()), noise);
                    format!("{key}:{}", written(value, noise))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| written(item, noise)).collect();
            format!("[ {}]", items.join(" ,\n"))
        }
        Value::String(text) => {
            let escaped = next() % 8 == 0;
            let character = |c: char| if escaped && c == 'e' { "\\u0065".to_owned() } else { c.to_string() };
            let plain = serde_json::to_string(text).expect("text");
            let plain = &plain[1..plain.len() - 1];
            format!(
                "{}\"{}\"",
                [" ", "", "\t"][usize::from(next() % 3)],
                plain.chars().map(character).collect::<String>()
            )
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn of_anything_made_of_the_members_that_matter(
        source in prop::sample::select(
            SERVICES.iter().map(|service| service.source).chain(["ec2.amazonaws.com", ""]).collect::<Vec<_>>()
        ),
        name in prop::sample::select(names()),
        read_only in prop::sample::select(vec![json!(true), json!(false), json!("true"), Value::Null]),
        error in prop::sample::select(vec![Value::Null, json!(""), json!("AccessDenied"), json!(7), json!({"errorCode": "X"})]),
        nested in prop::sample::select(vec![json!({"eventSource": "s3.amazonaws.com"}), json!([{"errorCode": "X"}]), json!("\"}")]),
        envelope in any::<bool>(),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let record = record(json!({"eventSource": source, "eventName": name, "readOnly": read_only,
            "errorCode": error, "additionalEventData": nested}));
        let event = if envelope {
            json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam", "account": "111122223333",
                "detail": record})
        } else {
            record
        };
        glance(&written(&event, &mut noise.into_iter()));
    }
}
