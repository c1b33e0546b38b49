//! What an element of a statement admits, as a set of values: at most, or at least.

use std::cell::RefCell;

use super::compile::{Admitted, Condition, Resources};
use super::pattern::{self, Pattern, Token};
use super::sets::{Ranges, Set, shift};
use super::translate::Bound;
use crate::document::{Comparison, Order};
use crate::keys;
use crate::text::Piece;
use crate::value::{self, Number};

/// Who knows the values of variables, and keeps what could not be told exactly.
pub(super) trait Reader {
    /// The tokens of a pattern: at most (`Upper`) or at least what it matches; `None`: nothing.
    fn tokens(&self, pieces: &[Piece], side: Bound) -> Option<Pattern>;

    /// Keeps what could not be told exactly.
    fn note(&self, what: impl FnOnce() -> String);

    /// Whether a pattern has a variable whose value is not known.
    fn is_open(&self, _: &[Piece]) -> bool {
        false
    }

    /// How far the wildcards of an ARN reach, if that is settled.
    fn reach(&self) -> Option<Reach> {
        None
    }
}

/// How the note begins that says that it matters.
pub(crate) const REACH: &str = "how far the wildcards of";

/// How far the wildcards of an ARN reach: IAM's documentation has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Not beyond their segment.
    Within,
    /// As far as they like.
    Beyond,
}

/// Reads patterns without variables.
#[derive(Default)]
struct Plain(RefCell<Vec<String>>);

impl Reader for Plain {
    fn tokens(&self, pieces: &[Piece], _: Bound) -> Option<Pattern> {
        pattern::tokens(pieces, |_, _| None)
    }

    fn note(&self, what: impl FnOnce() -> String) {
        self.0.borrow_mut().push(what());
    }
}

impl Admitted {
    fn new(read: impl Fn(&Plain, Bound) -> Set) -> Self {
        let plain = Plain::default();
        let (upper, lower) = (read(&plain, Bound::Upper), read(&plain, Bound::Lower));
        let mut notes = plain.0.into_inner();
        notes.sort_unstable();
        notes.dedup();
        // Nothing noted: both are the same, and are held once.
        Self { lower: if notes.is_empty() { upper.clone() } else { lower }, upper, notes }
    }

    pub(super) fn of_condition(condition: &Condition) -> Self {
        Self::new(|plain, bound| admitted(plain, condition, bound))
    }

    pub(super) fn of_resources(resources: &Resources, rulebook: bool) -> Self {
        Self::new(|plain, bound| resource(plain, resources, rulebook, bound))
    }
}

/// The ARNs that a resource element admits.
pub(super) fn resource(reader: &impl Reader, resources: &Resources, rulebook: bool, bound: Bound) -> Set {
    let side = if resources.negated { bound.opposite() } else { bound };
    let mut patterns = Vec::new();
    for (text, pieces) in &resources.patterns {
        let Some(tokens) = reader.tokens(pieces, side) else { continue };
        let readings = pattern::resource(&tokens);
        if rulebook {
            patterns.push(readings.rulebook);
            continue;
        }
        let reach = reader.reach();
        if reach.is_none() && readings.differ() {
            reader.note(|| format!("{REACH} `{text}` reach"));
        }
        patterns.extend(match (reach, side) {
            (Some(Reach::Beyond), _) | (None, Bound::Upper) => readings.wide,
            (Some(Reach::Within), _) | (None, Bound::Lower) => readings.narrow.into_iter().collect(),
        });
    }
    let set = Set::text(patterns);
    if resources.negated { set.complement() } else { set }
}

/// The values that a condition admits, its negation included.
pub(super) fn admitted(reader: &impl Reader, condition: &Condition, bound: Bound) -> Set {
    let negated = condition.operator.comparison.negated();
    if let Some(kind) = condition.facts.kind
        && !keys::accepts(condition.operator.comparison, kind, &condition.key)
    {
        if condition.facts.certain && !negated {
            return Set::Empty;
        }
        reader.note(|| {
            format!("`{}` on `{}`, which is of another type", condition.operator.text, condition.key)
        });
        return if bound == Bound::Upper { Set::All } else { Set::Empty };
    }
    let side = if negated { bound.opposite() } else { bound };
    let set = matched(reader, condition, side);
    if negated { set.complement() } else { set }
}

