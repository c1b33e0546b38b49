//! From a question to its answer: which classes of actions are searched, in which places, and what
//! is made of what is found.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::actions::ActionSet;
use super::atom::{Atom, Variable};
use super::budget::{self, Budget, Exhausted};
use super::class::Class;
use super::clauses::ROOT_RESCUES;
use super::domain;
use super::facts::Pin;
use super::kinds::{ASSUME_ROLE, KINDS};
use super::links::Settled;
use super::pattern::{self, Pattern};
use super::placed::Placed;
use super::session::{Admission, Tagging, tag_of};
use super::sets::Set;
use super::solve::Outcome;
use super::stack::Stack;
use super::target::Target;
use super::translate::{Bound, Place, ResourceKind};
use super::trust::Naming;
use super::witness::on_kms_key;
use super::{Answer, Assumption, Question, STEPS, Verdict, Witness};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::policy::Policy;

impl Stack<'_> {
    /// Answers a question. The principal's own tags are tried before those that its sessions may carry.
    pub fn prove(&self, question: &Question<'_>) -> Answer {
        let mut budget = Budget::new(question.steps);
        let (mut verdict, mut assumptions) = self.search(question, &mut budget);
        match (self.tagging(question), &verdict) {
            (Tagging::Never, _) => {}
            (Tagging::ByIdentityCenter, _) => {
                assumptions.push(Assumption::NoIdentityCenterAttributes);
            }
            (Tagging::Passed(_) | Tagging::Unknown(_), Verdict::Yes(_)) => {
                assumptions.push(Assumption::NoSessionTags);
            }
            (Tagging::Passed(admissions), _) => {
                (verdict, assumptions) = self.passing(admissions).search(question, &mut budget);
                assumptions.push(Assumption::SessionTags);
            }
            (Tagging::Unknown(reason), _) => {
                let anything = self.passing(vec![Admission::of_anything()]);
                (verdict, assumptions) = anything.search(question, &mut budget);
                verdict = match verdict {
                    Verdict::No => Verdict::No,
                    Verdict::Yes(_) => Verdict::Indeterminate(vec![reason]),
                    Verdict::Indeterminate(reasons) => {
                        let all: BTreeSet<String> = reasons.into_iter().chain([reason]).collect();
                        Verdict::Indeterminate(all.into_iter().collect())
                    }
                };
            }
        }
        Answer { verdict, assumptions: told(assumptions), steps: budget.spent(question.steps) }
    }

    /// One search for what is forbidden, and what it takes for granted.
    fn search(&self, question: &Question<'_>, budget: &mut Budget) -> (Verdict, Vec<Assumption>) {
        let compiled = question.forbidden.boxes().map(|compiled| compiled.statements.as_slice());
        self.search_placed(question, &place(compiled.unwrap_or_default()), budget)
    }

    /// The same, where the statements of what is forbidden have been placed.
    pub(super) fn search_placed(
        &self,
        question: &Question<'_>,
        forbidden: &[Placed<'_>],
        budget: &mut Budget,
    ) -> (Verdict, Vec<Assumption>) {
        let mut search = Search::new(self, question, forbidden);
        let verdict = search
            .run(budget)
            .unwrap_or_else(|Exhausted| Verdict::Indeterminate(vec![budget::spent(question.steps)]));
        search.assume_refusable();
        let mut assumptions = search.assumptions;
        if matches!(verdict, Verdict::No | Verdict::Indeterminate(_)) {
            assumptions.push(Assumption::CatalogueActions);
            if search.unnamed {
                assumptions.push(Assumption::ResourceIsNamed);
            }
        }
        (verdict, assumptions)
    }

    /// Whether session tags can make a difference to a question.
    fn tagging(&self, question: &Question<'_>) -> Tagging<'_> {
        let looks = |policy: &Policy| policy.boxes().is_ok_and(|compiled| compiled.principal_tags);
        let matters = self.looks_at_tags()
            || looks(question.forbidden)
            || question.roles.iter().any(|role| looks(&role.trust.policy))
            || question.resources.iter().any(|known| looks(&known.policy.policy));
        if matters { Tagging::of(self) } else { Tagging::Never }
    }

    /// Whether a witness found earlier still is one: the same authorization, decided anew. The
    /// principal's tags are its own of now, whatever the witness had; but if `tags_passed`
    /// ([`Assumption::SessionTags`]), those of the witness, as long as its own do not suffice and the
    /// trust policy lets these be passed.
    pub fn recheck(
        &self,
        question: &Question<'_>,
        action: &str,
        resource: &str,
        context: &BTreeMap<String, Vec<String>>,
        tags_passed: bool,
    ) -> Option<Witness> {
        let search = Search::new(self, question, &[]);
        let role = question.roles.iter().find(|role| role.arn == resource).map(Target::of_role);
        let known = question.resources.iter().find(|known| known.arn == resource);
        let target = role.or_else(|| known.map(Target::of_resource));
        let mut own = context.clone();
        own.retain(|key, _| tag_of(key).is_none());
        let with_own = search.confirm(action, resource, own, target.as_ref()).ok();
        if !tags_passed {
            return with_own;
        }
        // A witness that needs no tags passed rests on less: it is another.
        let Tagging::Passed(admissions) = self.tagging(question) else { return None };
        let can_pass = with_own.is_none() && self.passing(admissions).lets_pass(context, question.steps);
        can_pass.then(|| search.confirm(action, resource, context.clone(), target.as_ref()).ok())?
    }
}

/// What is told of an answer's assumptions: each once, in their order.
pub(super) fn told(mut assumptions: Vec<Assumption>) -> Vec<Assumption> {
    assumptions.sort_unstable();
    assumptions.dedup();
    assumptions
}

pub(super) fn place(statements: &[super::compile::Statement]) -> Vec<Placed<'_>> {
    statements.iter().map(|statement| Placed::new(statement, Place::Rulebook)).collect()
}

