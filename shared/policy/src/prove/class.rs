//! The statements that concern some actions, layer by layer.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::actions::ActionSet;
use super::compile::{Condition, Resources};
use super::domain;
use super::placed::{Layer, Placed};
use super::question::Search;
use super::stack::Stack;
use crate::document::Comparison;

/// Actions that are decided alike by every statement, and the statements that speak of them.
pub(super) struct Class<'s> {
    pub(super) forbidden: Vec<&'s Placed<'s>>,
    /// The SCPs, level by level, and the endpoint's policies.
    pub(super) ceilings: Vec<Allows<'s>>,
    pub(super) identity: Option<Allows<'s>>,
    pub(super) boundary: Option<Allows<'s>>,
    pub(super) session: Option<Allows<'s>>,
    pub(super) denies: Vec<&'s Placed<'s>>,
    pub(super) rcp_denies: Vec<&'s Placed<'s>>,
    service_keys: OnceCell<Vec<&'s str>>,
}

/// One layer's statements, and whether it may allow besides.
pub(super) struct Allows<'s> {
    pub(super) statements: Vec<&'s Placed<'s>>,
    pub(super) unknown: bool,
}

impl<'s> Class<'s> {
    fn layers(&self) -> impl Iterator<Item = &Allows<'s>> {
        self.ceilings.iter().chain(&self.identity).chain(&self.boundary).chain(&self.session)
    }

    /// The statements that speak of these actions.
    pub(super) fn statements(&self) -> impl Iterator<Item = &&'s Placed<'s>> {
        let layers = self.layers().flat_map(|layer| &layer.statements);
        layers.chain(&self.forbidden).chain(&self.denies).chain(&self.rcp_denies)
    }

    /// What it costs to read these statements.
    pub(super) fn size(&self) -> u64 {
        self.statements().map(|placed| placed.weight()).sum()
    }

    /// Every key that some statement about these actions, or some other, mentions: in lower case, sorted.
    pub(super) fn keys<'k>(&self, others: impl Iterator<Item = &'k Placed<'k>>) -> Vec<&'k str>
    where
        's: 'k,
    {
        let statements = self.statements().map(|placed| placed.statement);
        let statements = statements.chain(others.map(|placed| placed.statement));
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let keys = statements.flat_map(|statement| statement.keys.iter()).map(|key| &**key);
        let mut keys: Vec<&str> = keys.filter(|key| seen.insert(key)).collect();
        keys.sort_unstable();
        keys
    }

    /// Those keys of services that some statement about these actions mentions.
    pub(super) fn service_keys(&self, stack: &Stack<'_>) -> &[&'s str] {
        let of_service = |key: &&str| stack.key(key).is_of_service();
        self.service_keys.get_or_init(|| {
            // No others are of services.
            let listed = self.statements().flat_map(|placed| placed.statement.rests.on_listed.iter());
            let keys: BTreeSet<&str> = listed.map(|key| &**key).collect();
            keys.into_iter().filter(of_service).collect()
        })
    }

    /// Whether some statement about these actions rests on the region of the request.
    pub(super) fn rests_on_region(&self) -> bool {
        self.statements().any(|placed| placed.statement.rests.on_region)
    }

    /// Whether some `forbid` statement may speak of requests in this region, as far as its own
    /// conditions tell.
    pub(super) fn may_be_forbidden_in(&self, region: &str) -> bool {
        let in_region = |condition: &Condition| {
            let about_it = *condition.key == *"aws:requestedregion" && !condition.variables;
            let told = !matches!(condition.operator.comparison, Comparison::Null | Comparison::Unknown);
            !about_it || !told || condition.fixed().upper.contains(region)
        };
        self.forbidden.iter().any(|placed| placed.statement.conditions.iter().all(in_region))
    }

    /// A region in which something may be forbidden: the usual one, if it may be there.
    pub(super) fn likely_region(&self, partition: &str) -> Option<&'static str> {
        domain::regions(partition).find(|region| self.may_be_forbidden_in(region))
    }

    /// Whether some pattern of a resource may match in one region and not in another.
    pub(super) fn tells_regions_apart(&self) -> bool {
        let mut resources = self.statements().filter_map(|placed| placed.statement.resource.as_ref());
        resources.any(Resources::tells_regions_apart)
    }

    /// Whether some layer has no statement at all.
    pub(super) fn hopeless(&self) -> bool {
        self.forbidden.is_empty() || self.layers().any(|layer| layer.statements.is_empty() && !layer.unknown)
    }
}

impl<'s> Search<'s> {
    /// The statements that contain some actions.
    pub(super) fn restrict(&self, contains: impl Fn(&Placed<'_>) -> bool) -> Class<'s> {
        fn filter<'s>(all: &'s [Placed<'s>], contains: impl Fn(&Placed<'_>) -> bool) -> Vec<&'s Placed<'s>> {
            all.iter().filter(|placed| contains(placed)).collect()
        }
        let layer = |layer: &'s Layer<'s>| Allows {
            statements: filter(&layer.allows, &contains),
            unknown: layer.unknown,
        };
        let stack = self.stack;
        Class {
            forbidden: filter(self.forbidden, &contains),
            ceilings: stack.scps.iter().chain(&stack.endpoint).map(layer).collect(),
            session: stack.session.as_ref().map(layer),
            identity: stack.identity.as_ref().map(layer),
            boundary: stack.boundary.as_ref().map(layer),
            denies: [&stack.denies.always, &stack.denies.perhaps].map(|all| filter(all, &contains)).concat(),
            rcp_denies: filter(&stack.denies.rcps, &contains),
            service_keys: OnceCell::new(),
        }
    }

    /// Every statement of the question.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'s Placed<'s>> {
        let stack = self.stack;
        let allows = stack.allowing().flat_map(|layer| &layer.allows);
        let denies = stack.denies.always.iter().chain(&stack.denies.perhaps).chain(&stack.denies.rcps);
        allows.chain(self.forbidden).chain(denies)
    }

    /// Whether some statement of the question rests on the region of the request.
    pub(super) fn rests_on_region(&self) -> bool {
        self.statements().any(|placed| placed.statement.rests.on_region)
    }

    /// The actions of a set that meet the same statements as its first.
    pub(super) fn alike(&self, set: &ActionSet) -> ActionSet {
        let Some(first) = set.first() else { return ActionSet::default() };
        let mut alike = set.clone();
        for placed in self.statements() {
            if placed.contains(first) {
                if !placed.covers(&alike) {
                    alike = alike.intersect(placed.actions());
                }
            } else if placed.meets(&alike) {
                alike = alike.without(placed.actions());
            }
        }
        alike
    }
}
