//! The JSON of authorization details, as the AWS CLI and the SDKs write it: members in the API's
//! spelling or with a small first letter, lists and flags also as converters from XML write them.
//! Lists that IAM leaves out are told from empty ones.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use stanchion_policy::value::parse_date;

use crate::credentials::Moment;
use crate::shape::{Flag, List, is_left_over};

/// A page, or what a tool has wrapped around one.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a page of authorization details")]
pub(super) struct Page<'a> {
    #[serde(borrow, alias = "userDetailList")]
    pub(super) user_detail_list: Option<List<EntityDetail<'a>>>,
    #[serde(borrow, alias = "groupDetailList")]
    pub(super) group_detail_list: Option<List<EntityDetail<'a>>>,
    #[serde(borrow, alias = "roleDetailList")]
    pub(super) role_detail_list: Option<List<EntityDetail<'a>>>,
    #[serde(borrow, alias = "policies")]
    pub(super) policies: Option<List<PolicyDetail<'a>>>,
    #[serde(alias = "isTruncated", alias = "truncated")]
    is_truncated: Option<Flag>,
    #[serde(alias = "marker")]
    marker: Option<String>,
    #[serde(alias = "nextToken")]
    next_token: Option<String>,
    #[serde(
        borrow,
        alias = "GetAccountAuthorizationDetailsResponse",
        alias = "GetAccountAuthorizationDetailsResult"
    )]
    wrapped: Option<Box<Page<'a>>>,
}

impl Page<'_> {
    /// The page itself, out of what it is wrapped in.
    pub(super) fn unwrapped(mut self) -> Self {
        while let Some(inner) = self.wrapped {
            self = *inner;
        }
        self
    }

    /// Whether others follow.
    pub(super) fn is_truncated(&self) -> bool {
        self.is_truncated == Some(Flag(true))
            || is_left_over(self.marker.as_deref())
            || is_left_over(self.next_token.as_deref())
    }
}

/// `UserDetail`, `GroupDetail` and `RoleDetail`: they differ by prefix, and by what they lack.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a user, group or role")]
pub(super) struct EntityDetail<'a> {
    #[serde(alias = "arn")]
    pub(super) arn: String,
    #[serde(alias = "path")]
    pub(super) path: Option<String>,
    #[serde(
        alias = "UserName",
        alias = "RoleName",
        alias = "GroupName",
        alias = "userName",
        alias = "roleName",
        alias = "groupName"
    )]
    pub(super) name: Option<String>,
    #[serde(
        alias = "UserId",
        alias = "RoleId",
        alias = "GroupId",
        alias = "userId",
        alias = "roleId",
        alias = "groupId"
    )]
    pub(super) id: Option<String>,
    #[serde(
        borrow,
        alias = "UserPolicyList",
        alias = "RolePolicyList",
        alias = "GroupPolicyList",
        alias = "userPolicyList",
        alias = "rolePolicyList",
        alias = "groupPolicyList"
    )]
    pub(super) inline: Option<List<Inline<'a>>>,
    #[serde(alias = "attachedManagedPolicies")]
    pub(super) attached_managed_policies: Option<List<Attached>>,
    #[serde(alias = "groupList")]
    pub(super) group_list: Option<List<String>>,
    #[serde(alias = "permissionsBoundary")]
    pub(super) permissions_boundary: Option<Boundary>,
    #[serde(alias = "tags")]
    pub(super) tags: Option<List<Tag>>,
    #[serde(borrow, alias = "assumeRolePolicyDocument")]
    pub(super) assume_role_policy_document: Option<&'a RawValue>,
    #[serde(alias = "instanceProfileList")]
    pub(super) instance_profile_list: Option<List<InstanceProfile>>,
    #[serde(alias = "createDate")]
    pub(super) create_date: Option<When>,
    #[serde(alias = "roleLastUsed")]
    pub(super) role_last_used: Option<RoleLastUsed>,
}

/// A date, as text or in seconds since the epoch; `None`: it is neither. In nanoseconds since the epoch.
pub(super) struct When(pub(super) Option<i128>);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => parse_date(&text),
            Value::Number(number) => parse_date(&number.to_string()),
            _ => None,
        }))
    }
}

/// IAM API Reference, `RoleLastUsed`: without a date where the role was not used in the tracking period.
pub(super) struct RoleLastUsed(pub(super) Moment);

impl<'de> Deserialize<'de> for RoleLastUsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let date = match &value {
            Value::Object(members) => members.get("LastUsedDate").or_else(|| members.get("lastUsedDate")),
            // Converters from XML write an empty element so.
            Value::String(text) if text.is_empty() => None,
            _ => return Ok(Self(Moment::Unknown)),
        };
        Ok(Self(match date {
            None | Some(Value::Null) => Moment::Never,
            Some(date) => match When::deserialize(date) {
                Ok(When(Some(at))) => Moment::At(at),
                _ => Moment::Unknown,
            },
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an inline policy")]
pub(super) struct Inline<'a> {
    #[serde(alias = "policyName")]
    pub(super) policy_name: String,
    #[serde(borrow, alias = "policyDocument")]
    pub(super) policy_document: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an attached policy")]
pub(super) struct Attached {
    #[serde(alias = "policyArn")]
    pub(super) policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a permissions boundary")]
pub(super) struct Boundary {
    #[serde(alias = "permissionsBoundaryArn")]
    pub(super) permissions_boundary_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a tag")]
pub(crate) struct Tag {
    #[serde(alias = "key")]
    pub(crate) key: String,
    #[serde(alias = "value")]
    pub(crate) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an instance profile")]
pub(super) struct InstanceProfile {
    #[serde(alias = "instanceProfileName")]
    pub(super) instance_profile_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a managed policy")]
pub(super) struct PolicyDetail<'a> {
    #[serde(alias = "arn")]
    pub(super) arn: String,
    #[serde(alias = "policyName")]
    pub(super) policy_name: Option<String>,
    #[serde(alias = "policyId")]
    pub(super) policy_id: Option<String>,
    #[serde(alias = "defaultVersionId")]
    pub(super) default_version_id: Option<String>,
    #[serde(borrow, alias = "policyVersionList")]
    pub(super) policy_version_list: Option<List<VersionDetail<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a policy version")]
pub(super) struct VersionDetail<'a> {
    #[serde(alias = "versionId")]
    pub(super) version_id: String,
    #[serde(alias = "isDefaultVersion", alias = "defaultVersion")]
    pub(super) is_default_version: Option<Flag>,
    #[serde(borrow, alias = "document")]
    pub(super) document: Option<&'a RawValue>,
}
