//! From a question to its answer: which classes of actions are searched, in which places, and what
//! is made of what is found.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::actions::ActionSet;
use super::atom::{Atom, Variable};
use super::budget::{Budget, Exhausted};
use super::class::Class;
use super::clauses::ROOT_RESCUES;
use super::domain;
use super::pattern::{self, Pattern};
use super::sets::Set;
use super::solve::Outcome;
use super::stack::{ASSUME_ROLE, KINDS, Placed, Stack};
use super::target::Target;
use super::translate::{Bound, Place, ResourceKind};
use super::trust::Naming;
use super::witness::on_kms_key;
use super::{Answer, Assumption, Question, Verdict, Witness};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::policy::Policy;
use crate::request::CallerKind;

impl Stack<'_> {
    /// Answers a question.
    pub fn prove(&self, question: &Question<'_>) -> Answer {
        let mut budget = Budget::new(question.steps);
        let compiled = question.forbidden.boxes().map(|compiled| compiled.statements.as_slice());
        let forbidden = place(compiled.unwrap_or_default());
        let mut search = Search::new(self, question, &forbidden);
        let verdict = match search.run(&mut budget) {
            Ok(verdict) => verdict,
            Err(Exhausted) => {
                let spent = format!("the search used up its {} steps", question.steps);
                Verdict::Indeterminate(vec![spent])
            }
        };
        search.assume_refusable();
        let mut assumptions = search.assumptions;
        if matches!(verdict, Verdict::No | Verdict::Indeterminate(_)) {
            assumptions.insert(Assumption::CatalogueActions);
            if search.unnamed {
                assumptions.insert(Assumption::ResourceIsNamed);
            }
        }
        Answer {
            verdict,
            assumptions: assumptions.into_iter().collect(),
            steps: budget.spent(question.steps),
        }
    }

    /// Whether a witness found earlier still is one: the same authorization, decided anew.
    pub fn recheck(
        &self,
        question: &Question<'_>,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
    ) -> Option<Witness> {
        let search = Search::new(self, question, &[]);
        let role = question.roles.iter().find(|role| role.arn == resource).map(Target::of_role);
        let known = question.resources.iter().find(|known| known.arn == resource);
        let target = role.or_else(|| known.map(Target::of_resource));
        search.confirm(action, resource, context.clone(), target.as_ref()).ok()
    }
}

fn place(statements: &[super::compile::Statement]) -> Vec<Placed<'_>> {
    statements.iter().map(|statement| Placed::new(statement, Place::Rulebook)).collect()
}

/// Whether a forbidden region speaks of assuming roles, so that a question about it needs them.
pub fn asks_for_roles(forbidden: &Policy) -> bool {
    let actions = ASSUME_ROLE.iter().filter_map(|name| catalogue::find(name));
    forbidden.boxes().is_ok_and(|compiled| {
        actions.clone().any(|action| compiled.statements.iter().any(|s| s.actions.set.contains(action)))
    })
}

/// One question to a stack.
pub(super) struct Search<'s> {
    pub(super) stack: &'s Stack<'s>,
    pub(super) question: &'s Question<'s>,
    pub(super) forbidden: &'s [Placed<'s>],
    pub(super) reasons: BTreeSet<String>,
    pub(super) assumptions: BTreeSet<Assumption>,
    /// Whether an action was asked about whose resource types are all optional.
    unnamed: bool,
    /// What resources are, besides those whose policies are known.
    pub(super) others: Option<Atom>,
}

/// One action, on one kind of resource.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Known(ActionId, Option<ResourceTypeId>),
    Extra(&'a str),
}

/// One search: a class, one action of it, a place.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) subject: Subject<'a>,
    /// `None`: whichever.
    pub(super) region: Option<&'a str>,
    pub(super) target: Option<&'a Target<'a>>,
    pub(super) naming: Option<Naming>,
    /// The region of the resource is any text: only to refute.
    pub(super) nowhere: bool,
}

impl<'a> Attempt<'a> {
    /// In whichever region, on no role's behalf.
    pub(super) fn new(subject: Subject<'a>) -> Self {
        Self { subject, region: None, target: None, naming: None, nowhere: false }
    }
}

/// What is refuted of one class.
pub(super) type Refuted = FxHashSet<Signature>;

/// What the search sees of an action and a resource type: where that is the same, so is the answer.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Signature {
    templates: &'static str,
    /// Which of the class's service keys the reference lists.
    listed: Vec<bool>,
    home: Option<&'static str>,
    under_rcps: bool,
    named_anyway: bool,
    of_s3: bool,
    rescued: bool,
}

