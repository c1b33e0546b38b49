//! The JSON of authorization details. Lists that IAM leaves out are told from empty ones.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) user_detail_list: Option<Vec<EntityDetail<'a>>>,
    #[serde(borrow)]
    pub(super) group_detail_list: Option<Vec<EntityDetail<'a>>>,
    #[serde(borrow)]
    pub(super) role_detail_list: Option<Vec<EntityDetail<'a>>>,
    #[serde(borrow)]
    pub(super) policies: Option<Vec<PolicyDetail<'a>>>,
    pub(super) is_truncated: Option<bool>,
    pub(super) marker: Option<String>,
    pub(super) next_token: Option<String>,
}

/// `UserDetail`, `GroupDetail` and `RoleDetail`: they differ by prefix, and by what they lack.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntityDetail<'a> {
    pub(super) arn: String,
    pub(super) path: Option<String>,
    #[serde(alias = "UserName", alias = "RoleName", alias = "GroupName")]
    pub(super) name: Option<String>,
    #[serde(alias = "UserId", alias = "RoleId", alias = "GroupId")]
    pub(super) id: Option<String>,
    #[serde(borrow, alias = "UserPolicyList", alias = "RolePolicyList", alias = "GroupPolicyList")]
    pub(super) inline: Option<Vec<Inline<'a>>>,
    pub(super) attached_managed_policies: Option<Vec<Attached>>,
    pub(super) group_list: Option<Vec<String>>,
    pub(super) permissions_boundary: Option<Boundary>,
    pub(super) tags: Option<Vec<Tag>>,
    #[serde(borrow)]
    pub(super) assume_role_policy_document: Option<&'a RawValue>,
    pub(super) instance_profile_list: Option<Vec<InstanceProfile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inline<'a> {
    pub(super) policy_name: String,
    #[serde(borrow)]
    pub(super) policy_document: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attached {
    pub(super) policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    pub(super) permissions_boundary_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InstanceProfile {
    pub(super) instance_profile_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyDetail<'a> {
    pub(super) arn: String,
    pub(super) policy_name: Option<String>,
    pub(super) policy_id: Option<String>,
    pub(super) default_version_id: Option<String>,
    #[serde(borrow)]
    pub(super) policy_version_list: Option<Vec<VersionDetail<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionDetail<'a> {
    pub(super) version_id: String,
    pub(super) is_default_version: Option<bool>,
    #[serde(borrow)]
    pub(super) document: Option<&'a RawValue>,
}
