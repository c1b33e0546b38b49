//! Change -> the rows that it may concern, as far as the change and the organization tell.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_changes::{Change, Effect, Kind as ChangeKind, Target, trusted};
use stanchion_inventory::{
    AssignedPrincipal, Entity, EntityKind, IamArn, IdentityCenter, Inventory, RCP, SCP, TAG_POLICY,
};
use stanchion_policy::document::PrincipalEntry;

use crate::work::{Key, Kind};

/// The rows that a change may concern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Those that are known.
    pub(super) keys: BTreeSet<Key>,
    /// The members of these groups, by account and name, in addition.
    pub(super) groups: BTreeSet<(String, String)>,
    /// Whoever holds these policies, by account and ARN, in addition.
    pub(super) policies: BTreeSet<(String, String)>,
    /// What to know: that some may be missing, or why there are so many.
    pub(super) notes: Vec<String>,
}

/// What a change reaches. `accounts` are those of the organization, if they are known; `asks_for_roles` says
/// whether some rule is about who may assume which role.
pub(super) fn reach(
    change: &Change,
    organization: &Inventory,
    accounts: Option<&[String]>,
    asks_for_roles: bool,
) -> Reach {
    let mut finder = Finder { organization, accounts, found: Reach::default() };
    match &change.target {
        _ if change.kind == ChangeKind::None => {}
        Target::Entity(entity) => finder.entity(entity, &change.effect),
        Target::RootUser { account } => finder.root(account),
        Target::ManagedPolicy { arn } => finder.managed_policy(arn, &change.account),
        Target::Account { account } | Target::Unknown { account } | Target::RolesCalled { account, .. } => {
            finder.account(account);
        }
        // Which roles trust it, only their trust policies tell.
        Target::Provider { .. } => finder.account(&change.account),
        Target::Trusting { account, roles, .. } => {
            finder.account(account);
            finder.roles(roles);
        }
        Target::Node { id, policy } => {
            finder.node(id, policy.as_deref());
            // Tag policies speak of the management account too.
            if matches!(&change.effect, Effect::SetPolicyType { kind, .. } if kind == TAG_POLICY)
                && let Some(management) = organization.management_account()
            {
                finder.account(management);
            }
        }
        Target::OrganizationPolicy { id } => finder.organization_policy(id),
        Target::Organization => finder.members(),
        Target::MemberRootUsers => {
            let accounts = finder.every_account();
            accounts.iter().filter(|id| organization.is_member(id)).for_each(|id| finder.root(id));
        }
        Target::Pending => finder.note("the account is being created; a later event names it"),
        Target::PermissionSet { account: Some(account), .. } => finder.account(account),
        Target::PermissionSet { arn, account: None } => finder.permission_set(arn),
        Target::IdentityCenter => finder.all(),
        Target::Identity(principal) => finder.assigned(|assigned| assigned == principal),
        Target::Membership { id } => finder.membership(id),
        Target::Roles { arns } => finder.roles(arns),
        Target::Resource { account, names, .. } => {
            finder.account(account);
            names.iter().for_each(|entry| finder.named(entry));
        }
    }
    if asks_for_roles && let Some(entries) = trusted(change) {
        // Whom the policy let in before is not told; most are of the same account.
        finder.account(&change.account);
        entries.iter().for_each(|entry| finder.named(entry));
    }
    finder.found
}

struct Finder<'a> {
    organization: &'a Inventory,
    accounts: Option<&'a [String]>,
    found: Reach,
}

