//! What an event acts on, as the table says where to look -> [`Target`].

use serde_json::Value;
use stanchion_inventory::{AssignedPrincipal, IamArn};
use stanchion_policy::Policy;
use stanchion_policy::document::PrincipalEntry;

use crate::change::Target;
use crate::effect::read::identity_store;
use crate::named;
use crate::record::{Event, Record};
use crate::table::ActsOn;

/// The service that profiles and trust anchors of Roles Anywhere give sessions through.
pub(crate) const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// How the names of roles that Partner Central uses begin (AWS Partner Central guide, "Controlling
/// access in account management").
const PARTNER_ROLES: &str = "PartnerCentralRoleFor";

/// The target of a known event. What the event should name and does not is
/// [`Target::Unknown`]: something in its account.
pub(crate) fn target(event: Event<'_>) -> Target {
    let Event { record, account, row } = event;
    let found = match row.acts_on {
        ActsOn::User | ActsOn::Group | ActsOn::Role => event.entity().map(Target::Entity),
        ActsOn::UserOrSelf => event.entity().map(Target::Entity).or_else(|| match record.identity("type") {
            Some("Root") => Some(Target::RootUser { account: account.to_owned() }),
            _ => None,
        }),
        ActsOn::NewRole => record.response("/role/roleName").map(|name| Target::role(account, name)),
        ActsOn::ManagedPolicy => record
            .parameter_text("policyArn")
            .or_else(|| record.response("/policy/arn"))
            .map(|arn| Target::ManagedPolicy { arn: arn.to_owned() }),
        ActsOn::SamlProvider => provider(record, account, "saml-provider", "sAMLProviderArn", "name"),
        ActsOn::OidcProvider => provider(record, account, "oidc-provider", "openIDConnectProviderArn", "url"),
        // Whoever may edit a policy by its tags may be anyone in the account.
        ActsOn::ManagedPolicyTags | ActsOn::ThisAccount => account_target(Some(account)),
        ActsOn::NamedAccount => account_target(record.parameter_text("accountId")),
        ActsOn::NamedOrThisAccount => account_target(record.parameter_text("accountId").or(Some(account))),
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
        ActsOn::PermissionSet => permission_set(event, None),
        ActsOn::PermissionSetInAccount => permission_set(event, event.text("targetId")),
        ActsOn::IdentityCenter => Some(Target::IdentityCenter),
        ActsOn::DirectoryGroup => {
            identity_store::group(event).map(|id| Target::Identity(AssignedPrincipal::Group(id)))
        }
        ActsOn::DirectoryUser => {
            identity_store::user(event).map(|id| Target::Identity(AssignedPrincipal::User(id)))
        }
        ActsOn::Membership => event.text("membershipId").map(|id| Target::Membership { id }),
        ActsOn::AssumedRole => event.text("roleArn").map(|arn| Target::Roles { arns: vec![arn] }),
        ActsOn::PartnerRole => event.text("iamRoleArn").map(|arn| Target::Roles { arns: vec![arn] }),
        ActsOn::Caller => caller(record, account),
        ActsOn::TargetRootUser => record.parameter_text("targetPrincipal").map(|principal| {
            let account = IamArn::parse(principal).map_or(principal, |arn| arn.account);
            Target::RootUser { account: account.to_owned() }
        }),
        ActsOn::ProfileRoles => Some(profile(event)),
        ActsOn::AnywhereRoles => {
            Some(Target::Trusting { service: ROLES_ANYWHERE, account: account.to_owned(), roles: Vec::new() })
        }
        ActsOn::PartnerRoles => {
            Some(Target::RolesCalled { account: account.to_owned(), prefix: PARTNER_ROLES })
        }
        ActsOn::Key | ActsOn::KeyPolicy => Some(key(event)),
        ActsOn::Bucket | ActsOn::BucketPolicy => Some(bucket(event)),
        ActsOn::Nothing => None,
    };
    let nowhere = || match row.acts_on {
        // Without an id it may be any of them.
        ActsOn::PermissionSet
        | ActsOn::PermissionSetInAccount
        | ActsOn::DirectoryGroup
        | ActsOn::DirectoryUser
        | ActsOn::Membership => Target::IdentityCenter,
        _ => Target::Unknown { account: account.to_owned() },
    };
    found.unwrap_or_else(nowhere)
}

