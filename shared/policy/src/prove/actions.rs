//! Sets of actions: one bit for each action of the catalogue, and names for those it lacks.

use std::collections::BTreeSet;

use super::pattern::{self, Pattern};
use crate::catalogue::{self, ACTION_COUNT, ActionId};
use crate::document::Patterns;
use crate::text::{self, Reading};

const WORDS: usize = ACTION_COUNT.div_ceil(64);

/// A set of the catalogue's actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActionSet(Box<[u64]>);

impl ActionSet {
    pub(super) fn empty() -> Self {
        Self(vec![0; WORDS].into())
    }

    pub(super) fn full() -> Self {
        let mut set = Self::empty();
        set.insert_range(0..ACTION_COUNT);
        set
    }

    fn insert_range(&mut self, range: std::ops::Range<usize>) {
        for index in range {
            self.0[index / 64] |= 1 << (index % 64);
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

    pub(super) fn contains(&self, action: ActionId) -> bool {
        self.0[action.index() / 64] >> (action.index() % 64) & 1 == 1
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    /// The part within `other` and the part outside of it.
    pub(super) fn split(&self, other: &Self) -> (Self, Self) {
        let (mut inside, mut outside) = (self.clone(), self.clone());
        inside.intersect(other);
        outside.subtract(other);
        (inside, outside)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ActionId> {
        let words = self.0.iter().enumerate();
        words
            .flat_map(|(at, word)| {
                (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
            })
            .filter_map(ActionId::from_index)
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
        let mut set = ActionSet::empty();
        let mut patterns = Vec::new();
        for pattern in &element.patterns {
            // Several actions in one string match nothing.
            if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
                continue;
            }
            let lower = pattern.to_ascii_lowercase();
            let reading = Reading { wildcards: true, variables: false };
            let compiled = pattern::tokens(&text::pieces(&lower, reading), |_, _| None).unwrap_or_default();
            match lower.split_once(':') {
                None if lower.bytes().all(|b| b == b'*') => set.insert_range(0..ACTION_COUNT),
                // Without a service it names no action.
                None => continue,
                Some(_) if !lower.contains(['*', '?']) => match catalogue::find(&lower) {
                    Some(action) => set.insert(action.index()),
                    // Without a service or a name it is no action.
                    None if lower.starts_with(':') || lower.ends_with(':') => {}
                    None => {
                        extra.insert(lower);
                    }
                },
                Some((service, name)) if !service.contains(['*', '?']) => {
                    let range = catalogue::service_actions(service);
                    if name == "*" {
                        set.insert_range(range);
                    } else {
                        insert_matching(&mut set, range, &compiled);
                    }
                }
                Some(_) => insert_matching(&mut set, 0..ACTION_COUNT, &compiled),
            }
            patterns.push(compiled);
        }
        if element.negated {
            let (_, outside) = ActionSet::full().split(&set);
            set = outside;
        }
        Self { set, negated: element.negated, patterns }
    }

    /// Whether an action that the catalogue lacks, in lower case, is in the set.
    pub(super) fn contains_extra(&self, action: &str) -> bool {
        self.patterns.iter().any(|p| pattern::matches(p, action)) != self.negated
    }
}

fn insert_matching(set: &mut ActionSet, range: std::ops::Range<usize>, pattern: &Pattern) {
    // A pattern that wants more characters than a name has need not be walked.
    let least = pattern.iter().filter(|token| !token.is_star()).count();
    let matches = |action: ActionId| {
        let name = action.full_name_lower();
        name.len() >= least && pattern::matches(pattern, name)
    };
    for index in range {
        if ActionId::from_index(index).is_some_and(matches) {
            set.insert(index);
        }
    }
}
