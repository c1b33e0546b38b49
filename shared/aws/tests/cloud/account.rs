//! Whole accounts, holders and members: pages.

use stanchion_hub::edges::Holder;
use stanchion_hub::{Cloud, CloudError};
use stanchion_inventory::Inventory;

use crate::recorded::*;

const FIRST: &str = "<IsTruncated>true</IsTruncated><Marker>page-2</Marker>\
    <UserDetailList><member><Path>/</Path><UserName>ana</UserName><UserId>AIDAANA</UserId>\
    <Arn>arn:aws:iam::999988887777:user/ana</Arn>\
    <GroupList><member>Developers</member></GroupList><AttachedManagedPolicies/>\
    <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>\
    <PermissionsBoundaryArn>arn:aws:iam::999988887777:policy/Limit</PermissionsBoundaryArn></PermissionsBoundary>\
    <Tags><member><Key>project</Key><Value>atlas</Value></member></Tags></member></UserDetailList>\
    <GroupDetailList><member><Path>/</Path><GroupName>Developers</GroupName><GroupId>AGPADEV</GroupId>\
    <Arn>arn:aws:iam::999988887777:group/Developers</Arn><AttachedManagedPolicies/>\
    <GroupPolicyList><member><PolicyName>read</PolicyName>\
    <PolicyDocument>%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGet%2A%22%2C\
%22Resource%22%3A%22%2A%22%7D%5D%7D</PolicyDocument></member></GroupPolicyList></member></GroupDetailList>";

const SECOND: &str = "<IsTruncated>false</IsTruncated>\
    <RoleDetailList><member><Path>/ci/</Path><RoleName>Deploy</RoleName><RoleId>AROADEPLOY</RoleId>\
    <Arn>arn:aws:iam::999988887777:role/ci/Deploy</Arn>\
    <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument>\
    <InstanceProfileList/><RolePolicyList/><AttachedManagedPolicies/></member></RoleDetailList>\
    <Policies><member><PolicyName>Limit</PolicyName><PolicyId>ANPALIMIT</PolicyId>\
    <Arn>arn:aws:iam::999988887777:policy/Limit</Arn><DefaultVersionId>v2</DefaultVersionId>\
    <PolicyVersionList><member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion>\
    <Document>%7B%22Statement%22%3A%5B%5D%7D</Document></member></PolicyVersionList></member></Policies>";

#[tokio::test]
async fn all_pages_of_an_account_make_one_complete_account() {
    let recorded = Recorded::new();
    recorded.query("GetAccountAuthorizationDetails", &[], FIRST);
    recorded.query("GetAccountAuthorizationDetails", &["Marker=page-2"], SECOND);
    let pages = cloud(&recorded).account(HUB).await.expect("pages");
    assert_eq!(pages.len(), 2);

    let text = pages.join("\n");
    let inventory = Inventory::from_parts(None, &[(HUB, &text)]).expect("an account");
    let account = inventory.account(HUB).expect("details");
    assert!(account.is_complete());
    let ana = inventory.principal("arn:aws:iam::999988887777:user/ana").expect("a user");
    assert_eq!(ana.boundary.as_deref(), Some("arn:aws:iam::999988887777:policy/Limit"));
    assert_eq!(ana.tags, [("project".to_owned(), "atlas".to_owned())]);
    assert_eq!(inventory.layers(ana).identity[0].name.as_ref(), "group Developers: inline:read");
    assert!(inventory.principal("arn:aws:iam::999988887777:role/ci/Deploy").is_some());
    let limit = inventory.managed_policy(HUB, "arn:aws:iam::999988887777:policy/Limit").expect("a policy");
    assert!(limit.default_document().is_some_and(|policy| policy.document().is_ok()));
}

/// Half an account would resolve findings of the other half.
#[tokio::test]
async fn an_account_whose_last_page_fails_is_no_account() {
    let recorded = Recorded::new();
    recorded.query("GetAccountAuthorizationDetails", &[], FIRST);
    let throttled = query_error(400, "Throttling", "Rate exceeded");
    recorded.on("GetAccountAuthorizationDetails", &["Marker=page-2"], &[throttled]);
    let error = cloud(&recorded).account(HUB).await.expect_err("no second page");
    assert_eq!(error, CloudError::Transient("Throttling".to_owned()));
}

#[tokio::test]
async fn a_page_that_leads_nowhere_is_an_error() {
    let recorded = Recorded::new();
    recorded.query("GetAccountAuthorizationDetails", &[], "<IsTruncated>true</IsTruncated>");
    let error = cloud(&recorded).account(HUB).await.expect_err("no marker");
    assert!(matches!(error, CloudError::Unreadable(_)), "{error}");
}

#[tokio::test]
async fn holders_come_a_page_at_a_time() {
    let recorded = Recorded::new();
    recorded.query(
        "ListEntitiesForPolicy",
        &["PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess"],
        "<PolicyGroups><member><GroupName>Admins</GroupName></member></PolicyGroups>\
         <PolicyUsers><member><UserName>ana</UserName></member></PolicyUsers>\
         <PolicyRoles><member><RoleName>Deploy</RoleName></member></PolicyRoles>\
         <IsTruncated>true</IsTruncated><Marker>next</Marker>",
    );
    let page = cloud(&recorded).holders(HUB, "arn:aws:iam::aws:policy/AdministratorAccess", None).await;
    let page = page.expect("a page");
    let holders = [
        Holder::User("ana".to_owned()),
        Holder::Role("Deploy".to_owned()),
        Holder::Group("Admins".to_owned()),
    ];
    assert_eq!((page.entries.as_slice(), page.next.as_deref()), (holders.as_slice(), Some("next")));
}

#[tokio::test]
async fn nobody_holds_a_policy_that_is_gone_and_nobody_is_in_a_group_that_is_gone() {
    let recorded = Recorded::new();
    let gone = [query_error(404, "NoSuchEntity", "it cannot be found")];
    recorded.on("ListEntitiesForPolicy", &[], &gone).on("GetGroup", &[], &gone);
    let cloud = cloud(&recorded);
    let holders = cloud.holders(HUB, "arn:aws:iam::999988887777:policy/Gone", None).await.expect("nobody");
    let members = cloud.members(HUB, "Gone", None).await.expect("nobody");
    assert_eq!((holders.entries.len(), members.entries.len()), (0, 0));
    assert_eq!((holders.next, members.next), (None, None));
}
