//! Users, roles, groups, and what is attached to them.

use std::sync::Arc;

use stanchion_policy::Policy;

use crate::account::{Entity, EntityKind, Group, Principal, PrincipalKind};
use crate::arn::IamArn;
use crate::inventory::Inventory;

impl Inventory {
    /// Attaches a managed policy. `false`: it already was, or there is no such entity.
    pub fn attach_policy(&mut self, to: &Entity, policy_arn: &str) -> bool {
        self.attached_mut(to).is_some_and(|attached| attached.insert(policy_arn.to_owned()))
    }

    /// Detaches a managed policy. `false`: it was not attached.
    pub fn detach_policy(&mut self, from: &Entity, policy_arn: &str) -> bool {
        self.attached_mut(from).is_some_and(|attached| attached.remove(policy_arn))
    }

    /// Writes an inline policy, over an older one of its name. `false`: there is no such entity.
    pub fn put_inline_policy(&mut self, entity: &Entity, name: &str, policy: Policy) -> bool {
        let inline = self.inline_mut(entity);
        inline.map(|inline| inline.insert(name.to_owned(), policy)).is_some()
    }

    /// Deletes an inline policy. `false`: there was none of this name.
    pub fn delete_inline_policy(&mut self, entity: &Entity, name: &str) -> bool {
        self.inline_mut(entity).is_some_and(|inline| inline.remove(name).is_some())
    }

    /// Sets (or with `None` removes) a permissions boundary. `false`: nothing changed, or there is
    /// no such user or role.
    pub fn set_boundary(&mut self, entity: &Entity, policy_arn: Option<&str>) -> bool {
        let Some(principal) = self.principal_mut(entity) else {
            return false;
        };
        let changed = principal.boundary.as_deref() != policy_arn;
        principal.boundary = policy_arn.map(str::to_owned);
        changed
    }

    /// Sets a role's trust policy. `false`: there is no such role.
    pub fn set_trust_policy(&mut self, account: &str, role: &str, policy: Policy) -> bool {
        let role = Entity::new(EntityKind::Role, account, role);
        self.principal_mut(&role).map(|role| role.trust = Some(policy)).is_some()
    }

    /// Writes tags, over those of the same keys. `false`: there is no such user or role.
    pub fn tag(&mut self, entity: &Entity, tags: &[(String, String)]) -> bool {
        let Some(principal) = self.principal_mut(entity) else {
            return false;
        };
        write_tags(&mut principal.tags, tags);
        true
    }

    /// Removes tags. `false`: there is no such user or role.
    pub fn untag(&mut self, entity: &Entity, keys: &[String]) -> bool {
        let Some(principal) = self.principal_mut(entity) else {
            return false;
        };
        remove_tags(&mut principal.tags, keys);
        true
    }

    /// Puts a user into a group. `false`: the user was in it, or there is no such user.
    pub fn add_to_group(&mut self, account: &str, user: &str, group: &str) -> bool {
        let user = Entity::new(EntityKind::User, account, user);
        self.principal_mut(&user).is_some_and(|user| user.groups.insert(group.to_owned()))
    }

    /// Takes a user out of a group. `false`: the user was not in it.
    pub fn remove_from_group(&mut self, account: &str, user: &str, group: &str) -> bool {
        let user = Entity::new(EntityKind::User, account, user);
        self.principal_mut(&user).is_some_and(|user| user.groups.remove(group))
    }

    /// Puts a role into an instance profile. `false`: it was in it, or there is no such role.
    pub fn add_to_instance_profile(&mut self, account: &str, role: &str, profile: &str) -> bool {
        let role = Entity::new(EntityKind::Role, account, role);
        self.principal_mut(&role).is_some_and(|role| role.instance_profiles.insert(profile.to_owned()))
    }

    /// Takes a role out of an instance profile. `false`: it was not in it.
    pub fn remove_from_instance_profile(&mut self, account: &str, role: &str, profile: &str) -> bool {
        let role = Entity::new(EntityKind::Role, account, role);
        self.principal_mut(&role).is_some_and(|role| role.instance_profiles.remove(profile))
    }

