//! The organization's tree and its policies.
//!
//! While SCPs are enabled, Organizations attaches `FullAWSAccess` to every root, OU and account
//! that comes into being, and to all of them when SCPs are enabled; disabling a type detaches its
//! policies everywhere (Organizations User Guide, "Enabling and disabling policy types").

use std::collections::BTreeMap;

use super::principals::{remove_tags, write_tags};
use crate::inventory::Inventory;
use crate::organization::{
    FULL_AWS_ACCESS, MemberAccount, Organization, OrganizationPolicy, OrganizationalUnit, RCP,
    RCP_FULL_AWS_ACCESS, SCP, TypeStatus,
};

impl Inventory {
    /// Attaches a policy of the organization to a root, OU or account. `false`: it already was, or
    /// there is no organization.
    pub fn attach_organization_policy(&mut self, policy: &str, target: &str) -> bool {
        self.organization_mut().is_some_and(|organization| organization.attach(policy, target))
    }

    /// Detaches a policy of the organization. `false`: it was not attached.
    pub fn detach_organization_policy(&mut self, policy: &str, target: &str) -> bool {
        self.organization_mut().is_some_and(|organization| organization.detach(policy, target))
    }

    /// Adds a policy to the organization, over an older one of its id. `false`: the organization's
    /// policies are not known.
    pub fn create_organization_policy(&mut self, id: &str, policy: OrganizationPolicy) -> bool {
        let policies = self.organization_mut().and_then(|organization| organization.policies.as_mut());
        policies.map(|policies| policies.insert(id.to_owned(), policy)).is_some()
    }

    /// Gives a policy of the organization another text. `false`: there is no such policy.
    pub fn set_organization_policy(&mut self, id: &str, content: &str) -> bool {
        let policies = self.organization_mut().and_then(|organization| organization.policies.as_mut());
        let Some(policy) = policies.and_then(|policies| policies.get_mut(id)) else {
            return false;
        };
        let targets_known = policy.targets_known;
        *policy = OrganizationPolicy::new(&policy.name, &policy.kind, Some(content));
        policy.targets_known = targets_known;
        true
    }

    /// Deletes a policy of the organization. `false`: there was none.
    pub fn delete_organization_policy(&mut self, id: &str) -> bool {
        let policies = self.organization_mut().and_then(|organization| organization.policies.as_mut());
        policies.is_some_and(|policies| policies.remove(id).is_some())
    }

    /// Enables or disables a policy type. `false`: the root or its policy types are not known.
    pub fn set_policy_type(&mut self, root: &str, kind: &str, enabled: bool) -> bool {
        let Some(organization) = self.organization_mut() else {
            return false;
        };
        let types = organization
            .roots
            .as_mut()
            .and_then(|roots| roots.get_mut(root))
            .and_then(|root| root.policy_types.as_mut());
        let Some(types) = types else { return false };
        if enabled {
            types.insert(kind.to_owned(), "ENABLED".to_owned());
        } else {
            types.remove(kind);
        }
        let nodes = organization.nodes();
        match (enabled, full_access(kind)) {
            (true, Some(policy)) => {
                for node in &nodes {
                    organization.attach(policy, node);
                }
            }
            (true, None) => {}
            (false, _) => organization.detach_all(kind),
        }
        true
    }

    /// Moves an account to another root or OU. `false`: it is there already, or unknown.
    pub fn move_account(&mut self, account: &str, parent: &str) -> bool {
        let Some(account) = self.organization_mut().and_then(|o| o.account_mut(account)) else {
            return false;
        };
        let old = account.parent.replace(parent.to_owned());
        old.as_deref() != Some(parent)
    }

    /// Sets an account's status, as `SUSPENDED`. `false`: the account is unknown.
    pub fn set_account_status(&mut self, account: &str, status: &str) -> bool {
        let account = self.organization_mut().and_then(|o| o.account_mut(account));
        account.map(|account| account.status = Some(status.to_owned())).is_some()
    }

    /// Writes an account's tags, over those of the same keys. `false`: the account is unknown.
    pub fn tag_account(&mut self, account: &str, tags: &[(String, String)]) -> bool {
        let account = self.organization_mut().and_then(|o| o.account_mut(account));
        account.map(|account| write_tags(&mut account.tags, tags)).is_some()
    }

