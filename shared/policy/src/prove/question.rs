//! From a question to its answer: which actions are left, how they fall into classes, what is
//! searched in each, and how a witness is confirmed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::actions::ActionSet;
use super::atom::{Atom, Clause, Conjunction, Variable};
use super::budget::{Budget, Exhausted};
use super::compile::Statement;
use super::domain::{self, Region, Shape};
use super::facts::{Facts, Knowledge, Scope};
use super::pattern::{Token, literal};
use super::sets::Set;
use super::solve::{self, Assignment, Domain, Outcome, Value};
use super::translate::{Bound, Place, ResourceKind, Translator};
use super::trust::{self, Naming};
use super::{Answer, Asker, Assumption, Question, RoleTarget, Verdict, Witness, couplings};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::decide::{self, decide};
use crate::document::Effect;
use crate::policy::{Layers, NamedPolicy, Policy, ResourcePolicy};
use crate::request::{CallerKind, Request};

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
    let mut assumptions = search.assumptions;
    if matches!(verdict, Verdict::No | Verdict::Indeterminate(_)) {
        assumptions.insert(Assumption::CatalogueActions);
    }
    Answer { verdict, assumptions: assumptions.into_iter().collect(), steps: budget.spent(question.steps) }
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

/// One layer's statements that can allow, and whether some policy of it is unknown.
#[derive(Default)]
struct Allows<'a> {
    statements: Vec<&'a Statement>,
    unknown: bool,
}

/// The statements that can deny.
#[derive(Default)]
struct Denies<'a> {
    /// In layers that bind every request.
    always: Vec<&'a Statement>,
    /// In RCPs, which bind some services only.
    rcps: Vec<&'a Statement>,
    unknown: Vec<String>,
}

struct Search<'a> {
    question: &'a Question<'a>,
    asker: &'a Asker,
    /// The identity layer; root users have none and need none.
    identity: Option<Allows<'a>>,
    boundary: Option<Allows<'a>>,
    session: Option<Allows<'a>>,
    scps: Vec<Allows<'a>>,
    denies: Denies<'a>,
    forbidden: Vec<&'a Statement>,
    extra: BTreeSet<String>,
    /// Every key that some policy mentions, in lower case.
    keys: BTreeSet<String>,
    spelling: BTreeMap<String, String>,
    reasons: BTreeSet<String>,
    assumptions: BTreeSet<Assumption>,
}

/// Actions that are decided alike by every statement.
struct Class<'a> {
    forbidden: Vec<&'a Statement>,
    /// One entry a layer that must allow: its statements, and whether it may allow besides.
    ceilings: Vec<(Vec<&'a Statement>, bool)>,
    identity: Option<(Vec<&'a Statement>, bool)>,
    boundary: Option<(Vec<&'a Statement>, bool)>,
    denies: Vec<&'a Statement>,
    rcp_denies: Vec<&'a Statement>,
}

impl Class<'_> {
    /// Every key that some statement about these actions mentions, in lower case.
    fn keys(&self) -> BTreeSet<&str> {
        let layers = self.ceilings.iter().chain(&self.identity).chain(&self.boundary);
        let statements = layers
            .flat_map(|(statements, _)| statements)
            .chain(&self.forbidden)
            .chain(&self.denies)
            .chain(&self.rcp_denies);
        statements.flat_map(|statement| &statement.keys).map(String::as_str).collect()
    }
}

/// One action, on one kind of resource.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Known(ActionId, Option<ResourceTypeId>),
    Extra(&'a str),
    AnyOf(ResourceKind),
}

/// One search: a class, one action of it, a place.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    subject: Subject<'a>,
    /// `None`: whichever.
    region: Option<&'a str>,
    target: Option<&'a RoleTarget>,
    naming: Option<Naming>,
}

