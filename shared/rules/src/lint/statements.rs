//! Statements that match no request at all.

use stanchion_policy::document::Effect;
use stanchion_policy::prove::asks_for_roles;

use super::region::{askers, policy, relaxed};
use super::{At, Linter, kinds};
use crate::code::Code;

/// Tells of a statement that can be proven to match nothing that anybody in scope may ask.
pub(super) fn check(linter: &mut Linter<'_>, at: &At<'_>) {
    if !linter.spend(1000) {
        return;
    }
    let wide = relaxed(at.statement);
    let askers = askers(&kinds(at.rule), &[&wide]);
    let forbidden = policy(Effect::Allow, [wide]);
    // Which roles there are to assume is not known here.
    if !asks_for_roles(&forbidden) && linter.impossible(&askers, None, &forbidden) {
        let message = "this statement matches no request: the rule says nothing by it".to_owned();
        let help = "its actions, resources and conditions never hold together for those in scope";
        linter.warn(Code::MatchesNothing, &at.path(&[]), message, Some(help.to_owned()));
    }
}
