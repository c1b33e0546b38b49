//! The atoms of a question: one variable, one set.

use super::sets::Set;
use std::rc::Rc;

/// What an atom speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Variable {
    /// The request's resource.
    Resource,
    /// A context key, in lower case.
    Key(Rc<str>),
}

/// One constraint on one variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Atom {
    pub(super) variable: Variable,
    pub(super) claim: Claim,
}

/// What an atom claims.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Atoms that hold together; none: always true.
pub(super) type Conjunction = Vec<Atom>;

/// Alternatives of which one must hold; none: always false.
pub(super) type Clause = Vec<Conjunction>;

impl Atom {
    pub(super) fn resource(set: Set) -> Self {
        Self { variable: Variable::Resource, claim: Claim::Value { absent: false, set } }
    }

    pub(super) fn key(key: &str, claim: Claim) -> Self {
        Self { variable: Variable::Key(key.into()), claim }
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
}
