//! One attempt as clauses: each layer that must allow, each `Deny` that must not match, and what
//! the variables can be.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::admit::Reader;
use super::atom::{Atom, Clause, Conjunction, Variable, any_of};
use super::budget::{Budget, Exhausted};
use super::class::{Allows, Class};
use super::couplings;
use super::domain::{self, Region, Shape};
use super::domains::{Domain, Domains, variables_of};
use super::facts::{Key, Knowledge, Scope, View};
use super::kinds::SESSION_TOKEN;
use super::pattern::{Token, literal};
use super::placed::Placed;
use super::question::{Attempt, Search, Subject, kind_of, under_rcps};
use super::sets::Set;
use super::solve::{self, Outcome};
use super::target::Target;
use super::translate::{Bound, Place, ResourceKind, Translator};
use super::trust::{self, Naming};
use super::variables::Link;
use crate::catalogue;
use crate::request::CallerKind;

/// Actions that the root user of a resource's account may call despite a deny in its policy (S3 API
/// Reference, "PutBucketPolicy"; IAM User Guide, "Tasks that require root user credentials", SQS).
pub(super) const ROOT_RESCUES: [&str; 4] =
    ["s3:deletebucketpolicy", "s3:getbucketpolicy", "s3:putbucketpolicy", "sqs:setqueueattributes"];

