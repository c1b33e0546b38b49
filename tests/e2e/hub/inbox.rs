//! The queues that subscribe to the hub's topic.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use serde_json::{Value, json};

use crate::deploy::Stack;
use crate::wait;
use crate::world::{Place, World};

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
            everything: Subscription::new(place, stack.output("TopicArn"), "everything", None).await,
            filtered: Subscription::new(place, stack.output("TopicArn"), "filtered", Some(FILTER)).await,
        }
    }

    /// Waits until the hub has nothing left to do, and takes all messages. What the filter policy lets through
    /// must be in the other queue, and nothing else.
    pub(crate) async fn after(&self, world: &World) -> Vec<Value> {
        wait::until_idle(world).await;
        self.now().await
    }

    /// Takes all messages that are there now.
    pub(crate) async fn now(&self) -> Vec<Value> {
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

/// A queue that subscribes to a topic.
pub(crate) struct Subscription {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Subscription {
    pub(crate) async fn new(place: &Place, topic: &str, name: &str, filter: Option<&str>) -> Self {
        let hub = place.hub();
        let config = place.config(&hub);
        let client = aws_sdk_sqs::Client::new(&config);
        let made = client.create_queue().queue_name(name).send().await.expect("a queue");
        let url = made.queue_url().expect("its URL").to_owned();
        let arn = format!("arn:aws:sqs:us-east-1:{hub}:{name}");
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

    /// All messages that are there, of JSON.
    async fn take(&self) -> Vec<Value> {
        let texts = self.texts().await;
        texts
            .iter()
            .map(|text| serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}")))
            .collect()
    }

    /// All messages that are there.
    pub(crate) async fn texts(&self) -> Vec<String> {
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
                messages.push(message.body().expect("a body").to_owned());
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
        Some(kind @ ("coverage-gap" | "coverage-restored")) => {
            let gaps = message["gaps"].as_array().into_iter().flatten();
            let gaps: Vec<String> =
                gaps.map(|gap| format!("{} {}", text(&gap["lack"]), text(&gap["of"]))).collect();
            format!("{kind} {}: {}", text(&message["account_id"]), gaps.join(", "))
        }
        Some("rulebook-refused") => "rulebook-refused".to_owned(),
        Some(other) => format!("{other} {} {}", text(&message["event_name"]), text(&message["account_id"])),
        None => message.to_string(),
    };
    let mut lines: Vec<String> = messages.iter().map(|message| world.names.back(&line(message))).collect();
    lines.sort();
    lines
}
