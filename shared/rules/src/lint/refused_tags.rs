//! Tags that a rule wants and that no account in scope may have, by the tag policies of the inventory.

use std::collections::BTreeSet;

use stanchion_inventory::{Fit, Inventory, TagPolicy};

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::glob::meet;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Abac, Rule};
use crate::scope::{InScope, in_scope};

/// Looks at the keys and values that a rule wants.
pub(super) fn check(
    linter: &mut Linter<'_>,
    place: RulePath,
    (rule, abac): (&Rule, &Abac),
    inventory: &Inventory,
) {
    let Some(tags) = &abac.tags else { return };
    if !linter.spend(inventory.principals().count() as u64) {
        return;
    }
    let about = inventory.principals().filter(|p| !matches!(in_scope(rule, inventory, p), InScope::No));
    let accounts: BTreeSet<&str> = about.map(|principal| principal.account.as_str()).collect();
    let policies: Result<Vec<TagPolicy>, String> =
        accounts.iter().map(|account| inventory.tag_policy(account)).collect();
    // Where one is not known, it may allow anything.
    let Ok(policies) = policies else { return };
    if policies.is_empty() {
        return;
    }
    for (key, values) in &tags.values {
        for (index, value) in values.iter().enumerate() {
            let refused =
                policies.iter().map(|policy| refuses(policy, key, value)).collect::<Option<Vec<_>>>();
            let Some(help) = refused.and_then(|mut all| all.pop()) else { continue };
            let own = [Step::Key("tags"), Step::Key("values"), Step::Key(key), Step::Item(index)];
            let message = format!("no tag policy of an account in scope allows `{key}` to be `{value}`");
            linter.warn(Code::RefusedTag, &in_rule(place, &own), message, Some(help));
        }
    }
}

/// What a tag policy wants instead; `None`: it does not refuse, or that is not known.
fn refuses(policy: &TagPolicy, key: &str, value: &str) -> Option<String> {
    match policy.fit(key, value) {
        Fit::Misspelt(spelling) => Some(format!("it is spelled `{spelling}`")),
        Fit::OtherValue(allowed) if !allowed.iter().any(|pattern| meet(pattern, value)) => {
            Some(if allowed.is_empty() {
                "no value at all".to_owned()
            } else {
                format!("one of {}", allowed.join(", "))
            })
        }
        Fit::OtherValue(_) | Fit::Fits | Fit::Unknown(_) => None,
    }
}
