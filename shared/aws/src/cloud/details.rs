//! Authorization details as text: what the SDK read, in the shape that `docs/INVENTORY.md` describes.

use aws_sdk_iam::types;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use stanchion_hub::CloudError;
use stanchion_inventory::decode_document;

/// A page of authorization details.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page {
    pub(crate) user_detail_list: Vec<User>,
    pub(crate) group_detail_list: Vec<Group>,
    pub(crate) role_detail_list: Vec<Role>,
    pub(crate) policies: Vec<ManagedPolicy>,
    pub(crate) is_truncated: bool,
}

impl Page {
    /// The page as JSON.
    pub(crate) fn text(&self) -> Result<String, CloudError> {
        serde_json::to_string(self).map_err(|error| CloudError::Unreadable(error.to_string()))
    }
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct User {
    pub(crate) path: Option<String>,
    pub(crate) user_name: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) user_policy_list: Vec<Inline>,
    pub(crate) group_list: Vec<String>,
    pub(crate) attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions_boundary: Option<Boundary>,
    pub(crate) tags: Vec<Tag>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Role {
    pub(crate) path: Option<String>,
    pub(crate) role_name: Option<String>,
    pub(crate) role_id: Option<String>,
    pub(crate) arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) assume_role_policy_document: Option<String>,
    pub(crate) instance_profile_list: Vec<InstanceProfile>,
    pub(crate) role_policy_list: Vec<Inline>,
    pub(crate) attached_managed_policies: Vec<Attached>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions_boundary: Option<Boundary>,
    pub(crate) tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) create_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role_last_used: Option<LastUsed>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_date: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Group {
    pub(crate) path: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) group_id: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) group_policy_list: Vec<Inline>,
    pub(crate) attached_managed_policies: Vec<Attached>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Inline {
    pub(crate) policy_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_document: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attached {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_name: Option<String>,
    pub(crate) policy_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Boundary {
    pub(crate) permissions_boundary_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceProfile {
    pub(crate) instance_profile_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ManagedPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_id: Option<String>,
    pub(crate) arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_version_id: Option<String>,
    pub(crate) policy_version_list: Vec<Version>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version {
    pub(crate) version_id: String,
    pub(crate) is_default_version: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
}

/// A document as plain text: IAM gives it URL-encoded. One that cannot be decoded stays as it is, and
/// is unknown by itself when it is read.
pub(crate) fn document(text: &str) -> String {
    decode_document(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// A moment as the AWS CLI writes it, `2026-01-01T00:00:00Z`.
pub(crate) fn moment(moment: &DateTime) -> Option<String> {
    moment.fmt(Format::DateTime).ok()
}

pub(crate) fn last_used(used: Option<types::RoleLastUsed>) -> Option<LastUsed> {
    used.map(|used| LastUsed { last_used_date: used.last_used_date.as_ref().and_then(moment) })
}

pub(crate) fn tags(tags: Option<Vec<types::Tag>>) -> Vec<Tag> {
    let tags = tags.unwrap_or_default().into_iter();
    tags.map(|tag| Tag { key: tag.key, value: tag.value }).collect()
}

pub(crate) fn boundary(boundary: Option<types::AttachedPermissionsBoundary>) -> Option<Boundary> {
    boundary.map(|boundary| Boundary { permissions_boundary_arn: boundary.permissions_boundary_arn })
}

pub(crate) fn attached(list: Option<Vec<types::AttachedPolicy>>) -> Vec<Attached> {
    let list = list.unwrap_or_default().into_iter();
    list.map(|policy| Attached { policy_name: policy.policy_name, policy_arn: policy.policy_arn }).collect()
}

fn inline(list: Option<Vec<types::PolicyDetail>>) -> Vec<Inline> {
    let list = list.unwrap_or_default().into_iter();
    list.map(|policy| Inline {
        policy_name: policy.policy_name.unwrap_or_default(),
        policy_document: policy.policy_document.as_deref().map(document),
    })
    .collect()
}

impl From<types::UserDetail> for User {
    fn from(user: types::UserDetail) -> Self {
        Self {
            path: user.path,
            user_name: user.user_name,
            user_id: user.user_id,
            arn: user.arn,
            user_policy_list: inline(user.user_policy_list),
            group_list: user.group_list.unwrap_or_default(),
            attached_managed_policies: attached(user.attached_managed_policies),
            permissions_boundary: boundary(user.permissions_boundary),
            tags: tags(user.tags),
        }
    }
}

impl From<types::RoleDetail> for Role {
    fn from(role: types::RoleDetail) -> Self {
        let profiles = role.instance_profile_list.unwrap_or_default().into_iter();
        Self {
            path: role.path,
            role_name: role.role_name,
            role_id: role.role_id,
            arn: role.arn,
            assume_role_policy_document: role.assume_role_policy_document.as_deref().map(document),
            instance_profile_list: profiles
                .map(|profile| InstanceProfile { instance_profile_name: profile.instance_profile_name })
                .collect(),
            role_policy_list: inline(role.role_policy_list),
            attached_managed_policies: attached(role.attached_managed_policies),
            permissions_boundary: boundary(role.permissions_boundary),
            tags: tags(role.tags),
            create_date: role.create_date.as_ref().and_then(moment),
            role_last_used: last_used(role.role_last_used),
        }
    }
}

impl From<types::GroupDetail> for Group {
    fn from(group: types::GroupDetail) -> Self {
        Self {
            path: group.path,
            group_name: group.group_name,
            group_id: group.group_id,
            arn: group.arn,
            group_policy_list: inline(group.group_policy_list),
            attached_managed_policies: attached(group.attached_managed_policies),
        }
    }
}

impl From<types::ManagedPolicyDetail> for ManagedPolicy {
    fn from(policy: types::ManagedPolicyDetail) -> Self {
        let versions = policy.policy_version_list.unwrap_or_default().into_iter();
        Self {
            policy_name: policy.policy_name,
            policy_id: policy.policy_id,
            arn: policy.arn,
            default_version_id: policy.default_version_id,
            policy_version_list: versions
                .map(|version| Version {
                    version_id: version.version_id.unwrap_or_default(),
                    is_default_version: version.is_default_version,
                    document: version.document.as_deref().map(document),
                })
                .collect(),
        }
    }
}