impl Finder<'_> {
    fn note(&mut self, note: impl Into<String>) {
        self.found.notes.push(note.into());
    }

    fn account(&mut self, account: &str) {
        self.found.keys.insert(Key::Account { account: account.to_owned() });
    }

    fn root(&mut self, account: &str) {
        self.principal(account, Kind::Root, stanchion_inventory::ROOT_NAME);
    }

    fn principal(&mut self, account: &str, kind: Kind, name: &str) {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.found.keys.insert(Key::Principal { account, kind, name });
    }

    fn entity(&mut self, entity: &Entity, effect: &Effect) {
        // After a renaming there is nobody of the old name, and somebody of the new one.
        let new_name = match effect {
            Effect::Rename { name, .. } => name.as_deref(),
            _ => None,
        };
        for name in [Some(entity.name.as_str()), new_name].into_iter().flatten() {
            match entity.kind {
                EntityKind::User => self.principal(&entity.account, Kind::User, name),
                EntityKind::Role => self.principal(&entity.account, Kind::Role, name),
                EntityKind::Group => {
                    self.found.groups.insert((entity.account.clone(), name.to_owned()));
                }
            }
        }
    }

    fn managed_policy(&mut self, arn: &str, account: &str) {
        let owner = IamArn::parse(arn).map(|arn| arn.account).filter(|owner| *owner != "aws");
        let account = owner.unwrap_or(account).to_owned();
        self.found.policies.insert((account, arn.to_owned()));
    }

    fn roles(&mut self, arns: &[String]) {
        for arn in arns {
            match IamArn::parse(arn).filter(|parts| parts.kind == "role") {
                Some(parts) => self.principal(parts.account, Kind::Role, parts.name),
                None => self.note(format!("`{arn}` is not a role's ARN")),
            }
        }
    }

    fn every_account(&mut self) -> Vec<String> {
        if self.accounts.is_none() {
            self.note("the organization's accounts are not known: the next sweep looks at what is missing");
        }
        self.accounts.unwrap_or_default().to_vec()
    }

    fn all(&mut self) {
        self.every_account().iter().for_each(|account| self.account(account));
    }

    /// Every account that SCPs and RCPs bind.
    fn members(&mut self) {
        let accounts = self.every_account();
        let members = accounts.iter().filter(|account| self.organization.is_member(account));
        members.cloned().collect::<Vec<_>>().iter().for_each(|account| self.account(account));
    }

    fn node(&mut self, id: &str, policy: Option<&str>) {
        let kind = policy.and_then(|policy| self.kind_of(policy));
        if self.is_of_no_interest(kind.as_deref()) {
            return;
        }
        let under = self.organization.accounts_under(id);
        if under.is_empty() {
            self.note(format!("no account is known under {id}"));
        }
        let of_all = kind.as_deref() == Some(TAG_POLICY);
        for account in under {
            if of_all || self.organization.is_member(&account) {
                self.account(&account);
            }
        }
    }

    fn kind_of(&self, policy: &str) -> Option<String> {
        let policies = self.organization.organization()?.policies.as_ref()?;
        Some(policies.get(policy)?.kind.clone())
    }

    /// Whether a policy is known to be of a type that no decision and no rule reads.
    fn is_of_no_interest(&mut self, kind: Option<&str>) -> bool {
        let nothing = kind.is_some_and(|kind| !matches!(kind, SCP | RCP | TAG_POLICY));
        if nothing {
            self.note("a policy of this type alters no permission");
        }
        nothing
    }

    fn organization_policy(&mut self, id: &str) {
        let kind = self.kind_of(id);
        if self.is_of_no_interest(kind.as_deref()) {
            return;
        }
        let known = self.organization.organization().filter(|organization| organization.policies.is_some());
        match known.and_then(|organization| organization.targets(id)) {
            Some(targets) => {
                let targets: Vec<String> = targets.into_iter().map(|target| target.to_owned()).collect();
                targets.iter().for_each(|target| self.node(target, Some(id)));
            }
            None => {
                self.note(format!("what {id} is attached to is not known"));
                self.members();
            }
        }
    }

    fn identity_center(&self) -> Option<&IdentityCenter> {
        self.organization.identity_center()
    }

    fn permission_set(&mut self, arn: &str) {
        let sets = self.identity_center().and_then(|center| center.permission_sets.as_ref());
        let accounts = sets.and_then(|sets| sets.get(arn)).and_then(|set| set.accounts.clone());
        match accounts {
            Some(accounts) => accounts.iter().for_each(|account| self.account(account)),
            None => {
                self.note(format!("the accounts of permission set {arn} are not known: it may be any"));
                self.all();
            }
        }
    }

    fn assigned(&mut self, is_meant: impl Fn(&AssignedPrincipal) -> bool) {
        let assignments = self.identity_center().and_then(|center| center.assignments.as_ref());
        let accounts = assignments.map(|assignments| {
            let meant = assignments.iter().filter(|assignment| is_meant(&assignment.principal));
            meant.map(|assignment| assignment.account.clone()).collect::<BTreeSet<_>>()
        });
        match accounts {
            Some(accounts) => accounts.iter().for_each(|account| self.account(account)),
            None => {
                self.note("who is assigned to what is not known: it may be any account");
                self.all();
            }
        }
    }

    fn membership(&mut self, id: &str) {
        let memberships = self.identity_center().and_then(|center| center.memberships.as_ref());
        match memberships.and_then(|memberships| memberships.get(id)).map(|m| m.group.clone()) {
            Some(group) => self.assigned(|assigned| *assigned == AssignedPrincipal::Group(group.clone())),
            None => {
                self.note(format!("membership {id} is not known: it may be of any group"));
                self.all();
            }
        }
    }

    /// Whom a policy names (IAM User Guide, "AWS JSON policy elements: Principal").
    fn named(&mut self, entry: &PrincipalEntry) {
        let PrincipalEntry::Aws(name) = entry else {
            if *entry == PrincipalEntry::Anyone {
                self.all();
            }
            return;
        };
        if name == "*" {
            return self.all();
        }
        if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.account_if_ours(name);
        }
        let arn = IamArn::parse(name);
        match arn.map(|arn| (arn.kind, arn.account, arn.name)) {
            Some(("user", account, name)) => self.principal(account, Kind::User, name),
            Some(("role", account, name)) => self.principal(account, Kind::Role, name),
            Some((_, account, _)) => self.account_if_ours(account),
            None => {
                // A session of a role, or the id of somebody who is gone.
                let session = name.split_once(":sts::").and_then(|(_, rest)| {
                    let (account, rest) = rest.split_once(":assumed-role/")?;
                    Some((account, rest.split('/').next()?))
                });
                if let Some((account, role)) = session {
                    self.principal(account, Kind::Role, role);
                }
            }
        }
    }

    fn account_if_ours(&mut self, account: &str) {
        if self.accounts.is_none_or(|accounts| accounts.iter().any(|known| known == account)) {
            self.account(account);
        }
    }
}

