//! Tags that hold resources apart, and that principals need not have.

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Abac, Kind, Rulebook};

/// Tells of keys of `isolate` that no rule of the rulebook requires.
pub(super) fn check(linter: &mut Linter<'_>, place: RulePath, abac: &Abac, rulebook: &Rulebook) {
    let is_required = |key: &str| {
        let of_rule = |kind: &Kind| match kind {
            Kind::Abac(abac) => abac
                .tags
                .iter()
                .flat_map(|tags| &tags.required)
                .any(|required| required.eq_ignore_ascii_case(key)),
            _ => false,
        };
        rulebook.rules.iter().any(|rule| of_rule(&rule.kind))
    };
    let keys = abac.isolate.iter().flat_map(|isolate| &isolate.by).enumerate();
    for (index, key) in keys.filter(|(_, key)| !is_required(key)) {
        let path = in_rule(place, &[Step::Key("isolate"), Step::Key("by"), Step::Item(index)]);
        let message = format!("no rule requires the tag `{key}`: nobody is told who has none");
        let help = format!("add `tags: {{ required: [{key}] }}`");
        linter.warn(Code::UnrequiredTag, &path, message, Some(help));
    }
}
