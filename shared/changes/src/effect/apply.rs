//! [`Effect`] -> the inventory after it.

use stanchion_inventory::{Inventory, MemberAccount, Membership, MembershipKey, OrganizationalUnit};

use super::Effect;

/// What became of an effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Applied {
    /// The inventory is changed.
    Changed,
    /// The inventory stays: it was so already, it has not got what the event is about, or the
    /// event is about nothing that an inventory holds.
    #[default]
    Unchanged,
    /// The inventory stays, and is out of date: the event does not tell what changed.
    Unknown(String),
}

/// Carries an effect out.
pub fn apply(effect: &Effect, inventory: &mut Inventory) -> Applied {
    let changed = match effect {
        Effect::None => false,
        Effect::Unknown(reason) => return Applied::Unknown(reason.clone()),
        Effect::Attach { to, policy } => inventory.attach_policy(to, policy),
        Effect::Detach { from, policy } => inventory.detach_policy(from, policy),
        Effect::PutInline { entity, name, document } => {
            inventory.put_inline_policy(entity, name, document.clone())
        }
        Effect::DeleteInline { entity, name } => inventory.delete_inline_policy(entity, name),
        Effect::SetBoundary { entity, policy } => inventory.set_boundary(entity, policy.as_deref()),
        Effect::SetTrust { account, role, document } => {
            inventory.set_trust_policy(account, role, document.clone())
        }
        Effect::Tag { entity, tags } => inventory.tag(entity, tags),
        Effect::Untag { entity, keys } => inventory.untag(entity, keys),
        Effect::JoinGroup { account, user, group } => inventory.add_to_group(account, user, group),
        Effect::LeaveGroup { account, user, group } => inventory.remove_from_group(account, user, group),
        Effect::JoinProfile { account, role, profile } => {
            inventory.add_to_instance_profile(account, role, profile)
        }
        Effect::LeaveProfile { account, role, profile } => {
            inventory.remove_from_instance_profile(account, role, profile)
        }
        Effect::CreatePrincipal(principal) => inventory.create_principal((**principal).clone()),
        Effect::CreateGroup { account, group } => inventory.create_group(account, group.clone()),
        Effect::Delete(entity) => inventory.delete(entity),
        Effect::Rename { entity, name, path } => inventory.rename(entity, name.as_deref(), path.as_deref()),
        Effect::CreatePolicy(policy) => inventory.create_policy(policy.clone()),
        Effect::DeletePolicy { arn } => inventory.delete_policy(arn),
        Effect::CreateVersion { arn, version, document, default } => {
            inventory.create_policy_version(arn, version, document.clone(), *default)
        }
        Effect::SetDefaultVersion { arn, version } => inventory.set_default_version(arn, version),
        Effect::DeleteVersion { arn, version } => inventory.delete_policy_version(arn, version),
        Effect::CreateAccessKey { account, user, key } => inventory.set_access_key(account, user, key, true),
        Effect::SetAccessKey { account, user, key, active } => {
            inventory.set_access_key(account, user, key, *active)
        }
        Effect::DeleteAccessKey { account, user, key } => inventory.delete_access_key(account, user, key),
        Effect::Provision { set, account } => {
            if inventory.permission_set_roles(set, account.as_deref()).is_none() {
                return Applied::Unknown(format!("the inventory does not have permission set {set}"));
            }
            inventory.provision_permission_set(set, account.as_deref())
        }
        other => apply_organization(other, inventory) || apply_identity_center(other, inventory),
    };
    if changed { Applied::Changed } else { Applied::Unchanged }
}

