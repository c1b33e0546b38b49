//! Both stacks are deleted: what people asked to keep stays, and nothing else.

use std::fs;

use serde_json::Value;

use crate::deploy::{self, STACK};
use crate::world::{MANAGEMENT, Place};

pub(crate) async fn leaves_the_data_alone(place: &Place) {
    let outputs = fs::read_to_string(place.scratch.join("outputs.json")).expect("the stack's outputs");
    let outputs: Vec<Value> = serde_json::from_str(&outputs).expect("JSON");
    let output = |name: &str| {
        let found = outputs.iter().find(|output| output["OutputKey"] == name).expect("such an output");
        found["OutputValue"].as_str().expect("text").to_owned()
    };
    deploy::delete(place, MANAGEMENT, "stanchion-member");
    assert_eq!(left(place, MANAGEMENT).await, [""; 0]);
    let hub = place.hub();
    deploy::delete(place, &hub, STACK);
    // The subscribers' own queues are the test's.
    assert_eq!(left(place, &hub).await, [""; 0]);

    let config = place.config(&hub);
    let table = aws_sdk_dynamodb::Client::new(&config);
    let kept = table.scan().table_name(output("TableName")).send().await.expect("the table is there");
    assert!(kept.count() > 0, "with what it held");
    let bucket = aws_sdk_s3::Client::new(&config);
    let kept = bucket.list_objects_v2().bucket(output("BucketName")).prefix("snapshots/accounts/");
    let kept = kept.send().await.expect("the bucket is there");
    assert!(!kept.contents().is_empty(), "with the accounts' snapshots");
}

/// What is called after the stacks, besides the table and the bucket.
async fn left(place: &Place, account: &str) -> Vec<String> {
    let config = place.config(account);
    let mut left = Vec::new();
    let rules = aws_sdk_eventbridge::Client::new(&config);
    let answer = rules.list_rules().name_prefix(STACK).send().await.expect("rules");
    left.extend(answer.rules().iter().filter_map(|rule| rule.name.clone()));
    let answer = rules.list_event_buses().name_prefix(STACK).send().await.expect("buses");
    left.extend(answer.event_buses().iter().filter_map(|bus| bus.name.clone()));
    let answer = rules.list_archives().name_prefix(STACK).send().await.expect("archives");
    left.extend(answer.archives().iter().filter_map(|archive| archive.archive_name.clone()));
    let answer = aws_sdk_sqs::Client::new(&config).list_queues().queue_name_prefix(STACK).send().await;
    left.extend(answer.expect("queues").queue_urls().iter().cloned());
    let answer = aws_sdk_sns::Client::new(&config).list_topics().send().await.expect("topics");
    let topics = answer.topics().iter().filter_map(|topic| topic.topic_arn.clone());
    left.extend(topics.filter(|arn| arn.contains(STACK)));
    let mut roles = aws_sdk_iam::Client::new(&config).list_roles().into_paginator().items().send();
    while let Some(role) = roles.next().await {
        let role = role.expect("roles");
        if role.role_name.starts_with(STACK) || role.path == "/stanchion/" {
            left.push(role.role_name);
        }
    }
    left
}
