//! Aliases that unfold into more than was written.

use crate::refused;

#[test]
fn a_billion_laughs_are_not_laughed() {
    let mut text = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..40 {
        let below = format!("*a{}", i - 1);
        text.push_str(&format!("a{i}: &a{i} [{}]\n", [below.as_str(); 9].join(", ")));
    }
    assert!(refused(&text).contains("YAML aliases are not supported"));
}

#[test]
fn an_alias_of_itself_or_of_nothing_is_refused() {
    for text in ["version: &v 1\nguardrails: &g [*g]", "version: 1\nguardrails: *nothing", "<<: *x", "*a : b"]
    {
        assert!(refused(text).starts_with("r:"), "{text}");
    }
}