/// Whether a forbidden region speaks of assuming roles, so that a question about it needs them.
pub fn asks_for_roles(forbidden: &Policy) -> bool {
    forbidden
        .boxes()
        .is_ok_and(|compiled| compiled.statements.iter().any(|s| s.actions.set.meets(&KINDS.trusted)))
}

/// Whether a forbidden region speaks of assuming roles and of nothing else.
pub fn is_about_roles_alone(forbidden: &Policy) -> bool {
    forbidden.boxes().is_ok_and(|compiled| {
        compiled.extra.is_empty() && compiled.statements.iter().all(|s| KINDS.trusted.covers(&s.actions.set))
    })
}

/// One question to a stack.
pub(super) struct Search<'s> {
    pub(super) stack: &'s Stack<'s>,
    pub(super) question: &'s Question<'s>,
    pub(super) forbidden: &'s [Placed<'s>],
    pub(super) reasons: BTreeSet<String>,
    /// In any order; one may be here several times.
    pub(super) assumptions: Vec<Assumption>,
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
    /// Keys of which something was chosen already.
    pub(super) pins: &'a [Pin],
    /// How session tags are passed, if any are.
    pub(super) admission: Option<&'a Admission<'a>>,
}

impl<'a> Attempt<'a> {
    /// In whichever region, on no role's behalf.
    pub(super) fn new(subject: Subject<'a>) -> Self {
        Self { subject, region: None, target: None, naming: None, nowhere: false, pins: &[], admission: None }
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
    pub(super) fn new<'a>(
        stack: &'s Stack<'a>,
        question: &'s Question<'_>,
        forbidden: &'s [Placed<'_>],
    ) -> Self {
        let stack: &'s Stack<'s> = stack;
        if let Some(versus) = &stack.versus {
            let assumptions = versus.assumptions.to_vec();
            let reasons = BTreeSet::new();
            return Self { stack, question, forbidden, reasons, assumptions, unnamed: false, others: None };
        }
        let mut assumptions = Vec::with_capacity(8);
        if !stack.given.closed {
            assumptions.extend([Assumption::NoResourcePolicy, Assumption::OwnAccountResources]);
        }
        if stack.endpoint.is_none() {
            assumptions.push(Assumption::StandardEndpoint);
        }
        if stack.asker.caller.role().is_some() && stack.session.is_none() {
            assumptions.push(Assumption::NoSessionPolicy);
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
        // What was not compiled for its cost is not searched.
        budget.spend(if self.stack.cost > STEPS { u64::MAX } else { self.stack.cost })?;
        let forbidden = self.question.forbidden.boxes();
        budget.spend(forbidden.map_or(0, |compiled| compiled.cost))?;
        let candidates = self.candidates(budget)?;
        self.unnamed = !self.stack.given.closed && KINDS.unnamed.meets(&candidates);
        if let Some(witness) = self.hunt(candidates, budget)? {
            return Ok(Verdict::Yes(Box::new(witness)));
        }
        if let Some(witness) = self.known_resources(budget)? {
            return Ok(Verdict::Yes(Box::new(witness)));
        }
        let extra = self.extra();
        budget.spend(extra.len() as u64)?;
        for action in extra.iter() {
            budget.spend(self.stack.size + self.stack.names)?;
            let class = self.restrict(|placed| placed.contains_extra(action));
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

    /// The actions that the catalogue lacks and some policy, or what is forbidden, names in full.
    fn extra(&self) -> Cow<'s, BTreeSet<String>> {
        if self.stack.given.closed {
            return Cow::default();
        }
        let mut extra = Cow::Borrowed(self.stack.extra());
        let forbidden = self.question.forbidden.boxes();
        if let Some(compiled) = forbidden.ok().filter(|compiled| !compiled.extra.is_empty()) {
            extra.to_mut().extend(compiled.extra.iter().cloned());
        }
        if let Some(counts) = self.stack.versus.as_ref().and_then(|versus| versus.counts) {
            extra.to_mut().retain(|name| name.split(':').next().is_some_and(counts));
        }
        extra
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
            if self.stack.versus.is_none() && ASSUME_ROLE.contains(&action.full_name_lower()) {
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
                budget.spend(1 + 8 * class.service_keys(self.stack).len() as u64)?;
                let signature = self.signature_of(class, action, resource);
                if refuted.contains(&signature) {
                    continue;
                }
                match self.place(class, action, resource, budget)? {
                    Some(witness) => {
                        if KINDS.unnamed.contains(action) {
                            self.assumptions.push(Assumption::ResourceIsNamed);
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

    /// Searches an action in the likeliest region alone, from below: most witnesses are found there.
    pub(super) fn usual_place(
        &mut self,
        class: &Class<'s>,
        action: ActionId,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let region = self.region_of(action).or_else(|| class.likely_region(self.partition()));
        if region.is_none() {
            return Ok(None);
        }
        let wildcard_only = action.is_wildcard_only().then_some(None);
        let resources = action.resource_types().map(|pair| Some(pair.resource)).chain(wildcard_only);
        for resource in resources {
            let subject = Subject::Known(action, resource);
            let attempt =
                Attempt { region, admission: self.stack.admissions.first(), ..Attempt::new(subject) };
            let solved = self.solve(class, attempt, Bound::Lower, budget)?;
            let Outcome::Found(assignment) = solved.outcome else { continue };
            // Why it is not one is told when the action is searched in full.
            budget.spend(self.stack.confirmation())?;
            let Ok(witness) = self.witness(class, &assignment, attempt) else { continue };
            if KINDS.unnamed.contains(action) {
                self.assumptions.push(Assumption::ResourceIsNamed);
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

    /// The region of an action's requests, if there is one only.
    pub(super) fn region_of(&self, action: ActionId) -> Option<&'s str> {
        self.stack.given.region().or(domain::home_region(action, self.partition()))
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
        if let Some(region) = self.region_of(action) {
            return self.attempt(class, attempt(Some(region)), budget);
        }
        let regional = resource.is_some_and(domain::has_region);
        let region_matters = class.rests_on_region();
        if !(region_matters || regional && class.tells_regions_apart()) {
            return self.attempt(class, attempt(Some(domain::usual_region(self.partition()))), budget);
        }
        let said = self.stack.given.says("aws:requestedregion");
        let linked = regional && !said && region_matters;
        if !linked {
            // Any region will do; a likely one makes the better witness.
            let likely = class.likely_region(self.partition());
            let likely = likely.unwrap_or(domain::usual_region(self.partition()));
            let held = self.reasons.clone();
            if let Some(witness) = self.attempt(class, attempt(Some(likely)), budget)? {
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
        if class.may_be_forbidden_in(usual)
            && let Some(witness) = self.attempt(class, attempt(Some(usual)), budget)?
        {
            return Ok(Some(witness));
        }
        if self.refuted_everywhere(class, attempt(None), budget)? {
            return Ok(None);
        }
        let others = domain::regions(self.partition()).filter(|region| *region != usual);
        for region in others.filter(|region| class.may_be_forbidden_in(region)) {
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
        Ok(matches!(self.solve(class, attempt, Bound::Upper, budget)?.outcome, Outcome::None))
    }

    /// One search, with what comes of it noted.
    pub(super) fn attempt(
        &mut self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let stack = self.stack;
        let none = stack.admissions.is_empty().then_some(None);
        for admission in stack.admissions.iter().map(Some).chain(none) {
            match self.settle(class, Attempt { admission, ..attempt }, &mut 0, budget)? {
                Settled::Witness(witness) => return Ok(Some(self.label(*witness))),
                Settled::Refuted => {}
                Settled::Open(reasons) => self.reasons.extend(reasons),
            }
        }
        Ok(None)
    }

    /// A search from below finds what rests on nothing unknown, and resources that look like real
    /// ones. Otherwise a search from above decides whether there is nothing. What rests on links is
    /// tried value by value: `tried` counts them.
    pub(super) fn settle(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        tried: &mut usize,
        budget: &mut Budget,
    ) -> Result<Settled, Exhausted> {
        let mut reasons = BTreeSet::new();
        let lower = self.solve(class, attempt, Bound::Lower, budget)?;
        if let Outcome::Found(assignment) = lower.outcome {
            budget.spend(self.stack.confirmation())?;
            match self.witness(class, &assignment, attempt) {
                Ok(witness) => return Ok(Settled::Witness(Box::new(witness))),
                Err(more) => reasons.extend(more),
            }
        }
        let mut upper = self.solve(class, attempt, Bound::Upper, budget)?;
        match &upper.outcome {
            Outcome::None => return Ok(Settled::Refuted),
            Outcome::Mixed(variable) => {
                reasons.insert(format!("operators of different types on {}", name(variable)));
            }
            Outcome::Found(assignment) if upper.inexact.is_empty() => {
                budget.spend(self.stack.confirmation())?;
                match self.witness(class, assignment, attempt) {
                    Ok(witness) => return Ok(Settled::Witness(Box::new(witness))),
                    Err(more) => reasons.extend(more),
                }
            }
            Outcome::Found(_) => {}
        }
        reasons.append(&mut upper.inexact);
        self.linked(class, attempt, &upper, reasons, tried, budget)
    }

    /// Notes that actions which the rulebook forbids were left out since nothing can refuse them.
    fn assume_refusable(&mut self) {
        let left_out = |set: &ActionSet| self.forbidden.iter().any(|placed| placed.meets(set));
        if left_out(&KINDS.unrefusable) || !self.stack.scps.is_empty() && left_out(&KINDS.not_under_scps) {
            self.assumptions.push(Assumption::RefusableActions);
        }
    }

    /// Notes what a witness takes for granted.
    fn label(&mut self, witness: Witness) -> Witness {
        let through = |(key, values): (&String, &Vec<String>)| {
            key.eq_ignore_ascii_case("aws:ViaAWSService") && values == &["true"]
        };
        if witness.context.iter().any(through) {
            self.assumptions.push(Assumption::ThroughAService);
        }
        let known = self.question.resources.iter().any(|known| known.arn == witness.resource);
        if !known && on_kms_key(&witness.action.to_ascii_lowercase(), &witness.resource) {
            self.assumptions.push(Assumption::KeyPolicyDelegates);
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
