//! Authorization details: what `aws iam get-account-authorization-details` prints -> [`Account`].
//!
//! Shapes: IAM API Reference, `GetAccountAuthorizationDetails`.

mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::{Account, Group, ManagedPolicy, Principal, PrincipalKind};
use crate::arn::IamArn;
use crate::credentials::Moment;
use crate::error::{InventoryError, quoted};
use crate::intern::Interner;
use crate::json;
use crate::shape::{Flag, List};

pub(crate) use shape::Tag;
use shape::{Attached, EntityDetail, Inline, Page, PolicyDetail, RoleLastUsed, When};

/// Reads one account's details: a page or several, one after another or in lists.
///
/// # Errors
/// Text that is not JSON of this shape; a principal of another account; two entries that differ in
/// what they say of one principal, group or policy.
pub(crate) fn read(
    id: &str,
    text: &str,
    place: &str,
    interner: &mut Interner,
) -> Result<Account, InventoryError> {
    let pages: Vec<Page<'_>> = json::objects(text, place)?;
    let pages: Vec<Page<'_>> = pages.into_iter().map(Page::unwrapped).collect();
    let mut reader = Reader {
        id,
        place,
        interner,
        partition: None,
        seen: BTreeMap::new(),
        account: Account {
            id: id.to_owned(),
            root: Arc::new(Principal::root(id, "aws")),
            users: BTreeMap::new(),
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            policies: BTreeMap::new(),
            incomplete: missing_lists(&pages),
            credentials: None,
            last_accessed: None,
        },
    };
    for (number, page) in pages.into_iter().enumerate() {
        reader.page(number + 1, page)?;
    }
    let Reader { mut account, partition, .. } = reader;
    if let Some(partition) = partition {
        account.root = Arc::new(Principal::root(id, &partition));
    }
    Ok(account)
}

/// Whether an ARN has something else where an account's twelve digits belong, as exports that were
/// made anonymous do. That of another account is an error: the file has the wrong name.
fn of_no_account(arn: &str) -> bool {
    let account = IamArn::parse(arn).map(|arn| arn.account);
    account.is_some_and(|account| account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()))
}

fn left_out(arn: &str) -> String {
    format!("`{}` is of no account and was left out", quoted(arn))
}

fn missing_lists(pages: &[Page<'_>]) -> BTreeMap<&'static str, String> {
    // Only the last page says whether more would have followed.
    let truncated = pages.last().is_some_and(Page::is_truncated);
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
    /// Where each entry is: by list, and by name or ARN.
    seen: BTreeMap<(&'static str, String), Entry>,
    account: Account,
}

/// An entry of a list of a page.
#[derive(Clone, Copy)]
struct Entry {
    list: &'static str,
    index: usize,
    page: usize,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}[{}]` of page {}", self.list, self.index, self.page)
    }
}

impl Reader<'_> {
    fn page(&mut self, page: usize, content: Page<'_>) -> Result<(), InventoryError> {
        let lists = [
            ("UserDetailList", content.user_detail_list),
            ("RoleDetailList", content.role_detail_list),
            ("GroupDetailList", content.group_detail_list),
        ];
        for (list, details) in lists {
            for (index, detail) in entries(details).enumerate() {
                if of_no_account(&detail.arn) {
                    self.account.incomplete.insert(list, left_out(&detail.arn));
                    continue;
                }
                self.entity(Entry { list, index, page }, detail)?;
            }
        }
        for (index, detail) in entries(content.policies).enumerate() {
            let policy = self.policy(detail);
            let arn = policy.arn.to_string();
            let same = add(&mut self.account.policies, &arn, policy);
            self.once(Entry { list: "Policies", index, page }, &arn, &arn, same)?;
        }
        Ok(())
    }

    fn entity(&mut self, entry: Entry, detail: EntityDetail<'_>) -> Result<(), InventoryError> {
        let arn = detail.arn.clone();
        let (name, same) = match entry.list {
            "UserDetailList" => {
                let user = self.principal(PrincipalKind::User, detail)?;
                (user.name.clone(), add(&mut self.account.users, &user.name.clone(), user))
            }
            "RoleDetailList" => {
                let role = self.principal(PrincipalKind::Role, detail)?;
                (role.name.clone(), add(&mut self.account.roles, &role.name.clone(), role))
            }
            _ => {
                let group = self.group(detail)?;
                (group.name.clone(), add(&mut self.account.groups, &group.name.clone(), group))
            }
        };
        self.once(entry, &name, &arn, same)
    }

    /// Pages may overlap where something changed between the calls. Entries that say the same are
    /// one; of two that differ, there is no telling which is right.
    fn once(&mut self, entry: Entry, name: &str, arn: &str, same: bool) -> Result<(), InventoryError> {
        let first = *self.seen.entry((entry.list, name.to_owned())).or_insert(entry);
        if same {
            return Ok(());
        }
        Err(InventoryError::repeated(self.place, arn, first.to_string(), entry.to_string()))
    }

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
        principal.groups = entries(detail.group_list).collect();
        principal.boundary =
            detail.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        principal.created = detail.create_date.and_then(|When(at)| at);
        if kind == PrincipalKind::Role {
            principal.last_used = detail.role_last_used.map_or(Moment::Unknown, |RoleLastUsed(used)| used);
            let document = detail.assume_role_policy_document;
            principal.trust = Some(self.interner.optional(document, "the trust policy"));
        }
        let profiles = entries(detail.instance_profile_list);
        principal.instance_profiles = profiles.map(|profile| profile.instance_profile_name).collect();
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
                arn: quoted(&detail.arn),
                account: self.id.to_owned(),
            }
        })?;
        self.partition.get_or_insert_with(|| arn.partition.to_owned());
        let path = detail.path.clone().unwrap_or_else(|| arn.path.to_owned());
        let name = detail.name.clone().unwrap_or_else(|| arn.name.to_owned());
        Ok((path, name))
    }

    fn inline(&mut self, list: Option<List<Inline<'_>>>) -> BTreeMap<String, Policy> {
        // IAM leaves the list out where there is no inline policy.
        entries(list)
            .map(|inline| {
                let policy = self.interner.optional(inline.policy_document, "the document");
                (inline.policy_name, policy)
            })
            .collect()
    }

    fn policy(&mut self, detail: PolicyDetail<'_>) -> ManagedPolicy {
        let mut default_version = detail.default_version_id;
        let mut versions = BTreeMap::new();
        for version in entries(detail.policy_version_list) {
            if version.is_default_version == Some(Flag(true)) && default_version.is_none() {
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

/// Adds an entry if there is none of its name. `false`: there is one, and it is another.
fn add<T: PartialEq>(entries: &mut BTreeMap<String, Arc<T>>, name: &str, entry: T) -> bool {
    match entries.get(name) {
        Some(known) => **known == entry,
        None => {
            entries.insert(name.to_owned(), Arc::new(entry));
            true
        }
    }
}

/// The entries of a list that may be missing.
fn entries<T>(list: Option<List<T>>) -> impl Iterator<Item = T> {
    list.into_iter().flat_map(|list| list.0)
}

fn attached(list: Option<List<Attached>>) -> BTreeSet<String> {
    entries(list).map(|attached| attached.policy_arn).collect()
}

/// Tags as pairs, sorted by key.
pub(crate) fn tags(list: Option<List<Tag>>) -> Vec<(String, String)> {
    let mut tags: Vec<_> = entries(list).map(|tag| (tag.key, tag.value.unwrap_or_default())).collect();
    tags.sort();
    tags
}
