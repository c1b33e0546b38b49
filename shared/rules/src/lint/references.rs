//! Policies of AWS's own that nobody knows.

use stanchion_inventory::Inventory;

use super::{Linter, RulePath, did_you_mean, in_rule};
use crate::bundle;
use crate::code::Code;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Persona, Reference, nearest};

/// Looks at what a persona refers to.
pub(super) fn check(
    linter: &mut Linter<'_>,
    place: RulePath,
    persona: &Persona,
    inventory: Option<&Inventory>,
) {
    let lists = [("needs", Some(&persona.needs)), ("at_most", persona.at_most.as_ref())];
    for (key, references) in lists {
        for (index, reference) in references.into_iter().flatten().enumerate() {
            for (choice, reference) in reference.choices().iter().enumerate() {
                let Reference::Aws(name) = reference else { continue };
                let seen = inventory.is_some_and(|inventory| inventory.aws_managed_policy(name).is_some());
                if seen || bundle::is_known(name) {
                    continue;
                }
                let names: Vec<&str> = bundle::names().collect();
                let near = nearest(name, &names).map(|near| did_you_mean(format!("aws:{near}")));
                let own = [Step::Key(key), Step::Item(index), Step::Key("any_of"), Step::Item(choice)];
                let message = format!("AWS has no policy `{name}` that is known here");
                linter.warn(Code::UnknownPolicy, &in_rule(place, &own), message, near);
            }
        }
    }
}
