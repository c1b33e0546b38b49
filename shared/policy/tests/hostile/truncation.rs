//! Texts that end too soon.

use stanchion_policy::Document;

use crate::{condition, line, simulated};

#[test]
fn every_beginning_of_a_policy_is_refused() {
    let policy = condition("StringEquals", r#"["a\u00e9", true, 1.5, "é"]"#);
    assert!(Document::parse(&policy).is_ok());
    for (end, _) in policy.char_indices() {
        assert!(Document::parse(&policy[..end]).is_err(), "{end}");
        // Nothing at all, where a list may be empty, is no policy rather than a broken one.
        assert!(end == 0 || simulated(&policy[..end]).contains("\"error\""), "{end}");
    }
}

#[test]
fn every_beginning_of_a_request_is_an_error() {
    let request = r#"{"id": 7, "principal": "anonymous", "action": "a:b", "resource": "*", "scps": [[{}]]}"#;
    for end in 1..request.len() {
        assert!(line(&request[..end]).contains("\"decision\":\"error\""), "{end}");
    }
}
