//! Readers of IAM's events.

use serde_json::Value;
use stanchion_inventory::{EntityKind, Group, ManagedPolicy, Moment, Principal, PrincipalKind};
use stanchion_policy::Policy;
use stanchion_policy::value::parse_date;

use super::{Apply, Effect, reads};
use crate::record::{Event, document};

pub(crate) const ATTACH: Apply = reads("attaches the policy", |event| {
    Some(Effect::Attach { to: event.entity()?, policy: event.text("policyArn")? })
});

pub(crate) const DETACH: Apply = reads("detaches the policy", |event| {
    Some(Effect::Detach { from: event.entity()?, policy: event.text("policyArn")? })
});

pub(crate) const PUT_INLINE: Apply = reads("writes the inline policy", |event| {
    let document = event.record.document("policyDocument");
    Some(Effect::PutInline { entity: event.entity()?, name: event.text("policyName")?, document })
});

pub(crate) const DELETE_INLINE: Apply = reads("deletes the inline policy", |event| {
    Some(Effect::DeleteInline { entity: event.entity()?, name: event.text("policyName")? })
});

pub(crate) const SET_BOUNDARY: Apply = reads("sets the boundary", |event| {
    Some(Effect::SetBoundary { entity: event.entity()?, policy: Some(event.text("permissionsBoundary")?) })
});

pub(crate) const REMOVE_BOUNDARY: Apply = reads("removes the boundary", |event| {
    Some(Effect::SetBoundary { entity: event.entity()?, policy: None })
});

pub(crate) const SET_TRUST: Apply = reads("replaces the trust policy", |event| {
    Some(Effect::SetTrust {
        account: event.account.to_owned(),
        role: event.text("roleName")?,
        document: event.record.document("policyDocument"),
    })
});

pub(crate) const TAG: Apply = reads("writes the tags", |event| {
    Some(Effect::Tag { entity: event.entity()?, tags: event.record.tags("tags") })
});

pub(crate) const UNTAG: Apply = reads("removes the tags", |event| {
    Some(Effect::Untag { entity: event.entity()?, keys: event.record.texts("tagKeys") })
});

pub(crate) const JOIN_GROUP: Apply = reads("puts the user into the group", |event| {
    Some(Effect::JoinGroup {
        account: event.account.to_owned(),
        user: event.text("userName")?,
        group: event.text("groupName")?,
    })
});

pub(crate) const LEAVE_GROUP: Apply = reads("takes the user out of the group", |event| {
    Some(Effect::LeaveGroup {
        account: event.account.to_owned(),
        user: event.text("userName")?,
        group: event.text("groupName")?,
    })
});

pub(crate) const JOIN_PROFILE: Apply = reads("puts the role into the instance profile", |event| {
    Some(Effect::JoinProfile {
        account: event.account.to_owned(),
        role: event.text("roleName")?,
        profile: event.text("instanceProfileName")?,
    })
});

pub(crate) const LEAVE_PROFILE: Apply = reads("takes the role out of the instance profile", |event| {
    Some(Effect::LeaveProfile {
        account: event.account.to_owned(),
        role: event.text("roleName")?,
        profile: event.text("instanceProfileName")?,
    })
});

pub(crate) const CREATE_USER: Apply = reads("makes the user", |event| principal(event, PrincipalKind::User));

pub(crate) const CREATE_ROLE: Apply = reads("makes the role", |event| principal(event, PrincipalKind::Role));

pub(crate) const DELETE: Apply = reads("deletes it", |event| Some(Effect::Delete(event.entity()?)));

pub(crate) const RENAME: Apply = reads("gives it the new name or path", |event| {
    let entity = event.entity()?;
    let name = if entity.kind == EntityKind::Group { "newGroupName" } else { "newUserName" };
    Some(Effect::Rename { entity, name: event.text(name), path: event.text("newPath") })
});

pub(crate) const CREATE_GROUP: Apply = reads("makes the group", |event| {
    let (record, account) = (event.record, event.account);
    let name = event.text("groupName")?;
    let path = record.parameter_text("path").unwrap_or("/");
    let arn = record.response("/group/arn").map(str::to_owned);
    let arn = arn.unwrap_or_else(|| format!("arn:{}:iam::{account}:group{path}{name}", record.partition()));
    let group = Group { name, arn, ..Group::default() };
    Some(Effect::CreateGroup { account: account.to_owned(), group })
});

pub(crate) const CREATE_POLICY: Apply = reads("makes the policy", |event| {
    let record = event.record;
    let version = record.response("/policy/defaultVersionId").unwrap_or("v1").to_owned();
    Some(Effect::CreatePolicy(ManagedPolicy {
        arn: record.response("/policy/arn")?.into(),
        name: event.text("policyName")?,
        id: record.response("/policy/policyId").map(str::to_owned),
        default_version: Some(version.clone()),
        versions: [(version, record.document("policyDocument"))].into(),
    }))
});

pub(crate) const DELETE_POLICY: Apply =
    reads("deletes the policy", |event| Some(Effect::DeletePolicy { arn: event.text("policyArn")? }));

pub(crate) const CREATE_VERSION: Apply = reads("adds the version", |event| {
    Some(Effect::CreateVersion {
        arn: event.text("policyArn")?,
        version: event.record.response("/policyVersion/versionId")?.to_owned(),
        document: event.record.document("policyDocument"),
        default: event.record.parameter("setAsDefault").and_then(Value::as_bool) == Some(true),
    })
});

pub(crate) const SET_DEFAULT_VERSION: Apply = reads("puts the version in force", |event| {
    Some(Effect::SetDefaultVersion { arn: event.text("policyArn")?, version: event.text("versionId")? })
});

pub(crate) const DELETE_VERSION: Apply = reads("deletes the version", |event| {
    Some(Effect::DeleteVersion { arn: event.text("policyArn")?, version: event.text("versionId")? })
});

pub(crate) const CREATE_ACCESS_KEY: Apply = reads("makes the key", |event| {
    let key = event.record.response("/accessKey/accessKeyId")?.to_owned();
    Some(of_user(event, |account, user| Effect::CreateAccessKey { account, user, key }))
});

pub(crate) const UPDATE_ACCESS_KEY: Apply = reads("sets whether the key is active", |event| {
    let key = event.text("accessKeyId")?;
    let active = match event.record.parameter_text("status")? {
        "Active" => true,
        "Inactive" => false,
        _ => return None,
    };
    Some(of_user(event, |account, user| Effect::SetAccessKey { account, user, key, active }))
});

pub(crate) const DELETE_ACCESS_KEY: Apply = reads("deletes the key", |event| {
    let key = event.text("accessKeyId")?;
    Some(of_user(event, |account, user| Effect::DeleteAccessKey { account, user, key }))
});

/// An effect on a user's credentials. Those of root users are in no inventory.
fn of_user(event: Event<'_>, effect: impl FnOnce(String, String) -> Effect) -> Effect {
    event.entity().map_or(Effect::None, |user| effect(user.account, user.name))
}

fn principal(event: Event<'_>, kind: PrincipalKind) -> Option<Effect> {
    let (record, account) = (event.record, event.account);
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
    // It is made as we look, and has not been used.
    principal.created = record.text("eventTime").and_then(parse_date);
    principal.last_used = Moment::Never;
    if principal.service_linked {
        // IAM attaches the service's policy as it makes the role, and logs no event for it.
        let policy = Policy::unknown("the service's own policy is not in the event");
        principal.inline.insert("(of the service)".to_owned(), policy);
    }
    Some(Effect::CreatePrincipal(Box::new(principal)))
}
