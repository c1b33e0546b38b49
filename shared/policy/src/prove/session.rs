//! Session tags: which tags whoever assumes a role may pass, by the role's trust policy.
//!
//! A tag that is passed is the session's `aws:PrincipalTag`, in place of the role's own tag of that
//! key (IAM User Guide, "Pass session tags in AWS STS"). To pass any takes `sts:TagSession`, and the
//! call's tags are `aws:RequestTag`, `aws:TagKeys` and `sts:TransitiveTagKeys` of the trust policy's
//! conditions. So a search that may pass tags reads `aws:PrincipalTag/k` as *the tag that is passed*,
//! whose absence stands for the role's own; the trust policy's conditions on tags are conditions on the
//! same variables. Its other conditions are about whoever assumes the role, who is not known: some of
//! those whom it admits are taken to meet them ([`super::Assumption::SessionTags`]).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::atom::{Atom, Claim, Clause, any_of};
use super::budget::Budget;
use super::compile::{Admitted, Condition, Statement};
use super::couplings;
use super::domains::{Domains, variables_of};
use super::facts::{Knowledge, Scope, View};
use super::pattern::literal;
use super::sets::Set;
use super::solve::{self, Outcome};
use super::stack::Stack;
use super::translate::{Bound, Part, ResourceKind, Translator};
use crate::catalogue::{self, ActionId};
use crate::document::{Effect, PrincipalEntry};

/// Begins the names of the keys of the call that passes the tags, where they are not of the tags.
pub(super) const OF_CALL: &str = "session/";

/// Whether the sessions of a principal may carry tags that are not its own.
pub(super) enum Tagging<'a> {
    Never,
    /// Only IAM Identity Center passes tags: its attributes for access control.
    ByIdentityCenter,
    /// In one of these ways.
    Passed(Vec<Admission<'a>>),
    /// It cannot be told, for this reason.
    Unknown(String),
}

/// One way to assume a role with tags.
pub(super) struct Admission<'a> {
    /// What must allow it.
    allows: Vec<&'a Statement>,
    /// What must not deny it.
    denies: Vec<&'a Statement>,
}

/// A tag key that only AWS can set (IAM User Guide, "Tags for AWS Identity and Access Management
/// resources").
pub(super) fn is_reserved(tag: &str) -> bool {
    tag.starts_with("aws:")
}

impl<'a> Tagging<'a> {
    /// What the trust policy of the principal that asks, and the RCPs of its account, say.
    pub(super) fn of(stack: &Stack<'a>) -> Self {
        let asker = stack.asker;
        // Where its tags are not known, they are the search's to choose already.
        if asker.caller.role().is_none() || stack.given.open {
            return Self::Never;
        }
        let tagging = match &asker.trust {
            None => {
                Self::Unknown("the trust policy of the role is not known: its sessions may carry tags".into())
            }
            Some(trust) => match (trust.boxes(), stack.denies.unknown_rcps.first()) {
                (Err(reason), _) => Self::Unknown(format!("the trust policy of the role: {reason}")),
                (Ok(_), Some(reason)) => Self::Unknown(reason.clone()),
                (Ok(compiled), None) => {
                    let rcps = stack.denies.rcps.iter().map(|placed| placed.statement);
                    admissions(&compiled.statements, rcps.filter(|deny| is_about(deny, &asker.caller.name)))
                }
            },
        };
        match tagging {
            Self::Never => Self::Never,
            _ if asker.caller.name.contains(":role/aws-reserved/sso.amazonaws.com/") => {
                Self::ByIdentityCenter
            }
            tagging => tagging,
        }
    }
}

static TAG_SESSION: LazyLock<Option<ActionId>> = LazyLock::new(|| catalogue::find("sts:tagsession"));

