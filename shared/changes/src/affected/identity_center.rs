//! Identity Center: from permission sets, groups and users of the identity store to roles. What the
//! inventory does not know of them means every role that Identity Center manages.

use stanchion_inventory::AssignedPrincipal;

use super::Finder;

impl Finder<'_> {
    /// The roles of a permission set; of every set, if this one is not known.
    pub(super) fn permission_set(&mut self, arn: &str, account: Option<&str>) {
        let Some(roles) = self.inventory.permission_set_roles(arn, account) else {
            self.note(format!("permission set {arn} is not in the inventory: it may be any"));
            return self.reserved_roles(account);
        };
        if roles.is_empty() {
            self.note(format!("no role of permission set {arn} is in the inventory"));
        }
        self.add(roles);
        if let Some(account) = account {
            self.check_details(account);
        }
    }

    /// The roles of every permission set.
    pub(super) fn reserved_roles(&mut self, account: Option<&str>) {
        if let Some(account) = account {
            self.check_details(account);
        }
        self.add(self.inventory.reserved_roles(account));
    }

    /// The roles that a user or group is assigned to.
    pub(super) fn assigned_to(&mut self, principal: &AssignedPrincipal) {
        match self.inventory.roles_assigned_to(principal) {
            Some(roles) => self.add(roles),
            None => {
                let (AssignedPrincipal::User(id) | AssignedPrincipal::Group(id)) = principal;
                self.note(format!("the inventory does not tell what {id} is assigned to: it may be any"));
                self.reserved_roles(None);
            }
        }
    }

    /// The roles that the group of a membership is assigned to.
    pub(super) fn membership(&mut self, id: &str) {
        let memberships = self.inventory.identity_center().and_then(|center| center.memberships.as_ref());
        match memberships.and_then(|memberships| memberships.get(id)) {
            Some(membership) => self.assigned_to(&AssignedPrincipal::Group(membership.group.clone())),
            None => {
                self.note(format!("membership {id} is not in the inventory: it may be of any group"));
                self.reserved_roles(None);
            }
        }
    }
}
