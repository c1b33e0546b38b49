//! The organization: its tree, its accounts and its policies. A part that the input lacks is
//! `None`: unknown, which is not the same as empty.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_policy::Policy;

/// The policy type of service control policies.
pub const SCP: &str = "SERVICE_CONTROL_POLICY";
/// The policy type of resource control policies.
pub const RCP: &str = "RESOURCE_CONTROL_POLICY";
/// The policy type of tag policies.
pub const TAG_POLICY: &str = "TAG_POLICY";
/// The id of AWS's SCP that allows everything.
pub const FULL_AWS_ACCESS: &str = "p-FullAWSAccess";
/// The id of AWS's RCP that allows everything.
pub const RCP_FULL_AWS_ACCESS: &str = "p-RCPFullAWSAccess";

/// An organization, as AWS Organizations describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Organization {
    /// `o-...`.
    pub id: Option<String>,
    /// The management account's id.
    pub management_account: Option<String>,
    /// Roots by id. An organization has one.
    pub roots: Option<BTreeMap<String, Root>>,
    /// Organizational units by id.
    pub units: Option<BTreeMap<String, OrganizationalUnit>>,
    /// Accounts by id, the management account included.
    pub accounts: Option<BTreeMap<String, MemberAccount>>,
    /// Policies of every type, by id.
    pub policies: Option<BTreeMap<String, OrganizationPolicy>>,
    /// The ids of the policies attached to each root, OU or account.
    pub(crate) attachments: BTreeMap<String, BTreeSet<String>>,
    /// Why a list is not known, by its name in the input; one that is just missing is not here.
    pub(crate) unknown: BTreeMap<&'static str, String>,
}

/// A root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// Its name.
    pub name: String,
    /// The status of each policy type that is enabled, or about to be or to cease; a type that is
    /// not here is not enabled. `None`: unknown.
    pub policy_types: Option<BTreeMap<String, String>>,
}

/// An organizational unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationalUnit {
    /// Its name.
    pub name: String,
    /// The root or unit that holds it.
    pub parent: Option<String>,
}

/// An account, as its organization knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberAccount {
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `SUSPENDED`, ...
    pub status: Option<String>,
    /// The root or unit that holds it.
    pub parent: Option<String>,
    /// The tags, sorted by key.
    pub tags: Vec<(String, String)>,
}

/// A policy of the organization.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationPolicy {
    /// Its name.
    pub name: String,
    /// Its type, as [`SCP`].
    pub kind: String,
    /// Its text, if known; what a tag policy says is read from here.
    pub content: Option<String>,
    /// The text as an IAM policy; unknown for types that are none.
    pub policy: Policy,
    /// Whether it is known what it is attached to.
    pub targets_known: bool,
}

impl OrganizationPolicy {
    /// A policy of this type and text. Only SCPs and RCPs are IAM policies.
    pub fn new(name: &str, kind: &str, content: Option<&str>) -> Self {
        let policy = match content {
            _ if !matches!(kind, SCP | RCP) => Policy::unknown(format!("a {kind} is not an IAM policy")),
            Some(text) => Policy::parse(text),
            None => Policy::unknown("the policy's content is not in the input"),
        };
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            content: content.map(str::to_owned),
            policy,
            targets_known: true,
        }
    }

    /// AWS's own policies of this id, whose content is documented (Organizations User Guide, "SCP
    /// evaluation" and "RCP evaluation"); `None` for any other id.
    pub fn aws_managed(id: &str) -> Option<Self> {
        let (name, kind, content) = match id {
            FULL_AWS_ACCESS => (
                "FullAWSAccess",
                SCP,
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            ),
            RCP_FULL_AWS_ACCESS => (
                "RCPFullAWSAccess",
                RCP,
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
            ),
            _ => return None,
        };
        Some(Self::new(name, kind, Some(content)))
    }
}

/// What is known of a policy type in the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeStatus {
    Enabled,
    NotEnabled,
    Unknown(String),
}

impl Organization {
    /// The ids of the policies attached to a root, OU or account itself, of every type.
    pub fn attached(&self, target: &str) -> impl Iterator<Item = &str> {
        self.attachments.get(target).into_iter().flatten().map(String::as_str)
    }

    /// The roots, OUs and accounts that a policy is attached to, sorted; `None`: unknown.
    pub fn targets(&self, policy: &str) -> Option<Vec<&str>> {
        let known = self.policies.as_ref()?.get(policy).is_none_or(|policy| policy.targets_known);
        known.then(|| {
            let holds = |ids: &BTreeSet<String>| ids.contains(policy);
            let targets = self.attachments.iter().filter(|(_, ids)| holds(ids));
            targets.map(|(target, _)| target.as_str()).collect()
        })
    }

    /// Whether a policy type takes part in decisions; `None`: unknown, or about to change.
    pub fn is_enabled(&self, kind: &str) -> Option<bool> {
        match self.type_status(kind) {
            TypeStatus::Enabled => Some(true),
            TypeStatus::NotEnabled => Some(false),
            TypeStatus::Unknown(_) => None,
        }
    }

    /// Whether a policy type takes part in decisions. A type's status lives on the root, of which
    /// an organization has exactly one.
    pub(crate) fn type_status(&self, kind: &str) -> TypeStatus {
        let Some(root) = self.roots.as_ref().and_then(|roots| roots.values().next()) else {
            return TypeStatus::Unknown("the organization's root is not in the input".to_owned());
        };
        let Some(types) = &root.policy_types else {
            return TypeStatus::Unknown("the root's policy types are not in the input".to_owned());
        };
        match types.get(kind).map(String::as_str) {
            None => TypeStatus::NotEnabled,
            Some("ENABLED") => TypeStatus::Enabled,
            Some(other) => TypeStatus::Unknown(format!("policy type {kind} is {other}")),
        }
    }
}
