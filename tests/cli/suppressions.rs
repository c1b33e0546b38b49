//! Suppressions, from the rulebook to what every verb says of them.

use std::fs;

use serde_json::json;

use crate::place::{Place, RULEBOOK, Ran, attachment};

const NOW: [&str; 2] = ["--now", "2026-03-02T10:00:00Z"];
const STORE: [&str; 2] = ["--store", "findings.redb"];

/// A place with a finding, and a rulebook with a suppression.
fn suppressed(entry: &str) -> Place {
    let place = Place::violated();
    place.write("rulebook.yaml", format!("{RULEBOOK}suppressions:\n  - {entry}\n"));
    place
}

const OF_DEPLOY: &str = "{ rule: trails-stay, principal: 'arn:aws:iam::*:role/ci/Deploy', \
                         reason: Moves in spring, owner: team-web, until: 2026-06-01 }";

fn lint(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&["rulebook", "lint", "rulebook.yaml"], more].concat())
}

#[test]
fn what_is_suppressed_is_listed_and_counted_and_no_failure() {
    let place = suppressed(OF_DEPLOY);
    let ran = place.check(&NOW);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for part in [
        "SUPPRESSED critical trails-stay",
        "suppressed by team-web, until 2026-06-01: Moves in spring",
        "1 principal, 0 violated, 0 indeterminate, 1 suppressed",
    ] {
        assert!(ran.out.contains(part), "{}", ran.out);
    }
    let report = place.check(&[&NOW[..], &["--format", "json"]].concat()).json();
    assert_eq!(report["findings"][0]["status"], "suppressed");
    assert_eq!((&report["summary"]["suppressed"], &report["summary"]["violations"]), (&json!(1), &json!(0)));
    let log = place.check(&[&NOW[..], &["--format", "sarif"]].concat()).json();
    assert_eq!(log["runs"][0]["results"][0]["suppressions"][0]["kind"], "external");
}

#[test]
fn its_day_makes_it_a_failure_again() {
    let place = suppressed(OF_DEPLOY);
    let ran = place.check(&["--now", "2026-06-01T00:00:00Z"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("0 indeterminate\n"), "{}", ran.out);
    assert!(ran.out.contains("note the suppression ended on 2026-06-01"), "{}", ran.out);
    let ran = place.check(&["--now", "2025-01-01T00:00:00Z"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("366 days ahead is the most: it is not in force"), "{}", ran.out);
}

#[test]
fn one_that_fits_nothing_or_too_much_is_told() {
    let nothing = suppressed("{ rule: '*', subject: AROAGONE, reason: R, owner: O, until: 2026-06-01 }");
    let ran = nothing.check(&NOW);
    assert!(ran.out.contains("note the suppression fits no finding") && ran.code == Some(1), "{}", ran.out);
    let ran = lint(&nothing, &[&NOW[..], &["--inventory", "inventory"]].concat());
    assert!(ran.out.contains("fits no finding") && ran.code == Some(1), "{}", ran.out);
    assert_eq!(lint(&nothing, &NOW).code, Some(0), "what there is, it does not know");

    // Thirty roles.
    let wide =
        suppressed("{ rule: trails-*, account: '111122223333', reason: R, owner: O, until: 2026-06-01 }");
    let path = wide.path().join("inventory/accounts/111122223333.json");
    let mut details: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).expect("details")).expect("JSON");
    let one = details["RoleDetailList"][0].clone();
    let roles = (0..30).map(|number| {
        let mut role = one.clone();
        role["RoleName"] = format!("Deploy{number}").into();
        role["RoleId"] = format!("AROAEXAMPLE{number:010}").into();
        role["Arn"] = format!("arn:aws:iam::111122223333:role/ci/Deploy{number}").into();
        role
    });
    details["RoleDetailList"] = roles.collect();
    wide.write("inventory/accounts/111122223333.json", details.to_string());
    let inventory = [&NOW[..], &["--inventory", "inventory"]].concat();
    let ran = lint(&wide, &inventory);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.out.contains("fits 30 findings, and 25 is the most"), "{}", ran.out);
    assert!(wide.check(&NOW).out.contains("note the suppression fits 30 findings"));
    let report = wide.check(&[&NOW[..], &["--format", "junit"]].concat());
    assert_eq!(report.out.matches("<testsuite ").count(), 1, "that note is about no rule: {}", report.out);
    let meant = fs::read_to_string(wide.path().join("rulebook.yaml")).expect("the rulebook");
    wide.write("rulebook.yaml", meant.replace("2026-06-01 }", "2026-06-01, findings: 30 }"));
    assert_eq!(lint(&wide, &inventory).code, Some(0));
}

