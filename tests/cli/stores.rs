//! `--store` keeps findings from run to run; without it every run is the first.

use serde_json::json;

use crate::place::{Place, allow, attachment, details};

const STORE: [&str; 4] = ["--store", "findings.redb", "--format", "json"];

#[test]
fn a_second_run_with_the_same_store_says_nothing() {
    let place = Place::violated();
    let first = place.react(&STORE).json();
    assert_eq!(first["transitions"].as_array().map(Vec::len), Some(1));
    let second = place.react(&STORE).json();
    assert_eq!(second["transitions"], json!([]));
    assert_eq!(second["changes"], first["changes"], "the event is looked at all the same");
}

#[test]
fn a_second_run_without_a_store_says_the_same() {
    let place = Place::violated();
    assert_eq!(place.react(&["--format", "json"]).out, place.react(&["--format", "json"]).out);
}

#[test]
fn a_finding_goes_through_its_life_over_several_runs() {
    let place = Place::violated();
    let mut told = Vec::new();
    let mut fingerprints = Vec::new();
    for (id, name, details) in [
        ("e1", "AttachRolePolicy", crate::place::administrator()),
        ("e2", "DetachRolePolicy", details(&allow("s3:Get*"))),
        ("e3", "AttachRolePolicy", crate::place::administrator()),
    ] {
        place.write("inventory/accounts/111122223333.json", details);
        let mut event = attachment(id);
        event["detail"]["eventName"] = name.into();
        place.write("event.json", event.to_string());
        let report = place.react(&STORE).json();
        let [transition] = report["transitions"].as_array().expect("a list").as_slice() else {
            panic!("one transition: {report:#}");
        };
        told.push(format!(
            "{} {} {}",
            transition["transition"], transition["trigger"]["event_id"], transition["caused_by"]["event_id"]
        ));
        fingerprints.push(transition["fingerprint"].clone());
    }
    assert_eq!(told, [r#""opened" "e1" "e1""#, r#""resolved" "e2" "e1""#, r#""opened" "e3" "e3""#]);
    assert!(fingerprints.iter().all(|fingerprint| *fingerprint == fingerprints[0]));
}

#[test]
fn two_stores_know_nothing_of_each_other() {
    let place = Place::violated();
    let first = place.react(&["--store", "one.redb", "--format", "json"]);
    let other = place.react(&["--store", "two.redb", "--format", "json"]);
    assert_eq!(first.out, other.out);
}

/// Wrong input is noticed before anything is stored.
#[test]
fn a_run_that_fails_leaves_no_store_behind() {
    let place = Place::violated();
    place.write("rulebook.yaml", "version: 2\n");
    assert_eq!(place.react(&STORE).code, Some(2));
    assert!(!place.path().join("findings.redb").exists());
}
