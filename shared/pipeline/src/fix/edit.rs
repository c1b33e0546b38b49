//! Changes of an inventory that a fix is made of: what each does, whom it concerns, and how it is told.

use stanchion_inventory::{
    Entity, EntityKind, Inventory, OrganizationPolicy, Principal, PrincipalKind, RCP, SCP,
};
use stanchion_policy::{Document, Policy};

use super::credentials::Credential;

/// Where a document is that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An inline policy of a user, a group or a role; of every role of a permission set, if there is one.
    Inline { owner: Owner, name: String },
    /// A managed policy of an account's own, by ARN.
    Managed(String),
    /// A role's trust policy.
    Trust(Entity),
}

/// What policies are attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    One(Entity),
    /// Roles of IAM Identity Center are as their permission set is, in every account.
    PermissionSet {
        name: String,
        roles: Vec<Entity>,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// Another document, or a new one; what is done, in words without the place.
    Write { place: Place, document: Document, what: String },
    /// An inline policy is deleted.
    Delete { place: Place },
    /// A managed policy is detached.
    Detach { owner: Owner, policy: String },
    /// A managed policy is attached.
    Grant { owner: Owner, policy: String },
    /// A password, a key or a device is seen to; of the root user, if no user is named.
    Credential { account: String, user: Option<String>, credential: Credential },
    /// A policy of the organization that there is already is attached to a root, OU or account.
    Attach { id: String, target: String },
    /// A new policy of the organization, attached to a root, OU or account; and whether it denies nothing but what
    /// the rule forbids, to whoever there is.
    Found { id: String, kind: &'static str, document: Document, target: String, exact: bool },
}

/// Whom a change concerns.
pub(super) enum Concerned<'i> {
    These(Vec<&'i Principal>),
    /// These at least; and why it is not known who else.
    AtLeast(Vec<&'i Principal>, String),
}

impl Owner {
    /// What the policies of a principal are attached to.
    pub(super) fn of(principal: &Principal, inventory: &Inventory) -> Option<Self> {
        let Some(name) = principal.permission_set_name() else { return entity(principal).map(Self::One) };
        let same = inventory.principals().filter(|other| other.permission_set_name() == Some(name));
        Some(Self::PermissionSet { name: name.to_owned(), roles: same.filter_map(entity).collect() })
    }

    pub(super) fn entities(&self) -> &[Entity] {
        match self {
            Self::One(entity) => std::slice::from_ref(entity),
            Self::PermissionSet { roles, .. } => roles,
        }
    }

    fn told(&self) -> String {
        match self {
            Self::One(entity) => told(entity),
            Self::PermissionSet { name, .. } => format!("permission set {name}"),
        }
    }
}

/// A user or a role by its account and name; a root user has no policies of its own, and those of service-linked
/// roles are AWS's.
pub(super) fn entity(principal: &Principal) -> Option<Entity> {
    let kind = match principal.kind {
        PrincipalKind::User => EntityKind::User,
        PrincipalKind::Role if !principal.service_linked => EntityKind::Role,
        PrincipalKind::Role | PrincipalKind::Root => return None,
    };
    Some(Entity::new(kind, principal.account.as_str(), principal.name.as_str()))
}

fn told(entity: &Entity) -> String {
    let kind = match entity.kind {
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::Role => "role",
    };
    format!("{kind} {}", entity.name)
}

impl Place {
    /// The document that is there.
    pub(super) fn document<'i>(&self, inventory: &'i Inventory) -> Option<&'i Document> {
        let policy = match self {
            Self::Inline { owner, name } => inline(inventory, owner.entities().first()?, name)?,
            Self::Managed(arn) => {
                let account = arn.split(':').nth(4).unwrap_or_default();
                inventory.managed_policy(account, arn)?.default_document()?
            }
            Self::Trust(role) => inventory.principal_of(role)?.trust.as_ref()?,
        };
        policy.document().ok()
    }

    /// What it is called.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Inline { owner: Owner::PermissionSet { name, .. }, .. } => {
                format!("the inline policy of permission set {name}")
            }
            Self::Inline { owner, name } => format!("inline policy {name} of {}", owner.told()),
            Self::Managed(arn) => format!("policy {arn}"),
            Self::Trust(role) => format!("the trust policy of {}", told(role)),
        }
    }

    /// Whether a document is as long as IAM takes it there, white space apart (IAM User Guide, "IAM and AWS STS
    /// quotas": inline policies together; a role's trust policy unless more was asked for).
    fn takes(&self, document: &Document, inventory: &Inventory) -> bool {
        let (most, beside) = match self {
            Self::Managed(_) => (6_144, 0),
            Self::Trust(_) => (2_048, 0),
            Self::Inline { owner, name } => {
                let Some(first) = owner.entities().first() else { return false };
                let most = match first.kind {
                    EntityKind::User => 2_048,
                    EntityKind::Group => 5_120,
                    EntityKind::Role => 10_240,
                };
                let others = inlines(inventory, first).filter(|(other, _)| *other != name);
                (most, others.filter_map(|(_, policy)| policy.document().ok()).map(length).sum())
            }
        };
        beside + length(document) <= most
    }
}

