//! What an inventory holds and lacks, as numbers and names: what somebody who has just collected one
//! wants to see.

mod detail;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::account::Account;
use crate::arn::is_aws_managed;
use crate::identity_center::IdentityCenter;
use crate::inventory::Inventory;
use crate::organization::Organization;

pub use detail::{AccountDetail, GroupOverview, LevelOverview, PolicyOverview, PrincipalOverview};

/// Counts the changes of both formats that an old reader would get wrong.
const SCHEMA_VERSION: u32 = 1;

/// An inventory at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Counts the changes of the format that an old reader would get wrong.
    pub schema_version: u32,
    /// The organization; `None`: the accounts stand alone.
    pub organization: Option<OrganizationOverview>,
    /// Every account that the organization lists or that has details, by id.
    pub accounts: Vec<AccountOverview>,
    /// Identity Center; `None`: the input does not tell of it.
    pub identity_center: Option<IdentityCenterOverview>,
    /// All of it together.
    pub totals: Totals,
    /// What is missing, in words.
    pub gaps: Vec<String>,
}

/// The organization without its accounts. A count that is `None` is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrganizationOverview {
    /// `o-...`.
    pub id: Option<String>,
    /// The management account's id.
    pub management_account_id: Option<String>,
    /// Roots and OUs, by id; what holds each is its `parent_id`.
    pub nodes: Vec<NodeOverview>,
    /// How many policies of each type it has.
    pub policies_by_type: Option<BTreeMap<String, usize>>,
}

/// A root or an OU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeOverview {
    /// `r-...` or `ou-...`.
    pub id: String,
    /// The name.
    pub name: String,
    /// What holds it; `None` for a root, and where it is not known.
    pub parent_id: Option<String>,
    /// The policies attached to it, by id.
    pub policies: Vec<String>,
}

/// An account in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountOverview {
    /// Twelve digits.
    pub account_id: String,
    /// The name, if the organization tells it.
    pub name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, ...
    pub status: Option<String>,
    /// The root or OU that holds it.
    pub parent_id: Option<String>,
    /// Whether it has authorization details.
    pub has_details: bool,
    /// Whether their lists are whole.
    pub is_complete: bool,
    /// What its details hold; all zero without any.
    pub counts: Counts,
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Principals: users, roles, and the root user of a member account.
    pub principals: usize,
    /// Users.
    pub users: usize,
    /// Roles, the next two kinds included.
    pub roles: usize,
    /// Service-linked roles.
    pub service_linked_roles: usize,
    /// Roles that Identity Center made of permission sets.
    pub identity_center_roles: usize,
    /// Groups.
    pub groups: usize,
    /// Customer managed policies.
    pub customer_policies: usize,
    /// Policies of AWS's own that the details hold.
    pub aws_policies: usize,
}

/// Identity Center in numbers. What is `None` is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityCenterOverview {
    /// ARNs of the instances.
    pub instances: Option<Vec<String>>,
    /// The permission sets, by ARN.
    pub permission_sets: Option<Vec<PermissionSetOverview>>,
    /// How many account assignments there are.
    pub assignments: Option<usize>,
    /// How many users are in groups, each once for each group.
    pub group_memberships: Option<usize>,
    /// How many attributes become session tags; 0 if attributes for access control are off.
    pub access_control_attributes: Option<usize>,
}

/// A permission set in numbers. What is `None` is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionSetOverview {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: Option<String>,
    /// How many accounts it is provisioned to.
    pub provisioned_accounts: Option<usize>,
    /// How many roles of the inventory are of it.
    pub roles: Option<usize>,
    /// How many account assignments name it.
    pub assignments: Option<usize>,
}

/// The whole inventory in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Accounts that the organization lists or that have details.
    pub accounts: usize,
    /// Accounts with details.
    pub accounts_with_details: usize,
    /// The sums over all accounts; but a policy of AWS's own counts once.
    pub counts: Counts,
}

impl Inventory {
    /// What the inventory holds and lacks.
    pub fn overview(&self) -> Overview {
        let listed = self.organization().and_then(|organization| organization.accounts.as_ref());
        let ids: BTreeSet<&String> =
            listed.into_iter().flatten().map(|(id, _)| id).chain(self.accounts.keys()).collect();
        let accounts: Vec<_> = ids.into_iter().map(|id| self.account_overview(id)).collect();
        Overview {
            schema_version: SCHEMA_VERSION,
            organization: self.organization().map(organization),
            totals: self.totals(&accounts),
            accounts,
            identity_center: self.identity_center().map(|center| self.center_overview(center)),
            gaps: self.gaps().iter().map(ToString::to_string).collect(),
        }
    }

