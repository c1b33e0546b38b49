//! Two sides compared: is there a request that one side allows and the other does not?
//!
//! The other side does not allow a request if one of its `Deny` statements matches, or if a layer of
//! it has no `Allow` that does: one question for each. What a statement of the one side takes from the
//! other's in the same words is left out before anything is searched ([`super::implied`]): an `Allow`
//! that the other side has as well allows nothing that the other side does not.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::LazyLock;

use super::actions::{ActionSet, Actions, Draft};
use super::admit::Reach;
use super::anyone::Anyone;
use super::budget::Budget;
use super::compile::Statement;
use super::facts::{Key, Keys};
use super::implied::{implies, resources_left};
use super::kinds::KINDS;
use super::mentions::Mentions;
use super::placed::{Layer, Placed, Rest};
use super::question::{place, told};
use super::side::{Alternatives, Side, Slot};
use super::stack::Stack;
use super::translate::Place;
use super::{Answer, Asker, Assumption, Given, Question, Verdict};
use crate::policy::{Layers, Policy};
use crate::request::CallerKind;

/// What a stack is compared with.
pub(super) struct Versus<'a> {
    /// The other side's caller, if it is another.
    pub(super) rival: Option<&'a Asker>,
    /// What binds it, for `decide`; `None`: there is no other side, and what is allowed is held against what
    /// is forbidden.
    pub(super) layers: Option<&'a Layers>,
    /// The account that owns the resources.
    pub(super) resource_account: &'a str,
    /// Actions that the catalogue lacks and no policy names in full.
    pub(super) extra: &'a BTreeSet<String>,
    pub(super) assumptions: &'a [Assumption],
    /// How far wildcards reach, on both sides; `None`: not known.
    pub(super) reach: Option<Reach>,
    /// The keys of the other side's caller.
    pub(super) keys: Keys,
    /// Whether actions of a service count that the catalogue lacks; `None`: of all.
    pub(super) counts: Option<&'a dyn Fn(&str) -> bool>,
}

impl Versus<'_> {
    /// The other side's own key, where its caller is known by another value or in another way.
    pub(super) fn rivals_own(&self, key: &Rc<Key>) -> Option<Rc<Key>> {
        let own = self.keys.get(&key.name, self.rival?, &Given::default());
        (own.source != key.source).then_some(own)
    }
}

/// A statement, and what is left of its actions.
struct Part<'a> {
    statement: Cow<'a, Statement>,
    place: Place,
    set: ActionSet,
    less: Vec<&'a Actions>,
}

impl<'a> Part<'a> {
    /// What is left of a statement without those that say the same for fewer or more actions.
    fn new(
        statement: &'a Statement,
        place: Place,
        others: &[&'a Statement],
        alike: &dyn Fn(&Statement) -> bool,
    ) -> Self {
        let set = statement.actions.set.clone();
        let mut part = Self { statement: Cow::Borrowed(statement), place, set, less: Vec::new() };
        if !alike(statement) {
            return part;
        }
        for other in others {
            // What the other side's shares no action with, it takes nothing from.
            let concerned = other.actions.set.meets(&part.set) || part.set.is_empty();
            if concerned && implies(statement, other) {
                part.set = part.set.without(&other.actions.set);
                part.less.push(&other.actions);
            }
        }
        if let Some(left) = resources_left(statement, others) {
            if left.is_empty() {
                part.set = ActionSet::default();
                part.less.push(&statement.actions);
            }
            part.statement = Cow::Owned(statement.on(left));
        }
        part
    }

    fn contains_extra(&self, action: &str) -> bool {
        self.statement.actions.contains_extra(action)
            && !self.less.iter().any(|less| less.contains_extra(action))
    }

    fn placed(&self) -> Placed<'_> {
        let rest = Rest { set: self.set.clone(), less: self.less.clone() };
        Placed { rest: Some(rest), ..Placed::new(&self.statement, self.place) }
    }
}

