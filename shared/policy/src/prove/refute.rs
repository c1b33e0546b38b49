//! The actions of a question, taken apart only as far as the question needs.
//!
//! Many actions are searched at once: what holds for all of them must hold, what allows one of them
//! may allow any. If that has no solution, none of them has. If it has one, a statement that tells the
//! actions apart there splits them, and each part is searched by itself. What no statement splits any
//! more is a class, and is searched exactly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::slice::from_ref;

use super::actions::ActionSet;
use super::atom::{Clause, Conjunction, Variable};
use super::budget::{Budget, Exhausted};
use super::couplings;
use super::domains::{Domain, Domains, variables_of};
use super::facts::{Scope, View};
use super::kinds::{KINDS, SESSION_TOKEN, within_services};
use super::narrow::{Narrow, Narrowed};
use super::placed::{Layer, Placed};
use super::question::{Refuted, Search};
use super::solve::{self, Outcome};
use super::stack::Anywhere;
use super::state::Theories;
use super::translate::{Bound, Place, ResourceKind, Translator};
use super::values::{Assignment, Value, holds};
use super::{Witness, trust};
use crate::catalogue::ActionId;

/// What is left of many actions that were searched at once.
enum Left {
    Nothing,
    /// Perhaps something; for instance under these values.
    Perhaps(Option<Assignment>),
}

impl<'s> Search<'s> {
    /// Searches the actions, in the order of the catalogue.
    pub(super) fn hunt(
        &mut self,
        candidates: ActionSet,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        // Disjoint sets, each by its first action.
        let mut pending: BTreeMap<ActionId, ActionSet> = BTreeMap::new();
        let push = |pending: &mut BTreeMap<_, _>, set: ActionSet| {
            if let Some(first) = set.first() {
                pending.insert(first, set);
            }
        };
        for action in candidates.intersect(self.apart()).iter() {
            // Without roles, nothing can be assumed.
            let token = action.full_name_lower() == SESSION_TOKEN;
            if token && !self.stack.given.closed || !token && !self.question.roles.is_empty() {
                push(&mut pending, ActionSet::one(action));
            }
        }
        if !self.stack.given.closed {
            let mut others = candidates;
            others.subtract(self.apart());
            push(&mut pending, others);
        }
        let mut fresh = true;
        while let Some((first, set)) = pending.pop_first() {
            budget.spend(set.cost())?;
            if self.apart().contains(first) {
                let class = self.restrict(|placed| placed.contains(first));
                if let Some(witness) = self.class(&class, &set, &mut Refuted::default(), budget)? {
                    return Ok(Some(witness));
                }
                continue;
            }
            let wildcard_only = &KINDS.wildcard_only;
            let kind = match (wildcard_only.meets(&set), wildcard_only.covers(&set)) {
                (false, _) => ResourceKind::Arn,
                (true, true) => ResourceKind::WildcardOnly,
                (true, false) => ResourceKind::Either,
            };
            let Left::Perhaps(values) = self.left(&set, kind, budget)? else { continue };
            // Where only some resources are forbidden, it is worth a try once resources are looked at.
            let anywhere = |placed: &Placed<'_>| placed.statement.resource.as_ref().is_none_or(|r| r.any);
            let promising = kind != ResourceKind::Either
                || self.forbidden.iter().any(|placed| placed.contains(first) && anywhere(placed));
            if fresh && promising {
                fresh = false;
                budget.spend(self.stack.count)?;
                let class = self.restrict(|placed| placed.contains(first));
                if let Some(witness) = self.usual_place(&class, first, budget)? {
                    return Ok(Some(witness));
                }
            }
            if kind == ResourceKind::Either {
                push(&mut pending, set.intersect(wildcard_only));
                push(&mut pending, set.without(wildcard_only));
                continue;
            }
            budget.spend(self.stack.size)?;
            let part = match values.and_then(|values| self.tell_apart(&set, first, kind, &values)) {
                Some(part) => part,
                None => {
                    // Nothing speaks against the first action: most witnesses are found here.
                    let class = self.restrict(|placed| placed.contains(first));
                    budget.spend(class.size())?;
                    let mut refuted = Refuted::default();
                    if let Some(witness) = self.class(&class, &ActionSet::one(first), &mut refuted, budget)? {
                        return Ok(Some(witness));
                    }
                    budget.spend(self.stack.count * set.cost())?;
                    let part = self.alike(&set);
                    let rest = part.without(&ActionSet::one(first));
                    if let Some(witness) = self.class(&class, &rest, &mut refuted, budget)? {
                        return Ok(Some(witness));
                    }
                    push(&mut pending, set.without(&part));
                    continue;
                }
            };
            push(&mut pending, set.without(&part));
            push(&mut pending, part);
        }
        Ok(None)
    }