impl<'a> Search<'a> {
    fn new(question: &'a Question<'a>) -> Self {
        let asker = question.asker;
        let mut search = Self {
            question,
            asker,
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
            assumptions: BTreeSet::from([
                Assumption::NoResourcePolicy,
                Assumption::OwnAccountResources,
                Assumption::StandardEndpoint,
            ]),
        };
        let layers = question.layers;
        let root = asker.caller.kind == CallerKind::Root;
        let service_linked = asker.caller.name.contains(":role/aws-service-role/");
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

    fn layer(&mut self, policies: &'a [NamedPolicy]) -> Allows<'a> {
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

    fn read_denies(&mut self, policies: &'a [NamedPolicy], rcps: bool) {
        for named in policies {
            match named.policy.boxes() {
                Ok(compiled) => {
                    let denies = compiled.statements.iter().filter(|s| s.effect == Effect::Deny);
                    if rcps { self.denies.rcps.extend(denies) } else { self.denies.always.extend(denies) }
                }
                Err(reason) => self.denies.unknown.push(format!("policy {}: {reason}", named.name)),
            }
            self.mention(&named.policy);
        }
    }

    fn mention(&mut self, policy: &'a Policy) {
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

    fn run(&mut self, budget: &mut Budget) -> Result<Verdict, Exhausted> {
        if let Err(reason) = self.question.forbidden.document() {
            return Ok(Verdict::Indeterminate(vec![format!("the forbidden region: {reason}")]));
        }
        let candidates = self.candidates();
        let mut classes = self.split(candidates);
        classes.sort_by_key(|set| set.iter().next());
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
            let attempt =
                Attempt { subject: Subject::Extra(&action), region: None, target: None, naming: None };
            if let Some(witness) = self.attempt(&class, attempt, budget)? {
                return Ok(Verdict::Yes(Box::new(witness)));
            }
        }
        if self.reasons.is_empty() {
            return Ok(Verdict::No);
        }
        Ok(Verdict::Indeterminate(self.reasons.iter().cloned().collect()))
    }

    /// The actions that some `forbid` and every layer may match, and no plain `Deny` takes away.
    fn candidates(&self) -> ActionSet {
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
        candidates
    }

    /// Actions that the layers do not decide on: `sts:GetCallerIdentity` cannot be denied (STS API
    /// Reference), and roles cannot call the others (IAM User Guide, "Compare AWS STS credentials").
    fn never_asked(&self) -> &'static [&'static str] {
        match self.asker.caller.kind {
            CallerKind::User { .. } | CallerKind::Root => &["sts:getcalleridentity"],
            _ => &["sts:getcalleridentity", "sts:getsessiontoken", "sts:getfederationtoken"],
        }
    }

    /// The actions that the identity side need not allow: trust policies can grant those on roles by
    /// themselves, and some need no permission at all.
    fn granted_elsewhere(&self) -> ActionSet {
        let mut set = ActionSet::empty();
        for action in ASSUME_ROLE.iter().chain(&[SESSION_TOKEN]).filter_map(|name| catalogue::find(name)) {
            set.insert_action(action);
        }
        set
    }

    /// STS API Reference, `GetSessionToken`: a user needs no permission, though a deny counts.
    fn needs_no_permission(&self, subject: Subject<'_>) -> bool {
        let user = matches!(self.asker.caller.kind, CallerKind::User { .. });
        user && matches!(subject, Subject::Known(action, _) if action.full_name_lower() == SESSION_TOKEN)
    }

    /// Splits a set of actions by every statement that contains part of it.
    fn split(&self, candidates: ActionSet) -> Vec<ActionSet> {
        if candidates.is_empty() {
            return Vec::new();
        }
        let mut classes = vec![candidates];
        let allows = self.identity.iter().chain(&self.boundary).chain(&self.session).chain(&self.scps);
        let statements = allows
            .flat_map(|a| &a.statements)
            .chain(&self.forbidden)
            .chain(&self.denies.always)
            .chain(&self.denies.rcps);
        for statement in statements {
            classes = classes
                .into_iter()
                .flat_map(|class| {
                    let (inside, outside) = class.split(&statement.actions.set);
                    [inside, outside]
                })
                .filter(|class| !class.is_empty())
                .collect();
        }
        classes
    }

    /// The statements that contain some actions.
    fn restrict(&self, contains: impl Fn(&Statement) -> bool) -> Class<'a> {
        let filter = |statements: &[&'a Statement]| -> Vec<&'a Statement> {
            statements.iter().copied().filter(|s| contains(s)).collect()
        };
        let layer = |allows: &Allows<'a>| (filter(&allows.statements), allows.unknown);
        Class {
            forbidden: filter(&self.forbidden),
            ceilings: self.scps.iter().chain(&self.session).map(layer).collect(),
            identity: self.identity.as_ref().map(layer),
            boundary: self.boundary.as_ref().map(layer),
            denies: filter(&self.denies.always),
            rcp_denies: filter(&self.denies.rcps),
        }
    }

    fn class(&mut self, set: &ActionSet, budget: &mut Budget) -> Result<Option<Witness>, Exhausted> {
        let Some(first) = set.iter().next() else { return Ok(None) };
        let class = self.restrict(|statement| statement.actions.set.contains(first));
        // One search for the whole class first, on any resource at all: most end here.
        let mut open = [false, false];
        for (slot, kind) in open.iter_mut().zip([ResourceKind::WildcardOnly, ResourceKind::Arn]) {
            let some = set.iter().any(|action| kind_of(action) == kind);
            let attempt = Attempt { subject: Subject::AnyOf(kind), region: None, target: None, naming: None };
            *slot = some && !matches!(self.solve(&class, attempt, Bound::Upper, budget)?.0, Outcome::None);
        }
        let mut refuted: HashMap<String, ()> = HashMap::new();
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
                if refuted.contains_key(&signature) {
                    continue;
                }
                match self.place(&class, action, resource, budget)? {
                    Some(witness) => {
                        if kind == ResourceKind::Arn && action.resource_types().all(|r| !r.required) {
                            self.assumptions.insert(Assumption::ResourceIsNamed);
                        }
                        return Ok(Some(witness));
                    }
                    None => {
                        refuted.insert(signature, ());
                    }
                }
            }
        }
        Ok(None)
    }

