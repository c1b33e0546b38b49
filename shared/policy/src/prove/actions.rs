//! Sets of actions: one bit for each action of the catalogue, and names for those it lacks.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use super::budget::{Budget, Exhausted};
use super::pattern::{self, Pattern, Token};
use crate::catalogue::{self, ACTION_COUNT, ActionId};
use crate::document::Patterns;
use crate::text::{self, Reading};

const WORDS: usize = ACTION_COUNT.div_ceil(64);

/// A set of the catalogue's actions: the words between the first and the last that are not zero, so
/// that what speaks of one service is small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ActionSet {
    first: usize,
    words: Vec<u64>,
}

/// The words that a set has at most.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    pub(super) fn meets(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub(super) fn has(self, action: ActionId) -> bool {
        (self.start..self.end).contains(&(action.index() / 64))
    }
}

/// A set that is being put together.
#[derive(Clone)]
pub(super) struct Draft(Box<[u64; WORDS]>);

impl ActionSet {
    /// A set of one action.
    pub(super) fn one(action: ActionId) -> Self {
        Self { first: action.index() / 64, words: vec![1 << (action.index() % 64)] }
    }

    /// A set of these words, without those at both ends that are zero.
    fn trimmed(words: &[u64]) -> Self {
        let Some(first) = words.iter().position(|word| *word != 0) else { return Self::default() };
        let last = words.iter().rposition(|word| *word != 0).unwrap_or(first);
        Self { first, words: words[first..=last].into() }
    }

    /// Drops words at both ends that are zero, in place.
    fn trim(&mut self) {
        let length = self.words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        self.words.truncate(length);
        let zeros = self.words.iter().take_while(|word| **word == 0).count();
        self.words.drain(..zeros);
        self.first = if length == 0 { 0 } else { self.first + zeros };
    }

    fn word(&self, at: usize) -> u64 {
        at.checked_sub(self.first).and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }

    pub(super) fn span(&self) -> Span {
        Span { start: self.first, end: self.end() }
    }

    fn end(&self) -> usize {
        self.first + self.words.len()
    }

    /// The words of both where both have some.
    fn common<'s, 'o>(&'s self, other: &'o Self) -> (&'s [u64], &'o [u64]) {
        let (start, end) = (self.first.max(other.first), self.end().min(other.end()));
        if start >= end {
            return (&[], &[]);
        }
        (
            &self.words[start - self.first..end - self.first],
            &other.words[start - other.first..end - other.first],
        )
    }

    pub(super) fn intersect(&self, other: &Self) -> Self {
        let (own, others) = self.common(other);
        let meets = |(a, b): (&u64, &u64)| a & b != 0;
        let Some(start) = own.iter().zip(others).position(meets) else { return Self::default() };
        let end = own.iter().zip(others).rposition(meets).unwrap_or(start);
        // To copy first, and then to take away in place, is what compilers turn into the fewest instructions.
        let mut words = own[start..=end].to_vec();
        words.iter_mut().zip(&others[start..=end]).for_each(|(word, other)| *word &= other);
        Self { first: self.first.max(other.first) + start, words }
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        let mut left = self.clone();
        left.subtract(other);
        left
    }

    /// Takes away what is in another set.
    pub(super) fn subtract(&mut self, other: &Self) {
        let others = self.common(other).1;
        if !others.is_empty() {
            let start = self.first.max(other.first) - self.first;
            self.words[start..].iter_mut().zip(others).for_each(|(word, other)| *word &= !other);
            self.trim();
        }
    }

