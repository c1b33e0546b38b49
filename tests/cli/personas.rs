//! Personas on the command line, and on the sample of a partner organization.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::place::{repository, stanchion_in};

const SAMPLE: [&str; 4] =
    ["--inventory", "tests/organizations/partners", "--rulebook", "rulebooks/partner-central.yaml"];

/// All that is expected is found, nothing else is, and each finding has a witness or a fact.
#[test]
fn the_sample_has_the_findings_that_are_expected_of_it() {
    let arguments = [&["check"], &SAMPLE[..], &["--format", "json"]].concat();
    let report = stanchion_in(&repository(), &arguments, "").json();
    let findings = report["findings"].as_array().expect("a list");
    let mut found = BTreeSet::new();
    for finding in findings {
        assert_eq!(finding["status"], "open", "{finding:#}");
        let shown = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let has_proof = finding["witness"].is_object() || !shown("detail").is_empty();
        assert!(has_proof, "{finding:#}");
        let principal = shown("principal").trim_start_matches("arn:aws:iam::").to_owned();
        found.insert(format!("{principal} {} {}", shown("rule_id"), shown("facet")).trim().to_owned());
    }
    let expected = fs::read_to_string(repository().join("tests/organizations/partners/expected.txt"))
        .expect("what is expected");
    let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
    let lines = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(found, expected, "found:\n{}", lines(&found));
    assert_eq!(report["summary"]["gaps"], Value::Array(Vec::new()), "nothing is missing");
}

#[test]
fn a_persona_is_shown_with_the_versions_of_its_policies() {
    let shown = stanchion_in(&repository(), &["persona", "show", "technical-lead"], "");
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    for part in ["AWSPartnerCentralFullAccess", "bundled", "partnercentral (", "must not be"] {
        assert!(shown.out.contains(part), "{part} in {}", shown.out);
    }
    let unknown = stanchion_in(&repository(), &["persona", "show", "tech-lead"], "");
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("no persona `tech-lead`"), "{}", unknown.err);
}

/// The fields of the JSON, all of them and in their order.
#[test]
fn what_is_shown_and_suggested_is_written_for_programs_as_well() {
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().expect("an object").keys().cloned().collect() };
    let arguments = ["persona", "show", "technical-lead", "--format", "json"];
    let shown = stanchion_in(&repository(), &arguments, "").json();
    let fields = ["schema_version", "id", "title", "description", "needs", "at_most", "conflicts"];
    assert_eq!(keys(&shown), [&fields[..], &["outside_management"]].concat());
    let need = &shown["needs"][0][0];
    assert_eq!(keys(need), ["name", "origin", "services", "unknown"]);
    assert_eq!(need["name"], "AWSPartnerCentralFullAccess");
    assert!(need["services"]["partnercentral"].as_u64().is_some_and(|actions| actions > 0), "{need:#}");
    let who = "role/IntegrationEngineerInProduction";
    let arguments = [&["persona", "suggest", who, "--format", "json"], &SAMPLE[..]].concat();
    let suggested = stanchion_in(&repository(), &arguments, "").json();
    assert_eq!(keys(&suggested), ["schema_version", "principal", "personas"]);
    let personas = suggested["personas"].as_array().expect("a list");
    let matched: Vec<&Value> = personas.iter().filter(|persona| persona["matched"] == true).collect();
    assert_eq!(keys(matched[0]), ["id", "title", "matched", "missing", "beyond", "unknowns"]);
    assert_eq!((matched.len(), &matched[0]["id"]), (1, &"integration-engineer".into()));
    assert_eq!(keys(&matched[0]["beyond"][0]), ["service", "action", "resource", "context"]);
}

#[test]
fn the_persona_that_fits_best_is_suggested() {
    let suggest = |name: &str| {
        let arn = format!("arn:aws:iam::111122223333:{name}");
        let arguments = [&["persona", "suggest", &arn], &SAMPLE[..]].concat();
        let ran = stanchion_in(&repository(), &arguments, "");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    assert!(
        suggest("user/partner-central/TechnicalLead").contains("technical-lead  fits, and is matched by it")
    );
    let wrong = suggest("role/partner-central/IntegrationEngineerInProduction");
    assert!(wrong.contains("too much  partnercentral:"), "{wrong}");
    let nobody = stanchion_in(
        &repository(),
        &[&["persona", "suggest", "arn:aws:iam::111122223333:role/Nobody"], &SAMPLE[..]].concat(),
        "",
    );
    assert_eq!(nobody.code, Some(2));
}