/// The ways that a trust policy has to assume its role with tags, each once.
fn admissions<'a>(statements: &'a [Statement], rcps: impl Iterator<Item = &'a Statement>) -> Tagging<'a> {
    let Some(tag) = *TAG_SESSION else { return Tagging::Never };
    let of = |effect: Effect, action: ActionId| {
        statements.iter().filter(move |s| s.effect == effect && s.actions.set.contains(action))
    };
    let mut all: Vec<Admission<'a>> = Vec::new();
    // Most trust policies let no tags in.
    if of(Effect::Allow, tag).next().is_none() {
        return Tagging::Never;
    }
    let rcps: Vec<&Statement> = rcps.collect();
    for assume in ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"] {
        let Some(assume) = catalogue::find(assume) else { continue };
        for tagging in of(Effect::Allow, tag) {
            for assuming in of(Effect::Allow, assume) {
                let (Some(one), Some(other)) = (&tagging.principal, &assuming.principal) else { continue };
                if one.negated || other.negated {
                    return Tagging::Unknown(
                        "`NotPrincipal` with `Allow` in the trust policy of the role".into(),
                    );
                }
                let pairs = one.entries.iter().flat_map(|a| other.entries.iter().map(move |b| (a, b)));
                for who in pairs.filter_map(|(a, b)| narrower(a, b)).filter(|who| may_call(who, assume)) {
                    let denies = of(Effect::Deny, tag).chain(of(Effect::Deny, assume));
                    let denies = denies.chain(
                        rcps.iter()
                            .copied()
                            .filter(|s| s.actions.set.contains(tag) || s.actions.set.contains(assume)),
                    );
                    let mut denies: Vec<&Statement> = denies.filter(|deny| is_bound(deny, who)).collect();
                    dedup(&mut denies);
                    let mut allows = vec![tagging, assuming];
                    dedup(&mut allows);
                    let way = Admission { allows, denies };
                    if !all.iter().any(|own| own.is(&way)) {
                        all.push(way);
                    }
                }
            }
        }
    }
    // Where anything can be passed in one way, the others add nothing.
    if let Some(at) = all.iter().position(Admission::is_open) {
        all = vec![all.swap_remove(at)];
    }
    if all.is_empty() { Tagging::Never } else { Tagging::Passed(all) }
}

impl<'a> Admission<'a> {
    /// Whatever is passed.
    pub(super) fn of_anything() -> Self {
        Self { allows: Vec::new(), denies: Vec::new() }
    }

    /// Its statements.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'a Statement> {
        self.allows.iter().chain(&self.denies).copied()
    }

    /// What the tags that are passed must satisfy; `None`: none can be.
    pub(super) fn clauses(&self, translator: &Translator<'_>, bound: Bound) -> Option<Vec<Clause>> {
        let mut clauses = Vec::new();
        for condition in self.allows.iter().flat_map(|allow| &allow.conditions).filter(|c| is_of_tags(c)) {
            match translator.of_call(condition, bound) {
                Part::Is(true) => {}
                Part::Is(false) => return None,
                Part::Atom(atom) => clauses.push([[atom].into()].into()),
            }
        }
        // Whoever assumes the role can escape a deny that asks for anything but tags.
        for deny in self.denies.iter().filter(|deny| deny.conditions.iter().all(is_of_tags)) {
            let mut escapes = Vec::new();
            let mut matches = true;
            for condition in &deny.conditions {
                match translator.of_call(condition, bound.opposite()) {
                    Part::Is(holds) => matches &= holds,
                    Part::Atom(atom) => escapes.push([atom.negate()].into()),
                }
            }
            match (matches, escapes.is_empty()) {
                (false, _) => {}
                (true, true) => return None,
                (true, false) => clauses.push(any_of(escapes)),
            }
        }
        Some(clauses)
    }

    fn is(&self, other: &Self) -> bool {
        let same = |a: &[&Statement], b: &[&Statement]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
        };
        same(&self.allows, &other.allows) && same(&self.denies, &other.denies)
    }

    fn is_open(&self) -> bool {
        let asks_for_tags = |statement: &&Statement| statement.conditions.iter().any(is_of_tags);
        self.denies.is_empty() && !self.allows.iter().any(asks_for_tags)
    }
}

/// The name that a search has for a key of the call that passes tags; `None`: a key that says nothing
/// of them.
pub(super) fn key_of_call(key: &str) -> Option<String> {
    match key {
        "aws:tagkeys" | "sts:transitivetagkeys" => Some(format!("{OF_CALL}{key}")),
        _ => key.strip_prefix("aws:requesttag/").map(|tag| format!("aws:principaltag/{tag}")),
    }
}

/// Whether a condition is about the tags that are passed, and nothing else.
fn is_of_tags(condition: &Condition) -> bool {
    key_of_call(&condition.key).is_some() && !condition.variables
}

fn dedup(statements: &mut Vec<&Statement>) {
    statements.sort_by_key(|statement| std::ptr::from_ref(*statement));
    statements.dedup_by(|a, b| std::ptr::eq(*a, *b));
}

