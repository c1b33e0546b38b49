//! Whose credentials a call has, and what an error means.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use stanchion_aws::Calls;
use stanchion_aws::cloud::{AwsCloud, CloudSettings};
use stanchion_aws::notes::NotesInMemory;
use stanchion_hub::{Cloud, CloudError};

use crate::recorded::*;

fn no_members(recorded: &Recorded) {
    recorded.query("GetGroup", &[], "<Users/><IsTruncated>false</IsTruncated>");
}

#[tokio::test]
async fn another_account_is_read_through_its_audit_role_once_assumed() {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[&format!("arn:aws:iam::{MEMBER}:role/stanchion/Audit")], &[assumed(MEMBER)]);
    no_members(&recorded);
    let cloud = cloud(&recorded);
    for _ in 0..2 {
        cloud.members(MEMBER, "Developers", None).await.expect("members");
    }
    let asked = recorded.asked();
    let operations: Vec<_> = asked.iter().map(|asked| asked.operation.as_str()).collect();
    assert_eq!(operations, ["AssumeRole", "GetGroup", "GetGroup"]);
    assert!(asked[0].text.contains(&format!("ExternalId={EXTERNAL_ID}")), "{}", asked[0].text);
    assert!(asked[0].text.contains("iam:GetRole"), "a session policy: {}", asked[0].text);
    assert!(asked[0].text.contains("Credential=AKIAHUB"));
    assert!(asked[1].text.contains(&format!("Credential=ASIA{MEMBER}")), "{}", asked[1].text);
}

#[tokio::test]
async fn the_own_account_is_read_without_assuming_a_role() {
    let recorded = Recorded::new();
    no_members(&recorded);
    cloud(&recorded).members(HUB, "Developers", None).await.expect("members");
    assert_eq!(recorded.operations(), ["GetGroup"]);
}

/// An answer of another account would be taken for this one's principals.
#[tokio::test]
async fn a_session_in_another_account_than_the_one_meant_is_not_used() {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[], &[assumed("444455556666")]);
    let error = cloud(&recorded).members(MEMBER, "Developers", None).await.expect_err("another account");
    let (meant, found) = (MEMBER.to_owned(), "444455556666".to_owned());
    assert_eq!(error, CloudError::OtherAccount { meant, found });
    assert_eq!(recorded.operations(), ["AssumeRole"]);
}

#[tokio::test]
async fn an_account_that_refuses_is_named_with_the_reason() {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[], &[query_error(403, "AccessDenied", "User is not authorized")]);
    let error = cloud(&recorded).members(MEMBER, "Developers", None).await.expect_err("refused");
    let reason = "AccessDenied: User is not authorized".to_owned();
    assert_eq!(error, CloudError::Refused { account: MEMBER.to_owned(), reason });
}

/// Its role may have been made anew, or been given the permission.
#[tokio::test]
async fn a_session_that_was_refused_is_not_used_again() {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[], &[assumed(MEMBER)]);
    recorded.on("GetGroup", &[], &[query_error(403, "AccessDenied", "no"), query("GetGroup", "<Users/>")]);
    let cloud = cloud(&recorded);
    cloud.members(MEMBER, "Developers", None).await.expect_err("refused");
    cloud.members(MEMBER, "Developers", None).await.expect("members");
    assert_eq!(recorded.operations(), ["AssumeRole", "AssumeRole", "GetGroup", "GetGroup"]);
}

#[tokio::test]
async fn a_session_is_not_used_shortly_before_its_end() {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[], &[assumed(MEMBER)]);
    no_members(&recorded);
    // The recorded session ends at 11:00.
    let end = 1_772_449_200_000;
    let now = Arc::new(AtomicI64::new(end - 6 * 60 * 1000));
    let clock = Arc::clone(&now);
    let cloud = AwsCloud::new(
        &config(&recorded, RetryConfig::disabled()),
        settings(),
        NotesInMemory::default(),
        Calls::new(),
        Arc::new(move || clock.load(Ordering::Relaxed)),
    );
    cloud.members(MEMBER, "Developers", None).await.expect("members");
    cloud.members(MEMBER, "Developers", None).await.expect("members");
    assert_eq!(recorded.operations(), ["AssumeRole", "GetGroup", "GetGroup"]);
    now.store(end - 4 * 60 * 1000, Ordering::Relaxed);
    cloud.members(MEMBER, "Developers", None).await.expect("members");
    assert_eq!(recorded.operations(), ["AssumeRole", "GetGroup"]);
}

#[tokio::test]
async fn without_an_audit_role_other_accounts_are_refused() {
    let recorded = Recorded::new();
    let cloud = cloud_with(&recorded, CloudSettings::new(HUB, None), Calls::new());
    let error = cloud.members(MEMBER, "Developers", None).await.expect_err("refused");
    assert!(matches!(error, CloudError::Refused { account, .. } if account == MEMBER));
    assert_eq!(recorded.operations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_may_pass_is_transient() {
    let cases = [
        (400, "Throttling", "Rate exceeded"),
        (503, "ServiceUnavailable", "try again"),
        (500, "InternalFailure", "we are sorry"),
        (403, "ExpiredToken", "the token is expired"),
    ];
    for (status, code, message) in cases {
        let recorded = Recorded::new();
        recorded.on("GetGroup", &[], &[query_error(status, code, message)]);
        let error = cloud(&recorded).members(HUB, "Developers", None).await.expect_err(code);
        assert_eq!(error, CloudError::Transient(code.to_owned()));
    }
}

#[tokio::test]
async fn every_attempt_is_counted_and_so_is_every_throttle() {
    let recorded = Recorded::new();
    let throttled = query_error(400, "Throttling", "Rate exceeded");
    recorded.on("GetGroup", &[], &[throttled.clone(), throttled, query("GetGroup", "<Users/>")]);
    let calls = Calls::new();
    let retry = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::ZERO);
    let config = config(&recorded, retry);
    let notes = NotesInMemory::default();
    let cloud = AwsCloud::new(&config, settings(), notes, calls.clone(), Arc::new(|| NOW));
    cloud.members(HUB, "Developers", None).await.expect("the third attempt");
    let counts = calls.take();
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["iam:GetGroup"]);
    assert_eq!((counts["iam:GetGroup"].calls, counts["iam:GetGroup"].throttled), (3, 2));
    assert!(calls.take().is_empty(), "what was taken is gone");
}
