//! Decides one request: a complete, concrete evaluator of the IAM policy language that explains
//! itself. `docs/semantics` lists the behaviours and the tests that hold them.
//!
//! Shares parsing with [`mod@crate::prove`], and nothing else: each checks the other.

mod compile;
mod condition;
mod glob;
mod grant;
mod memo;
mod principal;
mod resource;
mod template;
mod truth;

use std::fmt;
use std::sync::Arc;

pub(crate) use compile::Compiled;
use compile::Statement;
use glob::ArnGlob;
pub(crate) use glob::Glob;
use memo::Memo;
use principal::Naming;
use truth::{Truth, Unknowns};

use crate::catalogue::{self, ActionId};
use crate::document::Effect;
use crate::policy::{Layers, NamedPolicy, Policy, ResourcePolicy};
use crate::request::Request;
use crate::text::{self, Reading};

/// What IAM answers to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Authorized.
    Allow,
    /// Refused since some layer does not allow it.
    ImplicitDeny,
    /// Refused by a `Deny` statement.
    ExplicitDeny,
    /// Depends on what is not known.
    Indeterminate,
}

/// The layers of a decision (IAM User Guide, "Policy evaluation logic").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LayerKind {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Resource,
    Endpoint,
}

/// A statement, or the lack of one, that made the decision what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// In which layer.
    pub layer: LayerKind,
    /// In which policy; for an implicit deny of an organization's level, the level.
    pub policy: Arc<str>,
    /// Which statement, counted from 0; `None`: the layer has none that allows.
    pub statement: Option<usize>,
    /// That statement's `Sid`.
    pub sid: Option<Arc<str>>,
}

/// An answer with its explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// For an allow, the statements that allow it, layer by layer; for an explicit deny, every
    /// statement that denies; for an implicit deny, the first layer without an `Allow`, in the order
    /// SCPs, RCPs, endpoint, grant.
    pub because: Vec<Because>,
    /// For [`Outcome::Indeterminate`]: what would have to be known.
    pub unknowns: Vec<String>,
}

/// How many unknowns are tried in all combinations; beyond that the answer is indeterminate.
pub const UNKNOWNS_TRIED: usize = 10;

/// Decides a request against its policy layers.
///
/// Every unknown is tried under both values: if the outcome is the same, that is the outcome.
pub fn decide(request: &Request, layers: &Layers) -> Decision {
    decide_on(request, layers, &layers.resource)
}

/// The same, where this is known of the resource's policy, and not what the layers say.
pub(crate) fn decide_on(request: &Request, layers: &Layers, resource: &ResourcePolicy) -> Decision {
    let unknowns = Unknowns::default();
    let first = Evaluation::new(request, layers, resource, &unknowns).decide();
    if let Some(decision) = first {
        return decision;
    }
    let mut names = unknowns.seen();
    let decisions = loop {
        // The order in which they were met says nothing.
        names.sort_unstable();
        if names.len() > UNKNOWNS_TRIED {
            return indeterminate(names);
        }
        match under_every_assignment(request, layers, resource, &names) {
            Ok(decisions) => break decisions,
            Err(uncovered) => names.extend(uncovered),
        }
    };
    let mut matter = Vec::new();
    for (i, name) in names.iter().enumerate() {
        // Refused is refused, by whatever unknown.
        let allowed = |bits: usize| decisions[bits].outcome == Outcome::Allow;
        let flips = |bits: usize| allowed(bits) != allowed(bits ^ 1 << i);
        if (0..decisions.len()).any(flips) {
            matter.push(name.clone());
        }
    }
    // The least that is sure: an implicit deny, where only some assignments deny explicitly.
    match decisions.into_iter().min_by_key(|decision| decision.outcome == Outcome::ExplicitDeny) {
        Some(decision) if matter.is_empty() => decision,
        _ => indeterminate(matter),
    }
}