/// How many characters a document has but for white space, as IAM counts.
fn length(document: &Document) -> usize {
    document.to_json().chars().filter(|character| !character.is_whitespace()).count()
}

fn inlines<'i>(
    inventory: &'i Inventory,
    entity: &Entity,
) -> Box<dyn Iterator<Item = (&'i String, &'i Policy)> + 'i> {
    if entity.kind == EntityKind::Group {
        let group = inventory.group(&entity.account, &entity.name);
        return Box::new(group.into_iter().flat_map(|group| &group.inline));
    }
    Box::new(inventory.principal_of(entity).into_iter().flat_map(|principal| &principal.inline))
}

fn inline<'i>(inventory: &'i Inventory, entity: &Entity, name: &str) -> Option<&'i Policy> {
    inlines(inventory, entity).find(|(own, _)| *own == name).map(|(_, policy)| policy)
}

/// Organizations User Guide, "Quotas for AWS Organizations": the characters of an SCP and of an RCP.
const OF_ORGANIZATION: usize = 5_120;

impl Edit {
    /// Makes the change. `false`: it cannot be made, or changes nothing.
    pub(super) fn apply(&self, inventory: &mut Inventory) -> bool {
        match self {
            Self::Write { place, document, .. } => {
                place.takes(document, inventory) && write(place, document, inventory)
            }
            Self::Delete { place: Place::Inline { owner, name } } => {
                let entities = owner.entities().iter();
                entities.filter(|entity| inventory.delete_inline_policy(entity, name)).count() > 0
            }
            Self::Delete { .. } => false,
            Self::Detach { owner, policy } => {
                let entities = owner.entities().iter();
                entities.filter(|entity| inventory.detach_policy(entity, policy)).count() > 0
            }
            Self::Grant { owner, policy } => {
                let entities = owner.entities().iter();
                entities.filter(|entity| inventory.attach_policy(entity, policy)).count() > 0
            }
            Self::Credential { account, user, credential } => {
                credential.apply(account, user.as_deref(), inventory)
            }
            Self::Attach { id, target } => inventory.attach_organization_policy(id, target),
            Self::Found { id, kind, document, target, .. } => {
                let policy = OrganizationPolicy::new(id, kind, Some(&document.to_json()));
                length(document) <= OF_ORGANIZATION
                    && inventory.create_organization_policy(id, policy)
                    && inventory.attach_organization_policy(id, target)
            }
        }
    }

