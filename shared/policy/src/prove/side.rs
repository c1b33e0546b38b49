//! One side of a comparison: the layers that must each allow, and what denies.

use super::compile::{Compiled, Statement};
use super::translate::Bound;
use super::{Asker, trust};
use crate::document::{Effect, Principals};
use crate::policy::{Layers, Policy};
use crate::request::CallerKind;

/// One layer of a side: of its statements one must allow.
#[derive(Clone)]
pub(crate) struct Alternatives<'a> {
    pub(crate) slot: Slot,
    pub(super) allows: Vec<&'a Statement>,
    pub(super) policies: Vec<&'a Policy>,
    /// Whether some policy of it is unknown.
    pub(super) unknown: bool,
}

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// An SCP level.
    Ceiling,
    Identity,
    Boundary,
}

/// What one side says, for one caller.
#[derive(Clone, Default)]
pub(crate) struct Side<'a> {
    pub(crate) layers: Vec<Alternatives<'a>>,
    pub(super) denies: Vec<&'a Statement>,
    /// As `denies`, of RCPs.
    pub(super) rcps: Vec<&'a Statement>,
    pub(super) policies: Vec<&'a Policy>,
    /// The policies that are unknown, and so may deny, with the reasons.
    pub(super) unknown: Vec<(&'a Policy, String)>,
    /// As `unknown`, of RCPs.
    pub(super) unknown_rcps: Vec<(&'a Policy, String)>,
}

impl<'a> Side<'a> {
    /// Adds a layer: the policies of which one must allow, and what they deny. `names`: whether a
    /// statement speaks of the caller.
    pub(crate) fn layer(
        &mut self,
        slot: Slot,
        policies: impl IntoIterator<Item = &'a Policy>,
        names: impl Fn(Option<&Principals>, Effect) -> bool,
    ) {
        let mut layer = Alternatives { slot, allows: Vec::new(), policies: Vec::new(), unknown: false };
        for policy in policies {
            layer.policies.push(policy);
            match policy.boxes() {
                Ok(compiled) => {
                    self.policies.push(policy);
                    let named = |s: &&Statement| names(s.principal.as_ref(), s.effect);
                    for statement in compiled.statements.iter().filter(named) {
                        match statement.effect {
                            Effect::Allow => layer.allows.push(statement),
                            Effect::Deny => self.denies.push(statement),
                        }
                    }
                }
                Err(reason) => {
                    layer.unknown = true;
                    self.unknown.push((policy, reason.to_owned()));
                }
            }
        }
        self.layers.push(layer);
    }

    /// What its policies allow counts for nothing: something else allows all.
    pub(crate) fn without_layers(mut self) -> Self {
        self.layers.clear();
        self
    }

    /// What binds a principal.
    pub(crate) fn of(asker: &Asker, layers: &'a Layers) -> Self {
        let mut side = Self::default();
        let any = |_: Option<&Principals>, _| true;
        if asker.caller.kind != CallerKind::Root {
            side.layer(Slot::Identity, layers.identity.iter().map(|named| &named.policy), any);
        }
        if let Some(boundary) = &layers.boundary {
            side.layer(Slot::Boundary, [&boundary.policy], any);
        }
        if asker.caller.name.contains(":role/aws-service-role/") {
            return side;
        }
        for level in &layers.scps {
            side.layer(Slot::Ceiling, level.policies.iter().map(|named| &named.policy), any);
        }
        let boundary = layers.boundary.is_some();
        for named in layers.rcps.iter().flat_map(|level| &level.policies) {
            match named.policy.boxes() {
                Ok(compiled) => {
                    side.policies.push(&named.policy);
                    let denies = |s: &&Statement| {
                        s.effect == Effect::Deny && trust::denies(s, asker, boundary, Bound::Upper)
                    };
                    side.rcps.extend(compiled.statements.iter().filter(denies));
                }
                Err(reason) => {
                    let reason = format!("policy {}: {reason}", named.name);
                    side.unknown_rcps.push((&named.policy, reason));
                }
            }
        }
        side
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &'a Statement> {
        let allows = self.layers.iter().flat_map(|layer| &layer.allows);
        allows.chain(&self.denies).chain(&self.rcps).copied()
    }

    pub(super) fn compiled(&self) -> impl Iterator<Item = &'a Compiled> {
        self.policies.iter().filter_map(|policy| policy.boxes().ok())
    }
}