    /// Removes an account's tags. `false`: the account is unknown.
    pub fn untag_account(&mut self, account: &str, keys: &[String]) -> bool {
        let account = self.organization_mut().and_then(|o| o.account_mut(account));
        account.map(|account| remove_tags(&mut account.tags, keys)).is_some()
    }

    /// Adds an account to the organization. `false`: it is there already, or the organization's
    /// accounts are not known.
    pub fn add_account(&mut self, id: &str, account: MemberAccount) -> bool {
        let Some(organization) = self.organization_mut() else {
            return false;
        };
        let Some(accounts) = &mut organization.accounts else {
            return false;
        };
        if accounts.contains_key(id) {
            return false;
        }
        accounts.insert(id.to_owned(), account);
        organization.attach_full_access(id);
        true
    }

    /// Takes an account out of the organization, with what was attached to it. Its own details
    /// stay: it stands alone. `false`: it was not in it.
    pub fn remove_account(&mut self, id: &str) -> bool {
        let Some(organization) = self.organization_mut() else {
            return false;
        };
        organization.attachments.remove(id);
        organization.accounts.as_mut().is_some_and(|accounts| accounts.remove(id).is_some())
    }

    /// Adds an OU. `false`: it is there already, or the organization's OUs are not known.
    pub fn create_unit(&mut self, id: &str, unit: OrganizationalUnit) -> bool {
        let Some(organization) = self.organization_mut() else {
            return false;
        };
        let Some(units) = &mut organization.units else {
            return false;
        };
        if units.contains_key(id) {
            return false;
        }
        units.insert(id.to_owned(), unit);
        organization.attach_full_access(id);
        true
    }

    /// Deletes an OU. `false`: there was none.
    pub fn delete_unit(&mut self, id: &str) -> bool {
        let Some(organization) = self.organization_mut() else {
            return false;
        };
        organization.attachments.remove(id);
        organization.units.as_mut().is_some_and(|units| units.remove(id).is_some())
    }

    /// Gives an OU another name. `false`: there is none.
    pub fn rename_unit(&mut self, id: &str, name: &str) -> bool {
        let units = self.organization_mut().and_then(|organization| organization.units.as_mut());
        let unit = units.and_then(|units| units.get_mut(id));
        unit.map(|unit| unit.name = name.to_owned()).is_some()
    }
}

fn full_access(kind: &str) -> Option<&'static str> {
    match kind {
        SCP => Some(FULL_AWS_ACCESS),
        RCP => Some(RCP_FULL_AWS_ACCESS),
        _ => None,
    }
}

impl Organization {
    fn account_mut(&mut self, id: &str) -> Option<&mut MemberAccount> {
        self.accounts.as_mut()?.get_mut(id)
    }

    fn attach(&mut self, policy: &str, target: &str) -> bool {
        self.attachments.entry(target.to_owned()).or_default().insert(policy.to_owned())
    }

    fn detach(&mut self, policy: &str, target: &str) -> bool {
        let Some(attached) = self.attachments.get_mut(target) else {
            return false;
        };
        let removed = attached.remove(policy);
        // An empty set and no set mean the same, and must compare so.
        if attached.is_empty() {
            self.attachments.remove(target);
        }
        removed
    }

    fn attach_full_access(&mut self, target: &str) {
        for kind in [SCP, RCP] {
            if let (TypeStatus::Enabled, Some(policy)) = (self.type_status(kind), full_access(kind)) {
                self.attach(policy, target);
            }
        }
    }

    fn detach_all(&mut self, kind: &str) {
        let policies = self.policies.as_ref();
        let of_kind = |id: &String| match policies.and_then(|policies| policies.get(id)) {
            Some(policy) => policy.kind == kind,
            None => full_access(kind) == Some(id),
        };
        for attached in self.attachments.values_mut() {
            attached.retain(|id| !of_kind(id));
        }
        self.attachments.retain(|_, attached| !attached.is_empty());
    }

    /// Every root, OU and account.
    fn nodes(&self) -> Vec<String> {
        fn keys<T>(part: Option<&BTreeMap<String, T>>) -> impl Iterator<Item = &String> {
            part.into_iter().flat_map(BTreeMap::keys)
        }
        let (roots, units) = (keys(self.roots.as_ref()), keys(self.units.as_ref()));
        roots.chain(units).chain(keys(self.accounts.as_ref())).cloned().collect()
    }
}
