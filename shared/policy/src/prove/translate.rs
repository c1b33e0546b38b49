//! Statements -> atoms, from above or from below: every unknown counts as what makes the statement
//! match more (`Upper`), or less (`Lower`).

use super::atom::{Atom, Claim, Conjunction};
use super::compile::{Condition, Resources, Statement};
use super::facts::{Facts, Knowledge, Scope};
use super::pattern::{self, Pattern, Token};
use super::sets::{Ranges, Set, shift};
use crate::document::{Comparison, Order, Quantifier};
use crate::keys;
use crate::text::Piece;
use crate::value::{self, Number};

/// From which side a statement is approximated, where it cannot be told exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Matches at least what the statement may match.
    Upper,
    /// Matches at most what the statement surely matches.
    Lower,
}

impl Bound {
    pub(super) fn opposite(self) -> Self {
        match self {
            Self::Upper => Self::Lower,
            Self::Lower => Self::Upper,
        }
    }
}

/// Where a statement stands, and so which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a policy of the identity side or of the organization: a resource, and no principals.
    Identity,
    /// In a policy that names principals, which have been seen to; trust policies have no resource.
    Resource,
    /// In a rulebook: a missing resource is any.
    Rulebook,
}

/// What the request's resource can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResourceKind {
    /// The action has no resource types: its resource is `*`, and no other pattern names it.
    WildcardOnly,
    /// An ARN.
    Arn,
}

/// A part of a statement.
enum Part {
    Is(bool),
    Atom(Atom),
}

/// The value of a variable, as far as it is known.
enum Substitute {
    Text(String),
    /// The key is absent: the variable has no value.
    Nothing,
    /// The key is for the search to choose, so the pattern is a link between two variables.
    Link,
}

/// Translates statements for one action on one kind of resource.
pub(super) struct Translator<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) scope: Scope,
    pub(super) resource: ResourceKind,
    /// From which side the whole question is asked. From above, a key that the reference does not
    /// list is one that the search may choose, the same for every statement; from below, nothing may
    /// rest on it.
    pub(super) side: Bound,
    /// Set when some part could not be told exactly.
    pub(super) inexact: std::cell::RefCell<Vec<String>>,
}

