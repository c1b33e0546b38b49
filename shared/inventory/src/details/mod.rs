//! Authorization details: what `aws iam get-account-authorization-details` prints -> [`Account`].
//!
//! Shapes: IAM API Reference, `GetAccountAuthorizationDetails`.

mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::{Account, Group, ManagedPolicy, Principal, PrincipalKind};
use crate::arn::IamArn;
use crate::error::InventoryError;
use crate::intern::Interner;

pub(crate) use shape::Tag;
use shape::{Attached, EntityDetail, Inline, Page, PolicyDetail};

/// Reads one account's details: one page, a list of pages, or pages one after another.
///
/// # Errors
/// Text that is not JSON of this shape; a principal of another account.
pub(crate) fn read(
    id: &str,
    text: &str,
    place: &str,
    interner: &mut Interner,
) -> Result<Account, InventoryError> {
    let pages: Vec<Page<'_>> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::Deserializer::from_str(text).into_iter().collect()
    }
    .map_err(|error| InventoryError::json(place, &error))?;

    let mut reader = Reader { id, place, interner, partition: None };
    let mut incomplete = missing_lists(&pages);
    let mut account = Account {
        id: id.to_owned(),
        root: Arc::new(Principal::root(id, "aws")),
        users: BTreeMap::new(),
        roles: BTreeMap::new(),
        groups: BTreeMap::new(),
        policies: BTreeMap::new(),
        incomplete: BTreeMap::new(),
    };
    for page in pages {
        for detail in page.user_detail_list.into_iter().flatten() {
            if of_no_account(&detail.arn) {
                incomplete.insert("UserDetailList", left_out(&detail.arn));
                continue;
            }
            let user = reader.principal(PrincipalKind::User, detail)?;
            account.users.insert(user.name.clone(), Arc::new(user));
        }
        for detail in page.role_detail_list.into_iter().flatten() {
            if of_no_account(&detail.arn) {
                incomplete.insert("RoleDetailList", left_out(&detail.arn));
                continue;
            }
            let role = reader.principal(PrincipalKind::Role, detail)?;
            account.roles.insert(role.name.clone(), Arc::new(role));
        }
        for detail in page.group_detail_list.into_iter().flatten() {
            if of_no_account(&detail.arn) {
                incomplete.insert("GroupDetailList", left_out(&detail.arn));
                continue;
            }
            let group = reader.group(detail)?;
            account.groups.insert(group.name.clone(), Arc::new(group));
        }
        for detail in page.policies.into_iter().flatten() {
            let policy = reader.policy(detail);
            account.policies.insert(policy.arn.to_string(), Arc::new(policy));
        }
    }
    if let Some(partition) = reader.partition {
        account.root = Arc::new(Principal::root(id, &partition));
    }
    account.incomplete.append(&mut incomplete);
    Ok(account)
}

/// Whether an ARN has something else where an account's twelve digits belong, as exports that were
/// made anonymous do. That of another account is an error: the file has the wrong name.
fn of_no_account(arn: &str) -> bool {
    let account = IamArn::parse(arn).map(|arn| arn.account);
    account.is_some_and(|account| account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()))
}

fn left_out(arn: &str) -> String {
    format!("`{arn}` is of no account and was left out")
}