/// Why the other side does not allow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    /// A layer, by its place, has no `Allow` that matches.
    Layer(usize),
    /// A `Deny` matches.
    Deny,
}

/// What one side might allow and the other not, for one reason, before anything is searched.
pub(crate) struct Gap<'a> {
    left: &'a Side<'a>,
    right: &'a Side<'a>,
    lack: Lack,
    /// What must match besides, if the reason is a `Deny`.
    forbidden: Vec<Part<'a>>,
    /// Whether what the other side denies is not all known.
    unknown: bool,
    layers: Vec<Vec<Part<'a>>>,
    actions: ActionSet,
    extra: Vec<&'a str>,
    place: Place,
}

/// Who asks, where, and what `decide` is asked about.
pub(crate) struct Setting<'a> {
    pub(crate) asker: &'a Asker,
    /// The other side's caller, if it is another.
    pub(crate) rival: Option<&'a Asker>,
    pub(crate) anyone: Option<Anyone>,
    pub(crate) resource_account: &'a str,
    pub(crate) left: &'a Layers,
    pub(crate) right: &'a Layers,
    pub(crate) assumptions: &'a [Assumption],
    /// Actions that the catalogue lacks and no policy names in full.
    pub(crate) extra: &'a BTreeSet<String>,
    /// How far wildcards reach, on both sides; `None`: not known.
    pub(crate) reach: Option<Reach>,
}

/// The gaps between two sides; none if the left one can allow nothing that the right one does not.
/// `named`: the sides' statements name principals, who have been seen to.
pub(crate) fn gaps<'a>(
    left: &'a Side<'a>,
    right: &'a Side<'a>,
    callers: Option<(&Asker, &Asker)>,
    extra: &'a BTreeSet<String>,
    named: bool,
) -> Vec<Gap<'a>> {
    let one_caller = callers.is_none_or(|(left, right)| {
        left.caller == right.caller && left.unique_id == right.unique_id && left.known == right.known
    });
    // Words mean the same on both sides if they do not rest on who asks.
    let alike = |statement: &Statement| {
        callers.is_none_or(|(left, right)| {
            let same = |key: &str| Key::of(key, left).source == Key::of(key, right).source;
            statement.keys.iter().all(|key| same(key))
        })
    };
    let place = if named { Place::Named } else { Place::Identity };
    let lacks = (0..right.layers.len()).map(Lack::Layer).chain([Lack::Deny]);
    lacks.filter_map(|lack| Gap::new(left, right, lack, (one_caller, &alike), extra, place)).collect()
}

