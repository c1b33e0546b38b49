//! What is said of the requests that a question is about, besides who makes them.

use std::collections::BTreeSet;

use super::facts::Knowledge;
use super::values::Value;
use crate::request::Context;

/// Facts about every request that a [`super::Stack`] is asked about.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Keys and their values. They win over what follows from the principal and the resource.
    pub values: Context,
    /// Keys, in lower case, that no request has.
    pub absent: BTreeSet<String>,
    /// Whether the principal may have other tags, and be of another organization, than the asker
    /// knows; if not, what is not known of these is absent.
    pub open: bool,
    /// Whether the question is about its roles and its known resources alone. If it is about one
    /// action, that action is taken to work on them, whatever the catalogue says.
    pub closed: bool,
}

impl Given {
    /// What is said of a key, given in lower case; `None`: nothing.
    pub(super) fn knowledge(&self, key: &str) -> Option<Knowledge> {
        if self.absent.contains(key) {
            return Some(Knowledge::Fixed(None));
        }
        let entry = self.values.get(key)?;
        // In two spellings: which of them IAM reads is contested.
        Some(if entry.contested { Knowledge::Unlisted } else { Knowledge::Fixed(Some(entry.values.into())) })
    }

    /// Whether nothing is said of any key.
    pub(super) fn says_nothing(&self) -> bool {
        self.absent.is_empty() && self.values.is_empty()
    }

    /// Whether something is said of a key, given in lower case.
    pub(super) fn says(&self, key: &str) -> bool {
        self.absent.contains(key) || self.values.has(key)
    }

    /// The value of a key as the search would choose it, given in lower case; `None`: it is not said.
    pub(super) fn value(&self, key: &str) -> Option<Value<'static>> {
        match self.knowledge(key)? {
            Knowledge::Fixed(None) => Some(Value::Absent),
            Knowledge::Fixed(Some(values)) => {
                Some(Value::Many(values.iter().map(|value| value.clone().into()).collect()))
            }
            Knowledge::Free { .. } | Knowledge::Unlisted | Knowledge::Passed { .. } => None,
        }
    }

    /// The region of the requests, if one is said.
    pub(super) fn region(&self) -> Option<&str> {
        let single = self.values.get("aws:requestedregion")?.values.len() == 1;
        self.values.first("aws:requestedregion").filter(|_| single)
    }
}
