//! Regions of requests that rest on a principal's own tags.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use stanchion_inventory::Principal;
use stanchion_policy::document::{Condition, Effect, Operator, Patterns, Statement, Version};
use stanchion_policy::{Document, Policy};

use super::may_pass_tags;

/// A principal's own value of a tag: what it holds apart is told from it, whatever tags a session is
/// given.
#[derive(Clone, Debug)]
pub(super) struct Own {
    key: String,
    /// `None`: it has no such tag.
    pub(super) value: Option<String>,
    /// Whether its sessions may have another.
    passed: bool,
}

impl Own {
    pub(super) fn of(principal: &Principal, key: &str) -> Self {
        let value = principal.tag(key).map(str::to_owned);
        Self { key: key.to_owned(), value, passed: may_pass_tags(principal) }
    }

    /// The tag's key, as the rule spells it.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// As the value of a condition. The variable will do where no session has another tag, and is the
    /// same for all principals; one that has no such tag is held to that of its session.
    fn text(&self) -> String {
        match &self.value {
            // IAM takes no `$` in a tag's value; a policy reads it as the start of a variable.
            Some(value) if self.passed && !value.contains('$') => value.clone(),
            _ => format!("${{aws:PrincipalTag/{}}}", self.key),
        }
    }
}

/// Regions that have been made: many principals share one.
#[derive(Debug, Default)]
pub(super) struct Made(Mutex<BTreeMap<Vec<String>, Policy>>);

impl Made {
    /// The region of these own values, all of which it rests on.
    pub(super) fn get(&self, own: &[Own], make: impl FnOnce() -> Policy) -> Policy {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(own.iter().map(Own::text).collect()).or_insert_with(make).clone()
    }
}

/// A region of these statements.
pub(super) fn policy(statements: Vec<Statement>) -> Policy {
    Policy::of(Document { version: Version::V2012, version_given: true, statements })
}

/// These actions on any resource.
pub(super) fn statement(actions: Vec<String>, conditions: Vec<Condition>) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Patterns { negated: false, patterns: actions },
        resource: Some(list(false, ["*".to_owned()])),
        conditions,
    }
}

pub(super) fn list(negated: bool, patterns: impl IntoIterator<Item = String>) -> Patterns {
    Patterns { negated, patterns: patterns.into_iter().collect() }
}

fn condition(operator: &str, key: &str, values: Vec<String>) -> Condition {
    Condition { operator: Operator::parse(operator), key: key.to_owned(), values }
}

/// The key is absent, or has another value than the principal.
pub(super) fn not_equals(key: &str, own: &Own) -> Condition {
    condition("StringNotEquals", key, vec![own.text()])
}

/// The key is there.
pub(super) fn present(key: &str) -> Condition {
    condition("Null", key, vec!["false".to_owned()])
}

/// The call names one of these tags.
pub(super) fn names_tag(keys: &[String]) -> Condition {
    condition("ForAnyValue:StringEqualsIgnoreCase", "aws:TagKeys", keys.to_vec())
}

/// The call is about one of these policies.
pub(super) fn about_policies(arns: &[String]) -> Condition {
    condition("ArnEquals", "iam:PolicyARN", arns.to_vec())
}
