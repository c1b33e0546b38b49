//! Changes of an inventory, as events tell them, and back again. Each method says whether it
//! changed anything; each copies only the account or the organization that it touches.

mod access_control;
mod credentials;
mod identity_center;
mod organization;
mod policies;
mod principals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stanchion_policy::Policy;

pub use identity_center::MembershipKey;

use crate::account::{Account, Entity, EntityKind, Principal};
use crate::inventory::Inventory;
use crate::organization::Organization;

impl Inventory {
    fn account_mut(&mut self, id: &str) -> Option<&mut Account> {
        if !self.accounts.contains_key(id) {
            return None;
        }
        Arc::make_mut(&mut self.accounts).get_mut(id).map(Arc::make_mut)
    }

    fn principal_mut(&mut self, entity: &Entity) -> Option<&mut Principal> {
        let account = self.account_mut(&entity.account)?;
        let list = match entity.kind {
            EntityKind::User => &mut account.users,
            EntityKind::Role => &mut account.roles,
            EntityKind::Group => return None,
        };
        list.get_mut(&entity.name).map(Arc::make_mut)
    }

    fn attached_mut(&mut self, entity: &Entity) -> Option<&mut BTreeSet<String>> {
        if entity.kind == EntityKind::Group {
            let account = self.account_mut(&entity.account)?;
            let group = account.groups.get_mut(&entity.name)?;
            return Some(&mut Arc::make_mut(group).attached);
        }
        self.principal_mut(entity).map(|principal| &mut principal.attached)
    }

    fn inline_mut(&mut self, entity: &Entity) -> Option<&mut BTreeMap<String, Policy>> {
        if entity.kind == EntityKind::Group {
            let account = self.account_mut(&entity.account)?;
            let group = account.groups.get_mut(&entity.name)?;
            return Some(&mut Arc::make_mut(group).inline);
        }
        self.principal_mut(entity).map(|principal| &mut principal.inline)
    }

    fn organization_mut(&mut self) -> Option<&mut Organization> {
        self.organization.as_mut().map(Arc::make_mut)
    }
}
