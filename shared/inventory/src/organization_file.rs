//! The organization file -> [`Organization`]. Its parts are what the Organizations API returns
//! (API Reference: `DescribeOrganization`, `ListRoots`, `ListOrganizationalUnitsForParent`,
//! `ListAccounts`, `DescribePolicy`, `ListTargetsForPolicy`), with `ParentId` and `TargetIds` added.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use stanchion_policy::Policy;

use crate::details::{Tag, tags};
use crate::error::InventoryError;
use crate::intern::{Interner, document_text};
use crate::organization::{
    MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit, RCP, Root, SCP,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File<'a> {
    organization: Option<Description>,
    roots: Option<Vec<RootEntry>>,
    organizational_units: Option<Vec<UnitEntry>>,
    accounts: Option<Vec<AccountEntry>>,
    #[serde(borrow)]
    policies: Option<Vec<PolicyEntry<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    id: Option<String>,
    master_account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RootEntry {
    id: String,
    name: Option<String>,
    policy_types: Option<Vec<PolicyType>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyType {
    r#type: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnitEntry {
    id: String,
    name: Option<String>,
    parent_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountEntry {
    id: String,
    name: Option<String>,
    #[serde(alias = "State")]
    status: Option<String>,
    parent_id: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyEntry<'a> {
    policy_summary: Summary,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    target_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    id: String,
    name: Option<String>,
    r#type: String,
}

/// Reads the organization file.
///
/// # Errors
/// Text that is not JSON of this shape.
pub(crate) fn read(text: &str, place: &str, interner: &mut Interner) -> Result<Organization, InventoryError> {
    let file: File<'_> = serde_json::from_str(text).map_err(|error| InventoryError::json(place, &error))?;
    let mut organization = Organization {
        roots: file.roots.map(|list| list.into_iter().map(root).collect()),
        units: file.organizational_units.map(|list| list.into_iter().map(unit).collect()),
        accounts: file.accounts.map(|list| list.into_iter().map(account).collect()),
        ..Organization::default()
    };
    if let Some(description) = file.organization {
        organization.id = description.id;
        organization.management_account = description.master_account_id;
    }
    if let Some(list) = file.policies {
        let mut policies = BTreeMap::new();
        for entry in list {
            for target in entry.target_ids.iter().flatten() {
                let attached = organization.attachments.entry(target.clone()).or_default();
                attached.insert(entry.policy_summary.id.clone());
            }
            policies.insert(entry.policy_summary.id.clone(), policy(&entry, interner));
        }
        organization.policies = Some(policies);
    }
    Ok(organization)
}

fn root(entry: RootEntry) -> (String, Root) {
    let types = entry
        .policy_types
        .map(|types| types.into_iter().map(|policy_type| (policy_type.r#type, policy_type.status)).collect());
    (entry.id, Root { name: entry.name.unwrap_or_default(), policy_types: types })
}

fn unit(entry: UnitEntry) -> (String, OrganizationalUnit) {
    let unit = OrganizationalUnit { name: entry.name.unwrap_or_default(), parent: entry.parent_id };
    (entry.id, unit)
}

fn account(entry: AccountEntry) -> (String, MemberAccount) {
    let account = MemberAccount {
        name: entry.name.unwrap_or_default(),
        status: entry.status,
        parent: entry.parent_id,
        tags: tags(entry.tags),
    };
    (entry.id, account)
}

fn policy(entry: &PolicyEntry<'_>, interner: &mut Interner) -> OrganizationPolicy {
    let summary = &entry.policy_summary;
    let name = summary.name.as_deref().unwrap_or(&summary.id);
    let mut policy = match entry.content.map(document_text) {
        None => OrganizationPolicy::aws_managed(&summary.id)
            .unwrap_or_else(|| OrganizationPolicy::new(name, &summary.r#type, None)),
        Some(content) => {
            let mut policy = OrganizationPolicy::new(name, &summary.r#type, None);
            if matches!(summary.r#type.as_str(), SCP | RCP) {
                policy.policy = match &content {
                    Ok(text) => interner.text(text),
                    Err(reason) => Policy::unknown(reason.clone()),
                };
            }
            policy.content = content.ok().map(std::borrow::Cow::into_owned);
            policy
        }
    };
    policy.targets_known = entry.target_ids.is_some();
    policy
}
