//! Regions of requests that begin sessions of a role, by what they carry.

use std::collections::BTreeMap;

use stanchion_policy::document::{Condition, Effect, Operator, Patterns, Statement, Version};
use stanchion_policy::{Document, Policy};

/// A region of calls that begin sessions, all of whose conditions hold.
#[derive(Clone, Debug, Default)]
pub(in crate::kinds) struct Region(Vec<Condition>);

impl Region {
    /// Any request that begins a session.
    pub(in crate::kinds) fn any() -> Self {
        Self::default()
    }

    /// Those of them for which this operator holds of a key.
    #[must_use]
    pub(in crate::kinds) fn with(
        mut self,
        operator: &str,
        key: &str,
        values: impl IntoIterator<Item = String>,
    ) -> Self {
        let condition = Condition {
            operator: Operator::parse(operator),
            key: key.to_owned(),
            values: values.into_iter().collect(),
        };
        self.0.push(condition);
        self
    }

    /// Those of them that do not have a key.
    #[must_use]
    pub(in crate::kinds) fn without(self, key: &str) -> Self {
        self.with("Null", key, ["true".to_owned()])
    }

    /// Those of them that have a key with another value than these, which are plain text.
    #[must_use]
    pub(in crate::kinds) fn other_than(self, key: &str, values: &[String]) -> Self {
        let there = self.with("Null", key, ["false".to_owned()]);
        if values.is_empty() { there } else { there.with("StringNotEquals", key, values.to_vec()) }
    }

    /// As policies ask for it.
    pub(in crate::kinds) fn policy(self) -> Policy {
        let everything = || Patterns { negated: false, patterns: vec!["*".to_owned()] };
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: Patterns { negated: false, patterns: vec!["sts:AssumeRole*".to_owned()] },
            resource: Some(everything()),
            conditions: merged(self.0),
        };
        // In the older version `$` stands for itself, as it does in what requests carry.
        Policy::of(Document { version: Version::V2008, version_given: true, statements: vec![statement] })
    }
}

/// A condition block has an operator once for each key.
fn merged(conditions: Vec<Condition>) -> Vec<Condition> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut kept: Vec<Condition> = Vec::new();
    for condition in conditions {
        let name = (condition.operator.text.clone(), condition.key.to_ascii_lowercase());
        match seen.get(&name) {
            // Both must hold: of negated operators, that none of all values is it.
            Some(&at) if condition.operator.comparison.negated() => kept[at].values.extend(condition.values),
            Some(&at) if kept[at].values == condition.values => {}
            _ => {
                seen.insert(name, kept.len());
                kept.push(condition);
            }
        }
    }
    kept
}
