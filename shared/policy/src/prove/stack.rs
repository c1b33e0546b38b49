//! What binds one principal, laid out once for all rules: the statements of every layer, and the
//! actions that every layer may allow.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::actions::{ActionSet, Draft};
use super::atom::Clause;
use super::compile::{self, Compiled};
use super::facts::{Key, Keys, Scope};
use super::kinds::KINDS;
use super::placed::{Denies, Layer, Placed, placed};
use super::session::Admission;
use super::state::Start;
use super::translate::{Bound, Boxed, Place};
use super::versus::Versus;
use super::{Asker, Given, STEPS, trust};
use crate::document::Effect;
use crate::policy::{Layers, NamedPolicy, Policy};
use crate::request::{CallerKind, Context};

/// A principal with all that binds it: made once, asked about many rules.
pub struct Stack<'a> {
    pub(super) asker: &'a Asker,
    /// What is said of the requests.
    pub(super) given: Given,
    /// What was laid out. No resource's policy is among it, whatever this says.
    pub(super) bound: &'a Layers,
    /// What every request has, as `decide` is told it.
    base: OnceCell<Context>,
    pub(super) keys: Keys,
    /// The ways to pass session tags, one of which must be taken; none: no tags are passed.
    pub(super) admissions: Vec<Admission<'a>>,
    /// Neither SCPs nor RCPs bind service-linked roles.
    pub(super) service_linked: bool,
    /// The identity layer; root users have none and need none.
    pub(super) identity: Option<Layer<'a>>,
    pub(super) boundary: Option<Layer<'a>>,
    pub(super) session: Option<Layer<'a>>,
    pub(super) scps: Vec<Layer<'a>>,
    /// The policies of the VPC endpoint, if requests come through one.
    pub(super) endpoint: Option<Layer<'a>>,
    pub(super) denies: Denies<'a>,
    /// What every layer may allow, and no plain `Deny` takes away.
    pub(super) possible: ActionSet,
    /// As `possible`, where a resource's own policy grants.
    pub(super) ungranted: ActionSet,
    /// What it cost to compile every policy, and to lay them out. Every question pays it, so that the
    /// first has no other answer than the next.
    pub(super) cost: u64,
    /// What it costs to read every statement.
    pub(super) size: u64,
    /// What it costs to hold one name against the actions of every statement.
    pub(super) names: u64,
    /// How many statements there are.
    pub(super) count: u64,
    /// Every readable policy.
    pub(super) policies: Vec<&'a Policy>,
    /// How they spell their conditions' keys, by the name in lower case.
    spelling: OnceCell<FxHashMap<Arc<str>, Arc<str>>>,
    extra: OnceCell<BTreeSet<String>>,
    looks_at_tags: OnceCell<bool>,
    pub(super) anywhere: OnceCell<Anywhere>,
    /// What the stack is compared with, if it is.
    pub(super) versus: Option<Versus<'a>>,
}

/// What the `Deny` statements of every layer say to any request at all.
pub(super) struct Anywhere {
    /// Those that may match, by their place in [`Denies::always`].
    pub(super) denies: Vec<(usize, Rc<Boxed>)>,
    pub(super) start: Start,
    /// What the keys of these have to do with each other.
    pub(super) couplings: Vec<Clause>,
    /// How many steps it took to find out.
    pub(super) cost: u64,
}

impl<'a> Stack<'a> {
    /// Lays out what binds a principal. `resource` is not looked at: a [`super::Question`] knows of
    /// resources.
    pub fn new(asker: &'a Asker, layers: &'a Layers) -> Self {
        Self::given(asker, layers, Given::default())
    }

    /// The same, for requests of which something is said.
    pub fn given(asker: &'a Asker, layers: &'a Layers, given: Given) -> Self {
        let mut stack = Self::empty(asker, layers, given);
        let service_linked = stack.service_linked;
        let root = asker.caller.kind == CallerKind::Root;
        let identity = stack.layer(&layers.identity);
        stack.identity = (!root).then_some(identity);
        stack.boundary = layers.boundary.as_ref().map(|p| stack.layer(std::slice::from_ref(p)));
        stack.session = layers.session.as_ref().map(|policies| stack.layer(policies));
        if !service_linked {
            for level in &layers.scps {
                let layer = stack.layer(&level.policies);
                stack.scps.push(layer);
            }
            for level in &layers.rcps {
                stack.read_rcps(&level.policies);
            }
        }
        stack.endpoint = layers.endpoint.as_ref().map(|policies| stack.endpoint(policies));
        let compiled = stack.policies.iter().filter_map(|policy| policy.boxes().ok());
        let (count, names, size) = compiled.fold((0, 0, 0), |(count, names, size), compiled| {
            (count + compiled.statements.len() as u64, names + compiled.names, size + compiled.size)
        });
        (stack.count, stack.names, stack.size) = (count, names, size);
        stack.ungranted = stack.ungranted();
        stack.possible = stack.possible();
        stack
    }

    /// What it costs to have `decide` confirm a witness.
    pub(super) fn confirmation(&self) -> u64 {
        self.size + self.names
    }

