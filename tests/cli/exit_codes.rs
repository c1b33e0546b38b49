//! 0 nothing, 1 violations, 2 wrong input or usage, 3 only indeterminate.

use serde_json::json;

use crate::place::{Place, allow, attachment, details};

fn unreadable() -> String {
    details(&json!("{\"Statement\": ["))
}

#[test]
fn of_check() {
    assert_eq!(Place::new(&details(&allow("s3:Get*"))).check(&[]).code, Some(0));
    assert_eq!(Place::new(&details(&allow("cloudtrail:*"))).check(&[]).code, Some(1));
    assert_eq!(Place::new("no details").check(&[]).code, Some(2));
    assert_eq!(Place::new(&unreadable()).check(&[]).code, Some(3));
}

#[test]
fn of_react() {
    let event = attachment("e1").to_string();
    let react = |details: &str| {
        let place = Place::new(details);
        place.write("event.json", &event);
        place.react(&[]).code
    };
    assert_eq!(react(&details(&allow("s3:Get*"))), Some(0));
    assert_eq!(react(&details(&allow("cloudtrail:*"))), Some(1));
    assert_eq!(react("no details"), Some(2));
    assert_eq!(react(&unreadable()), Some(3));
}

/// What was open before these events is not theirs.
#[test]
fn of_react_when_nothing_opens_though_something_is_open() {
    let place = Place::violated();
    assert_eq!(place.react(&["--store", "findings.redb"]).code, Some(1));
    assert_eq!(place.react(&["--store", "findings.redb"]).code, Some(0));
}

#[test]
fn violations_outweigh_what_is_indeterminate() {
    let place = Place::violated();
    let sandbox = unreadable().replace("111122223333", "444455556666");
    place.write("inventory/accounts/444455556666.json", sandbox.replace("DEPLOY0001", "DEPLOY0002"));
    let ran = place.check(&["--format", "json"]);
    let summary = &ran.json()["summary"];
    assert_eq!((&summary["violations"], &summary["indeterminate"]), (&json!(1), &json!(1)));
    assert_eq!(ran.code, Some(1));
}

#[test]
fn of_simulate() {
    let place = Place::violated();
    let request = json!({"principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::docs/a"});
    assert_eq!(place.run_with(&["simulate"], &request.to_string()).code, Some(0), "a denial is an answer");
    assert_eq!(place.run_with(&["simulate"], "{}").code, Some(2));
    assert_eq!(place.run_with(&["simulate"], "").code, Some(0));
}

#[test]
fn of_wrong_usage() {
    let place = Place::violated();
    for arguments in [&["check"][..], &["react"], &["simulate", "--fast"], &["chekc"], &[]] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(ran.err.contains("Usage"), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(place.check(&["--now", "tomorrow"]).code, Some(2));
    assert_eq!(place.check(&["--format", "xml"]).code, Some(2));
}

#[test]
fn of_help_and_version() {
    let place = Place::violated();
    let help = place.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.out.contains("Exit codes"), "{}", help.out);
    assert_eq!(place.run(&["--version"]).code, Some(0));
}
