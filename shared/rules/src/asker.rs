//! A principal of the inventory as the prover asks about it.

use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::prove::{Asker, RoleTarget};
use stanchion_policy::{Caller, Context, RequestError};

/// Who asks, with all that the inventory knows of its context keys.
///
/// # Errors
/// The ARN is not that of a user, role or root user.
pub(crate) fn asker(
    inventory: &Inventory,
    principal: &Principal,
    now: Option<i128>,
) -> Result<Asker, RequestError> {
    let mut known = Context::new();
    for (key, value) in &principal.tags {
        known.insert(&format!("aws:PrincipalTag/{key}"), vec![value.clone()]);
    }
    let in_organization =
        inventory.is_member(&principal.account) || inventory.is_management_account(&principal.account);
    if in_organization && let Some(id) = inventory.organization_id() {
        known.insert("aws:PrincipalOrgID", vec![id.to_owned()]);
    }
    if let Some(path) = inventory.organization_path(&principal.account) {
        known.insert("aws:PrincipalOrgPaths", vec![path]);
    }
    // A root user's unique id is its account's number, which says nothing more.
    let unique_id = (principal.kind != PrincipalKind::Root).then(|| principal.unique_id.clone());
    Ok(Asker { caller: Caller::parse(&principal.arn)?, unique_id, known, now })
}

/// Whether the value of a key is the principal's, and not the caller's choice.
pub(crate) fn is_of_principal(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("aws:principal") || key.starts_with("aws:resourceorg")
}

/// Whether a key is the moment of the request.
pub(crate) fn is_time(key: &str) -> bool {
    ["aws:CurrentTime", "aws:EpochTime"].iter().any(|time| key.eq_ignore_ascii_case(time))
}

/// Every role of the inventory, with its trust policy.
pub(crate) fn roles(inventory: &Inventory) -> Vec<RoleTarget> {
    inventory
        .principals()
        .filter_map(|principal| {
            Some(RoleTarget {
                arn: principal.arn.clone(),
                account: principal.account.clone(),
                trust: inventory.trust_policy(principal)?,
                rcps: inventory.rcps(&principal.account),
            })
        })
        .collect()
}
