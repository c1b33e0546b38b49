//! Statements of SCPs and RCPs that do nothing: no request of anybody can match them, or the rest of their
//! policy denies as much.
//!
//! What is concluded from the catalogue alone is a doubt: it may be older than an action, and it leaves out keys
//! that requests carry (docs/semantics, "What the reference does not list").

use std::fmt;

use crate::catalogue::{self, ActionId};
use crate::document::{
    Comparison, Condition, Document, Effect, Operator, Patterns, PrincipalEntry, Principals, Quantifier,
    Statement,
};
use crate::keys;
use crate::lint::catalogued::actions;
use crate::policy::{Level, NamedPolicy, Policy};
use crate::prove::{Ceiling, Home, Verdict, everybody, is_bound_by_rcps, leaves, named_by};

/// How many steps one question may take.
const STEPS: u64 = 300_000;

/// Neither SCPs nor RCPs bind service-linked roles (Organizations User Guide, "Tasks and entities not
/// restricted by SCPs").
const SERVICE_LINKED: &str = "arn:*:iam::*:role/aws-service-role/*";

/// The kinds of principal that can make a difference.
const KINDS: [&str; 3] = ["role", "user", "root"];

/// The policy that a statement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
}

/// A statement that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Whether that is proven; otherwise it rests on what the reference leaves out.
    pub certain: bool,
    /// Why.
    pub why: String,
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let does = if self.certain { "does nothing" } else { "may do nothing" };
        write!(f, "{does}: {}", self.why)
    }
}

/// Looks for statements that do nothing in accounts.
#[derive(Debug)]
pub struct Search<'a> {
    limit: Limit,
    homes: Vec<Home<'a>>,
    steps: u64,
}

impl<'a> Search<'a> {
    /// Asks about these accounts, and no more than `steps` in all: afterwards nothing is found.
    pub fn new(limit: Limit, homes: Vec<Home<'a>>, steps: u64) -> Self {
        Self { limit, homes, steps }
    }

    /// Why a statement does nothing; `None`: it does something, or that is not known.
    pub fn idle(&mut self, document: &Document, index: usize) -> Option<Idle> {
        let statement = document.statements.get(index)?;
        if let Some(why) = self.no_action(statement).or_else(|| doubtful_key(statement)) {
            return Some(Idle { certain: false, why });
        }
        let region = relaxed(statement);
        let bare = Statement {
            resource: Statement::everything().resource,
            conditions: Vec::new(),
            ..region.clone()
        };
        if !self.impossible(document, &region, None) {
            return None;
        }
        if self.impossible(document, &bare, None) {
            let why = "SCPs take none of its actions from anybody".to_owned();
            return (self.limit == Limit::Scp).then_some(Idle { certain: false, why });
        }
        Some(Idle { certain: true, why: self.why(document, &region, &bare) })
    }

    /// Whether the rest of the policy denies whatever a `Deny` denies.
    pub fn is_needless(&mut self, document: &Document, index: usize) -> bool {
        let Some(statement) = document.statements.get(index).filter(|s| s.effect == Effect::Deny) else {
            return false;
        };
        let mut rest = document.clone();
        rest.statements.remove(index);
        rest.statements.retain(|other| other.effect == Effect::Deny);
        if rest.statements.is_empty() {
            return false;
        }
        self.impossible(document, &relaxed(statement), Some(rest))
    }

    /// Which part of a statement that matches nothing is to blame.
    fn why(&mut self, document: &Document, region: &Statement, bare: &Statement) -> String {
        let on_resources = Statement { resource: region.resource.clone(), ..bare.clone() };
        if self.impossible(document, &on_resources, None) {
            let patterns = region.resource.iter().flat_map(|resource| &resource.patterns);
            return format!("none of its actions works on {}", quoted(patterns.map(String::as_str)));
        }
        for condition in &region.conditions {
            let alone = Statement { conditions: vec![condition.clone()], ..bare.clone() };
            if self.impossible(document, &alone, None) {
                let Condition { operator, key, .. } = condition;
                return format!("`{}` of `{key}` holds for nobody whom it binds", operator.text);
            }
        }
        "its resources and conditions never hold together for anybody whom it binds".to_owned()
    }

    /// Whether it is proven that nobody can make a request that a statement matches and `denied` does not.
    fn impossible(&mut self, document: &Document, statement: &Statement, denied: Option<Document>) -> bool {
        let region = Policy::of(one(document, spared(statement)));
        let principal = (self.limit == Limit::Rcp)
            .then(|| Principals { negated: false, entries: vec![PrincipalEntry::Anyone] });
        let everything = Statement { principal, ..Statement::everything() };
        let mut policies = vec![NamedPolicy::new("everything", Policy::of(one(document, everything)))];
        policies.extend(denied.map(|denied| NamedPolicy::new("the rest", Policy::of(denied))));
        let levels = [Level { name: "r".into(), policies }];
        let ceiling = match self.limit {
            Limit::Scp => Ceiling::Scps(&levels),
            Limit::Rcp => Ceiling::Rcps(&levels),
        };
        let told = named_by(ceiling, &region);
        if self.homes.is_empty() || !told.beyond(ceiling).is_empty() {
            return false;
        }
        for home in &self.homes {
            let Ok(all) = everybody(ceiling, &told, &KINDS, home) else { return false };
            for who in all {
                if self.steps < STEPS {
                    return false;
                }
                let answer = leaves(ceiling, &who, &region, STEPS);
                self.steps -= answer.steps.min(self.steps);
                if !matches!(answer.verdict, Verdict::No) {
                    return false;
                }
            }
        }
        true
    }

