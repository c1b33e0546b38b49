//! What looks wrong with a context key that a question names.

use crate::lint::likely::{hint, unknown_key};

/// What is doubtful about a context key, in words: nobody knows it.
pub fn doubt_about_key(key: &str) -> Option<String> {
    let lower = key.to_ascii_lowercase();
    let Some((service, _)) = lower.split_once(':') else {
        return Some(format!("`{key}` is not a condition key: it has no prefix"));
    };
    let meant = unknown_key(service, &lower)?;
    Some(format!("the condition key `{key}` is not known{}", hint(meant)))
}
