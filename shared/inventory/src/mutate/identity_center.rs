//! Identity Center: permission sets, their provisioning, assignments and group memberships.
//!
//! A change of a permission set reaches its roles only when the set is provisioned (IAM Identity
//! Center User Guide, "Manage permission sets").

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::{Entity, EntityKind, Principal};
use crate::arn::IamArn;
use crate::identity_center::{
    Assignment, INLINE_POLICY_NAME, IdentityCenter, Membership, PermissionSet, SetPolicy,
};
use crate::inventory::Inventory;

/// How a membership that ends is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipKey<'a> {
    /// By its id.
    Id(&'a str),
    /// By the ids of group and user.
    Of {
        /// The group's id.
        group: &'a str,
        /// The user's id.
        user: &'a str,
    },
}

impl Inventory {
    /// Adds a permission set, over an older one of its ARN. `false`: the permission sets are not
    /// known.
    pub fn create_permission_set(&mut self, set: PermissionSet) -> bool {
        let sets = self.identity_center_mut().and_then(|center| center.permission_sets.as_mut());
        sets.map(|sets| sets.insert(set.arn.clone(), Arc::new(set))).is_some()
    }

    /// Deletes a permission set. `false`: there was none.
    pub fn delete_permission_set(&mut self, arn: &str) -> bool {
        let sets = self.identity_center_mut().and_then(|center| center.permission_sets.as_mut());
        sets.is_some_and(|sets| sets.remove(arn).is_some())
    }

    /// Attaches a managed policy to a permission set. `false`: it already was, or the set or its
    /// policies are not known.
    pub fn attach_to_permission_set(&mut self, arn: &str, policy: &SetPolicy) -> bool {
        let Some(set) = self.permission_set_mut(arn) else { return false };
        match policy {
            SetPolicy::Aws(arn) => set.managed.as_mut().is_some_and(|all| all.insert(arn.clone())),
            SetPolicy::Customer(own) => {
                set.customer_managed.as_mut().is_some_and(|all| all.insert(own.clone()))
            }
        }
    }

    /// Detaches a managed policy from a permission set. `false`: it was not attached, or the set or
    /// its policies are not known.
    pub fn detach_from_permission_set(&mut self, arn: &str, policy: &SetPolicy) -> bool {
        let Some(set) = self.permission_set_mut(arn) else { return false };
        match policy {
            SetPolicy::Aws(arn) => set.managed.as_mut().is_some_and(|all| all.remove(arn)),
            SetPolicy::Customer(own) => set.customer_managed.as_mut().is_some_and(|all| all.remove(own)),
        }
    }

    /// Sets (or with `None` removes) a permission set's inline policy. `false`: nothing changed, or
    /// there is no such set.
    pub fn set_permission_set_inline(&mut self, arn: &str, policy: Option<Policy>) -> bool {
        self.permission_set_mut(arn).is_some_and(|set| replace(&mut set.inline, Some(policy)))
    }

    /// Sets (or with `None` removes) a permission set's boundary. `false`: nothing changed, or
    /// there is no such set.
    pub fn set_permission_set_boundary(&mut self, arn: &str, policy: Option<SetPolicy>) -> bool {
        self.permission_set_mut(arn).is_some_and(|set| replace(&mut set.boundary, Some(policy)))
    }

    /// Makes the policies of a permission set's roles what the set says, in one account or in all.
    /// What is not known of the set is not known of the roles afterwards. `false`: nothing changed,
    /// or the set or its name is not known.
    pub fn provision_permission_set(&mut self, arn: &str, account: Option<&str>) -> bool {
        let set = self.identity_center().and_then(|center| center.permission_sets.as_ref()?.get(arn));
        let Some(set) = set.map(Arc::clone) else { return false };
        let roles: Vec<Principal> =
            self.permission_set_roles(arn, account).into_iter().flatten().cloned().collect();
        let mut changed = false;
        for role in roles {
            let provisioned = set.provisioned(role.clone());
            let entity = Entity::new(EntityKind::Role, &role.account, &role.name);
            if provisioned != role
                && let Some(role) = self.principal_mut(&entity)
            {
                *role = provisioned;
                changed = true;
            }
        }
        changed
    }

