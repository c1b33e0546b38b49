//! The fields of the JSON, all of them and in their order: programs read it. `docs/FORMATS.md`
//! describes each.

use serde_json::{Value, json};

use crate::place::{Place, allow, attachment, details};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

const FINDING: [&str; 19] = [
    "status",
    "fingerprint",
    "rule_id",
    "rule_kind",
    "severity",
    "title",
    "principal",
    "account_id",
    "facet",
    "detail",
    "remedy",
    "witness",
    "assumptions",
    "because",
    "unknowns",
    "suppression",
    "trigger",
    "caused_by",
    "since",
];

#[test]
fn of_react() {
    let report = Place::violated().react(&["--format", "json"]).json();
    assert_eq!(keys(&report), ["schema_version", "changes", "before", "transitions"]);
    assert_eq!(report["schema_version"], 1);
    let [change] = report["changes"].as_array().expect("a list").as_slice() else {
        panic!("one change: {report:#}");
    };
    assert_eq!(
        *change,
        json!({
            "event_id": "e1",
            "event_name": "AttachRolePolicy",
            "event_source": "iam.amazonaws.com",
            "event_time": "2026-03-02T09:01:00Z",
            "account_id": "111122223333",
            "actor": "arn:aws:iam::111122223333:user/dana",
            "session_issuer": null,
            "source_ip": "198.51.100.23",
            "kind": "permission",
            "target": "role Deploy of account 111122223333",
            "affected_principals": ["arn:aws:iam::111122223333:role/ci/Deploy"],
            "note": null,
            "ignored": null,
            "applied": null
        })
    );
    let [transition] = report["transitions"].as_array().expect("a list").as_slice() else {
        panic!("one transition: {report:#}");
    };
    assert_eq!(keys(transition), [&["transition", "at"][..], &FINDING].concat());
    let trigger = json!({"event_id": "e1", "event_name": "AttachRolePolicy",
        "actor": "arn:aws:iam::111122223333:user/dana", "at": "2026-03-02T09:01:00Z",
        "target": "role Deploy of account 111122223333", "session_issuer": null,
        "source_ip": "198.51.100.23", "invoked_by": null});
    for (key, value) in [
        ("transition", json!("opened")),
        ("status", json!("open")),
        ("rule_id", json!("trails-stay")),
        ("rule_kind", json!("guardrail")),
        ("severity", json!("critical")),
        ("title", json!("Nobody stops CloudTrail")),
        ("principal", json!("arn:aws:iam::111122223333:role/ci/Deploy")),
        ("account_id", json!("111122223333")),
        ("facet", json!(null)),
        ("detail", json!(null)),
        ("remedy", json!("Deny it.")),
        ("unknowns", json!([])),
        (
            "because",
            json!([{"layer": "identity", "policy": "arn:aws:iam::aws:policy/AdministratorAccess",
            "statement": 0, "sid": null}]),
        ),
        ("trigger", trigger.clone()),
        ("caused_by", trigger),
    ] {
        assert_eq!(transition[key], value, "{key}");
    }
    let fingerprint = transition["fingerprint"].as_str().expect("text");
    assert!(fingerprint.len() == 32 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit()), "{fingerprint}");
    let witness = &transition["witness"];
    assert_eq!(keys(witness), ["action", "resource", "context"]);
    assert_eq!(witness["action"], "cloudtrail:StopLogging");
    let resource = witness["resource"].as_str().expect("text");
    assert!(resource.starts_with("arn:aws:cloudtrail:"), "{resource}");
    assert!(resource.contains(":111122223333:trail/"), "{resource}");
    assert!(
        transition["assumptions"].as_array().is_some_and(|all| all.contains(&json!("no-session-policy")))
    );
}

#[test]
fn of_check() {
    let ran = Place::violated().check(&["--format", "json"]);
    let report = ran.json();
    assert_eq!(keys(&report), ["schema_version", "findings", "summary"]);
    let [finding] = report["findings"].as_array().expect("a list").as_slice() else {
        panic!("one finding: {report:#}");
    };
    assert_eq!(keys(finding), FINDING);
    assert_eq!(finding["status"], "open");
    assert_eq!((&finding["trigger"], &finding["caused_by"]), (&Value::Null, &Value::Null));
    let summary = &report["summary"];
    assert_eq!(
        keys(summary),
        [
            "principals",
            "violations",
            "suppressed",
            "indeterminate",
            "out_of_budget",
            "assumptions",
            "by_rule",
            "notes",
            "gaps"
        ]
    );
    assert_eq!(summary["principals"], 1);
    assert_eq!(summary["by_rule"], json!({"trails-stay": 1}));
    assert_eq!(summary["gaps"], json!([]));
}