/// The user whose own session STS makes; a root user's is one as well.
fn caller(record: Record<'_>, account: &str) -> Option<Target> {
    match record.identity("type") {
        Some("IAMUser") => record.identity("userName").map(|name| Target::user(account, name)),
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

fn permission_set(event: Event<'_>, account: Option<String>) -> Option<Target> {
    let arn = event
        .text("permissionSetArn")
        .or_else(|| event.record.response("/permissionSet/permissionSetArn").map(str::to_owned))?;
    Some(Target::PermissionSet { arn, account })
}

/// The roles of a profile. Where the event tells only the new ones, or none, it can be about any role
/// that trusts Roles Anywhere.
fn profile(event: Event<'_>) -> Target {
    let mut arns = event.record.texts("roleArns");
    let replaced = !arns.is_empty() && event.has("profileId");
    let answered = event.record.response_value("/profile/roleArns").and_then(Value::as_array);
    arns.extend(answered.into_iter().flatten().filter_map(|arn| arn.as_str().map(str::to_owned)));
    arns.sort();
    arns.dedup();
    if arns.is_empty() || replaced {
        let account = event.account.to_owned();
        return Target::Trusting { service: ROLES_ANYWHERE, account, roles: arns };
    }
    Target::Roles { arns }
}

/// A key, and whom its new policy or grant names.
fn key(event: Event<'_>) -> Target {
    let record = event.record;
    let answered = ["/keyMetadata/arn", "/replicaKeyMetadata/arn"];
    let answer = answered.into_iter().find_map(|place| record.response(place));
    let id = answer.or_else(|| record.parameter_text("keyId"));
    let grantees = ["granteePrincipal", "retiringPrincipal"];
    let mut names: Vec<_> = grantees
        .into_iter()
        .filter_map(|name| record.parameter_text(name))
        .map(|arn| PrincipalEntry::Aws(arn.to_owned()))
        .collect();
    names.extend(policy(event, &["/policy"]).iter().flat_map(named::entries));
    // A grant may be made on a key of another account.
    let owner = id.and_then(|id| id.strip_prefix("arn:")?.split(':').nth(3));
    Target::Resource {
        account: owner.filter(|owner| !owner.is_empty()).unwrap_or(event.account).to_owned(),
        name: id.map_or_else(|| "a key".to_owned(), |id| format!("key {id}")),
        names,
    }
}

/// A bucket or access point, or all of an account's, and whom its new policy names.
fn bucket(event: Event<'_>) -> Target {
    let places = ["/bucketPolicy", "/policy", "/Policy", "/PutAccessPointPolicyRequest/Policy"];
    let names = policy(event, &places).iter().flat_map(named::entries).collect();
    let of = |parameter, word| event.text(parameter).map(|name| format!("{word} {name}"));
    let name = of("bucketName", "bucket").or_else(|| of("name", "access point"));
    let name = name.unwrap_or_else(|| "every bucket".to_owned());
    Target::Resource { account: event.account.to_owned(), name, names }
}

/// The policy that an event puts on a resource, in the first of these places of its parameters that
/// is not empty: as text or as an object. An event that should put one and does not show it puts an
/// unknown one.
fn policy(event: Event<'_>, places: &[&str]) -> Option<Policy> {
    let parameters = event.record.0.get("requestParameters");
    let found = places.iter().filter_map(|place| parameters?.pointer(place));
    for value in found {
        match value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => return Some(Policy::parse(text)),
            Value::Object(_) => return Some(Policy::parse(&value.to_string())),
            _ => {}
        }
    }
    let puts = matches!(event.row.acts_on, ActsOn::KeyPolicy | ActsOn::BucketPolicy);
    puts.then(|| Policy::unknown("the event does not show the policy"))
}
