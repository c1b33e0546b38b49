//! Policies that a persona needs, and that go beyond what it may do at most: whoever holds them violates it.

use stanchion_inventory::Inventory;
use stanchion_policy::prove::STEPS;

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::kinds::needs_beyond;
use crate::rulebook::Persona;
use crate::rulebook::yaml::Step;

/// Tells of needs of which every choice allows more than `at_most` does, by proof.
pub(super) fn check(
    linter: &mut Linter<'_>,
    place: RulePath,
    persona: &Persona,
    inventory: Option<&Inventory>,
) {
    if persona.at_most.is_none() || persona.needs.is_empty() || !linter.spend(0) {
        return;
    }
    let nothing = Inventory::default();
    let found = needs_beyond(persona, inventory.unwrap_or(&nothing), linter.steps.min(STEPS));
    if !linter.spend(found.steps) {
        return;
    }
    for (index, name, action) in found.needs {
        let path = in_rule(place, &[Step::Key("needs"), Step::Item(index)]);
        let message = format!("`at_most` does not allow all of {name}: not {action}");
        let help = "whoever holds what is needed violates the persona: add it to `at_most`".to_owned();
        linter.warn(Code::NeedsBeyond, &path, message, Some(help));
    }
}