    /// What is in any of the sets.
    pub(super) fn union<'s>(sets: impl IntoIterator<Item = &'s Self>) -> Cow<'s, Self> {
        let mut sets = sets.into_iter().filter(|set| !set.is_empty());
        let Some(first) = sets.next() else { return Cow::default() };
        let Some(second) = sets.next() else { return Cow::Borrowed(first) };
        let mut draft = Draft::empty();
        [first, second].into_iter().chain(sets).for_each(|set| draft.unite(set));
        Cow::Owned(draft.into_set())
    }

    pub(super) fn contains(&self, action: ActionId) -> bool {
        self.word(action.index() / 64) >> (action.index() % 64) & 1 == 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether both have an action in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let (own, others) = self.common(other);
        own.iter().zip(others).any(|(a, b)| a & b != 0)
    }

    /// Whether every action of the other is in this.
    pub(super) fn covers(&self, other: &Self) -> bool {
        if other.is_empty() {
            return true;
        }
        // INVARIANT: the words at both ends are not zero.
        if other.first < self.first || other.end() > self.end() {
            return false;
        }
        let (own, others) = self.common(other);
        own.iter().zip(others).all(|(a, b)| b & !a == 0)
    }

    /// The first action in the catalogue's order.
    pub(super) fn first(&self) -> Option<ActionId> {
        let bit = self.words.first()?.trailing_zeros() as usize;
        ActionId::from_index(self.first * 64 + bit)
    }

    /// The last action in the catalogue's order.
    pub(super) fn last(&self) -> Option<ActionId> {
        let bit = 63 - self.words.last()?.leading_zeros() as usize;
        ActionId::from_index((self.end() - 1) * 64 + bit)
    }

    /// What an operation on the set costs.
    pub(super) fn cost(&self) -> u64 {
        1 + self.words.len() as u64 / 32
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ActionId> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let base = (self.first + at) * 64;
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                ActionId::from_index(base + bit)
            })
        })
    }
}

impl Draft {
    pub(super) fn empty() -> Self {
        Self(Box::new([0; WORDS]))
    }

    pub(super) fn full() -> Self {
        Self::empty().complement()
    }

    fn insert_range(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        for at in range.start / 64..range.end.div_ceil(64) {
            let (low, high) = (range.start.max(at * 64) - at * 64, range.end.min(at * 64 + 64) - at * 64);
            self.0[at] |= (u64::MAX >> (64 - (high - low))) << low;
        }
    }

    fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub(super) fn insert_action(&mut self, action: ActionId) {
        self.insert(action.index());
    }

    pub(super) fn unite(&mut self, other: &ActionSet) {
        for (own, other) in self.0[other.first..].iter_mut().zip(&other.words) {
            *own |= other;
        }
    }

    pub(super) fn subtract(&mut self, other: &ActionSet) {
        for (own, other) in self.0[other.first..].iter_mut().zip(&other.words) {
            *own &= !other;
        }
    }

    fn complement(mut self) -> Self {
        self.0.iter_mut().for_each(|word| *word = !*word);
        for index in ACTION_COUNT..WORDS * 64 {
            self.0[index / 64] &= !(1 << (index % 64));
        }
        self
    }

    /// A set that is to stay: it takes no more memory than it needs.
    pub(super) fn finish(self) -> ActionSet {
        ActionSet::trimmed(&*self.0)
    }

    /// A set that is not copied.
    pub(super) fn into_set(self) -> ActionSet {
        let words: Box<[u64]> = self.0;
        let mut set = ActionSet { first: 0, words: words.into_vec() };
        set.trim();
        set
    }
}

/// An action element: a set over the catalogue, and patterns for what lies outside of it.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    pub(super) set: ActionSet,
    negated: bool,
    /// The patterns in lower case, but for those that name no action, or one of the catalogue.
    texts: Box<[String]>,
    /// As automata.
    patterns: OnceLock<Box<[Pattern]>>,
    /// What it costs to match all of them with one name.
    pub(super) weight: u64,
}

