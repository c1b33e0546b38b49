//! What kind of thing a change alters.

use std::fmt;

/// What a change alters, as rules and alerts name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What identity policies allow, or that a principal is there at all.
    Permission,
    /// A permissions boundary.
    Boundary,
    /// Who may become a principal: trust policies and identity providers.
    Trust,
    /// Tags, which conditions of policies read.
    Tag,
    /// SCPs, RCPs and the tree that they hang on.
    Guardrail,
    /// Who may use a permission set, or who is in a group that may.
    Assignment,
    /// What a permission set says; its roles change when it is provisioned.
    PendingUntilProvision,
    /// A session that has fewer permissions than its principal, or tags of its own.
    Session,
    /// The policy of a resource, or a grant on it.
    ResourcePolicy,
    /// Access keys, passwords, MFA devices: permissions stay, exposure changes.
    Credential,
    /// A name or path: ARNs in policies now match something else.
    Rename,
    /// Who else acts for the organization or the account.
    Delegation,
    /// Whether member accounts' root users can be used from the management account.
    RootAccess,
    /// An operation whose effect is not documented well enough to say.
    Unknown,
    /// No permission changes.
    None,
}

impl Kind {
    /// The kind in kebab case, as `root-access`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Boundary => "boundary",
            Self::Trust => "trust",
            Self::Tag => "tag",
            Self::Guardrail => "guardrail",
            Self::Assignment => "assignment",
            Self::PendingUntilProvision => "pending-until-provision",
            Self::Session => "session",
            Self::ResourcePolicy => "resource-policy",
            Self::Credential => "credential",
            Self::Rename => "rename",
            Self::Delegation => "delegation",
            Self::RootAccess => "root-access",
            Self::Unknown => "unknown",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
