//! Personas that exclude themselves.

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Persona, Reference, Rule, Rulebook};

/// Tells of conflicts with the persona itself, and with those that need no more than it does.
pub(super) fn check(
    linter: &mut Linter<'_>,
    place: RulePath,
    (rule, persona): (&Rule, &Persona),
    rulebook: &Rulebook,
) {
    for (index, id) in persona.conflicts.iter().enumerate() {
        let path = in_rule(place, &[Step::Key("conflicts"), Step::Item(index)]);
        if *id == rule.id {
            let message = format!("`{id}` conflicts with itself");
            let help = Some("name another persona".to_owned());
            linter.warn(Code::AlwaysInConflict, &path, message, help);
            continue;
        }
        let other = rulebook.personas().find(|(other, _)| other.id == *id);
        if other.is_some_and(|(_, other)| holds_all(persona, other)) {
            let message = format!("whoever holds what `{}` needs holds all that `{id}` needs", rule.id);
            let help = Some("the two always conflict: leave this out, or mend `needs`".to_owned());
            linter.warn(Code::AlwaysInConflict, &path, message, help);
        }
    }
}

/// Whether one persona's needs surely hold another's, by their names.
fn holds_all(persona: &Persona, other: &Persona) -> bool {
    let held = |wanted: &Reference| {
        persona.needs.iter().any(|need| match need.choices() {
            [one] => wanted.choices().contains(one),
            _ => need == wanted,
        })
    };
    !other.needs.is_empty() && other.needs.iter().all(held)
}
