//! The values that a search chooses for its variables, and whether claims hold for them.

use std::borrow::Cow;

use super::atom::{Atom, Claim, Variable};
use super::domains::find;
use super::language;

/// The value that the search chose for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Absent,
    One(Cow<'v, str>),
    Many(Vec<Cow<'v, str>>),
}

/// The values of every variable that the question speaks of, sorted by name.
pub(super) struct Assignment(Vec<(Variable, Value<'static>)>);

impl Value<'_> {
    /// The values of a key; none if it is absent.
    pub(super) fn all(&self) -> &[Cow<'_, str>] {
        match self {
            Self::Absent => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The same value, held by the other.
    pub(super) fn by_reference(&self) -> Value<'_> {
        match self {
            Self::Absent => Value::Absent,
            Self::One(one) => Value::One(Cow::Borrowed(one)),
            Self::Many(many) => Value::Many(many.iter().map(|value| Cow::Borrowed(&**value)).collect()),
        }
    }

    /// The same value, held by itself.
    pub(super) fn into_owned(self) -> Value<'static> {
        let owned = |value: Cow<'_, str>| Cow::Owned(value.into_owned());
        match self {
            Self::Absent => Value::Absent,
            Self::One(one) => Value::One(owned(one)),
            Self::Many(many) => Value::Many(many.into_iter().map(owned).collect()),
        }
    }
}

impl Assignment {
    /// Values of variables that are sorted by name.
    pub(super) fn new(values: Vec<(Variable, Value<'static>)>) -> Self {
        Self(values)
    }

    pub(super) fn get(&self, variable: &Variable) -> Option<&Value<'static>> {
        find(&self.0, |(own, _)| own, variable).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Variable, &Value<'static>)> {
        self.0.iter().map(|(variable, value)| (variable, value))
    }
}

/// What it costs to see whether an atom holds for a value.
pub(super) fn weight(atom: &Atom, value: &Value<'_>) -> u64 {
    let length = match value {
        Value::Absent => 1,
        Value::One(one) => language::length(one),
        Value::Many(many) => many.iter().map(|value| language::length(value)).sum(),
    };
    atom.weight() * length
}

/// Whether a claim holds for a value.
pub(super) fn holds(claim: &Claim, value: &Value<'_>) -> bool {
    let values = value.all();
    match claim {
        Claim::Value { absent, set } => match values {
            [] => *absent,
            values => values.iter().all(|v| set.contains(v)),
        },
        Claim::Every(set) => values.iter().all(|v| set.contains(v)),
        Claim::EveryAndPresent(set) => !values.is_empty() && values.iter().all(|v| set.contains(v)),
        Claim::Some(set) => values.iter().any(|v| set.contains(v)),
        Claim::SomeIfPresent(set) => values.is_empty() || values.iter().any(|v| set.contains(v)),
        Claim::Present(present) => values.is_empty() != *present,
    }
}
