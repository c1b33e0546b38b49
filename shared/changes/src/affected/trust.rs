//! Trust policies: which roles trust a provider or service, and whom a changed trust policy lets in.

use std::collections::BTreeSet;

use stanchion_inventory::{EntityKind, Inventory, Principal, PrincipalKind};
use stanchion_policy::Policy;
use stanchion_policy::document::PrincipalEntry;

use super::Finder;
use crate::change::{Change, Target};
use crate::effect::Effect;
use crate::named;

impl Finder<'_> {
    /// The roles whose trust policy names an identity provider, or may.
    pub(super) fn trusting(&mut self, provider: &str, account: &str) {
        let names = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::Anyone => true,
            PrincipalEntry::Federated(name) => name == provider || name == "*",
            _ => false,
        };
        self.roles_that_trust(account, names);
    }

    /// The roles whose trust policy names a service, or may.
    pub(super) fn trusting_service(&mut self, service: &str, account: &str) {
        let names = |entry: &PrincipalEntry| match entry {
            PrincipalEntry::Anyone => true,
            PrincipalEntry::Service(name) => name == service || name == "*",
            _ => false,
        };
        self.roles_that_trust(account, names);
    }

    fn roles_that_trust(&mut self, account: &str, names: impl Fn(&PrincipalEntry) -> bool) {
        self.check_details(account);
        let roles = self.inventory.account(account).into_iter().flat_map(|details| details.roles());
        let trusts = |role: &&Principal| {
            role.trust.as_ref().is_some_and(|trust| named::entries(trust).iter().any(&names))
        };
        self.add(roles.filter(trusts));
    }
}

/// Whom the trust policies of a role that is made, changed or deleted may let in: the new one, and
/// the one in the inventory.
pub(super) fn may_assume(change: &Change, inventory: &Inventory) -> BTreeSet<String> {
    let Target::Entity(role) = &change.target else { return BTreeSet::new() };
    let new: Option<&Policy> = match &change.effect {
        Effect::SetTrust { document, .. } => Some(document),
        Effect::CreatePrincipal(made) if made.kind == PrincipalKind::Role => made.trust.as_ref(),
        // What a role was made from a template, and whether one goes in the background, is not told.
        Effect::Delete(_) | Effect::Unknown(_) => None,
        _ => return BTreeSet::new(),
    };
    if role.kind != EntityKind::Role {
        return BTreeSet::new();
    }
    let old = inventory.principal_of(role).and_then(|role| role.trust.as_ref());
    let mut arns = BTreeSet::new();
    for entry in [new, old].into_iter().flatten().flat_map(named::entries) {
        arns.extend(named::principals(&entry, inventory).into_iter().map(|found| found.arn.clone()));
    }
    arns
}
