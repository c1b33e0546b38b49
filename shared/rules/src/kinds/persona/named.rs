//! Which actions a statement names.

use std::collections::BTreeSet;

use stanchion_policy::NamedPolicy;
use stanchion_policy::catalogue::{self, ActionId};
use stanchion_policy::document::{Effect, Patterns, Statement};

use super::region::statements;
use crate::glob;

/// The `Action` or `NotAction` of a statement, in lower case.
pub(in crate::kinds) struct Actions {
    negated: bool,
    patterns: Vec<String>,
}

impl Actions {
    /// Those of a statement.
    pub(in crate::kinds) fn of(statement: &Statement) -> Self {
        let patterns = statement.action.patterns.iter().map(|pattern| pattern.to_ascii_lowercase());
        Self { negated: statement.action.negated, patterns: patterns.collect() }
    }

    /// Whether they take in an action, in lower case.
    pub(in crate::kinds) fn has(&self, action: &str) -> bool {
        self.patterns.iter().any(|pattern| glob::matches_ascii(pattern, action)) != self.negated
    }

    /// Whether they are all actions.
    pub(super) fn is_all(&self) -> bool {
        !self.negated && self.patterns.iter().any(|pattern| pattern == "*")
    }
}

/// The actions that a statement takes in on every resource and without conditions; `None`: it has any.
pub(super) fn plain(statement: &Statement) -> Option<Actions> {
    let all =
        |resource: &Patterns| !resource.negated && resource.patterns.iter().any(|pattern| pattern == "*");
    (statement.conditions.is_empty() && statement.resource.as_ref().is_some_and(all))
        .then(|| Actions::of(statement))
}

/// The actions of the catalogue that the `Allow` statements of policies name, in its order.
pub(super) fn allowed<'p>(policies: impl IntoIterator<Item = &'p NamedPolicy>) -> Vec<ActionId> {
    let mut found = BTreeSet::new();
    for statement in statements(policies, Effect::Allow) {
        let named = Actions::of(statement);
        // Most patterns name their service, so that no other one need be looked through.
        let services =
            named.patterns.iter().map(|pattern| pattern.split_once(':').map(|(service, _)| service));
        let literal: Option<BTreeSet<&str>> =
            services.map(|service| service.filter(|service| !service.contains(['*', '?']))).collect();
        let candidates: Vec<ActionId> = match literal.filter(|_| !named.negated) {
            Some(services) => services
                .into_iter()
                .flat_map(catalogue::service_actions)
                .filter_map(ActionId::from_index)
                .collect(),
            None => catalogue::actions().collect(),
        };
        let is_named = |action: &ActionId| named.has(action.full_name_lower());
        found.extend(candidates.into_iter().filter(is_named).map(ActionId::index));
    }
    found.into_iter().filter_map(ActionId::from_index).collect()
}
