//! Actions of `isolate` that there are not, or that no tag can hold apart.

use stanchion_policy::catalogue;

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::kinds::abac::{Held, held_apart};
use crate::rulebook::Abac;
use crate::rulebook::yaml::Step;

/// Looks at the actions by themselves, and all together.
pub(super) fn check(linter: &mut Linter<'_>, place: RulePath, abac: &Abac) {
    let Some(isolate) = &abac.isolate else { return };
    let mut any = false;
    for (index, pattern) in isolate.actions.iter().enumerate() {
        let own = [Step::Key("isolate"), Step::Key("actions"), Step::Item(index)];
        match held_apart(pattern) {
            Held::Some => any = true,
            Held::None => {}
            Held::Unknown => {
                let message =
                    format!("`{pattern}` matches no action of the catalogue of {}", catalogue::DATE);
                linter.warn(Code::UnknownAction, &in_rule(place, &own), message, None);
                any = true;
            }
        }
    }
    if !any {
        let path = in_rule(place, &[Step::Key("isolate"), Step::Key("actions")]);
        let message = "no tag can hold any of these actions apart: the rule says nothing by them".to_owned();
        let help = "name actions for which the reference lists `aws:ResourceTag`".to_owned();
        linter.warn(Code::NothingIsolated, &path, message, Some(help));
    }
}
