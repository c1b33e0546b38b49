//! What a role may do and somebody else may not: what would be gained by becoming it.

use stanchion_inventory::{Principal, PrincipalKind};
use stanchion_policy::document::Effect;
use stanchion_policy::prove::Verdict;
use stanchion_policy::{Layers, NamedPolicy, Policy};

use crate::evaluator::{Asked, Roles};
use crate::kinds::persona::{Settled, turned};

/// Whether a role can make a request of a region that a principal cannot. Both are of one account, so that
/// the SCPs are the same for both; roles that the role may assume in turn do not count. The principal's
/// conditions on tags and names are held against the role's.
///
/// # Errors
/// Why the role cannot be asked about.
pub(super) fn gain(asked: &Asked<'_, '_>, role: &Principal, region: &Policy) -> Result<Verdict, String> {
    if asked.principal().kind == PrincipalKind::Root {
        return Ok(Verdict::No);
    }
    let held = asked.layers();
    asked.evaluator().about(role, |role| {
        let mut open = Vec::new();
        for layers in beyond(held, role.layers()) {
            match role.under(&layers, Roles::These(&[]), |ask| ask(region).verdict)? {
                Verdict::No => {}
                Verdict::Indeterminate(reasons) => open.extend(reasons),
                yes @ Verdict::Yes(_) => {
                    // What cannot be read may allow it to the principal as well.
                    let mut unread = held.identity.iter().chain(&held.boundary);
                    match unread.find_map(|named| named.policy.document().err().map(|reason| (named, reason)))
                    {
                        None => return Ok(yes),
                        Some((named, reason)) => open.push(format!("what {} allows: {reason}", named.name)),
                    }
                }
            }
        }
        Ok(if open.is_empty() { Verdict::No } else { Verdict::Indeterminate(open) })
    })
}

/// What binds a role, less what somebody's identity policies allow; less what its boundary does; and only
/// what either denies.
fn beyond(held: &Layers, role: &Layers) -> Vec<Layers> {
    let settled = Settled::of(&held.identity);
    let left: Vec<NamedPolicy> = role.identity.iter().filter_map(|named| settled.without(named)).collect();
    let denied = all_turned(held.identity.iter(), Effect::Allow);
    let mut all = vec![Layers { identity: [left, denied].concat(), ..role.clone() }];
    if let Some(boundary) = &held.boundary {
        let denied = all_turned(std::iter::once(boundary), Effect::Allow);
        all.push(Layers { identity: [role.identity.clone(), denied].concat(), ..role.clone() });
    }
    let denying = all_turned(held.identity.iter().chain(&held.boundary), Effect::Deny);
    if !denying.is_empty() {
        all.push(Layers { session: Some(denying), ..role.clone() });
    }
    all
}

/// Policies with what they say turned over, each with a name of its own.
fn all_turned<'p>(policies: impl Iterator<Item = &'p NamedPolicy>, effect: Effect) -> Vec<NamedPolicy> {
    let turned = policies.filter_map(|named| turned(named, effect)).enumerate();
    turned.map(|(index, named)| NamedPolicy::new(format!("{} ({index})", named.name), named.policy)).collect()
}
