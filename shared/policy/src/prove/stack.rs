//! What binds one principal, laid out once for all rules: the statements of every layer, and the
//! actions that every layer may allow.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

use super::actions::{ActionSet, Actions, Draft};
use super::atom::Clause;
use super::compile::{self, Compiled, Statement};
use super::facts::{Key, Keys, Scope};
use super::session::Admission;
use super::solve::Start;
use super::translate::{Bound, Boxed, Place, ResourceKind};
use super::versus::Versus;
use super::{Asker, Given, STEPS, trust};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::document::Effect;
use crate::policy::{Layers, NOT_UNDER_SCPS, NamedPolicy, Policy, ResourcePolicy};
use crate::request::CallerKind;

/// The actions on roles that a trust policy decides on (IAM User Guide, "Roles terms and concepts").
pub(super) const ASSUME_ROLE: [&str; 4] =
    ["sts:assumerole", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"];

/// The one action that users need no permission for, and that a deny stops.
pub(super) const SESSION_TOKEN: &str = "sts:getsessiontoken";

/// A principal with all that binds it: made once, asked about many rules.
pub struct Stack<'a> {
    pub(super) asker: &'a Asker,
    /// What is said of the requests.
    pub(super) given: Given,
    /// As `decide` is asked to confirm: no resource's policy.
    pub(super) layers: Layers,
    /// What was laid out.
    pub(super) bound: &'a Layers,
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

/// One layer's statements that can allow.
pub(super) struct Layer<'a> {
    pub(super) allows: Vec<Placed<'a>>,
    /// Whether some policy of it is unknown, and so may allow anything.
    pub(super) unknown: bool,
    /// What is allowed on every resource, without conditions.
    pub(super) plain: ActionSet,
    /// What may be allowed.
    pub(super) allowed: ActionSet,
}

/// The statements that can deny.
#[derive(Default)]
pub(super) struct Denies<'a> {
    /// In layers that bind every request.
    pub(super) always: Vec<Placed<'a>>,
    /// In policies of endpoints: those that may speak of the caller.
    pub(super) perhaps: Vec<Placed<'a>>,
    /// In RCPs, which bind some services only.
    pub(super) rcps: Vec<Placed<'a>>,
    pub(super) unknown: Vec<String>,
    /// As `unknown`, in RCPs.
    pub(super) unknown_rcps: Vec<String>,
}

/// A statement, where it stands, and what was made of it.
pub(super) struct Placed<'a> {
    pub(super) statement: &'a Statement,
    pub(super) place: Place,
    /// What a comparison leaves of its actions.
    pub(super) rest: Option<Rest<'a>>,
    /// Whether it must not match, whatever its effect.
    pub(super) refuses: bool,
    /// Whether its keys are those of the other side's caller.
    pub(super) rival: bool,
    /// For each way to see it and each bound; most statements are never read.
    pub(super) boxed: OnceCell<Box<[OnceCell<Rc<Boxed>>; 10]>>,
}

/// Actions of the catalogue that differ in what binds them.
pub(super) struct Kinds {
    /// Those without resource types.
    pub(super) wildcard_only: ActionSet,
    /// Those whose resource types the reference calls all optional.
    pub(super) unnamed: ActionSet,
    /// Those that RCPs bind.
    pub(super) under_rcps: ActionSet,
    /// Those that no policy can refuse, and under SCPs those that SCPs cannot.
    pub(super) unrefusable: ActionSet,
    pub(super) not_under_scps: ActionSet,
    /// Those that trust policies decide on.
    pub(super) trusted: ActionSet,
    /// Those that the layers alone do not decide on: trust policies can grant some on roles by
    /// themselves, and one needs no permission.
    pub(super) apart: ActionSet,
    /// Of those, the one that needs no permission.
    pub(super) session_token: ActionSet,
}

pub(super) static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let (mut wildcard_only, mut unnamed, mut under_rcps) = (Draft::empty(), Draft::empty(), Draft::empty());
    for service in catalogue::services() {
        let supported = catalogue::supports_rcp(service);
        for action in catalogue::service_actions(service).filter_map(ActionId::from_index) {
            if action.is_wildcard_only() {
                wildcard_only.insert_action(action);
                continue;
            }
            if action.resource_types().all(|resource| !resource.required) {
                unnamed.insert_action(action);
            }
            if supported && action.full_name_lower() != "kms:retiregrant" {
                // Organizations User Guide, "Resources and entities not restricted by RCPs".
                under_rcps.insert_action(action);
            }
        }
    }
    let named = |names: &[&str]| {
        let mut draft = Draft::empty();
        names.iter().filter_map(|name| catalogue::find(name)).for_each(|a| draft.insert_action(a));
        draft.finish()
    };
    let mut not_under_scps = Draft::empty();
    let services = NOT_UNDER_SCPS.iter().flat_map(|service| catalogue::service_actions(service));
    services.filter_map(ActionId::from_index).for_each(|action| not_under_scps.insert_action(action));
    Kinds {
        wildcard_only: wildcard_only.finish(),
        unnamed: unnamed.finish(),
        under_rcps: under_rcps.finish(),
        unrefusable: named(&["sts:getcalleridentity"]),
        not_under_scps: not_under_scps.finish(),
        trusted: named(&ASSUME_ROLE),
        apart: named(&[ASSUME_ROLE.as_slice(), &[SESSION_TOKEN]].concat()),
        session_token: named(&[SESSION_TOKEN]),
    }
});

