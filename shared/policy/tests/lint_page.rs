//! `docs/LINT.md` has a section for each check, and its examples are true.

use stanchion_policy::lint::{CHECKS, Severity, apply, lint};

const PAGE: &str = include_str!("../../../docs/LINT.md");

/// The codes that a text's policies are given, each with whether it has a safe fix.
fn codes(text: &str) -> Vec<(&'static str, bool)> {
    let policies = lint(text, None).expect("JSON");
    assert!(!policies.is_empty(), "no policy in {text}");
    let findings = policies.into_iter().flat_map(|policy| policy.findings);
    findings.map(|finding| (finding.code, finding.fix.is_some_and(|fix| fix.safe))).collect()
}

fn sections() -> Vec<(&'static str, &'static str)> {
    PAGE.split("\n## ").skip(1).filter_map(|section| section.split_once('\n')).collect()
}

fn examples(section: &str) -> Vec<&str> {
    let blocks = section.split("```json\n").skip(1);
    blocks.filter_map(|block| block.split_once("\n```")).map(|(block, _)| block).collect()
}

#[test]
fn every_check_has_a_section() {
    let codes: Vec<_> = CHECKS.iter().map(|check| check.code).collect();
    assert_eq!(sections().iter().map(|(code, _)| *code).collect::<Vec<_>>(), codes);
    for (check, (_, section)) in CHECKS.iter().zip(sections()) {
        let line = format!("*{:?}. Source: {}.*", check.severity, check.source);
        assert!(section.contains(&line), "{} should say {line}", check.code);
        let said: String = section.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        assert!(said.contains(&check.summary.to_lowercase()), "{}: {}", check.code, check.summary);
    }
}

#[test]
fn every_mistake_is_found_and_every_mend_mends() {
    for (code, section) in sections() {
        let [bad, good] = examples(section)[..] else { panic!("{code} needs two examples") };
        assert!(codes(bad).iter().any(|(found, _)| *found == code), "{code} is not found: {:?}", codes(bad));
        assert!(!codes(good).iter().any(|(found, _)| *found == code), "{code} is not mended");
    }
}

/// Applied once, safe fixes leave none.
#[test]
fn safe_fixes_are_made() {
    let mut made = 0;
    for (_, section) in sections() {
        let bad = examples(section)[0];
        let policies = lint(bad, None).expect("JSON");
        let (mended, count) = apply(bad, policies.iter().flat_map(|policy| &policy.findings));
        assert!(codes(&mended).iter().all(|(_, safe)| !safe), "{mended}");
        made += count;
    }
    assert!(made > 0, "no example has a safe fix");
}

#[test]
fn what_the_grammar_refuses_is_an_error() {
    let details = r#"{"RoleDetailList": [{"RoleName": "ci", "AssumeRolePolicyDocument": "%7B%7D",
        "RolePolicyList": [{"PolicyName": "in", "PolicyDocument": {"Statement": {"Effect": "allow"}}}]}]}"#;
    let policies = lint(details, None).expect("JSON");
    let names: Vec<_> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["ci/trust", "ci/in"]);
    for policy in policies {
        let codes: Vec<_> = policy.findings.iter().map(|f| (f.code, f.severity)).collect();
        assert_eq!(codes, [("not-a-policy", Severity::Error)], "{}", policy.name);
    }
}