impl<'s> Search<'s> {
    fn new<'a>(stack: &'s Stack<'a>, question: &'s Question<'_>, forbidden: &'s [Placed<'_>]) -> Self {
        let stack: &'s Stack<'s> = stack;
        let mut assumptions = BTreeSet::from([
            Assumption::NoResourcePolicy,
            Assumption::OwnAccountResources,
            Assumption::StandardEndpoint,
        ]);
        if stack.asker.caller.role().is_some() {
            assumptions.insert(Assumption::NoSessionTags);
            if stack.session.is_none() {
                assumptions.insert(Assumption::NoSessionPolicy);
            }
        }
        let own = question.resources.iter().filter(|known| known.account == stack.asker.caller.account);
        let known: Vec<Pattern> = own.map(|known| pattern::literal(&known.arn)).collect();
        let others = (!known.is_empty()).then(|| Atom::resource(Set::text(known).complement()));
        Self { stack, question, forbidden, reasons: BTreeSet::new(), assumptions, unnamed: false, others }
    }

    fn run(&mut self, budget: &mut Budget) -> Result<Verdict, Exhausted> {
        if let Err(reason) = self.question.forbidden.document() {
            return Ok(Verdict::Indeterminate(vec![format!("the forbidden region: {reason}")]));
        }
        if catalogue::regions(self.partition()).is_empty() {
            self.reasons.insert(format!("the regions of the partition `{}` are not known", self.partition()));
        }
        let candidates = self.candidates(budget)?;
        self.unnamed = KINDS.unnamed.meets(&candidates);
        if let Some(witness) = self.hunt(candidates, budget)? {
            return Ok(Verdict::Yes(Box::new(witness)));
        }
        if let Some(witness) = self.known_resources(budget)? {
            return Ok(Verdict::Yes(Box::new(witness)));
        }
        let mut extra: BTreeSet<&str> = self.stack.extra().collect();
        if let Ok(compiled) = self.question.forbidden.boxes() {
            extra.extend(compiled.extra.iter().map(String::as_str));
        }
        for action in extra {
            budget.spend(self.stack.size)?;
            let class = self.restrict(|placed| placed.statement.actions.contains_extra(action));
            if class.hopeless() {
                continue;
            }
            let attempt = Attempt::new(Subject::Extra(action));
            if let Some(witness) = self.attempt(&class, attempt, budget)? {
                return Ok(Verdict::Yes(Box::new(witness)));
            }
        }
        if self.reasons.is_empty() {
            return Ok(Verdict::No);
        }
        Ok(Verdict::Indeterminate(self.reasons.iter().cloned().collect()))
    }

