//! The question laid out: the statements of every layer, the actions that are left, and the classes
//! that they fall into.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::actions::ActionSet;
use super::budget::{Budget, Exhausted};
use super::compile::Statement;
use super::{Asker, Assumption, Question};
use crate::catalogue::{self, ActionId};
use crate::document::Effect;
use crate::policy::{NOT_UNDER_SCPS, NamedPolicy, Policy};
use crate::request::CallerKind;

/// The actions on roles that a trust policy decides on (IAM User Guide, "Roles terms and concepts").
pub(super) const ASSUME_ROLE: [&str; 4] =
    ["sts:assumerole", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"];

/// The one action that users need no permission for, and that a deny stops.
pub(super) const SESSION_TOKEN: &str = "sts:getsessiontoken";

/// One layer's statements that can allow, and whether some policy of it is unknown.
#[derive(Default)]
pub(super) struct Allows<'a> {
    pub(super) statements: Vec<&'a Statement>,
    pub(super) unknown: bool,
}

/// The statements that can deny.
#[derive(Default)]
pub(super) struct Denies<'a> {
    /// In layers that bind every request.
    pub(super) always: Vec<&'a Statement>,
    /// In RCPs, which bind some services only.
    pub(super) rcps: Vec<&'a Statement>,
    pub(super) unknown: Vec<String>,
    /// As `unknown`, in RCPs.
    pub(super) unknown_rcps: Vec<String>,
}

pub(super) struct Search<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) asker: &'a Asker,
    /// Neither SCPs nor RCPs bind service-linked roles.
    pub(super) service_linked: bool,
    /// The identity layer; root users have none and need none.
    pub(super) identity: Option<Allows<'a>>,
    pub(super) boundary: Option<Allows<'a>>,
    pub(super) session: Option<Allows<'a>>,
    pub(super) scps: Vec<Allows<'a>>,
    pub(super) denies: Denies<'a>,
    pub(super) forbidden: Vec<&'a Statement>,
    pub(super) extra: BTreeSet<String>,
    /// Every key that some policy mentions, in lower case.
    pub(super) keys: BTreeSet<String>,
    pub(super) spelling: BTreeMap<String, String>,
    pub(super) reasons: BTreeSet<String>,
    pub(super) assumptions: BTreeSet<Assumption>,
    /// Whether an action was asked about whose resource types are all optional.
    pub(super) unnamed: bool,
}

