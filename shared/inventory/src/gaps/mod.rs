//! What the input does not tell.

mod identity_center;

use std::collections::BTreeSet;
use std::fmt;

use crate::account::Account;
use crate::inventory::Inventory;
use crate::organization::{Organization, OrganizationPolicy, RCP, SCP, TypeStatus};

/// Something that the input lacks, so that some answers are unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Where: `organization`, `identity-center`, or an account's id.
    pub place: String,
    /// What is missing.
    pub message: String,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl Inventory {
    /// Everything that the input lacks, sorted: lists that are missing or truncated, documents of
    /// attached policies and of endpoints, groups, accounts without details, parts of the organization.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = BTreeSet::new();
        for account in self.accounts.values() {
            self.account_gaps(account, &mut gaps);
        }
        for (id, endpoints) in self.endpoints.iter() {
            let mut add = |message: String| {
                gaps.insert(Gap { place: id.clone(), message });
            };
            match endpoints.all() {
                Err(reason) => add(reason.to_owned()),
                Ok(all) => all.iter().for_each(|endpoint| {
                    if let Err(reason) = endpoint.policy.document() {
                        add(format!("the policy of endpoint `{}` is unreadable: {reason}", endpoint.id));
                    }
                }),
            }
        }
        if let Some(organization) = self.organization() {
            let mut add = |message: String| {
                gaps.insert(Gap { place: "organization".to_owned(), message });
            };
            organization_gaps(organization, &mut add);
            for id in organization.accounts.iter().flatten().map(|(id, _)| id) {
                if !self.accounts.contains_key(id) {
                    add(format!("account {id} has no authorization details"));
                }
                if let Some(reason) = organization.chain(id).broken {
                    add(format!("the way from account {id} to its root is unknown: {reason}"));
                }
            }
        }
        if let Some(center) = self.identity_center() {
            self.identity_center_gaps(center, &mut |message| {
                gaps.insert(Gap { place: "identity-center".to_owned(), message });
            });
        }
        gaps.into_iter().collect()
    }

    fn account_gaps(&self, account: &Account, gaps: &mut BTreeSet<Gap>) {
        let mut add = |message: String| {
            gaps.insert(Gap { place: account.id.clone(), message });
        };
        for (list, reason) in &account.incomplete {
            add(format!("{list}: {reason}"));
        }
        let mut check_policy = |arn: &str| match self.managed_policy(&account.id, arn) {
            None => add(format!("the document of policy `{arn}` is missing")),
            Some(policy) => match policy.default_document().map(|document| document.document()) {
                None => add(format!("the default version of policy `{arn}` is missing")),
                Some(Err(reason)) => add(format!("policy `{arn}` is unreadable: {reason}")),
                Some(Ok(_)) => {}
            },
        };
        for principal in account.users().chain(account.roles()) {
            principal.attached.iter().chain(&principal.boundary).for_each(|arn| check_policy(arn));
        }
        for group in account.groups() {
            group.attached.iter().for_each(|arn| check_policy(arn));
        }
        for principal in account.users().chain(account.roles()) {
            for group in principal.groups.iter().filter(|group| !account.groups.contains_key(*group)) {
                add(format!("group `{group}` of `{}` is missing", principal.arn));
            }
            for (name, policy) in &principal.inline {
                if let Err(reason) = policy.document() {
                    add(format!("inline policy `{name}` of `{}` is unreadable: {reason}", principal.arn));
                }
            }
            if let Some(Err(reason)) = principal.trust.as_ref().map(|trust| trust.document()) {
                add(format!("trust policy of `{}` is unreadable: {reason}", principal.arn));
            }
        }
        for group in account.groups() {
            for (name, policy) in &group.inline {
                if let Err(reason) = policy.document() {
                    add(format!("inline policy `{name}` of group `{}` is unreadable: {reason}", group.name));
                }
            }
        }
    }
}

fn organization_gaps(organization: &Organization, add: &mut impl FnMut(String)) {
    let parts = [
        ("Organization.Id", organization.id.is_some()),
        ("Organization.MasterAccountId", organization.management_account.is_some()),
        ("Roots", organization.roots.is_some()),
        ("OrganizationalUnits", organization.units.is_some()),
        ("Accounts", organization.accounts.is_some()),
        ("Policies", organization.policies.is_some()),
    ];
    for (part, present) in parts {
        if !present {
            let reason = organization.unknown.get(part).map_or("missing", String::as_str);
            add(format!("`{part}` is {reason}"));
        }
    }
    for kind in [SCP, RCP] {
        if let TypeStatus::Unknown(reason) = organization.type_status(kind)
            && organization.roots.is_some()
        {
            add(format!("whether {kind} is enabled is unknown: {reason}"));
        }
    }
    let Some(policies) = &organization.policies else {
        return;
    };
    for (id, policy) in policies {
        if !policy.targets_known {
            add(format!("what policy `{id}` is attached to is missing"));
        }
        if let (SCP | RCP, Err(reason)) = (policy.kind.as_str(), policy.policy.document()) {
            add(format!("policy `{id}` is unreadable: {reason}"));
        }
    }
    let attached: BTreeSet<_> = organization.attachments.values().flatten().collect();
    for id in attached {
        if !policies.contains_key(id) && OrganizationPolicy::aws_managed(id).is_none() {
            add(format!("policy `{id}` is attached, and missing"));
        }
    }
}
