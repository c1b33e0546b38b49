//! A sample organization with every technique of the pack, right and wrong, and roles that lead to others.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::place::{repository, stanchion_in};

const SAMPLE: [&str; 6] = [
    "--inventory",
    "tests/organizations/escalation",
    "--rulebook",
    "rulebooks/privilege-escalation.yaml",
    "--format",
    "json",
];

fn sample(arguments: &[&str]) -> Value {
    let ran = stanchion_in(&repository(), &[arguments, &SAMPLE].concat(), "");
    assert_ne!(ran.code, Some(2), "{}", ran.err);
    ran.json()
}

/// Who, by which rule, and in which way.
fn line(finding: &Value) -> String {
    let shown = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let principal = shown("principal").trim_start_matches("arn:aws:iam::").to_owned();
    format!("{principal} {} {}", shown("rule_id"), shown("facet")).trim().to_owned()
}

/// All that is expected is found, nothing else is, and each finding has a witness or a fact.
#[test]
fn the_sample_has_the_findings_that_are_expected_of_it() {
    let report = sample(&["check"]);
    let mut found = BTreeSet::new();
    for finding in report["findings"].as_array().expect("a list") {
        assert_eq!(finding["status"], "open", "{finding:#}");
        assert!(finding["witness"].is_object() || finding["detail"].is_string(), "{finding:#}");
        found.insert(line(finding));
    }
    let expected = fs::read_to_string(repository().join("tests/organizations/escalation/expected.txt"));
    let expected: BTreeSet<String> = expected.expect("what is expected").lines().map(str::to_owned).collect();
    let lines = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(found, expected, "found:\n{}", lines(&found));
    assert_eq!(report["summary"]["gaps"], Value::Array(Vec::new()), "nothing is missing");
}

/// Each technique of the pack is found of the user who can carry it out, and of the one who cannot it is not.
#[test]
fn every_technique_is_told_from_what_only_looks_like_it() {
    let pack =
        fs::read_to_string(repository().join("rulebooks/privilege-escalation.yaml")).expect("the pack");
    let pack = stanchion_rules::Rulebook::parse(&pack, "the pack").expect("a rulebook");
    let report = sample(&["check"]);
    let found: BTreeSet<String> = report["findings"].as_array().expect("a list").iter().map(line).collect();
    let techniques = pack.rules.iter().filter(|rule| rule.kind.name() == "combination");
    let mut seen = 0;
    for rule in techniques {
        let name = rule.id.trim_start_matches("no-");
        let of = |who: &str| format!("444455556666:user/techniques/{who}-{name} {}", rule.id);
        assert!(found.contains(&of("wrong")), "{}", of("wrong"));
        assert!(!found.contains(&of("right")), "{}", of("right"));
        assert!(rule.description.as_ref().is_some_and(|text| text.contains("Source: ")), "{}", rule.id);
        seen += 1;
    }
    assert!(seen > 35, "{seen} techniques");
}

/// A path is drawn from its first step to what can be done at its end; its witness is the first step.
#[test]
fn a_path_is_drawn() {
    let report = sample(&["check"]);
    let findings = report["findings"].as_array().expect("a list");
    let walker =
        findings.iter().find(|finding| finding["principal"] == "arn:aws:iam::444455556666:user/Walker");
    let walker = walker.expect("a finding");
    assert_eq!(
        walker["detail"],
        "assumes arn:aws:iam::444455556666:role/Deployer -> assumes arn:aws:iam::444455556666:role/Builder -> \
         passes to states.amazonaws.com arn:aws:iam::444455556666:role/administrators/Robot, which may do everything"
    );
    assert_eq!(walker["witness"]["action"], "sts:AssumeRole");
    assert_eq!(walker["witness"]["resource"], "arn:aws:iam::444455556666:role/Deployer");
}