    /// Whether some policy speaks of the principal's tags.
    pub(super) fn looks_at_tags(&self) -> bool {
        let looks = |policy: &&'a Policy| policy.boxes().is_ok_and(|compiled| compiled.principal_tags);
        *self.looks_at_tags.get_or_init(|| self.policies.iter().any(looks))
    }

    /// A stack that no statement is laid out in yet. `layers` are what `decide` is asked about.
    pub(super) fn empty(asker: &'a Asker, layers: &'a Layers, given: Given) -> Self {
        let arn = given.values.first("aws:principalarn").unwrap_or(&asker.caller.name);
        let service_linked = arn.contains(":role/aws-service-role/");
        Self {
            asker,
            given,
            bound: layers,
            base: OnceCell::new(),
            keys: Keys::default(),
            admissions: Vec::new(),
            service_linked,
            identity: None,
            boundary: None,
            session: None,
            scps: Vec::new(),
            endpoint: None,
            denies: Denies::default(),
            possible: ActionSet::default(),
            ungranted: ActionSet::default(),
            cost: 0,
            size: 0,
            names: 0,
            count: 0,
            policies: Vec::new(),
            spelling: OnceCell::new(),
            extra: OnceCell::new(),
            looks_at_tags: OnceCell::new(),
            anywhere: OnceCell::new(),
            versus: None,
        }
    }

    /// What is said of every request, and what is known of the principal besides.
    pub(super) fn base(&self) -> &Context {
        self.base.get_or_init(|| {
            let mut base = self.given.values.clone();
            for entry in self.asker.known.iter() {
                if !self.given.says(&entry.key.to_ascii_lowercase()) {
                    base.set(&entry.key, &entry.values);
                }
            }
            base
        })
    }

    /// The account that owns the resources which are not named by themselves.
    pub(super) fn resource_account(&self) -> &str {
        let elsewhere = self.versus.as_ref().map(|versus| versus.resource_account);
        elsewhere.unwrap_or(&self.asker.caller.account)
    }

    /// The key of this name, given in lower case.
    pub(super) fn key(&self, name: &str) -> Rc<Key> {
        self.keys.get(name, self.asker, &self.given)
    }

    /// The name of the key that a service's own key for a resource's tag, as `ec2:ResourceTag/team`, is the
    /// same as, where the reference lists it for what is asked about; both in lower case. `None`: it is a
    /// key by itself, as it is where something is said of one of the two. (IAM User Guide, "Controlling
    /// access to AWS resources": both carry the tag of the resource.)
    pub(super) fn resource_tag(&self, key: &str, scope: Scope) -> Option<String> {
        let Scope::Of(action, resource) = scope else { return None };
        if key.starts_with("aws:") {
            return None;
        }
        let (_, name) = key.split_once(':')?;
        let tag = name.strip_prefix("resourcetag/")?;
        if !action.lists_key(resource, key) {
            return None;
        }
        let same = format!("aws:resourcetag/{tag}");
        (!self.given.says(key) && !self.given.says(&same)).then_some(same)
    }