/// Actions that are decided alike by every statement.
pub(super) struct Class<'a> {
    pub(super) forbidden: Vec<&'a Statement>,
    /// One entry a layer that must allow: its statements, and whether it may allow besides.
    pub(super) ceilings: Vec<(Vec<&'a Statement>, bool)>,
    pub(super) identity: Option<(Vec<&'a Statement>, bool)>,
    pub(super) boundary: Option<(Vec<&'a Statement>, bool)>,
    pub(super) session: Option<(Vec<&'a Statement>, bool)>,
    pub(super) denies: Vec<&'a Statement>,
    pub(super) rcp_denies: Vec<&'a Statement>,
}

impl Class<'_> {
    /// How many statements speak of these actions.
    pub(super) fn size(&self) -> u64 {
        let layers = self.ceilings.iter().chain(&self.identity).chain(&self.boundary).chain(&self.session);
        let allows: usize = layers.map(|(statements, _)| statements.len()).sum();
        (allows + self.forbidden.len() + self.denies.len() + self.rcp_denies.len()) as u64
    }

    /// Every key that some statement about these actions mentions, in lower case.
    pub(super) fn keys(&self) -> BTreeSet<&str> {
        let layers = self.ceilings.iter().chain(&self.identity).chain(&self.boundary).chain(&self.session);
        let statements = layers
            .flat_map(|(statements, _)| statements)
            .chain(&self.forbidden)
            .chain(&self.denies)
            .chain(&self.rcp_denies);
        statements.flat_map(|statement| &statement.keys).map(String::as_str).collect()
    }
}

impl Class<'_> {
    /// Whether some layer has no statement at all.
    pub(super) fn hopeless(&self) -> bool {
        let empty = |(statements, unknown): &(Vec<&Statement>, bool)| statements.is_empty() && !unknown;
        self.forbidden.is_empty()
            || self.ceilings.iter().any(empty)
            || self.identity.as_ref().is_some_and(empty)
            || self.boundary.as_ref().is_some_and(empty)
            || self.session.as_ref().is_some_and(empty)
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(question: &'a Question<'a>) -> Self {
        let asker = question.asker;
        let mut search = Self {
            question,
            asker,
            service_linked: asker.caller.name.contains(":role/aws-service-role/"),
            identity: None,
            boundary: None,
            session: None,
            scps: Vec::new(),
            denies: Denies::default(),
            forbidden: Vec::new(),
            extra: BTreeSet::new(),
            keys: BTreeSet::new(),
            spelling: BTreeMap::new(),
            reasons: BTreeSet::new(),
            unnamed: false,
            assumptions: BTreeSet::from([
                Assumption::NoResourcePolicy,
                Assumption::OwnAccountResources,
                Assumption::StandardEndpoint,
            ]),
        };
        let layers = question.layers;
        let root = asker.caller.kind == CallerKind::Root;
        let service_linked = search.service_linked;
        if asker.caller.role().is_some() {
            search.assumptions.insert(Assumption::NoSessionTags);
            if layers.session.is_none() {
                search.assumptions.insert(Assumption::NoSessionPolicy);
            }
        }
        let identity = search.layer(&layers.identity);
        search.identity = (!root).then_some(identity);
        search.boundary = layers.boundary.as_ref().map(|p| search.layer(std::slice::from_ref(p)));
        search.session = layers.session.as_ref().map(|policies| search.layer(policies));
        if !service_linked {
            for level in &layers.scps {
                let allows = search.layer(&level.policies);
                search.scps.push(allows);
            }
            for level in &layers.rcps {
                search.read_denies(&level.policies, true);
            }
        }
        if let Ok(compiled) = question.forbidden.boxes() {
            search.forbidden.extend(&compiled.statements);
            search.mention(question.forbidden);
        }
        search
    }

    pub(super) fn layer(&mut self, policies: &'a [NamedPolicy]) -> Allows<'a> {
        let mut allows = Allows::default();
        for named in policies {
            match named.policy.boxes() {
                Ok(compiled) => {
                    allows
                        .statements
                        .extend(compiled.statements.iter().filter(|s| s.effect == Effect::Allow));
                }
                Err(_) => allows.unknown = true,
            }
        }
        self.read_denies(policies, false);
        allows
    }

    pub(super) fn read_denies(&mut self, policies: &'a [NamedPolicy], rcps: bool) {
        for named in policies {
            match named.policy.boxes() {
                Ok(compiled) => {
                    let denies = compiled.statements.iter().filter(|s| s.effect == Effect::Deny);
                    if rcps { self.denies.rcps.extend(denies) } else { self.denies.always.extend(denies) }
                }
                Err(reason) => {
                    let reason = format!("policy {}: {reason}", named.name);
                    if rcps {
                        self.denies.unknown_rcps.push(reason)
                    } else {
                        self.denies.unknown.push(reason)
                    }
                }
            }
            self.mention(&named.policy);
        }
    }

    pub(super) fn mention(&mut self, policy: &'a Policy) {
        if let (Ok(compiled), Ok(document)) = (policy.boxes(), policy.document()) {
            self.extra.extend(compiled.extra.iter().cloned());
            self.keys.extend(compiled.keys.iter().cloned());
            for condition in document.statements.iter().flat_map(|s| &s.conditions) {
                let spelled = self.spelling.entry(condition.key.to_ascii_lowercase());
                // The least spelling wins, so that the order of policies does not show.
                spelled
                    .and_modify(|held| {
                        if condition.key < *held {
                            held.clone_from(&condition.key);
                        }
                    })
                    .or_insert_with(|| condition.key.clone());
            }
        }
    }

    /// The actions that some `forbid` and every layer may match, and no plain `Deny` takes away.
    pub(super) fn candidates(&self) -> ActionSet {
        let union = |statements: &[&Statement]| {
            let mut set = ActionSet::empty();
            statements.iter().for_each(|s| set.union(&s.actions.set));
            set
        };
        let mut candidates = union(&self.forbidden);
        let ceilings = self.identity.iter().chain(&self.boundary).chain(&self.session).chain(&self.scps);
        let ungranted = self.granted_elsewhere();
        for allows in ceilings {
            if !allows.unknown {
                let mut allowed = union(&allows.statements);
                let is_scp = self.scps.iter().any(|scp| std::ptr::eq(scp, allows));
                if !is_scp {
                    allowed.union(&ungranted);
                }
                candidates.intersect(&allowed);
            }
        }
        for deny in self.denies.always.iter().filter(|s| s.unconditional()) {
            candidates.subtract(&deny.actions.set);
        }
        for action in self.never_asked() {
            if let Some(action) = catalogue::find(action) {
                candidates.remove(action);
            }
        }
        if !self.scps.is_empty() {
            for action in NOT_UNDER_SCPS.iter().flat_map(|service| catalogue::service_actions(service)) {
                if let Some(action) = ActionId::from_index(action) {
                    candidates.remove(action);
                }
            }
        }
        candidates
    }

    /// Actions that the layers do not decide on: `sts:GetCallerIdentity` cannot be denied (STS API
    /// Reference), and roles cannot call the others (IAM User Guide, "Compare AWS STS credentials").
    pub(super) fn never_asked(&self) -> &'static [&'static str] {
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

    /// The actions that the identity side need not allow: trust policies can grant those on roles by
    /// themselves, and some need no permission at all.
    pub(super) fn granted_elsewhere(&self) -> ActionSet {
        let mut set = ActionSet::empty();
        for action in ASSUME_ROLE.iter().chain(&[SESSION_TOKEN]).filter_map(|name| catalogue::find(name)) {
            set.insert_action(action);
        }
        set
    }

    /// Splits a set of actions by every statement that contains part of it; in the order of each
    /// class's first action.
    pub(super) fn split(
        &self,
        candidates: &ActionSet,
        budget: &mut Budget,
    ) -> Result<Vec<ActionSet>, Exhausted> {
        let mut of: Vec<(ActionId, u32)> = candidates.iter().map(|action| (action, 0)).collect();
        let allows = self.identity.iter().chain(&self.boundary).chain(&self.session).chain(&self.scps);
        let statements = allows
            .flat_map(|a| &a.statements)
            .chain(&self.forbidden)
            .chain(&self.denies.always)
            .chain(&self.denies.rcps);
        let mut count = 1;
        let mut moved: FxHashMap<u32, u32> = FxHashMap::default();
        for statement in statements {
            budget.spend(1 + of.len() as u64 / 64)?;
            // What the statement contains of a class becomes a class of its own.
            moved.clear();
            for (_, class) in of.iter_mut().filter(|(action, _)| statement.actions.set.contains(*action)) {
                *class = *moved.entry(*class).or_insert_with(|| {
                    count += 1;
                    count - 1
                });
            }
        }
        let mut places: FxHashMap<u32, usize> = FxHashMap::default();
        let mut classes: Vec<ActionSet> = Vec::new();
        for (action, class) in of {
            let place = *places.entry(class).or_insert_with(|| {
                classes.push(ActionSet::empty());
                classes.len() - 1
            });
            classes[place].insert_action(action);
        }
        Ok(classes)
    }

    /// The statements that contain some actions.
    pub(super) fn restrict(&self, contains: impl Fn(&Statement) -> bool) -> Class<'a> {
        let filter = |statements: &[&'a Statement]| -> Vec<&'a Statement> {
            statements.iter().copied().filter(|s| contains(s)).collect()
        };
        let layer = |allows: &Allows<'a>| (filter(&allows.statements), allows.unknown);
        Class {
            forbidden: filter(&self.forbidden),
            ceilings: self.scps.iter().map(layer).collect(),
            session: self.session.as_ref().map(layer),
            identity: self.identity.as_ref().map(layer),
            boundary: self.boundary.as_ref().map(layer),
            denies: filter(&self.denies.always),
            rcp_denies: filter(&self.denies.rcps),
        }
    }
}