impl<'a> Gap<'a> {
    fn new(
        left: &'a Side<'a>,
        right: &'a Side<'a>,
        lack: Lack,
        (one_caller, alike): (bool, &dyn Fn(&Statement) -> bool),
        extra: &'a BTreeSet<String>,
        place: Place,
    ) -> Option<Self> {
        // What is unknown of one policy is the same on both sides.
        let theirs = right.unknown.iter().chain(&right.unknown_rcps).map(|(policy, _)| *policy);
        let shared = |policy: &Policy| {
            let mut own = left.unknown.iter().chain(&left.unknown_rcps).map(|(policy, _)| *policy);
            one_caller && own.any(|own| own == policy)
        };
        let unknown = lack == Lack::Deny && theirs.clone().any(|policy| !shared(policy));
        let mut forbidden = Vec::new();
        let mut taken: &[&Statement] = &[];
        match lack {
            Lack::Layer(at) => {
                let layer = &right.layers[at];
                if one_caller && layer.unknown && left.layers.iter().any(|own| own.policies == layer.policies)
                {
                    return None;
                }
                taken = &layer.allows;
            }
            Lack::Deny => {
                let of_rcps = right.rcps.iter().map(|statement| {
                    let mut part = Part::new(statement, Place::Named, &[], alike);
                    part.set = part.set.intersect(&KINDS.under_rcps);
                    part
                });
                let parts =
                    right.denies.iter().map(|statement| Part::new(statement, place, &left.denies, alike));
                forbidden.extend(parts.chain(of_rcps));
                if forbidden.is_empty() && !unknown {
                    return None;
                }
            }
        }
        let layers: Vec<Vec<Part<'_>>> = left
            .layers
            .iter()
            .map(|layer| layer.allows.iter().map(|s| Part::new(s, place, taken, alike)).collect())
            .collect();
        let mut actions = Draft::full().finish();
        for (layer, parts) in left.layers.iter().zip(&layers).filter(|(layer, _)| !layer.unknown) {
            // It needs no permission.
            let free = (layer.slot != Slot::Ceiling).then_some(&KINDS.session_token);
            let allowed = ActionSet::union(parts.iter().map(|part| &part.set).chain(free));
            actions = actions.intersect(&allowed);
        }
        if lack == Lack::Deny && !unknown {
            actions = actions.intersect(&ActionSet::union(forbidden.iter().map(|part| &part.set)));
        }
        if matches!(lack, Lack::Layer(at) if right.layers[at].slot != Slot::Ceiling) {
            actions = actions.without(&KINDS.session_token);
        }
        let names = left.compiled().chain(right.compiled()).flat_map(|compiled| &compiled.extra);
        let contains = |parts: &[Part<'_>], name: &str| parts.iter().any(|part| part.contains_extra(name));
        let possible = |name: &&str| {
            let allowed =
                left.layers.iter().zip(&layers).all(|(l, parts)| l.unknown || contains(parts, name));
            allowed && (lack != Lack::Deny || unknown || contains(&forbidden, name))
        };
        let mut extra: Vec<&str> = names.chain(extra).map(String::as_str).filter(possible).collect();
        extra.sort_unstable();
        extra.dedup();
        let gap = Self { left, right, lack, forbidden, unknown, layers, actions, extra, place };
        (!gap.actions.is_empty() || !gap.extra.is_empty()).then_some(gap)
    }

    /// Whether a statement speaks of an action that is left.
    fn concerns(&self, statement: &Statement) -> bool {
        statement.actions.set.meets(&self.actions)
            || self.extra.iter().any(|name| statement.actions.contains_extra(name))
    }

    /// The keys and the texts of every statement that takes part: of resources, and of conditions with
    /// their keys.
    pub(crate) fn mentions(&self) -> Mentions<'_> {
        let mut mentions = Mentions::default();
        let allows = self.layers.iter().flatten().chain(&self.forbidden);
        let allows = allows.filter(|part| {
            part.set.meets(&self.actions) || self.extra.iter().any(|e| part.contains_extra(e))
        });
        let own = allows.map(|part| &*part.statement);
        let others = self.left.denies.iter().chain(&self.left.rcps).chain(self.unmatched()).copied();
        for statement in own.chain(others.filter(|statement| self.concerns(statement))) {
            mentions.add(statement);
        }
        mentions
    }

