//! `react --apply`: the inventory is from before the events, which are played on it.

use serde_json::{Value, json};

use crate::place::{Place, administrator, administrators, attachment, before, call};

const APPLY: [&str; 3] = ["--apply", "--format", "json"];

fn told(list: &Value) -> Vec<String> {
    let line = |item: &Value| {
        format!("{} {} {}", item["transition"], item["trigger"]["event_id"], item["caused_by"]["event_id"])
            .replace('"', "")
    };
    list.as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn tells_what_events_bring_about() {
    let place = Place::new(&before());
    place.write("event.json", attachment("e1").to_string());
    let plain = place.react(&["--format", "json"]);
    assert_eq!(plain.code, Some(0), "the inventory is not from after the event");
    let ran = place.react(&APPLY);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = ran.json();
    assert_eq!(told(&report["transitions"]), ["opened e1 e1"]);
    assert_eq!(report["before"], json!([]));
    assert_eq!(report["changes"][0]["applied"], "changed");
}

/// Whatever order they are named in.
#[test]
fn plays_events_in_the_order_of_their_time() {
    let place = Place::new(&before());
    place.write("later.json", administrators("e2", "DetachRolePolicy", "2026-03-02T10:00:00Z").to_string());
    place.write("event.json", attachment("e1").to_string());
    let ran = place.react_to(&["later.json", "event.json"], &APPLY, "");
    assert_eq!(told(&ran.json()["transitions"]), ["opened e1 e1", "resolved e2 e1"]);
    let other = place.react_to(&["event.json", "later.json"], &APPLY, "");
    assert_eq!(ran.out, other.out);
}

/// What was open before is told, and no event is blamed for it.
#[test]
fn tells_what_was_open_before_by_itself() {
    let place = Place::new(&administrator());
    let tags = json!({"roleName": "Deploy", "tags": [{"key": "a", "value": "b"}]});
    place.write("event.json", call("e1", "TagRole", "2026-03-02T09:01:00Z", tags).to_string());
    let ran = place.react(&APPLY);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let report = ran.json();
    assert_eq!(told(&report["before"]), ["opened null null"]);
    assert_eq!(report["transitions"], json!([]));
    insta::assert_snapshot!(place.react(&["--apply"]).out.lines().take(7).collect::<Vec<_>>().join("\n"), @r"
    TagRole 2026-03-02T09:01:00Z by arn:aws:iam::111122223333:user/dana
      tag change to role Deploy of account 111122223333
      affects arn:aws:iam::111122223333:role/ci/Deploy

    before these events, of those whom they affect
      OPENED critical trails-stay: Nobody stops CloudTrail
        remedy: Deny it.
    ");
}

#[test]
fn says_so_where_nothing_changed() {
    let place = Place::violated();
    let ran = place.react(&APPLY);
    assert_eq!(ran.json()["changes"][0]["applied"], "unchanged");
    assert!(place.react(&["--apply"]).out.contains("the inventory stays as it was"));
}

#[test]
fn says_so_where_the_event_does_not_tell_what_changed() {
    let place = Place::new(&before());
    let parameters = json!({"roleName": "Deploy"});
    let event = call("e1", "AttachRolePolicy", "2026-03-02T09:01:00Z", parameters);
    place.write("event.json", event.to_string());
    let change = &place.react(&APPLY).json()["changes"][0];
    assert_eq!(change["applied"], "unknown");
    assert_eq!(
        change["note"],
        "the inventory is out of date from here on: AttachRolePolicy lacks parameters"
    );
    assert!(place.react(&["--apply"]).out.contains("out of date from here on"));
}

#[test]
fn keeps_its_findings_in_a_store() {
    let place = Place::new(&before());
    place.write("event.json", attachment("e1").to_string());
    let store = [&APPLY[..], &["--store", "findings.redb"]].concat();
    assert_eq!(told(&place.react(&store).json()["transitions"]), ["opened e1 e1"]);
    place.write("event.json", administrators("e2", "DetachRolePolicy", "2026-03-02T10:00:00Z").to_string());
    place.write("inventory/accounts/111122223333.json", administrator());
    assert_eq!(told(&place.react(&store).json()["transitions"]), ["resolved e2 e1"]);
}
