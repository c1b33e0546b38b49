//! Whether a principal is an administrator: one who may do everything already, and so gains nothing.
//!
//! Proven of the principal's own policies: they and its boundary allow every action on every resource, at
//! least with multi-factor authentication, and no `Deny` among them keeps it from giving itself policies.
//! What SCPs take away is taken from whole accounts, and makes nobody less of an administrator.

use std::sync::LazyLock;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::prove::Verdict;
use stanchion_policy::{Layers, NamedPolicy, Policy};

use crate::evaluator::{Asked, Roles};
use crate::kinds::persona::{actions, nothing_beyond};

/// What is known of a principal.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// It may do everything.
    Administrator,
    /// It may not.
    Other,
    /// Why that is not known.
    Unknown(Vec<String>),
}

/// Every request, as an administrator makes it who does what is asked of it.
static ALL: LazyLock<NamedPolicy> = LazyLock::new(|| {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true", "aws:SecureTransport": "true"}}}]}"#;
    NamedPolicy::new("every request", Policy::parse(text))
});

/// The calls by which somebody gives itself policies.
static GIVE_ITSELF: LazyLock<Policy> = LazyLock::new(|| {
    actions(&["iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy"])
});

/// What is known of the principal that is asked about.
///
/// # Errors
/// Why it cannot be asked about.
pub(super) fn standing(asked: &Asked<'_, '_>) -> Result<Standing, String> {
    let principal = asked.principal();
    if principal.kind == PrincipalKind::Root {
        return Ok(Standing::Administrator);
    }
    let known = asked.evaluator().escalation();
    if let Some(standing) = known.standing(&principal.arn) {
        return Ok(standing);
    }
    let standing = prove(asked)?;
    known.note_standing(&principal.arn, &standing);
    Ok(standing)
}

fn prove(asked: &Asked<'_, '_>) -> Result<Standing, String> {
    let own = asked.layers();
    let mut reasons = Vec::new();
    for layer in
        std::iter::once(own.identity.as_slice()).chain(own.boundary.as_ref().map(std::slice::from_ref))
    {
        match nothing_beyond(asked, std::slice::from_ref(&*ALL), layer, Vec::new)? {
            Verdict::No => {}
            Verdict::Indeterminate(more) => reasons.extend(more),
            Verdict::Yes(_) => {
                let unread = layer.iter().filter_map(|named| {
                    named
                        .policy
                        .document()
                        .err()
                        .map(|reason| format!("what {} allows: {reason}", named.name))
                });
                let unread: Vec<String> = unread.collect();
                if unread.is_empty() {
                    return Ok(Standing::Other);
                }
                reasons.extend(unread);
            }
        }
    }
    let layers =
        Layers { identity: own.identity.clone(), boundary: own.boundary.clone(), ..Layers::default() };
    match asked.under(&layers, Roles::These(&[]), |ask| ask(&GIVE_ITSELF).verdict)? {
        Verdict::No => return Ok(Standing::Other),
        Verdict::Indeterminate(more) => reasons.extend(more),
        Verdict::Yes(_) => {}
    }
    Ok(if reasons.is_empty() { Standing::Administrator } else { Standing::Unknown(reasons) })
}