    /// Adds an access key to a user, or makes it active or inactive. `false`: nothing changed, or
    /// there is no such user.
    pub fn set_access_key(&mut self, account: &str, user: &str, key: &str, active: bool) -> bool {
        let user = Entity::new(EntityKind::User, account, user);
        self.principal_mut(&user)
            .is_some_and(|user| user.access_keys.insert(key.to_owned(), active) != Some(active))
    }

    /// Deletes a user's access key. `false`: it was not known.
    pub fn delete_access_key(&mut self, account: &str, user: &str, key: &str) -> bool {
        let user = Entity::new(EntityKind::User, account, user);
        self.principal_mut(&user).is_some_and(|user| user.access_keys.remove(key).is_some())
    }

    /// Adds a user or role, over an older one of its name. `false`: the account's details are not
    /// known, or it is a root user.
    pub fn create_principal(&mut self, principal: Principal) -> bool {
        let Some(account) = self.account_mut(&principal.account) else {
            return false;
        };
        let list = match principal.kind {
            PrincipalKind::User => &mut account.users,
            PrincipalKind::Role => &mut account.roles,
            PrincipalKind::Root => return false,
        };
        list.insert(principal.name.clone(), Arc::new(principal));
        true
    }

    /// Deletes a user, role or group. `false`: there was none.
    pub fn delete(&mut self, entity: &Entity) -> bool {
        let Some(account) = self.account_mut(&entity.account) else {
            return false;
        };
        match entity.kind {
            EntityKind::User => account.users.remove(&entity.name).is_some(),
            EntityKind::Role => account.roles.remove(&entity.name).is_some(),
            EntityKind::Group => account.groups.remove(&entity.name).is_some(),
        }
    }

    /// Adds a group, over an older one of its name. `false`: the account's details are not known.
    pub fn create_group(&mut self, account: &str, group: Group) -> bool {
        let Some(account) = self.account_mut(account) else {
            return false;
        };
        account.groups.insert(group.name.clone(), Arc::new(group));
        true
    }

    /// Gives a user or group another name, another path, or both. The members of a group stay its
    /// members, and a user keeps its id. `false`: there is none of the old name.
    pub fn rename(&mut self, entity: &Entity, name: Option<&str>, path: Option<&str>) -> bool {
        let Some(account) = self.account_mut(&entity.account) else {
            return false;
        };
        match entity.kind {
            EntityKind::Role => false,
            EntityKind::User => {
                let Some(mut user) = account.users.remove(&entity.name) else {
                    return false;
                };
                let changed = Arc::make_mut(&mut user);
                changed.arn = moved(&changed.arn, name, path);
                changed.name = name.unwrap_or(&entity.name).to_owned();
                changed.path = path.unwrap_or(&changed.path).to_owned();
                account.users.insert(changed.name.clone(), user);
                true
            }
            EntityKind::Group => {
                let Some(mut group) = account.groups.remove(&entity.name) else {
                    return false;
                };
                let changed = Arc::make_mut(&mut group);
                changed.arn = moved(&changed.arn, name, path);
                changed.name = name.unwrap_or(&entity.name).to_owned();
                for user in account.users.values_mut() {
                    if user.groups.contains(&entity.name) {
                        let groups = &mut Arc::make_mut(user).groups;
                        groups.remove(&entity.name);
                        groups.insert(changed.name.clone());
                    }
                }
                account.groups.insert(changed.name.clone(), group);
                true
            }
        }
    }
}

fn moved(arn: &str, name: Option<&str>, path: Option<&str>) -> String {
    let Some(old) = IamArn::parse(arn) else {
        return arn.to_owned();
    };
    let IamArn { partition, account, kind, .. } = old;
    let (path, name) = (path.unwrap_or(old.path), name.unwrap_or(old.name));
    format!("arn:{partition}:iam::{account}:{kind}{path}{name}")
}

pub(super) fn write_tags(tags: &mut Vec<(String, String)>, new: &[(String, String)]) {
    tags.retain(|(key, _)| !new.iter().any(|(other, _)| key.eq_ignore_ascii_case(other)));
    tags.extend_from_slice(new);
    tags.sort();
}

pub(super) fn remove_tags(tags: &mut Vec<(String, String)>, keys: &[String]) {
    tags.retain(|(key, _)| !keys.iter().any(|other| key.eq_ignore_ascii_case(other)));
}
