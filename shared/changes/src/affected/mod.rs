//! Change -> the principals whose permissions it can alter.

mod identity_center;
mod trust;

use std::collections::BTreeSet;

use stanchion_inventory::{Entity, EntityKind, IamArn, Inventory, Principal, RCP, SCP, TAG_POLICY};

use crate::change::{Change, Target};
use crate::effect::Effect;
use crate::kind::Kind;
use crate::named;

/// The principals to look at again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Their ARNs, sorted, each once.
    pub principals: Vec<String>,
    /// ARNs of others whom a trust policy, the new one or the one in the inventory, may let become
    /// the role: what they can do changes only for rules about `sts:AssumeRole` and its kin. Sorted,
    /// each once.
    pub may_assume: Vec<String>,
    /// The accounts, sorted, that other policies of the organization may bind than before: what is
    /// possible for anybody in them may be another thing.
    pub accounts: Vec<String>,
    /// What to know about the list: that it may lack some, or why it is what it is.
    pub note: Option<String>,
}

/// The principals whose permissions (or exposure) a change can alter. The inventory may be of
/// before or after the change; principals that it lacks are named as the event names them.
pub fn affected(change: &Change, inventory: &Inventory) -> Affected {
    let mut found =
        Finder { inventory, arns: BTreeSet::new(), accounts: BTreeSet::new(), notes: BTreeSet::new() };
    match &change.target {
        _ if change.kind == Kind::None => {}
        Target::Entity(entity) => found.entity(entity, change),
        Target::RootUser { account } => found.root_user(account, &change.partition),
        Target::ManagedPolicy { arn } => found.managed_policy(arn),
        Target::Provider { arn } => found.trusting(arn, &change.account),
        Target::Account { account } => found.account_and_left(account, change),
        Target::Unknown { account } => {
            found.note(format!("the event does not say what in account {account} it is about"));
            found.account(account);
        }
        Target::Node { id, policy } => {
            found.node(id, policy.as_deref());
            if let (Effect::SetPolicyType { kind, .. }, Some(management)) =
                (&change.effect, inventory.management_account())
                && kind == TAG_POLICY
            {
                found.account(management);
            }
        }
        Target::OrganizationPolicy { id } => found.organization_policy(id),
        Target::Organization => found.organization(),
        Target::MemberRootUsers => {
            let roots = inventory.accounts().filter(|account| inventory.is_member(account.id()));
            found.arns.extend(roots.map(|account| account.root().arn.clone()));
        }
        Target::Pending => {
            found.note("the account is being created; a later event names it".to_owned());
        }
        Target::PermissionSet { arn, account } => found.permission_set(arn, account.as_deref()),
        Target::IdentityCenter => found.reserved_roles(None),
        Target::Identity(principal) => found.assigned_to(principal),
        Target::Membership { id } => found.membership(id),
        Target::Roles { arns } => found.roles(arns),
        Target::Trusting { service, account, roles } => {
            found.roles(roles);
            found.trusting_service(service, account);
        }
        Target::RolesCalled { account, prefix } => found.roles_called(account, prefix),
        Target::Resource { account, names, .. } => {
            found.account(account);
            for entry in names {
                found.add(named::principals(entry, inventory));
            }
            found.note("whom the resource's policy named before is not known".to_owned());
        }
    }
    let may_assume = trust::may_assume(change, inventory);
    let notes: Vec<_> = found.notes.into_iter().collect();
    Affected {
        may_assume: may_assume.difference(&found.arns).cloned().collect(),
        principals: found.arns.into_iter().collect(),
        accounts: found.accounts.into_iter().collect(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

struct Finder<'a> {
    inventory: &'a Inventory,
    arns: BTreeSet<String>,
    accounts: BTreeSet<String>,
    notes: BTreeSet<String>,
}

impl<'a> Finder<'a> {
    fn note(&mut self, note: String) {
        self.notes.insert(note);
    }

    fn add(&mut self, principals: impl IntoIterator<Item = &'a Principal>) {
        self.arns.extend(principals.into_iter().map(|principal| principal.arn.clone()));
    }

    fn entity(&mut self, entity: &Entity, change: &Change) {
        let Entity { kind, account, name } = entity;
        // After a rename the inventory may have the old name or the new one.
        let new_name = match &change.effect {
            Effect::Rename { name, .. } => name.as_deref(),
            _ => None,
        };
        let names = [Some(name.as_str()), new_name].into_iter().flatten();
        if *kind == EntityKind::Group {
            self.check_details(account);
            for name in names {
                self.add(self.inventory.group_members(account, name));
            }
            return;
        }
        let known =
            names.filter_map(|name| self.inventory.principal_of(&Entity::new(*kind, account.as_str(), name)));
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            self.add(known);
            return;
        }
        if let Effect::CreatePrincipal(principal) = &change.effect {
            self.arns.insert(principal.arn.clone());
            return;
        }
        let word = if *kind == EntityKind::User { "user" } else { "role" };
        let name = new_name.unwrap_or(name);
        self.arns.insert(format!("arn:{}:iam::{account}:{word}/{name}", change.partition));
        self.note(format!("{word} {name} is not in the inventory: its ARN is written without a path"));
    }

    fn root_user(&mut self, account: &str, partition: &str) {
        self.arns.insert(format!("arn:{partition}:iam::{account}:root"));
    }

    fn managed_policy(&mut self, arn: &str) {
        match IamArn::parse(arn) {
            Some(parts) if parts.account != "aws" => self.check_details(parts.account),
            Some(_) => {}
            None => self.note(format!("`{arn}` is not a policy's ARN")),
        }
        let attachments = self.inventory.attached_to(arn);
        self.add(attachments.as_policy);
        self.add(attachments.as_boundary);
    }

    /// Roles by ARN. Names are unique in an account, whatever their paths.
    fn roles(&mut self, arns: &[String]) {
        for arn in arns {
            let parts = IamArn::parse(arn).filter(|parts| parts.kind == "role");
            let Some(parts) = parts else {
                self.note(format!("`{arn}` is not a role's ARN"));
                continue;
            };
            let role = Entity::new(EntityKind::Role, parts.account, parts.name);
            match self.inventory.principal_of(&role) {
                Some(known) => self.add([known]),
                None => {
                    self.arns.insert(arn.clone());
                    self.note(format!("role {} is not in the inventory", parts.name));
                }
            }
        }
    }

    fn roles_called(&mut self, account: &str, prefix: &str) {
        self.check_details(account);
        let roles = self.inventory.account(account).into_iter().flat_map(|details| details.roles());
        self.add(roles.filter(|role| role.name.starts_with(prefix)));
    }

    fn account(&mut self, account: &str) {
        self.check_details(account);
        self.add(self.inventory.principals_of(account));
    }

    fn account_and_left(&mut self, account: &str, change: &Change) {
        self.account(account);
        self.accounts.insert(account.to_owned());
        // An account that left has no root user to look at any more, but a finding on it to close.
        if matches!(change.effect, Effect::RemoveAccount { .. })
            && let Some(details) = self.inventory.account(account)
        {
            self.arns.insert(details.root().arn.clone());
        }
    }

    fn node(&mut self, id: &str, policy: Option<&str>) {
        if let Some(policy) = policy
            && self.changes_nothing(policy)
        {
            return;
        }
        let accounts = self.inventory.accounts_under(id);
        if accounts.is_empty() {
            self.note(format!("the inventory knows no account under {id}"));
        }
        // Tag policies speak of the management account too; SCPs and RCPs do not bind it.
        let of_all = policy.is_some_and(|policy| self.is_tag_policy(policy));
        for account in accounts.iter().filter(|account| of_all || self.inventory.is_member(account)) {
            self.account(account);
            if !of_all {
                self.accounts.insert(account.clone());
            }
        }
    }

    fn is_tag_policy(&self, policy: &str) -> bool {
        let policies = self.inventory.organization().and_then(|o| o.policies.as_ref());
        policies.and_then(|policies| policies.get(policy)).is_some_and(|policy| policy.kind == TAG_POLICY)
    }

    fn organization_policy(&mut self, id: &str) {
        if self.changes_nothing(id) {
            return;
        }
        let organization = self.inventory.organization();
        let known = organization.filter(|organization| organization.policies.is_some());
        let targets = known.and_then(|organization| organization.targets(id));
        match targets {
            Some(targets) => targets.into_iter().for_each(|target| self.node(target, Some(id))),
            None => {
                self.note(format!("what {id} is attached to is not known"));
                self.organization();
            }
        }
    }

    /// Whether a policy of the organization is known to be of a type that no decision and no rule
    /// reads, as a backup policy.
    fn changes_nothing(&mut self, policy: &str) -> bool {
        let policies = self.inventory.organization().and_then(|o| o.policies.as_ref());
        let kind = policies.and_then(|policies| policies.get(policy)).map(|p| p.kind.as_str());
        let nothing = kind.is_some_and(|kind| !matches!(kind, SCP | RCP | TAG_POLICY));
        if let (true, Some(kind)) = (nothing, kind) {
            self.note(format!("{policy} is a {kind}: it alters no permission"));
        }
        nothing
    }

    fn organization(&mut self) {
        let inventory = self.inventory;
        let bound = inventory.principals().filter(|p| !inventory.is_management_account(&p.account));
        self.add(bound);
        self.accounts.extend(inventory.member_accounts());
        for account in inventory.organization().and_then(|o| o.accounts.as_ref()).into_iter().flatten() {
            if inventory.is_member(account.0) {
                self.check_details(account.0);
            }
        }
    }

    fn check_details(&mut self, account: &str) {
        match self.inventory.account(account) {
            None => self.note(format!("the details of account {account} are not in the inventory")),
            Some(details) if !details.is_complete() => {
                self.note(format!("the details of account {account} are not complete"));
            }
            Some(_) => {}
        }
    }
}
