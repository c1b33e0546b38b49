//! What a persona's references stand for, as people read it; and where the bundle and an inventory
//! differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stanchion_inventory::Inventory;

use super::resolve::granted;
use crate::bundle;
use crate::rulebook::{Reference, Rulebook};

/// What a reference stands for.
#[derive(Clone, Debug, Serialize)]
pub struct Described {
    /// What it is called.
    pub name: String,
    /// Where its document is from, with its version.
    pub origin: String,
    /// For each service, how many of its actions are allowed for some request at least.
    pub services: BTreeMap<&'static str, usize>,
    /// Why it is not known what it allows.
    pub unknown: Option<String>,
}

/// Describes a reference, and each choice of one that leaves a choice.
pub fn describe(reference: &Reference, inventory: &Inventory) -> Vec<Described> {
    reference.choices().iter().map(|one| describe_one(one, inventory)).collect()
}

fn describe_one(reference: &Reference, inventory: &Inventory) -> Described {
    let granted = granted(reference, inventory);
    let mut services = BTreeMap::new();
    for action in granted.actions() {
        *services.entry(action.service()).or_insert(0) += 1;
    }
    let origin = match reference {
        Reference::Given { .. } => "of the rulebook".to_owned(),
        Reference::Role(_) => "of the inventory".to_owned(),
        Reference::AnyOf(_) => String::new(),
        Reference::Aws(name) => match (own_version(name, inventory), bundle::find(name)) {
            (Some(version), _) => format!("{version}, of the inventory"),
            (None, Some(bundled)) => format!("{} of {}, bundled", bundled.version, bundled.date),
            (None, None) => "not known".to_owned(),
        },
    };
    Described { name: granted.name, origin, services, unknown: granted.unknown }
}

fn own_version<'i>(name: &str, inventory: &'i Inventory) -> Option<&'i str> {
    inventory.aws_managed_policy(name)?.default_version.as_deref()
}

/// Where an inventory holds another version of a policy than the bundle, which the packs were written
/// for: one line for each. The inventory's is the one that counts.
pub(crate) fn version_notices(rulebook: &Rulebook, inventory: &Inventory) -> Vec<String> {
    let references = rulebook
        .personas()
        .flat_map(|(_, persona)| persona.needs.iter().chain(persona.at_most.iter().flatten()))
        .flat_map(Reference::choices);
    let named: BTreeSet<&str> = references
        .filter_map(|reference| match reference {
            Reference::Aws(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let notices = named.into_iter().filter_map(|name| {
        let (own, bundled) = (own_version(name, inventory)?, bundle::find(name)?);
        (own != bundled.version).then(|| {
            let age = if number(own) > number(&bundled.version) { "newer" } else { "older" };
            format!(
                "{name}: the inventory holds {own}, which is {age} than the {} that is bundled; personas are \
                 held to the inventory's",
                bundled.version
            )
        })
    });
    notices.collect()
}

fn number(version: &str) -> u32 {
    version.trim_start_matches('v').parse().unwrap_or(0)
}
