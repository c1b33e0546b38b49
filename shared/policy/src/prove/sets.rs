//! Sets of values that one condition admits, closed under complement: text, numbers, dates,
//! addresses and truth values, each in its own theory.

use std::rc::Rc;

use super::budget::{Budget, Exhausted};
use super::language::Constraints;
use super::pattern::{self, Pattern};
use crate::keys::Type;
use crate::value::{self, Number};

/// A set of ordered values as disjoint, sorted, inclusive ranges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ranges(Vec<(u128, u128)>);

/// Signed values are kept shifted, so that one set type serves all.
const SHIFT: u128 = 1 << 127;

pub(super) fn shift(value: i128) -> u128 {
    (value as u128).wrapping_add(SHIFT)
}

fn unshift(value: u128) -> i128 {
    value.wrapping_sub(SHIFT) as i128
}

impl Ranges {
    pub(super) fn new(mut ranges: Vec<(u128, u128)>) -> Self {
        ranges.retain(|(low, high)| low <= high);
        ranges.sort_unstable();
        let mut merged: Vec<(u128, u128)> = Vec::new();
        for (low, high) in ranges {
            match merged.last_mut() {
                Some((_, end)) if low <= end.saturating_add(1) => *end = (*end).max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    fn complement(&self, top: u128) -> Self {
        let mut ranges = Vec::new();
        let mut next = Some(0);
        for (low, high) in &self.0 {
            if let Some(start) = next
                && start < *low
            {
                ranges.push((start, low - 1));
            }
            next = high.checked_add(1).filter(|n| *n <= top);
        }
        if let Some(start) = next {
            ranges.push((start, top));
        }
        Self(ranges)
    }

    fn intersect(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for (a, b) in &self.0 {
            for (c, d) in &other.0 {
                if a.max(c) <= b.min(d) {
                    ranges.push((*a.max(c), *b.min(d)));
                }
            }
        }
        Self::new(ranges)
    }

    fn contains(&self, value: u128) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&value))
    }
}

/// A set of values of one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Set {
    /// Every value.
    All,
    /// No value.
    Empty,
    /// Text that one of the patterns matches, or (`within` false) that none does.
    Text { within: bool, patterns: Rc<[Pattern]> },
    /// Numbers times 10^9, shifted.
    Numbers(Ranges),
    /// Nanoseconds since the epoch, shifted.
    Dates(Ranges),
    /// Addresses of both families.
    Addresses { v4: Ranges, v6: Ranges },
    /// Which truth values.
    Bools { yes: bool, no: bool },
}

const V4_TOP: u128 = u32::MAX as u128;

impl Set {
    pub(super) fn text(patterns: Vec<Pattern>) -> Self {
        if patterns.is_empty() {
            return Self::Empty;
        }
        let mut patterns = patterns;
        patterns.sort();
        patterns.dedup();
        Self::Text { within: true, patterns: patterns.into() }
    }

    pub(super) fn complement(&self) -> Self {
        match self {
            Self::All => Self::Empty,
            Self::Empty => Self::All,
            Self::Text { within, patterns } => Self::Text { within: !within, patterns: Rc::clone(patterns) },
            Self::Numbers(ranges) => Self::Numbers(ranges.complement(u128::MAX)),
            Self::Dates(ranges) => Self::Dates(ranges.complement(u128::MAX)),
            Self::Addresses { v4, v6 } => {
                Self::Addresses { v4: v4.complement(V4_TOP), v6: v6.complement(u128::MAX) }
            }
            Self::Bools { yes, no } => Self::Bools { yes: !yes, no: !no },
        }
    }

    /// Whether the value, as text, is in the set. A value of another type is in none but
    /// [`Set::All`] and complements of text.
    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Empty => false,
            Self::Text { within, patterns } => patterns.iter().any(|p| pattern::matches(p, text)) == *within,
            Self::Numbers(ranges) => Number::parse(text).is_some_and(|n| ranges.contains(shift(n.0))),
            Self::Dates(ranges) => value::parse_date(text).is_some_and(|d| ranges.contains(shift(d))),
            Self::Addresses { v4, v6 } => match value::parse_address(text) {
                Some(std::net::IpAddr::V4(a)) => v4.contains(u128::from(a.to_bits())),
                Some(std::net::IpAddr::V6(a)) => v6.contains(a.to_bits()),
                None => false,
            },
            Self::Bools { yes, no } => {
                yes & text.eq_ignore_ascii_case("true") || no & text.eq_ignore_ascii_case("false")
            }
        }
    }
}

