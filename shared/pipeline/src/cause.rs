//! Which change brought a violation about: only one before which it is known not to have been.

use stanchion_changes::{Before, Change, undo};
use stanchion_findings::EventRef;
use stanchion_inventory::{Inventory, Principal};
use stanchion_rules::{Evaluator, Judgement};

/// The latest of these changes whose own effect, undone, leaves the rule unbroken. `changes` are in
/// the order of their time.
pub(crate) fn by_undoing<'c>(
    evaluator: &Evaluator<'_>,
    rule_id: &str,
    principal: &Principal,
    changes: &[&'c Change],
) -> Option<&'c Change> {
    changes.iter().rev().copied().find(|change| match undo(change, evaluator.inventory()) {
        Before::States(states) => {
            !states.is_empty() && states.iter().all(|before| was_clean(evaluator, rule_id, principal, before))
        }
        Before::Unknown => false,
    })
}

/// Whether the rule was unbroken in an inventory: it held, was not about the principal, or the
/// principal was not there.
fn was_clean(evaluator: &Evaluator<'_>, rule_id: &str, principal: &Principal, before: &Inventory) -> bool {
    if before == evaluator.inventory() {
        // Nothing was undone.
        return false;
    }
    match before.principal(&principal.arn) {
        None => true,
        Some(then) if then.unique_id != principal.unique_id => true,
        Some(then) => matches!(
            evaluator.on(before).one(rule_id, then),
            Some(Judgement::Holds { .. } | Judgement::OutOfScope)
        ),
    }
}

/// A change as findings refer to it.
pub(crate) fn reference(change: &Change) -> EventRef {
    EventRef {
        event_id: change.event_id.clone(),
        event_name: change.event_name.clone(),
        actor: change.actor.arn.clone(),
    }
}