/// The values that one of the condition's values matches.
fn matched(reader: &impl Reader, condition: &Condition, side: Bound) -> Set {
    match condition.operator.comparison {
        Comparison::Text { ignore_case, .. } => texts(reader, condition, side, |_, tokens| {
            if ignore_case { Some(tokens.into_iter().map(fold).collect()) } else { Some(tokens) }
        }),
        // A value that is not known may hold colons, and so shift the parts.
        Comparison::Arn { .. } => {
            texts(reader, condition, side, |pieces, tokens| match pattern::arn(&tokens) {
                Some(_) if reader.is_open(pieces) => Some(tokens),
                Some(arn) => Some(arn),
                None => {
                    reader.note(|| "a value of an ARN operator that is not an ARN".into());
                    (side == Bound::Upper).then_some(tokens)
                }
            })
        }
        Comparison::Binary => texts(reader, condition, side, |_, tokens| Some(tokens)),
        Comparison::Number(order) => {
            let read = |text: &str| Number::parse(text).map(|n| shift(n.0));
            ranges(reader, condition, side, read, |v| ordered(order, v)).map_or(Set::All, Set::Numbers)
        }
        Comparison::Date(order) => {
            let read = |text: &str| value::parse_date(text).map(shift);
            ranges(reader, condition, side, read, |v| ordered(order, v)).map_or(Set::All, Set::Dates)
        }
        Comparison::Ip { .. } => addresses(reader, condition, side),
        Comparison::Bool => {
            let has = |wanted: &str| condition.values.iter().any(|(v, _)| v.eq_ignore_ascii_case(wanted));
            let (yes, no) = (has("true"), has("false"));
            let odd = condition
                .values
                .iter()
                .any(|(v, _)| !v.eq_ignore_ascii_case("true") && !v.eq_ignore_ascii_case("false"));
            if odd {
                reader.note(|| format!("a value of `Bool` on `{}`", condition.key));
            }
            let wide = odd && side == Bound::Upper;
            Set::Bools { yes: yes || wide, no: no || wide }
        }
        Comparison::Null | Comparison::Unknown => Set::Empty,
    }
}

fn texts(
    reader: &impl Reader,
    condition: &Condition,
    side: Bound,
    finish: impl Fn(&[Piece], Pattern) -> Option<Pattern>,
) -> Set {
    let tokens =
        condition.values.iter().filter_map(|(_, pieces)| Some((pieces, reader.tokens(pieces, side)?)));
    let patterns: Vec<Pattern> = tokens.filter_map(|(pieces, tokens)| finish(pieces, tokens)).collect();
    if patterns.iter().any(|p| *p == [Token::Star]) { Set::All } else { Set::text(patterns) }
}

/// `None`: every value, since one of the texts cannot be read.
fn ranges(
    reader: &impl Reader,
    condition: &Condition,
    side: Bound,
    read: impl Fn(&str) -> Option<u128>,
    range: impl Fn(u128) -> (u128, u128),
) -> Option<Ranges> {
    let mut ranges = Vec::new();
    for (text, _) in &condition.values {
        match read(text) {
            Some(value) => ranges.push(range(value)),
            None => {
                reader.note(|| format!("`{text}` is not a value for `{}`", condition.operator.text));
                if side == Bound::Upper {
                    return None;
                }
            }
        }
    }
    Some(Ranges::new(ranges))
}

fn addresses(reader: &impl Reader, condition: &Condition, side: Bound) -> Set {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (text, _) in &condition.values {
        match value::parse_network(text) {
            Some(ipnet::IpNet::V4(net)) => {
                v4.push((u128::from(net.network().to_bits()), u128::from(net.broadcast().to_bits())));
            }
            Some(ipnet::IpNet::V6(net)) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            None => {
                reader.note(|| format!("`{text}` is not an address"));
                if side == Bound::Upper {
                    return Set::All;
                }
            }
        }
    }
    Set::Addresses { v4: Ranges::new(v4), v6: Ranges::new(v6) }
}

/// The values for which `value <order> limit` holds; `NotEquals` counts as `Equals`, since the
/// caller complements.
fn ordered(order: Order, limit: u128) -> (u128, u128) {
    match order {
        Order::Equals | Order::NotEquals => (limit, limit),
        // A limit at the end of the scale leaves an empty range, which is dropped.
        Order::LessThan => limit.checked_sub(1).map_or((1, 0), |high| (0, high)),
        Order::LessThanEquals => (0, limit),
        Order::GreaterThan => limit.checked_add(1).map_or((1, 0), |low| (low, u128::MAX)),
        Order::GreaterThanEquals => (limit, u128::MAX),
    }
}

fn fold(token: Token) -> Token {
    match token {
        Token::Char(c) => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(one), None) => Token::Fold(one),
                _ => token,
            }
        }
        other => other,
    }
}
