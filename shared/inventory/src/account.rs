//! One account: its users, roles, groups and managed policies, as IAM holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stanchion_policy::Policy;

use crate::credentials::{CredentialReport, Moment};
use crate::last_accessed::LastAccessed;

/// The name of an account's root user.
pub const ROOT_NAME: &str = "root";

/// What kind of principal this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
    /// An account's root user.
    Root,
}

/// What policies can be attached to in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// An IAM user.
    User,
    /// An IAM group.
    Group,
    /// An IAM role.
    Role,
}

/// A user, group or role by account and name. Names are unique within an account and kind,
/// whatever the path (IAM User Guide, "IAM identifiers").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// User, group or role.
    pub kind: EntityKind,
    /// The account's id.
    pub account: String,
    /// The name, without the path.
    pub name: String,
}

impl Entity {
    /// A user, group or role.
    pub fn new(kind: EntityKind, account: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind, account: account.into(), name: name.into() }
    }
}

/// A user, a role, or a root user, and what is attached to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// User, role or root.
    pub kind: PrincipalKind,
    /// The account's id.
    pub account: String,
    /// The ARN, path included.
    pub arn: String,
    /// The name, without the path; `root` for a root user.
    pub name: String,
    /// The path, with a slash at both ends.
    pub path: String,
    /// `AIDA...` or `AROA...`, which a new principal of an old name does not share; the account's
    /// id for a root user. The ARN where the input gives no id.
    pub unique_id: String,
    /// The tags, sorted by key.
    pub tags: Vec<(String, String)>,
    /// Whether a service owns this role (path `/aws-service-role/`): no SCP binds it.
    pub service_linked: bool,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Policy>,
    /// ARNs of attached managed policies.
    pub attached: BTreeSet<String>,
    /// Names of the groups that a user is in.
    pub groups: BTreeSet<String>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// The trust policy; only roles have one, and each has one.
    pub trust: Option<Policy>,
    /// Names of the instance profiles that hold a role.
    pub instance_profiles: BTreeSet<String>,
    /// A user's access keys by id, and whether each is active: those that events have told of.
    /// Authorization details hold none.
    pub access_keys: BTreeMap<String, bool>,
    /// When it was made, in nanoseconds since the epoch; `None`: the input does not say.
    pub created: Option<i128>,
    /// When a role was last used, as far back as AWS keeps track of it (400 days).
    pub last_used: Moment,
}

impl Principal {
    /// A principal with nothing attached. Root users have the path `/` and the name `root`.
    pub fn new(kind: PrincipalKind, account: &str, arn: &str, path: &str, name: &str) -> Self {
        Self {
            kind,
            account: account.to_owned(),
            arn: arn.to_owned(),
            name: name.to_owned(),
            path: path.to_owned(),
            unique_id: arn.to_owned(),
            tags: Vec::new(),
            // UG, "Service-linked roles": the path is reserved for them.
            service_linked: kind == PrincipalKind::Role && path.starts_with("/aws-service-role/"),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            groups: BTreeSet::new(),
            boundary: None,
            trust: (kind == PrincipalKind::Role)
                .then(|| Policy::unknown("the trust policy is not in the input")),
            instance_profiles: BTreeSet::new(),
            access_keys: BTreeMap::new(),
            created: None,
            last_used: Moment::Unknown,
        }
    }

    /// The root user of an account.
    pub fn root(account: &str, partition: &str) -> Self {
        let arn = format!("arn:{partition}:iam::{account}:root");
        let mut root = Self::new(PrincipalKind::Root, account, &arn, "/", ROOT_NAME);
        root.unique_id = account.to_owned();
        root
    }

    /// The value of a tag. Keys differ by more than case (UG, "Tag naming").
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str())
    }
}

/// A group and what is attached to it. Its members know it; it does not know them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The name, without the path.
    pub name: String,
    /// The ARN, path included.
    pub arn: String,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Policy>,
    /// ARNs of attached managed policies.
    pub attached: BTreeSet<String>,
}

/// A managed policy and its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedPolicy {
    /// The ARN.
    pub arn: Arc<str>,
    /// The name, without the path.
    pub name: String,
    /// `ANPA...`; an ARN can be deleted and made again, an id cannot.
    pub id: Option<String>,
    /// The id of the version in force, as `v3`.
    pub default_version: Option<String>,
    /// The versions that are known, by id.
    pub versions: BTreeMap<String, Policy>,
}

impl ManagedPolicy {
    /// The document in force, if it is known.
    pub fn default_document(&self) -> Option<&Policy> {
        self.versions.get(self.default_version.as_deref()?)
    }
}

/// One account's authorization details.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub(crate) id: String,
    pub(crate) root: Arc<Principal>,
    pub(crate) users: BTreeMap<String, Arc<Principal>>,
    pub(crate) roles: BTreeMap<String, Arc<Principal>>,
    pub(crate) groups: BTreeMap<String, Arc<Group>>,
    pub(crate) policies: BTreeMap<String, Arc<ManagedPolicy>>,
    /// Why a list is not complete, by its name in the input.
    pub(crate) incomplete: BTreeMap<&'static str, String>,
    /// Its credential report, if there is one.
    pub(crate) credentials: Option<Arc<CredentialReport>>,
    /// When its principals last used services, if that is known.
    pub(crate) last_accessed: Option<Arc<LastAccessed>>,
}

impl Account {
    /// The account's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The root user.
    pub fn root(&self) -> &Principal {
        &self.root
    }

    /// Users, by name.
    pub fn users(&self) -> impl Iterator<Item = &Principal> {
        self.users.values().map(AsRef::as_ref)
    }

    /// Roles, by name.
    pub fn roles(&self) -> impl Iterator<Item = &Principal> {
        self.roles.values().map(AsRef::as_ref)
    }

    /// Groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(AsRef::as_ref)
    }

    /// Managed policies, by ARN: the account's own, and those of AWS that the details hold.
    pub fn policies(&self) -> impl Iterator<Item = &ManagedPolicy> {
        self.policies.values().map(AsRef::as_ref)
    }

    /// Whether users, roles and groups are all there; if not, something may be attached to a
    /// principal that the inventory does not know.
    pub fn is_complete(&self) -> bool {
        self.incomplete.is_empty()
    }

    /// The credential report, if there is one.
    pub fn credentials(&self) -> Option<&CredentialReport> {
        self.credentials.as_deref()
    }

    /// When its principals last used services, if that is known.
    pub fn last_accessed(&self) -> Option<&LastAccessed> {
        self.last_accessed.as_deref()
    }

    /// Whether every role is there.
    pub fn has_all_roles(&self) -> bool {
        !self.incomplete.contains_key("RoleDetailList")
    }
}
