//! A document made ready for proving: actions as sets, everything else as written.

use std::collections::BTreeSet;

use super::actions::Actions;
use crate::document::{self, Comparison, Document, Effect, Version};
use crate::keys::{self, KeyFacts};
use crate::text::{Piece, Reading, pieces, resource_pieces};

/// A compiled document.
pub(crate) struct Compiled {
    pub(super) statements: Vec<Statement>,
    /// Actions named in full that the catalogue lacks, in lower case.
    pub(super) extra: BTreeSet<String>,
    /// Every key that a condition or a variable mentions, in lower case.
    pub(super) keys: BTreeSet<String>,
}

pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principal: Option<document::Principals>,
    pub(super) actions: Actions,
    pub(super) resource: Option<Resources>,
    pub(super) conditions: Vec<Condition>,
    /// Every key that a condition or a variable of it mentions, in lower case.
    pub(super) keys: BTreeSet<String>,
}

pub(super) struct Resources {
    pub(super) negated: bool,
    /// Each with its text.
    pub(super) patterns: Vec<(String, Vec<Piece>)>,
}

pub(super) struct Condition {
    pub(super) key: String,
    pub(super) facts: KeyFacts,
    pub(super) operator: document::Operator,
    pub(super) values: Vec<(String, Vec<Piece>)>,
}

impl Compiled {
    pub(crate) fn new(document: &Document) -> Self {
        let mut extra = BTreeSet::new();
        let statements: Vec<_> = document
            .statements
            .iter()
            .map(|statement| Statement::new(statement, document.version, &mut extra))
            .collect();
        let keys = statements.iter().flat_map(|statement| statement.keys.iter().cloned()).collect();
        Self { statements, extra, keys }
    }
}

impl Statement {
    fn new(statement: &document::Statement, version: Version, extra: &mut BTreeSet<String>) -> Self {
        let texts = |pattern: &String| (pattern.clone(), resource_pieces(pattern, version));
        let resource = statement.resource.as_ref().map(|element| Resources {
            negated: element.negated,
            patterns: element.patterns.iter().map(texts).collect(),
        });
        let conditions: Vec<_> = statement.conditions.iter().map(|c| Condition::new(c, version)).collect();
        let patterns =
            resource.iter().flat_map(|r| &r.patterns).chain(conditions.iter().flat_map(|c| &c.values));
        let variables = patterns.flat_map(|(_, pieces)| pieces).filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.clone()),
            _ => None,
        });
        let keys = variables.chain(conditions.iter().map(|c| c.key.clone())).collect();
        Self {
            effect: statement.effect,
            principal: statement.principal.clone(),
            actions: Actions::new(&statement.action, extra),
            resource,
            conditions,
            keys,
        }
    }

    /// Whether the statement matches every request for its actions, whatever the resource.
    pub(super) fn unconditional(&self) -> bool {
        self.principal.is_none()
            && self.conditions.is_empty()
            && self
                .resource
                .as_ref()
                .is_none_or(|r| !r.negated && r.patterns.iter().any(|(_, pieces)| *pieces == [Piece::Star]))
    }
}

impl Condition {
    fn new(condition: &document::Condition, version: Version) -> Self {
        let key = condition.key.to_ascii_lowercase();
        let facts = keys::facts(&key);
        let wildcards = matches!(
            condition.operator.comparison,
            Comparison::Text { like: true, .. } | Comparison::Arn { .. }
        );
        let reading = match condition.operator.comparison {
            Comparison::Text { .. } | Comparison::Arn { .. } | Comparison::Binary => {
                Reading::new(wildcards, version)
            }
            _ => Reading { wildcards: false, variables: false },
        };
        let values = condition.values.iter().map(|v| (v.clone(), pieces(v, reading))).collect();
        Self { key, facts, operator: condition.operator.clone(), values }
    }
}