    /// What the search sees of an action and a resource type: where that is the same, so is the answer.
    fn signature(&self, action: ActionId, resource: Option<ResourceTypeId>) -> String {
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
        signature.push_str(&format!("{rcp}{named}{:?}", domain::home_region(action, self.partition())));
        signature
    }

    fn partition(&self) -> &'a str {
        &self.asker.caller.partition
    }

    /// One action on one resource type, in every region that can make a difference.
    fn place(
        &mut self,
        class: &Class<'a>,
        action: ActionId,
        resource: Option<ResourceTypeId>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let attempt = |region| Attempt {
            subject: Subject::Known(action, resource),
            region,
            target: None,
            naming: None,
        };
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
            return self.attempt(class, attempt(None), budget);
        }
        // The usual region first: it makes the better witness.
        let usual = domain::usual_region(self.partition());
        let others = catalogue::regions(self.partition()).iter().filter(|region| **region != usual);
        for region in std::iter::once(&usual).chain(others) {
            if let Some(witness) = self.attempt(class, attempt(Some(region)), budget)? {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    /// `sts:AssumeRole` and its kin: through every role, with its trust policy.
    fn assume_role(
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
                let attempt = Attempt { subject, region: None, target: Some(target), naming: Some(naming) };
                if let Some(witness) = self.attempt(class, attempt, budget)? {
                    return Ok(Some(witness));
                }
            }
        }
        Ok(None)
    }

    /// Searches from above; what that finds, if nothing was approximated, is the witness, and
    /// otherwise a search from below decides.
    fn attempt(
        &mut self,
        class: &Class<'a>,
        attempt: Attempt<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Witness>, Exhausted> {
        let (outcome, inexact) = self.solve(class, attempt, Bound::Upper, budget)?;
        let mut found = match outcome {
            Outcome::None => return Ok(None),
            Outcome::Mixed(variable) => {
                self.reasons.insert(format!("operators of different types on {}", name(&variable)));
                None
            }
            Outcome::Found(assignment) => Some(assignment),
        };
        if !inexact.is_empty() || found.is_none() {
            found = match self.solve(class, attempt, Bound::Lower, budget)?.0 {
                Outcome::Found(assignment) => Some(assignment),
                _ => {
                    self.reasons.extend(inexact);
                    return Ok(None);
                }
            };
        }
        let Some(assignment) = found else { return Ok(None) };
        match self.witness(class, &assignment, attempt) {
            Ok(witness) => {
                if witness.context.get("aws:ViaAWSService").is_some_and(|v| v == &["true"]) {
                    self.assumptions.insert(Assumption::ThroughAService);
                }
                if on_kms_key(&witness.action.to_ascii_lowercase(), &witness.resource) {
                    self.assumptions.insert(Assumption::KeyPolicyDelegates);
                }
                Ok(Some(witness))
            }
            Err(reasons) => {
                self.reasons.extend(reasons);
                Ok(None)
            }
        }
    }

    /// Builds the clauses of an attempt and solves them; also tells what could not be said exactly.
    fn solve(
        &self,
        class: &Class<'a>,
        attempt: Attempt<'_>,
        bound: Bound,
        budget: &mut Budget,
    ) -> Result<(Outcome, Vec<String>), Exhausted> {
        let scope = match attempt.subject {
            Subject::Known(action, resource) => Scope::Of(action, resource),
            Subject::Extra(_) => Scope::Unknown,
            Subject::AnyOf(_) => Scope::Any,
        };
        let resource = match attempt.subject {
            Subject::Known(action, _) => kind_of(action),
            Subject::Extra(_) => ResourceKind::Arn,
            Subject::AnyOf(kind) => kind,
        };
        let account = attempt.target.map_or(self.asker.caller.account.as_str(), |t| t.account.as_str());
        let facts = Facts { asker: self.asker, region: attempt.region, resource_account: account };
        let translator =
            Translator { facts: &facts, scope, resource, side: bound, inexact: Vec::new().into() };
        let nothing = |translator: Translator<'_>| Ok((Outcome::None, translator.inexact.into_inner()));

        let mut clauses: Vec<Clause> = Vec::new();
        let allow = |statements: &[&Statement], place: Place, unknown: bool| -> Clause {
            let mut clause: Clause =
                statements.iter().filter_map(|s| translator.statement(s, place, bound)).collect();
            // That it is unknown is noted with the denies: every policy can hold both.
            if unknown && bound == Bound::Upper {
                clause.push(Conjunction::new());
            }
            clause
        };
        let mut required: Vec<Clause> = vec![allow(&class.forbidden, Place::Rulebook, false)];
        required.extend(
            class.ceilings.iter().map(|(statements, unknown)| allow(statements, Place::Identity, *unknown)),
        );
        let side = |layer: &Option<(Vec<&Statement>, bool)>| {
            layer.as_ref().map(|(statements, unknown)| allow(statements, Place::Identity, *unknown))
        };
        let mut denies: Vec<(Place, &Statement)> =
            class.denies.iter().map(|deny| (Place::Identity, *deny)).collect();
        match (attempt.target, attempt.naming) {
            (Some(target), Some(naming)) => {
                let (trusts, denied) = self.trust(target, attempt.subject, naming, bound);
                required.push(allow(&trusts, Place::Resource, false));
                denies.extend(denied.into_iter().map(|deny| (Place::Resource, deny)));
                let own_account = target.account == self.asker.caller.account;
                if !own_account || naming == Naming::Account {
                    required.extend(side(&class.identity));
                }
                if !own_account || naming != Naming::Direct {
                    required.extend(side(&class.boundary));
                }
            }
            _ if self.needs_no_permission(attempt.subject) => {}
            _ => {
                required.extend(side(&class.identity));
                required.extend(side(&class.boundary));
            }
        }
        for clause in required {
            if clause.is_empty() {
                return nothing(translator);
            }
            // A clause with an alternative that is always true says nothing.
            if !clause.iter().any(Vec::is_empty) {
                clauses.push(clause);
            }
        }
        if bound == Bound::Lower && !self.denies.unknown.is_empty() {
            return nothing(translator);
        }
        self.denies.unknown.iter().for_each(|reason| translator.note(|| reason.clone()));
        let rcps = match attempt.subject {
            Subject::Known(action, _) => under_rcps(action),
            // From above, a deny that may not apply is left out.
            Subject::Extra(_) | Subject::AnyOf(_) => bound == Bound::Lower,
        };
        let own_rcps = class.rcp_denies.iter().filter(|_| rcps && attempt.target.is_none());
        let target_rcps: Vec<&Statement> = attempt.target.map(|t| rcp_denies(t)).unwrap_or_default();
        let target_rcps = target_rcps.iter().filter(|s| match attempt.subject {
            Subject::Known(action, _) => rcps && s.actions.set.contains(action),
            _ => false,
        });
        denies.extend(own_rcps.chain(target_rcps).map(|deny| (Place::Resource, *deny)));
        let has_boundary = class.boundary.is_some();
        for (place, deny) in denies {
            if place == Place::Resource && !trust::denies(deny, self.asker, has_boundary, bound.opposite()) {
                continue;
            }
            let Some(atoms) = translator.statement(deny, place, bound.opposite()) else { continue };
            if atoms.is_empty() {
                return nothing(translator);
            }
            clauses.push(atoms.iter().map(|atom| vec![atom.negate()]).collect());
        }
        if clauses.iter().any(Vec::is_empty) {
            return nothing(translator);
        }

        let mut domains = self.domains(&clauses, &translator, attempt, bound);
        if domains.contains_key(&Variable::Resource)
            && let (Subject::Known(_, None) | Subject::AnyOf(ResourceKind::WildcardOnly), None) =
                (attempt.subject, attempt.target)
        {
            // INVARIANT: wildcard-only actions have no resource atoms.
            domains.remove(&Variable::Resource);
        }
        clauses.extend(couplings::clauses(&mut domains));
        let outcome = solve::solve(&domains, clauses, budget)?;
        Ok((outcome, translator.inexact.into_inner()))
    }

    /// The trust policy's statements: those that allow under this name, and those that deny.
    fn trust(
        &self,
        target: &'a RoleTarget,
        subject: Subject<'_>,
        naming: Naming,
        bound: Bound,
    ) -> (Vec<&'a Statement>, Vec<&'a Statement>) {
        let Subject::Known(action, _) = subject else { return (Vec::new(), Vec::new()) };
        let Ok(compiled) = target.trust.policy.boxes() else { return (Vec::new(), Vec::new()) };
        let about = compiled.statements.iter().filter(|s| s.actions.set.contains(action));
        let (allows, denies): (Vec<&Statement>, Vec<&Statement>) =
            about.partition(|s| s.effect == Effect::Allow);
        let allows = allows.into_iter().filter(|s| trust::allows(s, self.asker, naming, bound)).collect();
        (allows, denies)
    }

    /// The variables of the clauses, and what each can be.
    fn domains(
        &self,
        clauses: &[Clause],
        translator: &Translator<'_>,
        attempt: Attempt<'_>,
        bound: Bound,
    ) -> BTreeMap<Variable, Domain> {
        let mut domains = BTreeMap::new();
        domains.insert(Variable::Resource, self.resource_domain(attempt, bound));
        for variable in clauses.iter().flatten().flatten().map(|atom: &Atom| &atom.variable) {
            let Variable::Key(key) = variable else { continue };
            if domains.contains_key(variable) {
                continue;
            }
            let domain = match translator.facts.of(key, translator.scope) {
                Knowledge::Free { may_be_absent, base } => {
                    Domain { may_be_absent, base: base.into_iter().collect() }
                }
                _ => Domain { may_be_absent: true, base: Vec::new() },
            };
            domains.insert(variable.clone(), domain);
        }
        domains
    }

    fn resource_domain(&self, attempt: Attempt<'_>, bound: Bound) -> Domain {
        let shape = if bound == Bound::Upper { Shape::Generous } else { Shape::Strict };
        let patterns = match (attempt.target, attempt.subject) {
            (Some(target), _) => vec![literal(&target.arn)],
            (None, Subject::Known(_, Some(resource))) => {
                let region = attempt.region.map_or(Region::Any, Region::Of);
                domain::patterns(resource, self.partition(), &self.asker.caller.account, region, shape)
            }
            (None, Subject::Known(_, None) | Subject::AnyOf(ResourceKind::WildcardOnly)) => {
                vec![literal("*")]
            }
            (None, Subject::Extra(_)) if bound == Bound::Lower => vec![literal("*")],
            (None, Subject::Extra(_) | Subject::AnyOf(ResourceKind::Arn)) => vec![vec![Token::Star]],
        };
        Domain { may_be_absent: false, base: vec![Set::text(patterns)] }
    }

    /// Turns values into a request and has `decide` confirm it.
    fn witness(
        &self,
        class: &Class<'a>,
        assignment: &Assignment,
        attempt: Attempt<'_>,
    ) -> Result<Witness, Vec<String>> {
        let action = match attempt.subject {
            Subject::Known(action, _) => action.full_name().to_owned(),
            Subject::Extra(action) => action.to_owned(),
            Subject::AnyOf(_) => return Err(vec!["no action".to_owned()]),
        };
        let resource = match (attempt.target, assignment.get(&Variable::Resource)) {
            (Some(target), _) => target.arn.clone(),
            (None, Some(Value::One(resource))) => resource.clone(),
            _ => "*".to_owned(),
        };
        let mut context = BTreeMap::new();
        let mut mentioned = class.keys();
        let trust = attempt.target.and_then(|target| target.trust.policy.boxes().ok());
        mentioned.extend(trust.iter().flat_map(|compiled| &compiled.keys).map(String::as_str));
        let spelled = |key: &str| {
            let known = self.asker.known.get(key).map(|entry| entry.key.clone());
            known.or_else(|| self.spelling.get(key).cloned()).unwrap_or_else(|| key.to_owned())
        };
        let region = attempt.region.unwrap_or_else(|| {
            let own = resource.split(':').nth(3).filter(|region| !region.is_empty());
            own.unwrap_or(domain::usual_region(self.partition()))
        });
        let account = attempt.target.map_or(self.asker.caller.account.as_str(), |t| t.account.as_str());
        let facts = Facts { asker: self.asker, region: Some(region), resource_account: account };
        let scope = match attempt.subject {
            Subject::Known(action, resource) => Scope::Of(action, resource),
            _ => Scope::Unknown,
        };
        for key in mentioned.iter().filter(|key| !Asker::derives(key)) {
            if let Knowledge::Fixed(Some(values)) = facts.of(key, scope) {
                context.insert(spelled(key), values);
            }
        }
        for (variable, value) in assignment {
            let Variable::Key(key) = variable else { continue };
            match value {
                Value::Absent => {}
                Value::One(one) => {
                    context.insert(spelled(key), vec![one.clone()]);
                }
                Value::Many(many) => {
                    context.insert(spelled(key), many.clone());
                }
            }
        }
        // A region that the search chose among the regions is told by its own name.
        if self.keys.contains("aws:requestedregion")
            && !assignment.contains_key(&Variable::Key("aws:requestedregion".into()))
        {
            context.insert(spelled("aws:requestedregion"), vec![region.to_owned()]);
        }
        // Values of tag keys that nothing else speaks of.
        if let Some(Value::Many(keys)) = assignment.get(&Variable::Key("aws:tagkeys".into())) {
            for key in keys {
                let name = format!("aws:RequestTag/{key}");
                if !context.keys().any(|held| held.eq_ignore_ascii_case(&name)) {
                    context.insert(name, vec!["example".to_owned()]);
                }
            }
        }
        self.confirm(&action, &resource, context, attempt.target)
    }

    fn confirm(
        &self,
        action: &str,
        resource: &str,
        context: BTreeMap<String, Vec<String>>,
        target: Option<&RoleTarget>,
    ) -> Result<Witness, Vec<String>> {
        let mut given = self.asker.known.clone();
        if let Some(id) = &self.asker.unique_id
            && matches!(self.asker.caller.kind, CallerKind::User { .. })
        {
            given.derive("aws:userid", id.as_str());
        }
        for (key, values) in &context {
            given.insert(key, values.clone());
        }
        let account = target.map_or(self.asker.caller.account.as_str(), |t| t.account.as_str());
        let request = Request::new(self.asker.caller.clone(), action, resource, Some(account), given)
            .map_err(|error| vec![error.to_string()])?;
        let mut layers: Layers = self.question.layers.clone();
        layers.endpoint = None;
        layers.resource = match target {
            Some(target) => ResourcePolicy::Known(target.trust.clone()),
            None if on_kms_key(&request.action_lower, resource) => ResourcePolicy::Known(delegating(account)),
            None => ResourcePolicy::None,
        };
        if let Some(target) = target {
            layers.rcps.clone_from(&target.rcps);
        }
        let decision = decide(&request, &layers);
        match (decision.outcome, decide::matches(&request, self.question.forbidden)) {
            (decide::Outcome::Allow, Some(true)) => {
                Ok(Witness { action: action.to_owned(), resource: resource.to_owned(), context, decision })
            }
            (decide::Outcome::Indeterminate, _) => Err(decision.unknowns),
            (outcome, forbidden) => Err(vec![format!(
                "unconfirmed: `{action}` on `{resource}` is decided {outcome}, forbidden {forbidden:?}"
            )]),
        }
    }
}

