//! `sts:AssumeRole` and its kin: through every role, with its trust policy.
//!
//! Most of what decides is the same for all roles of an account: whether what is forbidden can be met there
//! at all, and what the principal's own policies say. That is asked once for an account and a way to name the
//! caller, of a role whose trust policy grants, before any role is looked at.

use rustc_hash::FxHashMap;

use super::RoleTarget;
use super::Witness;
use super::budget::{Budget, Exhausted};
use super::class::Class;
use super::compile::Statement;
use super::question::{Attempt, Search, Subject};
use super::solve::Outcome;
use super::target::Target;
use super::translate::Bound;
use super::trust::{self, Naming};
use crate::catalogue::ActionId;
use crate::document::Effect;
use crate::request::{CallerKind, Context};

/// Whether some role of an account may be found, for those ways that were asked about.
type Accounts<'a> = FxHashMap<(&'a str, Naming), bool>;

impl<'s> Search<'s> {
    /// Searches every role.
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
        let attempt = Attempt::new(Subject::Known(action, resource));
        let several = self.question.roles.len() > 1;
        let mut accounts = Accounts::default();
        for role in self.question.roles {
            let mut target = None;
            for naming in self.namings(role, action, budget)? {
                if several && !self.may_assume_some(class, attempt, role, naming, &mut accounts, budget)? {
                    continue;
                }
                let target = match &target {
                    Some(target) => target,
                    None => {
                        let read = target.insert(Target::of_role(role));
                        budget.spend(read.size())?;
                        &*read
                    }
                };
                let attempt = Attempt { target: Some(target), naming: Some(naming), ..attempt };
                if let Some(witness) = self.attempt(class, attempt, budget)? {
                    return Ok(Some(witness));
                }
            }
        }
        Ok(None)
    }

    /// The ways in which a role's trust policy may name the caller for an action.
    fn namings(
        &self,
        role: &RoleTarget,
        action: ActionId,
        budget: &mut Budget,
    ) -> Result<Vec<Naming>, Exhausted> {
        budget.spend(1)?;
        // Of a policy that is not known, at most: it names the caller, which needs the least besides.
        let Ok(compiled) = role.trust.policy.boxes() else { return Ok(vec![Naming::Direct]) };
        budget.spend(compiled.size)?;
        let about = |s: &&Statement| s.effect == Effect::Allow && s.actions.set.contains(action);
        let allows: Vec<_> = compiled.statements.iter().filter(about).collect();
        let names = |naming: &Naming| {
            allows.iter().any(|allow| trust::allows(allow, self.stack.asker, *naming, Bound::Upper))
        };
        Ok([Naming::Direct, Naming::Role, Naming::Account].into_iter().filter(names).collect())
    }

    /// Whether anything may be found of a role in the account of this one, whatever its name, if its trust
    /// policy grants and names the caller so.
    fn may_assume_some<'r>(
        &self,
        class: &Class<'s>,
        attempt: Attempt<'_>,
        role: &'r RoleTarget,
        naming: Naming,
        known: &mut Accounts<'r>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        if let Some(known) = known.get(&(&*role.account, naming)) {
            return Ok(*known);
        }
        let nothing = Context::new();
        let target = Target::of_some_role(role, &nothing);
        let attempt = Attempt { target: Some(&target), naming: Some(naming), ..attempt };
        let solved = self.solve(class, attempt, Bound::Upper, budget)?;
        let may = !matches!(solved.outcome, Outcome::None);
        known.insert((&role.account, naming), may);
        Ok(may)
    }
}
