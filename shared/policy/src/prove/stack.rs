//! What binds one principal, laid out once for all rules: the statements of every layer, and the
//! actions that every layer may allow.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::Asker;
use super::actions::{ActionSet, Draft};
use super::compile::{Compiled, Statement};
use super::facts::{Key, Keys};
use super::solve::Start;
use super::translate::{Bound, Boxed, Place, ResourceKind};
use crate::catalogue::{self, ActionId};
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
    /// As `decide` is asked to confirm: no endpoint, no resource's policy.
    pub(super) layers: Layers,
    keys: Keys,
    /// Neither SCPs nor RCPs bind service-linked roles.
    pub(super) service_linked: bool,
    /// The identity layer; root users have none and need none.
    pub(super) identity: Option<Layer<'a>>,
    pub(super) boundary: Option<Layer<'a>>,
    pub(super) session: Option<Layer<'a>>,
    pub(super) scps: Vec<Layer<'a>>,
    pub(super) denies: Denies<'a>,
    /// What every layer may allow, and no plain `Deny` takes away.
    pub(super) possible: ActionSet,
    /// As `possible`, where a resource's own policy grants.
    pub(super) ungranted: ActionSet,
    /// What it costs to read every statement.
    pub(super) size: u64,
    /// How many statements there are.
    pub(super) count: u64,
    /// Every readable policy.
    policies: Vec<&'a Policy>,
    pub(super) anywhere: OnceCell<Anywhere>,
}

/// What the `Deny` statements of every layer say to any request at all.
pub(super) struct Anywhere {
    /// Those that may match, by their place in [`Denies::always`].
    pub(super) denies: Vec<(usize, Rc<Boxed>)>,
    pub(super) start: Start,
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
    allowed: Draft,
}

/// The statements that can deny.
#[derive(Default)]
pub(super) struct Denies<'a> {
    /// In layers that bind every request.
    pub(super) always: Vec<Placed<'a>>,
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
    /// For each way to see it and each bound.
    boxed: [OnceCell<Rc<Boxed>>; 10],
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
    /// Those that the layers alone do not decide on: trust policies can grant some on roles by
    /// themselves, and one needs no permission.
    pub(super) apart: ActionSet,
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
        apart: named(&[ASSUME_ROLE.as_slice(), &[SESSION_TOKEN]].concat()),
    }
});

