//! Why the answer to a question is *no*: which layers refuse, by which statements, and what would have
//! to change. Nothing is guessed: each is an answer to a question of its own, about the same requests
//! under fewer policies.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Case, none};
use crate::decide::LayerKind;
use crate::document::{Document, Effect, Patterns, PrincipalEntry, Principals, Statement, Version};
use crate::policy::{Layers, Level, NamedPolicy, Policy};
use crate::prove::{RoleTarget, Verdict};
use crate::request::CallerKind;

/// Why no such request is authorized.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// Every layer that takes part, with what it says if it is asked alone.
    pub layers: Vec<Said>,
    /// What would have to change, so that such a request is authorized: all of it, and no less. Other
    /// changes may do as well. Empty: nothing of the policies would help.
    pub change: Vec<Obstacle>,
    /// Whether the answer would then surely be *yes*; it may depend on something that is not known.
    pub surely: bool,
    /// Whether the steps were enough to find all of this out.
    pub complete: bool,
}

/// One layer, and what it says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Which layer.
    pub layer: Place,
    /// What it says to these requests.
    pub says: Says,
}

/// One layer of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its kind.
    pub kind: LayerKind,
    /// Of SCPs and RCPs: the level of the organization.
    pub level: Option<Arc<str>>,
}

/// What one layer alone says to the requests of a question.
#[derive(Clone, Debug)]
pub enum Says {
    /// It lets some of them pass.
    Passes,
    /// It allows none of them.
    AllowsNone,
    /// These statements refuse whatever it allows, all of them together.
    Denies(Vec<Cited>),
}

/// A statement, by its place.
#[derive(Clone, Debug)]
pub struct Cited {
    /// The policy.
    pub policy: NamedPolicy,
    /// The statement, counted from 0.
    pub statement: usize,
}

/// Something that stands in the way.
#[derive(Clone, Debug)]
pub struct Obstacle {
    /// In which layer.
    pub layer: Place,
    /// The statement that denies; `None`: the layer does not allow.
    pub deny: Option<Cited>,
}

impl Cited {
    /// The statement itself.
    pub fn statement(&self) -> Option<&Statement> {
        self.policy.policy.document().ok()?.statements.get(self.statement)
    }
}

/// A layer as the questions vary it.
struct Part {
    place: Place,
    /// Whether it must allow; the others only deny.
    must_allow: bool,
    policies: Vec<NamedPolicy>,
    /// Whether its statements name principals.
    names: bool,
}

/// What of a layer is in force.
#[derive(Clone, Default, PartialEq)]
struct InForce {
    allows: bool,
    /// By policy and statement, the `Deny` statements that are.
    denies: Vec<(usize, usize)>,
}

/// The steps are used up.
struct Spent;

/// Says why the answer to a question is *no*.
pub fn why(case: &Case<'_>) -> Why {
    let parts = parts(case);
    let mut asking = Asking { case, parts: &parts, left: case.steps };
    let mut why = Why { complete: true, ..Why::default() };
    if explain(&mut asking, &mut why).is_err() {
        why.complete = false;
    }
    why
}

fn explain(asking: &mut Asking<'_, '_>, why: &mut Why) -> Result<(), Spent> {
    let parts = asking.parts;
    let nothing = vec![InForce::default(); parts.len()];
    if !asking.possible(&nothing)? {
        // No policy refuses it: there is no such request.
        return Ok(());
    }
    for (at, part) in parts.iter().enumerate() {
        let says = asking.alone(at, &nothing)?;
        why.layers.push(Said { layer: part.place.clone(), says });
    }
    // Everything is put back in force, but for what leaves nothing.
    let mut held = nothing;
    for (at, part) in parts.iter().enumerate() {
        if asking.holds(&mut held, at, &InForce::all(part))? {
            continue;
        }
        if part.must_allow {
            let allows = InForce { allows: true, denies: Vec::new() };
            if !asking.holds(&mut held, at, &allows)? {
                why.change.push(Obstacle { layer: part.place.clone(), deny: None });
            }
        }
        for deny in InForce::all(part).denies {
            let mut more = held[at].clone();
            more.denies.push(deny);
            if !asking.holds(&mut held, at, &more)? {
                let deny = Some(part.cited(deny));
                why.change.push(Obstacle { layer: part.place.clone(), deny });
            }
        }
    }
    why.surely = matches!(asking.verdict(&held)?, Verdict::Yes(_));
    Ok(())
}

