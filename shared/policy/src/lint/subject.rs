//! A policy as the checks read it: elements with their places.

use std::ops::Range;

use super::Kind;
use super::tree::Node;
use crate::document::{Document, Effect, Operator, Version};

/// A policy to check.
pub struct Subject<'a> {
    pub(super) kind: Kind,
    pub(super) version: Version,
    /// The version's value; where there is none, where one would go.
    pub(super) version_at: Result<Range<usize>, usize>,
    pub(super) statements: Vec<Statement<'a>>,
    /// The same, as it is decided on.
    pub(super) document: Document,
}

/// A statement.
pub(super) struct Statement<'a> {
    pub(super) node: &'a Node,
    pub(super) effect: Effect,
    pub(super) sid: Option<&'a Node>,
    pub(super) action: Option<Element<'a>>,
    pub(super) resource: Option<Element<'a>>,
    /// `Principal` or `NotPrincipal`: the key.
    pub(super) principal: Option<(&'a Node, bool)>,
    pub(super) conditions: Vec<Condition<'a>>,
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
pub(super) struct Element<'a> {
    pub(super) key: &'a Node,
    pub(super) value: &'a Node,
    pub(super) negated: bool,
    pub(super) patterns: Vec<Text<'a>>,
}

/// A text and where it is.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) span: &'a Range<usize>,
}

/// One operator applied to one key.
pub(super) struct Condition<'a> {
    pub(super) operator: Operator,
    pub(super) operator_at: &'a Range<usize>,
    /// In lower case.
    pub(super) key: String,
    pub(super) key_at: Text<'a>,
    pub(super) value: &'a Node,
    pub(super) values: Vec<Text<'a>>,
}

impl<'a> Subject<'a> {
    /// Reads a policy that the grammar takes.
    pub(super) fn new(policy: &'a Node, kind: Kind, document: Document) -> Self {
        let version = policy.get("Version");
        let statements = policy.get("Statement").map(Node::items).unwrap_or_default();
        Self {
            kind,
            version: match version.and_then(Node::scalar) {
                Some("2012-10-17") => Version::V2012,
                _ => Version::V2008,
            },
            version_at: version.map(|node| node.span.clone()).ok_or(policy.span.start + 1),
            statements: statements.iter().map(Statement::new).collect(),
            document,
        }
    }
}

impl<'a> Statement<'a> {
    fn new(node: &'a Node) -> Self {
        let member = |name: &str| {
            let found = node.members().iter().find(|(key, _)| key.scalar() == Some(name));
            found.map(|(key, value)| (key, value))
        };
        let element = |name: &str, not: &str| {
            let found = member(name).map(|m| (m, false)).or_else(|| member(not).map(|m| (m, true)));
            found.map(|((key, value), negated)| Element { key, value, negated, patterns: texts(value) })
        };
        let deny = node.get("Effect").and_then(Node::scalar) == Some("Deny");
        let principal = member("Principal").map(|(key, _)| (key, false));
        Self {
            node,
            effect: if deny { Effect::Deny } else { Effect::Allow },
            sid: node.get("Sid"),
            action: element("Action", "NotAction"),
            resource: element("Resource", "NotResource"),
            principal: principal.or_else(|| member("NotPrincipal").map(|(key, _)| (key, true))),
            conditions: node.get("Condition").map(conditions).unwrap_or_default(),
        }
    }

    /// Whether it is an Allow.
    pub(super) fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }
}

fn conditions(block: &Node) -> Vec<Condition<'_>> {
    let operators = block.members().iter().filter_map(|(name, keys)| Some((name.scalar()?, name, keys)));
    let each = operators.flat_map(|(text, name, keys)| {
        keys.members().iter().filter_map(move |(key, value)| {
            let key_at = Text { text: key.scalar()?, span: &key.span };
            Some(Condition {
                operator: Operator::parse(text),
                operator_at: &name.span,
                key: key_at.text.to_ascii_lowercase(),
                key_at,
                value,
                values: texts(value),
            })
        })
    });
    each.collect()
}

fn texts(value: &Node) -> Vec<Text<'_>> {
    let text = |node| Node::scalar(node).map(|text| Text { text, span: &node.span });
    value.items().iter().filter_map(text).collect()
}
