//! Organizations events -> [`Effect`].

use stanchion_inventory::OrganizationPolicy;

use super::Effect;
use crate::change::Meta;
use crate::record::Record;
use crate::target::invited;

/// The effect of a known event; `None`: it lacks parameters.
pub(super) fn organizations(record: Record<'_>, meta: &Meta) -> Option<Effect> {
    let text = |name: &str| record.parameter_text(name).map(str::to_owned);
    let unknown = |reason: &str| Effect::Unknown(reason.to_owned());
    Some(match meta.event_name.as_str() {
        "AttachPolicy" => {
            Effect::AttachOrganizationPolicy { policy: text("policyId")?, target: text("targetId")? }
        }
        "DetachPolicy" => {
            Effect::DetachOrganizationPolicy { policy: text("policyId")?, target: text("targetId")? }
        }
        "CreatePolicy" => {
            let id = record.response("/policy/policySummary/id")?.to_owned();
            let name = record.parameter_text("name")?;
            let content = record.parameter_text("content");
            let policy = OrganizationPolicy::new(name, record.parameter_text("type")?, content);
            Effect::CreateOrganizationPolicy { id, policy }
        }
        "UpdatePolicy" => match (text("content"), record.parameter("content")) {
            (Some(content), _) => Effect::UpdateOrganizationPolicy { id: text("policyId")?, content },
            (None, Some(_)) => unknown("the policy's new content is hidden"),
            // Only its name or description.
            (None, None) => record.parameter("policyId").map(|_| Effect::None)?,
        },
        "DeletePolicy" => Effect::DeleteOrganizationPolicy { id: text("policyId")? },
        "EnablePolicyType" | "DisablePolicyType" => Effect::SetPolicyType {
            root: text("rootId")?,
            kind: text("policyType")?,
            enabled: meta.event_name == "EnablePolicyType",
        },
        "MoveAccount" => Effect::MoveAccount {
            account: text("accountId")?,
            from: text("sourceParentId")?,
            to: text("destinationParentId")?,
        },
        "CreateAccountResult" => Effect::AddAccount {
            account: record.service_detail("/createAccountStatus/accountId")?.to_owned(),
            // Hidden in most records.
            name: record.service_detail("/createAccountStatus/accountName").unwrap_or_default().to_owned(),
        },
        "AcceptHandshake" => match invited(record) {
            Some(account) => Effect::AddAccount { account: account.to_owned(), name: String::new() },
            None => unknown("the event does not tell which handshake it was"),
        },
        "RemoveAccountFromOrganization" => Effect::RemoveAccount { account: text("accountId")? },
        "LeaveOrganization" => {
            let account = record.identity("accountId").unwrap_or(&meta.account);
            Effect::RemoveAccount { account: account.to_owned() }
        }
        "CloseAccount" => {
            Effect::SetAccountStatus { account: text("accountId")?, status: "PENDING_CLOSURE".to_owned() }
        }
        "CloseAccountResult" => Effect::SetAccountStatus {
            account: record.service_detail("/closeAccountStatus/accountId")?.to_owned(),
            status: "SUSPENDED".to_owned(),
        },
        "CreateOrganizationalUnit" => Effect::CreateUnit {
            id: record.response("/organizationalUnit/id")?.to_owned(),
            name: text("name")?,
            parent: text("parentId")?,
        },
        "DeleteOrganizationalUnit" => Effect::DeleteUnit { id: text("organizationalUnitId")? },
        "UpdateOrganizationalUnit" => match text("name") {
            Some(name) => Effect::RenameUnit { id: text("organizationalUnitId")?, name },
            None => Effect::None,
        },
        // Tags of roots, OUs and policies are in no inventory.
        "TagResource" => match account_id(&text("resourceId")?) {
            Some(account) => Effect::TagAccount { account, tags: record.tags("tags") },
            None => Effect::None,
        },
        "UntagResource" => match account_id(&text("resourceId")?) {
            Some(account) => Effect::UntagAccount { account, keys: record.texts("tagKeys") },
            None => Effect::None,
        },
        "CreateOrganization" | "DeleteOrganization" | "EnableAllFeatures" => {
            unknown("the organization itself changes")
        }
        _ => Effect::None,
    })
}

fn account_id(resource: &str) -> Option<String> {
    resource.bytes().all(|byte| byte.is_ascii_digit()).then(|| resource.to_owned())
}
