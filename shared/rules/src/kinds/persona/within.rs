//! Whether what a persona needs is within what it may do at most.

use stanchion_inventory::Inventory;
use stanchion_policy::prove::{Question, Stack, Verdict};
use stanchion_policy::{Layers, NamedPolicy};

use super::region::{EVERYTHING, allow_nothing};
use super::resolve::{AtMost, Granted, resolve};
use super::versions::asker;
use crate::rulebook::Persona;

/// What is found of a persona's needs.
#[derive(Debug, Default)]
pub(crate) struct NeedsBeyond {
    /// The needs, by their places, of which every choice is beyond, with their names and an action.
    pub(crate) needs: Vec<(usize, String, String)>,
    /// How many steps it took.
    pub(crate) steps: u64,
}

/// The needs of which every choice allows what `at_most` does not, each with an action; in at most so many
/// steps. What is not known is left out.
pub(crate) fn needs_beyond(persona: &Persona, inventory: &Inventory, steps: u64) -> NeedsBeyond {
    let mut found = NeedsBeyond::default();
    let resolved = resolve(persona, inventory);
    let Some(at_most) = resolved.at_most.filter(|at_most| at_most.unknown.is_empty()) else { return found };
    for (index, choices) in resolved.needs.iter().enumerate() {
        let beyond = choices.iter().map(|choice| action_beyond(choice, &at_most, steps, &mut found.steps));
        let beyond: Option<Vec<String>> = beyond.collect();
        if let Some(action) = beyond.and_then(|mut actions| actions.pop()) {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
            found.needs.push((index, names.join(" or "), action));
        }
    }
    found
}

/// An action that a policy allows for some request, and `at_most` does not.
fn action_beyond(choice: &Granted, at_most: &AtMost, steps: u64, spent: &mut u64) -> Option<String> {
    if choice.unknown.is_some() {
        return None;
    }
    let left: Vec<NamedPolicy> =
        choice.policies.iter().filter_map(|named| at_most.settled.without(named)).collect();
    if allow_nothing(&left) {
        return None;
    }
    let identity = left.into_iter().chain(at_most.beyond.iter().cloned()).collect();
    let layers = Layers { identity, ..Layers::default() };
    let asker = asker().ok()?;
    let question =
        Question { forbidden: &EVERYTHING, roles: &[], resources: &[], steps: steps.saturating_sub(*spent) };
    let answer = Stack::new(&asker, &layers).prove(&question);
    *spent += answer.steps;
    match answer.verdict {
        Verdict::Yes(witness) => Some(witness.action),
        Verdict::No | Verdict::Indeterminate(_) => None,
    }
}
