//! From a question to its answer: which classes of actions are searched, in which places, and what
//! is made of what is found.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::ActionSet;
use super::atom::Variable;
use super::budget::{Budget, Exhausted};
use super::domain;
use super::layers::{ASSUME_ROLE, Class, Search};
use super::solve::Outcome;
use super::translate::{Bound, ResourceKind};
use super::trust::Naming;
use super::witness::on_kms_key;
use super::{Answer, Assumption, Question, RoleTarget, Verdict, Witness};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::policy::{NOT_UNDER_SCPS, Policy};
use crate::request::CallerKind;

/// Answers a question.
pub fn prove(question: &Question<'_>) -> Answer {
    let mut budget = Budget::new(question.steps);
    let mut search = Search::new(question);
    let verdict = match search.run(&mut budget) {
        Ok(verdict) => verdict,
        Err(Exhausted) => {
            let spent = format!("the search used up its {} steps", question.steps);
            Verdict::Indeterminate(vec![spent])
        }
    };
    search.assume_refusable();
    let unnamed = search.unnamed;
    let mut assumptions = search.assumptions;
    if matches!(verdict, Verdict::No | Verdict::Indeterminate(_)) {
        assumptions.insert(Assumption::CatalogueActions);
        if unnamed {
            assumptions.insert(Assumption::ResourceIsNamed);
        }
    }
    Answer { verdict, assumptions: assumptions.into_iter().collect(), steps: budget.spent(question.steps) }
}

/// Whether a forbidden region speaks of assuming roles, so that a question about it needs them.
pub fn asks_for_roles(forbidden: &Policy) -> bool {
    let actions = ASSUME_ROLE.iter().filter_map(|name| catalogue::find(name));
    forbidden.boxes().is_ok_and(|compiled| {
        actions.clone().any(|action| compiled.statements.iter().any(|s| s.actions.set.contains(action)))
    })
}

/// Whether a witness found earlier still is one: the same authorization, decided anew.
pub fn recheck(
    question: &Question<'_>,
    action: &str,
    resource: &str,
    context: &BTreeMap<String, Vec<String>>,
) -> Option<Witness> {
    let search = Search::new(question);
    let target = question.roles.iter().find(|role| role.arn == resource);
    search.confirm(action, resource, context.clone(), target).ok()
}

/// One action, on one kind of resource.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Known(ActionId, Option<ResourceTypeId>),
    Extra(&'a str),
    AnyOf(ResourceKind),
}

/// One search: a class, one action of it, a place.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) subject: Subject<'a>,
    /// `None`: whichever.
    pub(super) region: Option<&'a str>,
    pub(super) target: Option<&'a RoleTarget>,
    pub(super) naming: Option<Naming>,
    /// The region of the resource is any text: only to refute.
    pub(super) nowhere: bool,
}

impl<'a> Attempt<'a> {
    /// In whichever region, on no role's behalf.
    fn new(subject: Subject<'a>) -> Self {
        Self { subject, region: None, target: None, naming: None, nowhere: false }
    }
}

impl<'a> Search<'a> {
    pub(super) fn run(&mut self, budget: &mut Budget) -> Result<Verdict, Exhausted> {
        if let Err(reason) = self.question.forbidden.document() {
            return Ok(Verdict::Indeterminate(vec![format!("the forbidden region: {reason}")]));
        }
        if catalogue::regions(self.partition()).is_empty() {
            self.reasons.insert(format!("the regions of the partition `{}` are not known", self.partition()));
        }
        let candidates = self.candidates();
        let classes = self.split(&candidates, budget)?;
        for set in classes {
            if let Some(witness) = self.class(&set, budget)? {
                return Ok(Verdict::Yes(Box::new(witness)));
            }
        }
        let extra: Vec<String> = self.extra.iter().cloned().collect();
        for action in extra {
            let class = self.restrict(|statement| statement.actions.contains_extra(&action));
            if class.hopeless() {
                continue;
            }
            let attempt = Attempt::new(Subject::Extra(&action));
            if let Some(witness) = self.attempt(&class, attempt, budget)? {
                return Ok(Verdict::Yes(Box::new(witness)));
            }
        }
        if self.reasons.is_empty() {
            return Ok(Verdict::No);
        }
        Ok(Verdict::Indeterminate(self.reasons.iter().cloned().collect()))
    }

