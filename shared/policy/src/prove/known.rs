//! Resources whose policies are known, one by one: what their policies grant and deny counts.

use super::actions::{ActionSet, Draft};
use super::budget::{Budget, Exhausted};
use super::class::Class;
use super::domain::{self, Region, Shape};
use super::kinds::{KINDS, of_arn_service};
use super::pattern;
use super::placed::Placed;
use super::question::{Attempt, Refuted, Search, Subject};
use super::target::Target;
use super::trust::Naming;
use super::{KnownResource, Witness};
use crate::catalogue::{ActionId, ResourceTypeId};

/// The ways to a grant: by identity policies alone, or by one of the names that the resource's policy
/// has for the caller.
const WAYS: [Option<Naming>; 4] = [None, Some(Naming::Direct), Some(Naming::Role), Some(Naming::Account)];

impl<'s> Search<'s> {
    /// Searches every known resource.
    pub(super) fn known_resources(&mut self, budget: &mut Budget) -> Result<Option<Witness>, Exhausted> {
        if self.question.resources.is_empty() {
            return Ok(None);
        }
        let mut forbidden = Draft::empty();
        for placed in self.forbidden {
            budget.spend(placed.actions().cost())?;
            forbidden.unite(placed.actions());
        }
        let forbidden = forbidden.finish();
        // What the user names, whether or not the catalogue has it work there.
        let named = self.stack.given.closed && forbidden.first() == forbidden.last();
        for known in self.question.resources {
            budget.spend(forbidden.cost())?;
            if let Some(witness) = self.known_resource(known, &forbidden, named, budget)? {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    fn known_resource(
        &mut self,
        known: &KnownResource,
        forbidden: &ActionSet,
        named: bool,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let target = Target::of_resource(known);
        let own_account = target.account == self.stack.asker.caller.account;
        // What its policy may grant to the caller, if anything, needs no identity policy in its account.
        let mut left = match target.unknown {
            _ if !own_account => self.stack.possible.clone(),
            Some(_) => self.stack.ungranted.clone(),
            None => {
                let mut draft = Draft::empty();
                draft.unite(&self.stack.possible);
                let granted = target.allows.iter().map(|p| p.actions().intersect(&self.stack.ungranted));
                granted.for_each(|set| draft.unite(&set));
                draft.finish()
            }
        };
        left = left.intersect(forbidden);
        left = match named {
            true => left.without(&KINDS.trusted),
            false => left.intersect(&of_arn_service(target.service())),
        };
        budget.spend(target.size())?;
        while let Some(first) = left.first() {
            budget.spend((self.stack.count + target.size()) * left.cost())?;
            let alike = self.alike_with(&left, target.statements());
            left = left.without(&alike);
            let class = self.restrict(|placed| placed.contains(first));
            let mut refuted = Refuted::default();
            for action in alike.iter() {
                let mut types: Vec<_> = of_this_type(action, &target).into_iter().map(Some).collect();
                if named && types.is_empty() {
                    types.push(None);
                }
                for resource in types {
                    budget.spend(1)?;
                    let signature = self.signature_of(&class, action, resource);
                    if refuted.insert(signature)
                        && let Some(witness) = self.known_place(&class, action, resource, &target, budget)?
                    {
                        return Ok(Some(witness));
                    }
                }
            }
        }
        let written = |action: &str| self.question.forbidden.boxes().is_ok_and(|f| f.extra.contains(action));
        for action in self.named_by(&target) {
            let class = self.restrict(|placed| placed.contains_extra(&action));
            let closed = self.stack.given.closed && written(&action);
            let of_service = closed || action.split(':').next() == Some(target.service());
            if of_service && !class.forbidden.is_empty() {
                let attempt = Attempt { target: Some(&target), ..Attempt::new(Subject::Extra(&action)) };
                if let Some(witness) = self.ways(&class, attempt, &target, budget)? {
                    return Ok(Some(witness));
                }
            }
        }
        Ok(None)
    }

    /// One action on the resource, in the region that it is in, or in any.
    fn known_place(
        &mut self,
        class: &Class<'s>,
        action: ActionId,
        resource: Option<ResourceTypeId>,
        target: &Target<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let region = self.region_of(action).or(target.region());
        let subject = Subject::Known(action, resource);
        let attempt = Attempt { target: Some(target), region, ..Attempt::new(subject) };
        if region.is_none() {
            let usual = Attempt { region: Some(domain::usual_region(self.partition())), ..attempt };
            let held = self.reasons.clone();
            if let Some(witness) = self.ways(class, usual, target, budget)? {
                return Ok(Some(witness));
            }
            self.reasons = held;
        }
        self.ways(class, attempt, target, budget)
    }

    fn ways(
        &mut self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        target: &Target<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        if target.unknown.is_some() {
            // At most it grants to the caller by name, which needs the least besides.
            return self.attempt(class, Attempt { naming: Some(Naming::Direct), ..attempt }, budget);
        }
        let own_account = target.account == self.stack.asker.caller.account;
        for naming in WAYS {
            // Across accounts, and on KMS keys, the resource's policy must grant.
            if naming.is_none() && (!own_account || target.must_grant()) {
                continue;
            }
            if let Some(witness) = self.attempt(class, Attempt { naming, ..attempt }, budget)? {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    /// Actions that the catalogue lacks, and the resource's policy or another names in full.
    fn named_by(&self, target: &Target<'_>) -> Vec<String> {
        let compiled = target.policy.policy.boxes().into_iter().chain(self.question.forbidden.boxes());
        let named = compiled.flat_map(|compiled| compiled.extra.iter().map(String::as_str));
        let mut all: Vec<String> =
            self.stack.extra().iter().map(String::as_str).chain(named).map(str::to_owned).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// As [`Self::alike`], by the resource's own statements too.
    fn alike_with<'p>(&self, set: &ActionSet, statements: impl Iterator<Item = &'p Placed<'p>>) -> ActionSet {
        let Some(first) = set.first() else { return ActionSet::default() };
        let mut alike = self.alike(set);
        for actions in statements.map(|placed| placed.actions()) {
            alike = if actions.contains(first) { alike.intersect(actions) } else { alike.without(actions) };
        }
        alike
    }
}

/// The resource types of an action that the resource may be of.
fn of_this_type(action: ActionId, target: &Target<'_>) -> Vec<ResourceTypeId> {
    let partition = target.arn.split(':').nth(1).unwrap_or_default();
    let types = action.resource_types().map(|pair| pair.resource);
    let is_one = |resource: &ResourceTypeId| {
        let patterns = domain::patterns(*resource, partition, target.account, Region::Text, Shape::Generous);
        // ARNs of global services have no region where a template has one.
        patterns.iter().any(|pattern| pattern::matches(pattern, target.arn))
    };
    types.filter(is_one).collect()
}
