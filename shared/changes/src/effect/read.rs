//! IAM events -> [`Effect`].

use stanchion_inventory::{Entity, EntityKind, Group, ManagedPolicy, Principal, PrincipalKind};
use stanchion_policy::Policy;

use super::{Effect, read_organization};
use crate::change::Meta;
use crate::record::{Record, document};
use crate::table::{IAM, ORGANIZATIONS};

/// The effect of a known event. Parameters that are missing make it [`Effect::Unknown`].
pub(crate) fn read(record: Record<'_>, meta: &Meta) -> Effect {
    let effect = match meta.event_source.as_str() {
        IAM => iam(record, meta),
        ORGANIZATIONS => read_organization::organizations(record, meta),
        _ => Some(Effect::None),
    };
    effect.unwrap_or_else(|| Effect::Unknown(format!("{} lacks parameters", meta.event_name)))
}

fn iam(record: Record<'_>, meta: &Meta) -> Option<Effect> {
    let account = &meta.account;
    let text = |name: &str| record.parameter_text(name).map(str::to_owned);
    let entity = |kind| {
        let parameter = match kind {
            EntityKind::User => "userName",
            EntityKind::Group => "groupName",
            EntityKind::Role => "roleName",
        };
        Some(Entity::new(kind, account, record.parameter_text(parameter)?))
    };
    // The kind of entity that the name of an operation on policies or tags has in it.
    let kind = [("User", EntityKind::User), ("Group", EntityKind::Group), ("Role", EntityKind::Role)]
        .into_iter()
        .find(|(name, _)| meta.event_name.contains(name))
        .map(|(_, kind)| kind);
    let this = || entity(kind?);
    Some(match meta.event_name.as_str() {
        "AttachUserPolicy" | "AttachGroupPolicy" | "AttachRolePolicy" => {
            Effect::Attach { to: this()?, policy: text("policyArn")? }
        }
        "DetachUserPolicy" | "DetachGroupPolicy" | "DetachRolePolicy" => {
            Effect::Detach { from: this()?, policy: text("policyArn")? }
        }
        "PutUserPolicy" | "PutGroupPolicy" | "PutRolePolicy" => Effect::PutInline {
            entity: this()?,
            name: text("policyName")?,
            document: record.document("policyDocument"),
        },
        "DeleteUserPolicy" | "DeleteGroupPolicy" | "DeleteRolePolicy" => {
            Effect::DeleteInline { entity: this()?, name: text("policyName")? }
        }
        "PutUserPermissionsBoundary" | "PutRolePermissionsBoundary" => {
            Effect::SetBoundary { entity: this()?, policy: Some(text("permissionsBoundary")?) }
        }
        "DeleteUserPermissionsBoundary" | "DeleteRolePermissionsBoundary" => {
            Effect::SetBoundary { entity: this()?, policy: None }
        }
        "UpdateAssumeRolePolicy" => Effect::SetTrust {
            account: account.clone(),
            role: text("roleName")?,
            document: record.document("policyDocument"),
        },
        "TagUser" | "TagRole" => Effect::Tag { entity: this()?, tags: record.tags("tags") },
        "UntagUser" | "UntagRole" => Effect::Untag { entity: this()?, keys: record.texts("tagKeys") },
        "AddUserToGroup" => {
            Effect::JoinGroup { account: account.clone(), user: text("userName")?, group: text("groupName")? }
        }
        "RemoveUserFromGroup" => Effect::LeaveGroup {
            account: account.clone(),
            user: text("userName")?,
            group: text("groupName")?,
        },
        "AddRoleToInstanceProfile" => Effect::JoinProfile {
            account: account.clone(),
            role: text("roleName")?,
            profile: text("instanceProfileName")?,
        },
        "RemoveRoleFromInstanceProfile" => Effect::LeaveProfile {
            account: account.clone(),
            role: text("roleName")?,
            profile: text("instanceProfileName")?,
        },
        "CreateUser" => principal(record, account, PrincipalKind::User)?,
        "CreateRole" | "CreateServiceLinkedRole" => principal(record, account, PrincipalKind::Role)?,
        "AcquireRole" => Effect::Unknown("what the template holds is not in the event".to_owned()),
        "PutAccountProperties" => Effect::Unknown("account properties are not modelled".to_owned()),
        "CreateGroup" => group(record, account)?,
        "DeleteUser" | "DeleteGroup" | "DeleteRole" => Effect::Delete(this()?),
        // The role goes in the background, if nothing uses it.
        "DeleteServiceLinkedRole" => Effect::Unknown("whether the role went is not known yet".to_owned()),
        "UpdateUser" => Effect::Rename { entity: this()?, name: text("newUserName"), path: text("newPath") },
        "UpdateGroup" => {
            Effect::Rename { entity: this()?, name: text("newGroupName"), path: text("newPath") }
        }
        "CreatePolicy" => policy(record)?,
        "DeletePolicy" => Effect::DeletePolicy { arn: text("policyArn")? },
        "CreatePolicyVersion" => Effect::CreateVersion {
            arn: text("policyArn")?,
            version: record.response("/policyVersion/versionId")?.to_owned(),
            document: record.document("policyDocument"),
            default: record.parameter("setAsDefault").and_then(serde_json::Value::as_bool) == Some(true),
        },
        "SetDefaultPolicyVersion" => {
            Effect::SetDefaultVersion { arn: text("policyArn")?, version: text("versionId")? }
        }
        "DeletePolicyVersion" => {
            Effect::DeleteVersion { arn: text("policyArn")?, version: text("versionId")? }
        }
        _ => Effect::None,
    })
}

