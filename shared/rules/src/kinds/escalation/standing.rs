//! Whether a principal is an administrator: one who may do everything already, or may give itself everything,
//! and so gains nothing by any other way.
//!
//! The first is proven of the principal's own policies: they and its boundary allow every action on every
//! resource, at least with multi-factor authentication, and no `Deny` among them keeps it from giving itself
//! policies. What SCPs take away is taken from whole accounts, and makes nobody less of an administrator. The
//! second is a request that the principal can make, SCPs included; its boundary must allow everything, or there
//! is none.

use std::sync::{Arc, LazyLock};

use stanchion_inventory::PrincipalKind;
use stanchion_policy::prove::{Assumption, Verdict, Witness};
use stanchion_policy::{Layers, NamedPolicy, Policy};

use super::gift::gifts;
use crate::evaluator::{Asked, Roles};
use crate::kinds::persona::{actions, nothing_beyond};

/// What is known of a principal.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// It may do everything.
    Administrator,
    /// It may give itself everything, by this request, under these assumptions.
    GivesItself(Arc<(Witness, Vec<Assumption>)>),
    /// Neither.
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

/// The calls by which somebody gives anybody policies.
static GIVE: LazyLock<Policy> =
    LazyLock::new(|| actions(&["iam:Attach*Policy", "iam:Put*Policy", "iam:CreatePolicyVersion"]));

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
    if let Some(boundary) = &own.boundary
        && !allows_everything(asked, std::slice::from_ref(boundary), &mut reasons)?
    {
        return Ok(Standing::Other);
    }
    if !allows_everything(asked, &own.identity, &mut reasons)? {
        return gives_itself(asked, reasons);
    }
    let layers =
        Layers { identity: own.identity.clone(), boundary: own.boundary.clone(), ..Layers::default() };
    match asked.under(&layers, Roles::These(&[]), |ask| ask(&GIVE_ITSELF).verdict)? {
        Verdict::No => return gives_itself(asked, reasons),
        Verdict::Indeterminate(more) => reasons.extend(more),
        Verdict::Yes(_) => {}
    }
    Ok(if reasons.is_empty() { Standing::Administrator } else { Standing::Unknown(reasons) })
}

/// Whether a layer allows every request, or may: then the reasons say why that is not known.
fn allows_everything(
    asked: &Asked<'_, '_>,
    layer: &[NamedPolicy],
    reasons: &mut Vec<String>,
) -> Result<bool, String> {
    match nothing_beyond(asked, std::slice::from_ref(&*ALL), layer, Vec::new)? {
        Verdict::No => {}
        Verdict::Indeterminate(more) => reasons.extend(more),
        Verdict::Yes(_) => {
            let unread = layer.iter().filter_map(|named| {
                named.policy.document().err().map(|reason| format!("what {} allows: {reason}", named.name))
            });
            let before = reasons.len();
            reasons.extend(unread);
            return Ok(reasons.len() > before);
        }
    }
    Ok(true)
}

/// Of one whose policies do not allow everything, and whose boundary does, or may for these `reasons` not.
fn gives_itself(asked: &Asked<'_, '_>, mut reasons: Vec<String>) -> Result<Standing, String> {
    // Few may change any policy: that is asked once for all who are alike.
    if matches!(asked.prove(&GIVE)?.verdict, Verdict::No) {
        return Ok(Standing::Other);
    }
    let gifts = gifts(asked.evaluator(), asked.principal());
    let answer = asked.under(asked.layers(), Roles::These(&[]), |ask| ask(&gifts))?;
    Ok(match answer.verdict {
        Verdict::No => Standing::Other,
        Verdict::Yes(witness) if reasons.is_empty() => {
            Standing::GivesItself(Arc::new((*witness, answer.assumptions)))
        }
        Verdict::Yes(_) => Standing::Unknown(reasons),
        Verdict::Indeterminate(more) => {
            reasons.extend(more);
            Standing::Unknown(reasons)
        }
    })
}