impl InForce {
    fn all(part: &Part) -> Self {
        let denies = part.policies.iter().enumerate().flat_map(|(at, named)| {
            let statements = named.policy.document().map(|document| document.statements.as_slice());
            let denies = statements.unwrap_or_default().iter().enumerate();
            denies.filter(|(_, s)| s.effect == Effect::Deny).map(move |(statement, _)| (at, statement))
        });
        Self { allows: part.must_allow, denies: denies.collect() }
    }
}

impl Part {
    fn cited(&self, (policy, statement): (usize, usize)) -> Cited {
        Cited { policy: self.policies[policy].clone(), statement }
    }

    /// Its policies with no more in force than this.
    fn in_force(&self, in_force: &InForce) -> Vec<NamedPolicy> {
        if *in_force == InForce::all(self) {
            return self.policies.clone();
        }
        let mut policies: Vec<NamedPolicy> = Vec::with_capacity(self.policies.len() + 1);
        for (at, named) in self.policies.iter().enumerate() {
            let Ok(document) = named.policy.document() else {
                // What is not known may allow and deny: as it is, or not at all.
                policies.extend((in_force.allows || !self.must_allow).then(|| named.clone()));
                continue;
            };
            let kept =
                document.statements.iter().enumerate().filter(|(i, statement)| match statement.effect {
                    // Where nothing must be allowed, what is allowed does not hinder.
                    Effect::Allow => in_force.allows || !self.must_allow,
                    Effect::Deny => in_force.denies.contains(&(at, *i)),
                });
            let statements = kept.map(|(_, statement)| statement.clone()).collect();
            let document = Document { statements, ..document.clone() };
            policies.push(NamedPolicy::new(Arc::clone(&named.name), Policy::of(document)));
        }
        if self.must_allow && !in_force.allows {
            policies.push(everything(self.names));
        }
        policies
    }
}

/// A policy that allows everything.
pub(super) fn everything(names: bool) -> NamedPolicy {
    let any = || Patterns { negated: false, patterns: vec!["*".to_owned()] };
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: names.then(|| Principals { negated: false, entries: vec![PrincipalEntry::Anyone] }),
        action: any(),
        resource: Some(any()),
        conditions: Vec::new(),
    };
    let document = Document { version: Version::V2012, version_given: true, statements: vec![statement] };
    NamedPolicy::new("everything", Policy::of(document))
}

/// The layers of a question: what is hardest to change comes first, so that what is left to change is
/// rather the principal's own policies.
fn parts(case: &Case<'_>) -> Vec<Part> {
    let layers = &case.layers;
    let one = |kind| Place { kind, level: None };
    let levels = |kind, levels: &[Level]| -> Vec<Part> {
        let of = |level: &Level| Part {
            place: Place { kind, level: Some(Arc::clone(&level.name)) },
            must_allow: kind == LayerKind::Scp,
            policies: level.policies.clone(),
            names: kind == LayerKind::Rcp,
        };
        levels.iter().map(of).collect()
    };
    let mut parts = levels(LayerKind::Scp, &layers.scps);
    // Those that surely deny nothing say nothing.
    let unknown = |part: &Part| part.policies.iter().any(|named| named.policy.document().is_err());
    let denies = |part: &Part| !InForce::all(part).denies.is_empty() || unknown(part);
    parts.extend(levels(LayerKind::Rcp, rcps(case)).into_iter().filter(denies));
    let part = |kind, names, must_allow, policies| Part { place: one(kind), must_allow, policies, names };
    parts.extend(layers.endpoint.clone().map(|policies| part(LayerKind::Endpoint, true, true, policies)));
    if let Some((policy, must_allow)) = of_resource(case) {
        parts.push(part(LayerKind::Resource, true, must_allow, vec![policy]));
    } else if case.resource.is_none() && !case.roles.is_empty() {
        // The trust policies of all roles, as they are or out of force.
        parts.push(part(LayerKind::Resource, true, true, Vec::new()));
    }
    parts.extend(layers.boundary.clone().map(|policy| part(LayerKind::Boundary, false, true, vec![policy])));
    parts.extend(layers.session.clone().map(|policies| part(LayerKind::Session, false, true, policies)));
    // Root users need no policy.
    let root = case.asker.caller.kind == CallerKind::Root;
    if !root || !layers.identity.is_empty() {
        parts.push(part(LayerKind::Identity, false, !root, layers.identity.clone()));
    }
    parts
}

/// The RCPs that protect what is asked about.
fn rcps<'c>(case: &'c Case<'_>) -> &'c [Level] {
    case.resource.as_ref().map_or(&case.layers.rcps, |known| &known.rcps)
}