/// A role that changes is a matter of those who may become it, or pass it, though nothing of theirs changes.
#[test]
fn changes_of_roles_open_and_resolve_what_leads_through_them() {
    let report = sample(&["react", "tests/organizations/escalation/events.json", "--apply"]);
    let told = report["transitions"].as_array().expect("a list").iter().map(|transition| {
        let event = transition["trigger"]["event_name"].as_str().unwrap_or_default();
        let cause = transition["caused_by"]["event_name"].as_str().unwrap_or("-");
        let word = transition["transition"].as_str().unwrap_or_default();
        format!("{event}: {word} {}, by {cause}", line(transition))
    });
    let told: Vec<String> = told.collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    PutRolePolicy: opened 444455556666:role/Reader no-state-machine-with-more, by PutRolePolicy
    PutRolePolicy: opened 444455556666:role/Reader nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by PutRolePolicy
    PutRolePolicy: opened 444455556666:user/Stroller nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by PutRolePolicy
    UpdateAssumeRolePolicy: resolved 444455556666:role/Deployer nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by -
    UpdateAssumeRolePolicy: opened 444455556666:user/EverythingButAccess no-commands-on-instances-with-more, by UpdateAssumeRolePolicy
    UpdateAssumeRolePolicy: opened 444455556666:user/EverythingButAccess no-keys-to-instances-with-more, by UpdateAssumeRolePolicy
    UpdateAssumeRolePolicy: opened 444455556666:user/EverythingButAccess no-user-data-of-instances-with-more, by UpdateAssumeRolePolicy
    UpdateAssumeRolePolicy: resolved 444455556666:user/Walker nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by -
    UpdateAssumeRolePolicy: opened 444455556666:user/techniques/right-commands-on-instances-with-more no-commands-on-instances-with-more, by UpdateAssumeRolePolicy
    UpdateAssumeRolePolicy: opened 444455556666:user/techniques/right-keys-to-instances-with-more no-keys-to-instances-with-more, by UpdateAssumeRolePolicy
    UpdateAssumeRolePolicy: opened 444455556666:user/techniques/right-user-data-of-instances-with-more no-user-data-of-instances-with-more, by UpdateAssumeRolePolicy
    DeleteRolePolicy: resolved 444455556666:role/Reader no-state-machine-with-more, by PutRolePolicy
    DeleteRolePolicy: resolved 444455556666:role/Reader nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by PutRolePolicy
    DeleteRolePolicy: resolved 444455556666:user/EverythingButAccess nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by -
    DeleteRolePolicy: resolved 444455556666:user/Stroller nobody-comes-to-administration to:arn:aws:iam::444455556666:role/administrators/Robot, by PutRolePolicy
    AttachRolePolicy: opened 444455556666:role/Same-lambda administrators-are-known, by AttachRolePolicy
    AttachRolePolicy: opened 444455556666:user/EverythingButAccess no-code-of-functions-with-more, by AttachRolePolicy
    AttachRolePolicy: opened 444455556666:user/techniques/right-code-of-functions-with-more no-code-of-functions-with-more, by AttachRolePolicy
    AttachRolePolicy: opened 444455556666:user/techniques/right-new-function-with-more no-new-function-with-more, by AttachRolePolicy
    AttachRolePolicy: opened 444455556666:user/techniques/right-new-function-with-more nobody-comes-to-administration to:arn:aws:iam::444455556666:role/Same-lambda, by AttachRolePolicy
    AttachRolePolicy: opened 444455556666:user/techniques/wrong-new-function-with-more nobody-comes-to-administration to:arn:aws:iam::444455556666:role/Same-lambda, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:role/Same-lambda administrators-are-known, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:user/EverythingButAccess no-code-of-functions-with-more, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:user/techniques/right-code-of-functions-with-more no-code-of-functions-with-more, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:user/techniques/right-new-function-with-more no-new-function-with-more, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:user/techniques/right-new-function-with-more nobody-comes-to-administration to:arn:aws:iam::444455556666:role/Same-lambda, by AttachRolePolicy
    DetachRolePolicy: resolved 444455556666:user/techniques/wrong-new-function-with-more nobody-comes-to-administration to:arn:aws:iam::444455556666:role/Same-lambda, by AttachRolePolicy
    ");
}