    /// The actions of `forbid` statements that every layer may allow and no `Deny` surely denies: one
    /// whose conditions follow from those of the `forbid` statement.
    pub(super) fn candidates(&self, budget: &mut Budget) -> Result<ActionSet, Exhausted> {
        let mut parts = Vec::new();
        for placed in self.forbidden {
            budget.spend(placed.weight() + placed.actions().cost())?;
            let part = match placed.covers(&self.stack.possible) {
                true => Cow::Borrowed(&self.stack.possible),
                false => Cow::Owned(placed.actions().intersect(&self.stack.possible)),
            };
            let part = match placed.place {
                Place::Rulebook => within_services(placed.statement, part),
                // Wildcards of a policy may cross the segments of an ARN.
                _ => part,
            };
            if !part.is_empty() {
                parts.push((placed, part));
            }
        }
        if parts.is_empty() {
            return Ok(ActionSet::default());
        }
        let translator = self.anywhere(ResourceKind::Either);
        let anywhere = match self.stack.anywhere.get() {
            // Every rule pays, so that the order of rules does not show.
            Some(anywhere) => {
                budget.spend(anywhere.cost)?;
                anywhere
            }
            None => {
                let made = self.denies_anywhere(&translator, budget)?;
                self.stack.anywhere.get_or_init(|| made)
            }
        };
        let mut start = Cow::Borrowed(&anywhere.start);
        let mut couplings = Cow::Borrowed(&anywhere.couplings);
        let mut left = Vec::with_capacity(2 * parts.len());
        for (placed, mut part) in parts {
            // What trust policies decide on is not bound to the principal's own account.
            let apart = part.intersect(self.apart());
            if !apart.is_empty() {
                part.to_mut().subtract(&apart);
                left.push(Cow::Owned(apart));
            }
            let Some(atoms) = translator.statement(placed, Bound::Upper).atoms.clone() else { continue };
            let mut domains = Domains::default();
            translator.add_domains(&mut domains, atoms.iter().map(|atom| &atom.variable));
            if !start.has(&domains) {
                let mut all = start.domains();
                translator.add_domains(&mut all, domains.variables());
                let clauses = couplings::clauses(&mut all, self.stack);
                if !Theories::new(budget).add(start.to_mut(), all)? {
                    continue;
                }
                couplings = Cow::Owned(clauses);
            }
            match Narrowed::by(&start, &atoms, &couplings, budget)? {
                Narrow::Impossible => continue,
                Narrow::Unclear => {}
                Narrow::To(narrowed) => {
                    for (at, deny) in &anywhere.denies {
                        let placed = &self.stack.denies.always[*at];
                        if placed.meets(&part) && !narrowed.admits(&deny.escapes, budget)? {
                            part.to_mut().subtract(placed.actions());
                        }
                    }
                }
            }
            left.push(part);
        }
        Ok(ActionSet::union(left.iter().map(|part| &**part)).into_owned())
    }

    /// The `Deny` statements that may match some request.
    fn denies_anywhere(
        &self,
        translator: &Translator<'_>,
        budget: &mut Budget,
    ) -> Result<Anywhere, Exhausted> {
        let before = budget.left();
        let mut denies = Vec::new();
        let mut domains = Domains::default();
        for (at, deny) in self.stack.denies.always.iter().enumerate() {
            budget.spend(deny.weight())?;
            if !deny.meets(&self.stack.possible) {
                continue;
            }
            let boxed = translator.statement(deny, Bound::Lower);
            if boxed.atoms.is_some() {
                translator.add_domains(&mut domains, variables_of(from_ref(&boxed.escapes)));
                denies.push((at, boxed));
            }
        }
        let couplings = couplings::clauses(&mut domains, self.stack);
        let start = Theories::new(budget).start(domains)?.unwrap_or_default();
        Ok(Anywhere { denies, start, couplings, cost: before - budget.left() })
    }