/// The actions on resources whose ARNs have this service segment, and those on resources whose ARNs
/// have any.
static BY_SERVICE: LazyLock<(FxHashMap<&'static str, ActionSet>, ActionSet)> = LazyLock::new(|| {
    let mut drafts: Vec<(&'static str, Draft)> = Vec::new();
    let mut any = Draft::empty();
    // Many actions work on one type: its templates are read once. `None`: any service.
    let mut places: FxHashMap<ResourceTypeId, Vec<Option<usize>>> = FxHashMap::default();
    let mut by_name: FxHashMap<&'static str, usize> = FxHashMap::default();
    for action in catalogue::actions() {
        for pair in action.resource_types() {
            let mut place = |template: &'static str| {
                let segment = template.split(':').nth(2);
                let service = segment.filter(|service| !service.contains(['$', '*', '<']))?;
                Some(*by_name.entry(service).or_insert_with(|| {
                    drafts.push((service, Draft::empty()));
                    drafts.len() - 1
                }))
            };
            let of_type = places.entry(pair.resource);
            let of_type = of_type.or_insert_with(|| pair.resource.arn_templates().map(&mut place).collect());
            for place in of_type {
                match place {
                    Some(at) => drafts[*at].1.insert_action(action),
                    None => any.insert_action(action),
                }
            }
        }
    }
    // An ARN of S3 names the action on all buckets as well.
    if let (Some(at), Some(action)) = (by_name.get("s3"), catalogue::find("s3:listallmybuckets")) {
        drafts[*at].1.insert_action(action);
    }
    let sets = drafts.into_iter().map(|(service, draft)| (service, draft.finish())).collect();
    (sets, any.finish())
});

/// The actions on resources whose ARNs may have this service segment.
pub(super) fn of_arn_service(service: &str) -> ActionSet {
    let mut draft = Draft::empty();
    BY_SERVICE.0.get(service).into_iter().for_each(|set| draft.unite(set));
    draft.unite(&BY_SERVICE.1);
    draft.subtract(&KINDS.apart);
    draft.subtract(&KINDS.wildcard_only);
    draft.finish()
}

/// Takes away the actions that work on nothing that a rulebook's statement names.
pub(super) fn within_services(statement: &Statement, part: ActionSet) -> ActionSet {
    let Some(resources) = statement.resource.as_ref().filter(|r| !r.negated && !r.any) else { return part };
    let mut kept = vec![part.intersect(&BY_SERVICE.1), part.intersect(&KINDS.apart)];
    for (text, _) in &resources.patterns {
        let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        let Some(service) = service.filter(|service| !service.contains(['*', '?'])) else { return part };
        kept.extend(BY_SERVICE.0.get(service).map(|set| part.intersect(set)));
    }
    ActionSet::union(&kept)
}

/// What is left of a statement's actions.
pub(super) struct Rest<'a> {
    /// Those of the catalogue.
    pub(super) set: ActionSet,
    /// What is taken away, for actions that the catalogue lacks.
    pub(super) less: Vec<&'a Actions>,
}

impl<'a> Placed<'a> {
    pub(super) fn new(statement: &'a Statement, place: Place) -> Self {
        Self { statement, place, rest: None, refuses: false, rival: false, boxed: OnceCell::new() }
    }

    /// The place of what was made of the statement, for a search that sees all statements without
    /// an action (`anywhere`), or with one. What does not rest on the difference has one place.
    pub(super) fn held(&self, anywhere: bool, kind: ResourceKind, bound: Bound) -> &OnceCell<Rc<Boxed>> {
        let rests = &self.statement.rests;
        let any = self.statement.resource.as_ref().is_none_or(|resources| resources.any);
        let anywhere = anywhere || !rests.on_place && rests.on_listed.is_empty();
        let way = match (anywhere, kind) {
            (true, _) if any => 0,
            (true, ResourceKind::Arn) => 0,
            (true, ResourceKind::WildcardOnly) => 1,
            (_, ResourceKind::Either) => 2,
            (false, ResourceKind::Arn) => 3,
            (false, ResourceKind::WildcardOnly) => 4,
        };
        &self.boxed.get_or_init(Box::default)[2 * way + usize::from(bound == Bound::Upper)]
    }