fn missing_lists(pages: &[Page<'_>]) -> BTreeMap<&'static str, String> {
    // Only the last page says whether more would have followed.
    let truncated = pages.last().is_some_and(|page| {
        page.is_truncated == Some(true) || page.next_token.is_some() || page.marker.is_some()
    });
    let lists = [
        ("UserDetailList", pages.iter().any(|page| page.user_detail_list.is_some())),
        ("GroupDetailList", pages.iter().any(|page| page.group_detail_list.is_some())),
        ("RoleDetailList", pages.iter().any(|page| page.role_detail_list.is_some())),
        ("Policies", pages.iter().any(|page| page.policies.is_some())),
    ];
    let reason = |present: bool| match (present, truncated) {
        (false, _) => Some("the list is missing"),
        (true, true) => Some("the list is truncated"),
        (true, false) => None,
    };
    lists.into_iter().filter_map(|(name, present)| Some((name, reason(present)?.to_owned()))).collect()
}

struct Reader<'r> {
    id: &'r str,
    place: &'r str,
    interner: &'r mut Interner,
    partition: Option<String>,
}

impl Reader<'_> {
    fn principal(
        &mut self,
        kind: PrincipalKind,
        detail: EntityDetail<'_>,
    ) -> Result<Principal, InventoryError> {
        let (path, name) = self.path_and_name(&detail)?;
        let mut principal = Principal::new(kind, self.id, &detail.arn, &path, &name);
        if let Some(id) = detail.id {
            principal.unique_id = id;
        }
        principal.tags = tags(detail.tags);
        principal.inline = self.inline(detail.inline);
        principal.attached = attached(detail.attached_managed_policies);
        principal.groups = detail.group_list.into_iter().flatten().collect();
        principal.boundary =
            detail.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        if kind == PrincipalKind::Role {
            let document = detail.assume_role_policy_document;
            principal.trust = Some(self.interner.optional(document, "the trust policy"));
        }
        let profiles = detail.instance_profile_list.into_iter().flatten();
        principal.instance_profiles = profiles.map(|p| p.instance_profile_name).collect();
        Ok(principal)
    }

    fn group(&mut self, detail: EntityDetail<'_>) -> Result<Group, InventoryError> {
        let (_, name) = self.path_and_name(&detail)?;
        Ok(Group {
            name,
            inline: self.inline(detail.inline),
            attached: attached(detail.attached_managed_policies),
            arn: detail.arn,
        })
    }

    fn path_and_name(&mut self, detail: &EntityDetail<'_>) -> Result<(String, String), InventoryError> {
        let arn = IamArn::parse(&detail.arn).filter(|arn| arn.account == self.id).ok_or_else(|| {
            InventoryError::WrongAccount {
                place: self.place.to_owned(),
                arn: detail.arn.clone(),
                account: self.id.to_owned(),
            }
        })?;
        self.partition.get_or_insert_with(|| arn.partition.to_owned());
        let path = detail.path.clone().unwrap_or_else(|| arn.path.to_owned());
        let name = detail.name.clone().unwrap_or_else(|| arn.name.to_owned());
        Ok((path, name))
    }

    fn inline(&mut self, list: Option<Vec<Inline<'_>>>) -> BTreeMap<String, Policy> {
        // IAM leaves the list out where there is no inline policy.
        list.into_iter()
            .flatten()
            .map(|inline| {
                let policy = self.interner.optional(inline.policy_document, "the document");
                (inline.policy_name, policy)
            })
            .collect()
    }

    fn policy(&mut self, detail: PolicyDetail<'_>) -> ManagedPolicy {
        let mut default_version = detail.default_version_id;
        let mut versions = BTreeMap::new();
        for version in detail.policy_version_list.into_iter().flatten() {
            if version.is_default_version == Some(true) && default_version.is_none() {
                default_version = Some(version.version_id.clone());
            }
            if let Some(document) = version.document {
                versions.insert(version.version_id, self.interner.value(document));
            }
        }
        let name = IamArn::parse(&detail.arn).map(|arn| arn.name.to_owned());
        ManagedPolicy {
            name: detail.policy_name.or(name).unwrap_or_else(|| detail.arn.clone()),
            arn: detail.arn.into(),
            id: detail.policy_id,
            default_version,
            versions,
        }
    }
}

fn attached(list: Option<Vec<Attached>>) -> BTreeSet<String> {
    list.into_iter().flatten().map(|attached| attached.policy_arn).collect()
}

/// Tags as pairs, sorted by key.
pub(crate) fn tags(list: Option<Vec<Tag>>) -> Vec<(String, String)> {
    let mut tags: Vec<_> =
        list.into_iter().flatten().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect();
    tags.sort();
    tags
}