/// The policy of the one resource or role that is asked about, and whether it must grant.
fn of_resource(case: &Case<'_>) -> Option<(NamedPolicy, bool)> {
    if let (Some(role), true) = (case.roles.first(), case.resource.is_some()) {
        return Some((role.trust.clone(), true));
    }
    let known = case.resource.as_ref()?;
    let own = known.account == case.asker.caller.account;
    let must_allow = !own || case.wanted.on_kms_key(&known.arn);
    let says_nothing = known.policy.policy.document().is_ok_and(|document| document.statements.is_empty());
    (must_allow || !says_nothing).then(|| (known.policy.clone(), must_allow))
}

/// Asks about the same requests under other policies.
struct Asking<'a, 'c> {
    case: &'a Case<'c>,
    parts: &'a [Part],
    left: u64,
}

impl Asking<'_, '_> {
    /// What a layer says if all others let everything pass.
    fn alone(&mut self, at: usize, nothing: &[InForce]) -> Result<Says, Spent> {
        let part = &self.parts[at];
        let mut held = nothing.to_vec();
        if self.holds(&mut held, at, &InForce::all(part))? {
            return Ok(Says::Passes);
        }
        if part.must_allow && !self.holds(&mut held, at, &InForce { allows: true, denies: Vec::new() })? {
            return Ok(Says::AllowsNone);
        }
        // What can be left out without letting anything pass is left out.
        let mut denies = InForce::all(part).denies;
        let mut next = 0;
        while next < denies.len() {
            let mut fewer = denies.clone();
            fewer.remove(next);
            let in_force = InForce { allows: part.must_allow, denies: fewer };
            if self.holds(&mut held, at, &in_force)? {
                next += 1;
            } else {
                denies = in_force.denies;
            }
        }
        Ok(Says::Denies(denies.into_iter().map(|deny| part.cited(deny)).collect()))
    }

    /// Whether something is left if this much of a layer is in force; if so, it stays in force.
    fn holds(&mut self, held: &mut [InForce], at: usize, in_force: &InForce) -> Result<bool, Spent> {
        let before = std::mem::replace(&mut held[at], in_force.clone());
        if self.possible(held)? {
            return Ok(true);
        }
        held[at] = before;
        Ok(false)
    }

    fn possible(&mut self, in_force: &[InForce]) -> Result<bool, Spent> {
        Ok(!matches!(self.verdict(in_force)?, Verdict::No))
    }

    fn verdict(&mut self, in_force: &[InForce]) -> Result<Verdict, Spent> {
        let case = self.case;
        let mut layers = Layers { scps: Vec::new(), rcps: Vec::new(), ..Layers::default() };
        let (mut rcps, mut own) = (Vec::new(), none());
        let mut roles: Cow<'_, [RoleTarget]> = Cow::Borrowed(&case.roles);
        let mut resource = case.resource.clone();
        for (part, in_force) in self.parts.iter().zip(in_force) {
            let policies = part.in_force(in_force);
            let level = |policies| Level { name: part.place.level.clone().unwrap_or_default(), policies };
            match part.place.kind {
                LayerKind::Scp => layers.scps.push(level(policies)),
                LayerKind::Rcp => rcps.push(level(policies)),
                LayerKind::Endpoint => layers.endpoint = Some(policies),
                LayerKind::Resource if case.resource.is_none() => {
                    if !in_force.allows {
                        let open = |role: &RoleTarget| RoleTarget { trust: everything(true), ..role.clone() };
                        roles = case.roles.iter().map(open).collect();
                    }
                }
                LayerKind::Resource => own = joined(policies),
                LayerKind::Boundary => layers.boundary = Some(joined(policies)),
                LayerKind::Session => layers.session = Some(policies),
                LayerKind::Identity => layers.identity = policies,
            }
        }
        if let Some(known) = &mut resource {
            known.rcps = rcps;
            if let Some(role) = case.roles.first() {
                roles = vec![RoleTarget { trust: own, rcps: known.rcps.clone(), ..role.clone() }].into();
            } else {
                known.policy = own;
            }
        } else {
            layers.rcps = rcps;
        }
        let answer = case.prove(&layers, &roles, resource.as_slice(), self.left);
        self.left = self.left.saturating_sub(answer.steps);
        if self.left == 0 { Err(Spent) } else { Ok(answer.verdict) }
    }
}

/// Policies as one, where a layer has one only.
fn joined(mut policies: Vec<NamedPolicy>) -> NamedPolicy {
    match policies.len() {
        1 => policies.remove(0),
        _ => {
            let known = policies.iter().filter_map(|named| named.policy.document().ok());
            let version = known.clone().next().map_or(Version::V2012, |document| document.version);
            let statements = known.flat_map(|document| document.statements.iter().cloned()).collect();
            let document = Document { version, version_given: true, statements };
            NamedPolicy::new("joined", Policy::of(document))
        }
    }
}
