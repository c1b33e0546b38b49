//! Whether a rule is about a principal.

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::decide::arn_like;

use crate::glob;
use crate::rulebook::Rule;

/// Whether a rule is about a principal.
pub(crate) enum InScope {
    Yes,
    No,
    /// It depends on what the inventory does not tell.
    Unknown(String),
}

/// Every key of a scope must fit; of a key's values, one.
pub(crate) fn in_scope(rule: &Rule, inventory: &Inventory, principal: &Principal) -> InScope {
    let scope = &rule.scope;
    let fits = (scope.principals.is_empty() || scope.principals.contains(&principal.kind))
        && (scope.accounts.is_empty() || scope.accounts.contains(&principal.account))
        && (scope.paths.is_empty() || scope.paths.iter().any(|path| glob::matches(path, &principal.path)))
        && scope.tags.iter().all(|(key, values)| {
            let held = principal.tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(key));
            held.is_some_and(|(_, value)| values.contains(value))
        })
        && !rule.except.iter().any(|pattern| arn_like(pattern, &principal.arn));
    if !fits {
        return InScope::No;
    }
    under(rule, inventory, &principal.account)
}

/// Whether a rule is about an account, whoever is in it.
pub(crate) fn account_in_scope(rule: &Rule, inventory: &Inventory, account: &str) -> InScope {
    let accounts = &rule.scope.accounts;
    if !accounts.is_empty() && !accounts.iter().any(|id| id == account) {
        return InScope::No;
    }
    under(rule, inventory, account)
}

/// Whether an account lies under the OUs of a scope.
fn under(rule: &Rule, inventory: &Inventory, account: &str) -> InScope {
    let scope = &rule.scope;
    if scope.ous.is_empty() {
        return InScope::Yes;
    }
    let listed = inventory.organization().and_then(|organization| organization.accounts.as_ref());
    if listed.is_some_and(|accounts| !accounts.contains_key(account)) {
        // Not of this organization, and so under none of its OUs.
        return InScope::No;
    }
    let path = inventory.organization_path(account);
    let known = path.is_some();
    let mut above = inventory.ous_of(account);
    above.extend(path.iter().flat_map(|path| path.split('/')).map(str::to_owned));
    if above.iter().any(|id| scope.ous.contains(id)) {
        return InScope::Yes;
    }
    if known {
        return InScope::No;
    }
    InScope::Unknown(format!("under which OUs account {} lies", account))
}
