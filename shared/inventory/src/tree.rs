//! Walking the organization's tree: up from an account, down from a target.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::Inventory;
use crate::organization::Organization;

/// The way from the root to an account.
pub(crate) struct Chain {
    /// The ids of the levels, root first, the account last.
    pub(crate) levels: Vec<String>,
    /// Why the levels do not reach a root, if they do not.
    pub(crate) broken: Option<String>,
}

impl Inventory {
    /// Whether this is the organization's management account: SCPs and RCPs do not bind it.
    pub fn is_management_account(&self, id: &str) -> bool {
        self.management_account() == Some(id)
    }

    /// The management account's id, if there is an organization and its file says.
    pub fn management_account(&self) -> Option<&str> {
        self.organization()?.management_account.as_deref()
    }

    /// Whether this account belongs to the organization without being its management account.
    /// Where the organization file does not list its accounts, every other account counts as one:
    /// an account more is looked at rather than one too few.
    pub fn is_member(&self, id: &str) -> bool {
        self.organization().is_some_and(|organization| {
            !self.is_management_account(id)
                && organization.accounts.as_ref().is_none_or(|accounts| accounts.contains_key(id))
        })
    }

    /// The members of the organization, sorted: those that its file lists; where it lists none, those whose
    /// details are known.
    pub fn member_accounts(&self) -> Vec<String> {
        let listed = self.organization().and_then(|organization| organization.accounts.as_ref());
        let all: Vec<&str> = match listed {
            Some(listed) => listed.keys().map(String::as_str).collect(),
            None => self.accounts().map(|account| account.id()).collect(),
        };
        all.into_iter().filter(|id| self.is_member(id)).map(str::to_owned).collect()
    }

    /// Every account that the input tells of, sorted: those of the organization, and those whose details or VPC
    /// endpoints are known.
    pub fn all_accounts(&self) -> Vec<String> {
        let listed = self.organization().and_then(|organization| organization.accounts.as_ref());
        let listed = listed.into_iter().flat_map(|listed| listed.keys());
        let all = listed.chain(self.accounts.keys()).chain(self.endpoints.keys());
        all.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// The organization's id, `o-...`.
    pub fn organization_id(&self) -> Option<&str> {
        self.organization()?.id.as_deref()
    }

    /// An account's path as `aws:PrincipalOrgPaths` has it: `o-x/r-y/ou-z/`. `None`: the account
    /// is in no organization, or the way to its root is not known.
    pub fn organization_path(&self, account: &str) -> Option<String> {
        let chain = self.organization()?.chain(account);
        if chain.broken.is_some() {
            return None;
        }
        let (_, above) = chain.levels.split_last()?;
        Some(format!("{}/{}/", self.organization_id()?, above.join("/")))
    }

    /// The ids of the OUs that hold an account, the outermost first; those that are known if the
    /// way to the root is not.
    pub fn ous_of(&self, account: &str) -> Vec<String> {
        let levels = self.organization().map(|organization| organization.chain(account).levels);
        levels.into_iter().flatten().filter(|id| id.starts_with("ou-")).collect()
    }

    /// The accounts under a root, an OU or an account (itself), the management account included,
    /// sorted; those that the organization file lists.
    pub fn accounts_under(&self, target: &str) -> Vec<String> {
        let Some(organization) = self.organization() else {
            return Vec::new();
        };
        let Some(accounts) = &organization.accounts else {
            return Vec::new();
        };
        // Most accounts share their parent: each parent's chain is walked once.
        let mut inside: BTreeMap<&str, bool> = BTreeMap::new();
        let mut under = Vec::new();
        for (id, account) in accounts {
            let below = account.parent.as_deref().is_some_and(|parent| {
                *inside.entry(parent).or_insert_with(|| organization.is_under(parent, target))
            });
            if below || id == target {
                under.push(id.clone());
            }
        }
        under
    }
}

impl Organization {
    /// The way from the root to an account, as far as it is known.
    pub(crate) fn chain(&self, account: &str) -> Chain {
        let mut levels = vec![account.to_owned()];
        let parent = match &self.accounts {
            None => Err("the organization's accounts are not in the input".to_owned()),
            Some(accounts) => match accounts.get(account) {
                None => Err(format!("account {account} is not in the organization file")),
                Some(entry) => entry
                    .parent
                    .clone()
                    .ok_or_else(|| format!("the parent of account {account} is not in the input")),
            },
        };
        let broken = parent.and_then(|parent| self.climb(parent, &mut levels)).err();
        levels.reverse();
        Chain { levels, broken }
    }

    /// Adds `parent` and what is above it, up to a root.
    fn climb(&self, parent: String, levels: &mut Vec<String>) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let mut next = parent;
        loop {
            if self.is_root(&next) {
                levels.push(next);
                return Ok(());
            }
            if !seen.insert(next.clone()) {
                return Err(format!("{next} is above itself"));
            }
            levels.push(next.clone());
            let Some(unit) = self.units.as_ref().and_then(|units| units.get(&next)) else {
                return Err(format!("{next} is not in the organization file"));
            };
            let Some(parent) = unit.parent.clone() else {
                return Err(format!("the parent of {next} is not in the input"));
            };
            next = parent;
        }
    }

    fn is_root(&self, id: &str) -> bool {
        match &self.roots {
            Some(roots) => roots.contains_key(id),
            None => id.starts_with("r-"),
        }
    }

    fn is_under(&self, id: &str, target: &str) -> bool {
        let mut levels = Vec::new();
        // A broken way is still right up to where it breaks.
        let _ = self.climb(id.to_owned(), &mut levels);
        levels.iter().any(|level| level == target)
    }
}