    /// What it costs to read the statement.
    pub(super) fn weight(&self) -> u64 {
        self.statement.weight
    }

    pub(super) fn actions(&self) -> &ActionSet {
        self.rest.as_ref().map_or(&self.statement.actions.set, |rest| &rest.set)
    }

    /// Whether an action that the catalogue lacks, in lower case, is among its actions.
    pub(super) fn contains_extra(&self, action: &str) -> bool {
        let taken = self.rest.iter().flat_map(|rest| &rest.less).any(|less| less.contains_extra(action));
        self.statement.actions.contains_extra(action) && !taken
    }
}

/// The statements of a policy that have this effect.
pub(super) fn placed<'a>(
    compiled: &'a Compiled,
    effect: Effect,
    place: Place,
) -> impl Iterator<Item = Placed<'a>> {
    let statements = compiled.statements.iter().filter(move |s| s.effect == effect);
    statements.map(move |statement| Placed::new(statement, place))
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
        stack.count = compiled.clone().map(|compiled| compiled.statements.len() as u64).sum();
        let statements = compiled.flat_map(|compiled| &compiled.statements);
        stack.names = statements.clone().map(|statement| statement.actions.weight).sum();
        stack.size = statements.map(|statement| statement.weight).sum();
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
            layers: Layers { resource: ResourcePolicy::None, ..layers.clone() },
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
        let (service, name) = key.split_once(':')?;
        let tag = name.strip_prefix("resourcetag/")?;
        if service == "aws" || !action.lists_key(resource, key) {
            return None;
        }
        let same = format!("aws:resourcetag/{tag}");
        (!self.given.says(key) && !self.given.says(&same)).then_some(same)
    }

    fn layer(&mut self, policies: &'a [NamedPolicy]) -> Layer<'a> {
        let mut layer = Layer {
            allows: Vec::new(),
            unknown: false,
            plain: ActionSet::default(),
            allowed: ActionSet::default(),
        };
        let (mut plain, mut allowed) = (Vec::new(), Vec::new());
        for named in policies {
            match self.compiled(named) {
                Ok(compiled) => {
                    layer.allows.reserve(compiled.statements.len());
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
        let mut layer = Layer {
            allows: Vec::new(),
            unknown: false,
            plain: ActionSet::default(),
            allowed: ActionSet::default(),
        };
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
        layer.allowed = ActionSet::union(layer.allows.iter().map(|allow| allow.actions()));
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
        let mut possible = Draft::full().finish();
        for layer in self.scps.iter().chain(&self.endpoint).filter(|layer| !layer.unknown) {
            possible = possible.intersect(&layer.allowed);
        }
        let compiled = self.policies.iter().filter_map(|policy| policy.boxes().ok());
        // RCPs name principals, and so deny nothing plainly.
        let denied = compiled.map(|compiled| &compiled.plainly_denied);
        let not_under_scps = (!self.scps.is_empty()).then_some(&KINDS.not_under_scps);
        for denied in denied.chain(not_under_scps) {
            if possible.meets(denied) {
                possible = possible.without(denied);
            }
        }
        let never_asked = self.never_asked().iter().filter_map(|name| catalogue::find(name));
        never_asked.for_each(|action| possible.remove(action));
        possible
    }

    /// What the identity side may allow of that.
    fn possible(&self) -> ActionSet {
        let mut possible = self.ungranted.clone();
        let sides = self.identity.iter().chain(&self.boundary).chain(&self.session);
        for layer in sides.filter(|layer| !layer.unknown) {
            let apart = possible.intersect(&KINDS.apart);
            possible = ActionSet::union([&possible.intersect(&layer.allowed), &apart]);
        }
        possible
    }

    /// Actions that the layers do not decide on: `sts:GetCallerIdentity` cannot be denied (STS API
    /// Reference), and roles cannot call the others (IAM User Guide, "Compare AWS STS credentials").
    pub(super) fn never_asked(&self) -> &'static [&'static str] {
        let never = self.never_asked_in_general();
        // A question about one call may be about that one.
        if self.given.closed { &never[1..] } else { never }
    }

    fn never_asked_in_general(&self) -> &'static [&'static str] {
        match self.asker.caller.kind {
            CallerKind::User { .. } | CallerKind::Root => {
                &["sts:getcalleridentity", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"]
            }
            _ => &[
                "sts:getcalleridentity",
                "sts:assumerolewithsaml",
                "sts:assumerolewithwebidentity",
                "sts:getsessiontoken",
                "sts:getfederationtoken",
            ],
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
