//! From a policy or a group back to the principals. Computed when asked, so that no index can
//! disagree with the inventory after a change.

use std::collections::BTreeSet;

use crate::account::{Account, Principal};
use crate::arn::{IamArn, is_aws_managed};
use crate::inventory::Inventory;

/// The principals that a managed policy binds, each list by account and then by ARN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachments<'a> {
    /// Those that have it as a policy, their own or a group's.
    pub as_policy: Vec<&'a Principal>,
    /// Those that have it as their permissions boundary.
    pub as_boundary: Vec<&'a Principal>,
}

impl Inventory {
    /// What a managed policy is attached to: in its own account, or, for a policy of AWS's own,
    /// in every account.
    pub fn attached_to(&self, policy_arn: &str) -> Attachments<'_> {
        let mut attachments = Attachments::default();
        if is_aws_managed(policy_arn) {
            for account in self.accounts.values() {
                collect(account, policy_arn, &mut attachments);
            }
        } else if let Some(arn) = IamArn::parse(policy_arn) {
            attachments = self.attached_in(arn.account, policy_arn);
        }
        attachments
    }

    /// What a managed policy is attached to in one account.
    pub fn attached_in(&self, account: &str, policy_arn: &str) -> Attachments<'_> {
        let mut attachments = Attachments::default();
        if let Some(account) = self.accounts.get(account) {
            collect(account, policy_arn, &mut attachments);
        }
        attachments
    }

    /// The users in a group, by name.
    pub fn group_members(&self, account: &str, group: &str) -> Vec<&Principal> {
        let users = self.accounts.get(account).into_iter().flat_map(|account| account.users());
        users.filter(|user| user.groups.contains(group)).collect()
    }
}

fn collect<'a>(account: &'a Account, policy_arn: &str, attachments: &mut Attachments<'a>) {
    let groups: BTreeSet<&str> = account
        .groups()
        .filter(|group| group.attached.contains(policy_arn))
        .map(|group| group.name.as_str())
        .collect();
    let mut principals: Vec<_> = account.users().chain(account.roles()).collect();
    principals.sort_unstable_by(|a, b| a.arn.cmp(&b.arn));
    for principal in principals {
        let through_group = || principal.groups.iter().any(|group| groups.contains(group.as_str()));
        if principal.attached.contains(policy_arn) || through_group() {
            attachments.as_policy.push(principal);
        }
        if principal.boundary.as_deref() == Some(policy_arn) {
            attachments.as_boundary.push(principal);
        }
    }
}