    /// The actions that are searched by themselves. What trust policies say does not count where two
    /// sides are compared.
    fn apart(&self) -> &'static ActionSet {
        if self.stack.versus.is_some() { &KINDS.session_token } else { &KINDS.apart }
    }

    /// Reads statements for any action anywhere, from above.
    fn anywhere(&self, kind: ResourceKind) -> Translator<'s> {
        let stack = self.stack;
        let resource_account = stack.resource_account();
        let view = View { pins: &[], scope: Scope::Any, region: None, resource_account, organization: None };
        Translator::new(stack, view, kind, Bound::Upper)
    }

    /// As `anywhere`; where all these actions have one region, in that.
    fn at_home(&self, set: &ActionSet, kind: ResourceKind) -> Translator<'s> {
        let mut translator = self.anywhere(kind);
        if let (Some(first), Some(last)) = (set.first(), set.last())
            && first.service() == last.service()
        {
            translator.view.region = self.region_of(first);
        }
        translator
    }

    /// Searches many actions at once, from above.
    fn left(&self, set: &ActionSet, kind: ResourceKind, budget: &mut Budget) -> Result<Left, Exhausted> {
        let stack = self.stack;
        let translator = self.at_home(set, kind);
        let mut clauses: Vec<Clause> = Vec::new();
        // Alternatives: whatever allows one of the actions. `None`: one holds in any case.
        let alternatives = |all: &[Placed<'_>], budget: &mut Budget| -> Result<Option<Clause>, Exhausted> {
            let mut clause = Vec::new();
            for placed in all {
                budget.spend(placed.weight())?;
                if !placed.meets(set) {
                    continue;
                }
                match &translator.statement(placed, Bound::Upper).atoms {
                    Some(atoms) if atoms.is_empty() => return Ok(None),
                    Some(atoms) => clause.push(atoms.clone()),
                    None => {}
                }
            }
            Ok(Some(clause.into()))
        };
        let mut forbidden: Conjunction = Rc::from([]);
        match alternatives(self.forbidden, budget)? {
            Some(clause) if clause.is_empty() => return Ok(Left::Nothing),
            Some(clause) if clause.len() == 1 => {
                forbidden = Rc::clone(&clause[0]);
                clauses.push(clause);
            }
            clause => clauses.extend(clause),
        }
        for deny in &stack.denies.always {
            budget.spend(deny.weight())?;
            if !deny.covers(set) {
                continue;
            }
            let boxed = translator.statement(deny, Bound::Lower);
            match &boxed.atoms {
                Some(atoms) if atoms.is_empty() => return Ok(Left::Nothing),
                Some(_) => clauses.push(Rc::clone(&boxed.escapes)),
                None => {}
            }
        }
        if !stack.denies.rcps.is_empty() && KINDS.under_rcps.covers(set) {
            let boundary = stack.boundary.is_some();
            for deny in &stack.denies.rcps {
                budget.spend(deny.weight())?;
                let binds =
                    deny.covers(set) && trust::denies(deny.statement, stack.asker, boundary, Bound::Lower);
                if !binds {
                    continue;
                }
                let boxed = translator.statement(deny, Bound::Lower);
                match &boxed.atoms {
                    Some(atoms) if atoms.is_empty() => return Ok(Left::Nothing),
                    Some(_) => clauses.push(Rc::clone(&boxed.escapes)),
                    None => {}
                }
            }
        }
        let layers = stack.allowing();
        for layer in layers {
            if layer.unknown || layer.plain.meets(set) {
                continue;
            }
            match alternatives(&layer.allows, budget)? {
                Some(clause) if clause.is_empty() => return Ok(Left::Nothing),
                clause => clauses.extend(clause),
            }
        }
        let mut domains = Domains::default();
        if variables_of(&clauses).any(|variable| *variable == Variable::Resource) {
            domains.add(&Variable::Resource, || Domain { may_be_absent: false, base: None });
        }
        translator.add_domains(&mut domains, variables_of(&clauses));
        clauses.extend(couplings::clauses(&mut domains, stack));
        Ok(match solve::solve(domains, &forbidden, &clauses, budget)? {
            Outcome::None => Left::Nothing,
            Outcome::Found(values) => Left::Perhaps(Some(values)),
            Outcome::Mixed(_) => Left::Perhaps(None),
        })
    }

    /// The part of a set that, under some values, meets what its first action meets: a `Deny` that
    /// the others escape, or a layer that allows them and not the first.
    fn tell_apart(
        &self,
        set: &ActionSet,
        first: ActionId,
        kind: ResourceKind,
        values: &Assignment,
    ) -> Option<ActionSet> {
        let stack = self.stack;
        let translator = self.at_home(set, kind);
        let matches = |placed: &Placed<'_>, bound: Bound| {
            let boxed = translator.statement(placed, bound);
            boxed.atoms.as_ref().is_some_and(|atoms| {
                atoms.iter().all(|atom| match values.get(&atom.variable) {
                    Some(value) => holds(&atom.claim, value),
                    None => atom.variable != Variable::Resource && holds(&atom.claim, &Value::Absent),
                })
            })
        };
        for deny in &stack.denies.always {
            if deny.contains(first) && !deny.covers(set) && matches(deny, Bound::Lower) {
                return Some(set.intersect(deny.actions()));
            }
        }
        let lacking = |allows: &[Placed<'_>], plain: &ActionSet| -> Option<ActionSet> {
            let of_first = |placed: &&Placed<'_>| placed.contains(first);
            if plain.contains(first) || allows.iter().filter(of_first).any(|p| matches(p, Bound::Upper)) {
                return None;
            }
            let mut left = set.without(plain);
            for placed in allows {
                if placed.meets(&left) && matches(placed, Bound::Upper) {
                    left = left.without(placed.actions());
                }
            }
            (left != *set).then_some(left)
        };
        let of_layer = |layer: &Layer<'_>| match layer.unknown {
            true => None,
            false => lacking(&layer.allows, &layer.plain),
        };
        let layers = stack.allowing();
        lacking(self.forbidden, &ActionSet::default()).or_else(|| layers.filter_map(of_layer).next())
    }
}
