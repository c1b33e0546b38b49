//! The queues that subscribe to the hub's topic.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use serde_json::{Value, json};

use crate::deploy::Stack;
use crate::wait;
use crate::world::{HUB, Place, World};

/// What the second subscription lets through.
const FILTER: &str = r#"{"severity": ["critical", "high"]}"#;

/// Two queues that subscribe to the topic: one to everything, one with a filter policy.
pub(crate) struct Inbox {
    everything: Subscription,
    filtered: Subscription,
}

impl Inbox {
    /// New queues, subscribed.
    pub(crate) async fn subscribe(place: &Place, stack: &Stack) -> Self {
        Self {
            everything: Subscription::new(place, stack, "everything", None).await,
            filtered: Subscription::new(place, stack, "filtered", Some(FILTER)).await,
        }
    }

    /// Waits until the hub has nothing left to do, and takes all messages. What the filter policy lets through
    /// must be in the other queue, and nothing else.
    pub(crate) async fn after(&self, world: &World) -> Vec<Value> {
        wait::until_idle(world).await;
        let messages = self.everything.take().await;
        let filtered = self.filtered.take().await;
        let passes = |message: &&Value| match message["type"].as_str() {
            Some("finding") => ["critical", "high"].iter().any(|it| message["finding"]["severity"] == *it),
            Some("baseline") => ["critical", "high"].iter().any(|it| message["by_severity"][*it].is_number()),
            _ => false,
        };
        let ids = |messages: &[Value]| -> BTreeSet<String> {
            messages.iter().map(|message| message["id"].to_string()).collect()
        };
        let expected: Vec<Value> = messages.iter().filter(passes).cloned().collect();
        assert_eq!(ids(&filtered), ids(&expected));
        assert_eq!(filtered.len(), expected.len(), "none of them twice");
        messages
    }
}

/// A queue that subscribes to the topic.
struct Subscription {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Subscription {
    async fn new(place: &Place, stack: &Stack, name: &str, filter: Option<&str>) -> Self {
        let config = place.config(HUB);
        let client = aws_sdk_sqs::Client::new(&config);
        let made = client.create_queue().queue_name(name).send().await.expect("a queue");
        let url = made.queue_url().expect("its URL").to_owned();
        let arn = format!("arn:aws:sqs:us-east-1:{HUB}:{name}");
        let topic = stack.output("TopicArn");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": { "ArnEquals": { "aws:SourceArn": topic } }
            }]
        });
        let set = client.set_queue_attributes().queue_url(&url);
        set.attributes(QueueAttributeName::Policy, policy.to_string()).send().await.expect("its policy");
        let mut subscribe = aws_sdk_sns::Client::new(&config).subscribe().topic_arn(topic);
        subscribe = subscribe.protocol("sqs").endpoint(arn).attributes("RawMessageDelivery", "true");
        if let Some(filter) = filter {
            subscribe = subscribe.attributes("FilterPolicy", filter);
        }
        subscribe.send().await.expect("subscribed");
        Self { client, url }
    }

    /// All messages that are there.
    async fn take(&self) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let receive = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
            let received = receive.send().await.expect("messages");
            let received = received.messages();
            if received.is_empty() {
                return messages;
            }
            let mut delete = self.client.delete_message_batch().queue_url(&self.url);
            for (index, message) in received.iter().enumerate() {
                messages.push(serde_json::from_str(message.body().expect("a body")).expect("JSON"));
                let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
                let entry = entry.receipt_handle(message.receipt_handle().expect("a handle"));
                delete = delete.entries(entry.build().expect("an entry"));
            }
            delete.send().await.expect("deleted");
        }
    }
}

/// What the messages tell, one line each, sorted: `opened nobody-makes-keys-for-others user/lea`, with the
/// account's name in the demo before it.
pub(crate) fn told(world: &World, messages: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |message: &Value| match message["type"].as_str() {
        Some("finding") => {
            let finding = &message["finding"];
            let who = match finding["principal"].as_str() {
                Some(arn) => arn.strip_prefix("arn:aws:iam::").unwrap_or(arn).to_owned(),
                None => format!("account {}", text(&finding["account_id"])),
            };
            format!("{} {} {who}", text(&message["transition"]), text(&finding["rule_id"]))
        }
        Some("baseline") => format!("baseline of {}: {}", text(&message["account_id"]), message["by_rule"]),
        Some(other) => format!("{other} {} {}", text(&message["event_name"]), text(&message["account_id"])),
        None => message.to_string(),
    };
    let mut lines: Vec<String> = messages.iter().map(|message| world.names.back(&line(message))).collect();
    lines.sort();
    lines
}
