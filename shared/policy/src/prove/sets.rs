//! Sets of values that one condition admits, closed under complement: text, numbers, dates,
//! addresses and truth values, each in its own theory.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use super::budget::{Budget, Exhausted};
use super::language::Constraints;
use super::pattern::{self, Pattern};
use crate::keys::Type;
use crate::value::{self, Number};

/// A set of ordered values as disjoint, sorted, inclusive ranges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ranges(Arc<[(u128, u128)]>);

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
        Self(merged.into())
    }

    fn complement(&self, top: u128) -> Self {
        let mut ranges = Vec::new();
        let mut next = Some(0);
        for (low, high) in self.0.iter() {
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
        Self(ranges.into())
    }

    fn intersect(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let (mut own, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((a, b)), Some((c, d))) = (own.peek(), others.peek()) {
            if a.max(c) <= b.min(d) {
                ranges.push((*a.max(c), *b.min(d)));
            }
            // The one that ends first meets nothing more.
            if b < d {
                own.next()
            } else {
                others.next()
            };
        }
        Self::new(ranges)
    }

    fn contains(&self, value: u128) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&value))
    }
}

/// Patterns of text, shared by all sets that speak of them.
#[derive(Clone, Debug)]
pub(super) struct Texts(Arc<Held>);

#[derive(Debug)]
struct Held {
    patterns: Box<[Pattern]>,
    /// What each pattern spells out at its beginning.
    heads: Box<[Box<str>]>,
    /// The texts themselves, shortest first, if no pattern has a wildcard.
    plain: Option<Box<[String]>>,
    /// How much work it is to match a text.
    weight: u64,
}

impl Texts {
    fn new(mut patterns: Vec<Pattern>) -> Self {
        patterns.sort_unstable();
        patterns.dedup();
        let plain: Option<Vec<String>> = patterns.iter().map(pattern::as_literal).collect();
        let plain = plain.map(|mut texts| {
            texts.sort_unstable_by(|a, b| by_length(a, b));
            texts.into_boxed_slice()
        });
        let weight = patterns.iter().map(|p| 1 + p.len() as u64 / 16).sum();
        let heads = patterns.iter().map(pattern::head).collect();
        Self(Arc::new(Held { patterns: patterns.into(), heads, plain, weight }))
    }

    pub(super) fn patterns(&self) -> &[Pattern] {
        &self.0.patterns
    }

    /// The patterns, each with what it spells out at its beginning.
    pub(super) fn with_heads(&self) -> impl Iterator<Item = (&Pattern, &str)> + Clone {
        self.0.patterns.iter().zip(self.0.heads.iter().map(|head| &**head))
    }

    /// The texts, if they are plain ones, shortest first.
    pub(super) fn plain(&self) -> Option<&[String]> {
        self.0.plain.as_deref()
    }

    /// What it costs to match a text.
    pub(super) fn weight(&self) -> u64 {
        if self.0.plain.is_some() { 1 } else { self.0.weight }
    }

    /// What it costs to look at every pattern.
    pub(super) fn size(&self) -> u64 {
        self.0.weight
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.0.plain {
            Some(plain) => plain.binary_search_by(|own| by_length(own, text)).is_ok(),
            None => self.0.patterns.iter().zip(&self.0.heads).any(|(pattern, head)| {
                // INVARIANT: what is spelled out at the beginning has a token for each byte.
                pattern::begins(text, head) && pattern::matches(&pattern[head.len()..], &text[head.len()..])
            }),
        }
    }
}

fn by_length(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Texts {}

impl PartialOrd for Texts {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Texts {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        // As the patterns are ordered; what they spell out is compared faster.
        let ordered = |((own, head), (other, start)): ((&Pattern, &str), (&Pattern, &str))| {
            let length = head.len().min(start.len());
            let spelled = head.as_bytes()[..length].cmp(&start.as_bytes()[..length]);
            spelled.then_with(|| own[length..].cmp(&other[length..]))
        };
        let unlike = self.with_heads().zip(other.with_heads()).map(ordered).find(|order| order.is_ne());
        unlike.unwrap_or_else(|| self.patterns().len().cmp(&other.patterns().len()))
    }
}

/// A set of values of one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Set {
    /// Every value.
    All,
    /// No value.
    Empty,
    /// Text that one of the patterns matches, or (`within` false) that none does.
    Text { within: bool, texts: Texts },
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
        Self::Text { within: true, texts: Texts::new(patterns) }
    }

    /// What it costs to say whether a text is a member.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::All | Self::Empty | Self::Bools { .. } => 1,
            Self::Text { texts, .. } => texts.weight(),
            Self::Numbers(ranges) | Self::Dates(ranges) => 1 + ranges.0.len() as u64,
            Self::Addresses { v4, v6 } => 1 + v4.0.len() as u64 + v6.0.len() as u64,
        }
    }

    pub(super) fn complement(&self) -> Self {
        match self {
            Self::All => Self::Empty,
            Self::Empty => Self::All,
            Self::Text { within, texts } => Self::Text { within: !within, texts: texts.clone() },
            Self::Numbers(ranges) => Self::Numbers(ranges.complement(u128::MAX)),
            Self::Dates(ranges) => Self::Dates(ranges.complement(u128::MAX)),
            Self::Addresses { v4, v6 } => {
                Self::Addresses { v4: v4.complement(V4_TOP), v6: v6.complement(u128::MAX) }
            }
            Self::Bools { yes, no } => Self::Bools { yes: !yes, no: !no },
        }
    }

    /// What is in both, if both are of one type and not text.
    fn intersect(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Numbers(own), Self::Numbers(more)) => Self::Numbers(own.intersect(more)),
            (Self::Dates(own), Self::Dates(more)) => Self::Dates(own.intersect(more)),
            (Self::Addresses { v4, v6 }, Self::Addresses { v4: a, v6: b }) => {
                Self::Addresses { v4: v4.intersect(a), v6: v6.intersect(b) }
            }
            (Self::Bools { yes, no }, Self::Bools { yes: a, no: b }) => {
                Self::Bools { yes: yes & a, no: no & b }
            }
            _ => return None,
        })
    }

    /// A member of a set that is not of text.
    fn member(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Numbers(ranges) => Number(unshift(nearest(ranges, shift(0))?)).text().into(),
            Self::Dates(ranges) => {
                // Year 2026 is as good as any, and easier to read than 1970.
                let wanted = value::parse_date("2026-01-01").map_or(shift(0), shift);
                value::date_text(unshift(nearest(ranges, wanted)?))?.into()
            }
            Self::Addresses { v4, v6 } => {
                // Documentation ranges first (RFC 5737, RFC 3849).
                let usual = u128::from(u32::from_be_bytes([203, 0, 113, 10]));
                match nearest(v4, usual) {
                    Some(bits) if bits == usual => "203.0.113.10".into(),
                    Some(bits) => std::net::Ipv4Addr::from_bits(u32::try_from(bits).ok()?).to_string().into(),
                    None => value::address_v6(nearest(v6, 0x2001_0db8 << 96)?).to_string().into(),
                }
            }
            Self::Bools { no: true, .. } => "false".into(),
            Self::Bools { yes: true, .. } => "true".into(),
            Self::Bools { .. } | Self::All | Self::Empty | Self::Text { .. } => return None,
        })
    }

    /// Whether the value, as text, is in the set. A value of another type is in none but
    /// [`Set::All`] and complements of text.
    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::Empty => false,
            Self::Text { within, texts } => texts.matches(text) == *within,
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