impl Actions {
    /// Compiles an action element; names without wildcards that the catalogue lacks go to `extra`.
    ///
    /// # Errors
    /// The budget ran out: wildcards are held against the names of the catalogue one by one.
    pub(super) fn new(
        element: &Patterns,
        extra: &mut BTreeSet<String>,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut draft = Draft::empty();
        let mut texts = Vec::with_capacity(element.patterns.len());
        let mut weight = 0;
        for pattern in &element.patterns {
            let cost = 1 + pattern.len() as u64 / 16;
            budget.spend(cost)?;
            // Several actions in one string match nothing.
            if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
                continue;
            }
            let lower = pattern.to_ascii_lowercase();
            match lower.split_once(':') {
                None if lower.bytes().all(|b| b == b'*') => draft.insert_range(0..ACTION_COUNT),
                // Without a service it names no action.
                None => continue,
                Some(_) if !lower.contains(['*', '?']) => match catalogue::find(&lower) {
                    // It names no other: those that the catalogue lacks need not be held against it.
                    Some(action) => {
                        draft.insert(action.index());
                        continue;
                    }
                    // Without a service or a name it is no action.
                    None if lower.starts_with(':') || lower.ends_with(':') => {}
                    None => {
                        extra.insert(lower.clone());
                    }
                },
                Some((service, name)) => {
                    let name = compile(name);
                    if !service.contains(['*', '?']) {
                        insert_matching(&mut draft, service, &name, budget)?;
                    } else {
                        // Actions have one colon, so both sides match by themselves.
                        let service = compile(service);
                        for known in catalogue::services() {
                            budget.spend(cost)?;
                            if pattern::matches(&service, known) {
                                insert_matching(&mut draft, known, &name, budget)?;
                            }
                        }
                    }
                }
            }
            weight += cost;
            texts.push(lower);
        }
        if element.negated {
            draft = draft.complement();
        }
        Ok(Self {
            set: draft.finish(),
            negated: element.negated,
            texts: texts.into(),
            patterns: OnceLock::new(),
            weight,
        })
    }

    /// Whether every pattern is one of another element's, or names actions that are in it.
    pub(super) fn are_among(&self, other: &Self) -> bool {
        let plain = !self.negated && !other.negated;
        let named = || self.set.without(&other.set).is_empty();
        plain && named() && self.texts.iter().all(|text| other.texts.contains(text))
    }

    /// Whether an action that the catalogue lacks, in lower case, is in the set.
    pub(super) fn contains_extra(&self, action: &str) -> bool {
        let patterns = self.patterns.get_or_init(|| self.texts.iter().map(|text| compile(text)).collect());
        patterns.iter().any(|p| pattern::matches(p, action)) != self.negated
    }
}

fn compile(lower: &str) -> Pattern {
    let reading = Reading { wildcards: true, variables: false };
    pattern::tokens(&text::pieces(lower, reading), |_, _| None).unwrap_or_default()
}

/// Inserts the actions of a service whose names, in lower case, match.
fn insert_matching(
    draft: &mut Draft,
    service: &str,
    name: &[Token],
    budget: &mut Budget,
) -> Result<(), Exhausted> {
    let spelled = name.iter().take_while(|token| matches!(token, Token::Char(_))).count();
    let (literal, rest) = name.split_at(spelled);
    let literal = literal.iter().filter_map(|token| if let Token::Char(c) = token { Some(*c) } else { None });
    let prefix: String = service.chars().chain([':']).chain(literal).collect();
    // A service that the catalogue lacks has no actions, and no range.
    let range =
        if spelled == 0 { catalogue::service_actions(service) } else { catalogue::prefixed_actions(&prefix) };
    if *rest == [Token::Star] {
        draft.insert_range(range);
        return Ok(());
    }
    // What is spelled out at the end tells most names apart at once.
    let ending = rest.iter().rev().take_while(|token| !token.is_star()).count();
    let each = if rest.len() - ending < 2 { 1 } else { 8 + rest.len() as u64 };
    budget.spend(range.len() as u64 * each / 4)?;
    // A pattern that wants more characters than a name has need not be walked.
    let least = rest.iter().filter(|token| !token.is_star()).count();
    for index in range {
        let known = ActionId::from_index(index).and_then(|a| a.full_name_lower().get(prefix.len()..));
        if known.is_some_and(|known| known.len() >= least && pattern::matches(rest, known)) {
            draft.insert(index);
        }
    }
    Ok(())
}
