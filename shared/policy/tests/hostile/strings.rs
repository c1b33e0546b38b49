//! Strings that are not quite text.

use stanchion_policy::Document;

use crate::{condition, refused, simulated};

#[test]
fn lone_surrogates_are_refused_with_their_place() {
    for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\ud800""#, r#""\ud800x""#] {
        let policy = condition("StringEquals", text);
        let said = refused(&policy);
        assert!(said.contains("not JSON") && said.contains("line 1 column"), "{said}");
        assert!(simulated(&policy).contains("\"decision\":\"error\""));
    }
}

#[test]
fn nul_is_a_character_when_escaped_and_none_when_not() {
    let document = Document::parse(&condition("StringEquals", r#""a\u0000b""#)).expect("a policy");
    assert_eq!(document.statements[0].conditions[0].values, ["a\0b"]);
    let raw = condition("StringEquals", "\"a\0b\"");
    assert!(refused(&raw).contains("control character"));
    assert!(simulated(&raw).contains("\"error\""));
}
