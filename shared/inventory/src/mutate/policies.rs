//! Managed policies and their versions. A customer's policy lives in the account that its ARN
//! names.

use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::ManagedPolicy;
use crate::arn::IamArn;
use crate::inventory::Inventory;

impl Inventory {
    /// Adds a managed policy, over an older one of its ARN. `false`: the account's details are not
    /// known.
    pub fn create_policy(&mut self, policy: ManagedPolicy) -> bool {
        let arn = Arc::clone(&policy.arn);
        let account = IamArn::parse(&arn).and_then(|arn| self.account_mut(arn.account));
        let Some(account) = account else { return false };
        account.policies.insert(arn.to_string(), Arc::new(policy));
        true
    }

    /// Deletes a managed policy. `false`: there was none.
    pub fn delete_policy(&mut self, arn: &str) -> bool {
        let account = IamArn::parse(arn).and_then(|arn| self.account_mut(arn.account));
        account.is_some_and(|account| account.policies.remove(arn).is_some())
    }

    /// Adds a version to a managed policy, in force at once if `default`. `false`: there is no
    /// such policy.
    pub fn create_policy_version(
        &mut self,
        arn: &str,
        version: &str,
        document: Policy,
        default: bool,
    ) -> bool {
        let Some(policy) = self.policy_mut(arn) else {
            return false;
        };
        policy.versions.insert(version.to_owned(), document);
        if default {
            policy.default_version = Some(version.to_owned());
        }
        true
    }

    /// Puts a version in force. A version that the inventory does not have is in force all the
    /// same, and unknown. `false`: nothing changed, or there is no such policy.
    pub fn set_default_version(&mut self, arn: &str, version: &str) -> bool {
        let Some(policy) = self.policy_mut(arn) else {
            return false;
        };
        let changed = policy.default_version.as_deref() != Some(version);
        policy.default_version = Some(version.to_owned());
        changed
    }

    /// Deletes a version. `false`: there is none.
    pub fn delete_policy_version(&mut self, arn: &str, version: &str) -> bool {
        self.policy_mut(arn).is_some_and(|policy| policy.versions.remove(version).is_some())
    }

    fn policy_mut(&mut self, arn: &str) -> Option<&mut ManagedPolicy> {
        let account = IamArn::parse(arn).and_then(|arn| self.account_mut(arn.account))?;
        account.policies.get_mut(arn).map(Arc::make_mut)
    }
}
