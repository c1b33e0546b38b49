//! What a change of the organization may have altered, read again, and nothing else.

use serde_json::Value;
use stanchion_changes::{Change, Effect, Kind};
use stanchion_hub::CloudError;

use super::file::File;
use super::is_read;
use super::read::Reader;
use super::walk::{policies, walk};

/// Whether AWS shows a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Yes,
    NotYet,
}

impl From<bool> for Shown {
    fn from(shown: bool) -> Self {
        if shown { Self::Yes } else { Self::NotYet }
    }
}

/// Reads what a change may have altered into `file`, and says whether AWS shows the change.
///
/// Attaching, detaching and editing a policy cost two calls at most, where the policy's target is known.
pub(crate) async fn read_again(
    reader: &Reader<'_>,
    change: &Change,
    file: &mut File,
) -> Result<Shown, CloudError> {
    match &change.effect {
        Effect::AttachOrganizationPolicy { policy, target } => {
            attached(reader, file, policy, target, true).await
        }
        Effect::DetachOrganizationPolicy { policy, target } => {
            attached(reader, file, policy, target, false).await
        }
        Effect::UpdateOrganizationPolicy { id, content } => {
            let Some(policy) = reader.policy(id).await? else { return Ok(Shown::NotYet) };
            let shown = policy.content.as_deref().is_some_and(|text| is_same(text, content));
            if is_read(&policy.policy_summary.r#type) {
                file.set_policy(policy);
            }
            Ok(shown.into())
        }
        Effect::SetPolicyType { root, kind, enabled } => {
            file.roots = reader.roots().await?;
            let types =
                file.roots.iter().filter(|known| known.id == *root).flat_map(|root| &root.policy_types);
            let mut of_kind = types.filter(|known| known.r#type == *kind);
            let status = of_kind.next().map(|known| known.status.as_str());
            let shown = match status {
                Some("ENABLED") => *enabled,
                None => !enabled,
                // About to be, or to cease.
                Some(_) => false,
            };
            // Policies are attached everywhere as a type is enabled, and detached as it is disabled.
            file.policies.retain(|policy| policy.policy_summary.r#type != *kind);
            if is_read(kind) && status.is_some() {
                file.policies.extend(policies(reader, kind).await?);
            }
            Ok(shown.into())
        }
        Effect::MoveAccount { account, to, .. } => {
            let Some(parent) = reader.parent(account).await? else { return Ok(Shown::NotYet) };
            let shown = parent == *to;
            add_node(reader, file, &parent).await?;
            match file.accounts.iter_mut().find(|known| known.id == *account) {
                Some(known) => known.parent_id = parent,
                None => {
                    add_account(reader, file, account).await?;
                }
            }
            Ok(shown.into())
        }
        Effect::AddAccount { account, .. } => add_account(reader, file, account).await,
        Effect::SetAccountStatus { account, status } => {
            let Some(found) = reader.account(account).await? else {
                // What is closed leaves the organization in the end.
                file.remove_account(account);
                return Ok(Shown::Yes);
            };
            let shown = found.status.as_ref() == Some(status) || found.status.as_deref() != Some("ACTIVE");
            file.set_account(found);
            Ok(shown.into())
        }
        Effect::RemoveAccount { account } => match reader.account(account).await? {
            Some(_) => Ok(Shown::NotYet),
            None => {
                file.remove_account(account);
                Ok(Shown::Yes)
            }
        },
        // The event does not tell what changed.
        Effect::Unknown(_) if change.kind == Kind::Guardrail => match walk(reader).await? {
            Some(found) => {
                *file = found;
                Ok(Shown::Yes)
            }
            None => Ok(Shown::NotYet),
        },
        // The rest is not in the file, or comes with the next event that is: an OU with the first account
        // that moves there, a policy as it is attached.
        _ => Ok(Shown::Yes),
    }
}

/// What is attached to a root, OU or account after a policy was attached there, or detached.
async fn attached(
    reader: &Reader<'_>,
    file: &mut File,
    policy: &str,
    target: &str,
    wanted: bool,
) -> Result<Shown, CloudError> {
    let kind = match file.policy(policy) {
        Some(known) => known.policy_summary.r#type.clone(),
        None => match reader.policy(policy).await? {
            Some(found) => {
                let kind = found.policy_summary.r#type.clone();
                if is_read(&kind) {
                    file.set_policy(found);
                }
                kind
            }
            // It was detached and then deleted; what is not known is attached to nothing.
            None => return Ok((!wanted).into()),
        },
    };
    if !is_read(&kind) {
        return Ok(Shown::Yes);
    }
    if !file.knows(target) {
        // All that is attached there is read with it.
        return match add_node(reader, file, target).await? {
            true => {
                let targets = file.policy(policy).map(|policy| policy.target_ids.as_slice());
                let found = targets.unwrap_or_default().iter().any(|known| known == target);
                Ok((found == wanted).into())
            }
            false => Ok(Shown::NotYet),
        };
    }
    let found = read_attached(reader, file, target, &kind).await?;
    Ok((found.iter().any(|id| id == policy) == wanted).into())
}

/// Reads what is attached to a target, and the texts of policies that are not known; the policies' ids.
async fn read_attached(
    reader: &Reader<'_>,
    file: &mut File,
    target: &str,
    kind: &str,
) -> Result<Vec<String>, CloudError> {
    let attached = reader.attached(target, kind).await?.unwrap_or_default();
    for summary in &attached {
        if file.policy(&summary.id).is_none()
            && let Some(policy) = reader.policy(&summary.id).await?
        {
            file.set_policy(policy);
        }
    }
    file.set_attached(target, kind, &attached);
    Ok(attached.into_iter().map(|summary| summary.id).collect())
}

/// Makes sure that the file has a root, OU or account, and what is attached to it. `false`: there is none.
async fn add_node(reader: &Reader<'_>, file: &mut File, id: &str) -> Result<bool, CloudError> {
    let mut id = id.to_owned();
    while !file.knows(&id) {
        if !id.starts_with("ou-") {
            return Ok(add_account(reader, file, &id).await? == Shown::Yes);
        }
        let Some(unit) = reader.unit(&id).await? else { return Ok(false) };
        let parent = unit.parent_id.clone();
        file.organizational_units.push(unit);
        for kind in file.types() {
            read_attached(reader, file, &id, &kind).await?;
        }
        id = parent;
    }
    Ok(true)
}

/// Reads an account, the OUs above it that are not known, and what is attached to them.
async fn add_account(reader: &Reader<'_>, file: &mut File, id: &str) -> Result<Shown, CloudError> {
    let Some(account) = reader.account(id).await? else { return Ok(Shown::NotYet) };
    let parent = account.parent_id.clone();
    file.set_account(account);
    for kind in file.types() {
        read_attached(reader, file, id, &kind).await?;
    }
    if parent.starts_with("ou-") {
        Box::pin(add_node(reader, file, &parent)).await?;
    }
    Ok(Shown::Yes)
}

/// Whether two texts are the same document: AWS may write another spacing than the event.
fn is_same(left: &str, right: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok();
    left == right || read(left).is_some_and(|left| Some(left) == read(right))
}