/// The actions on roles that a trust policy decides on (IAM User Guide, "Roles terms and concepts").
const ASSUME_ROLE: [&str; 4] =
    ["sts:assumerole", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"];

/// The one action that users need no permission for, and that a deny stops.
const SESSION_TOKEN: &str = "sts:getsessiontoken";

impl Class<'_> {
    /// Whether some layer has no statement at all.
    fn hopeless(&self) -> bool {
        let empty = |(statements, unknown): &(Vec<&Statement>, bool)| statements.is_empty() && !unknown;
        self.forbidden.is_empty()
            || self.ceilings.iter().any(empty)
            || self.identity.as_ref().is_some_and(empty)
            || self.boundary.as_ref().is_some_and(empty)
    }
}

fn rcp_denies(target: &RoleTarget) -> Vec<&Statement> {
    let policies = target.rcps.iter().flat_map(|level| &level.policies);
    let statements = policies.filter_map(|p| p.policy.boxes().ok()).flat_map(|c| &c.statements);
    statements.filter(|s| s.effect == Effect::Deny).collect()
}

fn kind_of(action: ActionId) -> ResourceKind {
    if action.is_wildcard_only() { ResourceKind::WildcardOnly } else { ResourceKind::Arn }
}

fn under_rcps(action: ActionId) -> bool {
    !action.is_wildcard_only()
        && action.full_name_lower() != "kms:retiregrant"
        && catalogue::supports_rcp(action.service())
}

fn on_kms_key(action: &str, resource: &str) -> bool {
    action.starts_with("kms:") && resource.contains(":key/")
}

/// The key policy that [`Assumption::KeyPolicyDelegates`] stands for (KMS Developer Guide, "Default
/// key policy").
fn delegating(account: &str) -> NamedPolicy {
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"kms:*","Resource":"*"}}}}"#
    );
    NamedPolicy::new("assumed key policy", Policy::parse(&text))
}

fn name(variable: &Variable) -> String {
    match variable {
        Variable::Resource => "the resource".to_owned(),
        Variable::Key(key) => format!("`{key}`"),
    }
}