fn principal(record: Record<'_>, account: &str, kind: PrincipalKind) -> Option<Effect> {
    let role = kind == PrincipalKind::Role;
    let (at, word) = if role { ("/role", "role") } else { ("/user", "user") };
    let response = |field: &str| record.response(&format!("{at}/{field}"));
    let field = format!("{word}Name");
    let name = record.parameter_text(&field).or_else(|| response(&field))?;
    let path = response("path").or_else(|| record.parameter_text("path")).unwrap_or("/");
    let partition = record.partition();
    let arn = response("arn").map(str::to_owned);
    let arn = arn.unwrap_or_else(|| format!("arn:{partition}:iam::{account}:{word}{path}{name}"));
    let mut principal = Principal::new(kind, account, &arn, path, name);
    if let Some(id) = response(&format!("{word}Id")) {
        principal.unique_id = id.to_owned();
    }
    principal.tags = record.tags("tags");
    principal.tags.sort();
    principal.boundary = record
        .parameter_text("permissionsBoundary")
        .or_else(|| response("permissionsBoundary/permissionsBoundaryArn"))
        .map(str::to_owned);
    if role {
        let trust = record
            .parameter_text("assumeRolePolicyDocument")
            .or_else(|| response("assumeRolePolicyDocument"));
        principal.trust = trust.map(document).or(principal.trust);
    }
    if principal.service_linked {
        // IAM attaches the service's policy as it makes the role, and logs no event for it.
        let policy = Policy::unknown("the service's own policy is not in the event");
        principal.inline.insert("(of the service)".to_owned(), policy);
    }
    Some(Effect::CreatePrincipal(Box::new(principal)))
}

fn group(record: Record<'_>, account: &str) -> Option<Effect> {
    let name = record.parameter_text("groupName")?;
    let path = record.parameter_text("path").unwrap_or("/");
    let arn = record.response("/group/arn").map(str::to_owned);
    let arn = arn.unwrap_or_else(|| format!("arn:{}:iam::{account}:group{path}{name}", record.partition()));
    let group = Group { name: name.to_owned(), arn, ..Group::default() };
    Some(Effect::CreateGroup { account: account.to_owned(), group })
}

fn policy(record: Record<'_>) -> Option<Effect> {
    let version = record.response("/policy/defaultVersionId").unwrap_or("v1").to_owned();
    Some(Effect::CreatePolicy(ManagedPolicy {
        arn: record.response("/policy/arn")?.into(),
        name: record.parameter_text("policyName")?.to_owned(),
        id: record.response("/policy/policyId").map(str::to_owned),
        default_version: Some(version.clone()),
        versions: [(version, record.document("policyDocument"))].into(),
    }))
}
