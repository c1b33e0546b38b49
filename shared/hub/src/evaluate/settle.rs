//! *Read your event*: whether AWS already shows what a change did. IAM is eventually consistent, at times
//! for minutes (IAM User Guide, "Changes that I make are not always immediately visible").

use stanchion_changes::{Change, Effect, apply};
use stanchion_inventory::{Entity, EntityKind, Group, Inventory, Principal, PrincipalKind};

use crate::causes::moment;

/// A change whose effect AWS does not show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unseen<'c> {
    pub(crate) change: &'c Change,
    /// AWS may have written it otherwise than the event tells it, so that it can never be seen.
    pub(crate) uncertain: bool,
}

/// The first change whose effect is not to be seen, certain ones first. `evaluated` is the unique id of whom
/// the row was about before. Changes of the organization are not looked at: who learnt of them has waited
/// for them.
pub(crate) fn unseen<'c>(
    changes: &'c [Change],
    inventory: &Inventory,
    evaluated: Option<&str>,
) -> Option<Unseen<'c>> {
    let all = changes.iter().enumerate();
    let mut unseen: Vec<Unseen<'_>> = all
        .filter(|(at, change)| {
            !shows(change, changes, inventory, evaluated) && !is_overtaken(*at, changes, inventory, evaluated)
        })
        .map(|(_, change)| Unseen { change, uncertain: is_rewritten(&change.effect) })
        .collect();
    unseen.sort_by_key(|unseen| unseen.uncertain);
    unseen.into_iter().next()
}

/// Whether AWS writes these documents otherwise than they were sent, as an account's id in a trust policy.
fn is_rewritten(effect: &Effect) -> bool {
    matches!(effect, Effect::SetTrust { .. } | Effect::PutInline { .. })
}

/// Whether what was done since is seen instead: a change of the same time or later to the same thing, or a
/// later one that deleted or made what has the name.
fn is_overtaken(at: usize, changes: &[Change], inventory: &Inventory, evaluated: Option<&str>) -> bool {
    let (thing, holder) = (thing(&changes[at].effect), named(&changes[at].effect));
    let time = moment(&changes[at].event_time);
    let others = changes.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, change)| change);
    others
        .filter(|other| {
            let then = moment(&other.event_time);
            let same = thing.is_some() && self::thing(&other.effect) == thing;
            let renewed = holder.is_some() && existence(&other.effect) == holder;
            // Within one second it is not known which came first: what was made may have been changed after.
            same && then >= time || renewed && then > time
        })
        .any(|other| shows(other, changes, inventory, evaluated))
}

/// Whom an effect deletes or makes.
fn existence(effect: &Effect) -> Option<Entity> {
    match effect {
        Effect::Delete(entity) => Some(entity.clone()),
        Effect::CreatePrincipal(made) => entity_of(made),
        _ => None,
    }
}

/// Whose own settings an effect changes.
fn named(effect: &Effect) -> Option<Entity> {
    let of = |kind, account: &str, name: &str| Some(Entity::new(kind, account, name));
    match effect {
        Effect::Attach { to: entity, .. }
        | Effect::Detach { from: entity, .. }
        | Effect::PutInline { entity, .. }
        | Effect::DeleteInline { entity, .. }
        | Effect::SetBoundary { entity, .. }
        | Effect::Tag { entity, .. }
        | Effect::Untag { entity, .. } => Some(entity.clone()),
        Effect::SetTrust { account, role, .. } => of(EntityKind::Role, account, role),
        Effect::JoinGroup { account, user, .. } | Effect::LeaveGroup { account, user, .. } => {
            of(EntityKind::User, account, user)
        }
        _ => None,
    }
}

/// What an effect is on: two effects on the same thing undo or replace each other.
fn thing(effect: &Effect) -> Option<(&'static str, String)> {
    let of = |kind, entity: &Entity, name: &str| {
        Some((kind, format!("{:?} {} {} {name}", entity.kind, entity.account, entity.name)))
    };
    match effect {
        Effect::Attach { to: entity, policy } | Effect::Detach { from: entity, policy } => {
            of("attachment", entity, policy)
        }
        Effect::PutInline { entity, name, .. } | Effect::DeleteInline { entity, name } => {
            of("inline", entity, name)
        }
        Effect::SetBoundary { entity, .. } => of("boundary", entity, ""),
        Effect::Tag { entity, .. } | Effect::Untag { entity, .. } => of("tags", entity, ""),
        Effect::SetTrust { account, role, .. } => Some(("trust", format!("{account} {role}"))),
        Effect::JoinGroup { account, user, group } | Effect::LeaveGroup { account, user, group } => {
            Some(("member", format!("{account} {user} {group}")))
        }
        Effect::CreateVersion { arn, .. } | Effect::SetDefaultVersion { arn, .. } => {
            Some(("version", arn.clone()))
        }
        Effect::Delete(entity) => of("existence", entity, ""),
        Effect::CreatePrincipal(made) => of("existence", &entity_of(made)?, ""),
        _ => None,
    }
}

