//! The organization as `docs/INVENTORY.md` describes its file.

use serde::{Deserialize, Serialize};
use stanchion_hub::CloudError;

/// The file. Lists are sorted by id, so that the same organization is the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct File {
    pub(crate) organization: Description,
    pub(crate) roots: Vec<Root>,
    pub(crate) organizational_units: Vec<Unit>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) policies: Vec<Policy>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Description {
    pub(crate) id: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) master_account_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Root {
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) policy_types: Vec<PolicyType>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyType {
    pub(crate) r#type: String,
    pub(crate) status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) parent_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) parent_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    pub(crate) policy_summary: Summary,
    pub(crate) content: Option<String>,
    pub(crate) target_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Summary {
    pub(crate) id: String,
    pub(crate) arn: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) r#type: String,
    pub(crate) aws_managed: bool,
}

impl File {
    /// Reads a text that [`File::text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, CloudError> {
        serde_json::from_str(text)
            .map_err(|error| CloudError::Unreadable(format!("the organization: {error}")))
    }

    /// The file as JSON.
    pub(crate) fn text(&mut self) -> Result<String, CloudError> {
        self.roots.sort_by(|a, b| a.id.cmp(&b.id));
        self.organizational_units.sort_by(|a, b| a.id.cmp(&b.id));
        self.accounts.sort_by(|a, b| a.id.cmp(&b.id));
        self.policies.sort_by(|a, b| a.policy_summary.id.cmp(&b.policy_summary.id));
        for policy in &mut self.policies {
            policy.target_ids.sort();
            policy.target_ids.dedup();
        }
        serde_json::to_string(self).map_err(|error| CloudError::Unreadable(error.to_string()))
    }

    /// Whether an id is that of a root, OU or account of the file.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.roots.iter().any(|root| root.id == id)
            || self.organizational_units.iter().any(|unit| unit.id == id)
            || self.accounts.iter().any(|account| account.id == id)
    }

    pub(crate) fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.policy_summary.id == id)
    }

    /// The types of policies that may be attached.
    pub(crate) fn types(&self) -> Vec<String> {
        let types = self.roots.iter().flat_map(|root| &root.policy_types);
        types.map(|policy_type| policy_type.r#type.clone()).filter(|kind| super::is_read(kind)).collect()
    }

    /// Writes down what is attached to a root, OU or account itself, of one type.
    pub(crate) fn set_attached(&mut self, target: &str, kind: &str, attached: &[Summary]) {
        for policy in self.policies.iter_mut().filter(|policy| policy.policy_summary.r#type == kind) {
            policy.target_ids.retain(|known| known != target);
            if attached.iter().any(|summary| summary.id == policy.policy_summary.id) {
                policy.target_ids.push(target.to_owned());
            }
        }
    }

    /// Adds a policy, over an older one of its id, whose targets it keeps.
    pub(crate) fn set_policy(&mut self, mut policy: Policy) {
        match self.policies.iter_mut().find(|known| known.policy_summary.id == policy.policy_summary.id) {
            Some(known) => {
                policy.target_ids.append(&mut known.target_ids);
                *known = policy;
            }
            None => self.policies.push(policy),
        }
    }

    /// Adds an account, over an older entry of its id.
    pub(crate) fn set_account(&mut self, account: Account) {
        self.accounts.retain(|known| known.id != account.id);
        self.accounts.push(account);
    }

    /// Takes an account out, and off all policies.
    pub(crate) fn remove_account(&mut self, id: &str) {
        self.accounts.retain(|account| account.id != id);
        for policy in &mut self.policies {
            policy.target_ids.retain(|target| target != id);
        }
    }
}
