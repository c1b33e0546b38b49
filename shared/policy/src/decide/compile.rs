//! A document made ready for deciding: patterns parsed, types checked, statements found by service.

use std::net::IpAddr;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::glob::Glob;
use crate::document::{self, Comparison, Document, Effect, Operator, Principals, Version};
use crate::keys;
use crate::text::{self, Piece, Reading, resource_pieces};
use crate::value::{self, Number};

/// A compiled document.
pub(crate) struct Compiled {
    pub(super) statements: Vec<Statement>,
    /// Statements that can match actions of any service.
    everywhere: Vec<u32>,
    /// The others, by service, each with its patterns for that service's action names.
    by_service: FxHashMap<Box<str>, Vec<(u32, Vec<Glob>)>>,
}

pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principal: Option<Principals>,
    pub(super) resource: Option<Resources>,
    pub(super) conditions: Vec<Condition>,
    not_action: bool,
    /// Only for statements that can match actions of any service.
    actions: Actions,
}

pub(super) struct Resources {
    pub(super) negated: bool,
    pub(super) patterns: Vec<ResourcePattern>,
}

pub(super) struct ResourcePattern {
    pub(super) text: Box<str>,
    pub(super) form: ResourceForm,
}

pub(super) enum ResourceForm {
    /// `*`.
    Any,
    /// Without variables.
    Fixed(Glob),
    /// With variables.
    Variable(Vec<Piece>),
}

pub(super) struct Condition {
    pub(super) key: Box<str>,
    pub(super) operator: Operator,
    pub(super) values: Values,
    /// What to think of an operator of another type than the key's.
    pub(super) mismatch: Mismatch,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    No,
    /// "Always fails" (Service Authorization Reference).
    Fails,
    /// The type is a service's claim that practice at times contradicts.
    Contested,
}

/// The values of a condition. `None` among them: the text is not of the operator's type.
pub(super) enum Values {
    Text(Vec<TextValue>),
    Numbers(Vec<Option<Number>>),
    Dates(Vec<Option<i128>>),
    Networks(Vec<Option<IpNet>>),
    Bools(Vec<Option<bool>>),
}

pub(super) enum TextValue {
    Fixed(Glob),
    Variable(Vec<Piece>),
}

impl Compiled {
    pub(crate) fn new(document: &Document) -> Self {
        let mut statements: Vec<_> =
            document.statements.iter().map(|s| Statement::new(s, document.version)).collect();
        let mut everywhere = Vec::new();
        let mut by_service: FxHashMap<Box<str>, Vec<(u32, Vec<Glob>)>> = FxHashMap::default();
        for (index, statement) in statements.iter_mut().enumerate() {
            let index = index as u32;
            if statement.not_action || statement.actions.any || !statement.actions.wild.is_empty() {
                everywhere.push(index);
            } else {
                #[expect(clippy::iter_over_hash_type, reason = "each service has a list of its own")]
                for (service, names) in std::mem::take(&mut statement.actions.by_service) {
                    by_service.entry(service).or_default().push((index, names));
                }
            }
        }
        Self { statements, everywhere, by_service }
    }

    /// The statements whose action element matches, in the document's order for each of the two
    /// indexes.
    pub(super) fn candidates<'a>(
        &'a self,
        service: &'a str,
        action: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Statement)> {
        let name = action.get(service.len() + 1..).unwrap_or_default();
        let own = self.by_service.get(service).map_or(&[][..], Vec::as_slice);
        let own = own.iter().filter(move |(_, names)| names.iter().any(|glob| glob.matches(name)));
        let everywhere = self.everywhere.iter().copied();
        everywhere
            .filter(move |index| self.statements[*index as usize].matches_action(service, action))
            .chain(own.map(|(index, _)| *index))
            .map(|index| (index as usize, &self.statements[index as usize]))
    }
}

impl Statement {
    fn new(statement: &document::Statement, version: Version) -> Self {
        Self {
            effect: statement.effect,
            principal: statement.principal.clone(),
            not_action: statement.action.negated,
            actions: Actions::new(&statement.action.patterns),
            resource: statement.resource.as_ref().map(|element| Resources {
                negated: element.negated,
                patterns: element.patterns.iter().map(|p| ResourcePattern::new(p, version)).collect(),
            }),
            conditions: statement.conditions.iter().map(|c| Condition::new(c, version)).collect(),
        }
    }

    fn matches_action(&self, service: &str, action: &str) -> bool {
        self.actions.matches(service, action) != self.not_action
    }
}

