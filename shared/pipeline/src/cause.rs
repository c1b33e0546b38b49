//! Which change brought a violation about: only one before which it is known not to have been.

use stanchion_changes::{Before, Change, Effect, apply, undo};
use stanchion_findings::EventRef;
use stanchion_inventory::{Entity, EntityKind, Inventory, Principal, PrincipalKind};
use stanchion_rules::{Evaluator, Judgement};

/// Which of these changes, given in the order of their time, broke the rule that is broken now.
///
/// Their effects are undone one after the other, the latest first: the one before which the rule
/// holds broke it. Where that is not enough, it is the only one left whose effect cannot be undone
/// since the rule is known to have held: `was_clean` says that the evaluation before all of them
/// found so, and a principal that one of them made was clean when it was made.
pub(crate) fn cause<'c>(
    evaluator: &Evaluator<'_>,
    rule_id: &str,
    principal: &Principal,
    changes: &[&'c Change],
    was_clean: bool,
) -> Option<&'c Change> {
    let clean = |inventory: &Inventory| holds(evaluator, rule_id, principal, inventory);
    let made = changes.iter().rposition(|change| is_made_clean(evaluator, principal, change, &clean));
    let candidates = &changes[made.map_or(0, |at| at + 1)..];
    let mut states = vec![evaluator.inventory().clone()];
    let mut fixed = Vec::new();
    for change in candidates.iter().rev() {
        let mut before = Vec::new();
        for state in &states {
            match undo(change, state) {
                Before::States(more) => before.extend(more),
                Before::Unknown => {
                    before.clear();
                    break;
                }
            }
        }
        if before.is_empty() {
            fixed.push(*change);
        } else if before.iter().all(clean) {
            return Some(change);
        } else {
            states = before;
        }
    }
    match fixed.as_slice() {
        [only] if was_clean || made.is_some() => Some(only),
        _ => None,
    }
}

/// Whether a change made the principal, and the rule held right afterwards.
fn is_made_clean(
    evaluator: &Evaluator<'_>,
    principal: &Principal,
    change: &Change,
    clean: &impl Fn(&Inventory) -> bool,
) -> bool {
    let Effect::CreatePrincipal(made) = &change.effect else { return false };
    let kind = match made.kind {
        PrincipalKind::User => EntityKind::User,
        PrincipalKind::Role => EntityKind::Role,
        PrincipalKind::Root => return false,
    };
    if made.arn != principal.arn {
        return false;
    }
    let mut then = evaluator.inventory().clone();
    then.delete(&Entity::new(kind, &made.account, &made.name));
    apply(&change.effect, &mut then);
    clean(&then)
}

/// Whether the rule is unbroken in an inventory: it holds, is not about the principal, or the
/// principal is not there.
fn holds(evaluator: &Evaluator<'_>, rule_id: &str, principal: &Principal, inventory: &Inventory) -> bool {
    match inventory.principal(&principal.arn) {
        None => true,
        Some(then) if then.unique_id != principal.unique_id => true,
        Some(then) => matches!(
            evaluator.on(inventory).one(rule_id, then),
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
