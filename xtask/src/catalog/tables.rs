//! The numbered tables of one service, and an action described by those numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Action, ConditionKey, ResourceType};

/// The tables of one service, by lower-case name: the order that numbers their entries.
pub(crate) struct Tables {
    /// Condition keys: as spelled, and the type.
    pub(crate) keys: BTreeMap<String, (String, String)>,
    /// Resource types: as spelled, the ARN template, and the condition keys.
    pub(crate) types: BTreeMap<String, (String, String, Vec<String>)>,
}

impl Tables {
    /// The declared keys and types, and those only named by an action.
    pub(crate) fn collect(
        service: &str,
        actions: &BTreeMap<String, Action>,
        keys: &BTreeMap<String, ConditionKey>,
        types: &BTreeMap<String, ResourceType>,
        oddities: &mut Vec<String>,
    ) -> Self {
        let lower = str::to_ascii_lowercase;
        let mut tables = Self {
            keys: keys.values().map(|k| (lower(&k.key), (k.key.clone(), k.kind.clone()))).collect(),
            types: types
                .values()
                .map(|t| (lower(&t.key), (t.key.clone(), t.arn.clone(), t.condition_keys.clone())))
                .collect(),
        };
        let pairs = || actions.values().flat_map(|a| &a.resource_types);
        for resource in pairs().filter(|r| !r.name.trim().is_empty()) {
            tables.types.entry(lower(&resource.name)).or_insert_with(|| {
                oddities.push(format!("{service}: resource type {} has no entry", resource.name));
                // Nothing is known of its ARNs, so nothing may be excluded.
                (resource.name.clone(), "*".to_owned(), Vec::new())
            });
        }
        let named = actions.values().flat_map(|a| &a.condition_keys);
        let named = named.chain(pairs().flat_map(|r| &r.condition_keys));
        let named = named.chain(types.values().flat_map(|t| &t.condition_keys));
        for key in named {
            tables.keys.entry(lower(key)).or_insert_with(|| {
                oddities.push(format!("{service}: condition key {key} has no entry"));
                (key.clone(), "Unknown".to_owned())
            });
        }
        tables
    }

    /// The four fields that actions of one group share.
    pub(crate) fn heading(&self, service: &str, action: &Action, odd: &mut Vec<String>) -> [String; 4] {
        let mut keys = self.key_numbers(&action.condition_keys);
        let mut dependents: BTreeSet<&str> = action.dependent_actions.iter().map(String::as_str).collect();
        let mut resources: BTreeMap<usize, (bool, BTreeSet<usize>)> = BTreeMap::new();
        for resource in &action.resource_types {
            let own = self.key_numbers(&resource.condition_keys);
            dependents.extend(resource.dependent_actions.iter().map(String::as_str));
            match position(&self.types, &resource.name) {
                // A row without a resource type speaks of the action as a whole.
                None => keys.extend(own),
                Some(number) => {
                    if resources.contains_key(&number) {
                        odd.push(format!("{service}:{} lists {} twice; merged", action.name, resource.name));
                    }
                    let merged = resources.entry(number).or_default();
                    merged.0 |= resource.required;
                    merged.1.extend(own);
                }
            }
        }
        let resources: Vec<String> = resources
            .iter()
            .map(|(number, (required, keys))| {
                let mark = if *required { "!" } else { "" };
                let list = if keys.is_empty() { String::new() } else { format!(":{}", indices(keys)) };
                format!("{number}{mark}{list}")
            })
            .collect();
        let dependents: Vec<&str> = dependents.into_iter().collect();
        [level(&action.access_level).to_owned(), indices(&keys), resources.join(" "), dependents.join(" ")]
    }

    /// The numbers of these keys in the table.
    pub(crate) fn key_numbers(&self, keys: &[String]) -> BTreeSet<usize> {
        keys.iter().filter_map(|key| position(&self.keys, key)).collect()
    }
}

/// The place of `name`, in any case, among the sorted names of a table.
fn position<T>(table: &BTreeMap<String, T>, name: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    table.contains_key(&lower).then(|| table.range(..lower).count())
}

/// One letter for the access level. The source joins two ("Tagging, Write"); the first is the
/// telling one, for it is what the reference's own column said before they were joined.
fn level(raw: &str) -> &'static str {
    match raw.split(',').next().unwrap_or_default().trim() {
        "List" => "L",
        "Read" => "R",
        "Write" => "W",
        "Tagging" => "T",
        "Permissions management" => "P",
        _ => "U",
    }
}

/// Sorted numbers as `0-2,5`.
pub(crate) fn indices(numbers: &BTreeSet<usize>) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let runs = runs.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
    runs.collect::<Vec<_>>().join(",")
}