    /// Searches the actions of a class exactly, but for what is known to be refuted in it.
    pub(super) fn class(
        &mut self,
        class: &Class<'s>,
        set: &ActionSet,
        refuted: &mut Refuted,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        for action in set.iter() {
            budget.spend(1)?;
            if ASSUME_ROLE.contains(&action.full_name_lower()) {
                if let Some(witness) = self.assume_role(class, action, budget)? {
                    return Ok(Some(witness));
                }
                continue;
            }
            let kind = kind_of(action);
            let resources: Vec<Option<ResourceTypeId>> = match kind {
                ResourceKind::Arn => action.resource_types().map(|r| Some(r.resource)).collect(),
                _ => vec![None],
            };
            for resource in resources {
                budget.spend(1 + class.service_keys(self.stack).len() as u64)?;
                let signature = self.signature_of(class, action, resource);
                if refuted.contains(&signature) {
                    continue;
                }
                match self.place(class, action, resource, budget)? {
                    Some(witness) => {
                        if KINDS.unnamed.contains(action) {
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

    /// Searches an action in the usual region alone, from below: most witnesses are found there.
    pub(super) fn usual_place(
        &mut self,
        class: &Class<'s>,
        action: ActionId,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let home = domain::home_region(action, self.partition());
        let region = Some(home.unwrap_or(domain::usual_region(self.partition())));
        let wildcard_only = action.is_wildcard_only().then_some(None);
        let resources = action.resource_types().map(|pair| Some(pair.resource)).chain(wildcard_only);
        for resource in resources {
            let attempt = Attempt { region, ..Attempt::new(Subject::Known(action, resource)) };
            let (outcome, _) = self.solve(class, attempt, Bound::Lower, budget)?;
            let Outcome::Found(assignment) = outcome else { continue };
            // Why it is not one is told when the action is searched in full.
            let Ok(witness) = self.witness(class, &assignment, attempt) else { continue };
            if KINDS.unnamed.contains(action) {
                self.assumptions.insert(Assumption::ResourceIsNamed);
            }
            return Ok(Some(self.label(witness)));
        }
        Ok(None)
    }

    pub(super) fn signature_of(
        &self,
        class: &Class<'s>,
        action: ActionId,
        resource: Option<ResourceTypeId>,
    ) -> Signature {
        let keys = class.service_keys(self.stack);
        Signature {
            templates: resource.map_or("", ResourceTypeId::templates),
            listed: keys.iter().map(|key| action.lists_key(resource, key)).collect(),
            home: domain::home_region(action, self.partition()),
            under_rcps: under_rcps(action),
            named_anyway: action.full_name_lower() == "s3:listallmybuckets",
            of_s3: action.service() == "s3",
            rescued: ROOT_RESCUES.contains(&action.full_name_lower()),
        }
    }

    pub(super) fn partition(&self) -> &'s str {
        &self.stack.asker.caller.partition
    }

    /// One action on one resource type, in every region that can make a difference.
    pub(super) fn place(
        &mut self,
        class: &Class<'s>,
        action: ActionId,
        resource: Option<ResourceTypeId>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let attempt = |region| Attempt { region, ..Attempt::new(Subject::Known(action, resource)) };
        if let Some(home) = domain::home_region(action, self.partition()) {
            return self.attempt(class, attempt(Some(home)), budget);
        }
        let regional = resource.is_some_and(domain::has_region);
        let linked = regional && class.mentions("aws:requestedregion");
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
        class: &Class<'s>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let attempt = Attempt { nowhere: true, ..attempt };
        Ok(matches!(self.solve(class, attempt, Bound::Upper, budget)?.0, Outcome::None))
    }

    /// `sts:AssumeRole` and its kin: through every role, with its trust policy.
    pub(super) fn assume_role(
        &mut self,
        class: &Class<'s>,
        action: ActionId,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        if self.stack.asker.caller.kind == CallerKind::Root {
            return Ok(None);
        }
        let resource = action.resource_types().find(|r| r.resource.name() == "role").map(|r| r.resource);
        for role in self.question.roles {
            budget.spend(1)?;
            let target = Target::of_role(role);
            if let Some(reason) = target.unknown {
                self.reasons.insert(format!("the trust policy of {}: {reason}", role.arn));
                continue;
            }
            budget.spend(target.size())?;
            for naming in [Naming::Direct, Naming::Role, Naming::Account] {
                let subject = Subject::Known(action, resource);
                let attempt =
                    Attempt { target: Some(&target), naming: Some(naming), ..Attempt::new(subject) };
                if let Some(witness) = self.attempt(class, attempt, budget)? {
                    return Ok(Some(witness));
                }
            }
        }
        Ok(None)
    }

    /// A search from below finds what rests on nothing unknown, and resources that look like real
    /// ones. Otherwise a search from above decides whether there is nothing.
    pub(super) fn attempt(
        &mut self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let mut reasons = Vec::new();
        if let (Outcome::Found(assignment), _) = self.solve(class, attempt, Bound::Lower, budget)? {
            match self.witness(class, &assignment, attempt) {
                Ok(witness) => return Ok(Some(self.label(witness))),
                Err(more) => reasons.extend(more),
            }
        }
        let (outcome, inexact) = self.solve(class, attempt, Bound::Upper, budget)?;
        match outcome {
            Outcome::None => return Ok(None),
            Outcome::Mixed(variable) => {
                reasons.push(format!("operators of different types on {}", name(&variable)));
            }
            Outcome::Found(assignment) if inexact.is_empty() => {
                match self.witness(class, &assignment, attempt) {
                    Ok(witness) => return Ok(Some(self.label(witness))),
                    Err(more) => reasons.extend(more),
                }
            }
            Outcome::Found(_) => {}
        }
        self.reasons.extend(inexact);
        self.reasons.extend(reasons);
        Ok(None)
    }

    /// Notes that actions which the rulebook forbids were left out since nothing can refuse them.
    fn assume_refusable(&mut self) {
        let left_out = |set: &ActionSet| self.forbidden.iter().any(|placed| placed.actions().meets(set));
        if left_out(&KINDS.unrefusable) || !self.stack.scps.is_empty() && left_out(&KINDS.not_under_scps) {
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
        let known = self.question.resources.iter().any(|known| known.arn == witness.resource);
        if !known && on_kms_key(&witness.action.to_ascii_lowercase(), &witness.resource) {
            self.assumptions.insert(Assumption::KeyPolicyDelegates);
        }
        witness
    }
}

pub(super) fn kind_of(action: ActionId) -> ResourceKind {
    if action.is_wildcard_only() { ResourceKind::WildcardOnly } else { ResourceKind::Arn }
}

pub(super) fn under_rcps(action: ActionId) -> bool {
    KINDS.under_rcps.contains(action)
}

pub(super) fn name(variable: &Variable) -> String {
    match variable {
        Variable::Resource => "the resource".to_owned(),
        Variable::Key(key) => format!("`{}`", key.name),
    }
}
