//! What an event acts on, as the table says where to look -> [`Target`].

use serde_json::Value;
use stanchion_inventory::{Entity, EntityKind};

use crate::change::Target;
use crate::record::Record;
use crate::table::{ActsOn, Row};

/// The target of a known event. What the event should name and does not is
/// [`Target::Unknown`]: something in its account.
pub(crate) fn target(row: &Row, record: Record<'_>, account: &str) -> Target {
    let entity = |kind, name: Option<&str>| name.map(|name| Target::Entity(Entity::new(kind, account, name)));
    let found = match row.acts_on {
        ActsOn::User => entity(EntityKind::User, record.parameter_text("userName")),
        ActsOn::UserOrSelf => user_or_self(record, account),
        ActsOn::Group => entity(EntityKind::Group, record.parameter_text("groupName")),
        ActsOn::Role => entity(EntityKind::Role, record.parameter_text("roleName")),
        ActsOn::NewRole => entity(EntityKind::Role, record.response("/role/roleName")),
        ActsOn::ManagedPolicy => record
            .parameter_text("policyArn")
            .or_else(|| record.response("/policy/arn"))
            .map(|arn| Target::ManagedPolicy { arn: arn.to_owned() }),
        ActsOn::SamlProvider => provider(record, account, "saml-provider", "sAMLProviderArn", "name"),
        ActsOn::OidcProvider => provider(record, account, "oidc-provider", "openIDConnectProviderArn", "url"),
        // Whoever may edit a policy by its tags may be anyone in the account.
        ActsOn::ManagedPolicyTags | ActsOn::ThisAccount => account_target(Some(account)),
        ActsOn::NamedAccount => account_target(record.parameter_text("accountId")),
        // `LeaveOrganization` has no parameters: the account that leaves is the caller's.
        ActsOn::CallingAccount => account_target(record.identity("accountId").or(Some(account))),
        ActsOn::NewAccount => Some(Target::Pending),
        ActsOn::ServiceEventAccount => account_target(
            record
                .service_detail("/createAccountStatus/accountId")
                .or_else(|| record.service_detail("/closeAccountStatus/accountId")),
        ),
        ActsOn::Handshake => handshake(record, account),
        ActsOn::PolicyTarget => record.parameter_text("targetId").map(|id| Target::Node {
            id: id.to_owned(),
            policy: record.parameter_text("policyId").map(str::to_owned),
        }),
        ActsOn::OrganizationRoot => record.parameter_text("rootId").map(node),
        ActsOn::OrganizationPolicy => {
            record.parameter_text("policyId").map(|id| Target::OrganizationPolicy { id: id.to_owned() })
        }
        ActsOn::OrganizationResource => record.parameter_text("resourceId").map(|id| {
            if id.starts_with("p-") { Target::OrganizationPolicy { id: id.to_owned() } } else { node(id) }
        }),
        ActsOn::Organization => Some(Target::Organization),
        ActsOn::MemberRootUsers => Some(Target::MemberRootUsers),
        ActsOn::Nothing => Some(Target::Unknown { account: account.to_owned() }),
    };
    found.unwrap_or_else(|| Target::Unknown { account: account.to_owned() })
}

/// The user in `userName`. Without it the caller acts on itself (IAM API Reference,
/// `CreateAccessKey`: "determined implicitly based on the access key that signs the request").
fn user_or_self(record: Record<'_>, account: &str) -> Option<Target> {
    let user = |name| Target::Entity(Entity::new(EntityKind::User, account, name));
    if let Some(name) = record.parameter_text("userName") {
        return Some(user(name));
    }
    match record.identity("type") {
        Some("IAMUser") => record.identity("userName").map(user),
        Some("Root") => Some(Target::RootUser { account: account.to_owned() }),
        _ => None,
    }
}

fn provider(
    record: Record<'_>,
    account: &str,
    kind: &str,
    arn_parameter: &str,
    name_parameter: &str,
) -> Option<Target> {
    let arn = record
        .parameter_text(arn_parameter)
        .or_else(|| record.response(&format!("/{arn_parameter}")))
        .map(str::to_owned)
        .or_else(|| {
            let name = record.parameter_text(name_parameter)?;
            // A provider's ARN has its URL without the scheme (UG, "IAM identifiers").
            let name = name.strip_prefix("https://").unwrap_or(name);
            Some(format!("arn:{}:iam::{account}:{kind}/{name}", record.partition()))
        })?;
    Some(Target::Provider { arn })
}

/// An accepted invitation concerns the account that it invites; every other handshake concerns
/// the organization (Organizations API Reference, `Handshake`).
fn handshake(record: Record<'_>, account: &str) -> Option<Target> {
    let action = record.response("/handshake/action");
    if action.is_some_and(|action| !action.eq_ignore_ascii_case("invite")) {
        return Some(Target::Organization);
    }
    account_target(invited(record).or(record.identity("accountId")).or(Some(account)))
}

/// The account that an accepted handshake invited.
pub(crate) fn invited(record: Record<'_>) -> Option<&str> {
    let parties = record.response_value("/handshake/parties").and_then(Value::as_array)?;
    let is_account =
        |party: &&Value| party["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case("account"));
    parties.iter().find(is_account).and_then(|party| party["id"].as_str())
}

fn account_target(account: Option<&str>) -> Option<Target> {
    account.map(|account| Target::Account { account: account.to_owned() })
}

fn node(id: &str) -> Target {
    Target::Node { id: id.to_owned(), policy: None }
}
