//! Statements that RCPs must enforce, of actions that no RCP binds.

use super::{Linter, RulePath, in_rule};
use crate::code::Code;
use crate::kinds::is_beyond_rcps;
use crate::rulebook::yaml::Step;
use crate::rulebook::{EnforcedBy, Guardrail};

/// Tells of each.
pub(super) fn check(linter: &mut Linter<'_>, place: RulePath, guardrail: &Guardrail) {
    if guardrail.enforced_by != Some(EnforcedBy::Rcp) {
        return;
    }
    for (index, statement) in guardrail.forbid.statements.iter().enumerate() {
        if is_beyond_rcps(statement) {
            let path = in_rule(place, &[Step::Key("forbid"), Step::Item(index)]);
            let message = "RCPs are known to bind none of the actions of this statement".to_owned();
            let help = "write `enforced_by: scp`, or a rule of its own for it";
            linter.warn(Code::MatchesNothing, &path, message, Some(help.to_owned()));
        }
    }
}