    /// The document that it changes.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::Write { place, .. } | Self::Delete { place } => Some(place),
            _ => None,
        }
    }

    /// The policy that it is about, if it is about one.
    pub(super) fn policy(&self) -> Option<String> {
        Some(match self {
            Self::Write { place, .. } | Self::Delete { place } => match place {
                Place::Managed(arn) => arn.clone(),
                place => place.told(),
            },
            Self::Detach { policy, .. } | Self::Grant { policy, .. } => policy.clone(),
            Self::Attach { id, .. } | Self::Found { id, .. } => id.clone(),
            Self::Credential { .. } => return None,
        })
    }

    /// What is lost by it that no policy tells of.
    pub(super) fn loses(&self) -> Option<String> {
        match self {
            Self::Credential { credential, .. } => credential.loses(),
            _ => None,
        }
    }

    /// What is to be done, in a sentence without its full stop.
    pub(super) fn told(&self, inventory: &Inventory) -> String {
        match self {
            Self::Write { place, what, .. } if place.document(inventory).is_some() => {
                format!("{what} {}", place.told())
            }
            Self::Write { place, .. } => format!("Add {}, as below", place.told()),
            Self::Delete { place } => format!("Delete {}", place.told()),
            Self::Detach { owner, policy } => format!("Detach {policy} from {}", owner.told()),
            Self::Grant { owner, policy } => format!("Attach {policy} to {}", owner.told()),
            Self::Credential { user, credential, .. } => credential.told(user.as_deref()),
            Self::Attach { id, target } => {
                let policies = inventory.organization().and_then(|known| known.policies.as_ref());
                let policy = policies.and_then(|policies| policies.get(id));
                let name = policy.map(|policy| format!(" ({})", policy.name)).unwrap_or_default();
                let kind = policy.map_or("policy", |policy| short(&policy.kind));
                format!("Attach the {kind} {id}{name} to {}", level(target, inventory))
            }
            Self::Found { kind, target, .. } => {
                format!("Make the {} below and attach it to {}", short(kind), level(target, inventory))
            }
        }
    }

    /// Whom it concerns, the principal that it is made for included.
    pub(super) fn concerns<'i>(&self, inventory: &'i Inventory) -> Concerned<'i> {
        let those = |entities: &[Entity]| {
            let each = entities.iter().flat_map(|entity| match entity.kind {
                EntityKind::Group => inventory.group_members(&entity.account, &entity.name),
                EntityKind::User | EntityKind::Role => inventory.principal_of(entity).into_iter().collect(),
            });
            each.collect::<Vec<_>>()
        };
        match self {
            Self::Write { place, .. } | Self::Delete { place } => match place {
                Place::Trust(role) => Concerned::These(those(std::slice::from_ref(role))),
                Place::Inline { owner, .. } => whole(those(owner.entities()), owner, inventory),
                Place::Managed(arn) => {
                    let attached = inventory.attached_to(arn);
                    let all: Vec<&Principal> =
                        attached.as_policy.into_iter().chain(attached.as_boundary).collect();
                    let account = arn.split(':').nth(4).unwrap_or_default();
                    if inventory.account(account).is_some_and(|account| account.is_complete()) {
                        Concerned::These(all)
                    } else {
                        Concerned::AtLeast(all, format!("who else holds {arn} is not known"))
                    }
                }
            },
            Self::Detach { owner, .. } | Self::Grant { owner, .. } => {
                whole(those(owner.entities()), owner, inventory)
            }
            Self::Credential { .. } => Concerned::These(Vec::new()),
            Self::Attach { target, .. } | Self::Found { target, .. } => {
                let accounts = inventory.accounts_under(target);
                let all = accounts.iter().flat_map(|account| inventory.principals_of(account)).collect();
                let is_known =
                    |id: &String| inventory.account(id).is_some_and(|account| account.is_complete());
                if matches!(self, Self::Found { exact: true, .. }) {
                    return Concerned::These(all);
                }
                match accounts.iter().find(|id| !inventory.is_management_account(id) && !is_known(id)) {
                    Some(id) => Concerned::AtLeast(all, format!("who is in account {id} is not known")),
                    None => Concerned::These(all),
                }
            }
        }
    }

    /// Whether it takes nothing from anybody but the one principal that it is made for, whoever else there is.
    pub(super) fn is_of_one(&self) -> bool {
        let owner = match self {
            Self::Found { exact, .. } => return *exact,
            Self::Credential { .. } => return true,
            Self::Write { place: Place::Trust(_), .. } => return true,
            Self::Write { place: Place::Inline { owner, .. }, .. }
            | Self::Delete { place: Place::Inline { owner, .. } }
            | Self::Detach { owner, .. }
            | Self::Grant { owner, .. } => owner,
            _ => return false,
        };
        matches!(owner, Owner::One(entity) if entity.kind != EntityKind::Group)
    }
}

fn whole<'i>(all: Vec<&'i Principal>, owner: &Owner, inventory: &Inventory) -> Concerned<'i> {
    match owner {
        Owner::PermissionSet { name, .. } => {
            // Accounts of the organization that the inventory lacks may have roles of it, too.
            match inventory.member_accounts().into_iter().find(|id| inventory.account(id).is_none()) {
                Some(id) => Concerned::AtLeast(
                    all,
                    format!("whether permission set {name} is assigned in account {id} is not known"),
                ),
                None => Concerned::These(all),
            }
        }
        Owner::One(entity) if entity.kind == EntityKind::Group => {
            match inventory.account(&entity.account).is_some_and(|account| account.is_complete()) {
                true => Concerned::These(all),
                false => Concerned::AtLeast(all, format!("who else is in {} is not known", told(entity))),
            }
        }
        Owner::One(_) => Concerned::These(all),
    }
}

fn write(place: &Place, document: &Document, inventory: &mut Inventory) -> bool {
    let policy = Policy::of(document.clone());
    match place {
        Place::Inline { owner, name } => {
            let entities = owner.entities().iter();
            entities.filter(|entity| inventory.put_inline_policy(entity, name, policy.clone())).count() > 0
        }
        Place::Managed(arn) => inventory.create_policy_version(arn, "fix", policy, true),
        Place::Trust(role) => inventory.set_trust_policy(&role.account, &role.name, policy),
    }
}

fn short(kind: &str) -> &'static str {
    match kind {
        SCP => "SCP",
        RCP => "RCP",
        _ => "policy",
    }
}

fn level(id: &str, inventory: &Inventory) -> String {
    let units = inventory.organization().and_then(|known| known.units.as_ref());
    match units.and_then(|units| units.get(id)) {
        Some(unit) => format!("OU {} ({id})", unit.name),
        None if id.starts_with("r-") => format!("the root {id}"),
        None => format!("account {id}"),
    }
}