/// How many principals of one account are looked at by themselves; of more, the account is read at once.
pub(super) const FEW: usize = 10;

/// Puts an account's row in the place of many of its principals'.
pub(super) fn condense(keys: BTreeSet<Key>) -> BTreeSet<Key> {
    let mut principals: BTreeMap<String, usize> = BTreeMap::new();
    for key in &keys {
        if let Key::Principal { account, .. } = key {
            *principals.entry(account.clone()).or_default() += 1;
        }
    }
    let is_whole = |account: &str| {
        keys.contains(&Key::Account { account: account.to_owned() })
            || principals.get(account).is_some_and(|count| *count > FEW)
    };
    let fold = |key: &Key| {
        let account = key.account();
        if is_whole(account) { Key::Account { account: account.to_owned() } } else { key.clone() }
    };
    keys.iter().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use stanchion_changes::{Interpreter, Verdict, read_events};

    use super::*;

    fn role(name: &str) -> Key {
        Key::Principal { account: "111122223333".to_owned(), kind: Kind::Role, name: name.to_owned() }
    }

    /// A change that reaches nobody, and says nothing of it, is one that was forgotten here.
    #[test]
    fn every_change_leads_to_rows_or_says_why_not() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let accounts = ["111122223333".to_owned(), "999988887777".to_owned()];
        let organization = r#"{"Organization": {"Id": "o-exampleorg", "MasterAccountId": "999988887777"},
            "Accounts": [{"Id": "111122223333", "ParentId": "r-ab12"}, {"Id": "999988887777", "ParentId": "r-ab12"}]}"#;
        let organization = Inventory::from_parts(Some(organization), &[]).expect("readable");
        let mut changes = 0;
        for file in fs::read_dir(directory).expect("samples") {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("text");
            for event in read_events(&text, "sample").expect("events") {
                let Verdict::Change(change) = Interpreter::watching(|_| true).look(&event) else { continue };
                changes += 1;
                let found = reach(&change, &organization, Some(&accounts), true);
                let rows = found.keys.len() + found.groups.len() + found.policies.len();
                assert!(rows > 0 || !found.notes.is_empty(), "{}", path.display());
            }
        }
        assert!(changes > 100, "{changes} samples of changes");
    }

    #[test]
    fn of_more_than_ten_principals_their_account_is_looked_at() {
        let few: BTreeSet<Key> = (0..FEW).map(|number| role(&number.to_string())).collect();
        assert_eq!(condense(few.clone()), few);
        let account = Key::Account { account: "111122223333".to_owned() };
        let many = few.iter().cloned().chain([role("one more")]).collect();
        assert_eq!(condense(many), [account.clone()].into());
        let with_account = few.into_iter().chain([account.clone()]).collect();
        assert_eq!(condense(with_account), [account].into(), "who is in it is looked at with it");
    }
}
