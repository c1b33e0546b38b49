//! Readers of Identity Center's events. Permission sets are named by ARN.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stanchion_inventory::{AssignedPrincipal, Assignment, CustomerPolicy, PermissionSet, SetPolicy};

use super::{Apply, Effect, reads};
use crate::record::Event;

pub(crate) const CREATE: Apply = reads("makes the permission set", |event| {
    let set = PermissionSet {
        arn: event.record.response("/permissionSet/permissionSetArn")?.to_owned(),
        name: event.text("name"),
        managed: Some(BTreeSet::new()),
        customer_managed: Some(BTreeSet::new()),
        inline: Some(None),
        boundary: Some(None),
        accounts: Some(BTreeSet::new()),
    };
    Some(Effect::CreatePermissionSet(Box::new(set)))
});

pub(crate) const DELETE: Apply = reads("deletes the permission set", |event| {
    Some(Effect::DeletePermissionSet { set: event.text("permissionSetArn")? })
});

pub(crate) const ATTACH: Apply = reads("attaches the policy to the set", |event| {
    let policy = SetPolicy::Aws(event.text("managedPolicyArn")?);
    Some(Effect::AttachToSet { set: event.text("permissionSetArn")?, policy })
});

pub(crate) const DETACH: Apply = reads("detaches the policy from the set", |event| {
    let policy = SetPolicy::Aws(event.text("managedPolicyArn")?);
    Some(Effect::DetachFromSet { set: event.text("permissionSetArn")?, policy })
});

pub(crate) const ATTACH_OWN: Apply = reads("attaches the policy to the set", |event| {
    let policy = SetPolicy::Customer(own(event, "")?);
    Some(Effect::AttachToSet { set: event.text("permissionSetArn")?, policy })
});

pub(crate) const DETACH_OWN: Apply = reads("detaches the policy from the set", |event| {
    let policy = SetPolicy::Customer(own(event, "")?);
    Some(Effect::DetachFromSet { set: event.text("permissionSetArn")?, policy })
});

pub(crate) const SET_INLINE: Apply = reads("writes the set's inline policy", |event| {
    let document = Some(event.record.document("inlinePolicy"));
    Some(Effect::SetSetInline { set: event.text("permissionSetArn")?, document })
});

pub(crate) const REMOVE_INLINE: Apply = reads("deletes the set's inline policy", |event| {
    Some(Effect::SetSetInline { set: event.text("permissionSetArn")?, document: None })
});

pub(crate) const SET_BOUNDARY: Apply = reads("sets the set's boundary", |event| {
    let policy = match event.record.parameter_at("/permissionsBoundary/managedPolicyArn") {
        Some(arn) => SetPolicy::Aws(arn.to_owned()),
        None => SetPolicy::Customer(own(event, "/permissionsBoundary")?),
    };
    Some(Effect::SetSetBoundary { set: event.text("permissionSetArn")?, policy: Some(policy) })
});

pub(crate) const REMOVE_BOUNDARY: Apply = reads("removes the set's boundary", |event| {
    Some(Effect::SetSetBoundary { set: event.text("permissionSetArn")?, policy: None })
});

pub(crate) const PROVISION: Apply = reads("makes the roles what the set says", |event| {
    let account = match event.record.parameter_text("targetType")? {
        "AWS_ACCOUNT" => Some(event.text("targetId")?),
        "ALL_PROVISIONED_ACCOUNTS" => None,
        _ => return None,
    };
    Some(Effect::Provision { set: event.text("permissionSetArn")?, account })
});

pub(crate) const ASSIGN: Apply =
    reads("adds the assignment", |event| Some(Effect::Assign(assignment(event)?)));

pub(crate) const UNASSIGN: Apply =
    reads("takes the assignment back", |event| Some(Effect::Unassign(assignment(event)?)));

pub(crate) const SET_ATTRIBUTES: Apply = reads("sets the attributes for access control", |event| {
    let configuration = event.record.parameter("instanceAccessControlAttributeConfiguration")?;
    let attribute = |entry: &Value| {
        let sources = entry.pointer("/value/source")?.as_array()?.iter().filter_map(Value::as_str);
        Some((entry["key"].as_str()?.to_owned(), sources.map(str::to_owned).collect()))
    };
    let list = configuration.get("accessControlAttributes")?.as_array()?;
    let attributes: Option<BTreeMap<String, Vec<String>>> = list.iter().map(attribute).collect();
    Some(Effect::SetAccessControlAttributes { attributes: Some(attributes?) })
});

pub(crate) const REMOVE_ATTRIBUTES: Apply = reads("switches attributes for access control off", |_| {
    Some(Effect::SetAccessControlAttributes { attributes: None })
});

/// A customer managed policy, which each account has under its path and name.
fn own(event: Event<'_>, at: &str) -> Option<CustomerPolicy> {
    let field =
        |name: &str| event.record.parameter_at(&format!("{at}/customerManagedPolicyReference/{name}"));
    Some(CustomerPolicy { path: field("path").unwrap_or("/").to_owned(), name: field("name")?.to_owned() })
}

fn assignment(event: Event<'_>) -> Option<Assignment> {
    let id = event.text("principalId")?;
    Some(Assignment {
        account: event.text("targetId")?,
        permission_set: event.text("permissionSetArn")?,
        principal: match event.record.parameter_text("principalType")? {
            "USER" => AssignedPrincipal::User(id),
            "GROUP" => AssignedPrincipal::Group(id),
            _ => return None,
        },
    })
}
