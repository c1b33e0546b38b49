//! The atoms of a question: one variable, one set.

use std::cmp::Ordering;
use std::rc::Rc;

use super::facts::Key;
use super::sets::Set;

/// What an atom speaks of. Two keys are the same if they are one in memory: a stack holds each once.
#[derive(Clone, Debug)]
pub(super) enum Variable {
    /// The request's resource.
    Resource,
    /// A context key.
    Key(Rc<Key>),
}

/// One constraint on one variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    pub(super) variable: Variable,
    pub(super) claim: Claim,
}

/// What an atom claims.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// The one value lies in `set`, or the key is absent and `absent` allows that.
    Value { absent: bool, set: Set },
    /// Every value of a multivalued key lies in the set; absent and empty keys do.
    Every(Set),
    /// Some value of a multivalued key lies in the set.
    Some(Set),
    /// As `Some`, or the key is absent.
    SomeIfPresent(Set),
    /// As `Every`, and the key has values.
    EveryAndPresent(Set),
    /// A multivalued key has values, or (`false`) has none.
    Present(bool),
}

/// Atoms that hold together, sorted; none: always true.
pub(super) type Conjunction = Rc<[Atom]>;

/// Alternatives of which one must hold; none: always false.
pub(super) type Clause = Rc<[Conjunction]>;

/// A clause of these alternatives, in an order of their own.
pub(super) fn any_of(mut alternatives: Vec<Conjunction>) -> Clause {
    if alternatives.len() > 1 {
        alternatives.sort_unstable();
        alternatives.dedup();
    }
    alternatives.into()
}

impl Variable {
    /// The key's name in lower case.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Resource => None,
            Self::Key(key) => Some(&key.name),
        }
    }
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resource, Self::Resource) => true,
            (Self::Key(a), Self::Key(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Variable {}

impl PartialOrd for Variable {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Variable {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.name().cmp(&other.name()) }
    }
}

impl Atom {
    pub(super) fn resource(set: Set) -> Self {
        Self { variable: Variable::Resource, claim: Claim::Value { absent: false, set } }
    }

    pub(super) fn key(key: &Rc<Key>, claim: Claim) -> Self {
        Self { variable: Variable::Key(Rc::clone(key)), claim }
    }

    /// The opposite claim.
    pub(super) fn negate(&self) -> Self {
        let claim = match &self.claim {
            Claim::Value { absent, set } if self.variable == Variable::Resource => {
                Claim::Value { absent: *absent, set: set.complement() }
            }
            Claim::Value { absent, set } => Claim::Value { absent: !absent, set: set.complement() },
            Claim::Every(set) => Claim::Some(set.complement()),
            Claim::Some(set) => Claim::Every(set.complement()),
            Claim::SomeIfPresent(set) => Claim::EveryAndPresent(set.complement()),
            Claim::EveryAndPresent(set) => Claim::SomeIfPresent(set.complement()),
            Claim::Present(present) => Claim::Present(!present),
        };
        Self { variable: self.variable.clone(), claim }
    }

    /// What it costs to see whether the atom holds for a value.
    pub(super) fn weight(&self) -> u64 {
        match &self.claim {
            Claim::Value { set, .. }
            | Claim::Every(set)
            | Claim::Some(set)
            | Claim::SomeIfPresent(set)
            | Claim::EveryAndPresent(set) => set.weight(),
            Claim::Present(_) => 1,
        }
    }
}