/// The actions on resources whose ARNs have this service segment, and those on resources whose ARNs
/// have any.
static BY_SERVICE: LazyLock<(FxHashMap<&'static str, ActionSet>, ActionSet)> = LazyLock::new(|| {
    let mut drafts: FxHashMap<&'static str, Draft> = FxHashMap::default();
    let mut any = Draft::empty();
    for action in catalogue::actions() {
        for template in action.resource_types().flat_map(|pair| pair.resource.arn_templates()) {
            match template.split(':').nth(2).filter(|service| !service.contains(['$', '*', '<'])) {
                Some(service) => drafts.entry(service).or_insert_with(Draft::empty).insert_action(action),
                None => any.insert_action(action),
            }
        }
    }
    // An ARN of S3 names the action on all buckets as well.
    if let (Some(draft), Some(action)) = (drafts.get_mut("s3"), catalogue::find("s3:listallmybuckets")) {
        draft.insert_action(action);
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
    let mut within = Draft::empty();
    for (text, _) in &resources.patterns {
        let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        let Some(service) = service.filter(|service| !service.contains(['*', '?'])) else { return part };
        BY_SERVICE.0.get(service).into_iter().for_each(|set| within.unite(set));
    }
    within.unite(&BY_SERVICE.1);
    within.unite(&KINDS.apart);
    part.intersect(&within.finish())
}

impl<'a> Placed<'a> {
    pub(super) fn new(statement: &'a Statement, place: Place) -> Self {
        Self { statement, place, boxed: Default::default() }
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
        &self.boxed[2 * way + usize::from(bound == Bound::Upper)]
    }

    /// What it costs to read the statement.
    pub(super) fn weight(&self) -> u64 {
        self.statement.weight
    }

    pub(super) fn actions(&self) -> &'a ActionSet {
        &self.statement.actions.set
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
    /// Lays out what binds a principal. `resource` and `endpoint` are not looked at.
    pub fn new(asker: &'a Asker, layers: &'a Layers) -> Self {
        let service_linked = asker.caller.name.contains(":role/aws-service-role/");
        let mut stack = Self {
            asker,
            layers: Layers { endpoint: None, resource: ResourcePolicy::None, ..layers.clone() },
            keys: Keys::default(),
            service_linked,
            identity: None,
            boundary: None,
            session: None,
            scps: Vec::new(),
            denies: Denies::default(),
            possible: ActionSet::default(),
            ungranted: ActionSet::default(),
            size: 0,
            count: 0,
            policies: Vec::new(),
            anywhere: OnceCell::new(),
        };
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
                stack.read_denies(&level.policies, true);
            }
        }
        let compiled = stack.policies.iter().filter_map(|policy| policy.boxes().ok());
        stack.count = compiled.clone().map(|compiled| compiled.statements.len() as u64).sum();
        stack.size = compiled.flat_map(|compiled| &compiled.statements).map(|s| s.weight).sum();
        stack.ungranted = stack.possible(false);
        stack.possible = stack.possible(true);
        stack
    }

    /// The key of this name, given in lower case.
    pub(super) fn key(&self, name: &str) -> Rc<Key> {
        self.keys.get(name, self.asker)
    }

    fn layer(&mut self, policies: &'a [NamedPolicy]) -> Layer<'a> {
        let mut layer = Layer {
            allows: Vec::new(),
            unknown: false,
            plain: ActionSet::default(),
            allowed: Draft::empty(),
        };
        let mut plain = Draft::empty();
        for named in policies {
            match named.policy.boxes() {
                Ok(compiled) => {
                    layer.allows.extend(placed(compiled, Effect::Allow, Place::Identity));
                    plain.unite(&compiled.plainly_allowed);
                    layer.allowed.unite(&compiled.allowed);
                }
                Err(_) => layer.unknown = true,
            }
        }
        layer.plain = plain.finish();
        self.read_denies(policies, false);
        layer
    }

    fn read_denies(&mut self, policies: &'a [NamedPolicy], rcps: bool) {
        for named in policies {
            match named.policy.boxes() {
                Ok(compiled) => {
                    self.policies.push(&named.policy);
                    if rcps {
                        self.denies.rcps.extend(placed(compiled, Effect::Deny, Place::Resource));
                    } else {
                        self.denies.always.extend(placed(compiled, Effect::Deny, Place::Identity));
                    }
                }
                Err(reason) => {
                    let reason = format!("policy {}: {reason}", named.name);
                    let unknown = if rcps { &mut self.denies.unknown_rcps } else { &mut self.denies.unknown };
                    unknown.push(reason);
                }
            }
        }
    }

    /// What the layers may allow; without the identity side's, if that need not grant.
    fn possible(&self, identity_side: bool) -> ActionSet {
        let mut possible: Option<Draft> = None;
        let mut intersect = |allowed: Draft| match &mut possible {
            Some(possible) => possible.intersect(&allowed),
            None => possible = Some(allowed),
        };
        for layer in self.identity.iter().chain(&self.boundary).chain(&self.session) {
            if identity_side && !layer.unknown {
                let mut allowed = layer.allowed.clone();
                allowed.unite(&KINDS.apart);
                intersect(allowed);
            }
        }
        self.scps.iter().filter(|layer| !layer.unknown).for_each(|layer| intersect(layer.allowed.clone()));
        let mut possible = possible.unwrap_or_else(Draft::full);
        for policy in &self.policies {
            // RCPs name principals, and so deny nothing plainly.
            if let Ok(compiled) = policy.boxes() {
                possible.subtract(&compiled.plainly_denied);
            }
        }
        self.never_asked().iter().filter_map(|name| catalogue::find(name)).for_each(|a| possible.remove(a));
        if !self.scps.is_empty() {
            possible.subtract(&KINDS.not_under_scps);
        }
        possible.finish()
    }

    /// Actions that the layers do not decide on: `sts:GetCallerIdentity` cannot be denied (STS API
    /// Reference), and roles cannot call the others (IAM User Guide, "Compare AWS STS credentials").
    fn never_asked(&self) -> &'static [&'static str] {
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

    /// Actions that some policy names in full and the catalogue lacks, in lower case.
    pub(super) fn extra(&self) -> impl Iterator<Item = &'a str> {
        let compiled = self.policies.iter().filter_map(|policy| policy.boxes().ok());
        compiled.flat_map(|compiled| &compiled.extra).map(String::as_str)
    }

    /// How the policies spell a key, given in lower case.
    pub(super) fn spelling(&self, forbidden: &'a Policy, key: &str) -> Option<&'a str> {
        let compiled =
            self.policies.iter().copied().chain([forbidden]).filter_map(|policy| policy.boxes().ok());
        // The least spelling wins, so that the order of policies does not show.
        compiled.filter_map(|compiled| compiled.spelling.get(key)).map(|spelled| &**spelled).min()
    }
}