impl<'s> Search<'s> {
    /// Builds the clauses of an attempt and solves them; also tells what could not be said exactly.
    pub(super) fn solve(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        bound: Bound,
        budget: &mut Budget,
    ) -> Result<Solved, Exhausted> {
        let stack = self.stack;
        let view = self.view(attempt);
        let resource = match attempt.subject {
            Subject::Known(action, _) => kind_of(action),
            Subject::Extra(_) => ResourceKind::Arn,
        };
        let translator = Translator::new(stack, view, resource, bound);
        let nothing = |_: Translator<'_>| Ok(Solved::nothing());

        budget.spend(class.size())?;
        let mut clauses: Vec<Clause> = Vec::new();
        let allow = |statements: &[&Placed<'_>], unknown: bool| -> Clause {
            // Policies of endpoints and of resources say whom they are about.
            let named = |placed: &&&Placed<'_>| {
                placed.place != Place::Resource
                    || trust::allows_in_some_way(placed.statement, stack.asker, bound)
            };
            let boxed = statements.iter().filter(named).map(|placed| translator.statement(placed, bound));
            let mut clause: Vec<Conjunction> = boxed.filter_map(|boxed| boxed.atoms.clone()).collect();
            // That it is unknown is noted with the denies: every policy can hold both.
            if unknown && bound == Bound::Upper {
                clause.push(Rc::from([]));
            }
            any_of(clause)
        };
        let side =
            |layer: &Option<Allows<'_>>| layer.as_ref().map(|layer| allow(&layer.statements, layer.unknown));
        // What is forbidden comes first, if there is one way only.
        let mut first: Conjunction = Rc::from([]);
        let mut required: Vec<Clause> = vec![allow(&class.forbidden, false)];
        match &*required[0] {
            [] => return nothing(translator),
            [forbidden] => first = Rc::clone(forbidden),
            _ => {}
        }
        required.extend(class.ceilings.iter().map(|level| allow(&level.statements, level.unknown)));
        let mut denies: Vec<&Placed<'_>> = class.denies.clone();
        if let Some(target) = attempt.target.filter(|target| !self.is_rescued(target, attempt.subject)) {
            denies.extend(target.denies.iter().filter(|placed| concerns(placed, attempt.subject)));
        }
        let own_account = view.resource_account == stack.asker.caller.account;
        // What the resource's policy grants, and what the identity side must allow besides.
        let (by_identity, limited) = match (attempt.target, attempt.naming) {
            (Some(target), Some(naming)) => {
                let named = |p: &&Placed<'_>| trust::allows(p.statement, stack.asker, naming, bound);
                let about = target.allows.iter().filter(|placed| concerns(placed, attempt.subject));
                let unknown = target.unknown.is_some();
                required.push(allow(&about.filter(named).collect::<Vec<_>>(), unknown));
                (!own_account || naming == Naming::Account, !own_account || naming != Naming::Direct)
            }
            _ => (true, true),
        };
        if !self.needs_no_permission(attempt.subject) {
            required.extend(side(&class.identity).filter(|_| by_identity));
            required.extend(side(&class.boundary).filter(|_| limited));
            required.extend(side(&class.session).filter(|_| limited));
        }
        for clause in required {
            if clause.is_empty() {
                return nothing(translator);
            }
            // A clause with an alternative that is always true says nothing.
            if !clause.iter().any(|atoms| atoms.is_empty()) {
                clauses.push(clause);
            }
        }
        // RCPs bind some actions only, and those of this account only its own resources.
        let bound_by_rcps = attempt.target.is_none()
            && match attempt.subject {
                Subject::Known(action, _) => under_rcps(action),
                Subject::Extra(_) => true,
            };
        let unknown_rcps = stack.denies.unknown_rcps.iter().filter(|_| bound_by_rcps);
        for reason in stack.denies.unknown.iter().chain(unknown_rcps) {
            if bound == Bound::Lower {
                return nothing(translator);
            }
            translator.note(|| reason.clone());
        }
        if let Some(target) = attempt.target
            && let Some(reason) = target.unknown
        {
            if bound == Bound::Lower {
                return nothing(translator);
            }
            translator.note(|| format!("the {} of {}: {reason}", target.called, target.arn));
        }
        let rcps = match attempt.subject {
            Subject::Known(action, _) => under_rcps(action),
            // The resource is named, so the action works on it.
            Subject::Extra(action) if stack.given.closed => {
                action.split(':').next().is_some_and(catalogue::supports_rcp)
            }
            // From above, a deny that may not apply is left out.
            Subject::Extra(_) => bound == Bound::Lower,
        };
        if rcps && attempt.target.is_none() {
            denies.extend(&class.rcp_denies);
        }
        if let Some(target) = attempt.target.filter(|_| rcps && !stack.service_linked) {
            denies.extend(target.rcps.iter().filter(|placed| concerns(placed, attempt.subject)));
        }
        let has_boundary = class.boundary.is_some();
        for deny in denies {
            if deny.place == Place::Resource
                && !trust::denies(deny.statement, stack.asker, has_boundary, bound.opposite())
            {
                continue;
            }
            let boxed = translator.statement(deny, bound.opposite());
            match &boxed.atoms {
                None => {}
                Some(atoms) if atoms.is_empty() => return nothing(translator),
                Some(_) => clauses.push(Rc::clone(&boxed.escapes)),
            }
        }
        if let Some(admission) = attempt.admission {
            let Some(passed) = admission.clauses(&translator, bound) else { return nothing(translator) };
            clauses.extend(passed);
        }
        if clauses.iter().any(|clause| clause.is_empty()) {
            return nothing(translator);
        }

