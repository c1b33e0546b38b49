//! The inventory after a change -> what it may have been before.

use stanchion_inventory::{EntityKind, Inventory, PrincipalKind};

use super::{Applied, Effect, apply};
use crate::change::Change;

/// The inventories that may have been before a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// One of these, as far as the change goes. More than one where the event does not tell which
    /// version of a policy was in force.
    States(Vec<Inventory>),
    /// The event does not tell: what it wrote over, or deleted, is lost.
    Unknown,
}

/// What was before a change, given the inventory after it.
pub fn undo(change: &Change, after: &Inventory) -> Before {
    undo_effect(&change.effect, after)
}

/// What was before an effect, given the inventory after it. Unknown as well if the effect is not
/// to be seen in that inventory: it is of another moment.
pub fn undo_effect(effect: &Effect, after: &Inventory) -> Before {
    match effect {
        // Nothing in an inventory changed.
        Effect::None => Before::States(vec![after.clone()]),
        Effect::CreateVersion { arn, version, default: true, .. } => {
            other_versions(after, arn, version, true)
        }
        Effect::SetDefaultVersion { arn, version } => other_versions(after, arn, version, false),
        other => match reverse(other, after) {
            None => Before::Unknown,
            Some(reversed) => {
                let mut before = after.clone();
                match apply(&reversed, &mut before) {
                    Applied::Changed => Before::States(vec![before]),
                    Applied::Unchanged | Applied::Unknown(_) => Before::Unknown,
                }
            }
        },
    }
}

/// The effect that takes this one back, if the event tells enough.
fn reverse(effect: &Effect, after: &Inventory) -> Option<Effect> {
    Some(match effect.clone() {
        Effect::Attach { to, policy } => Effect::Detach { from: to, policy },
        Effect::Detach { from, policy } => Effect::Attach { to: from, policy },
        Effect::JoinGroup { account, user, group } => Effect::LeaveGroup { account, user, group },
        Effect::LeaveGroup { account, user, group } => Effect::JoinGroup { account, user, group },
        Effect::JoinProfile { account, role, profile } => Effect::LeaveProfile { account, role, profile },
        Effect::LeaveProfile { account, role, profile } => Effect::JoinProfile { account, role, profile },
        Effect::CreatePrincipal(principal) => {
            let kind = match principal.kind {
                PrincipalKind::User => EntityKind::User,
                PrincipalKind::Role => EntityKind::Role,
                PrincipalKind::Root => return None,
            };
            let now = after.principal_by_name(&principal.account, principal.kind, &principal.name)?;
            // A principal of the same name made later is another one.
            if now.unique_id != principal.unique_id {
                return None;
            }
            Effect::Delete(stanchion_inventory::Entity::new(kind, principal.account, principal.name))
        }
        Effect::CreateGroup { account, group } => {
            let group = stanchion_inventory::Entity::new(EntityKind::Group, account, group.name);
            Effect::Delete(group)
        }
        Effect::Rename { mut entity, name: Some(name), path: None } => {
            let old = std::mem::replace(&mut entity.name, name);
            Effect::Rename { entity, name: Some(old), path: None }
        }
        Effect::CreatePolicy(policy) => Effect::DeletePolicy { arn: policy.arn.to_string() },
        Effect::CreateVersion { arn, version, default: false, .. } => {
            let account = stanchion_inventory::IamArn::parse(&arn)?.account;
            let policy = after.managed_policy(account, &arn)?;
            // A later event has put it in force; before it, another was, and it is not told which.
            if policy.default_version.as_ref() == Some(&version) {
                return None;
            }
            Effect::DeleteVersion { arn, version }
        }
        Effect::AttachOrganizationPolicy { policy, target } => {
            Effect::DetachOrganizationPolicy { policy, target }
        }
        Effect::DetachOrganizationPolicy { policy, target } => {
            Effect::AttachOrganizationPolicy { policy, target }
        }
        Effect::CreateOrganizationPolicy { id, .. } => Effect::DeleteOrganizationPolicy { id },
        Effect::MoveAccount { account, from, to } => {
            let accounts = after.organization()?.accounts.as_ref()?;
            if accounts.get(&account)?.parent.as_ref() != Some(&to) {
                return None;
            }
            Effect::MoveAccount { account, from: to, to: from }
        }
        Effect::AddAccount { account, .. } => Effect::RemoveAccount { account },
        Effect::CreateUnit { id, .. } => Effect::DeleteUnit { id },
        // Nothing of a type that was not enabled can have been attached.
        Effect::SetPolicyType { root, kind, enabled: true } => {
            Effect::SetPolicyType { root, kind, enabled: false }
        }
        Effect::CreateAccessKey { account, user, key } => Effect::DeleteAccessKey { account, user, key },
        Effect::CreatePermissionSet(set) => Effect::DeletePermissionSet { set: set.arn },
        Effect::AttachToSet { set, policy } => Effect::DetachFromSet { set, policy },
        Effect::DetachFromSet { set, policy } => Effect::AttachToSet { set, policy },
        Effect::Assign(assignment) => Effect::Unassign(assignment),
        Effect::Unassign(assignment) => Effect::Assign(assignment),
        Effect::JoinIdentityGroup { membership, .. } => Effect::EndMembership { membership },
        _ => return None,
    })
}

/// One inventory for each version that may have been in force before `version` was.
fn other_versions(after: &Inventory, arn: &str, version: &str, created: bool) -> Before {
    let account = stanchion_inventory::IamArn::parse(arn).map(|arn| arn.account);
    let policy = account.and_then(|account| after.managed_policy(account, arn));
    let Some(policy) = policy.filter(|p| p.default_version.as_deref() == Some(version)) else {
        return Before::Unknown;
    };
    let states: Vec<_> = policy
        .versions
        .keys()
        .filter(|other| other.as_str() != version)
        .map(|other| {
            let mut before = after.clone();
            before.set_default_version(arn, other);
            if created {
                before.delete_policy_version(arn, version);
            }
            before
        })
        .collect();
    // There was a version in force; if it is gone since, nobody knows what it said.
    if states.is_empty() { Before::Unknown } else { Before::States(states) }
}