#[test]
fn lint_refuses_one_that_ends_too_late() {
    let place = suppressed(&OF_DEPLOY.replace("2026-06-01", "2028-01-01"));
    let ran = lint(&place, &[&NOW[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(2));
    let problem = &ran.json()["problems"][0];
    assert_eq!((&problem["code"], &problem["severity"]), (&json!("long-suppression"), &json!("error")));
    assert_eq!((&problem["line"], &problem["column"]), (&json!(9), &json!(5)));
}

#[test]
fn react_tells_it_once_and_reopens_it() {
    let place = suppressed(OF_DEPLOY);
    let ran = place.react(&[&NOW[..], &STORE].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("0 indeterminate, 1 suppressed"), "{}", ran.out);
    place.write("event.json", attachment("e2").to_string());
    let again = place.react(&[&NOW[..], &STORE].concat());
    assert!(again.out.contains("0 opened") && !again.out.contains("suppressed"), "{}", again.out);
    let list = place.run(&[&["findings", "list"][..], &STORE].concat());
    assert!(
        list.out.contains("SUPPRESSED critical") && list.out.contains("1 finding, 1 suppressed"),
        "{}",
        list.out
    );
    assert_eq!(list.code, Some(0));

    place.write("event.json", attachment("e3").to_string());
    let later = [&["--now", "2026-06-02T00:00:00Z"][..], &STORE].concat();
    let ran = place.react(&later);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("OPENED critical") && ran.out.contains("no longer suppressed"), "{}", ran.out);
    assert!(ran.err.contains("the suppression ended on 2026-06-01"), "{}", ran.err);
    let id = place.run(&[&["findings", "export", "--format", "json"][..], &STORE].concat()).json();
    let id = id[0]["fingerprint"].as_str().expect("an id").to_owned();
    let history = place.run(&[&["findings", "history", &id][..], &STORE].concat());
    assert!(history.out.contains("suppressed (critical): team-web, until 2026-06-01"), "{}", history.out);
}

/// The arguments that suppress the finding of a place.
fn suppress(place: &Place, more: &[&str]) -> Ran {
    let kept = place.run(&[&["findings", "export", "--format", "json"][..], &STORE].concat()).json();
    let id = kept[0]["fingerprint"].as_str().expect("an id").to_owned();
    let why = ["--reason", "Moves: \"soon\"", "--owner", "team-web"];
    place.run(&[&["findings", "suppress", &id[..8]], &STORE[..], &why, &NOW, more].concat())
}

#[test]
fn a_finding_is_suppressed_by_its_id_and_the_rulebook_keeps_its_comments() {
    let place = Place::violated();
    place.write("rulebook.yaml", format!("# Ours.\n{RULEBOOK}"));
    place.react(&[&NOW[..], &STORE].concat());
    let until = ["--until", "2026-06-01"];
    let printed = suppress(&place, &until);
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    assert!(printed.out.contains("- rule: \"trails-stay\"\n"), "{}", printed.out);
    assert!(printed.out.contains("subject: \"AROAEXAMPLEDEPLOY0001\""), "{}", printed.out);

    let added = suppress(&place, &[&until[..], &["--rulebook", "rulebook.yaml"]].concat());
    assert_eq!(added.code, Some(0), "{}", added.err);
    assert!(added.out.contains("added to rulebook.yaml"), "{}", added.out);
    let text = fs::read_to_string(place.path().join("rulebook.yaml")).expect("the rulebook");
    assert!(text.starts_with(&format!("# Ours.\n{RULEBOOK}")), "{text}");
    let ran = place.check(&NOW);
    assert!(ran.code == Some(0) && ran.out.contains("1 suppressed"), "{}", ran.out);
}

#[test]
fn what_cannot_be_suppressed_is_said_and_nothing_is_written() {
    let place = Place::violated();
    place.react(&[&NOW[..], &STORE].concat());
    let rulebook = ["--rulebook", "rulebook.yaml"];
    for (until, why) in [("2026-03-02", "is not after today"), ("2028-01-01", "more than 366 days ahead")] {
        let ran = suppress(&place, &[&["--until", until][..], &rulebook].concat());
        assert!(ran.code == Some(2) && ran.err.contains(why), "{}", ran.err);
    }
    place.write("rulebook.yaml", format!("{RULEBOOK}suppressions: []\n"));
    let ran = suppress(&place, &[&["--until", "2026-06-01"][..], &rulebook].concat());
    assert!(ran.code == Some(2) && ran.err.contains("on one line"), "{}", ran.err);
    let text = fs::read_to_string(place.path().join("rulebook.yaml")).expect("the rulebook");
    assert_eq!(text, format!("{RULEBOOK}suppressions: []\n"));
}
