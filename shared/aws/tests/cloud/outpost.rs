//! What lacks of the hub's part in an account: its rules, their patterns and targets, and a trail.

use serde_json::{Value, json};
use stanchion_aws::Calls;
use stanchion_aws::cloud::{CloudSettings, Heard, Watch};
use stanchion_hub::edges::Lack;
use stanchion_hub::{Cloud, CloudError};

use crate::recorded::*;

const BUS: &str = "arn:aws:events:eu-central-1:999988887777:event-bus/stanchion";
const TOPIC: &str = "arn:aws:sns:eu-central-1:999988887777:alerts";
const MACHINES: &str = "arn:aws:sns:eu-central-1:999988887777:findings";
const PATTERN: &str = r#"{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"]}"#;

fn watching() -> CloudSettings {
    let watch = Watch {
        stack: "stanchion".to_owned(),
        bus: Some(BUS.to_owned()),
        resource_policies: false,
        topics: vec![vec![
            Heard { topic: TOPIC.to_owned(), own: 0 },
            Heard { topic: MACHINES.to_owned(), own: 1 },
        ]],
    };
    CloudSettings { watch: Some(watch), ..settings() }
}

/// An account in which nothing lacks, and a hub in which nothing does.
fn whole() -> Recorded {
    let recorded = Recorded::new();
    recorded.on("AssumeRole", &[], &[assumed(MEMBER)]);
    recorded.json("DescribeRule", &[], json!({ "Name": "any", "State": "ENABLED", "EventPattern": PATTERN }));
    recorded.json("ListTargetsByRule", &[], json!({ "Targets": [{ "Id": "hub", "Arn": BUS }] }));
    recorded.json("DescribeTrails", &[], json!({ "trailList": [trail(MEMBER, false)] }));
    recorded.json("GetTrailStatus", &[], json!({ "IsLogging": true }));
    recorded.json(
        "GetEventSelectors",
        &[],
        json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true }] }),
    );
    recorded.query("GetTopicAttributes", &[], &subscribers(1, 0));
    recorded
}

fn subscribers(confirmed: usize, pending: usize) -> String {
    format!(
        "<Attributes><entry><key>SubscriptionsConfirmed</key><value>{confirmed}</value></entry>\
         <entry><key>SubscriptionsPending</key><value>{pending}</value></entry></Attributes>"
    )
}

fn trail(account: &str, of_organization: bool) -> Value {
    json!({
        "Name": "all",
        "TrailARN": format!("arn:aws:cloudtrail:eu-central-1:{account}:trail/all"),
        "IsMultiRegionTrail": true,
        "IsOrganizationTrail": of_organization,
        "HomeRegion": "eu-central-1"
    })
}

/// What lacks, each with what it is of.
async fn gaps_of(recorded: &Recorded, account: &str) -> Vec<(Lack, String)> {
    let gaps = cloud_with(recorded, watching(), Calls::new()).outpost(account).await.expect("an answer");
    assert!(
        gaps.iter().all(|gap| gap.region.as_deref() == Some("eu-central-1") && !gap.reason.is_empty()),
        "{gaps:?}"
    );
    gaps.into_iter().map(|gap| (gap.lack, gap.of)).collect()
}

#[tokio::test]
async fn nothing_lacks_where_all_is_there() {
    assert_eq!(gaps_of(&whole(), MEMBER).await, []);
    assert_eq!(gaps_of(&whole(), HUB).await, []);
}

