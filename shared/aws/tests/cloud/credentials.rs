//! Passwords, keys and devices: an account's report, and one user's row.

use stanchion_hub::work::Kind;
use stanchion_hub::{Cloud, CloudError, Key};
use stanchion_inventory::Inventory;

use crate::recorded::*;

const NOBODY: &str = r#"{"UserDetailList": []}"#;

fn user(name: &str) -> Key {
    Key::Principal { account: HUB.to_owned(), kind: Kind::User, name: name.to_owned() }
}

/// A user with a password that was used, no device, and one active and one inactive key.
fn recorded() -> Recorded {
    let recorded = Recorded::new();
    recorded.query(
        "GetUser",
        &["UserName=ana,b"],
        "<User><Path>/</Path><UserName>ana,b</UserName><UserId>AIDAANA</UserId>\
         <Arn>arn:aws:iam::999988887777:user/ana,b</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>\
         <PasswordLastUsed>2026-02-01T10:00:00Z</PasswordLastUsed></User>",
    );
    recorded.query(
        "GetLoginProfile",
        &[],
        "<LoginProfile><UserName>ana,b</UserName><CreateDate>2024-01-02T00:00:00Z</CreateDate></LoginProfile>",
    );
    recorded.query("ListMFADevices", &[], "<MFADevices/><IsTruncated>false</IsTruncated>");
    recorded.query(
        "ListAccessKeys",
        &[],
        "<IsTruncated>false</IsTruncated><AccessKeyMetadata>\
         <member><UserName>ana,b</UserName><AccessKeyId>AKIAONE</AccessKeyId><Status>Active</Status>\
         <CreateDate>2025-01-01T00:00:00Z</CreateDate></member>\
         <member><UserName>ana,b</UserName><AccessKeyId>AKIATWO</AccessKeyId><Status>Inactive</Status>\
         <CreateDate>2024-06-01T00:00:00Z</CreateDate></member></AccessKeyMetadata>",
    );
    recorded.query(
        "GetAccessKeyLastUsed",
        &["AKIAONE"],
        "<UserName>ana,b</UserName><AccessKeyLastUsed><LastUsedDate>2026-01-05T00:00:00Z</LastUsedDate>\
         <ServiceName>s3</ServiceName><Region>us-east-1</Region></AccessKeyLastUsed>",
    );
    recorded.query(
        "GetAccessKeyLastUsed",
        &["AKIATWO"],
        "<UserName>ana,b</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName><Region>N/A</Region>\
         </AccessKeyLastUsed>",
    );
    recorded
}

#[tokio::test]
async fn a_users_row_says_what_the_report_would() {
    let recorded = recorded();
    let text = cloud(&recorded).credentials(&user("ana,b")).await.expect("read").expect("a user");
    let row = text.lines().nth(1).expect("a row");
    // An ARN with a comma is quoted as well.
    assert_eq!(
        row,
        "\"ana,b\",\"arn:aws:iam::999988887777:user/ana,b\",2024-01-01T00:00:00Z,true,2026-02-01T10:00:00Z,\
         no_information,no_information,false,true,2025-01-01T00:00:00Z,2026-01-05T00:00:00Z,us-east-1,s3,\
         false,2024-06-01T00:00:00Z,N/A,N/A,N/A,no_information,no_information,no_information,no_information"
    );
    let inventory = Inventory::from_parts(None, &[(HUB, NOBODY)]).expect("details");
    let inventory = inventory.with_credentials(HUB, &text).expect("a report");
    let report = inventory.account(HUB).and_then(|account| account.credentials()).expect("a report");
    let ana = report.user("ana,b").expect("the user");
    assert_eq!((ana.password, ana.mfa), (Some(true), Some(false)));
    assert_eq!([&ana.keys[0], &ana.keys[1]].map(|key| key.active), [Some(true), Some(false)]);
}

#[tokio::test]
async fn a_user_that_is_gone_has_no_row() {
    let recorded = recorded();
    recorded.on("GetUser", &[], &[query_error(404, "NoSuchEntity", "gone")]);
    assert_eq!(cloud(&recorded).credentials(&user("ana,b")).await, Ok(None));
}

#[tokio::test]
async fn no_password_is_no_error() {
    let recorded = recorded();
    recorded.on("GetLoginProfile", &[], &[query_error(404, "NoSuchEntity", "none")]);
    let text = cloud(&recorded).credentials(&user("ana,b")).await.expect("read").expect("a user");
    assert!(text.contains(",false,N/A,N/A,N/A,false,true,"), "{text}");
}

#[tokio::test]
async fn a_report_that_is_not_there_is_asked_for() {
    let recorded = Recorded::new();
    let account = Key::Account { account: HUB.to_owned() };
    let content = "<Content>dXNlcixhcm4K</Content><ReportFormat>text/csv</ReportFormat>";
    let answers = [
        query_error(410, "ReportNotPresent", "no report"),
        query_error(404, "ReportInProgress", "wait"),
        query("GetCredentialReport", content),
    ];
    recorded.on("GetCredentialReport", &[], &answers);
    recorded.query("GenerateCredentialReport", &[], "<State>STARTED</State>");
    let cloud = cloud(&recorded);
    for operations in [&["GenerateCredentialReport", "GetCredentialReport"][..], &["GetCredentialReport"]] {
        let error = cloud.credentials(&account).await.expect_err("not yet");
        assert!(matches!(error, CloudError::Transient(_)), "{error}");
        assert_eq!(recorded.operations(), operations);
    }
    assert_eq!(cloud.credentials(&account).await, Ok(Some("user,arn\n".to_owned())));
}