/// The decision under each assignment of the unknowns: bit `i` of its index is the value of `names[i]`.
///
/// # Errors
/// The unknowns that fixing these uncovered.
fn under_every_assignment(
    request: &Request,
    layers: &Layers,
    resource: &ResourcePolicy,
    names: &[String],
) -> Result<Vec<Decision>, Vec<String>> {
    let assignments = (0..1usize << names.len()).map(|bits| {
        let values = names.iter().enumerate().map(|(i, n)| (n.clone(), bits >> i & 1 == 1)).collect();
        let assigned = Unknowns::assigned(values);
        Evaluation::new(request, layers, resource, &assigned).decide().ok_or_else(|| assigned.seen())
    });
    assignments.collect()
}

/// Whether a request matches one of the statements of a rulebook's `forbid` list; `None`: not known.
pub fn matches(request: &Request, forbidden: &Policy) -> Option<bool> {
    let unknowns = Unknowns::default();
    let layers = Layers::default();
    let evaluation =
        Evaluation { rulebook: true, ..Evaluation::new(request, &layers, &layers.resource, &unknowns) };
    let compiled = forbidden.compiled().ok()?;
    let memo = Memo::new(unknowns.none_assigned());
    let at =
        At { layer: LayerKind::Identity, policy: "forbid", statement: 0, document: compiled, memo: &memo };
    match Truth::any(
        compiled.candidates(request).map(|(statement, s)| evaluation.statement(s, &At { statement, ..at })),
    ) {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

/// Whether an ARN matches a pattern as `ArnLike` does: six parts, each on its own. A pattern that is
/// no ARN matches nothing.
pub fn arn_like(pattern: &str, arn: &str) -> bool {
    let reading = Reading { wildcards: true, variables: false };
    let glob = Glob::new(&text::pieces(pattern, reading));
    glob.and_then(|glob| ArnGlob::new(&glob)).is_some_and(|parts| parts.matches(arn))
}

fn indeterminate(unknowns: Vec<String>) -> Decision {
    Decision { outcome: Outcome::Indeterminate, because: Vec::new(), unknowns }
}

/// Where an evaluation is: the first three name its unknowns.
#[derive(Clone, Copy)]
struct At<'a> {
    layer: LayerKind,
    policy: &'a str,
    statement: usize,
    document: &'a Compiled,
    memo: &'a Memo,
}

/// One pass over all layers, under one assignment of the unknowns.
struct Evaluation<'a> {
    request: &'a Request,
    layers: &'a Layers,
    resource: &'a ResourcePolicy,
    unknowns: &'a Unknowns,
    /// The catalogue knows the action, and it has no resource types.
    wildcard_only: bool,
    has_boundary: bool,
    /// The statements are a rulebook's own.
    rulebook: bool,
}

/// A [`Because`] that is not spelled out yet: most that an evaluation meets do not decide it.
#[derive(Clone, Copy)]
struct Cause<'a> {
    layer: LayerKind,
    policy: &'a NamedPolicy,
    statement: Option<usize>,
}

impl Cause<'_> {
    fn because(self) -> Because {
        let compiled = self.policy.policy.compiled().ok();
        let sid = self.statement.and_then(|index| compiled?.sid(index).cloned());
        let policy = Arc::clone(&self.policy.name);
        Because { layer: self.layer, policy, statement: self.statement, sid }
    }
}

/// What one layer says.
struct Scan<'a> {
    /// Whether a statement allows.
    allow: Truth,
    /// The first statement that surely allows.
    allowing: Option<Cause<'a>>,
    /// Every statement that denies, or may.
    denies: Vec<(Cause<'a>, Truth)>,
}

impl<'a> Scan<'a> {
    /// Nothing is read yet.
    fn new() -> Self {
        Self { allow: Truth::False, allowing: None, denies: Vec::new() }
    }

    fn add(&mut self, effect: Effect, cause: Cause<'a>, truth: Truth) {
        match (effect, truth) {
            (_, Truth::False) => {}
            (Effect::Deny, _) => self.denies.push((cause, truth)),
            (Effect::Allow, _) => {
                self.allow = self.allow.or(truth);
                if self.allowing.is_none() && truth == Truth::True {
                    self.allowing = Some(cause);
                }
            }
        }
    }
}

