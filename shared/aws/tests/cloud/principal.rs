//! One principal: what is read of it, and how many calls that takes.

use std::sync::Arc;

use aws_config::retry::RetryConfig;
use stanchion_aws::Calls;
use stanchion_aws::cloud::AwsCloud;
use stanchion_aws::notes::NotesInMemory;
use stanchion_hub::work::Kind;
use stanchion_hub::{Cloud, CloudError, Key};
use stanchion_inventory::Inventory;

use crate::recorded::*;

const DEPLOY: &str = "arn:aws:iam::999988887777:policy/Deploy";
const LIMIT: &str = "arn:aws:iam::999988887777:policy/Limit";

fn key(kind: Kind, name: &str) -> Key {
    Key::Principal { account: HUB.to_owned(), kind, name: name.to_owned() }
}

/// A role with one inline policy, one attached policy and a boundary.
fn role() -> Recorded {
    let recorded = Recorded::new();
    recorded.query(
        "GetRole",
        &["RoleName=Deploy"],
        "<Role><Path>/ci/</Path><RoleName>Deploy</RoleName><RoleId>AROADEPLOY</RoleId>\
         <Arn>arn:aws:iam::999988887777:role/ci/Deploy</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument>\
         <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
         <PermissionsBoundaryArn>arn:aws:iam::999988887777:policy/Limit</PermissionsBoundaryArn>\
         </PermissionsBoundary><Tags><member><Key>project</Key><Value>atlas</Value></member></Tags></Role>",
    );
    recorded.query("ListRolePolicies", &[], "<PolicyNames><member>own</member></PolicyNames>");
    recorded.query(
        "GetRolePolicy",
        &["PolicyName=own"],
        "<RoleName>Deploy</RoleName><PolicyName>own</PolicyName><PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D\
         </PolicyDocument>",
    );
    recorded.query(
        "ListAttachedRolePolicies",
        &[],
        "<AttachedPolicies><member><PolicyName>Deploy</PolicyName>\
         <PolicyArn>arn:aws:iam::999988887777:policy/Deploy</PolicyArn></member></AttachedPolicies>",
    );
    managed(&recorded, DEPLOY, "ANPADEPLOY", "v1");
    managed(&recorded, LIMIT, "ANPALIMIT", "v4");
    recorded
}

fn managed(recorded: &Recorded, arn: &'static str, id: &str, version: &str) {
    let policy = format!(
        "<Policy><PolicyName>P</PolicyName><PolicyId>{id}</PolicyId><Arn>{arn}</Arn>\
         <DefaultVersionId>{version}</DefaultVersionId></Policy>"
    );
    recorded.query("GetPolicy", &[arn], &policy);
    let document = "<Document>%7B%22Statement%22%3A%5B%5D%7D</Document>";
    let body = format!("<PolicyVersion>{document}<VersionId>{version}</VersionId></PolicyVersion>");
    recorded.query("GetPolicyVersion", &[arn, &format!("VersionId={version}")], &body);
}

#[tokio::test]
async fn a_role_has_its_boundary_its_tags_and_every_policy_that_binds_it() {
    let recorded = role();
    let text = cloud(&recorded).principal(&key(Kind::Role, "Deploy"), false, &[]).await;
    let text = text.expect("read").expect("a role");
    let inventory = Inventory::from_parts(None, &[(HUB, &text)]).expect("details");
    let role = inventory.principal("arn:aws:iam::999988887777:role/ci/Deploy").expect("the role");
    assert_eq!((role.unique_id.as_str(), role.boundary.as_deref()), ("AROADEPLOY", Some(LIMIT)));
    assert_eq!(role.tags, [("project".to_owned(), "atlas".to_owned())]);
    let layers = inventory.layers(role);
    assert_eq!(layers.identity.len(), 2);
    let mut policies = layers.identity.iter().chain(layers.boundary.iter());
    assert!(policies.all(|named| named.policy.document().is_ok()));
    assert!(!inventory.account(HUB).expect("details").is_complete(), "others are not known");
}

