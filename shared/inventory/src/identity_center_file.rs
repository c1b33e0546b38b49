//! The Identity Center file -> [`IdentityCenter`]. Its parts are what the API returns (IAM Identity
//! Center API Reference: `ListInstances`, `DescribePermissionSet`,
//! `ListManagedPoliciesInPermissionSet`, `ListCustomerManagedPolicyReferencesInPermissionSet`,
//! `GetInlinePolicyForPermissionSet`, `GetPermissionsBoundaryForPermissionSet`,
//! `ListAccountsForProvisionedPermissionSet`, `ListAccountAssignments`,
//! `DescribeInstanceAccessControlAttributeConfiguration`; Identity Store API Reference: `ListGroups`,
//! `ListGroupMemberships`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use stanchion_policy::Policy;

use crate::error::InventoryError;
use crate::identity_center::{
    AssignedPrincipal, Assignment, CustomerPolicy, IdentityCenter, Membership, PermissionSet, SetPolicy,
};
use crate::intern::{Interner, document_text};
use crate::json;
use crate::organization_file::once;
use crate::shape::{Lists, Paged};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "what Identity Center holds")]
struct File<'a> {
    instances: Option<Paged<InstanceEntry>>,
    #[serde(borrow)]
    permission_sets: Option<Paged<SetEntry<'a>>>,
    account_assignments: Option<Paged<AssignmentEntry>>,
    groups: Option<Paged<GroupEntry>>,
    group_memberships: Option<Paged<MembershipEntry>>,
    #[serde(default, deserialize_with = "given")]
    instance_access_control_attribute_configuration: Option<Option<AttributesEntry>>,
    next_token: Option<String>,
}

/// A member that is there and `null` says that there is no such thing; one that is not there says
/// nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an instance")]
struct InstanceEntry {
    instance_arn: String,
    identity_store_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a permission set")]
struct SetEntry<'a> {
    permission_set_arn: String,
    name: Option<String>,
    managed_policies: Option<Vec<AttachedEntry>>,
    customer_managed_policy_references: Option<Vec<ReferenceEntry>>,
    #[serde(borrow, default, deserialize_with = "given")]
    inline_policy: Option<Option<&'a RawValue>>,
    #[serde(default, deserialize_with = "given")]
    permissions_boundary: Option<Option<BoundaryEntry>>,
    provisioned_accounts: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an attached policy")]
struct AttachedEntry {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a reference to a policy")]
struct ReferenceEntry {
    name: String,
    path: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a permissions boundary")]
struct BoundaryEntry {
    managed_policy_arn: Option<String>,
    customer_managed_policy_reference: Option<ReferenceEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an account assignment")]
struct AssignmentEntry {
    account_id: String,
    permission_set_arn: String,
    principal_type: PrincipalType,
    principal_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE", expecting = "`USER` or `GROUP`")]
enum PrincipalType {
    User,
    Group,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a group")]
struct GroupEntry {
    group_id: String,
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a group membership")]
struct MembershipEntry {
    membership_id: String,
    group_id: String,
    member_id: MemberEntry,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a member")]
struct MemberEntry {
    user_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "attributes for access control")]
struct AttributesEntry {
    access_control_attributes: Option<Vec<AttributeEntry>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an attribute")]
struct AttributeEntry {
    key: String,
    value: AttributeSource,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "the sources of an attribute")]
struct AttributeSource {
    source: Vec<String>,
}

/// Reads the Identity Center file.
///
/// # Errors
/// Text that is not JSON of this shape; a permission set, a group or a membership that is there twice.
pub(crate) fn read(
    text: &str,
    place: &str,
    interner: &mut Interner,
) -> Result<IdentityCenter, InventoryError> {
    let file: File<'_> = json::object(text, place)?;
    let mut lists = Lists::of_file(file.next_token);
    let mut center = IdentityCenter {
        access_control_attributes: attributes(file.instance_access_control_attribute_configuration),
        ..IdentityCenter::default()
    };
    if let Some(list) = lists.whole("Instances", file.instances) {
        let instances = list.into_iter().map(|entry| (entry.instance_arn, entry.identity_store_id));
        center.instances = Some(once("Instances", instances, place)?);
    }
    if let Some(list) = lists.whole("PermissionSets", file.permission_sets) {
        let sets = list.into_iter().map(|entry| {
            let set = permission_set(entry, interner);
            (set.arn.clone(), Arc::new(set))
        });
        center.permission_sets = Some(once("PermissionSets", sets, place)?);
    }
    if let Some(list) = lists.whole("AccountAssignments", file.account_assignments) {
        center.assignments = Some(list.into_iter().map(assignment).collect());
    }
    if let Some(list) = lists.whole("Groups", file.groups) {
        let groups = list.into_iter().map(|entry| (entry.group_id, entry.display_name));
        center.groups = Some(once("Groups", groups, place)?);
    }
    if let Some(list) = lists.whole("GroupMemberships", file.group_memberships) {
        let memberships = list.into_iter().map(|entry| {
            (entry.membership_id, Membership { group: entry.group_id, user: entry.member_id.user_id })
        });
        center.memberships = Some(once("GroupMemberships", memberships, place)?);
    }
    center.unknown = lists.unknown;
    Ok(center)
}

/// The attributes by key, each with its sources; `Some(None)`: they are off.
fn attributes(entry: Option<Option<AttributesEntry>>) -> Option<Option<BTreeMap<String, Vec<String>>>> {
    let Some(entry) = entry? else { return Some(None) };
    let list = entry.access_control_attributes?.into_iter();
    Some(Some(list.map(|entry| (entry.key, entry.value.source)).collect()))
}

fn permission_set(entry: SetEntry<'_>, interner: &mut Interner) -> PermissionSet {
    PermissionSet {
        arn: entry.permission_set_arn,
        name: entry.name,
        managed: entry.managed_policies.map(|list| list.into_iter().map(|policy| policy.arn).collect()),
        customer_managed: entry
            .customer_managed_policy_references
            .map(|list| list.into_iter().map(reference).collect()),
        inline: entry.inline_policy.map(|inline| inline.and_then(|text| document(text, interner))),
        boundary: match entry.permissions_boundary {
            None => None,
            Some(None) => Some(None),
            // One that names no policy is of a kind that we do not know.
            Some(Some(boundary)) => set_boundary(boundary).map(Some),
        },
        accounts: entry.provisioned_accounts.map(|list| list.into_iter().collect()),
    }
}

/// The API gives an empty text for a permission set without an inline policy.
fn document(value: &RawValue, interner: &mut Interner) -> Option<Policy> {
    match document_text(value) {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(interner.text(&text)),
        Err(reason) => Some(Policy::unknown(reason)),
    }
}

fn set_boundary(entry: BoundaryEntry) -> Option<SetPolicy> {
    match (entry.managed_policy_arn, entry.customer_managed_policy_reference) {
        (Some(arn), _) => Some(SetPolicy::Aws(arn)),
        (None, Some(entry)) => Some(SetPolicy::Customer(reference(entry))),
        (None, None) => None,
    }
}

fn reference(entry: ReferenceEntry) -> CustomerPolicy {
    CustomerPolicy { path: entry.path.unwrap_or_else(|| "/".to_owned()), name: entry.name }
}

fn assignment(entry: AssignmentEntry) -> Assignment {
    let principal = match entry.principal_type {
        PrincipalType::User => AssignedPrincipal::User(entry.principal_id),
        PrincipalType::Group => AssignedPrincipal::Group(entry.principal_id),
    };
    Assignment { account: entry.account_id, permission_set: entry.permission_set_arn, principal }
}