impl<'a> Evaluation<'a> {
    fn new(
        request: &'a Request,
        layers: &'a Layers,
        resource: &'a ResourcePolicy,
        unknowns: &'a Unknowns,
    ) -> Self {
        Self {
            request,
            layers,
            resource,
            unknowns,
            wildcard_only: request.listed.is_some_and(ActionId::is_wildcard_only),
            has_boundary: layers.boundary.is_some(),
            rulebook: false,
        }
    }

    #[cold]
    fn unknown(&self, at: &At<'_>, what: impl FnOnce() -> String) -> Truth {
        self.unknowns.ask(format!(
            "{} policy {}, statement {}: {}",
            at.layer,
            at.policy,
            at.statement,
            what()
        ))
    }

    /// Whether a statement without principals, whose action matches, matches the request.
    #[inline]
    fn statement(&self, statement: &Statement, at: &At<'_>) -> Truth {
        // Of a long policy this settles most statements.
        if at.memo.one_fails(statement.kept) { Truth::False } else { self.elements(statement, at) }
    }

    /// Whether resource and conditions match.
    fn elements(&self, statement: &Statement, at: &At<'_>) -> Truth {
        // Trust policies and a rulebook's statements have no resource.
        let resource = statement.resource.as_ref().map_or(Truth::True, |element| self.resource(element, at));
        if resource == Truth::False {
            return Truth::False;
        }
        let ask = |place| at.memo.get(place, || self.condition(at.document.condition(place), at));
        resource.and(Truth::all(statement.conditions.iter().map(|place| ask(*place))))
    }

    /// Reads the policies of a layer without principals.
    fn scan<'p>(&self, layer: LayerKind, policies: impl IntoIterator<Item = &'p NamedPolicy>) -> Scan<'p> {
        let mut scan = Scan::new();
        for named in policies {
            self.scan_policy(layer, named, &mut scan, |evaluation, statement, at| {
                if statement.principal.is_some() {
                    return evaluation.unknown(at, || "a principal element is not allowed here".to_owned());
                }
                if statement.resource.is_none() {
                    return evaluation
                        .unknown(at, || "it has no `Resource`, which is not allowed here".to_owned());
                }
                evaluation.statement(statement, at)
            });
        }
        scan
    }

    fn scan_policy<'p>(
        &self,
        layer: LayerKind,
        named: &'p NamedPolicy,
        scan: &mut Scan<'p>,
        mut holds: impl FnMut(&Self, &Statement, &At<'_>) -> Truth,
    ) {
        let compiled = match named.policy.compiled() {
            Ok(compiled) => compiled,
            Err(reason) => {
                // A policy that is not known may allow, and may deny.
                let cause = Cause { layer, policy: named, statement: None };
                for (effect, verb) in [(Effect::Allow, "allows"), (Effect::Deny, "denies")] {
                    let name = format!("{layer} policy {}: whether it {verb} ({reason})", named.name);
                    scan.add(effect, cause, self.unknowns.ask(name));
                }
                return;
            }
        };
        let memo = Memo::new(self.unknowns.none_assigned());
        let mut at = At { layer, policy: &named.name, statement: 0, document: compiled, memo: &memo };
        for (index, statement) in compiled.candidates(self.request) {
            // One that surely allows is enough, unless it matters whom the statement names.
            if statement.effect == Effect::Allow && scan.allow == Truth::True && layer != LayerKind::Resource
            {
                continue;
            }
            at.statement = index;
            let truth = holds(self, statement, &at);
            scan.add(statement.effect, Cause { layer, policy: named, statement: Some(index) }, truth);
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::ImplicitDeny => "implicit-deny",
            Self::ExplicitDeny => "explicit-deny",
            Self::Indeterminate => "indeterminate",
        })
    }
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Resource => "resource",
            Self::Endpoint => "endpoint",
        })
    }
}
