//! Principals that policies cannot tell apart: what is proven impossible for one of them is impossible for
//! all of them, and is asked once.
//!
//! Two principals of one account and one kind, bound by the same policies, differ in nothing that the
//! prover looks at but their tags, their names and unique ids, their sessions' tags, and which trust
//! policies let them in. Questions that rest on roles are not shared; nor is what a policy with a variable
//! of the name says, nor what rests on tags of somebody whose sessions may carry others. Of tags, those
//! count that the policies mention, and of `aws:PrincipalArn`, what the conditions on it come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stanchion_inventory::{Principal, PrincipalKind};
use stanchion_policy::decide::matches;
use stanchion_policy::document::{Condition, Effect, Patterns, Statement, Version};
use stanchion_policy::prove::{Asker, Assumption, principal_tags};
use stanchion_policy::{Document, Layers, NamedPolicy, Policy, Request};

use crate::kinds::abac::may_pass_tags;

/// What has been proven of principals that are alike.
#[derive(Default)]
pub(crate) struct Alike(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// What policies mention, by their identities; kept, so that no other policy takes the number.
    mentions: HashMap<usize, (Policy, Arc<Mentions>)>,
    classes: HashMap<Traits, Class>,
    impossible: HashMap<Asked, Arc<[Assumption]>>,
}

/// Principals that the policies which bind them do not tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class(usize);

/// What a class has in common.
#[derive(PartialEq, Eq, Hash)]
struct Traits {
    account: String,
    kind: PrincipalKind,
    is_exempt: bool,
    is_reserved: bool,
    /// The identities of the policies, layer by layer.
    policies: Vec<usize>,
    /// How many of the layers are SCPs.
    scps: usize,
    tags: BTreeMap<String, Vec<String>>,
    /// What each condition on the ARN comes to.
    arn: Vec<bool>,
}

/// A question to a class.
#[derive(PartialEq, Eq, Hash)]
struct Asked {
    class: Class,
    /// What is asked about, by its identity or its place in a rulebook.
    about: About,
    /// What the region looks at besides.
    tags: BTreeMap<String, Vec<String>>,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum About {
    Region(usize),
    /// One policy that a persona needs, by its place.
    Need(String, usize, usize),
}

/// What a policy looks at of the principal.
#[derive(Debug, Default)]
struct Mentions {
    /// Tags, in lower case.
    tags: BTreeSet<String>,
    /// Conditions on `aws:PrincipalArn`.
    arn: Vec<Policy>,
    /// Whether it looks at the name or the unique id otherwise.
    name: bool,
}

impl Mentions {
    fn of(policy: &Policy) -> Self {
        let mut found = Self { tags: principal_tags(policy).map(str::to_owned).collect(), ..Self::default() };
        let statements = policy.document().map(|document| document.statements.as_slice());
        for statement in statements.unwrap_or_default() {
            found.name |= statement.resource.iter().flat_map(|list| &list.patterns).any(|p| has_name(p));
            for condition in &statement.conditions {
                let key = condition.key.to_lowercase();
                found.name |= NAMES[..2].contains(&key.as_str());
                found.name |= condition.values.iter().any(|value| has_name(value));
                if key == NAMES[2] {
                    found.arn.push(any(condition.clone()));
                }
            }
        }
        found
    }

    fn is_none(&self) -> bool {
        self.tags.is_empty() && self.arn.is_empty() && !self.name
    }
}

/// The keys by which a principal is named.
const NAMES: [&str; 3] = ["aws:userid", "aws:username", "aws:principalarn"];

/// Whether a text has a variable of the principal's name.
fn has_name(text: &str) -> bool {
    text.contains("${") && {
        let lower = text.to_lowercase();
        NAMES.iter().any(|name| lower.contains(name))
    }
}

/// Any request under a condition.
fn any(condition: Condition) -> Policy {
    let all = || Patterns { negated: false, patterns: vec!["*".to_owned()] };
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: all(),
        resource: Some(all()),
        conditions: vec![condition],
    };
    Policy::of(Document { version: Version::V2012, version_given: true, statements: vec![statement] })
}

impl Alike {
    /// The class of a principal; `None`: it is like no other.
    pub(crate) fn class(&self, principal: &Principal, asker: &Asker, layers: &Layers) -> Option<Class> {
        let mut known = self.lock();
        let mut tags = BTreeSet::new();
        let (mut policies, mut arn) = (Vec::new(), Vec::new());
        for layer in in_layers(layers) {
            for NamedPolicy { policy, .. } in layer {
                policies.push(policy.identity());
                let mentions = known.mentions(policy);
                if mentions.name {
                    return None;
                }
                tags.extend(mentions.tags.iter().cloned());
                for condition in &mentions.arn {
                    arn.push(holds(asker, condition)?);
                }
            }
            // No policy has this identity.
            policies.push(0);
        }
        let traits = Traits {
            account: principal.account.clone(),
            kind: principal.kind,
            is_exempt: principal.service_linked,
            is_reserved: principal.arn.contains(":role/aws-reserved/sso.amazonaws.com/"),
            policies,
            scps: layers.scps.len(),
            tags: held(principal, asker, &tags)?,
            arn,
        };
        let next = Class(known.classes.len());
        Some(*known.classes.entry(traits).or_insert(next))
    }

