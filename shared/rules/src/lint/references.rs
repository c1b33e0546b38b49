//! Policies of AWS's own that nobody knows.

use stanchion_inventory::Inventory;

use super::{Linter, RulePath, did_you_mean, in_rule};
use crate::bundle;
use crate::code::Code;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Persona, Reference, ThirdParties, nearest};

/// Looks at what a persona refers to.
pub(super) fn of_persona(
    linter: &mut Linter<'_>,
    place: RulePath,
    persona: &Persona,
    inventory: Option<&Inventory>,
) {
    let lists = [("needs", Some(&persona.needs)), ("at_most", persona.at_most.as_ref())];
    let lists = lists.into_iter().filter_map(|(key, list)| Some((vec![Step::Key(key)], list?)));
    check(linter, place, lists, inventory);
}

/// Looks at what vendors may do at most.
pub(super) fn of_vendors(
    linter: &mut Linter<'_>,
    place: RulePath,
    rule: &ThirdParties,
    inventory: Option<&Inventory>,
) {
    let lists = rule.vendors.iter().enumerate().filter_map(|(index, vendor)| {
        let path = vec![Step::Key("vendors"), Step::Item(index), Step::Key("at_most")];
        Some((path, vendor.at_most.as_ref()?))
    });
    check(linter, place, lists, inventory);
}

fn check<'r>(
    linter: &mut Linter<'_>,
    place: RulePath,
    lists: impl Iterator<Item = (Vec<Step<'static>>, &'r Vec<Reference>)>,
    inventory: Option<&Inventory>,
) {
    for (path, references) in lists {
        for (index, reference) in references.iter().enumerate() {
            for (choice, reference) in reference.choices().iter().enumerate() {
                let Reference::Aws(name) = reference else { continue };
                let seen = inventory.is_some_and(|inventory| inventory.aws_managed_policy(name).is_some());
                if seen || bundle::is_known(name) {
                    continue;
                }
                let names: Vec<&str> = bundle::names().collect();
                let near = nearest(name, &names).map(|near| did_you_mean(format!("aws:{near}")));
                let item = [Step::Item(index), Step::Key("any_of"), Step::Item(choice)];
                let own = [path.as_slice(), &item].concat();
                let message = format!("AWS has no policy `{name}` that is known here");
                linter.warn(Code::UnknownPolicy, &in_rule(place, &own), message, near);
            }
        }
    }
}