/// The patterns of an action element, in lower case, by service.
struct Actions {
    any: bool,
    by_service: FxHashMap<Box<str>, Vec<Glob>>,
    wild: Vec<Glob>,
}

impl Actions {
    fn new(patterns: &[String]) -> Self {
        let mut actions = Self { any: false, by_service: FxHashMap::default(), wild: Vec::new() };
        for pattern in patterns {
            // A comma or white space makes it match nothing: several actions in one string.
            if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
                continue;
            }
            let pattern = pattern.to_ascii_lowercase();
            let reading = Reading { wildcards: true, variables: false };
            let glob = |text: &str| Glob::new(&text::pieces(text, reading), |_, _| None);
            match pattern.split_once(':') {
                Some((service, name)) if !service.contains(['*', '?']) => {
                    actions.by_service.entry(service.into()).or_default().extend(glob(name));
                }
                Some(_) => actions.wild.extend(glob(&pattern)),
                None if pattern.bytes().all(|b| b == b'*') => actions.any = true,
                // Without a service it names no action.
                None => {}
            }
        }
        actions
    }

    fn matches(&self, service: &str, action: &str) -> bool {
        self.any
            || self.by_service.get(service).is_some_and(|globs| {
                let name = action.get(service.len() + 1..).unwrap_or_default();
                globs.iter().any(|glob| glob.matches(name))
            })
            || self.wild.iter().any(|glob| glob.matches(action))
    }
}

impl ResourcePattern {
    fn new(pattern: &str, version: Version) -> Self {
        let pieces = resource_pieces(pattern, version);
        let form = match Glob::new(&pieces, |_, _| None) {
            Some(glob) if glob.is_any() => ResourceForm::Any,
            Some(glob) => ResourceForm::Fixed(glob),
            None => ResourceForm::Variable(pieces),
        };
        Self { text: pattern.into(), form }
    }
}

impl Condition {
    fn new(condition: &document::Condition, version: Version) -> Self {
        let key = condition.key.to_ascii_lowercase();
        let facts = keys::facts(&key);
        let comparison = condition.operator.comparison;
        let mismatch = match facts.kind {
            Some(kind) if !keys::accepts(comparison, kind, &key) => {
                if facts.certain {
                    Mismatch::Fails
                } else {
                    Mismatch::Contested
                }
            }
            _ => Mismatch::No,
        };
        let values = Values::new(comparison, &condition.values, version);
        Self { key: key.into(), operator: condition.operator.clone(), values, mismatch }
    }
}

impl Values {
    fn new(comparison: Comparison, values: &[String], version: Version) -> Self {
        let texts = |wildcards| {
            let reading = Reading::new(wildcards, version);
            Self::Text(
                values
                    .iter()
                    .map(|value| {
                        let pieces = text::pieces(value, reading);
                        match Glob::new(&pieces, |_, _| None) {
                            Some(glob) => TextValue::Fixed(glob),
                            None => TextValue::Variable(pieces),
                        }
                    })
                    .collect(),
            )
        };
        match comparison {
            Comparison::Text { ignore_case: true, .. } => {
                let reading = Reading::new(false, version);
                let fold = |piece| match piece {
                    Piece::Literal(text) => Piece::Literal(text.to_lowercase()),
                    other => other,
                };
                let values = values.iter().map(|value| {
                    let pieces: Vec<_> = text::pieces(value, reading).into_iter().map(fold).collect();
                    match Glob::new(&pieces, |_, _| None) {
                        Some(glob) => TextValue::Fixed(glob),
                        None => TextValue::Variable(pieces),
                    }
                });
                Self::Text(values.collect())
            }
            Comparison::Text { like, .. } => texts(like),
            Comparison::Arn { .. } => texts(true),
            Comparison::Binary | Comparison::Unknown => texts(false),
            Comparison::Number(_) => Self::Numbers(values.iter().map(|v| Number::parse(v)).collect()),
            Comparison::Date(_) => Self::Dates(values.iter().map(|v| value::parse_date(v)).collect()),
            Comparison::Ip { .. } => Self::Networks(values.iter().map(|v| value::parse_network(v)).collect()),
            Comparison::Bool | Comparison::Null => {
                Self::Bools(values.iter().map(|v| parse_bool(v)).collect())
            }
        }
    }
}

pub(super) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// v4 and v6 never match each other.
pub(super) fn contains(network: &IpNet, address: &IpAddr) -> bool {
    match (network, address) {
        (IpNet::V4(network), IpAddr::V4(address)) => network.contains(address),
        (IpNet::V6(network), IpAddr::V6(address)) => network.contains(address),
        _ => false,
    }
}
