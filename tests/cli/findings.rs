//! `findings` on a file of `react --store`, and the formats in which findings are written.

use serde_json::{Value, json};

use crate::place::{Place, administrator, allow, attachment, details};

const STORE: [&str; 2] = ["--store", "findings.redb"];

fn findings(place: &Place, arguments: &[&str]) -> crate::place::Ran {
    place.run(&[&["findings"], arguments, &STORE].concat())
}

/// A place whose store has one finding, opened.
fn opened() -> Place {
    let place = Place::violated();
    assert_eq!(place.react(&STORE).code, Some(1));
    place
}

/// The same, resolved and opened again.
fn reopened() -> Place {
    let place = opened();
    for (id, name, details) in
        [("e2", "DetachRolePolicy", details(&allow("s3:Get*"))), ("e3", "AttachRolePolicy", administrator())]
    {
        place.write("inventory/accounts/111122223333.json", details);
        let mut event = attachment(id);
        event["detail"]["eventName"] = name.into();
        place.write("event.json", event.to_string());
        place.react(&STORE);
    }
    place
}

fn id(place: &Place) -> String {
    let list = findings(place, &["export", "--format", "json"]).json();
    list[0]["fingerprint"].as_str().expect("an id").to_owned()
}

#[test]
fn list_says_what_is_open() {
    let place = opened();
    let text = findings(&place, &["list"]);
    assert_eq!(text.code, Some(1));
    assert!(text.out.contains("VIOLATED critical trails-stay"), "{}", text.out);
    assert!(text.out.contains(&id(&place)), "{}", text.out);
    let of = |more: &[&str]| {
        let list = findings(&place, &[&["list", "--format", "json"], more].concat());
        list.json()["findings"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(of(&[]), 1);
    assert_eq!(of(&["--rule", "trails-stay", "--account", "111122223333", "--severity", "critical"]), 1);
    assert_eq!(of(&["--rule", "another"]), 0);
    assert_eq!(of(&["--account", "222233334444"]), 0);
}

#[test]
fn what_is_resolved_is_exported_and_not_listed() {
    let place = opened();
    place.write("inventory/accounts/111122223333.json", details(&allow("s3:Get*")));
    place.write("event.json", attachment("e2").to_string());
    place.react(&STORE);
    let list = findings(&place, &["list", "--format", "json"]);
    assert_eq!((list.code, &list.json()["findings"]), (Some(0), &json!([])));
    let kept = findings(&place, &["export", "--format", "json"]).json();
    assert_eq!((&kept[0]["state"], &kept[0]["schema_version"]), (&json!("resolved"), &json!(1)));
}

#[test]
fn show_is_a_page() {
    let place = opened();
    let id = id(&place);
    let page = findings(&place, &["show", &id[..8]]);
    assert_eq!(page.code, Some(0));
    for part in [
        "CRITICAL open: role Deploy of account 111122223333 breaks \"Nobody stops CloudTrail\"",
        "can call cloudtrail:StopLogging, for instance on",
        "AttachRolePolicy on role Deploy of account 111122223333, by user dana",
        "2026-03-02T09:01:00Z",
        "198.51.100.23",
        "Deny it.",
        &id,
    ] {
        // Lines are broken at spaces.
        let text = page.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let markdown = findings(&place, &["show", &id, "--format", "markdown"]);
    assert!(markdown.out.starts_with("# CRITICAL open: role Deploy"), "{}", markdown.out);
    assert_eq!(findings(&place, &["show", &id, "--format", "json"]).json()["rule_id"], "trails-stay");
}

#[test]
fn history_says_what_happened() {
    let place = reopened();
    let history = findings(&place, &["history", &id(&place)[..8]]);
    let lines: Vec<&str> = history.out.lines().skip(1).collect();
    assert_eq!(lines.len(), 3, "{}", history.out);
    for (line, (kind, event)) in
        lines.iter().zip([("opened", "AttachRole"), ("resolved", "DetachRole"), ("opened", "AttachRole")])
    {
        assert!(line.contains(kind) && line.contains(event), "{line}");
    }
    let json = findings(&place, &["history", &id(&place), "--format", "json"]).json();
    let kinds: Vec<&str> =
        json.as_array().expect("a list").iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(kinds, ["opened", "resolved", "opened"]);
}

#[test]
fn what_is_not_there_is_an_error_that_says_what_to_do() {
    let place = Place::violated();
    let missing = findings(&place, &["list"]);
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.err.contains("findings.redb") && missing.err.contains("react --store"),
        "{}",
        missing.err
    );
    assert!(!place.path().join("findings.redb").exists(), "looking makes no store");
    let place = opened();
    for (id, word) in [("ab", "too short"), ("zzzz", "no finding"), ("", "too short")] {
        let ran = findings(&place, &["show", id]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(word), "{}", ran.err);
    }
}

/// Every verb that finds something writes it in every format.
#[test]
fn every_format_of_every_verb() {
    let place = opened();
    let id = id(&place);
    place.write("fresh.json", attachment("e9").to_string());
    for format in ["markdown", "sarif", "junit", "csv", "asff", "ocsf"] {
        let form = ["--format", format];
        let now = ["--now", "2026-03-10T00:00:00Z"];
        for ran in [
            place.check(&[form, now].concat()),
            place.react_to(&["fresh.json"], &[form, now].concat(), ""),
            findings(&place, &[&["list"], &form[..]].concat()),
            findings(&place, &[&["export"], &form[..]].concat()),
            findings(&place, &[&["show", &id], &form[..]].concat()),
        ] {
            assert!(ran.err.is_empty(), "{}", ran.err);
            let says = match format {
                "markdown" => ran.out.starts_with("# CRITICAL open: "),
                "junit" => ran.out.contains("<failure type=\"critical\""),
                "csv" => ran.out.lines().count() == 2 && ran.out.contains("trails-stay"),
                "sarif" => ran.json()["runs"][0]["results"][0]["ruleId"] == "trails-stay",
                "asff" => ran.json()[0]["Severity"]["Label"] == "CRITICAL",
                _ => ran.json()[0]["class_uid"] == 2003,
            };
            assert!(says, "{format}: {}", ran.out);
        }
    }
}

/// Code scanning shows a result at its line.
#[test]
fn sarif_points_at_the_principal() {
    let place = Place::violated();
    let pretty: Value = serde_json::from_str(&administrator()).expect("JSON");
    let text = format!("{pretty:#}");
    let line = 1 + text.lines().position(|line| line.contains(":role/ci/Deploy\"")).expect("the role");
    place.write("inventory/accounts/111122223333.json", text);
    let log = place.check(&["--format", "sarif"]).json();
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "inventory/accounts/111122223333.json");
    assert_eq!(location["region"]["startLine"], line);
}

#[test]
fn junit_has_the_rules_that_hold() {
    let place = Place::new(&details(&allow("s3:Get*")));
    let report = place.check(&["--format", "junit"]);
    assert_eq!(report.code, Some(0));
    assert!(
        report.out.contains("<testcase classname=\"trails-stay\" name=\"Nobody stops CloudTrail\"/>"),
        "{}",
        report.out
    );
}

#[test]
fn the_region_of_the_security_hub_is_said() {
    let list = Place::violated().check(&["--format", "asff", "--asff-region", "eu-west-1"]).json();
    let arn = list[0]["ProductArn"].as_str().expect("an ARN");
    assert_eq!(arn, "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default");
}

/// What is not evaluated has not passed, and is said beside every format.
#[test]
fn a_rule_that_is_not_evaluated_is_skipped() {
    let place = Place::new(&details(&allow("s3:Get*")));
    let rulebook = crate::place::RULEBOOK.replace("    forbid", "    enforced_by: scp\n    forbid");
    place.write("rulebook.yaml", rulebook);
    let report = place.check(&["--format", "junit"]);
    assert!(report.out.contains("skipped=\"1\""), "{}", report.out);
    assert!(report.out.contains("<skipped message=\""), "{}", report.out);
    assert!(report.err.contains("note: trails-stay: "), "{}", report.err);
}
