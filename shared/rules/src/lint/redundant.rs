//! Rules that say nothing which another rule does not say.

use stanchion_policy::document::{Effect, Statement};
use stanchion_policy::prove::asks_for_roles;

use super::region::{askers, depends_on_principal, policy, relaxed};
use super::{Linter, RulePath, in_rule, kinds};
use crate::code::Code;
use crate::glob::covers;
use crate::rulebook::yaml::Step;
use crate::rulebook::{EnforcedBy, Guardrail, Rule, Scope};

/// A guardrail: what every rule has, and its own.
type Both<'a> = (&'a Rule, &'a Guardrail);

/// Tells of each rule that another one makes redundant: one that is about the same principals or
/// more, is as severe or more, and forbids every request that it forbids.
pub(super) fn check(linter: &mut Linter<'_>, rules: &[Both<'_>]) {
    for (i, both) in rules.iter().enumerate() {
        let (rule, _) = both;
        for (j, others) in rules.iter().enumerate() {
            let (other, _) = others;
            if !linter.spend(1) {
                return;
            }
            if i == j || !shadows(linter, others, both) {
                continue;
            }
            let path = in_rule(RulePath { section: rule.kind.section(), index: i }, &[Step::Key("id")]);
            // Of two that say the same, the earlier one stays.
            if shadows(linter, both, others) {
                if i < j {
                    continue;
                }
                let message = format!("`{}` says the same as `{}`", rule.id, other.id);
                linter.warn(Code::DuplicateRule, &path, message, Some("keep one of them".to_owned()));
            } else {
                let message = format!(
                    "whatever violates `{}` violates `{}`, which is no less severe",
                    rule.id, other.id
                );
                let help = "leave it out, or narrow the other one";
                linter.warn(Code::ShadowedRule, &path, message, Some(help.to_owned()));
            }
            break;
        }
    }
}

/// Whether all that `rule` can say, `other` says as well.
fn shadows(linter: &mut Linter<'_>, (other, others): &Both<'_>, (rule, own): &Both<'_>) -> bool {
    other.severity >= rule.severity
        // Of principals, a rule about endpoints says nothing.
        && (others.enforced_by == own.enforced_by
            || own.enforced_by.is_none() && others.enforced_by != Some(EnforcedBy::Endpoint))
        && scope_within(&rule.scope, &other.scope)
        && other.except.iter().all(|pattern| rule.except.iter().any(|wide| covers(wide, pattern)))
        && own.forbid.statements.iter().all(|statement| within(linter, statement, rule, others))
}

/// Whether everybody in `narrow` is in `wide`.
fn scope_within(narrow: &Scope, wide: &Scope) -> bool {
    fn within<T: PartialEq>(narrow: &[T], wide: &[T]) -> bool {
        wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|entry| wide.contains(entry))
    }
    within(&narrow.ous, &wide.ous)
        && within(&narrow.accounts, &wide.accounts)
        && within(&narrow.principals, &wide.principals)
        && within(&narrow.paths, &wide.paths)
        && wide.tags.iter().all(|(key, values)| {
            let own = narrow.tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
            own.is_some_and(|(_, own)| own.iter().all(|value| values.contains(value)))
        })
}

/// Whether every request that the statement matches is forbidden by `other`, whoever makes it.
fn within(linter: &mut Linter<'_>, statement: &Statement, rule: &Rule, other: &Guardrail) -> bool {
    let bare = |statement: &Statement| Statement { sid: None, ..statement.clone() };
    if other.forbid.statements.iter().any(|own| bare(own) == bare(statement)) {
        return true;
    }
    let wide = relaxed(statement);
    let others = other.forbid.statements.iter().filter(|own| !depends_on_principal(own));
    let others: Vec<Statement> = others.cloned().collect();
    let all: Vec<&Statement> = others.iter().chain([&wide]).collect();
    let askers = askers(&kinds(rule), &all);
    let forbidden = policy(Effect::Allow, [wide]);
    // Proven of nothing at all: a statement that matches no request, or roles that are not known here.
    if asks_for_roles(&forbidden) || linter.impossible(&askers, None, &forbidden) {
        return false;
    }
    linter.impossible(&askers, Some(&policy(Effect::Deny, others)), &forbidden)
}
