//! A document made ready for deciding: patterns parsed, types checked, statements found by service.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::glob::{ArnGlob, Glob};
use super::memo::Memo;
use super::template::Template;
use crate::context::KeyName;
use crate::document::{self, Comparison, Document, Effect, Operator, Principals, Version};
use crate::keys;
use crate::request::Request;
use crate::text::{self, Piece, Reading, resource_pieces};
use crate::value::{self, Number};

/// A compiled document.
pub(crate) struct Compiled {
    statements: Vec<Statement>,
    /// The statements' `Sid`s.
    sids: Vec<Option<Arc<str>>>,
    /// What the statements' condition blocks ask. Those that several statements ask are here once,
    /// if they are among the first that a [`Memo`] holds.
    conditions: Vec<Condition>,
    /// By service: patterns for that service's action names, each with its statement, in order.
    by_service: FxHashMap<Box<str>, Vec<(usize, Glob)>>,
    /// The statements that may match an action of a service that they do not spell out, in order.
    everywhere: Vec<usize>,
}

/// A statement, small: a decision reads most statements of most documents, and little of each.
pub(super) struct Statement {
    /// Its conditions, in order, as places in the document's list.
    pub(super) conditions: Box<[usize]>,
    /// Those of them that a [`Memo`] keeps, as bits.
    pub(super) kept: u64,
    pub(super) resource: Option<Resources>,
    pub(super) principal: Option<Box<Principals>>,
    pub(super) effect: Effect,
    not_action: bool,
    /// Whether the action element has `*`.
    any_action: bool,
    /// Its patterns with wildcards in the service.
    wild_actions: Box<[Glob]>,
}

pub(super) struct Resources {
    pub(super) negated: bool,
    /// Whether `*` is among the patterns.
    pub(super) any: bool,
    pub(super) patterns: Box<[ResourcePattern]>,
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
    Variable(Template),
}

pub(super) struct Condition {
    pub(super) key: KeyName,
    pub(super) operator: Operator,
    pub(super) values: Values,
    /// What to think of an operator of another type than the key's.
    pub(super) mismatch: Mismatch,
    /// Whether it is enough to compare values: the operator is known, fits, and is not `Null`.
    pub(super) compares: bool,
    /// Whether the operator is negated.
    pub(super) negated: bool,
    /// Whether it compares in lower case.
    pub(super) fold: bool,
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
    /// Without wildcards; for an ARN operator, an ARN.
    Exact(Box<str>),
    /// With wildcards; for an ARN operator, all behind the fifth colon.
    Like(Box<Glob>),
    /// Of an ARN operator, with wildcards anywhere.
    Arn(ArnGlob),
    /// Of an ARN operator, and no ARN.
    NoArn(Box<Glob>),
    Variable(Template),
}

impl Compiled {
    pub(crate) fn new(document: &Document) -> Self {
        let mut by_service: FxHashMap<Box<str>, Vec<(usize, Glob)>> = FxHashMap::default();
        let mut everywhere = Vec::new();
        let mut conditions: Vec<&document::Condition> = Vec::new();
        let mut statements = Vec::with_capacity(document.statements.len());
        for (index, statement) in document.statements.iter().enumerate() {
            let (mut any_action, mut wild_actions) = (false, Vec::new());
            for pattern in &statement.action.patterns {
                match ActionPattern::new(pattern) {
                    ActionPattern::Nothing => {}
                    ActionPattern::Any => any_action = true,
                    ActionPattern::Wild(glob) => wild_actions.push(glob),
                    ActionPattern::Of(service, name) => {
                        by_service.entry(service).or_default().push((index, name));
                    }
                }
            }
            if statement.action.negated || any_action || !wild_actions.is_empty() {
                everywhere.push(index);
            }
            let place = |condition| {
                let known = conditions.iter().take(Memo::SIZE).position(|known| *known == condition);
                known.unwrap_or_else(|| {
                    conditions.push(condition);
                    conditions.len() - 1
                })
            };
            let places: Box<[usize]> = statement.conditions.iter().map(place).collect();
            let resource = statement.resource.as_ref();
            statements.push(Statement {
                kept: places.iter().fold(0, |kept, place| kept | Memo::bit(*place)),
                conditions: places,
                resource: resource.map(|element| Resources::new(element, document.version)),
                principal: statement.principal.clone().map(Box::new),
                effect: statement.effect,
                not_action: statement.action.negated,
                any_action,
                wild_actions: wild_actions.into(),
            });
        }
        Self {
            statements,
            sids: document.statements.iter().map(|s| s.sid.as_deref().map(Arc::from)).collect(),
            conditions: conditions.into_iter().map(|c| Condition::new(c, document.version)).collect(),
            by_service,
            everywhere,
        }
    }

    /// The condition at a place in the document's list.
    pub(super) fn condition(&self, place: usize) -> &Condition {
        &self.conditions[place]
    }

    /// The `Sid` of a statement.
    pub(super) fn sid(&self, statement: usize) -> Option<&Arc<str>> {
        self.sids.get(statement)?.as_ref()
    }