fn apply_organization(effect: &Effect, inventory: &mut Inventory) -> bool {
    match effect {
        Effect::AttachOrganizationPolicy { policy, target } => {
            inventory.attach_organization_policy(policy, target)
        }
        Effect::DetachOrganizationPolicy { policy, target } => {
            inventory.detach_organization_policy(policy, target)
        }
        Effect::CreateOrganizationPolicy { id, policy } => {
            inventory.create_organization_policy(id, policy.clone())
        }
        Effect::UpdateOrganizationPolicy { id, content } => inventory.set_organization_policy(id, content),
        Effect::DeleteOrganizationPolicy { id } => inventory.delete_organization_policy(id),
        Effect::SetPolicyType { root, kind, enabled } => inventory.set_policy_type(root, kind, *enabled),
        Effect::MoveAccount { account, to, .. } => inventory.move_account(account, to),
        Effect::AddAccount { account, name } => {
            // Accounts enter under the root (ORG, "Creating a member account").
            let parent = root(inventory);
            let member = MemberAccount {
                name: name.clone(),
                status: Some("ACTIVE".to_owned()),
                parent,
                tags: Vec::new(),
            };
            inventory.add_account(account, member)
        }
        Effect::RemoveAccount { account } => inventory.remove_account(account),
        Effect::SetAccountStatus { account, status } => inventory.set_account_status(account, status),
        Effect::TagAccount { account, tags } => inventory.tag_account(account, tags),
        Effect::UntagAccount { account, keys } => inventory.untag_account(account, keys),
        Effect::CreateUnit { id, name, parent } => {
            let unit = OrganizationalUnit { name: name.clone(), parent: Some(parent.clone()) };
            inventory.create_unit(id, unit)
        }
        Effect::DeleteUnit { id } => inventory.delete_unit(id),
        Effect::RenameUnit { id, name } => inventory.rename_unit(id, name),
        _ => false,
    }
}

fn apply_identity_center(effect: &Effect, inventory: &mut Inventory) -> bool {
    match effect {
        Effect::CreatePermissionSet(set) => inventory.create_permission_set((**set).clone()),
        Effect::DeletePermissionSet { set } => inventory.delete_permission_set(set),
        Effect::AttachToSet { set, policy } => inventory.attach_to_permission_set(set, policy),
        Effect::DetachFromSet { set, policy } => inventory.detach_from_permission_set(set, policy),
        Effect::SetSetInline { set, document } => inventory.set_permission_set_inline(set, document.clone()),
        Effect::SetSetBoundary { set, policy } => inventory.set_permission_set_boundary(set, policy.clone()),
        Effect::Assign(assignment) => inventory.assign(assignment.clone()),
        Effect::Unassign(assignment) => inventory.unassign(assignment),
        Effect::SetAccessControlAttributes { attributes } => {
            inventory.set_access_control_attributes(attributes.clone())
        }
        Effect::JoinIdentityGroup { membership, group, user } => {
            inventory.join_identity_group(membership, group, user)
        }
        Effect::EndMembership { membership } => inventory.leave_identity_group(MembershipKey::Id(membership)),
        Effect::LeaveIdentityGroup { group, user } => {
            inventory.leave_identity_group(MembershipKey::Of { group, user })
        }
        Effect::DeleteIdentityGroup { group } => end_memberships(inventory, |m| m.group == *group),
        Effect::DeleteIdentityUser { user } => end_memberships(inventory, |m| m.user == *user),
        _ => false,
    }
}

/// Ends the memberships of a group or user that is deleted. Assignments to it stay in AWS as well.
fn end_memberships(inventory: &mut Inventory, ends: impl Fn(&Membership) -> bool) -> bool {
    let memberships = inventory.identity_center().and_then(|center| center.memberships.as_ref());
    let known = memberships.into_iter().flatten();
    let ended: Vec<String> = known.filter(|(_, m)| ends(m)).map(|(id, _)| id.clone()).collect();
    for id in &ended {
        inventory.leave_identity_group(MembershipKey::Id(id));
    }
    !ended.is_empty()
}

fn root(inventory: &Inventory) -> Option<String> {
    inventory.organization()?.roots.as_ref()?.keys().next().cloned()
}