/// The budget: four calls, one for each inline policy, and one for each policy whose default version is not
/// known.
#[tokio::test]
async fn a_role_costs_three_calls_and_one_for_each_inline_policy_once_its_policies_are_known() {
    let recorded = role();
    let calls = Calls::new();
    let cloud = cloud_with(&recorded, settings(), calls.clone());
    let role = key(Kind::Role, "Deploy");
    cloud.principal(&role, false, &[]).await.expect("read");
    assert_eq!(calls.take().values().map(|count| count.calls).sum::<u64>(), 8);
    cloud.principal(&role, false, &[]).await.expect("read");
    let warm = calls.take();
    let operations: Vec<_> =
        warm.iter().map(|(operation, count)| (operation.as_str(), count.calls)).collect();
    let expected =
        ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"];
    assert_eq!(operations, expected.map(|operation| (operation, 1)));
}

/// A function that just started has what another one read.
#[tokio::test]
async fn documents_are_kept_for_other_functions() {
    let recorded = role();
    let notes = NotesInMemory::default();
    let config = config(&recorded, RetryConfig::disabled());
    let new = || AwsCloud::new(&config, settings(), notes.clone(), Calls::new(), Arc::new(|| NOW));
    let role = key(Kind::Role, "Deploy");
    let first = new().principal(&role, false, &[]).await.expect("read");
    recorded.asked();
    assert_eq!(new().principal(&role, false, &[]).await.expect("read"), first);
    let operations = recorded.operations();
    assert!(operations.contains(&"GetPolicy".to_owned()), "which version is the default is not kept");
    assert!(!operations.contains(&"GetPolicyVersion".to_owned()), "{operations:?}");
}

/// An event told that its default version changed; a minute is too long to believe the old one.
#[tokio::test]
async fn a_doubted_policy_is_asked_for_its_default_version_and_only_a_new_one_for_its_document() {
    let recorded = role();
    let cloud = cloud(&recorded);
    let role = key(Kind::Role, "Deploy");
    cloud.principal(&role, false, &[]).await.expect("read");
    recorded.asked();

    cloud.principal(&role, false, &[DEPLOY.to_owned()]).await.expect("read");
    let operations = recorded.operations();
    assert_eq!(operations.iter().filter(|operation| *operation == "GetPolicy").count(), 1);
    assert!(!operations.contains(&"GetPolicyVersion".to_owned()), "the version's document is known");

    managed(&recorded, DEPLOY, "ANPADEPLOY", "v2");
    let text = cloud.principal(&role, false, &[DEPLOY.to_owned()]).await.expect("read").expect("a role");
    let inventory = Inventory::from_parts(None, &[(HUB, &text)]).expect("details");
    let policy = inventory.managed_policy(HUB, DEPLOY).expect("the policy");
    assert_eq!(policy.default_version.as_deref(), Some("v2"));
}

/// Its ARN is that of the old one, and so is its version's name.
#[tokio::test]
async fn a_policy_that_was_deleted_and_made_again_has_the_new_document() {
    let recorded = role();
    let cloud = cloud(&recorded);
    let role = key(Kind::Role, "Deploy");
    cloud.principal(&role, false, &[]).await.expect("read");
    recorded.asked();
    managed(&recorded, DEPLOY, "ANPAANOTHER", "v1");
    cloud.principal(&role, false, &[DEPLOY.to_owned()]).await.expect("read");
    assert!(recorded.operations().contains(&"GetPolicyVersion".to_owned()));
}

#[tokio::test]
async fn a_principal_that_is_not_there_is_none() {
    let recorded = role();
    let gone = [query_error(404, "NoSuchEntity", "The role with name Gone cannot be found.")];
    for operation in ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"] {
        recorded.on(operation, &["RoleName=Gone"], &gone);
    }
    assert_eq!(cloud(&recorded).principal(&key(Kind::Role, "Gone"), false, &[]).await, Ok(None));
}

/// It was just attached, or just deleted: either way it is too early to judge.
#[tokio::test]
async fn a_policy_that_is_attached_and_not_there_is_to_be_tried_again() {
    let recorded = role();
    recorded.on("GetPolicy", &[DEPLOY], &[query_error(404, "NoSuchEntity", "no such policy")]);
    let error =
        cloud(&recorded).principal(&key(Kind::Role, "Deploy"), false, &[]).await.expect_err("no policy");
    assert!(matches!(error, CloudError::Transient(_)), "{error}");
}

