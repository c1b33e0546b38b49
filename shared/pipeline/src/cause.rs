//! Which change brought a violation about: only one before which it is known not to have been.

use std::cell::OnceCell;

use stanchion_changes::{Before, Change, Effect, apply, undo};
use stanchion_findings::EventRef;
use stanchion_inventory::{Entity, EntityKind, Inventory, Principal, PrincipalKind};
use stanchion_rules::{Evaluator, Judgement};

use crate::facts::{Who, observed};

/// The changes that make us look at some principals, in the order of their time, and what the
/// inventory may have been before each: undone one after the other, the latest first. Principals that
/// the same changes affect share one history.
pub(crate) struct History<'c> {
    changes: Vec<&'c Change>,
    undone: OnceCell<Vec<Undone>>,
}

/// What undoing a change gave, after all later ones were undone.
enum Undone {
    /// The inventories that may have been before it.
    Before(Vec<Inventory>),
    /// The event does not tell what was before; what is earlier is undone with its effect in place.
    InPlace,
}

impl<'c> History<'c> {
    /// The changes must be in the order of their time, and at least one.
    pub(crate) fn new(changes: Vec<&'c Change>) -> Self {
        Self { changes, undone: OnceCell::new() }
    }

    /// Of one change, before which the inventory is known.
    pub(crate) fn after(change: &'c Change, before: Inventory) -> Self {
        Self { changes: vec![change], undone: OnceCell::from(vec![Undone::Before(vec![before])]) }
    }

    /// The changes, in the order of their time.
    pub(crate) fn changes(&self) -> &[&'c Change] {
        &self.changes
    }

    /// The latest change.
    pub(crate) fn last(&self) -> Option<&'c Change> {
        self.changes.last().copied()
    }

    /// The changes with what undoing each gave, the latest first.
    fn undone(&self, after: &Inventory) -> impl Iterator<Item = (&'c Change, &Undone)> {
        let undone = self.undone.get_or_init(|| {
            let mut states = vec![after.clone()];
            let step = |change: &&Change| match before(change, &states) {
                Some(earlier) => {
                    states.clone_from(&earlier);
                    Undone::Before(earlier)
                }
                None => Undone::InPlace,
            };
            self.changes.iter().rev().map(step).collect()
        });
        self.changes.iter().rev().copied().zip(undone)
    }
}

/// What may have been before a change, if the states after it are these; `None`: not known.
fn before(change: &Change, states: &[Inventory]) -> Option<Vec<Inventory>> {
    let mut earlier = Vec::new();
    for state in states {
        match undo(change, state) {
            Before::States(more) => earlier.extend(more),
            Before::Unknown => return None,
        }
    }
    (!earlier.is_empty()).then_some(earlier)
}

/// Which change of a history broke the rule that is broken now: the one before which the rule holds.
/// Where undoing does not tell (it cannot be undone, or what was before is unknown, as a policy that is detached and
/// deleted), it is the only one left of these since the rule is known to have held: `was_clean` says that the evaluation before all of them found so, and a
/// principal that one of them made was clean when it was made.
pub(crate) fn cause<'c>(
    evaluator: &Evaluator<'_>,
    (rule_id, facet): (&str, Option<&str>),
    who: Who<'_>,
    history: &History<'c>,
    was_clean: bool,
) -> Option<&'c Change> {
    let known = |inventory: &Inventory| holds(evaluator, (rule_id, facet), who, inventory);
    let clean = |inventory: &Inventory| known(inventory) == Some(true);
    let changes = history.changes();
    let made = match who {
        Who::Principal(principal) => {
            changes.iter().rposition(|change| is_made_clean(evaluator, principal, change, &clean))
        }
        Who::Account(_) => None,
    };
    let candidates = changes.len() - made.map_or(0, |at| at + 1);
    let (mut in_place, mut untold): (Vec<&Change>, Vec<&Change>) = Default::default();
    for (change, undone) in history.undone(evaluator.inventory()).take(candidates) {
        match undone {
            Undone::InPlace => in_place.push(change),
            Undone::Before(states) if states.iter().all(clean) => {
                // A later change without whose part the rule would hold is to blame as well, and
                // which of them it was is not known.
                let contributes = |later: &&Change| {
                    without(later, evaluator.inventory()).is_some_and(|inventory| clean(&inventory))
                };
                return (!in_place.iter().any(contributes)).then_some(change);
            }
            Undone::Before(states) if states.iter().any(|state| known(state).is_none()) => {
                untold.push(change)
            }
            Undone::Before(_) => {}
        }
    }
    in_place.extend(untold);
    match in_place.as_slice() {
        [only] if was_clean || made.is_some() => Some(only),
        _ => None,
    }
}

/// The inventory without what a change wrote, for changes that cannot be undone since they may have
/// written over something.
fn without(change: &Change, inventory: &Inventory) -> Option<Inventory> {
    let mut rest = inventory.clone();
    let acted = match &change.effect {
        Effect::PutInline { entity, name, .. } => rest.delete_inline_policy(entity, name),
        Effect::Tag { entity, tags } => {
            let keys: Vec<String> = tags.iter().map(|(key, _)| key.clone()).collect();
            rest.untag(entity, &keys)
        }
        _ => false,
    };
    acted.then_some(rest)
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

/// Whether a rule is unbroken in an inventory, in the way that a facet stands for: it holds, is not
/// about the principal, or the principal is not there. An account that is no member is as good as not there. `None`: it
/// is not known.
fn holds(
    evaluator: &Evaluator<'_>,
    (rule_id, facet): (&str, Option<&str>),
    who: Who<'_>,
    inventory: &Inventory,
) -> Option<bool> {
    let evaluator = evaluator.on(inventory);
    let unbroken = |facets: stanchion_rules::Facets| match observed(&facets, facet) {
        Some(Judgement::Indeterminate { .. }) => None,
        judgement => Some(judgement.is_none_or(Judgement::is_unbroken)),
    };
    let principal = match who {
        Who::Principal(principal) => principal,
        Who::Account(id) => return evaluator.account_by(rule_id, id).map_or(Some(true), unbroken),
    };
    match inventory.principal(&principal.arn) {
        None => Some(true),
        Some(then) if then.unique_id != principal.unique_id => Some(true),
        Some(then) => evaluator.about(then, |asked| asked.one(rule_id)).map_or(Some(false), unbroken),
    }
}

/// A change as findings refer to it.
pub(crate) fn reference(change: &Change) -> EventRef {
    EventRef {
        event_id: change.event_id.clone(),
        event_name: change.event_name.clone(),
        actor: change.actor.arn.clone(),
        at: Some(change.event_time.clone()),
        target: Some(change.target.to_string()),
        session_issuer: change.actor.session_issuer.clone(),
        source_ip: change.actor.source_ip.clone(),
        invoked_by: change.actor.invoked_by.clone(),
    }
}
