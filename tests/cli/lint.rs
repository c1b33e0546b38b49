//! `lint`: findings with places, and safe fixes written.

use serde_json::Value;

use crate::place::Place;

const TWICE: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
  {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"}
]}"#;

#[test]
fn a_finding_has_a_place() {
    let place = Place::violated();
    place.write("policy.json", TWICE);
    let text = place.run(&["lint", "policy.json"]);
    assert_eq!(text.code, Some(1));
    assert!(text.out.contains("policy.json:3:3:") && text.out.contains("covered-statement"), "{}", text.out);
    assert!(text.out.contains("1 finding in 1 policy"), "{}", text.out);
    let json: Value = place.run(&["lint", "--format", "json", "policy.json"]).json();
    let finding = &json["findings"][0];
    assert_eq!(
        (&finding["line"], &finding["column"], &finding["fix"]["safe"]),
        (&3.into(), &3.into(), &true.into())
    );
}

#[test]
fn safe_fixes_are_written() {
    let place = Place::violated();
    place.write("policy.json", TWICE);
    let ran = place.run(&["lint", "--fix", "policy.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "0 findings in 1 policy\n"));
    let again = place.run(&["lint", "policy.json"]);
    assert_eq!((again.code, again.out.as_str()), (Some(0), "0 findings in 1 policy\n"));
}

#[test]
fn a_file_without_a_policy_is_wrong_input() {
    let place = Place::violated();
    for text in ["{}", "[1]", "not JSON"] {
        place.write("policy.json", text);
        let ran = place.run(&["lint", "policy.json"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{text}");
        assert!(ran.err.contains("policy.json"), "{}", ran.err);
    }
}