    pub(super) fn class(
        &mut self,
        set: &ActionSet,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let Some(first) = set.iter().next() else { return Ok(None) };
        let class = self.restrict(|statement| statement.actions.set.contains(first));
        self.unnamed |= set.iter().any(needs_no_resource);
        // One search for the whole class first, on any resource at all: most end here.
        let mut open = [false, false];
        for (slot, kind) in open.iter_mut().zip([ResourceKind::WildcardOnly, ResourceKind::Arn]) {
            let some = set.iter().any(|action| kind_of(action) == kind);
            let attempt = Attempt::new(Subject::AnyOf(kind));
            *slot = some && !matches!(self.solve(&class, attempt, Bound::Upper, budget)?.0, Outcome::None);
        }
        let mut refuted = BTreeSet::new();
        for action in set.iter() {
            budget.spend(1)?;
            if ASSUME_ROLE.contains(&action.full_name_lower()) {
                if let Some(witness) = self.assume_role(&class, action, budget)? {
                    return Ok(Some(witness));
                }
                continue;
            }
            let kind = kind_of(action);
            if !open[usize::from(kind == ResourceKind::Arn)] {
                continue;
            }
            let resources: Vec<Option<ResourceTypeId>> = match kind {
                ResourceKind::WildcardOnly => vec![None],
                ResourceKind::Arn => action.resource_types().map(|r| Some(r.resource)).collect(),
            };
            for resource in resources {
                let signature = self.signature(action, resource);
                if refuted.contains(&signature) {
                    continue;
                }
                match self.place(&class, action, resource, budget)? {
                    Some(witness) => {
                        if needs_no_resource(action) {
                            self.assumptions.insert(Assumption::ResourceIsNamed);
                        }
                        return Ok(Some(witness));
                    }
                    None => {
                        refuted.insert(signature);
                    }
                }
            }
        }
        Ok(None)
    }

    /// What the search sees of an action and a resource type: where that is the same, so is the answer.
    pub(super) fn signature(&self, action: ActionId, resource: Option<ResourceTypeId>) -> String {
        let mut signature = String::new();
        for template in resource.iter().flat_map(|r| r.arn_templates()) {
            signature.push_str(template);
            signature.push('|');
        }
        for key in &self.keys {
            let service_key = crate::keys::facts(key).presence.is_none();
            signature.push(if service_key && action.lists_key(resource, key) { '1' } else { '0' });
        }
        let named = action.full_name_lower() == "s3:listallmybuckets";
        let rcp = under_rcps(action);
        let s3 = action.service() == "s3";
        signature.push_str(&format!("{rcp}{named}{s3}{:?}", domain::home_region(action, self.partition())));
        signature
    }

