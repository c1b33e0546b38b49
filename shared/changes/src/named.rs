//! Whom a policy names: the principals of an inventory that its `Principal` elements may mean.

use stanchion_inventory::{EntityKind, IamArn, Inventory, Principal, PrincipalKind};
use stanchion_policy::Policy;
use stanchion_policy::document::PrincipalEntry;

use crate::change::{Change, Target};
use crate::effect::Effect;

/// The principals that a policy names. Those that `NotPrincipal` leaves are anyone, and a policy that
/// cannot be read may name anyone.
pub(crate) fn entries(policy: &Policy) -> Vec<PrincipalEntry> {
    let Ok(document) = policy.document() else {
        return vec![PrincipalEntry::Anyone];
    };
    let mut entries = Vec::new();
    for principals in document.statements.iter().filter_map(|statement| statement.principal.as_ref()) {
        if principals.negated {
            entries.push(PrincipalEntry::Anyone);
        } else {
            entries.extend_from_slice(&principals.entries);
        }
    }
    entries
}

/// The principals of the inventory that an entry means: an account is everyone in it, a session its
/// role (IAM User Guide, "AWS JSON policy elements: Principal").
pub(crate) fn principals<'a>(entry: &PrincipalEntry, inventory: &'a Inventory) -> Vec<&'a Principal> {
    match entry {
        PrincipalEntry::Anyone => inventory.principals().collect(),
        PrincipalEntry::Aws(name) => aws(name, inventory),
        PrincipalEntry::Service(_) | PrincipalEntry::Federated(_) | PrincipalEntry::CanonicalUser(_) => {
            Vec::new()
        }
    }
}

fn aws<'a>(name: &str, inventory: &'a Inventory) -> Vec<&'a Principal> {
    if name == "*" {
        return inventory.principals().collect();
    }
    if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return inventory.principals_of(name).collect();
    }
    if let Some(arn) = IamArn::parse(name) {
        return match arn.kind {
            "root" => inventory.principals_of(arn.account).collect(),
            _ => inventory.principal(name).into_iter().collect(),
        };
    }
    if let Some(session) = name.split_once(":sts::").map(|(_, rest)| rest) {
        let role = session.split_once(":assumed-role/").and_then(|(account, rest)| {
            let role = rest.split('/').next()?;
            inventory.principal_by_name(account, PrincipalKind::Role, role)
        });
        return role.into_iter().collect();
    }
    // A unique id, which IAM puts in the place of a principal that is gone, and that may be written.
    inventory.principals().filter(|principal| principal.unique_id == name).collect()
}

/// Whom the trust policy of a role that is made, or given another one, lets in; none if the role goes, or
/// the event does not tell the policy. `None`: the change is not about a trust policy.
pub fn trusted(change: &Change) -> Option<Vec<PrincipalEntry>> {
    let Target::Entity(role) = &change.target else { return None };
    let policy = match &change.effect {
        Effect::SetTrust { document, .. } => Some(document),
        Effect::CreatePrincipal(made) => made.trust.as_ref(),
        Effect::Delete(_) | Effect::Unknown(_) => None,
        _ => return None,
    };
    (role.kind == EntityKind::Role).then(|| policy.map(entries).unwrap_or_default())
}