#[tokio::test]
async fn each_lack_is_told_by_its_name() {
    let rule = || "stanchion-changes".to_owned();
    /// An operation, what its request has, its answer, and what lacks by it.
    type Case<'a> = (&'static str, &'a [&'a str], (u16, String), (Lack, String));
    let cases: [Case<'_>; 6] = [
        (
            "DescribeRule",
            &["\"stanchion-changes\""],
            json_error("ResourceNotFoundException", "no such rule"),
            (Lack::RuleMissing, rule()),
        ),
        (
            "DescribeRule",
            &["\"stanchion-changes\""],
            (200, json!({ "State": "DISABLED", "EventPattern": PATTERN }).to_string()),
            (Lack::RuleDisabled, rule()),
        ),
        (
            "DescribeRule",
            &["\"stanchion-changes\""],
            (200, json!({ "State": "ENABLED", "EventPattern": r#"{"source":["aws.ec2"]}"# }).to_string()),
            (Lack::PatternChanged, rule()),
        ),
        (
            "ListTargetsByRule",
            &["\"stanchion-changes\""],
            (200, json!({ "Targets": [{ "Id": "hub", "Arn": format!("{BUS}-of-another") }] }).to_string()),
            (Lack::TargetChanged, rule()),
        ),
        (
            "DescribeTrails",
            &[],
            (200, json!({ "trailList": [] }).to_string()),
            (Lack::TrailMissing, "trails".to_owned()),
        ),
        (
            "DescribeRule",
            &["\"stanchion-hands\""],
            json_error("AccessDeniedException", "not you"),
            (Lack::CannotTell, "stanchion-hands".to_owned()),
        ),
    ];
    for (operation, has, answer, expected) in cases {
        let recorded = whole();
        recorded.on(operation, has, &[answer]);
        assert_eq!(gaps_of(&recorded, MEMBER).await, [expected]);
    }
}

#[tokio::test]
async fn a_topic_to_which_nobody_listens_is_a_gap() {
    for pending in [0, 2] {
        let recorded = whole();
        recorded.query("GetTopicAttributes", &[], &subscribers(0, pending));
        assert_eq!(gaps_of(&recorded, HUB).await, [(Lack::NobodyListens, TOPIC.to_owned())]);
        assert_eq!(gaps_of(&recorded, MEMBER).await, [], "it is the hub's");
    }
}

/// The hub's own queue listens to the topic for machines always.
#[tokio::test]
async fn somebody_who_listens_to_one_of_the_topics_is_enough() {
    for (machines, is_enough) in [(1, false), (2, true)] {
        let recorded = whole();
        recorded.query("GetTopicAttributes", &[":alerts"], &subscribers(0, 0));
        recorded.query("GetTopicAttributes", &[":findings"], &subscribers(machines, 0));
        assert_eq!(gaps_of(&recorded, HUB).await.is_empty(), is_enough);
    }
}

#[tokio::test]
async fn a_trail_counts_if_it_logs_what_is_written() {
    let off = (Lack::TrailOff, format!("arn:aws:cloudtrail:eu-central-1:{MEMBER}:trail/all"));
    let recorded = whole();
    recorded.json("GetTrailStatus", &[], json!({ "IsLogging": false }));
    assert_eq!(gaps_of(&recorded, MEMBER).await, std::slice::from_ref(&off));

    let selected = |field: &str, equals: &str| json!({ "AdvancedEventSelectors": [{ "FieldSelectors": [{ "Field": field, "Equals": [equals] }] }] });
    for (selectors, expected) in [
        (
            json!({ "EventSelectors": [{ "ReadWriteType": "ReadOnly", "IncludeManagementEvents": true }] }),
            Some(&off),
        ),
        (
            json!({ "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": false }] }),
            Some(&off),
        ),
        (
            json!({ "EventSelectors": [{ "ReadWriteType": "WriteOnly", "IncludeManagementEvents": true }] }),
            None,
        ),
        (selected("eventCategory", "Management"), None),
        (selected("eventCategory", "Data"), Some(&off)),
    ] {
        let recorded = whole();
        recorded.json("GetEventSelectors", &[], selectors);
        assert_eq!(gaps_of(&recorded, MEMBER).await, Vec::from_iter(expected.cloned()));
    }

    // The organization's trail is the management account's to keep.
    let recorded = whole();
    recorded.json("DescribeTrails", &[], json!({ "trailList": [trail("222233334444", true)] }));
    recorded.on("GetTrailStatus", &[], &[json_error("TrailNotFoundException", "not here")]);
    assert_eq!(gaps_of(&recorded, MEMBER).await, []);
}

#[tokio::test]
async fn in_the_region_of_identity_center_the_rules_of_its_account_are_asked_for_too() {
    let settings = CloudSettings {
        organization_account: Some(MEMBER.to_owned()),
        identity_center_region: Some("eu-west-1".to_owned()),
        ..watching()
    };
    let recorded = whole();
    let missing = json_error("ResourceNotFoundException", "no such rule");
    recorded.on("DescribeRule", &["/eu-west-1/"], &[missing]);
    let gaps = cloud_with(&recorded, settings, Calls::new()).outpost(MEMBER).await.expect("an answer");
    let gaps: Vec<_> = gaps.iter().map(|gap| (gap.lack, gap.region.as_deref(), gap.of.as_str())).collect();
    let missing = |name| (Lack::RuleMissing, Some("eu-west-1"), name);
    assert_eq!(gaps, [missing("stanchion-changes"), missing("stanchion-hands")]);
}

#[tokio::test]
async fn who_does_not_answer_is_asked_again() {
    let recorded = whole();
    recorded.on("DescribeTrails", &[], &[json_error("ThrottlingException", "slow down")]);
    let asked = cloud_with(&recorded, watching(), Calls::new()).outpost(MEMBER).await;
    assert!(matches!(asked, Err(CloudError::Transient(_))), "{asked:?}");

    let recorded = whole();
    recorded.on("AssumeRole", &[], &[query_error(403, "AccessDenied", "not you")]);
    let asked = cloud_with(&recorded, watching(), Calls::new()).outpost(MEMBER).await;
    assert!(matches!(asked, Err(CloudError::Refused { .. })), "{asked:?}");
}
