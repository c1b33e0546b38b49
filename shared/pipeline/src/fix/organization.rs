//! Policies of the organization: one that there is already and could hold what the rule wants, or a new one that
//! denies what it forbids.

use stanchion_inventory::{Inventory, Organization, RCP, SCP};
use stanchion_policy::Policy;
use stanchion_policy::document::{Document, Effect};
use stanchion_policy::prove::Witness;
use stanchion_rules::rulebook::{EnforcedBy, Kind};

use super::edit::Edit;
use super::{Case, Step, Who, deny};

/// How many policies that there are already are tried.
const TRIED: usize = 6;

/// The account that is to be mended, and the kind of policy that may do it.
fn account<'c>(case: &'c Case<'_>, inventory: &Inventory) -> Option<(&'c str, &'static str)> {
    let (account, kind) = match &case.who {
        Who::Principal(principal, _) if principal.service_linked => return None,
        Who::Principal(principal, _) => (principal.account.as_str(), SCP),
        Who::Account(id) => match &case.rule.kind {
            Kind::Guardrail(guardrail) if guardrail.enforced_by == Some(EnforcedBy::Rcp) => {
                (id.as_str(), RCP)
            }
            _ => (id.as_str(), SCP),
        },
    };
    let is_enabled = inventory.organization()?.is_enabled(kind) == Some(true);
    (inventory.is_member(account) && is_enabled).then_some((account, kind))
}

/// Where it may be attached: to an OU above the account that the rule is about, and to the account.
fn levels(case: &Case<'_>, inventory: &Inventory, account: &str) -> Vec<String> {
    let above = inventory.ous_of(account).into_iter().filter(|ou| case.rule.scope.ous.contains(ou));
    above.chain([account.to_owned()]).collect()
}

/// Attaches a policy that there is already and that binds the account nowhere: the first with which the rule holds.
pub(super) fn attached(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let (account, kind) = account(case, inventory)?;
    let organization = inventory.organization()?;
    let above = if kind == SCP { inventory.scps(account) } else { inventory.rcps(account) };
    let binds = |id: &String| above.iter().any(|level| level.policies.iter().any(|own| *own.name == **id));
    let ids = candidates(organization, kind);
    let levels = levels(case, inventory, account);
    for id in ids.into_iter().filter(|id| !binds(id)).take(TRIED) {
        // Which one helps is found on the account; then it is the highest level that takes nothing else away.
        let edit = |target: &String| Edit::Attach { id: id.clone(), target: target.clone() };
        if !case.mends(&edit(levels.last()?)) {
            continue;
        }
        let best = levels.iter().find(|level| case.takes_nothing_else(&edit(level))).or(levels.last())?;
        return Some(Step { edits: vec![edit(best)], ..Step::default() });
    }
    None
}

/// The policies of a kind that deny something.
fn candidates(organization: &Organization, kind: &str) -> Vec<String> {
    let denies = |document: &Document| document.statements.iter().any(|s| s.effect == Effect::Deny);
    let policies = organization.policies.iter().flatten().filter(|(_, policy)| policy.kind == kind);
    policies
        .filter(|(_, policy)| policy.policy.document().is_ok_and(denies))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Makes a policy that denies what the rule forbids, to all whom it does not except, and attaches it to the account.
pub(super) fn founded(case: &Case<'_>, inventory: &Inventory, _: Option<&Witness>) -> Option<Step> {
    let (account, kind) = account(case, inventory)?;
    let Kind::Guardrail(guardrail) = &case.rule.kind else { return None };
    let id = format!("{} ({})", case.rule.id, if kind == SCP { "new SCP" } else { "new RCP" });
    // It has been tried.
    let known = inventory.organization()?.policies.as_ref()?;
    (!known.contains_key(&id)).then_some(())?;
    let partition = inventory
        .accounts()
        .next()
        .map_or("aws", |known| known.root().arn.split(':').nth(1).unwrap_or("aws"));
    let region = deny::at_home(&Policy::of(guardrail.forbid.clone()), partition, None);
    let statements = deny::but_for(deny::statements(&region, &deny::sid(&case.rule.id)), &case.rule.except)?;
    let statements = if kind == RCP { deny::of_resources(statements)? } else { statements };
    let (document, scope) = (deny::document(statements), &case.rule.scope);
    // Those of the account whom the rule is not about would lose what it forbids, too.
    let exact = scope.principals.is_empty() && scope.paths.is_empty() && scope.tags.is_empty();
    let edit = Edit::Found { id, kind, document, target: account.to_owned(), exact };
    Some(Step { edits: vec![edit], ..Step::default() })
}
