//! A repeated key is an error, never last-wins (SEMANTICS.md, on JSON).

use crate::{line, refused};

const REQUEST: &str = r#"{"principal": "anonymous", "action": "a:b", "resource": "*""#;

#[test]
fn in_every_part_of_a_policy() {
    let cases = [
        (r#"{"Statement": [], "Statement": []}"#, "`Statement` is given twice"),
        (
            r#"{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*"}}"#,
            "Statement: `Effect` is given twice",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"a": 1, "a": 2}}}}"#,
            "Statement.Condition.Bool: `a` is given twice",
        ),
    ];
    for (text, said) in cases {
        assert_eq!(refused(text), said);
    }
}

#[test]
fn in_a_request() {
    assert!(line(&format!(r#"{REQUEST}, "action": "a:c"}}"#)).contains("duplicate field `action`"));
    assert!(line(&format!(r#"{REQUEST}, "context": {{"k": 1, "k": 2}}}}"#)).contains("given twice"));
}

/// That these end within the test's patience is what is asked.
#[test]
fn among_a_hundred_thousand_keys() {
    let keys: String = (0..100_000).map(|i| format!("\"k{i}\": 1, ")).collect();
    let said = line(&format!(r#"{REQUEST}, "context": {{{keys} "k": 2}}}}"#));
    assert!(!said.contains("\"error\""), "{said}");
    let keys: String = (0..80_000).map(|i| format!("\"k{i}\":1,")).collect();
    assert_eq!(refused(&format!("{{{keys}\"k0\":1}}")), "`k0` is given twice");
}
