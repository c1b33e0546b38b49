//! Whether a principal has the tags that it should.

use stanchion_inventory::{Fit, PrincipalKind};

use super::Told;
use crate::evaluator::Asked;
use crate::glob;
use crate::rulebook::Tags;

/// Tells of tags that are missing, have other values, or are not as tag policies want them. Root users
/// have no tags.
pub(super) fn judge(tags: &Tags, asked: &Asked<'_, '_>, told: &mut Told) {
    let principal = asked.principal();
    if principal.kind == PrincipalKind::Root {
        return;
    }
    for key in tags.required.iter().filter(|key| principal.tag(key).is_none()) {
        told.fact(facet(key), format!("the tag `{key}` is missing"));
    }
    for (key, allowed) in &tags.values {
        let Some(value) = principal.tag(key) else { continue };
        if !allowed.iter().any(|pattern| glob::matches(pattern, value)) {
            told.fact(facet(key), format!("the tag `{key}` is `{value}`: it should be {}", or(allowed)));
        }
    }
    if tags.tag_policies && !principal.tags.is_empty() {
        policies(asked, told);
    }
}

fn policies(asked: &Asked<'_, '_>, told: &mut Told) {
    let principal = asked.principal();
    let policy = asked.evaluator().tag_policy(&principal.account);
    let policy = match policy.as_ref() {
        Ok(policy) => policy,
        Err(reason) => {
            let reason = format!("the tag policies of account {}: {reason}", principal.account);
            return told.unknown("tag-policy".to_owned(), reason);
        }
    };
    for (key, value) in &principal.tags {
        let facet = format!("tag-policy:{}", key.to_lowercase());
        match policy.fit(key, value) {
            Fit::Fits => {}
            Fit::Misspelt(spelling) => {
                told.fact(facet, format!("the tag `{key}` should be spelled `{spelling}` by tag policy"));
            }
            Fit::OtherValue(allowed) => {
                let should = if allowed.is_empty() { "no value at all".to_owned() } else { or(&allowed) };
                told.fact(
                    facet,
                    format!("the tag `{key}` is `{value}`: by tag policy it should be {should}"),
                );
            }
            Fit::Unknown(reason) => told.unknown(facet, reason),
        }
    }
}

/// Keys are compared without case, and so are facets.
fn facet(key: &str) -> String {
    format!("tag:{}", key.to_lowercase())
}

fn or(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(" or ")
}
