//! The organization file -> [`Organization`]. Its parts are what the Organizations API returns
//! (API Reference: `DescribeOrganization`, `ListRoots`, `ListOrganizationalUnitsForParent`,
//! `ListAccounts`, `DescribePolicy`, `ListTargetsForPolicy`), with `ParentId` and `TargetIds` added.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use stanchion_policy::Policy;

use crate::details::{Tag, tags};
use crate::error::{InventoryError, quoted};
use crate::intern::{Interner, document_text};
use crate::json;
use crate::organization::{
    MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit, RCP, Root, SCP,
};
use crate::shape::{List, Lists, Paged};

/// How deep an OU may be: more than AWS allows, and little enough to be walked at any time.
const LEVELS: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an organization")]
struct File<'a> {
    organization: Option<Description>,
    roots: Option<Paged<RootEntry>>,
    organizational_units: Option<Paged<UnitEntry>>,
    accounts: Option<Paged<AccountEntry>>,
    #[serde(borrow)]
    policies: Option<Paged<PolicyEntry<'a>>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "the description of an organization")]
struct Description {
    id: Option<String>,
    master_account_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a root")]
struct RootEntry {
    id: String,
    name: Option<String>,
    policy_types: Option<Vec<PolicyType>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a policy type")]
struct PolicyType {
    r#type: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an organizational unit")]
struct UnitEntry {
    id: String,
    name: Option<String>,
    parent_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "an account")]
struct AccountEntry {
    id: String,
    name: Option<String>,
    #[serde(alias = "State")]
    status: Option<String>,
    parent_id: Option<String>,
    tags: Option<List<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a policy")]
struct PolicyEntry<'a> {
    policy_summary: Summary,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    target_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a policy summary")]
struct Summary {
    id: String,
    name: Option<String>,
    r#type: String,
}

/// Reads the organization file.
///
/// # Errors
/// Text that is not JSON of this shape; an id that is there twice; an OU below itself.
pub(crate) fn read(text: &str, place: &str, interner: &mut Interner) -> Result<Organization, InventoryError> {
    let file: File<'_> = json::object(text, place)?;
    let mut lists = Lists::of_file(file.next_token);
    let mut organization = Organization::default();
    if let Some(description) = file.organization {
        organization.id = description.id;
        organization.management_account = description.master_account_id;
    }
    if let Some(list) = lists.whole("Roots", file.roots) {
        organization.roots = Some(once("Roots", list.into_iter().map(root), place)?);
    }
    if let Some(list) = lists.whole("OrganizationalUnits", file.organizational_units) {
        let units = once("OrganizationalUnits", list.into_iter().map(unit), place)?;
        check_tree(&units, place)?;
        organization.units = Some(units);
    }
    if let Some(list) = lists.whole("Accounts", file.accounts) {
        organization.accounts = Some(once("Accounts", list.into_iter().map(account), place)?);
    }
    if let Some(list) = lists.whole("Policies", file.policies) {
        for entry in &list {
            for target in entry.target_ids.iter().flatten() {
                let attached = organization.attachments.entry(target.clone()).or_default();
                attached.insert(entry.policy_summary.id.clone());
            }
        }
        let policies =
            list.into_iter().map(|entry| (entry.policy_summary.id.clone(), policy(&entry, interner)));
        organization.policies = Some(once("Policies", policies, place)?);
    }
    organization.unknown = lists.unknown;
    Ok(organization)
}

/// The entries of a list by id, each id at most once.
pub(crate) fn once<T>(
    list: &str,
    entries: impl Iterator<Item = (String, T)>,
    place: &str,
) -> Result<BTreeMap<String, T>, InventoryError> {
    let mut read: BTreeMap<String, (usize, T)> = BTreeMap::new();
    for (index, (id, entry)) in entries.enumerate() {
        if let Some((first, _)) = read.get(&id) {
            let entry = |index| format!("`{list}[{index}]`");
            return Err(InventoryError::repeated(place, &id, entry(*first), entry(index)));
        }
        read.insert(id, (index, entry));
    }
    Ok(read.into_iter().map(|(id, (_, entry))| (id, entry)).collect())
}

/// Every OU must be below a root, or below something that the file does not tell of. AWS nests OUs
/// five levels deep (Organizations User Guide, "Quotas").
fn check_tree(units: &BTreeMap<String, OrganizationalUnit>, place: &str) -> Result<(), InventoryError> {
    let parent = |id: &String| units.get(id).and_then(|unit| unit.parent.as_ref());
    let wrong = |id: &str, how: &str| {
        let message = format!("`{}` is {how}", quoted(id));
        Err(InventoryError::Tree { place: place.to_owned(), message })
    };
    let mut too_deep = None;
    for id in units.keys() {
        let mut above = std::iter::successors(parent(id), |id| parent(id));
        match above.by_ref().take(LEVELS).position(|above| above == id) {
            Some(0) => return wrong(id, "its own parent"),
            Some(_) => return wrong(id, "below itself"),
            None if above.next().is_some() => too_deep = Some(id),
            None => {}
        }
    }
    match too_deep {
        Some(id) => wrong(id, "too deep: AWS nests OUs five levels deep"),
        None => Ok(()),
    }
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
