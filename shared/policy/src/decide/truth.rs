//! Three-valued logic, and the named unknowns behind its third value.

use std::cell::RefCell;
use std::ops::Not;

/// True, false, or not known; in this order, so that `and` is the least and `or` the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    Unknown,
    True,
}

use Truth::{False, True, Unknown};

impl Truth {
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether all hold; stops at the first that does not.
    pub(crate) fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = True;
        for item in items {
            result = result.and(item);
            if result == False {
                break;
            }
        }
        result
    }

    /// Whether one holds; stops at the first that does.
    pub(crate) fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = False;
        for item in items {
            result = result.or(item);
            if result == True {
                break;
            }
        }
        result
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            False => True,
            Unknown => Unknown,
            True => False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { True } else { False }
    }
}

/// The unknowns that an evaluation met, each a free Boolean with a name; and, when it is evaluated
/// again to see whether they matter, the values they are given.
#[derive(Debug, Default)]
pub(crate) struct Unknowns {
    assigned: Vec<(String, bool)>,
    seen: RefCell<Vec<String>>,
}

impl Unknowns {
    /// Every unknown named here has that value; others stay unknown.
    pub(crate) fn assigned(assigned: Vec<(String, bool)>) -> Self {
        Self { assigned, seen: RefCell::default() }
    }

    /// Whether every unknown stays unknown.
    pub(crate) fn none_assigned(&self) -> bool {
        self.assigned.is_empty()
    }

    /// The value of an unknown.
    pub(crate) fn ask(&self, name: String) -> Truth {
        if let Some((_, value)) = self.assigned.iter().find(|(known, _)| *known == name) {
            return (*value).into();
        }
        let mut seen = self.seen.borrow_mut();
        if !seen.contains(&name) {
            seen.push(name);
        }
        Unknown
    }

    /// The names met, in the order met.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }
}
