//! Whether a principal is of a persona.

use stanchion_inventory::{Inventory, Principal};

use crate::glob;
use crate::rulebook::{Matching, Persona, Rule};
use crate::scope::{InScope, in_scope};

/// Whether a principal is of a persona: it fits, and the rule is about it.
pub(crate) fn is_of(rule: &Rule, persona: &Persona, inventory: &Inventory, principal: &Principal) -> InScope {
    match fits(&persona.matches, inventory, principal) {
        InScope::No => InScope::No,
        InScope::Yes => in_scope(rule, inventory, principal),
        InScope::Unknown(reason) => match in_scope(rule, inventory, principal) {
            InScope::No => InScope::No,
            InScope::Yes | InScope::Unknown(_) => InScope::Unknown(reason),
        },
    }
}

/// Whether a principal fits any of these.
pub(in crate::kinds) fn fits(matches: &[Matching], inventory: &Inventory, principal: &Principal) -> InScope {
    let mut found = InScope::No;
    for matching in matches {
        match fits_one(matching, inventory, principal) {
            InScope::Yes => return InScope::Yes,
            InScope::No => {}
            unknown @ InScope::Unknown(_) => found = unknown,
        }
    }
    found
}

fn fits_one(matching: &Matching, inventory: &Inventory, principal: &Principal) -> InScope {
    let in_set = || principal.permission_set_name().is_some_and(|set| any(&matching.permission_sets, set));
    let others_fit =
        matching.tags.iter().all(|(key, values)| {
            principal.tag(key).is_some_and(|held| values.iter().any(|value| value == held))
        }) && (matching.paths.is_empty() || any(&matching.paths, &principal.path))
            && (matching.names.is_empty() || any(&matching.names, &principal.name))
            && (matching.permission_sets.is_empty() || in_set());
    if !others_fit {
        return InScope::No;
    }
    if matching.groups.is_empty() { InScope::Yes } else { in_group(&matching.groups, inventory, principal) }
}

fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| glob::matches(pattern, text))
}

/// Whether a user is in a group of these names, or a role of a permission set is assigned to one: a role
/// that several groups may use is of each of them.
fn in_group(names: &[String], inventory: &Inventory, principal: &Principal) -> InScope {
    if principal.groups.iter().any(|group| any(names, group)) {
        return InScope::Yes;
    }
    let assigned = match inventory.groups_of_role(principal) {
        Ok(assigned) => assigned,
        Err(reason) => return InScope::Unknown(reason),
    };
    if assigned.iter().any(|(_, name)| name.is_some_and(|name| any(names, name))) {
        return InScope::Yes;
    }
    let nameless = assigned.iter().find(|(_, name)| name.is_none());
    nameless.map_or(InScope::No, |(id, _)| {
        InScope::Unknown(format!("what the group {id} of the identity store is called"))
    })
}
