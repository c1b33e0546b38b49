//! What an event is: a change, or one of the reasons to pass it over.

use std::fmt;

use stanchion_inventory::{AssignedPrincipal, Entity, EntityKind};
use stanchion_policy::document::PrincipalEntry;

use crate::effect::Effect;
use crate::kind::Kind;

/// Which event this is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// CloudTrail's id of the event; the same event delivered twice has one id.
    pub event_id: String,
    /// The operation, as `AttachRolePolicy`.
    pub event_name: String,
    /// The service, as `iam.amazonaws.com`.
    pub event_source: String,
    /// When, as ISO 8601 text in UTC.
    pub event_time: String,
    /// The account whose log has the event.
    pub account: String,
}

/// An event that can alter what some principal may do, or how it is exposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// CloudTrail's id of the event.
    pub event_id: String,
    /// The operation, as `AttachRolePolicy`.
    pub event_name: String,
    /// The service, as `iam.amazonaws.com`.
    pub event_source: String,
    /// When, as ISO 8601 text in UTC.
    pub event_time: String,
    /// What it alters.
    pub kind: Kind,
    /// The account whose log has the event.
    pub account: String,
    /// The partition of that account, as `aws`.
    pub partition: String,
    /// Who made it.
    pub actor: Actor,
    /// What it was made to.
    pub target: Target,
    /// What it does to an inventory.
    pub effect: Effect,
}

/// Who made a change, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The caller's ARN; for a service its name, else the caller's unique id.
    pub arn: String,
    /// The type of `userIdentity`, as `AssumedRole`.
    pub kind: String,
    /// The ARN of the role whose session it was.
    pub session_issuer: Option<String>,
    /// An address, or the name of a service.
    pub source_ip: Option<String>,
    /// The service that called for the caller.
    pub invoked_by: Option<String>,
    /// The caller's software.
    pub user_agent: Option<String>,
}

/// What a change was made to, as far as the event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A user, role or group.
    Entity(Entity),
    /// An account's root user.
    RootUser {
        /// The account.
        account: String,
    },
    /// A managed policy.
    ManagedPolicy {
        /// Its ARN.
        arn: String,
    },
    /// A SAML or OpenID Connect provider.
    Provider {
        /// Its ARN.
        arn: String,
    },
    /// A whole account.
    Account {
        /// The account.
        account: String,
    },
    /// A root, an OU or an account, and everything under it.
    Node {
        /// Its id.
        id: String,
        /// The organization's policy that was attached or detached, if any.
        policy: Option<String>,
    },
    /// A policy of the organization, wherever it is attached.
    OrganizationPolicy {
        /// Its id.
        id: String,
    },
    /// Every member account.
    Organization,
    /// The root users of every member account.
    MemberRootUsers,
    /// The roles of a permission set.
    PermissionSet {
        /// Its ARN.
        arn: String,
        /// The account that they are in; `None`: every account.
        account: Option<String>,
    },
    /// The roles of every permission set.
    IdentityCenter,
    /// A user or group of the identity store, for the roles that it is assigned to.
    Identity(AssignedPrincipal),
    /// A membership of the identity store.
    Membership {
        /// Its id.
        id: String,
    },
    /// Roles, in whatever accounts.
    Roles {
        /// Their ARNs.
        arns: Vec<String>,
    },
    /// The roles of an account that trust a service, and some that are named.
    Trusting {
        /// The service, as `rolesanywhere.amazonaws.com`.
        service: &'static str,
        /// The account.
        account: String,
        /// ARNs of more roles.
        roles: Vec<String>,
    },
    /// The roles of an account whose names begin alike.
    RolesCalled {
        /// The account.
        account: String,
        /// How their names begin.
        prefix: &'static str,
    },
    /// A resource that has a policy of its own.
    Resource {
        /// The account that it belongs to.
        account: String,
        /// What to call it.
        name: String,
        /// Whom its new policy names.
        names: Vec<PrincipalEntry>,
    },
    /// Something that is not there yet: a later event names it.
    Pending,
    /// The event does not say; something in this account.
    Unknown {
        /// The account.
        account: String,
    },
}

impl Target {
    pub(crate) fn user(account: &str, name: &str) -> Self {
        Self::Entity(Entity::new(EntityKind::User, account, name))
    }

