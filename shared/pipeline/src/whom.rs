//! Whom to look at again: those whom a change affects; and where a rule is about assuming roles, those
//! whom a role's trust policy lets in, or let in before; and where one is about what leads from role to role,
//! those who may come to a role that changed.

use stanchion_changes::{Affected, Change, Target, affected};
use stanchion_findings::{Finding, Store, StoreError};
use stanchion_inventory::{Entity, EntityKind, IamArn};
use stanchion_rules::Evaluator;

/// For each change, whom to look at.
///
/// # Errors
/// Those of the store.
pub(crate) fn whom(
    evaluator: &Evaluator<'_>,
    changes: &[&Change],
    store: &dyn Store,
) -> Result<Vec<Affected>, StoreError> {
    let mut all: Vec<Affected> = changes.iter().map(|change| reached(evaluator, change)).collect();
    if !evaluator.asks_for_roles() {
        return Ok(all);
    }
    let mut unresolved: Option<Vec<Finding>> = None;
    for (change, affected) in changes.iter().zip(&mut all) {
        if let Some(role) = role_that_is_trusted_anew(change) {
            let findings = match &mut unresolved {
                Some(findings) => findings,
                None => unresolved.insert(store.unresolved()?),
            };
            let holders = findings.iter().filter(|finding| may_be_about(finding, role));
            add(affected, holders.filter_map(|finding| finding.principal.clone()));
        }
    }
    Ok(all)
}

/// Whom to look at as far as the inventory tells.
pub(crate) fn reached(evaluator: &Evaluator<'_>, change: &Change) -> Affected {
    let mut affected = affected(change, evaluator.inventory());
    let others = std::mem::take(&mut affected.may_assume);
    if evaluator.asks_for_roles() {
        add(&mut affected, others);
    }
    let roles: Vec<&str> = affected.principals.iter().map(String::as_str).collect();
    let followers = evaluator.followers(&roles);
    add(&mut affected, followers);
    affected
}

fn add(affected: &mut Affected, more: impl IntoIterator<Item = String>) {
    affected.principals.extend(more);
    affected.principals.sort_unstable();
    affected.principals.dedup();
}

/// The role whose trust policy a change may have altered.
fn role_that_is_trusted_anew(change: &Change) -> Option<&Entity> {
    use stanchion_changes::Effect::{CreatePrincipal, Delete, SetTrust, Unknown};
    match (&change.target, &change.effect) {
        (Target::Entity(role), CreatePrincipal(_) | Delete(_) | SetTrust { .. } | Unknown(_)) => {
            (role.kind == EntityKind::Role).then_some(role)
        }
        _ => None,
    }
}

/// Whether the path that a finding draws leads through this role.
fn is_on_its_path(finding: &Finding, role: &Entity) -> bool {
    let of_role = |word: &str| {
        let arn = IamArn::parse(word.trim_end_matches([',', ';']));
        arn.is_some_and(|arn| arn.kind == "role" && arn.account == role.account && arn.name == role.name)
    };
    finding.detail.as_deref().is_some_and(|detail| detail.split(' ').any(of_role))
}

/// Whether a finding is that somebody can become this role, or may be. An inventory of after the
/// change does not hold the trust policy that let them in.
fn may_be_about(finding: &Finding, role: &Entity) -> bool {
    finding.witness.as_ref().is_none_or(|witness| {
        IamArn::parse(&witness.resource)
            .is_some_and(|arn| arn.kind == "role" && arn.account == role.account && arn.name == role.name)
    }) || is_on_its_path(finding, role)
}
