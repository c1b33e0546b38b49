//! Events come in many forms, which all say the same.

use serde_json::json;

use crate::place::{Place, attachment};

/// (What, text) of two events, the second another one with a role that is not there.
fn forms() -> Vec<(&'static str, String)> {
    let (first, mut second) = (attachment("e1"), attachment("e2"));
    second["detail"]["requestParameters"]["roleName"] = "Other".into();
    let (a, b) = (&first["detail"], &second["detail"]);
    vec![
        ("envelopes, an array", json!([first, second]).to_string()),
        ("envelopes, JSON lines", format!("{first}\n{second}\n")),
        ("envelopes, indented, one after the other", format!("{first:#}\n{second:#}")),
        ("bare records, an array", json!([a, b]).to_string()),
        ("bare records, JSON lines", format!("{a}\n{b}\n")),
        ("a trail's file", json!({"Records": [a, b]}).to_string()),
        (
            "looked up",
            json!({"Events": [{"CloudTrailEvent": a.to_string()}, {"CloudTrailEvent": b.to_string()}]})
                .to_string(),
        ),
        ("a mixture", format!("{first}\n{}", json!({"Records": [b]}))),
    ]
}

#[test]
fn every_form_reads_the_same() {
    let place = Place::violated();
    let (_, text) = &forms()[0];
    let expected = place.react_to(&["-"], &["--format", "json"], text);
    assert_eq!(expected.json()["changes"].as_array().map(Vec::len), Some(2));
    assert_eq!(expected.code, Some(1));
    for (form, text) in forms() {
        let from_input = place.react_to(&["-"], &["--format", "json"], &text);
        assert_eq!(from_input.out, expected.out, "{form}, standard input: {}", from_input.err);
        place.write("events.json", &text);
        let from_file = place.react_to(&["events.json"], &["--format", "json"], "");
        assert_eq!(from_file.out, expected.out, "{form}, a file: {}", from_file.err);
        assert_eq!((from_input.code, from_file.code), (Some(1), Some(1)), "{form}");
    }
}

#[test]
fn one_object_is_one_event() {
    let place = Place::violated();
    let envelope = place.react(&["--format", "json"]);
    place.write("event.json", attachment("e1")["detail"].to_string());
    let record = place.react(&["--format", "json"]);
    assert_eq!(envelope.out, record.out);
    assert_eq!(envelope.json()["changes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn events_of_one_time_are_told_by_id_whatever_file_they_are_in() {
    let place = Place::violated();
    place.write("other.json", attachment("e2").to_string());
    let third = attachment("e3").to_string();
    let report = place.react_to(&["other.json", "-", "event.json"], &["--format", "json"], &third).json();
    let ids: Vec<_> =
        report["changes"].as_array().expect("a list").iter().map(|change| &change["event_id"]).collect();
    assert_eq!(ids, ["e1", "e2", "e3"]);
}

#[test]
fn a_session_is_named_with_the_role_behind_it() {
    let place = Place::violated();
    let mut event = attachment("e1");
    let (session, role) =
        ("arn:aws:sts::111122223333:assumed-role/Admin/dana", "arn:aws:iam::111122223333:role/it/Admin");
    event["detail"]["userIdentity"] =
        json!({"type": "AssumedRole", "arn": session, "sessionContext": {"sessionIssuer": {"arn": role}}});
    place.write("event.json", event.to_string());
    let change = &place.react(&["--format", "json"]).json()["changes"][0];
    assert_eq!((&change["actor"], &change["session_issuer"]), (&json!(session), &json!(role)));
}