/// Whom both name, if anybody.
fn narrower<'p>(one: &'p PrincipalEntry, other: &'p PrincipalEntry) -> Option<&'p PrincipalEntry> {
    match (covers(one, other), covers(other, one)) {
        (true, _) => Some(other),
        (_, true) => Some(one),
        _ => None,
    }
}

/// Whether an entry names everybody whom another does.
fn covers(entry: &PrincipalEntry, other: &PrincipalEntry) -> bool {
    match (entry, other) {
        (PrincipalEntry::Anyone, _) => true,
        (PrincipalEntry::Aws(own), PrincipalEntry::Aws(name)) => {
            let account = account(own);
            own == name || account.is_some() && account == account_of(name)
        }
        _ => entry == other,
    }
}

/// The account that an entry stands for as a whole.
fn account(name: &str) -> Option<&str> {
    if name.bytes().all(|b| b.is_ascii_digit()) {
        return Some(name);
    }
    name.ends_with(":root").then(|| account_of(name)).flatten()
}

/// The account that a principal is of, where its name tells.
fn account_of(name: &str) -> Option<&str> {
    if name.bytes().all(|b| b.is_ascii_digit()) { Some(name) } else { name.split(':').nth(4) }
}

/// Whether the resource element of a statement surely matches a role.
fn is_about(statement: &Statement, role: &str) -> bool {
    statement.resource.as_ref().is_none_or(|resources| match (resources.any, resources.variables) {
        (true, _) => !resources.negated,
        (false, true) => false,
        (false, false) => {
            let admitted = || Admitted::of_resources(resources, false);
            resources.fixed.get_or_init(admitted).lower.contains(role)
        }
    })
}

/// Whether such a principal makes this call (STS API Reference, the calls' own pages).
fn may_call(who: &PrincipalEntry, assume: ActionId) -> bool {
    let federated = assume.full_name_lower() != "sts:assumerole";
    match who {
        PrincipalEntry::Anyone => true,
        PrincipalEntry::Federated(_) => federated,
        _ => !federated,
    }
}

/// Whether a `Deny` surely speaks of everybody whom an entry names.
fn is_bound(deny: &Statement, who: &PrincipalEntry) -> bool {
    deny.principal.as_ref().is_some_and(|element| {
        let named = element.entries.iter().any(|entry| covers(entry, who));
        let touched = named || element.entries.iter().any(|entry| covers(who, entry));
        if element.negated { !touched } else { named }
    })
}

impl<'a> Stack<'a> {
    /// The same principal, with sessions that carry tags passed in one of these ways.
    pub(super) fn passing(&self, admissions: Vec<Admission<'a>>) -> Self {
        let mut stack = Stack::given(self.asker, self.bound, self.given.clone());
        stack.admissions = admissions;
        stack.keys.pass_tags();
        stack
    }

    /// Whether sessions can have the tags of a context, all together.
    pub(super) fn lets_pass(&self, context: &BTreeMap<String, Vec<String>>, steps: u64) -> bool {
        let resource_account = &self.asker.caller.account;
        let view = View { pins: &[], scope: Scope::Any, region: None, resource_account, organization: None };
        let translator = Translator::new(self, view, ResourceKind::Arn, Bound::Lower);
        let mut tags: Vec<Clause> = Vec::new();
        for (name, values) in context.iter().filter(|(name, _)| tag_of(name).is_some()) {
            let key = self.key(&name.to_ascii_lowercase());
            let ([value], Knowledge::Passed { own }) = (values.as_slice(), translator.known(&key)) else {
                return false;
            };
            let absent = own.is_some_and(|own| *own == **values);
            let set = Set::text(vec![literal(value)]);
            tags.push([[Atom::key(&key, Claim::Value { absent, set })].into()].into());
        }
        self.admissions.iter().any(|admission| {
            let Some(mut clauses) = admission.clauses(&translator, Bound::Lower) else { return false };
            clauses.extend(tags.iter().cloned());
            let mut domains = Domains::default();
            translator.add_domains(&mut domains, variables_of(&clauses));
            clauses.extend(couplings::clauses(&mut domains, self));
            let solved = solve::solve(domains, &[], &clauses, &mut Budget::new(steps));
            matches!(solved, Ok(Outcome::Found(_)))
        })
    }
}

/// The tag that a key of a principal's tag names.
pub(super) fn tag_of(key: &str) -> Option<&str> {
    let (start, tag) = key.split_at_checked("aws:PrincipalTag/".len())?;
    start.eq_ignore_ascii_case("aws:PrincipalTag/").then_some(tag)
}
