//! Random statements as text, for the tests that hold `prove` against `decide`.

use std::fmt::Write as _;

/// Appends the members of a condition block and closes block and statement. One operator may stand
/// once in a block, so later ones of the same name are dropped.
pub(crate) fn close_with_conditions(text: &mut String, conditions: Vec<(String, String, Vec<String>)>) {
    let mut seen: Vec<String> = Vec::new();
    for (operator, key, values) in conditions {
        if seen.contains(&operator) {
            continue;
        }
        let comma = if seen.is_empty() { "" } else { ", " };
        let _ = write!(text, r#"{comma}"{operator}": {{"{key}": {values:?}}}"#);
        seen.push(operator);
    }
    text.push_str("}}");
}
