//! An inventory directory that is filled from AWS.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::retry::RetryConfig;
use aws_smithy_types::base64;
use serde_json::json;
use stanchion_aws::Calls;
use stanchion_aws::cloud::AwsCloud;
use stanchion_aws::collect::{Collected, Progress, collect};
use stanchion_aws::notes::NotesInMemory;
use stanchion_inventory::Inventory;

use crate::organization::organization;
use crate::recorded::*;

const DETAILS: &str = "<IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><Policies/>\
    <RoleDetailList><member><Path>/</Path><RoleName>Deploy</RoleName><RoleId>AROADEPLOY</RoleId>\
    <Arn>arn:aws:iam::ACCOUNT:role/Deploy</Arn>\
    <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></member></RoleDetailList>";

fn recorded() -> Recorded {
    let recorded = organization();
    recorded.json("ListInstances", &[], json!({"Instances": []}));
    recorded.on("AssumeRole", &[], &[assumed(MEMBER)]);
    recorded.query("GetAccountAuthorizationDetails", &[], &DETAILS.replace("ACCOUNT", HUB));
    let of_member = DETAILS.replace("ACCOUNT", MEMBER);
    recorded.query("GetAccountAuthorizationDetails", &[&format!("Credential=ASIA{MEMBER}")], &of_member);
    for account in [HUB, MEMBER] {
        let report = format!("user,arn\n<root_account>,arn:aws:iam::{account}:root\n");
        let result = format!("<Content>{}</Content>", base64::encode(report));
        let key = format!("Credential=ASIA{account}");
        let has: &[&str] = if account == HUB { &[] } else { &[&key] };
        recorded.query("GetCredentialReport", has, &result);
    }
    recorded
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time");
    i64::try_from(since.as_millis()).expect("a moment")
}

async fn run(recorded: &Recorded, directory: &Path, now: i64) -> Collected {
    let config = config(recorded, RetryConfig::disabled());
    let cloud =
        AwsCloud::new(&config, settings(), NotesInMemory::default(), Calls::new(), Arc::new(move || now));
    collect(&cloud, directory, HUB, &[], |_| {}).await.expect("collected")
}

#[tokio::test]
async fn the_directory_is_an_inventory_that_lacks_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let recorded = recorded();
    let config = config(&recorded, RetryConfig::disabled());
    let cloud = AwsCloud::new(&config, settings(), NotesInMemory::default(), Calls::new(), Arc::new(now));
    let last = Mutex::new(Progress::default());
    let told =
        collect(&cloud, directory.path(), HUB, &[], |progress| *last.lock().expect("progress") = progress);
    let collected = told.await.expect("collected");
    assert_eq!((collected.accounts, collected.principals), (2, 2));
    assert_eq!(*last.lock().expect("progress"), Progress { accounts: 2, of: 2, principals: 2 });
    let inventory = Inventory::load(directory.path()).expect("an inventory");
    assert_eq!(inventory.gaps(), []);
    assert!(inventory.principal(&format!("arn:aws:iam::{MEMBER}:role/Deploy")).is_some());
    assert!(directory.path().join(format!("accounts/{MEMBER}.credentials.csv")).exists());
}

/// The account itself is of use without its report.
#[tokio::test]
async fn a_report_that_may_not_be_read_is_listed() {
    let directory = tempfile::tempdir().expect("a directory");
    let recorded = recorded();
    recorded.on("GetCredentialReport", &[], &[query_error(403, "AccessDenied", "not you")]);
    let collected = run(&recorded, directory.path(), now()).await;
    assert_eq!((collected.accounts, collected.again), (2, false));
    let name = format!("{MEMBER} credentials");
    assert!(collected.unread[&name].contains("AccessDenied"), "{:?}", collected.unread);
}

#[tokio::test]
async fn an_account_that_refuses_is_listed_and_has_no_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let recorded = recorded();
    run(&recorded, directory.path(), now()).await;
    recorded.on("AssumeRole", &[], &[query_error(403, "AccessDenied", "not you")]);
    let collected = run(&recorded, directory.path(), now() + 60_000).await;
    assert_eq!((collected.accounts, collected.again), (1, false));
    assert!(collected.unread[MEMBER].contains("AccessDenied"), "{:?}", collected.unread);
    let file = directory.path().join(format!("accounts/{MEMBER}.json"));
    assert!(!file.exists(), "what an earlier run read would pass for the account of now");
}

/// It was throttled to the end of its patience; the next run reads only what is left.
#[tokio::test]
async fn what_was_interrupted_goes_on_where_it_stopped() {
    let directory = tempfile::tempdir().expect("a directory");
    let recorded = recorded();
    let throttled = query_error(400, "Throttling", "Rate exceeded");
    recorded.on("AssumeRole", &[], &[throttled, assumed(MEMBER)]);
    // Files are newer than the beginning.
    let begun = now() - 1000;
    let first = run(&recorded, directory.path(), begun).await;
    assert_eq!((first.accounts, first.again), (1, true));
    recorded.asked();
    let second = run(&recorded, directory.path(), begun + 60_000).await;
    assert_eq!((second.accounts, second.read_before, second.again), (2, 1, false));
    let operations = recorded.operations();
    // The recorded session ended long ago, so each of the account's two calls has its own.
    assert_eq!(
        operations,
        [
            "AssumeRole",
            "AssumeRole",
            "GetAccountAuthorizationDetails",
            "GetCredentialReport",
            "ListInstances"
        ]
    );
    assert!(!directory.path().join(".collecting").exists(), "the next run begins anew");
}

#[tokio::test]
async fn files_of_other_accounts_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("accounts")).expect("a directory");
    fs::write(directory.path().join("accounts/000011112222.json"), "{}").expect("a file");
    let collected = run(&recorded(), directory.path(), now()).await;
    assert_eq!(collected.others, ["000011112222"]);
}
