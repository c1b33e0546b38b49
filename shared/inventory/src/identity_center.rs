//! IAM Identity Center: permission sets, who is assigned to them, and the roles that they become.
//! A part that the input lacks is `None`: unknown, which is not the same as empty.
//!
//! Identity Center makes a role `AWSReservedSSO_<permission set>_<16 hexadecimal digits>` in each
//! account that a permission set is provisioned to, under the path
//! `/aws-reserved/sso.amazonaws.com/`, which ends in the region for roles of other regions than
//! us-east-1 (IAM Identity Center User Guide, "Referencing permission sets in resource policies").

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::{Principal, PrincipalKind};
use crate::inventory::Inventory;

/// What Identity Center calls a permission set's inline policy in the roles that it makes.
pub const INLINE_POLICY_NAME: &str = "AwsSSOInlinePolicy";

const ROLE_PREFIX: &str = "AWSReservedSSO_";
const ROLE_PATH: &str = "/aws-reserved/sso.amazonaws.com/";

/// Identity Center, as its API describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentityCenter {
    /// ARNs of the instances, each with the id of its identity store.
    pub instances: Option<BTreeMap<String, Option<String>>>,
    /// Permission sets by ARN.
    pub permission_sets: Option<BTreeMap<String, Arc<PermissionSet>>>,
    /// Who may use which permission set in which account.
    pub assignments: Option<BTreeSet<Assignment>>,
    /// What the groups of the identity store are called, by id; `None`: a name that is not known.
    pub groups: Option<BTreeMap<String, Option<String>>>,
    /// Who is in which group, by the membership's id.
    pub memberships: Option<BTreeMap<String, Membership>>,
    /// The attributes that become session tags, each with its sources; `Some(None)`: attributes
    /// for access control are off.
    pub access_control_attributes: Option<Option<BTreeMap<String, Vec<String>>>>,
    /// Why a part is not known, by its name in the input; a part that is just missing is not here.
    pub(crate) unknown: BTreeMap<&'static str, String>,
}

/// A permission set: what the policies of its roles are when it is provisioned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PermissionSet {
    /// The ARN.
    pub arn: String,
    /// The name, which its roles' names hold.
    pub name: Option<String>,
    /// ARNs of the attached policies of AWS's own.
    pub managed: Option<BTreeSet<String>>,
    /// Customer managed policies, looked up by path and name in each account.
    pub customer_managed: Option<BTreeSet<CustomerPolicy>>,
    /// The inline policy; `Some(None)`: it has none.
    pub inline: Option<Option<Policy>>,
    /// The permissions boundary; `Some(None)`: it has none.
    pub boundary: Option<Option<SetPolicy>>,
    /// The accounts that it is provisioned to.
    pub accounts: Option<BTreeSet<String>>,
}

/// A customer managed policy that each account holds under the same path and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerPolicy {
    /// The path, with a slash at both ends.
    pub path: String,
    /// The name.
    pub name: String,
}

/// A managed policy that a permission set refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetPolicy {
    /// One of AWS's own, by ARN.
    Aws(String),
    /// One of each account's own.
    Customer(CustomerPolicy),
}

impl SetPolicy {
    /// The ARN of the policy in an account.
    pub fn arn_in(&self, partition: &str, account: &str) -> String {
        match self {
            Self::Aws(arn) => arn.clone(),
            Self::Customer(policy) => policy.arn_in(partition, account),
        }
    }
}

impl CustomerPolicy {
    /// The ARN of the policy in an account.
    pub fn arn_in(&self, partition: &str, account: &str) -> String {
        format!("arn:{partition}:iam::{account}:policy{}{}", self.path, self.name)
    }
}

/// A user or group of the identity store, by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignedPrincipal {
    /// A user.
    User(String),
    /// A group.
    Group(String),
}

/// An account assignment: this user or group may use this permission set in this account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment {
    /// The account's id.
    pub account: String,
    /// The permission set's ARN.
    pub permission_set: String,
    /// Who.
    pub principal: AssignedPrincipal,
}

/// A user's place in a group of the identity store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// The group's id.
    pub group: String,
    /// The user's id.
    pub user: String,
}

impl Principal {
    /// The name of the permission set that made this role; `None` for principals that Identity
    /// Center does not manage.
    pub fn permission_set_name(&self) -> Option<&str> {
        let below = self.path.strip_prefix(ROLE_PATH)?;
        // Nothing, or a region: one more element.
        let placed = below.is_empty() || below.find('/') == Some(below.len() - 1);
        let (name, suffix) = self.name.strip_prefix(ROLE_PREFIX)?.rsplit_once('_')?;
        let hexadecimal = suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
        (self.kind == PrincipalKind::Role && placed && hexadecimal).then_some(name)
    }
}