    pub(super) fn partition(&self) -> &'a str {
        &self.asker.caller.partition
    }

    /// One action on one resource type, in every region that can make a difference.
    pub(super) fn place(
        &mut self,
        class: &Class<'a>,
        action: ActionId,
        resource: Option<ResourceTypeId>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let attempt = |region| Attempt { region, ..Attempt::new(Subject::Known(action, resource)) };
        if let Some(home) = domain::home_region(action, self.partition()) {
            return self.attempt(class, attempt(Some(home)), budget);
        }
        let regional = resource.is_some_and(domain::has_region);
        let linked = regional && class.keys().contains("aws:requestedregion");
        if !linked {
            // Any region will do; the usual one makes the better witness.
            let usual = domain::usual_region(self.partition());
            let held = self.reasons.clone();
            if let Some(witness) = self.attempt(class, attempt(Some(usual)), budget)? {
                return Ok(Some(witness));
            }
            self.reasons = held;
            if regional && self.refuted_everywhere(class, attempt(None), budget)? {
                return Ok(None);
            }
            return self.attempt(class, attempt(None), budget);
        }
        // The usual region first: it makes the better witness.
        let usual = domain::usual_region(self.partition());
        if let Some(witness) = self.attempt(class, attempt(Some(usual)), budget)? {
            return Ok(Some(witness));
        }
        if self.refuted_everywhere(class, attempt(None), budget)? {
            return Ok(None);
        }
        let others = catalogue::regions(self.partition()).iter().filter(|region| **region != usual);
        for region in others {
            if let Some(witness) = self.attempt(class, attempt(Some(region)), budget)? {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    /// Whether there is nothing even if a region could have any name: one search in place of one a
    /// region.
    fn refuted_everywhere(
        &self,
        class: &Class<'a>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let attempt = Attempt { nowhere: true, ..attempt };
        Ok(matches!(self.solve(class, attempt, Bound::Upper, budget)?.0, Outcome::None))
    }

    /// `sts:AssumeRole` and its kin: through every role, with its trust policy.
    pub(super) fn assume_role(
        &mut self,
        class: &Class<'a>,
        action: ActionId,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        if self.asker.caller.kind == CallerKind::Root {
            return Ok(None);
        }
        for target in self.question.roles {
            budget.spend(1)?;
            if let Err(reason) = target.trust.policy.document() {
                self.reasons.insert(format!("the trust policy of {}: {reason}", target.arn));
                continue;
            }
            for naming in [Naming::Direct, Naming::Role, Naming::Account] {
                let resource =
                    action.resource_types().find(|r| r.resource.name() == "role").map(|r| r.resource);
                let subject = Subject::Known(action, resource);
                let attempt = Attempt { target: Some(target), naming: Some(naming), ..Attempt::new(subject) };
                if let Some(witness) = self.attempt(class, attempt, budget)? {
                    return Ok(Some(witness));
                }
            }
        }
        Ok(None)
    }

    /// Searches from above; what that finds, if nothing was approximated, is the witness, and
    /// otherwise a search from below decides.
    pub(super) fn attempt(
        &mut self,
        class: &Class<'a>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let (outcome, inexact) = self.solve(class, attempt, Bound::Upper, budget)?;
        let mut reasons = inexact.clone();
        let mut upper = None;
        match outcome {
            Outcome::None => return Ok(None),
            Outcome::Mixed(variable) => {
                reasons.push(format!("operators of different types on {}", name(&variable)));
            }
            Outcome::Found(assignment) if inexact.is_empty() => {
                match self.witness(class, &assignment, attempt) {
                    Ok(witness) => upper = Some(witness),
                    Err(more) => reasons.extend(more),
                }
            }
            Outcome::Found(_) => {}
        }
        // From below, another may be found that rests on nothing unknown, or whose resource looks
        // more like a real one.
        if let Outcome::Found(assignment) = self.solve(class, attempt, Bound::Lower, budget)?.0 {
            match self.witness(class, &assignment, attempt) {
                Ok(witness) => return Ok(Some(self.label(witness))),
                Err(more) => reasons.extend(more),
            }
        }
        if let Some(witness) = upper {
            return Ok(Some(self.label(witness)));
        }
        self.reasons.extend(reasons);
        Ok(None)
    }

    /// Notes that actions which the rulebook forbids were left out since nothing can refuse them.
    fn assume_refusable(&mut self) {
        let mut left_out: Vec<ActionId> = catalogue::find("sts:getcalleridentity").into_iter().collect();
        if !self.scps.is_empty() {
            let services = NOT_UNDER_SCPS.iter().flat_map(|service| catalogue::service_actions(service));
            left_out.extend(services.filter_map(ActionId::from_index));
        }
        if left_out.iter().any(|action| self.forbidden.iter().any(|s| s.actions.set.contains(*action))) {
            self.assumptions.insert(Assumption::RefusableActions);
        }
    }

    /// Notes what a witness takes for granted.
    fn label(&mut self, witness: Witness) -> Witness {
        let through = |(key, values): (&String, &Vec<String>)| {
            key.eq_ignore_ascii_case("aws:ViaAWSService") && values == &["true"]
        };
        if witness.context.iter().any(through) {
            self.assumptions.insert(Assumption::ThroughAService);
        }
        if on_kms_key(&witness.action.to_ascii_lowercase(), &witness.resource) {
            self.assumptions.insert(Assumption::KeyPolicyDelegates);
        }
        witness
    }
}

pub(super) fn kind_of(action: ActionId) -> ResourceKind {
    if action.is_wildcard_only() { ResourceKind::WildcardOnly } else { ResourceKind::Arn }
}

/// Whether the reference lists resource types for the action and calls all of them optional.
fn needs_no_resource(action: ActionId) -> bool {
    !action.is_wildcard_only() && action.resource_types().all(|resource| !resource.required)
}

pub(super) fn under_rcps(action: ActionId) -> bool {
    !action.is_wildcard_only()
        && action.full_name_lower() != "kms:retiregrant"
        && catalogue::supports_rcp(action.service())
}

pub(super) fn name(variable: &Variable) -> String {
    match variable {
        Variable::Resource => "the resource".to_owned(),
        Variable::Key(key) => format!("`{key}`"),
    }
}
