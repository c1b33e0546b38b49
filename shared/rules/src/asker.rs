//! A principal of the inventory as the prover asks about it.

use stanchion_inventory::{Inventory, Principal, PrincipalKind};
use stanchion_policy::prove::{Asker, RoleTarget};
use stanchion_policy::{Caller, Context, RequestError};

/// Who asks, with all that the inventory knows of its context keys.
///
/// # Errors
/// The ARN is not that of a user, role or root user.
pub fn asker(inventory: &Inventory, principal: &Principal, now: Option<i128>) -> Result<Asker, RequestError> {
    let mut known = Context::new();
    for (key, value) in &principal.tags {
        known.insert(&format!("aws:PrincipalTag/{key}"), vec![value.clone()]);
    }
    for entry in organization(inventory, &principal.account, PRINCIPAL).iter() {
        known.insert(&entry.key, entry.values);
    }
    // A root user's unique id is its account's number, which says nothing more.
    let unique_id = (principal.kind != PrincipalKind::Root).then(|| principal.unique_id.clone());
    let trust = inventory.trust_policy(principal).map(|named| named.policy);
    Ok(Asker { caller: Caller::parse(&principal.arn)?, unique_id, known, trust, now })
}

/// The keys of an account's organization, as the principal's and as the resource's.
pub(crate) const PRINCIPAL: [&str; 2] = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
pub(crate) const RESOURCE: [&str; 2] = ["aws:ResourceOrgID", "aws:ResourceOrgPaths"];

/// What is known of the organization of a resource's account, as context keys.
pub fn organization_of_resource(inventory: &Inventory, account: &str) -> Context {
    organization(inventory, account, RESOURCE)
}

/// What the inventory knows of the organization of an account.
pub(crate) fn organization(inventory: &Inventory, account: &str, [id_key, paths_key]: [&str; 2]) -> Context {
    let mut known = Context::new();
    let in_organization = inventory.is_member(account) || inventory.is_management_account(account);
    if in_organization && let Some(id) = inventory.organization_id() {
        known.insert(id_key, vec![id.to_owned()]);
    }
    if let Some(path) = inventory.organization_path(account) {
        known.insert(paths_key, vec![path]);
    }
    known
}

/// Whether the value of a key is the principal's, and not the caller's choice. Tags may be either.
pub(crate) fn is_of_principal(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let tag = key.starts_with("aws:principaltag/");
    key.starts_with("aws:principal") && !tag || key.starts_with("aws:resourceorg")
}

/// Whether a key is the moment of the request.
pub(crate) fn is_time(key: &str) -> bool {
    ["aws:CurrentTime", "aws:EpochTime"].iter().any(|time| key.eq_ignore_ascii_case(time))
}

/// Every role of the inventory, with its trust policy.
pub fn roles(inventory: &Inventory) -> Vec<RoleTarget> {
    roles_that(inventory, &|_| true)
}

/// The roles of one account that services may be trusted with: all but those of services.
pub(crate) fn roles_of(inventory: &Inventory, account: &str) -> Vec<RoleTarget> {
    let roles = inventory.principals_of(account).filter(|principal| !principal.service_linked);
    roles.filter_map(|principal| role_target(inventory, principal)).collect()
}

/// The roles of the inventory that are wanted, with their trust policies.
pub(crate) fn roles_that(inventory: &Inventory, wanted: &dyn Fn(&Principal) -> bool) -> Vec<RoleTarget> {
    inventory
        .principals()
        .filter(|principal| wanted(principal))
        .filter_map(|principal| role_target(inventory, principal))
        .collect()
}

/// A role with its trust policy. `None`: it is no role.
pub(crate) fn role_target(inventory: &Inventory, principal: &Principal) -> Option<RoleTarget> {
    Some(RoleTarget {
        arn: principal.arn.clone(),
        account: principal.account.clone(),
        trust: inventory.trust_policy(principal)?,
        known: organization_of_resource(inventory, &principal.account),
        rcps: inventory.rcps(&principal.account),
    })
}