impl Translator<'_> {
    /// The atoms that must hold for the statement to match; `None`: it never does.
    pub(super) fn statement(&self, statement: &Statement, place: Place, bound: Bound) -> Option<Conjunction> {
        let mut atoms = Vec::new();
        let parts = statement
            .resource
            .iter()
            .map(|resources| self.resource(resources, place, bound))
            .chain(statement.conditions.iter().map(|condition| self.condition(condition, bound)));
        let misplaced = statement.principal.is_some() && place != Place::Resource;
        let incomplete = statement.resource.is_none() && place == Place::Identity;
        let unknown = (misplaced || incomplete).then(|| {
            let what =
                if misplaced { "a principal element where none is allowed" } else { "a missing `Resource`" };
            self.unknown(bound, || what.to_owned())
        });
        for part in parts.chain(unknown) {
            match part {
                Part::Is(true) => {}
                Part::Is(false) => return None,
                Part::Atom(atom) => atoms.push(atom),
            }
        }
        atoms.sort();
        atoms.dedup();
        Some(atoms)
    }

    fn unknown(&self, bound: Bound, what: impl FnOnce() -> String) -> Part {
        let what = what();
        let mut inexact = self.inexact.borrow_mut();
        if !inexact.contains(&what) {
            inexact.push(what);
        }
        Part::Is(bound == Bound::Upper)
    }

    pub(super) fn note(&self, what: impl FnOnce() -> String) {
        let _ = self.unknown(Bound::Upper, what);
    }

    fn substitute(&self, key: &str, default: Option<&str>) -> Substitute {
        let absent = || default.map_or(Substitute::Nothing, |d| Substitute::Text(d.to_owned()));
        match self.facts.of(key, self.scope) {
            Knowledge::Fixed(None) => absent(),
            Knowledge::Fixed(Some(values)) => match values.as_slice() {
                [] => absent(),
                [one] if !keys::facts(key).multivalued => Substitute::Text(one.clone()),
                _ => Substitute::Link,
            },
            Knowledge::Free { .. } | Knowledge::Unlisted => Substitute::Link,
        }
    }

    /// The tokens of a pattern: at most (`Upper`) or at least what it matches; `None`: nothing.
    fn tokens(&self, pieces: &[Piece], bound: Bound) -> Option<Pattern> {
        let mut tokens = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => tokens.extend(text.chars().map(Token::Char)),
                Piece::Star => tokens.push(Token::Star),
                Piece::One => tokens.push(Token::One),
                Piece::Variable { key, default } => match self.substitute(key, default.as_deref()) {
                    Substitute::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                    Substitute::Nothing => return None,
                    Substitute::Link => {
                        self.note(|| format!("a pattern rests on the value of `{key}`, which is not known"));
                        if bound == Bound::Lower {
                            return None;
                        }
                        tokens.push(Token::Star);
                    }
                },
            }
        }
        Some(tokens)
    }

    fn resource(&self, resources: &Resources, place: Place, bound: Bound) -> Part {
        let any = resources.patterns.iter().any(|(_, pieces)| *pieces == [Piece::Star]);
        if any {
            return Part::Is(!resources.negated);
        }
        if self.resource == ResourceKind::WildcardOnly {
            let buckets = resources.patterns.iter().any(|(text, _)| text == "arn:aws:s3:::*");
            let named = match self.scope {
                Scope::Of(action, _) => buckets && action.full_name_lower() == "s3:listallmybuckets",
                // A class of actions may hold that one, and others.
                Scope::Any if buckets => return Part::Is(bound == Bound::Upper),
                Scope::Any | Scope::Unknown => false,
            };
            return Part::Is(named != resources.negated);
        }
        let side = if resources.negated { bound.opposite() } else { bound };
        let mut patterns = Vec::new();
        for (text, pieces) in &resources.patterns {
            let unresolved = pieces.iter().any(|piece| match piece {
                Piece::Variable { key, default } => {
                    matches!(self.substitute(key, default.as_deref()), Substitute::Nothing)
                }
                _ => false,
            });
            if unresolved && resources.negated && resources.patterns.len() == 1 {
                return self.unknown(bound, || format!("`NotResource: {text}` has a variable without value"));
            }
            let Some(tokens) = self.tokens(pieces, side) else { continue };
            let readings = pattern::resource(&tokens);
            if place == Place::Rulebook {
                patterns.push(readings.rulebook);
                continue;
            }
            if readings.differ() {
                self.note(|| format!("how far the wildcards of `{text}` reach"));
            }
            patterns.extend(match side {
                Bound::Upper => readings.wide,
                Bound::Lower => readings.narrow.into_iter().collect(),
            });
        }
        let set = Set::text(patterns);
        let set = if resources.negated { set.complement() } else { set };
        match set {
            Set::Empty => Part::Is(false),
            Set::All => Part::Is(true),
            set => Part::Atom(Atom::resource(set)),
        }
    }

    fn condition(&self, condition: &Condition, bound: Bound) -> Part {
        let operator = &condition.operator;
        let key = condition.key.as_str();
        match operator.comparison {
            Comparison::Unknown => {
                return self.unknown(bound, || format!("operator `{}`", operator.text));
            }
            Comparison::Null => return self.null(condition, bound),
            _ => {}
        }
        let negated = operator.comparison.negated();
        let missing = match operator.quantifier {
            _ if operator.if_exists => true,
            Some(Quantifier::AllValues) => true,
            Some(Quantifier::AnyValue) => false,
            None => negated,
        };
        let knowledge = self.facts.of(key, self.scope);
        if knowledge == Knowledge::Fixed(None) {
            return Part::Is(missing);
        }
        if knowledge == Knowledge::Unlisted {
            self.note(|| unlisted(key));
            if self.side == Bound::Lower {
                return Part::Is(bound == Bound::Upper);
            }
        }
        let set = self.admitted(condition, bound);
        if let Knowledge::Fixed(Some(values)) = knowledge {
            let mut each = values.iter().map(|value| set.contains(value));
            return match operator.quantifier {
                Some(Quantifier::AllValues) => Part::Is(each.all(|t| t)),
                Some(Quantifier::AnyValue) => Part::Is(each.any(|t| t)),
                None => {
                    let each: Vec<bool> = each.collect();
                    match each.split_first() {
                        Some((first, rest)) if rest.iter().all(|t| t == first) => Part::Is(*first),
                        _ => self
                            .unknown(bound, || format!("`{}` on the many values of `{key}`", operator.text)),
                    }
                }
            };
        }
        let many = condition.facts.multivalued || (!condition.facts.certain && operator.quantifier.is_some());
        let claim = match (many, operator.quantifier) {
            (false, Some(Quantifier::AllValues)) => Claim::Value { absent: true, set },
            (false, Some(Quantifier::AnyValue)) => Claim::Value { absent: operator.if_exists, set },
            (false, None) => Claim::Value { absent: missing, set },
            (true, Some(Quantifier::AllValues)) => Claim::Every(set),
            (true, Some(Quantifier::AnyValue)) if operator.if_exists => Claim::SomeIfPresent(set),
            (true, Some(Quantifier::AnyValue)) => Claim::Some(set),
            (true, None) => {
                // Contested whether one or all must match: at most one does, at least all do.
                self.note(|| format!("`{}` on `{key}`, which can have many values", operator.text));
                match (bound, missing) {
                    (Bound::Upper, true) => Claim::SomeIfPresent(set),
                    (Bound::Upper, false) => Claim::Some(set),
                    (Bound::Lower, true) => Claim::Every(set),
                    (Bound::Lower, false) => Claim::EveryAndPresent(set),
                }
            }
        };
        Part::Atom(Atom::key(key, claim))
    }

    fn null(&self, condition: &Condition, bound: Bound) -> Part {
        let key = condition.key.as_str();
        if condition.operator.quantifier.is_some() {
            return self.unknown(bound, || format!("operator `{}`", condition.operator.text));
        }
        let wants = |wanted: &str| condition.values.iter().any(|(v, _)| v.eq_ignore_ascii_case(wanted));
        let (absent, present) = (wants("true"), wants("false"));
        if condition
            .values
            .iter()
            .any(|(v, _)| !v.eq_ignore_ascii_case("true") && !v.eq_ignore_ascii_case("false"))
        {
            return self.unknown(bound, || format!("a value of `Null` on `{key}`"));
        }
        match (absent, present) {
            (true, true) => return Part::Is(true),
            (false, false) => return Part::Is(false),
            _ => {}
        }
        match self.facts.of(key, self.scope) {
            Knowledge::Fixed(None) => Part::Is(absent),
            Knowledge::Fixed(Some(values)) if values.is_empty() => {
                self.unknown(bound, || format!("`Null` on `{key}`, which is there but empty"))
            }
            Knowledge::Fixed(Some(_)) => Part::Is(present),
            Knowledge::Unlisted if self.side == Bound::Lower => self.unknown(bound, || unlisted(key)),
            Knowledge::Free { .. } | Knowledge::Unlisted if condition.facts.multivalued => {
                self.note_unlisted(key);
                Part::Atom(Atom::key(key, Claim::Present(present)))
            }
            Knowledge::Free { .. } | Knowledge::Unlisted => {
                self.note_unlisted(key);
                let set = if present { Set::All } else { Set::Empty };
                Part::Atom(Atom::key(key, Claim::Value { absent, set }))
            }
        }
    }

    fn note_unlisted(&self, key: &str) {
        if self.facts.of(key, self.scope) == Knowledge::Unlisted {
            self.note(|| unlisted(key));
        }
    }

    /// The values that a condition admits, its negation included.
    fn admitted(&self, condition: &Condition, bound: Bound) -> Set {
        let negated = condition.operator.comparison.negated();
        if let Some(kind) = condition.facts.kind
            && !keys::accepts(condition.operator.comparison, kind, &condition.key)
        {
            if condition.facts.certain && !negated {
                return Set::Empty;
            }
            self.note(|| {
                format!("`{}` on `{}`, which is of another type", condition.operator.text, condition.key)
            });
            return if bound == Bound::Upper { Set::All } else { Set::Empty };
        }
        let side = if negated { bound.opposite() } else { bound };
        let set = self.matched(condition, side);
        if negated { set.complement() } else { set }
    }

    /// The values that one of the condition's values matches.
    fn matched(&self, condition: &Condition, side: Bound) -> Set {
        match condition.operator.comparison {
            Comparison::Text { ignore_case, .. } => self.texts(condition, side, |tokens| {
                if ignore_case { Some(tokens.into_iter().map(fold).collect()) } else { Some(tokens) }
            }),
            Comparison::Arn { .. } => self.texts(condition, side, |tokens| match pattern::arn(&tokens) {
                Some(arn) => Some(arn),
                None => {
                    self.note(|| "a value of an ARN operator that is not an ARN".into());
                    (side == Bound::Upper).then_some(tokens)
                }
            }),
            Comparison::Binary => self.texts(condition, side, Some),
            Comparison::Number(order) => {
                let read = |text: &str| Number::parse(text).map(|n| shift(n.0));
                self.ranges(condition, side, read, |v| ordered(order, v)).map_or(Set::All, Set::Numbers)
            }
            Comparison::Date(order) => {
                let read = |text: &str| value::parse_date(text).map(shift);
                self.ranges(condition, side, read, |v| ordered(order, v)).map_or(Set::All, Set::Dates)
            }
            Comparison::Ip { .. } => self.addresses(condition, side),
            Comparison::Bool => {
                let has = |wanted: &str| condition.values.iter().any(|(v, _)| v.eq_ignore_ascii_case(wanted));
                let (yes, no) = (has("true"), has("false"));
                let odd = condition
                    .values
                    .iter()
                    .any(|(v, _)| !v.eq_ignore_ascii_case("true") && !v.eq_ignore_ascii_case("false"));
                if odd {
                    self.note(|| format!("a value of `Bool` on `{}`", condition.key));
                }
                let wide = odd && side == Bound::Upper;
                Set::Bools { yes: yes || wide, no: no || wide }
            }
            Comparison::Null | Comparison::Unknown => Set::Empty,
        }
    }

    fn texts(&self, condition: &Condition, side: Bound, finish: impl Fn(Pattern) -> Option<Pattern>) -> Set {
        let tokens = condition.values.iter().filter_map(|(_, pieces)| self.tokens(pieces, side));
        let patterns: Vec<Pattern> = tokens.filter_map(finish).collect();
        if patterns.iter().any(|p| *p == [Token::Star]) { Set::All } else { Set::text(patterns) }
    }

    /// `None`: every value, since one of the texts cannot be read.
    fn ranges(
        &self,
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
                    self.note(|| format!("`{text}` is not a value for `{}`", condition.operator.text));
                    if side == Bound::Upper {
                        return None;
                    }
                }
            }
        }
        Some(Ranges::new(ranges))
    }

    fn addresses(&self, condition: &Condition, side: Bound) -> Set {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for (text, _) in &condition.values {
            match value::parse_network(text) {
                Some(ipnet::IpNet::V4(net)) => {
                    v4.push((u128::from(net.network().to_bits()), u128::from(net.broadcast().to_bits())));
                }
                Some(ipnet::IpNet::V6(net)) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
                None => {
                    self.note(|| format!("`{text}` is not an address"));
                    if side == Bound::Upper {
                        return Set::All;
                    }
                }
            }
        }
        Set::Addresses { v4: Ranges::new(v4), v6: Ranges::new(v6) }
    }
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

fn unlisted(key: &str) -> String {
    format!("whether `{key}` is in the request")
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