    fn layer(&mut self, policies: &'a [NamedPolicy]) -> Layer<'a> {
        let mut layer = Layer::empty();
        let (mut plain, mut allowed) = (Vec::new(), Vec::new());
        let documents = policies.iter().filter_map(|named| named.policy.document().ok());
        layer.allows.reserve(documents.map(|document| document.statements.len()).sum());
        for named in policies {
            match self.compiled(named) {
                Ok(compiled) => {
                    layer.allows.extend(placed(compiled, Effect::Allow, Place::Identity));
                    self.denies.always.extend(placed(compiled, Effect::Deny, Place::Identity));
                    plain.push(&compiled.plainly_allowed);
                    allowed.push(&compiled.allowed);
                }
                Err(reason) => {
                    self.denies.unknown.push(reason);
                    layer.unknown = true;
                }
            }
        }
        layer.plain = ActionSet::union(plain);
        layer.allowed = ActionSet::union(allowed);
        layer
    }

    /// The policies of an endpoint name principals: who asks is known, so those that do not name it say
    /// nothing here.
    fn endpoint(&mut self, policies: &'a [NamedPolicy]) -> Layer<'a> {
        let mut layer = Layer::empty();
        let (asker, bounded) = (self.asker, self.boundary.is_some());
        for named in policies {
            let compiled = match self.compiled(named) {
                Ok(compiled) => compiled,
                Err(reason) => {
                    layer.unknown = true;
                    self.denies.unknown.push(reason);
                    continue;
                }
            };
            for allow in placed(compiled, Effect::Allow, Place::Resource) {
                if trust::allows_in_some_way(allow.statement, asker, Bound::Upper) {
                    layer.allows.push(allow);
                }
            }
            for deny in placed(compiled, Effect::Deny, Place::Resource) {
                if trust::denies(deny.statement, asker, bounded, Bound::Lower) {
                    self.denies.always.push(deny);
                } else if trust::denies(deny.statement, asker, bounded, Bound::Upper) {
                    self.denies.perhaps.push(deny);
                }
            }
        }
        let allowed = ActionSet::union(layer.allows.iter().map(Placed::actions)).into_owned();
        layer.allowed = Cow::Owned(allowed);
        layer
    }

    fn read_rcps(&mut self, policies: &'a [NamedPolicy]) {
        for named in policies {
            match self.compiled(named) {
                Ok(compiled) => self.denies.rcps.extend(placed(compiled, Effect::Deny, Place::Resource)),
                Err(reason) => self.denies.unknown_rcps.push(reason),
            }
        }
    }

    /// A policy's compiled form, kept among those of the stack and paid for; or why there is none. Beyond
    /// the usual budget nothing is compiled: no question about the stack is searched then.
    fn compiled(&mut self, named: &'a NamedPolicy) -> Result<&'a Compiled, String> {
        let unknown = |reason: &str| format!("policy {}: {reason}", named.name);
        if self.cost > STEPS {
            return Err(unknown("too much work"));
        }
        match named.policy.boxes() {
            Ok(compiled) => {
                self.cost += compiled.cost;
                self.policies.push(&named.policy);
                Ok(compiled)
            }
            Err(reason) => {
                self.cost += if named.policy.document().is_ok() { compile::MOST } else { 0 };
                Err(unknown(reason))
            }
        }
    }

    /// What the SCPs may allow, and no plain `Deny` takes away.
    fn ungranted(&self) -> ActionSet {
        let mut possible = Draft::full().into_set();
        for layer in self.scps.iter().chain(&self.endpoint).filter(|layer| !layer.unknown) {
            if !layer.allowed.covers(&possible) {
                possible = possible.intersect(&layer.allowed);
            }
        }
        let compiled = self.policies.iter().filter_map(|policy| policy.boxes().ok());
        // RCPs name principals, and so deny nothing plainly.
        let denied = compiled.map(|compiled| &compiled.plainly_denied);
        let not_under_scps = (!self.scps.is_empty()).then_some(&KINDS.not_under_scps);
        for denied in denied.chain(not_under_scps) {
            possible.subtract(denied);
        }
        possible.subtract(self.never_asked());
        possible
    }

    /// What the identity side may allow of that.
    fn possible(&self) -> ActionSet {
        let mut possible = self.ungranted.clone();
        let sides = self.identity.iter().chain(&self.boundary).chain(&self.session);
        for layer in sides.filter(|layer| !layer.unknown) {
            if !layer.allowed.covers(&possible) {
                let apart = possible.intersect(&KINDS.apart);
                possible = ActionSet::union([&possible.intersect(&layer.allowed), &apart]).into_owned();
            }
        }
        possible
    }

    /// Actions that the layers do not decide on: `sts:GetCallerIdentity` cannot be denied (STS API
    /// Reference), and roles cannot call the others (IAM User Guide, "Compare AWS STS credentials").
    pub(super) fn never_asked(&self) -> &'static ActionSet {
        let long_term = matches!(self.asker.caller.kind, CallerKind::User { .. } | CallerKind::Root);
        // A question about one call may be about `sts:GetCallerIdentity`.
        match (long_term, self.given.closed) {
            (true, false) => &KINDS.never_by_users,
            (true, true) => &KINDS.not_by_users,
            (false, false) => &KINDS.never_by_roles,
            (false, true) => &KINDS.not_by_roles,
        }
    }

    /// Every layer that must allow.
    pub(super) fn allowing(&self) -> impl Iterator<Item = &Layer<'a>> {
        let of_principal = self.identity.iter().chain(&self.boundary).chain(&self.session);
        self.scps.iter().chain(of_principal).chain(&self.endpoint)
    }

    /// Actions that some policy names in full and the catalogue lacks, in lower case.
    pub(super) fn extra(&self) -> &BTreeSet<String> {
        self.extra.get_or_init(|| {
            let compiled = self.policies.iter().filter_map(|policy| policy.boxes().ok());
            let named = compiled.flat_map(|compiled| &compiled.extra);
            named.chain(self.versus.iter().flat_map(|versus| versus.extra)).cloned().collect()
        })
    }

    /// How the policies spell a key, given in lower case.
    pub(super) fn spelling<'s>(&'s self, forbidden: &'s Policy, key: &str) -> Option<&'s str> {
        let known = self.spelling.get_or_init(|| {
            let mut known: FxHashMap<Arc<str>, Arc<str>> = FxHashMap::default();
            let compiled = self.policies.iter().filter_map(|policy| policy.boxes().ok());
            for (key, spelled) in compiled.flat_map(|compiled| &compiled.spelling) {
                // The least spelling wins, so that the order of policies does not show.
                let least = known.entry(Arc::clone(key)).or_insert_with(|| Arc::clone(spelled));
                if spelled < least {
                    *least = Arc::clone(spelled);
                }
            }
            known
        });
        let own = forbidden.boxes().ok().and_then(|compiled| compiled.spelling.get(key));
        known.get(key).into_iter().chain(own).min().map(|spelled| &**spelled)
    }
}