    fn account_overview(&self, id: &str) -> AccountOverview {
        let entry = self.organization().and_then(|organization| organization.accounts.as_ref()?.get(id));
        let details = self.account(id);
        AccountOverview {
            account_id: id.to_owned(),
            name: entry.map(|entry| entry.name.clone()),
            status: entry.and_then(|entry| entry.status.clone()),
            parent_id: entry.and_then(|entry| entry.parent.clone()),
            has_details: details.is_some(),
            is_complete: details.is_some_and(Account::is_complete),
            counts: details.map(|details| self.counts(details)).unwrap_or_default(),
        }
    }

    fn counts(&self, details: &Account) -> Counts {
        let aws_policies = details.policies().filter(|policy| is_aws_managed(&policy.arn)).count();
        Counts {
            principals: self.principals_of(&details.id).count(),
            users: details.users.len(),
            roles: details.roles.len(),
            service_linked_roles: details.roles().filter(|role| role.service_linked).count(),
            identity_center_roles: self.reserved_roles(Some(&details.id)).len(),
            groups: details.groups.len(),
            customer_policies: details.policies.len() - aws_policies,
            aws_policies,
        }
    }

    fn totals(&self, accounts: &[AccountOverview]) -> Totals {
        let sum = |count: fn(&Counts) -> usize| accounts.iter().map(|account| count(&account.counts)).sum();
        let policies = self.accounts().flat_map(Account::policies).map(|policy| &*policy.arn);
        let aws_policies: BTreeSet<&str> = policies.filter(|arn| is_aws_managed(arn)).collect();
        Totals {
            accounts: accounts.len(),
            accounts_with_details: self.accounts.len(),
            counts: Counts {
                principals: sum(|counts| counts.principals),
                users: sum(|counts| counts.users),
                roles: sum(|counts| counts.roles),
                service_linked_roles: sum(|counts| counts.service_linked_roles),
                identity_center_roles: sum(|counts| counts.identity_center_roles),
                groups: sum(|counts| counts.groups),
                customer_policies: sum(|counts| counts.customer_policies),
                aws_policies: aws_policies.len(),
            },
        }
    }

    fn center_overview(&self, center: &IdentityCenter) -> IdentityCenterOverview {
        let mut assigned: BTreeMap<&str, usize> = BTreeMap::new();
        for assignment in center.assignments.iter().flatten() {
            *assigned.entry(&assignment.permission_set).or_default() += 1;
        }
        let set = |set: &crate::identity_center::PermissionSet| PermissionSetOverview {
            arn: set.arn.clone(),
            name: set.name.clone(),
            provisioned_accounts: set.accounts.as_ref().map(BTreeSet::len),
            roles: self.permission_set_roles(&set.arn, None).map(|roles| roles.len()),
            assignments: center
                .assignments
                .as_ref()
                .map(|_| assigned.get(set.arn.as_str()).copied().unwrap_or_default()),
        };
        IdentityCenterOverview {
            instances: center.instances.as_ref().map(|all| all.keys().cloned().collect()),
            permission_sets: center
                .permission_sets
                .as_ref()
                .map(|all| all.values().map(|one| set(one)).collect()),
            assignments: center.assignments.as_ref().map(BTreeSet::len),
            group_memberships: center.memberships.as_ref().map(BTreeMap::len),
            access_control_attributes: center
                .access_control_attributes
                .as_ref()
                .map(|attributes| attributes.as_ref().map_or(0, BTreeMap::len)),
        }
    }
}

fn organization(organization: &Organization) -> OrganizationOverview {
    let policies = |id: &str| organization.attached(id).map(str::to_owned).collect();
    let roots = organization.roots.iter().flatten().map(|(id, root)| NodeOverview {
        id: id.clone(),
        name: root.name.clone(),
        parent_id: None,
        policies: policies(id),
    });
    let units = organization.units.iter().flatten().map(|(id, unit)| NodeOverview {
        id: id.clone(),
        name: unit.name.clone(),
        parent_id: unit.parent.clone(),
        policies: policies(id),
    });
    OrganizationOverview {
        id: organization.id.clone(),
        management_account_id: organization.management_account.clone(),
        nodes: roots.chain(units).collect(),
        policies_by_type: organization.policies.as_ref().map(|policies| {
            let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
            for policy in policies.values() {
                *kinds.entry(policy.kind.clone()).or_default() += 1;
            }
            kinds
        }),
    }
}
