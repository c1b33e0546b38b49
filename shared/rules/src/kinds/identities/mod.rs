//! Identities: are passwords, access keys, roles and root users looked after?
//!
//! These are facts of an inventory, at one moment: credential reports, last accessed information, and when
//! roles were last used. What the inventory does not hold is not known, and never in order.

mod credentials;
mod found;
mod roles;

use stanchion_inventory::PrincipalKind;

use crate::evaluator::Asked;
use crate::judgement::{Facets, Judgement};
use crate::rulebook;
use found::{Found, Since};

/// A rule about identities.
pub(crate) struct Identities {
    rule: rulebook::Identities,
}

impl Identities {
    pub(super) fn new(rule: &rulebook::Identities) -> Self {
        Self { rule: rule.clone() }
    }

    /// A facet for each thing that is not in order. Roles of services, and those that IAM Identity Center
    /// makes again whenever it needs them, are not the account's to look after.
    pub(super) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let principal = asked.principal();
        if principal.service_linked || principal.path.starts_with("/aws-reserved/") {
            return vec![(None, Judgement::OutOfScope)];
        }
        let asks_for_time = self.thresholds().any(|days| days.is_some());
        let Some(now) = asked.evaluator().now().or((!asks_for_time).then_some(0)) else {
            return vec![(None, Judgement::unknown("what time it is"))];
        };
        let (mut found, since) = (Found::default(), Since { now });
        match principal.kind {
            PrincipalKind::User => credentials::of_user(&self.rule, asked, since, &mut found),
            PrincipalKind::Root => credentials::of_root(&self.rule, asked, since, &mut found),
            PrincipalKind::Role => roles::unused(&self.rule, principal, since, &mut found),
        }
        if principal.kind != PrincipalKind::Root {
            roles::unused_services(&self.rule, asked, since, &mut found);
        }
        found.finish()
    }

    fn thresholds(&self) -> impl Iterator<Item = Option<u32>> {
        let rule = &self.rule;
        [
            rule.password_unused,
            rule.key_age,
            rule.key_unused,
            rule.root_use,
            rule.role_unused,
            rule.service_unused,
        ]
        .into_iter()
    }
}