    fn unmatched(&self) -> &'a [&'a Statement] {
        match self.lack {
            Lack::Layer(at) => &self.right.layers[at].allows,
            Lack::Deny => &[],
        }
    }

    /// Asks for one caller.
    pub(crate) fn ask<'s>(&'s self, setting: Setting<'s>, steps: u64) -> Answer {
        let stack = self.stack(setting);
        let Ok(anything) = ANYTHING.boxes() else {
            let reason = "what stands for any request cannot be read".to_owned();
            return Answer {
                verdict: Verdict::Indeterminate(vec![reason]),
                assumptions: Vec::new(),
                steps: 0,
            };
        };
        let question = Question { forbidden: &ANYTHING, roles: &[], resources: &[], steps };
        let mut forbidden = place(&anything.statements);
        if self.lack == Lack::Deny && !self.unknown {
            let rival = stack.versus.as_ref().is_some_and(|versus| versus.rival.is_some());
            let parts = self.forbidden.iter().filter(|part| {
                part.set.meets(&stack.possible) || self.extra.iter().any(|name| part.contains_extra(name))
            });
            forbidden = parts.map(|part| Placed { rival, ..part.placed() }).collect();
        }
        let mut budget = Budget::new(steps);
        let (verdict, assumptions) = stack.search_placed(&question, &forbidden, &mut budget);
        Answer { verdict, assumptions: told(assumptions), steps: budget.spent(steps) }
    }

    fn stack<'s>(&'s self, setting: Setting<'s>) -> Stack<'s> {
        let mut stack = Stack::empty(setting.asker, setting.left, Given::default());
        stack.keys.anyone = setting.anyone;
        for (layer, parts) in self.left.layers.iter().zip(&self.layers) {
            let made = self.layer(layer, parts);
            match layer.slot {
                Slot::Ceiling => stack.scps.push(made),
                Slot::Identity => stack.identity = Some(made),
                Slot::Boundary => stack.boundary = Some(made),
            }
        }
        let concerned = |statements: &'a [&'a Statement]| {
            statements.iter().copied().filter(|statement| self.concerns(statement))
        };
        let denies = concerned(&self.left.denies).map(|statement| Placed::new(statement, self.place));
        stack.denies.always.extend(denies);
        let rival = setting.rival.is_some();
        let refused = concerned(self.unmatched());
        let refused = refused.map(|s| Placed { refuses: true, rival, ..Placed::new(s, self.place) });
        stack.denies.always.extend(refused);
        let rcps = concerned(&self.left.rcps).map(|statement| Placed::new(statement, Place::Resource));
        stack.denies.rcps.extend(rcps);
        let reasons =
            |unknown: &[(&Policy, String)]| unknown.iter().map(|(_, reason)| reason.clone()).collect();
        stack.denies.unknown = reasons(&self.left.unknown);
        stack.denies.unknown_rcps = reasons(&self.left.unknown_rcps);
        stack.policies = self.left.policies.iter().chain(&self.right.policies).copied().collect();
        let plain = self.left.denies.iter().chain(self.unmatched()).filter(|s| s.is_unconditional());
        let plain: Vec<&ActionSet> = plain.map(|statement| &statement.actions.set).collect();
        let mut possible = self.actions.without(&ActionSet::union(plain));
        if setting.asker.caller.kind == CallerKind::Root {
            // IAM User Guide, "Root user": it cannot assume roles.
            possible = possible.without(&KINDS.apart);
        }
        if self.place == Place::Identity {
            possible = possible.without(stack.never_asked());
        }
        if !stack.scps.is_empty() {
            possible = possible.without(&KINDS.not_under_scps);
        }
        stack.possible = possible;
        let statements = self.left.statements().chain(self.unmatched().iter().copied());
        for statement in statements.filter(|statement| self.concerns(statement)) {
            stack.count += 1;
            stack.size += statement.weight;
            stack.names += statement.actions.weight;
        }
        stack.versus = Some(Versus {
            rival: setting.rival,
            layers: Some(setting.right),
            resource_account: setting.resource_account,
            extra: setting.extra,
            assumptions: setting.assumptions,
            reach: setting.reach,
            keys: Keys::default(),
            counts: None,
        });
        stack
    }

    fn layer<'s>(&'s self, layer: &Alternatives<'_>, parts: &'s [Part<'a>]) -> Layer<'s> {
        let left = |part: &&Part<'_>| {
            part.set.meets(&self.actions) || self.extra.iter().any(|name| part.contains_extra(name))
        };
        let parts: Vec<&Part<'a>> = parts.iter().filter(left).collect();
        let plain = parts.iter().filter(|part| part.statement.is_unconditional()).map(|part| &part.set);
        Layer {
            allows: parts.iter().map(|part| part.placed()).collect(),
            unknown: layer.unknown,
            plain: ActionSet::union(plain),
            allowed: ActionSet::union(parts.iter().map(|part| &part.set)),
        }
    }
}

/// Any request at all.
static ANYTHING: LazyLock<Policy> =
    LazyLock::new(|| Policy::parse(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#));