/// What several sets have in common.
enum Common {
    Nothing,
    Everything,
    /// What [`Constraints`] of these sets admit.
    Text,
    Values(Set),
}

/// What all sets have in common.
///
/// # Errors
/// The budget ran out. `Ok(Err(Mixed))`: the sets are of different types.
fn common(
    sets: &[&Set],
    more: Option<&Set>,
    budget: &mut Budget,
) -> Result<Result<Common, Mixed>, Exhausted> {
    let mut weight = 0;
    let mut mixed = false;
    let mut common = Common::Everything;
    for set in sets.iter().copied().chain(more) {
        weight += set.weight();
        match (&mut common, set) {
            (_, Set::All) | (Common::Nothing, _) => {}
            (_, Set::Empty) => common = Common::Nothing,
            (Common::Everything | Common::Text, Set::Text { .. }) => common = Common::Text,
            (Common::Everything, set) => common = Common::Values(set.clone()),
            (Common::Values(held), set) => match held.intersect(set) {
                Some(both) => *held = both,
                None => mixed = true,
            },
            (Common::Text, _) => mixed = true,
        }
    }
    budget.spend(weight)?;
    let nothing = matches!(common, Common::Nothing);
    Ok(if mixed && !nothing { Err(Mixed) } else { Ok(common) })
}

/// Whether all sets have a member in common.
///
/// # Errors
/// As [`member`].
pub(super) fn has_member(
    sets: &[&Set],
    more: Option<&Set>,
    budget: &mut Budget,
) -> Result<Result<bool, Mixed>, Exhausted> {
    let common = match common(sets, more, budget)? {
        Ok(common) => common,
        Err(mixed) => return Ok(Err(mixed)),
    };
    Ok(Ok(match common {
        Common::Nothing => false,
        Common::Everything => true,
        Common::Text => Constraints { sets, more }.has_member(budget)?,
        Common::Values(set) => set.member().is_some(),
    }))
}

/// A member of all sets at once, written as the key's type has it.
///
/// # Errors
/// The budget ran out. `Ok(Err(Mixed))`: the sets are of different types.
pub(super) fn member<'s>(
    sets: &[&'s Set],
    more: Option<&'s Set>,
    kind: Option<Type>,
    prefer_true: bool,
    budget: &mut Budget,
) -> Result<Result<Option<Cow<'s, str>>, Mixed>, Exhausted> {
    let common = match common(sets, more, budget)? {
        Ok(common) => common,
        Err(mixed) => return Ok(Err(mixed)),
    };
    Ok(Ok(match common {
        Common::Nothing => None,
        Common::Everything => Some(any_value(kind, prefer_true).into()),
        Common::Text => Constraints { sets, more }.member(budget)?,
        Common::Values(Set::Bools { yes: true, no: true }) if prefer_true => Some("true".into()),
        Common::Values(set) => set.member(),
    }))
}

/// The member that lies nearest to the wanted value, from above if it can.
fn nearest(ranges: &Ranges, wanted: u128) -> Option<u128> {
    let above = ranges.0.iter().find(|(_, high)| *high >= wanted).map(|(low, _)| (*low).max(wanted));
    above.or_else(|| ranges.0.last().map(|(_, high)| *high))
}

fn any_value(kind: Option<Type>, prefer_true: bool) -> &'static str {
    match kind {
        Some(Type::Bool) if prefer_true => "true",
        Some(Type::Bool) => "false",
        Some(Type::Number) => "1",
        Some(Type::Date) => "2026-01-01T00:00:00Z",
        Some(Type::Ip) => "203.0.113.10",
        Some(Type::Arn) => "arn:aws:example:us-east-1:111122223333:example",
        _ => "example",
    }
}