    /// The statements whose action element matches, in the document's order, each with its place.
    pub(super) fn candidates<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Iterator<Item = (usize, &'a Statement)> {
        let name = request.action_name();
        let mut own = self.by_service.get(request.service()).map_or(&[][..], Vec::as_slice);
        let mut everywhere = self.everywhere.as_slice();
        // Both lists are in order; a statement may be in both, and in the first more than once.
        let merged = std::iter::from_fn(move || {
            let index = match (own.first(), everywhere.first()) {
                (Some((one, _)), Some(other)) => *one.min(other),
                (Some((only, _)), None) | (None, Some(only)) => *only,
                (None, None) => return None,
            };
            let mut named = false;
            while let Some(((_, glob), rest)) = own.split_first().filter(|((own, _), _)| *own == index) {
                named = named || glob.matches(name);
                own = rest;
            }
            if everywhere.first() == Some(&index) {
                everywhere = &everywhere[1..];
            }
            Some((index, named))
        });
        merged.filter_map(|(index, named)| {
            let statement = &self.statements[index];
            let matches = named
                || statement.any_action
                || statement.wild_actions.iter().any(|glob| glob.matches(&request.action_lower));
            (matches != statement.not_action).then_some((index, statement))
        })
    }
}

/// What one pattern of an action element matches; in lower case.
enum ActionPattern {
    Nothing,
    Any,
    /// A service, and a pattern of its action names.
    Of(Box<str>, Glob),
    /// A pattern of whole names, with wildcards in the service.
    Wild(Glob),
}

impl ActionPattern {
    fn new(pattern: &str) -> Self {
        // A comma or white space makes it match nothing: several actions in one string.
        if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
            return Self::Nothing;
        }
        let pattern = pattern.to_ascii_lowercase();
        let reading = Reading { wildcards: true, variables: false };
        let glob = |text: &str| Glob::new(&text::pieces(text, reading));
        let read = match pattern.split_once(':') {
            Some((service, name)) if !service.contains(['*', '?']) => {
                glob(name).map(|name| Self::Of(service.into(), name))
            }
            Some(_) => glob(&pattern).map(Self::Wild),
            None if pattern.bytes().all(|b| b == b'*') => Some(Self::Any),
            // Without a service it names no action.
            None => None,
        };
        read.unwrap_or(Self::Nothing)
    }
}

impl Resources {
    fn new(element: &document::Patterns, version: Version) -> Self {
        let patterns: Box<[_]> = element.patterns.iter().map(|p| ResourcePattern::new(p, version)).collect();
        let any = patterns.iter().any(|pattern| matches!(pattern.form, ResourceForm::Any));
        Self { negated: element.negated, any, patterns }
    }
}

impl ResourcePattern {
    fn new(pattern: &str, version: Version) -> Self {
        let pieces = resource_pieces(pattern, version);
        let form = match Glob::new(&pieces) {
            Some(glob) if glob.is_any() => ResourceForm::Any,
            Some(glob) => ResourceForm::Fixed(glob),
            None => ResourceForm::Variable(Template::new(&pieces, false)),
        };
        Self { text: pattern.into(), form }
    }
}

impl Condition {
    fn new(condition: &document::Condition, version: Version) -> Self {
        let key = KeyName::new(&condition.key);
        let facts = keys::facts(key.as_str());
        let comparison = condition.operator.comparison;
        let mismatch = match facts.kind {
            Some(kind) if !keys::accepts(comparison, kind, key.as_str()) => {
                if facts.certain {
                    Mismatch::Fails
                } else {
                    Mismatch::Contested
                }
            }
            _ => Mismatch::No,
        };
        let values = Values::new(comparison, &condition.values, version);
        Self {
            key,
            operator: condition.operator.clone(),
            values,
            compares: mismatch == Mismatch::No
                && !matches!(comparison, Comparison::Null | Comparison::Unknown),
            negated: comparison.negated(),
            fold: matches!(comparison, Comparison::Text { ignore_case: true, .. }),
            mismatch,
        }
    }
}

impl Values {
    fn new(comparison: Comparison, values: &[String], version: Version) -> Self {
        match comparison {
            Comparison::Text { .. } | Comparison::Arn { .. } | Comparison::Binary | Comparison::Unknown => {
                Self::Text(values.iter().map(|value| TextValue::new(value, comparison, version)).collect())
            }
            Comparison::Number(_) => Self::Numbers(values.iter().map(|v| Number::parse(v)).collect()),
            Comparison::Date(_) => Self::Dates(values.iter().map(|v| value::parse_date(v)).collect()),
            Comparison::Ip { .. } => Self::Networks(values.iter().map(|v| value::parse_network(v)).collect()),
            Comparison::Bool | Comparison::Null => {
                Self::Bools(values.iter().map(|v| parse_bool(v)).collect())
            }
        }
    }
}

impl TextValue {
    fn new(value: &str, comparison: Comparison, version: Version) -> Self {
        let (wildcards, fold) = match comparison {
            Comparison::Arn { .. } => (true, false),
            Comparison::Text { like, ignore_case, .. } => (like, ignore_case),
            _ => (false, false),
        };
        let mut pieces = text::pieces(value, Reading::new(wildcards, version));
        for piece in pieces.iter_mut().filter(|_| fold) {
            if let Piece::Literal(text) = piece {
                *text = text.to_lowercase();
            }
        }
        match Glob::new(&pieces) {
            Some(glob) => Self::of(glob, comparison),
            None => Self::Variable(Template::new(&pieces, fold)),
        }
    }

    /// A value whose variables, if it had any, are filled in.
    pub(super) fn of(glob: Glob, comparison: Comparison) -> Self {
        let arn = matches!(comparison, Comparison::Arn { .. });
        match glob.literal() {
            _ if arn && !glob.has_all_segments() => Self::NoArn(glob.into()),
            Some(text) => Self::Exact(text.into()),
            None if !arn || glob.has_literal_head() => Self::Like(glob.into()),
            None => match ArnGlob::new(&glob) {
                Some(arn) => Self::Arn(arn),
                None => Self::NoArn(glob.into()),
            },
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