#[tokio::test]
async fn a_user_has_what_its_groups_give() {
    let recorded = Recorded::new();
    recorded.query(
        "GetUser",
        &["UserName=ana"],
        "<User><Path>/</Path><UserName>ana</UserName><UserId>AIDAANA</UserId>\
         <Arn>arn:aws:iam::999988887777:user/ana</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></User>",
    );
    recorded.query("ListUserPolicies", &[], "<PolicyNames/>");
    recorded.query("ListAttachedUserPolicies", &[], "<AttachedPolicies/>");
    let group = |name: &str| {
        format!(
            "<member><Path>/</Path><GroupName>{name}</GroupName><GroupId>AGPA{name}</GroupId>\
             <Arn>arn:aws:iam::999988887777:group/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    let first = format!("<Groups>{}</Groups><IsTruncated>true</IsTruncated><Marker>m</Marker>", group("One"));
    recorded.query("ListGroupsForUser", &[], &first);
    recorded.query("ListGroupsForUser", &["Marker=m"], &format!("<Groups>{}</Groups>", group("Two")));
    recorded.query("ListGroupPolicies", &[], "<PolicyNames/>");
    recorded.query("ListGroupPolicies", &["GroupName=Two"], "<PolicyNames><member>p</member></PolicyNames>");
    recorded.query(
        "GetGroupPolicy",
        &["GroupName=Two"],
        "<GroupName>Two</GroupName><PolicyName>p</PolicyName><PolicyDocument>{}</PolicyDocument>",
    );
    let attached =
        format!("<AttachedPolicies><member><PolicyArn>{DEPLOY}</PolicyArn></member></AttachedPolicies>");
    recorded.query("ListAttachedGroupPolicies", &[], &attached);
    managed(&recorded, DEPLOY, "ANPADEPLOY", "v1");

    let text = cloud(&recorded).principal(&key(Kind::User, "ana"), false, &[]).await;
    let text = text.expect("read").expect("a user");
    let inventory = Inventory::from_parts(None, &[(HUB, &text)]).expect("details");
    let ana = inventory.principal("arn:aws:iam::999988887777:user/ana").expect("the user");
    let names: Vec<_> = inventory.layers(ana).identity.iter().map(|named| named.name.to_string()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(
        recorded.operations().iter().filter(|name| *name == "GetPolicy").count(),
        1,
        "it is one policy"
    );
}

#[tokio::test]
async fn a_root_user_costs_nothing() {
    let recorded = Recorded::new();
    let text = cloud(&recorded).principal(&key(Kind::Root, "root"), false, &[]).await;
    let text = text.expect("read").expect("a root user");
    assert!(Inventory::from_parts(None, &[(HUB, &text)]).expect("details").account(HUB).is_some());
    assert_eq!(recorded.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_other_roles_come_with_their_trust_policies_where_rules_are_about_roles() {
    let recorded = role();
    let listed = |name: &str| {
        format!(
            "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId>\
             <Arn>arn:aws:iam::999988887777:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></member>"
        )
    };
    let deploy = listed("Deploy").replace("role/Deploy", "role/ci/Deploy");
    recorded.query("ListRoles", &[], &format!("<Roles>{deploy}{}</Roles>", listed("Other")));
    let text = cloud(&recorded).principal(&key(Kind::Role, "Deploy"), true, &[]).await;
    let text = text.expect("read").expect("a role");
    let inventory = Inventory::from_parts(None, &[(HUB, &text)]).expect("details");
    let other = inventory.principal("arn:aws:iam::999988887777:role/Other").expect("the other role");
    assert!(inventory.trust_policy(other).is_some_and(|trust| trust.policy.document().is_ok()));
    let deploy = inventory.principal("arn:aws:iam::999988887777:role/ci/Deploy").expect("the role");
    assert_eq!(deploy.boundary.as_deref(), Some(LIMIT), "the entry of the list does not replace it");
}
