//! Whether a principal is of a persona.

use stanchion_inventory::{Inventory, Principal};

use crate::glob::matches;
use crate::rulebook::{Matching, Persona, Rule};
use crate::scope::{InScope, in_scope};

/// Whether a principal is of a persona: it fits, and the rule is about it.
pub(crate) fn is_of(rule: &Rule, persona: &Persona, inventory: &Inventory, principal: &Principal) -> InScope {
    if fits(persona, principal) { in_scope(rule, inventory, principal) } else { InScope::No }
}

/// Whether a principal fits any of what a persona matches.
pub(super) fn fits(persona: &Persona, principal: &Principal) -> bool {
    persona.matches.iter().any(|matching| fits_one(matching, principal))
}

fn fits_one(matching: &Matching, principal: &Principal) -> bool {
    let any = |patterns: &[String], text: &str| {
        patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, text))
    };
    let in_set = || principal.permission_set_name().is_some_and(|set| any(&matching.permission_sets, set));
    let in_group = || principal.groups.iter().any(|group| any(&matching.groups, group));
    matching
        .tags
        .iter()
        .all(|(key, values)| principal.tag(key).is_some_and(|held| values.iter().any(|value| value == held)))
        && any(&matching.paths, &principal.path)
        && any(&matching.names, &principal.name)
        && (matching.permission_sets.is_empty() || in_set())
        && (matching.groups.is_empty() || in_group())
}