    /// Lets a user or group use a permission set in an account. `false`: it already may, or the
    /// assignments are not known.
    pub fn assign(&mut self, assignment: Assignment) -> bool {
        let all = self.identity_center_mut().and_then(|center| center.assignments.as_mut());
        all.is_some_and(|all| all.insert(assignment))
    }

    /// Takes an assignment back. `false`: there was none.
    pub fn unassign(&mut self, assignment: &Assignment) -> bool {
        let all = self.identity_center_mut().and_then(|center| center.assignments.as_mut());
        all.is_some_and(|all| all.remove(assignment))
    }

    /// Puts a user of the identity store into a group. `false`: the user was in it, or the
    /// memberships are not known.
    pub fn join_identity_group(&mut self, membership: &str, group: &str, user: &str) -> bool {
        let all = self.identity_center_mut().and_then(|center| center.memberships.as_mut());
        let Some(all) = all else { return false };
        let new = Membership { group: group.to_owned(), user: user.to_owned() };
        if all.values().any(|known| *known == new) {
            return false;
        }
        all.insert(membership.to_owned(), new);
        true
    }

    /// Takes a user of the identity store out of a group. `false`: there was no such membership.
    pub fn leave_identity_group(&mut self, membership: MembershipKey<'_>) -> bool {
        let all = self.identity_center_mut().and_then(|center| center.memberships.as_mut());
        let Some(all) = all else { return false };
        let before = all.len();
        all.retain(|id, known| match membership {
            MembershipKey::Id(other) => id != other,
            MembershipKey::Of { group, user } => known.group != group || known.user != user,
        });
        all.len() != before
    }

    fn identity_center_mut(&mut self) -> Option<&mut IdentityCenter> {
        self.identity_center.as_mut().map(Arc::make_mut)
    }

    fn permission_set_mut(&mut self, arn: &str) -> Option<&mut PermissionSet> {
        self.identity_center_mut()?.permission_sets.as_mut()?.get_mut(arn).map(Arc::make_mut)
    }
}

impl PermissionSet {
    /// A role of this set as it is after the set is provisioned.
    fn provisioned(&self, mut role: Principal) -> Principal {
        let partition = IamArn::parse(&role.arn).map_or("aws", |arn| arn.partition).to_owned();
        let unknown = |part: &str| {
            Policy::unknown(format!("{part} of permission set `{}` are not in the input", self.arn))
        };
        let mut inline = BTreeMap::new();
        match &self.inline {
            Some(None) => {}
            Some(Some(policy)) => drop(inline.insert(INLINE_POLICY_NAME.to_owned(), policy.clone())),
            None => drop(inline.insert(INLINE_POLICY_NAME.to_owned(), unknown("inline policies"))),
        }
        let mut attached = BTreeSet::new();
        // A role can be attached to no policy that is unknown; it can have one that is.
        match &self.managed {
            Some(arns) => attached.extend(arns.iter().cloned()),
            None => drop(inline.insert("AWS managed".to_owned(), unknown("AWS managed policies"))),
        }
        match &self.customer_managed {
            Some(own) => attached.extend(own.iter().map(|own| own.arn_in(&partition, &role.account))),
            None => drop(inline.insert("customer managed".to_owned(), unknown("customer managed policies"))),
        }
        role.boundary = match &self.boundary {
            Some(boundary) => boundary.as_ref().map(|policy| policy.arn_in(&partition, &role.account)),
            // A name that no policy has: a boundary of which nothing is known.
            None => Some(format!("boundary of permission set {}", self.arn)),
        };
        role.inline = inline;
        role.attached = attached;
        role
    }
}

fn replace<T: PartialEq>(slot: &mut T, value: T) -> bool {
    let changed = *slot != value;
    *slot = value;
    changed
}
