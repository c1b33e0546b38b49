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
        let mut keys = BTreeSet::new();
        for statement in &statements {
            let resources = statement.resource.iter().flat_map(|r| &r.patterns);
            let values = statement.conditions.iter().flat_map(|c| &c.values);
            for (_, pieces) in resources.chain(values) {
                keys.extend(pieces.iter().filter_map(|piece| match piece {
                    Piece::Variable { key, .. } => Some(key.clone()),
                    _ => None,
                }));
            }
            keys.extend(statement.conditions.iter().map(|c| c.key.clone()));
        }
        Self { statements, extra, keys }
    }
}

impl Statement {
    fn new(statement: &document::Statement, version: Version, extra: &mut BTreeSet<String>) -> Self {
        let texts = |pattern: &String| (pattern.clone(), resource_pieces(pattern, version));
        Self {
            effect: statement.effect,
            principal: statement.principal.clone(),
            actions: Actions::new(&statement.action, extra),
            resource: statement.resource.as_ref().map(|element| Resources {
                negated: element.negated,
                patterns: element.patterns.iter().map(texts).collect(),
            }),
            conditions: statement.conditions.iter().map(|c| Condition::new(c, version)).collect(),
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