    /// Why none of the actions that a statement lists is one that its policy could be about.
    fn no_action(&self, statement: &Statement) -> Option<String> {
        let Patterns { negated: false, patterns } = &statement.action else { return None };
        let known: Vec<(&str, Vec<ActionId>)> =
            patterns.iter().map(|pattern| (pattern.as_str(), actions(pattern))).collect();
        if known.iter().all(|(_, actions)| actions.is_empty()) {
            let names = quoted(patterns.iter().map(String::as_str));
            return Some(format!("the catalogue of {} has no action {names}", catalogue::DATE));
        }
        // Whether RCPs bind those that work on no resource is contested.
        let bound = |action: &ActionId| {
            is_bound_by_rcps(*action)
                || action.is_wildcard_only() && catalogue::supports_rcp(action.service())
        };
        if self.limit == Limit::Rcp && !known.iter().flat_map(|(_, actions)| actions).any(bound) {
            let names = quoted(patterns.iter().map(String::as_str));
            return Some(format!("RCPs bind the actions of other services, and not {names}"));
        }
        None
    }
}

/// A condition that holds only where a key is, on a key that requests likely lack.
fn doubtful_key(statement: &Statement) -> Option<String> {
    let listed = |key: &str| {
        let Patterns { negated: false, patterns } = &statement.action else { return true };
        let mut all = patterns.iter().map(|pattern| actions(pattern));
        all.any(|known| known.is_empty() || known.iter().any(|action| action.lists_key_anywhere(key)))
    };
    statement.conditions.iter().filter(|condition| needs_key(condition)).find_map(|condition| {
        let (key, written) = (condition.key.to_ascii_lowercase(), &condition.key);
        let prefix = key.rsplit_once(':').map_or("", |(prefix, _)| prefix);
        // Keys of identity providers are in no list.
        if keys::is_global(&key) || prefix == "saml" || prefix.contains(['.', '/']) {
            return None;
        }
        if catalogue::key_type(&key).is_none() {
            return Some(format!("no condition key `{written}` is known, and it must have a value"));
        }
        let doubt = "for none of its actions, and it must have a value";
        (!listed(&key)).then(|| format!("the reference lists the condition key `{written}` {doubt}"))
    })
}

/// Whether a condition fails on requests that lack its key (IAM User Guide, "Condition operators").
fn needs_key(condition: &Condition) -> bool {
    let Operator { quantifier, comparison, if_exists, .. } = &condition.operator;
    match comparison {
        Comparison::Unknown => false,
        Comparison::Null => {
            let no = |value: &String| value.eq_ignore_ascii_case("false");
            quantifier.is_none() && condition.values.iter().all(no) && !condition.values.is_empty()
        }
        _ => {
            !if_exists && *quantifier != Some(Quantifier::AllValues) && needs_value(*comparison, *quantifier)
        }
    }
}

/// `ForAnyValue` needs a value even where its operator is negated.
fn needs_value(comparison: Comparison, quantifier: Option<Quantifier>) -> bool {
    !comparison.negated() || quantifier == Some(Quantifier::AnyValue)
}

/// The statement as a region of requests; not bound to resources that belong to no account, since none is
/// asked about.
fn relaxed(statement: &Statement) -> Statement {
    let nobodys = |pattern: &String| {
        pattern.split(':').nth(4).is_some_and(|account| account.contains(|c: char| c.is_ascii_alphabetic()))
    };
    let mut relaxed = Statement { effect: Effect::Allow, principal: None, ..statement.clone() };
    if relaxed.resource.as_ref().is_none_or(|resource| resource.patterns.iter().any(nobodys)) {
        relaxed.resource = Statement::everything().resource;
    }
    relaxed
}

/// The statement for those alone whom SCPs and RCPs bind.
fn spared(statement: &Statement) -> Statement {
    let mut spared = statement.clone();
    spared.conditions.push(Condition {
        operator: Operator::parse("ArnNotLike"),
        key: "aws:PrincipalArn".to_owned(),
        values: vec![SERVICE_LINKED.to_owned()],
    });
    spared
}

/// A document of one statement, read as the policy is that it is from.
fn one(document: &Document, statement: Statement) -> Document {
    Document { version: document.version, version_given: true, statements: vec![statement] }
}

/// Some texts, each within backticks.
fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut texts: Vec<&str> = texts.collect();
    texts.dedup();
    let some: Vec<String> = texts.iter().take(3).map(|text| format!("`{text}`")).collect();
    let more = if texts.len() > 3 { " and others" } else { "" };
    format!("{}{more}", some.join(", "))
}