        let mut domains = Domains::default();
        // INVARIANT: wildcard-only actions have no resource atoms.
        let named = !matches!(attempt.subject, Subject::Known(_, None)) || attempt.target.is_some();
        if named {
            domains.add(&Variable::Resource, || self.resource_domain(attempt, bound));
        }
        // The resources whose policies are known are searched by themselves.
        if attempt.target.is_none()
            && named
            && let Some(others) = &self.others
        {
            clauses.push([[others.clone()].into()].into());
        }
        // A key that only patterns spoke of still has to be as the request can have it.
        for (key, choice) in attempt.pins {
            domains.add(&Variable::Key(Rc::clone(key)), || translator.domain(key));
            clauses.push([[Atom::key(key, choice.claim())].into()].into());
        }
        translator.add_domains(&mut domains, variables_of(&clauses));
        clauses.extend(couplings::clauses(&mut domains, stack));
        solve::sort(&mut clauses, budget)?;
        let outcome = solve::solve(domains, &first, &clauses, budget)?;
        let Translator { inexact, links, .. } = translator;
        let inexact = inexact.into_inner().into_iter().collect();
        Ok(Solved { outcome, inexact, links: links.into_inner() })
    }

    /// What an attempt says of the request.
    pub(super) fn view<'v>(&self, attempt: Attempt<'v>) -> View<'v>
    where
        's: 'v,
    {
        let scope = match attempt.subject {
            Subject::Known(action, resource) => Scope::Of(action, resource),
            Subject::Extra(_) => Scope::Unknown,
        };
        let own = self.stack.resource_account();
        let resource_account = attempt.target.map_or(own, |target| target.account);
        let organization = attempt.target.map(|target| target.known);
        View { pins: attempt.pins, scope, region: attempt.region, resource_account, organization }
    }

    /// STS API Reference, `GetSessionToken`: a user needs no permission, though a deny counts.
    pub(super) fn needs_no_permission(&self, subject: Subject<'_>) -> bool {
        let user = matches!(self.stack.asker.caller.kind, CallerKind::User { .. });
        user && matches!(subject, Subject::Known(action, _) if action.full_name_lower() == SESSION_TOKEN)
    }

    /// Whether the root user may do this to its own resource despite a deny in its policy.
    fn is_rescued(&self, target: &Target<'_>, subject: Subject<'_>) -> bool {
        let root = matches!(self.stack.asker.caller.kind, CallerKind::Root | CallerKind::AssumedRoot);
        let own = target.account == self.stack.asker.caller.account;
        let rescue = |name: &str| ROOT_RESCUES.contains(&name);
        root && own && matches!(subject, Subject::Known(action, _) if rescue(action.full_name_lower()))
    }

    pub(super) fn resource_domain(&self, attempt: Attempt<'_>, bound: Bound) -> Domain {
        let shape = if bound == Bound::Upper { Shape::Generous } else { Shape::Strict };
        let patterns = match (attempt.target, attempt.subject) {
            (Some(target), _) => vec![target.arns.clone()],
            (None, Subject::Known(_, Some(resource))) => {
                let any = if attempt.nowhere { Region::Text } else { Region::Any };
                let region = attempt.region.map_or(any, Region::Of);
                let account = self.stack.resource_account();
                domain::patterns(resource, self.partition(), account, region, shape)
            }
            (None, Subject::Known(_, None)) => vec![literal("*")],
            (None, Subject::Extra(_)) if bound == Bound::Lower => vec![literal("*")],
            (None, Subject::Extra(_)) => vec![vec![Token::Star]],
        };
        Domain { may_be_absent: false, base: Some(Set::text(patterns)) }
    }
}

impl Translator<'_> {
    /// The keys among some variables, and what each can be.
    pub(super) fn add_domains<'v>(
        &self,
        domains: &mut Domains,
        variables: impl Iterator<Item = &'v Variable>,
    ) {
        for variable in variables {
            if let Variable::Key(key) = variable {
                domains.add(variable, || self.domain(key));
            }
        }
    }

    /// What a key can be.
    fn domain(&self, key: &Key) -> Domain {
        match self.known(key) {
            Knowledge::Free { may_be_absent, base } => Domain { may_be_absent, base },
            _ => Domain { may_be_absent: true, base: None },
        }
    }
}

/// What came of one search.
pub(super) struct Solved {
    pub(super) outcome: Outcome,
    /// What could not be told exactly.
    pub(super) inexact: BTreeSet<String>,
    /// The patterns that rest on values which the search may choose.
    pub(super) links: Vec<Link>,
}

impl Solved {
    fn nothing() -> Self {
        Self { outcome: Outcome::None, inexact: BTreeSet::new(), links: Vec::new() }
    }
}

/// Whether a statement of a resource's own policies speaks of an action.
fn concerns(placed: &Placed<'_>, subject: Subject<'_>) -> bool {
    match subject {
        Subject::Known(action, _) => placed.actions().contains(action),
        Subject::Extra(action) => placed.contains_extra(action),
    }
}
