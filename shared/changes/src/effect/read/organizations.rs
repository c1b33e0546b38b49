//! Readers of Organizations' events.

use stanchion_inventory::OrganizationPolicy;

use super::{Apply, Effect, reads};
use crate::record::Event;
use crate::target::invited;

pub(crate) const ATTACH: Apply = reads("attaches the policy", |event| {
    let policy = event.text("policyId")?;
    Some(Effect::AttachOrganizationPolicy { policy, target: event.text("targetId")? })
});

pub(crate) const DETACH: Apply = reads("detaches the policy", |event| {
    let policy = event.text("policyId")?;
    Some(Effect::DetachOrganizationPolicy { policy, target: event.text("targetId")? })
});

pub(crate) const CREATE_POLICY: Apply = reads("makes the policy", |event| {
    let record = event.record;
    let id = record.response("/policy/policySummary/id")?.to_owned();
    let (name, kind) = (record.parameter_text("name")?, record.parameter_text("type")?);
    let policy = OrganizationPolicy::new(name, kind, record.parameter_text("content"));
    Some(Effect::CreateOrganizationPolicy { id, policy })
});

pub(crate) const UPDATE_POLICY: Apply = reads("gives the policy the new text", |event| {
    let id = event.text("policyId")?;
    Some(match event.text("content") {
        Some(content) => Effect::UpdateOrganizationPolicy { id, content },
        None if event.has("content") => Effect::Unknown("the policy's new content is hidden".to_owned()),
        // Only its name or description.
        None => Effect::None,
    })
});

pub(crate) const DELETE_POLICY: Apply = reads("deletes the policy", |event| {
    Some(Effect::DeleteOrganizationPolicy { id: event.text("policyId")? })
});

pub(crate) const ENABLE_TYPE: Apply = reads("enables the policy type", |event| set_type(event, true));

pub(crate) const DISABLE_TYPE: Apply = reads("disables the policy type", |event| set_type(event, false));

pub(crate) const MOVE_ACCOUNT: Apply = reads("moves the account", |event| {
    Some(Effect::MoveAccount {
        account: event.text("accountId")?,
        from: event.text("sourceParentId")?,
        to: event.text("destinationParentId")?,
    })
});

pub(crate) const ADD_ACCOUNT: Apply = reads("adds the account", |event| {
    let status = |name: &str| event.record.service_detail(&format!("/createAccountStatus/{name}"));
    Some(Effect::AddAccount {
        account: status("accountId")?.to_owned(),
        // Hidden in most records.
        name: status("accountName").unwrap_or_default().to_owned(),
    })
});

pub(crate) const ACCEPT_HANDSHAKE: Apply = reads("adds the invited account", |event| {
    Some(match invited(event.record) {
        Some(account) => Effect::AddAccount { account: account.to_owned(), name: String::new() },
        None => Effect::Unknown("the event does not tell which handshake it was".to_owned()),
    })
});

pub(crate) const REMOVE_ACCOUNT: Apply =
    reads("takes the account out", |event| Some(Effect::RemoveAccount { account: event.text("accountId")? }));

pub(crate) const LEAVE: Apply = reads("takes the account out", |event| {
    let account = event.record.identity("accountId").unwrap_or(event.account);
    Some(Effect::RemoveAccount { account: account.to_owned() })
});

pub(crate) const CLOSE_ACCOUNT: Apply = reads("sets the account's status", |event| {
    let status = "PENDING_CLOSURE".to_owned();
    Some(Effect::SetAccountStatus { account: event.text("accountId")?, status })
});

pub(crate) const ACCOUNT_CLOSED: Apply = reads("sets the account's status", |event| {
    let account = event.record.service_detail("/closeAccountStatus/accountId")?.to_owned();
    Some(Effect::SetAccountStatus { account, status: "SUSPENDED".to_owned() })
});

pub(crate) const CREATE_UNIT: Apply = reads("makes the OU", |event| {
    let id = event.record.response("/organizationalUnit/id")?.to_owned();
    Some(Effect::CreateUnit { id, name: event.text("name")?, parent: event.text("parentId")? })
});

pub(crate) const DELETE_UNIT: Apply =
    reads("deletes the OU", |event| Some(Effect::DeleteUnit { id: event.text("organizationalUnitId")? }));

pub(crate) const RENAME_UNIT: Apply = reads("gives the OU the new name", |event| {
    Some(match event.text("name") {
        Some(name) => Effect::RenameUnit { id: event.text("organizationalUnitId")?, name },
        None => Effect::None,
    })
});

pub(crate) const TAG: Apply = reads("writes an account's tags", |event| {
    Some(match tagged_account(event)? {
        Some(account) => Effect::TagAccount { account, tags: event.record.tags("tags") },
        None => Effect::None,
    })
});

pub(crate) const UNTAG: Apply = reads("removes an account's tags", |event| {
    Some(match tagged_account(event)? {
        Some(account) => Effect::UntagAccount { account, keys: event.record.texts("tagKeys") },
        None => Effect::None,
    })
});

fn set_type(event: Event<'_>, enabled: bool) -> Option<Effect> {
    Some(Effect::SetPolicyType { root: event.text("rootId")?, kind: event.text("policyType")?, enabled })
}

/// The account that is tagged. Tags of roots, OUs and policies are in no inventory.
fn tagged_account(event: Event<'_>) -> Option<Option<String>> {
    let resource = event.text("resourceId")?;
    Some(resource.bytes().all(|byte| byte.is_ascii_digit()).then_some(resource))
}
