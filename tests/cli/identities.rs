//! A sample with credential reports: all that is expected is found, and nothing else.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::place::{repository, stanchion_in};

const SAMPLE: [&str; 9] = [
    "check",
    "--inventory",
    "tests/organizations/identities",
    "--rulebook",
    "rulebooks/identity.yaml",
    "--now",
    "2026-06-01T00:00:00Z",
    "--format",
    "json",
];

#[test]
fn the_sample_has_the_findings_that_are_expected_of_it() {
    let ran = stanchion_in(&repository(), &SAMPLE, "");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let report = ran.json();
    let shown = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let line = |finding: &Value| {
        let principal = shown(finding, "principal").trim_start_matches("arn:aws:iam::").to_owned();
        format!("{principal} {} {}", shown(finding, "rule_id"), shown(finding, "facet"))
    };
    let findings = report["findings"].as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["status"] == "open"), "nothing is missing: {report:#}");
    let found: BTreeSet<String> = findings.iter().map(line).collect();
    let expected = fs::read_to_string(repository().join("tests/organizations/identities/expected.txt"));
    let expected: BTreeSet<String> = expected.expect("what is expected").lines().map(str::to_owned).collect();
    let lines = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("\n");
    assert_eq!(found, expected, "found:\n{}", lines(&found));
}