/// Sets of different types met on one key: what their common members are is not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mixed;

/// A member of all sets at once, written as the key's type has it.
///
/// # Errors
/// The budget ran out. `Ok(Err(Mixed))`: the sets are of different types.
pub(super) fn member(
    sets: &[&Set],
    kind: Option<Type>,
    prefer_true: bool,
    budget: &mut Budget,
) -> Result<Result<Option<String>, Mixed>, Exhausted> {
    budget.spend(sets.len() as u64)?;
    if sets.iter().any(|set| matches!(set, Set::Empty)) {
        return Ok(Ok(None));
    }
    let mut proper = sets.iter().filter(|set| !matches!(set, Set::All)).copied().peekable();
    let Some(first) = proper.peek() else {
        return Ok(Ok(Some(any_value(kind, prefer_true))));
    };
    let first = std::mem::discriminant(*first);
    let proper: Vec<&Set> = proper.collect();
    if proper.iter().any(|set| std::mem::discriminant(*set) != first) {
        return Ok(Err(Mixed));
    }
    let mut constraints = Constraints::default();
    let mut all: Option<Set> = None;
    for set in proper {
        match (set, &mut all) {
            (Set::Text { within: true, patterns }, _) => constraints.within.push(patterns),
            (Set::Text { within: false, patterns }, _) => constraints.without.extend(patterns.iter()),
            (set, None) => all = Some(set.clone()),
            (Set::Numbers(more), Some(Set::Numbers(ranges)))
            | (Set::Dates(more), Some(Set::Dates(ranges))) => {
                *ranges = ranges.intersect(more);
            }
            (Set::Addresses { v4: a, v6: b }, Some(Set::Addresses { v4, v6 })) => {
                *v4 = v4.intersect(a);
                *v6 = v6.intersect(b);
            }
            (Set::Bools { yes: a, no: b }, Some(Set::Bools { yes, no })) => {
                *yes &= a;
                *no &= b;
            }
            _ => return Ok(Err(Mixed)),
        }
    }
    let found = match all {
        None => constraints.member(budget)?,
        Some(Set::Numbers(ranges)) => nearest(&ranges, shift(0)).map(|n| Number(unshift(n)).text()),
        Some(Set::Dates(ranges)) => {
            // Year 2026 is as good as any, and easier to read than 1970.
            let wanted = value::parse_date("2026-01-01").map_or(shift(0), shift);
            nearest(&ranges, wanted).and_then(|n| value::date_text(unshift(n)))
        }
        Some(Set::Addresses { v4, v6 }) => {
            // Documentation ranges first (RFC 5737, RFC 3849).
            let v4 = nearest(&v4, u128::from(u32::from_be_bytes([203, 0, 113, 10])));
            v4.and_then(|bits| u32::try_from(bits).ok())
                .map(|bits| std::net::Ipv4Addr::from_bits(bits).to_string())
                .or_else(|| nearest(&v6, 0x2001_0db8 << 96).map(|bits| value::address_v6(bits).to_string()))
        }
        Some(Set::Bools { yes, no }) => match (yes, no) {
            (true, true) => Some(prefer_true.to_string()),
            (true, false) => Some("true".to_owned()),
            (false, true) => Some("false".to_owned()),
            (false, false) => None,
        },
        Some(_) => None,
    };
    Ok(Ok(found))
}

/// The member that lies nearest to the wanted value, from above if it can.
fn nearest(ranges: &Ranges, wanted: u128) -> Option<u128> {
    let above = ranges.0.iter().find(|(_, high)| *high >= wanted).map(|(low, _)| (*low).max(wanted));
    above.or_else(|| ranges.0.last().map(|(_, high)| *high))
}

fn any_value(kind: Option<Type>, prefer_true: bool) -> String {
    match kind {
        Some(Type::Bool) => prefer_true.to_string(),
        Some(Type::Number) => "1".to_owned(),
        Some(Type::Date) => "2026-01-01T00:00:00Z".to_owned(),
        Some(Type::Ip) => "203.0.113.10".to_owned(),
        Some(Type::Arn) => "arn:aws:example:us-east-1:111122223333:example".to_owned(),
        _ => "example".to_owned(),
    }
}
