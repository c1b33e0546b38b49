//! Wrong input ends with 2 and a message that names the place and, where it can, the mend.

use crate::place::{Place, RULEBOOK};

/// What a run that fails says. It says nothing on standard output.
fn error(place: &Place, arguments: &[&str]) -> String {
    let ran = place.run(arguments);
    assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.out, ran.err);
    assert_eq!(ran.out, "", "{arguments:?}");
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran.err
}

const CHECK: [&str; 5] = ["check", "--inventory", "inventory", "--rulebook", "rulebook.yaml"];

fn react<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["react", "event.json", "--inventory", "inventory", "--rulebook", "rulebook.yaml"], more].concat()
}

/// Message text without the frame and the line breaks that it is set in.
fn plain(error: &str) -> String {
    error.replace(['│', '×'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn of_a_rulebook_with_mistakes_show_all_of_them() {
    let place = Place::violated();
    let wrong = RULEBOOK.replace("severity: critical", "severty: critical").replace(
        "Action: cloudtrail:StopLogging",
        "Action: cloudtrail:StopLogging, Condition: { StringEqals: { aws:RequestedRegion: eu-west-1 } }",
    );
    place.write("rulebook.yaml", wrong);
    insta::assert_snapshot!(error(&place, &CHECK), @r"
      × the rulebook has 2 mistakes

    Error: unknown-key

      × rulebook.yaml:5:5: `severty` is not a key of a guardrail
       ╭─[rulebook.yaml:5:5]
     4 │     title: Nobody stops CloudTrail
     5 │     severty: critical
       ·     ─
     6 │     remedy: Deny it.
       ╰────
      help: did you mean `severity`?

    Error: unknown-operator

      × rulebook.yaml:7:62: `StringEqals` is not a condition operator
       ╭─[rulebook.yaml:7:62]
     6 │     remedy: Deny it.
     7 │     forbid: [ { Action: cloudtrail:StopLogging, Condition: { StringEqals: { aws:RequestedRegion: eu-west-1 } } } ]
       ·                                                              ─
       ╰────
      help: did you mean `StringEquals`?
    ");
}

#[test]
fn of_a_rulebook_that_is_not_yaml() {
    let place = Place::violated();
    place.write("rulebook.yaml", "version: 1\nguardrails: [\n");
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("rulebook.yaml:2:13: not YAML"), "{error}");
}

#[test]
fn of_a_suppression_of_no_rule() {
    let place = Place::violated();
    let entry = "{ rule: trail-stays, subject: '*', reason: R, owner: O, until: 2027-03-01 }";
    place.write("rulebook.yaml", format!("{RULEBOOK}suppressions:\n  - {entry}\n"));
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("rulebook.yaml:9:13: there is no rule `trail-stays`"), "{error}");
}

#[test]
fn of_a_rulebook_that_is_not_there() {
    let place = Place::violated();
    let arguments = ["check", "--inventory", "inventory", "--rulebook", "other.yaml"];
    assert!(error(&place, &arguments).contains("other.yaml"));
}

#[test]
fn of_an_inventory_that_is_not_there() {
    let place = Place::violated();
    let arguments = ["check", "--inventory", "nowhere", "--rulebook", "rulebook.yaml"];
    let error = plain(&error(&place, &arguments));
    assert!(error.contains("`nowhere`: no inventory"), "{error}");
    assert!(error.contains("docs/INVENTORY.md"), "{error}");
}

#[test]
fn of_details_that_are_not_json() {
    let place = Place::new("{\n  \"UserDetailList\": [\n    {\"UserName\": ]\n}");
    let error = plain(&error(&place, &CHECK));
    assert!(
        error.contains("`inventory/accounts/111122223333.json`, line 3, column 18: expected value"),
        "{error}"
    );
}

#[test]
fn of_details_of_another_shape() {
    let place = Place::new("{\"UserDetailList\": {}}");
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("`inventory/accounts/111122223333.json`, line 1, column 21:"), "{error}");
}

#[test]
fn of_details_of_another_account() {
    let place = Place::new(&crate::place::administrator().replace("111122223333", "444455556666"));
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("does not belong to account 111122223333"), "{error}");
}

#[test]
fn of_details_that_are_not_named_after_an_account() {
    let place = Place::violated();
    place.write("inventory/accounts/production.json", "{}");
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("accounts/production.json`"), "{error}");
    assert!(error.contains("`111122223333.json`"), "{error}");
}

#[test]
fn of_a_broken_organization_file() {
    let place = Place::violated();
    place.write("inventory/organization.json", "{\n  \"Roots\": 7\n}");
    let error = plain(&error(&place, &CHECK));
    assert!(error.contains("`inventory/organization.json`, line 2, column 12:"), "{error}");
}

#[test]
fn of_events_that_are_not_json() {
    let place = Place::violated();
    place.write("event.json", "{\"eventID\": \"e1\"}\n{\"eventID\": }\n");
    let error = plain(&error(&place, &react(&[])));
    assert!(error.contains("`event.json`, line 2, column 13: expected value"), "{error}");
}

#[test]
fn of_json_that_is_no_event() {
    let place = Place::violated();
    place.write("event.json", "[{}, 3]");
    let error = plain(&error(&place, &react(&[])));
    assert!(error.contains("`event.json`, event 2: not a JSON object"), "{error}");
}

#[test]
fn of_events_that_are_not_there() {
    let place = Place::violated();
    let arguments = ["react", "none.json", "--inventory", "inventory", "--rulebook", "rulebook.yaml"];
    assert!(error(&place, &arguments).contains("none.json"));
}

#[test]
fn of_a_store_that_is_something_else() {
    let place = Place::violated();
    place.write("findings.redb", "These are my findings.\n");
    let error = plain(&error(&place, &react(&["--store", "findings.redb"])));
    assert!(error.contains("`findings.redb` is not a finding store"), "{error}");
    let kept = std::fs::read_to_string(place.path().join("findings.redb")).expect("the file");
    assert_eq!(kept, "These are my findings.\n", "somebody else's file is left as it was");
}

#[test]
fn of_a_store_in_a_directory_that_is_not_there() {
    let place = Place::violated();
    let error = plain(&error(&place, &react(&["--store", "nowhere/findings.redb"])));
    assert!(error.contains("`nowhere/findings.redb`"), "{error}");
}

#[test]
fn of_requests_that_are_not_there() {
    let place = Place::violated();
    assert!(error(&place, &["simulate", "none.jsonl"]).contains("none.jsonl"));
}

/// Not an error: the rule is evaluated, and only a part of it is not.
#[test]
fn a_rule_that_asks_for_more_than_is_evaluated_yet_is_noted() {
    let place = Place::violated();
    place.write("rulebook.yaml", RULEBOOK.replace("    remedy", "    enforced_by: scp\n    remedy"));
    let ran = place.check(&[]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.out.lines().filter(|line| line.starts_with("note trails-stay: ")).count(),
        1,
        "{}",
        ran.out
    );
    assert_eq!(ran.err, "");
}