impl IdentityCenter {
    /// A permission set by its ARN; `None`: it is not known.
    pub fn permission_set(&self, arn: &str) -> Option<&PermissionSet> {
        self.permission_sets.as_ref()?.get(arn).map(AsRef::as_ref)
    }

    /// The assignments of a user or group; those of a user through its groups as well. `None`: not
    /// known.
    fn assignments_of(&self, principal: &AssignedPrincipal) -> Option<Vec<&Assignment>> {
        let mut holders = BTreeSet::from([principal.clone()]);
        if let AssignedPrincipal::User(user) = principal {
            let memberships = self.memberships.as_ref()?.values();
            let groups = memberships.filter(|membership| membership.user == *user);
            holders.extend(groups.map(|membership| AssignedPrincipal::Group(membership.group.clone())));
        }
        let all = self.assignments.as_ref()?.iter();
        Some(all.filter(|assignment| holders.contains(&assignment.principal)).collect())
    }
}

impl Inventory {
    /// Identity Center; `None`: the input does not tell of it.
    pub fn identity_center(&self) -> Option<&IdentityCenter> {
        self.identity_center.as_deref()
    }

    /// The roles of a permission set, in one account or in all, by account and then by name.
    /// `None`: the permission set, or its name, is not known.
    pub fn permission_set_roles(&self, set_arn: &str, account: Option<&str>) -> Option<Vec<&Principal>> {
        let name = self.identity_center()?.permission_set(set_arn)?.name.as_deref()?;
        Some(self.roles_in(account, &format!("{ROLE_PREFIX}{name}_"), Some(name)))
    }

    /// The roles of every permission set, in one account or in all, by account and then by name.
    pub fn reserved_roles(&self, account: Option<&str>) -> Vec<&Principal> {
        self.roles_in(account, ROLE_PREFIX, None)
    }

    /// The roles that a user or group of the identity store is assigned to, a user also through
    /// its groups, by account and then by name. `None`: not known.
    pub fn roles_assigned_to(&self, principal: &AssignedPrincipal) -> Option<Vec<&Principal>> {
        let mut roles: BTreeMap<(&str, &str), &Principal> = BTreeMap::new();
        for Assignment { account, permission_set, .. } in self.identity_center()?.assignments_of(principal)? {
            for role in self.permission_set_roles(permission_set, Some(account))? {
                roles.insert((&role.account, &role.name), role);
            }
        }
        Some(roles.into_values().collect())
    }

    /// The groups of the identity store that are assigned to a role of a permission set, each with its id
    /// and its name if that is known, by id. None for other principals. A user who is assigned without a
    /// group is in none of them.
    ///
    /// # Errors
    /// What is not known of Identity Center.
    pub fn groups_of_role(&self, role: &Principal) -> Result<Vec<(&str, Option<&str>)>, String> {
        let Some(name) = role.permission_set_name() else { return Ok(Vec::new()) };
        let lacks = |what: &str| format!("which groups role {} is assigned to: {what}", role.arn);
        let center =
            self.identity_center().ok_or_else(|| lacks("the inventory does not tell of Identity Center"))?;
        let missing = |part: &str| lacks(&format!("`{part}` of Identity Center is not in the inventory"));
        let sets = center.permission_sets.as_ref().ok_or_else(|| missing("PermissionSets"))?;
        let assignments = center.assignments.as_ref().ok_or_else(|| missing("AccountAssignments"))?;
        let mut groups = BTreeMap::new();
        for assignment in assignments.iter().filter(|assignment| assignment.account == role.account) {
            let AssignedPrincipal::Group(id) = &assignment.principal else { continue };
            let set = sets.get(&assignment.permission_set).and_then(|set| set.name.as_deref());
            let set = set.ok_or_else(|| lacks(&format!("the name of {}", assignment.permission_set)))?;
            if set == name {
                let known = center.groups.as_ref().and_then(|groups| groups.get(id));
                groups.insert(id.as_str(), known.and_then(Option::as_deref));
            }
        }
        Ok(groups.into_iter().collect())
    }

    /// The roles that Identity Center manages whose names begin with `prefix`, of one permission
    /// set or of any.
    fn roles_in(&self, account: Option<&str>, prefix: &str, set: Option<&str>) -> Vec<&Principal> {
        let bounds = match account {
            Some(id) => (Bound::Included(id), Bound::Included(id)),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        let mut found = Vec::new();
        for (_, details) in self.accounts.range::<str, _>(bounds) {
            let after = details.roles.range(prefix.to_owned()..).map(|(_, role)| &**role);
            let named = after.take_while(|role| role.name.starts_with(prefix));
            found.extend(named.filter(|role| {
                role.permission_set_name().is_some_and(|name| set.is_none_or(|set| set == name))
            }));
        }
        found
    }
}
