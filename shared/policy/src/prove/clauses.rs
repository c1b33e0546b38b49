//! One attempt as clauses: each layer that must allow, each `Deny` that must not match, and what
//! the variables can be.

use std::collections::BTreeMap;

use super::atom::{Atom, Clause, Conjunction, Variable};
use super::budget::{Budget, Exhausted};
use super::compile::Statement;
use super::domain::{self, Region, Shape};
use super::facts::{Facts, Knowledge, Scope};
use super::layers::{Class, SESSION_TOKEN, Search};
use super::pattern::{Token, literal};
use super::question::{Attempt, Subject, kind_of, under_rcps};
use super::sets::Set;
use super::solve::{self, Domain, Outcome};
use super::translate::{Bound, Place, ResourceKind, Translator};
use super::trust::{self, Naming};
use super::{RoleTarget, couplings};
use crate::document::Effect;
use crate::request::CallerKind;

impl<'a> Search<'a> {
    /// Builds the clauses of an attempt and solves them; also tells what could not be said exactly.
    pub(super) fn solve(
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

        budget.spend(class.size())?;
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
                    required.extend(side(&class.session));
                }
            }
            _ if self.needs_no_permission(attempt.subject) => {}
            _ => {
                required.extend(side(&class.identity));
                required.extend(side(&class.boundary));
                required.extend(side(&class.session));
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
        // RCPs bind some actions only, and those of this account only its own resources.
        let bound_by_rcps = attempt.target.is_none()
            && match attempt.subject {
                Subject::Known(action, _) => under_rcps(action),
                Subject::Extra(_) | Subject::AnyOf(_) => true,
            };
        let unknown_rcps = self.denies.unknown_rcps.iter().filter(|_| bound_by_rcps);
        for reason in self.denies.unknown.iter().chain(unknown_rcps) {
            if bound == Bound::Lower {
                return nothing(translator);
            }
            translator.note(|| reason.clone());
        }
        let rcps = match attempt.subject {
            Subject::Known(action, _) => under_rcps(action),
            // From above, a deny that may not apply is left out.
            Subject::Extra(_) | Subject::AnyOf(_) => bound == Bound::Lower,
        };
        let own_rcps = class.rcp_denies.iter().filter(|_| rcps && attempt.target.is_none());
        let target_rcps: Vec<&Statement> = attempt.target.map(|t| rcp_denies(t)).unwrap_or_default();
        let target_rcps = target_rcps.iter().filter(|s| match attempt.subject {
            Subject::Known(action, _) => rcps && !self.service_linked && s.actions.set.contains(action),
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

    /// STS API Reference, `GetSessionToken`: a user needs no permission, though a deny counts.
    pub(super) fn needs_no_permission(&self, subject: Subject<'_>) -> bool {
        let user = matches!(self.asker.caller.kind, CallerKind::User { .. });
        user && matches!(subject, Subject::Known(action, _) if action.full_name_lower() == SESSION_TOKEN)
    }

    /// The trust policy's statements: those that allow under this name, and those that deny.
    pub(super) fn trust(
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
    pub(super) fn domains(
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

    pub(super) fn resource_domain(&self, attempt: Attempt<'_>, bound: Bound) -> Domain {
        let shape = if bound == Bound::Upper { Shape::Generous } else { Shape::Strict };
        let patterns = match (attempt.target, attempt.subject) {
            (Some(target), _) => vec![literal(&target.arn)],
            (None, Subject::Known(_, Some(resource))) => {
                let any = if attempt.nowhere { Region::Text } else { Region::Any };
                let region = attempt.region.map_or(any, Region::Of);
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
}

pub(super) fn rcp_denies(target: &RoleTarget) -> Vec<&Statement> {
    let policies = target.rcps.iter().flat_map(|level| &level.policies);
    let statements = policies.filter_map(|p| p.policy.boxes().ok()).flat_map(|c| &c.statements);
    statements.filter(|s| s.effect == Effect::Deny).collect()
}
