//! One account, each of its principals with what is attached to it.

use serde::Serialize;

use super::{AccountOverview, SCHEMA_VERSION};
use crate::account::{Group, ManagedPolicy, Principal};
use crate::inventory::Inventory;
use crate::organization::{RCP, SCP};

/// One account in detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountDetail {
    /// Counts the changes of the format that an old reader would get wrong.
    pub schema_version: u32,
    /// The account in numbers.
    pub account: AccountOverview,
    /// Where it is in the organization, as `o-x/r-y/ou-z/`; `None`: it stands alone, or the way to
    /// its root is not known.
    pub organization_path: Option<String>,
    /// The SCPs that bind its principals, level by level, the root first.
    pub scps: Vec<LevelOverview>,
    /// The RCPs that protect its resources, level by level, the root first.
    pub rcps: Vec<LevelOverview>,
    /// Its users, by name.
    pub users: Vec<PrincipalOverview>,
    /// Its roles, by name.
    pub roles: Vec<PrincipalOverview>,
    /// Its groups, by name.
    pub groups: Vec<GroupOverview>,
    /// The managed policies of its details, by ARN.
    pub policies: Vec<PolicyOverview>,
    /// What is missing of it, in words.
    pub gaps: Vec<String>,
}

/// One level of the organization above an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelOverview {
    /// The root, OU or account.
    pub level: String,
    /// The policies there, by id.
    pub policies: Vec<String>,
}

/// A user or role and what is attached to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrincipalOverview {
    /// The ARN.
    pub arn: String,
    /// Names of the inline policies.
    pub inline_policies: Vec<String>,
    /// ARNs of the attached policies.
    pub attached_policies: Vec<String>,
    /// Names of the groups that a user is in.
    pub groups: Vec<String>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The permission set that made the role.
    pub permission_set: Option<String>,
    /// Whether it is a service-linked role.
    pub service_linked: bool,
}

/// A group and what is attached to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupOverview {
    /// The ARN.
    pub arn: String,
    /// Names of the inline policies.
    pub inline_policies: Vec<String>,
    /// ARNs of the attached policies.
    pub attached_policies: Vec<String>,
    /// Names of its members.
    pub members: Vec<String>,
}

/// A managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyOverview {
    /// The ARN.
    pub arn: String,
    /// The version in force.
    pub default_version: Option<String>,
    /// The versions whose documents are known.
    pub versions: Vec<String>,
}

impl Inventory {
    /// One account in detail; `None`: neither the organization nor the details tell of it.
    pub fn account_detail(&self, id: &str) -> Option<AccountDetail> {
        let listed = self.organization().and_then(|organization| organization.accounts.as_ref());
        let details = self.account(id);
        if details.is_none() && !listed.is_some_and(|accounts| accounts.contains_key(id)) {
            return None;
        }
        let own = format!("account {id}");
        let gaps = self.gaps().into_iter();
        let gaps = gaps.filter(|gap| gap.place == id || gap.message.contains(&own));
        Some(AccountDetail {
            schema_version: SCHEMA_VERSION,
            account: self.account_overview(id),
            organization_path: self.organization_path(id),
            scps: self.level_overviews(id, SCP),
            rcps: self.level_overviews(id, RCP),
            users: details.into_iter().flat_map(|details| details.users()).map(principal).collect(),
            roles: details.into_iter().flat_map(|details| details.roles()).map(principal).collect(),
            groups: details
                .into_iter()
                .flat_map(|details| details.groups())
                .map(|group| self.group_overview(id, group))
                .collect(),
            policies: details.into_iter().flat_map(|details| details.policies()).map(policy).collect(),
            gaps: gaps.map(|gap| gap.to_string()).collect(),
        })
    }

    fn level_overviews(&self, id: &str, kind: &str) -> Vec<LevelOverview> {
        let levels = if kind == SCP { self.scps(id) } else { self.rcps(id) };
        let overview = |level: stanchion_policy::Level| LevelOverview {
            level: level.name.to_string(),
            policies: level.policies.iter().map(|policy| policy.name.to_string()).collect(),
        };
        levels.into_iter().map(overview).collect()
    }

    fn group_overview(&self, account: &str, group: &Group) -> GroupOverview {
        let members = self.group_members(account, &group.name);
        GroupOverview {
            arn: group.arn.clone(),
            inline_policies: group.inline.keys().cloned().collect(),
            attached_policies: group.attached.iter().cloned().collect(),
            members: members.iter().map(|user| user.name.clone()).collect(),
        }
    }
}

fn principal(principal: &Principal) -> PrincipalOverview {
    PrincipalOverview {
        arn: principal.arn.clone(),
        inline_policies: principal.inline.keys().cloned().collect(),
        attached_policies: principal.attached.iter().cloned().collect(),
        groups: principal.groups.iter().cloned().collect(),
        boundary: principal.boundary.clone(),
        permission_set: principal.permission_set_name().map(str::to_owned),
        service_linked: principal.service_linked,
    }
}

fn policy(policy: &ManagedPolicy) -> PolicyOverview {
    PolicyOverview {
        arn: policy.arn.to_string(),
        default_version: policy.default_version.clone(),
        versions: policy.versions.keys().cloned().collect(),
    }
}
