//! Events that change nothing are passed over, and say why.

use serde_json::{Value, json};

use crate::place::{Place, attachment};

fn with(changes: &[(&str, Value)]) -> Value {
    let mut event = attachment("e1");
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        event.pointer_mut(parent).expect("a parent")[key] = value.clone();
    }
    event
}

/// What becomes of an event, with nothing evaluated for it.
fn ignored(event: &Value) -> Value {
    let place = Place::violated();
    place.write("event.json", event.to_string());
    let ran = place.react(&["--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["transitions"], json!([]), "{event:#}");
    let change = &report["changes"][0];
    assert_eq!((&change["affected_principals"], &change["kind"]), (&json!([]), &Value::Null));
    change["ignored"].clone()
}

#[test]
fn with_their_reasons() {
    let cases: &[(&str, &[(&str, Value)])] = &[
        ("failed-call", &[("/detail/errorCode", json!("AccessDenied"))]),
        ("read-only", &[("/detail/eventName", json!("GetRole")), ("/detail/readOnly", json!(true))]),
        ("forged-source", &[("/source", json!("my.iam"))]),
        ("forged-source", &[("/account", json!("444455556666"))]),
        ("unwatched-source", &[("/detail/eventSource", json!("ec2.amazonaws.com"))]),
        (
            "not-watched",
            &[
                ("/source", json!("aws.kms")),
                ("/detail/eventSource", json!("kms.amazonaws.com")),
                ("/detail/eventName", json!("PutKeyPolicy")),
            ],
        ),
        ("no-effect", &[("/detail/eventName", json!("UpdateRoleDescription"))]),
        ("unknown-event", &[("/detail/eventName", json!("AttachRolePolicyForever"))]),
        ("unreadable", &[("/detail/eventName", Value::Null)]),
        ("unreadable", &[("/detail", json!("not a record"))]),
    ];
    for (reason, changes) in cases {
        assert_eq!(ignored(&with(changes)), *reason, "{changes:?}");
    }
}

#[test]
fn the_second_time_they_come() {
    let place = Place::violated();
    let twice = json!([attachment("e1"), attachment("e1")]);
    let report = place.react_to(&["-"], &["--format", "json"], &twice.to_string()).json();
    let reasons: Vec<_> =
        report["changes"].as_array().expect("a list").iter().map(|change| &change["ignored"]).collect();
    assert_eq!(reasons, [&Value::Null, &json!("repeated")]);
    assert_eq!(report["transitions"].as_array().map(Vec::len), Some(1));
}

/// Somebody could put a look-alike on the bus first, to have the real one passed over.
#[test]
fn but_not_for_a_forged_one_of_the_same_id() {
    let place = Place::violated();
    let events = json!([with(&[("/source", json!("my.iam"))]), attachment("e1")]);
    let report = place.react_to(&["-"], &["--format", "json"], &events.to_string()).json();
    let mut reasons: Vec<_> = report["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| change["ignored"].as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(reasons, [None, Some("forged-source")]);
    assert_eq!(report["transitions"].as_array().map(Vec::len), Some(1));
}

#[test]
fn in_words_as_well() {
    let place = Place::violated();
    place.write("event.json", with(&[("/detail/errorCode", json!("AccessDenied"))]).to_string());
    insta::assert_snapshot!(place.react(&[]).out, @r"
    AttachRolePolicy 2026-03-02T09:01:00Z by arn:aws:iam::111122223333:user/dana
      ignored: failed-call


    1 event: 0 opened, 0 updated, 0 resolved, 0 indeterminate
    ");
}
