//! What the Identity Center file does not tell.

use crate::identity_center::{IdentityCenter, PermissionSet};
use crate::inventory::Inventory;

impl Inventory {
    pub(super) fn identity_center_gaps(&self, center: &IdentityCenter, add: &mut impl FnMut(String)) {
        let parts = [
            ("Instances", center.instances.is_some()),
            ("PermissionSets", center.permission_sets.is_some()),
            ("AccountAssignments", center.assignments.is_some()),
            ("Groups", center.groups.is_some()),
            ("GroupMemberships", center.memberships.is_some()),
            ("InstanceAccessControlAttributeConfiguration", center.access_control_attributes.is_some()),
        ];
        for (part, present) in parts {
            if !present {
                let reason = center.unknown.get(part).map_or("missing", String::as_str);
                add(format!("`{part}` is {reason}"));
            }
        }
        let Some(sets) = &center.permission_sets else { return };
        for set in sets.values() {
            self.set_gaps(set, add);
        }
        for assignment in center.assignments.iter().flatten() {
            let arn = &assignment.permission_set;
            if !sets.contains_key(arn) {
                add(format!("permission set `{arn}` is assigned, and missing"));
            }
        }
    }

    fn set_gaps(&self, set: &PermissionSet, add: &mut impl FnMut(String)) {
        let arn = &set.arn;
        let parts = [
            ("Name", set.name.is_some()),
            ("ManagedPolicies", set.managed.is_some()),
            ("CustomerManagedPolicyReferences", set.customer_managed.is_some()),
            ("InlinePolicy", set.inline.is_some()),
            ("PermissionsBoundary", set.boundary.is_some()),
            ("ProvisionedAccounts", set.accounts.is_some()),
        ];
        for (part, present) in parts {
            if !present {
                add(format!("`{part}` of permission set `{arn}` is missing"));
            }
        }
        if let Some(Some(Err(reason))) =
            set.inline.as_ref().map(|inline| inline.as_ref().map(|p| p.document()))
        {
            add(format!("inline policy of permission set `{arn}` is unreadable: {reason}"));
        }
        for account in set.accounts.iter().flatten().filter(|id| self.accounts.contains_key(*id)) {
            if self.permission_set_roles(arn, Some(account)).is_some_and(|roles| roles.is_empty()) {
                add(format!(
                    "permission set `{arn}` is provisioned to account {account}, which has no role of it"
                ));
            }
        }
    }
}
