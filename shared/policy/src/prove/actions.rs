//! Sets of actions: one bit for each action of the catalogue, and names for those it lacks.

use std::collections::BTreeSet;
use std::ops::Range;

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
    words: Box<[u64]>,
}

/// A set that is being put together.
#[derive(Clone)]
pub(super) struct Draft(Box<[u64; WORDS]>);

impl ActionSet {
    /// A set of one action.
    pub(super) fn one(action: ActionId) -> Self {
        Self { first: action.index() / 64, words: [1 << (action.index() % 64)].into() }
    }

    /// What `combine` leaves of each word of this set and the same word of the other.
    fn reduce(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        // Without the words at both ends that come to nothing.
        let word = |at: usize| combine(self.words[at], other.word(self.first + at));
        let mut range = 0..self.words.len();
        while !range.is_empty() && word(range.start) == 0 {
            range.start += 1;
        }
        while !range.is_empty() && word(range.end - 1) == 0 {
            range.end -= 1;
        }
        Self { first: self.first + range.start, words: range.map(word).collect() }
    }

    fn word(&self, at: usize) -> u64 {
        at.checked_sub(self.first).and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }

    fn end(&self) -> usize {
        self.first + self.words.len()
    }

    /// The words of both where both have some.
    fn common<'s>(&'s self, other: &'s Self) -> (&'s [u64], &'s [u64]) {
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
        self.reduce(other, |a, b| a & b)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.reduce(other, |a, b| a & !b)
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
        let mut draft = Self::empty();
        draft.insert_range(0..ACTION_COUNT);
        draft
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

    pub(super) fn remove(&mut self, action: ActionId) {
        self.0[action.index() / 64] &= !(1 << (action.index() % 64));
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

    pub(super) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(own, other)| *own &= other);
    }

    fn complement(mut self) -> Self {
        self.0.iter_mut().for_each(|word| *word = !*word);
        for index in ACTION_COUNT..WORDS * 64 {
            self.0[index / 64] &= !(1 << (index % 64));
        }
        self
    }

    pub(super) fn finish(self) -> ActionSet {
        let Some(first) = self.0.iter().position(|word| *word != 0) else { return ActionSet::default() };
        let last = self.0.iter().rposition(|word| *word != 0).unwrap_or(first);
        ActionSet { first, words: self.0[first..=last].into() }
    }
}

/// An action element: a set over the catalogue, and patterns for what lies outside of it.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    pub(super) set: ActionSet,
    negated: bool,
    patterns: Vec<Pattern>,
}

impl Actions {
    /// Compiles an action element; names without wildcards that the catalogue lacks go to `extra`.
    pub(super) fn new(element: &Patterns, extra: &mut BTreeSet<String>) -> Self {
        let mut draft = Draft::empty();
        let mut patterns = Vec::new();
        for pattern in &element.patterns {
            // Several actions in one string match nothing.
            if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
                continue;
            }
            let lower = pattern.to_ascii_lowercase();
            let tokens = compile(&lower);
            match lower.split_once(':') {
                None if lower.bytes().all(|b| b == b'*') => draft.insert_range(0..ACTION_COUNT),
                // Without a service it names no action.
                None => continue,
                Some(_) if !lower.contains(['*', '?']) => match catalogue::find(&lower) {
                    Some(action) => draft.insert(action.index()),
                    // Without a service or a name it is no action.
                    None if lower.starts_with(':') || lower.ends_with(':') => {}
                    None => {
                        extra.insert(lower);
                    }
                },
                Some((service, name)) => {
                    let name = compile(name);
                    if !service.contains(['*', '?']) {
                        insert_matching(&mut draft, service, &name);
                    } else {
                        // Actions have one colon, so both sides match by themselves.
                        let service = compile(service);
                        let all = catalogue::services().filter(|known| pattern::matches(&service, known));
                        all.for_each(|known| insert_matching(&mut draft, known, &name));
                    }
                }
            }
            patterns.push(tokens);
        }
        if element.negated {
            draft = draft.complement();
        }
        Self { set: draft.finish(), negated: element.negated, patterns }
    }

    /// Whether an action that the catalogue lacks, in lower case, is in the set.
    pub(super) fn contains_extra(&self, action: &str) -> bool {
        self.patterns.iter().any(|p| pattern::matches(p, action)) != self.negated
    }
}

fn compile(lower: &str) -> Pattern {
    let reading = Reading { wildcards: true, variables: false };
    pattern::tokens(&text::pieces(lower, reading), |_, _| None).unwrap_or_default()
}

/// Inserts the actions of a service whose names, in lower case, match.
fn insert_matching(draft: &mut Draft, service: &str, name: &[Token]) {
    let spelled = name.iter().take_while(|token| matches!(token, Token::Char(_))).count();
    let (literal, rest) = name.split_at(spelled);
    let literal = literal.iter().filter_map(|token| if let Token::Char(c) = token { Some(*c) } else { None });
    let prefix: String = service.chars().chain([':']).chain(literal).collect();
    // A service that the catalogue lacks has no actions, and no range.
    let range =
        if spelled == 0 { catalogue::service_actions(service) } else { catalogue::prefixed_actions(&prefix) };
    if *rest == [Token::Star] {
        return draft.insert_range(range);
    }
    // A pattern that wants more characters than a name has need not be walked.
    let least = rest.iter().filter(|token| !token.is_star()).count();
    for index in range {
        let known = ActionId::from_index(index).and_then(|a| a.full_name_lower().get(prefix.len()..));
        if known.is_some_and(|known| known.len() >= least && pattern::matches(rest, known)) {
            draft.insert(index);
        }
    }
}
