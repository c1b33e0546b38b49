//! Condition keys that nobody describes, or that no action of the statement lists.

use std::collections::BTreeSet;

use stanchion_policy::catalogue::{self, ActionId, ResourceTypeId};
use stanchion_policy::document::{Condition, Quantifier, Version};
use stanchion_policy::keys::{facts, global_keys};
use stanchion_policy::text::{Piece, Reading, pieces};

use super::actions::Matched;
use super::{At, Linter, did_you_mean};
use crate::code::Code;
use crate::rulebook::nearest;
use crate::rulebook::yaml::Step;

/// Tells of keys in conditions and in variables.
pub(super) fn check(linter: &mut Linter<'_>, at: &At<'_>, matched: &Matched) {
    for condition in &at.statement.conditions {
        let path = at.path(&[
            Step::Key("Condition"),
            Step::Key(&condition.operator.text),
            Step::Key(&condition.key),
        ]);
        key(linter, &path, &condition.key, matched, Some(condition));
        for value in &condition.values {
            variables(linter, &path, value, matched);
        }
    }
    if let Some(element) = &at.statement.resource {
        let name = if element.negated { "NotResource" } else { "Resource" };
        for (i, pattern) in element.patterns.iter().enumerate() {
            let path = at.path(&[Step::Key(name), Step::Item(i)]);
            variables(linter, &path, pattern, matched);
        }
    }
}

fn variables(linter: &mut Linter<'_>, path: &[Step<'_>], text: &str, matched: &Matched) {
    for piece in pieces(text, Reading::new(false, Version::V2012)) {
        if let Piece::Variable { key: name, .. } = piece {
            key(linter, path, &name, matched, None);
        }
    }
}

fn key(
    linter: &mut Linter<'_>,
    path: &[Step<'_>],
    key: &str,
    matched: &Matched,
    condition: Option<&Condition>,
) {
    let lower = key.to_ascii_lowercase();
    let known = facts(&lower);
    if known.presence.is_some() && known.kind.is_some() || is_providers(&lower) {
        return;
    }
    if catalogue::key_type(&lower).is_none() {
        let message = format!("`{key}` is not a condition key that the catalogue knows");
        let help = if linter.spend(10_000) { near(&lower) } else { None };
        linter.warn(Code::UnknownConditionKey, path, message, help);
        return;
    }
    // The reference leaves out keys that requests carry (SEMANTICS.md, on keys that an action does
    // not list), so this is a doubt, and no proof.
    let steps = matched.actions.len() as u64;
    if matched.more || matched.actions.is_empty() || !linter.spend(steps) {
        return;
    }
    if !matched.actions.iter().any(|action| action.lists_key_anywhere(&lower)) {
        let message = format!("the reference lists `{key}` for none of the actions of this statement");
        linter.warn(Code::UnlistedConditionKey, path, message, condition.map(without));
    }
}

/// Keys of identity providers: those are not in the reference.
fn is_providers(lower: &str) -> bool {
    let prefix = lower.rsplit_once(':').map_or("", |(prefix, _)| prefix);
    prefix == "saml" || prefix.contains(['.', '/'])
}

/// What becomes of a condition in a request without the key.
fn without(condition: &Condition) -> String {
    let operator = &condition.operator;
    let holds = operator.if_exists
        || operator.quantifier == Some(Quantifier::AllValues)
        || operator.quantifier.is_none() && operator.comparison.negated();
    let what = if holds { "always holds" } else { "never holds" };
    format!("in requests without the key, `{}` {what}", operator.text)
}

/// The key that was probably meant.
fn near(key: &str) -> Option<String> {
    let Some((service, _)) = key.split_once(':') else {
        let whole = format!("aws:{key}");
        return global_keys().find(|known| *known == whole).map(did_you_mean);
    };
    let mut known: BTreeSet<&str> = global_keys().collect();
    let actions = catalogue::service_actions(service).filter_map(ActionId::from_index);
    for action in actions {
        known.extend(action.condition_keys());
        known.extend(action.resource_types().flat_map(|resource| resource.condition_keys()));
    }
    known.extend(ResourceTypeId::of_service(service).flat_map(ResourceTypeId::condition_keys));
    let known: Vec<&str> = known.into_iter().collect();
    nearest(key, &known).map(did_you_mean)
}