/// The answers that no finding goes with take something for granted too.
#[test]
fn of_a_check_that_finds_nothing() {
    let report = Place::new(&details(&allow("s3:Get*"))).check(&["--format", "json"]).json();
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["summary"]["violations"], 0);
    assert!(!report["summary"]["assumptions"].as_array().expect("a list").is_empty());
}

#[test]
fn of_what_is_indeterminate() {
    let place = Place::new(&details(&json!("{\"Statement\": [")));
    let report = place.check(&["--format", "json"]).json();
    let finding = &report["findings"][0];
    assert_eq!(keys(finding), FINDING);
    assert_eq!(finding["status"], "indeterminate");
    assert_eq!(finding["witness"], Value::Null);
    assert_eq!(finding["because"], json!([]));
    assert!(finding["unknowns"][0].as_str().is_some_and(|text| text.contains("own")), "{finding:#}");
    let gap = report["summary"]["gaps"][0].as_str().expect("text");
    assert!(gap.starts_with("111122223333: inline policy `own`"), "{gap}");
}

#[test]
fn of_a_resolved_finding() {
    let place = Place::violated();
    place.react(&["--store", "findings.redb"]);
    place.write("inventory/accounts/111122223333.json", details(&allow("s3:Get*")));
    let mut event = attachment("e2");
    event["detail"]["eventName"] = "DetachRolePolicy".into();
    place.write("event.json", event.to_string());
    let ran = place.react(&["--store", "findings.redb", "--format", "json"]);
    assert_eq!(ran.code, Some(0));
    let transition = &ran.json()["transitions"][0];
    assert_eq!(keys(transition), [&["transition", "at"][..], &FINDING].concat());
    assert_eq!((&transition["transition"], &transition["status"]), (&json!("resolved"), &json!("resolved")));
    assert_eq!(transition["trigger"]["event_id"], "e2");
    assert_eq!(transition["caused_by"]["event_id"], "e1", "what had brought it about");
    assert_eq!(transition["witness"]["action"], "cloudtrail:StopLogging", "what used to be possible");
}

#[test]
fn of_no_events() {
    let place = Place::violated();
    let ran = place.react_to(&["-"], &["--format", "json"], r#"{"Records": []}"#);
    assert_eq!(ran.json(), json!({"schema_version": 1, "changes": [], "before": [], "transitions": []}));
    assert_eq!(ran.code, Some(0));
}

#[test]
fn of_replay() {
    let place = Place::violated();
    place.write("logs/events.json", attachment("e1").to_string());
    let report = place.replay(&["--format", "json"]).json();
    assert_eq!(
        keys(&report),
        [
            "schema_version",
            "first_event",
            "last_event",
            "files",
            "records",
            "unknown_events",
            "not_applied",
            "findings",
            "by_severity",
            "by_rule",
            "by_account",
            "worst_rules",
            "before",
            "transitions"
        ]
    );
    assert_eq!(report["schema_version"], 1);
    assert_eq!(keys(&report["files"]), ["read", "digests", "insights", "others", "earlier", "mistakes"]);
    assert_eq!(
        keys(&report["records"]),
        [
            "read",
            "unwatched",
            "failed",
            "read_only",
            "idle",
            "outside",
            "duplicates",
            "relevant",
            "changes",
            "no_effect",
            "unknown",
            "forged",
            "unreadable",
            "late"
        ]
    );
    let moves = [
        "open_before",
        "indeterminate_before",
        "opened",
        "updated",
        "indeterminate",
        "suppressed",
        "resolved",
        "open_at_end",
        "indeterminate_at_end",
    ];
    for of in [&report["findings"], &report["by_rule"]["trails-stay"], &report["by_account"]["111122223333"]]
    {
        assert_eq!(keys(of), moves);
    }
    assert_eq!(keys(&report["before"][0]), [&["transition", "at"][..], &FINDING].concat());
    let worst = &report["worst_rules"][0];
    assert_eq!(keys(worst), ["rule_id", "severity", "title", "opened", "example"]);
    assert_eq!(worst["example"], report["before"][0]);
}