fn shows(change: &Change, changes: &[Change], inventory: &Inventory, evaluated: Option<&str>) -> bool {
    match &change.effect {
        Effect::Delete(entity) if entity.kind != EntityKind::Group => {
            match inventory.principal_of(entity) {
                None => true,
                // Another one has the name.
                Some(now) => {
                    evaluated.is_some_and(|id| id != now.unique_id)
                        || changes.iter().any(|change| made(change).is_some_and(|made| is_same(made, now)))
                }
            }
        }
        Effect::CreatePrincipal(made) => entity_of(made)
            .and_then(|entity| inventory.principal_of(&entity))
            .is_some_and(|now| is_same(made, now)),
        Effect::CreateVersion { arn, version, default: true, .. } => {
            is_in_force(arn, inventory, |now| now == version || number(now) > number(version))
        }
        Effect::SetDefaultVersion { arn, version } => is_in_force(arn, inventory, |now| now == version),
        // Of what an inventory does not hold, or not for certain, nothing can be seen.
        effect => named(effect).is_none_or(|entity| is_applied(&entity, change, changes, inventory)),
    }
}

/// Whether carrying the change out leaves what it is made to as it is.
fn is_applied(entity: &Entity, change: &Change, changes: &[Change], inventory: &Inventory) -> bool {
    let is_there = match entity.kind {
        // A group that the principal is not in says nothing of it.
        EntityKind::Group => match inventory.group(&entity.account, &entity.name) {
            Some(_) => true,
            None => return true,
        },
        EntityKind::User | EntityKind::Role => inventory.principal_of(entity).is_some(),
    };
    if !is_there {
        return changes.iter().any(|other| match &other.effect {
            Effect::Delete(gone) | Effect::Rename { entity: gone, .. } => gone == entity,
            _ => false,
        });
    }
    let mut after = inventory.clone();
    apply(&change.effect, &mut after);
    holder(&after, entity) == holder(inventory, entity)
}

fn holder<'i>(inventory: &'i Inventory, entity: &Entity) -> (Option<&'i Principal>, Option<&'i Group>) {
    (inventory.principal_of(entity), inventory.group(&entity.account, &entity.name))
}

/// Whether a policy's default version is as wanted. A policy that is not there binds nobody here.
fn is_in_force(arn: &str, inventory: &Inventory, wanted: impl Fn(&str) -> bool) -> bool {
    let mut policies = inventory.accounts().filter_map(|account| inventory.managed_policy(account.id(), arn));
    policies.all(|policy| policy.default_version.as_deref().is_some_and(&wanted))
}

/// The number of a version: they are counted and never used again (IAM User Guide, "Versioning IAM policies").
fn number(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.parse().ok()
}

fn made(change: &Change) -> Option<&Principal> {
    match &change.effect {
        Effect::CreatePrincipal(made) => Some(made),
        _ => None,
    }
}

/// Whether the principal that is there is the one that was made; an event may tell no unique id.
fn is_same(made: &Principal, now: &Principal) -> bool {
    made.kind == now.kind
        && made.name == now.name
        && (made.unique_id == now.unique_id || made.unique_id == made.arn && made.arn == now.arn)
}

fn entity_of(principal: &Principal) -> Option<Entity> {
    let kind = match principal.kind {
        PrincipalKind::User => EntityKind::User,
        PrincipalKind::Role => EntityKind::Role,
        PrincipalKind::Root => return None,
    };
    Some(Entity::new(kind, &principal.account, &principal.name))
}

/// Whether a change takes something away: what it leaves behind is looked at twice.
pub(crate) fn takes_away(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Detach { .. }
            | Effect::DeleteInline { .. }
            | Effect::SetBoundary { policy: None, .. }
            | Effect::Untag { .. }
            | Effect::LeaveGroup { .. }
            | Effect::Delete(_)
            | Effect::DeletePolicy { .. }
            | Effect::DetachOrganizationPolicy { .. }
            | Effect::DeleteOrganizationPolicy { .. }
            | Effect::SetPolicyType { enabled: false, .. }
            | Effect::RemoveAccount { .. }
            | Effect::Unassign(_)
    )
}