    pub(crate) fn role(account: &str, name: &str) -> Self {
        Self::Entity(Entity::new(EntityKind::Role, account, name))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity(entity) => {
                let kind = match entity.kind {
                    EntityKind::User => "user",
                    EntityKind::Group => "group",
                    EntityKind::Role => "role",
                };
                write!(f, "{kind} {} of account {}", entity.name, entity.account)
            }
            Self::RootUser { account } => write!(f, "the root user of account {account}"),
            Self::ManagedPolicy { arn } => write!(f, "policy {arn}"),
            Self::Provider { arn } => write!(f, "identity provider {arn}"),
            Self::Account { account } => write!(f, "account {account}"),
            Self::Node { id, policy: None } => f.write_str(id),
            Self::Node { id, policy: Some(policy) } => write!(f, "{policy} on {id}"),
            Self::OrganizationPolicy { id } => write!(f, "policy {id}"),
            Self::Organization => f.write_str("the organization"),
            Self::MemberRootUsers => f.write_str("the root users of member accounts"),
            Self::PermissionSet { arn, account: None } => write!(f, "permission set {arn}"),
            Self::PermissionSet { arn, account: Some(account) } => {
                write!(f, "permission set {arn} in account {account}")
            }
            Self::IdentityCenter => f.write_str("Identity Center"),
            Self::Identity(AssignedPrincipal::User(id)) => write!(f, "user {id} of the identity store"),
            Self::Identity(AssignedPrincipal::Group(id)) => write!(f, "group {id} of the identity store"),
            Self::Membership { id } => write!(f, "membership {id} of the identity store"),
            Self::Roles { arns } => write!(f, "{} {}", plural(arns.len(), "role"), arns.join(", ")),
            Self::Trusting { service, account, .. } => {
                write!(f, "the roles of account {account} that trust {service}")
            }
            Self::RolesCalled { account, prefix } => write!(f, "the roles {prefix}* of account {account}"),
            Self::Resource { account, name, .. } => write!(f, "{name} of account {account}"),
            Self::Pending => f.write_str("an account that is being created"),
            Self::Unknown { account } => write!(f, "something in account {account}"),
        }
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// What an event turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A change.
    Change(Box<Change>),
    /// Not a change; why is said.
    Ignored(Box<IgnoredEvent>),
}

impl Verdict {
    /// What the event does to an inventory. Events that change no permission can have an effect
    /// too: a policy that is created now may be attached next.
    pub fn effect(&self) -> &Effect {
        match self {
            Self::Change(change) => &change.effect,
            Self::Ignored(ignored) => &ignored.effect,
        }
    }

    /// The change, if the event is one.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Change(change) => Some(change),
            Self::Ignored(_) => None,
        }
    }

    /// CloudTrail's id of the event; empty if it has none.
    pub fn event_id(&self) -> &str {
        match self {
            Self::Change(change) => &change.event_id,
            Self::Ignored(ignored) => &ignored.meta.event_id,
        }
    }

    /// When the event was, as the event has it; empty if it does not say.
    pub fn event_time(&self) -> &str {
        match self {
            Self::Change(change) => &change.event_time,
            Self::Ignored(ignored) => &ignored.meta.event_time,
        }
    }

    /// Which event it was.
    pub fn into_meta(self) -> Meta {
        match self {
            Self::Change(change) => Meta {
                event_id: change.event_id,
                event_name: change.event_name,
                event_source: change.event_source,
                event_time: change.event_time,
                account: change.account,
            },
            Self::Ignored(ignored) => ignored.meta,
        }
    }
}

/// An event that is passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct IgnoredEvent {
    /// Which event.
    pub meta: Meta,
    /// Why.
    pub reason: Ignored,
    /// What it does to an inventory; [`Effect::None`] unless the reason is
    /// [`Ignored::NoEffect`].
    pub effect: Effect,
}

/// Why an event is passed over. Displayed in kebab case, as `failed-call`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The call failed, and changed nothing.
    FailedCall,
    /// It only read.
    ReadOnly,
    /// An event of the same id was interpreted before.
    Repeated,
    /// The envelope does not fit the record: the event is not from AWS.
    ForgedSource,
    /// No event of this service is watched.
    UnwatchedSource,
    /// An event of a service that is watched only in part, or only where a rule is about it.
    NotWatched,
    /// A known event that changes no permission.
    NoEffect,
    /// A watched service's event that may change something and that the table does not have. It
    /// is to be reported.
    UnknownEvent,
    /// The record lacks what every record has.
    Unreadable {
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FailedCall => "failed-call",
            Self::ReadOnly => "read-only",
            Self::Repeated => "repeated",
            Self::ForgedSource => "forged-source",
            Self::UnwatchedSource => "unwatched-source",
            Self::NotWatched => "not-watched",
            Self::NoEffect => "no-effect",
            Self::UnknownEvent => "unknown-event",
            Self::Unreadable { .. } => "unreadable",
        })
    }
}
