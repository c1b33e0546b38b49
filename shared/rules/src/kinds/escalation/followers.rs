//! Whose paths may lead through a role: whoever its account's trust policies may let in, and on.

use std::collections::BTreeSet;

use stanchion_inventory::{IamArn, PrincipalKind};
use stanchion_policy::document::{Effect, PrincipalEntry};

use crate::evaluator::Evaluator;
use crate::kinds::Follows;

/// The ARNs of all principals whose answers may depend on what one of these roles may do, or on whom it lets
/// in; sorted.
pub(crate) fn followers(evaluator: &Evaluator<'_>, roles: &[&str]) -> Vec<String> {
    let follows = evaluator.follows_roles();
    let roles = roles.iter().filter_map(|arn| IamArn::parse(arn)).filter(|arn| arn.kind == "role");
    let mut accounts: BTreeSet<String> = roles.map(|arn| arn.account.to_owned()).collect();
    if follows == Follows::Nobody || accounts.is_empty() {
        return Vec::new();
    }
    if follows == Follows::Anywhere {
        while let Some(more) = let_in(evaluator, &accounts) {
            accounts.extend(more);
        }
    }
    let inventory = evaluator.inventory();
    let principals = accounts.iter().flat_map(|account| inventory.principals_of(account));
    let matter = principals.filter(|principal| {
        let has_policies =
            !(principal.inline.is_empty() && principal.attached.is_empty() && principal.groups.is_empty());
        principal.kind != PrincipalKind::Root && !principal.service_linked && has_policies
    });
    let mut arns: Vec<String> = matter.map(|principal| principal.arn.clone()).collect();
    arns.sort_unstable();
    arns
}

/// The accounts that trust policies of these accounts let in, besides these; `None`: there are no more.
fn let_in(evaluator: &Evaluator<'_>, accounts: &BTreeSet<String>) -> Option<Vec<String>> {
    let inventory = evaluator.inventory();
    let all = || inventory.accounts().map(|account| account.id().to_owned());
    let mut found = BTreeSet::new();
    let trusts = accounts.iter().flat_map(|account| inventory.principals_of(account));
    for trust in trusts.filter_map(|role| role.trust.as_ref()) {
        let Ok(document) = trust.document() else {
            found.extend(all());
            continue;
        };
        let allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        for entry in allows.filter_map(|statement| statement.principal.as_ref()).flat_map(|p| &p.entries) {
            match entry {
                PrincipalEntry::Service(_) | PrincipalEntry::Federated(_) => {}
                PrincipalEntry::Aws(name) => match IamArn::parse(name) {
                    Some(arn) => found.extend([arn.account.to_owned()]),
                    None => found.extend(all().filter(|account| name.len() != 12 || account == name)),
                },
                PrincipalEntry::Anyone | PrincipalEntry::CanonicalUser(_) => found.extend(all()),
            }
        }
    }
    let more: Vec<String> = found.into_iter().filter(|account| !accounts.contains(account)).collect();
    (!more.is_empty()).then_some(more)
}