    /// Whether a region is known to be impossible for a principal of this class, and what that takes for
    /// granted; else what is to be asked.
    pub(crate) fn region(
        &self,
        class: Option<Class>,
        (principal, asker): (&Principal, &Asker),
        region: &Policy,
    ) -> Shared<'_> {
        let Some(class) = class else { return Shared::Alone };
        let mut known = self.lock();
        let mentions = known.mentions(region);
        if mentions.name || !mentions.arn.is_empty() {
            return Shared::Alone;
        }
        let Some(tags) = held(principal, asker, &mentions.tags) else { return Shared::Alone };
        self.shared(&known, Asked { class, about: About::Region(region.identity()), tags })
    }

    /// The same, of whether a policy that a persona needs is impossible to miss: in effect for the class.
    pub(crate) fn need(
        &self,
        class: Option<Class>,
        (persona, need, choice): (&str, usize, usize),
        policies: &[Policy],
    ) -> Shared<'_> {
        let Some(class) = class else { return Shared::Alone };
        let mut known = self.lock();
        if !policies.iter().all(|policy| known.mentions(policy).is_none()) {
            return Shared::Alone;
        }
        let about = About::Need(persona.to_owned(), need, choice);
        self.shared(&known, Asked { class, about, tags: BTreeMap::new() })
    }

    fn shared(&self, known: &Known, asked: Asked) -> Shared<'_> {
        match known.impossible.get(&asked) {
            Some(assumptions) => Shared::Impossible(Arc::clone(assumptions)),
            None => Shared::Ask(Box::new(Pending { alike: self, asked })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a question.
pub(crate) enum Shared<'k> {
    /// Proven impossible, of another of the class; what that takes for granted.
    Impossible(Arc<[Assumption]>),
    /// To be asked; what is proven will be known of the class.
    Ask(Box<Pending<'k>>),
    /// To be asked of this one alone.
    Alone,
}

/// A question whose answer others of the class may use.
pub(crate) struct Pending<'k> {
    alike: &'k Alike,
    asked: Asked,
}

impl Shared<'_> {
    /// Notes that what was asked has been proven impossible.
    pub(crate) fn proven(self, assumptions: &[Assumption]) {
        if let Self::Ask(pending) = self {
            pending.alike.lock().impossible.insert(pending.asked, assumptions.into());
        }
    }
}

impl Known {
    fn mentions(&mut self, policy: &Policy) -> Arc<Mentions> {
        let found = || (policy.clone(), Arc::new(Mentions::of(policy)));
        Arc::clone(&self.mentions.entry(policy.identity()).or_insert_with(found).1)
    }
}

/// The policies of each layer.
fn in_layers(layers: &Layers) -> impl Iterator<Item = &[NamedPolicy]> {
    let levels = layers.scps.iter().chain(&layers.rcps).map(|level| level.policies.as_slice());
    [layers.identity.as_slice(), layers.boundary.as_slice()].into_iter().chain(levels)
}

/// The principal's values of some tags; `None` where its sessions may carry others.
fn held(
    principal: &Principal,
    asker: &Asker,
    keys: &BTreeSet<String>,
) -> Option<BTreeMap<String, Vec<String>>> {
    if keys.is_empty() {
        return Some(BTreeMap::new());
    }
    let sessions = principal.kind == PrincipalKind::Role
        && (may_pass_tags(principal) || asker.trust.as_ref().is_none_or(|trust| trust.document().is_err()));
    if sessions {
        return None;
    }
    let values = |key: &String| {
        let same = principal.tags.iter().filter(|(own, _)| own.to_lowercase() == *key);
        same.map(|(_, value)| value.clone()).collect()
    };
    Some(keys.iter().map(|key| (key.clone(), values(key))).collect())
}

/// Whether a condition on the ARN holds; `None`: that is not known.
fn holds(asker: &Asker, condition: &Policy) -> Option<bool> {
    let caller = asker.caller.clone();
    let account = caller.account.clone();
    let request = Request::new(caller, "iam:GetUser", "*", Some(&account), asker.known.clone());
    matches(&request.ok()?, condition)
}
