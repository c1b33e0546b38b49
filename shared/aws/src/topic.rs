//! [`Topic`] on SNS.
//!
//! Batches are as large as SNS takes them. An answer of success may carry failures: what failed is sent
//! again, and what still fails is said, message by message. Messages of one group (those of one finding) go
//! one after the other, so that none overtakes another; behind one that failed the rest of its group waits.

use std::collections::BTreeSet;
use std::ops::Range;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use stanchion_hub::edges::Sent;
use stanchion_hub::messages::{self, Attribute, MAX_BYTES, Message};
use stanchion_hub::{Topic, TopicError};

use crate::calls::Calls;
use crate::errors::line;

/// How many messages one `PublishBatch` takes (API reference).
const BATCH: usize = 10;
/// How often messages are sent that SNS did not take though it answered.
const TRIES: usize = 3;

/// A topic in SNS: a FIFO topic if its name ends in `.fifo`.
#[derive(Clone, Debug)]
pub struct SnsTopic {
    client: Client,
    arn: String,
}

impl SnsTopic {
    /// The topic of this ARN.
    pub fn new(config: &SdkConfig, calls: &Calls, arn: impl Into<String>) -> Self {
        let config = aws_sdk_sns::config::Builder::from(config).interceptor(calls.clone()).build();
        Self { client: Client::from_conf(config), arn: arn.into() }
    }

    /// Publishes one batch; the errors are those of the messages, in order.
    async fn send(&self, batch: &[&Message]) -> Vec<Result<(), TopicError>> {
        let fifo = self.arn.ends_with(".fifo");
        let entries = batch.iter().enumerate().map(|(at, message)| entry(at, message, fifo));
        match entries.collect::<Result<Vec<_>, _>>() {
            Ok(entries) => publish_batch(&self.client, &self.arn, &entries).await,
            Err(error) => batch.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

/// Publishes entries, at most ten, whose ids are their places: what SNS did not take though it answered is sent again, and
/// what it still does not take is said of each.
pub(crate) async fn publish_batch(
    client: &Client,
    arn: &str,
    batch: &[PublishBatchRequestEntry],
) -> Vec<Result<(), TopicError>> {
    let mut results: Vec<Result<(), TopicError>> =
        batch.iter().map(|_| Err(TopicError("not sent".to_owned()))).collect();
    let mut left: Vec<usize> = (0..batch.len()).collect();
    for _ in 0..TRIES {
        let entries = left.iter().map(|&at| batch[at].clone()).collect();
        let call = client.publish_batch().topic_arn(arn);
        let output = match call.set_publish_batch_request_entries(Some(entries)).send().await {
            Ok(output) => output,
            Err(error) => {
                let error = TopicError(line(&error));
                for at in left {
                    results[at] = Err(error.clone());
                }
                return results;
            }
        };
        let mut again = Vec::new();
        for &at in &left {
            let id = at.to_string();
            let failed = output.failed().iter().find(|failed| failed.id() == id);
            results[at] = match failed {
                None if output.successful().iter().any(|out| out.id() == Some(&id)) => Ok(()),
                None => Err(TopicError("SNS says nothing of it".to_owned())),
                Some(failed) => {
                    let why = failed.message().unwrap_or("no reason");
                    Err(TopicError(format!("{}: {why}", failed.code())))
                }
            };
            // What is the sender's fault is so again.
            if results[at].is_err() && !failed.is_some_and(|failed| failed.sender_fault()) {
                again.push(at);
            }
        }
        if again.is_empty() {
            break;
        }
        left = again;
    }
    results
}

impl Topic for SnsTopic {
    async fn publish(&self, messages: &[Sent<'_>]) -> Vec<Result<(), TopicError>> {
        let messages: Vec<Message> = messages.iter().map(messages::message).collect();
        let mut results = Vec::with_capacity(messages.len());
        let mut stuck: BTreeSet<&str> = BTreeSet::new();
        for range in batches(&messages) {
            let batch = &messages[range];
            let free: Vec<&Message> =
                batch.iter().filter(|message| !stuck.contains(message.group.as_str())).collect();
            let mut sent = if free.is_empty() { Vec::new() } else { self.send(&free).await }.into_iter();
            for message in batch {
                let result = if stuck.contains(message.group.as_str()) {
                    Err(TopicError("the message before it is not out".to_owned()))
                } else {
                    sent.next().unwrap_or_else(|| Err(TopicError("not sent".to_owned())))
                };
                if result.is_err() {
                    stuck.insert(&message.group);
                }
                results.push(result);
            }
        }
        results
    }
}

/// Cuts messages into batches: as many as fit, none of them with two messages of one group.
fn batches(messages: &[Message]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    let mut groups: BTreeSet<&str> = BTreeSet::new();
    for (at, message) in messages.iter().enumerate() {
        let size = size(message);
        let full = at - start == BATCH || bytes + size > MAX_BYTES || groups.contains(message.group.as_str());
        if full && at > start {
            batches.push(start..at);
            (start, bytes) = (at, 0);
            groups.clear();
        }
        bytes += size;
        groups.insert(&message.group);
    }
    if start < messages.len() {
        batches.push(start..messages.len());
    }
    batches
}

/// Body and attributes, in bytes: what counts for the limit.
fn size(message: &Message) -> usize {
    let attributes = message.attributes.iter().map(|(name, value)| {
        let (kind, value) = value_of(value);
        name.len() + kind.len() + value.len()
    });
    message.body.len() + attributes.sum::<usize>()
}

/// An attribute's type and value, as SNS spells them.
fn value_of(attribute: &Attribute) -> (&'static str, String) {
    match attribute {
        Attribute::Text(text) => ("String", text.clone()),
        Attribute::Number(number) => ("Number", number.to_string()),
    }
}

fn entry(at: usize, message: &Message, fifo: bool) -> Result<PublishBatchRequestEntry, TopicError> {
    let failed = |error: aws_sdk_sns::error::BuildError| TopicError(error.to_string());
    let mut entry = PublishBatchRequestEntry::builder().id(at.to_string()).message(&message.body);
    for (name, value) in &message.attributes {
        let (kind, value) = value_of(value);
        // An empty value is refused, and with it the message.
        if !value.is_empty() {
            let value = MessageAttributeValue::builder().data_type(kind).string_value(value);
            entry = entry.message_attributes(*name, value.build().map_err(failed)?);
        }
    }
    if fifo {
        entry = entry.message_group_id(&message.group).message_deduplication_id(&message.id);
    }
    entry.build().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(group: &str, bytes: usize) -> Message {
        Message {
            body: "x".repeat(bytes),
            attributes: Vec::new(),
            id: String::new(),
            group: group.to_owned(),
        }
    }

    #[test]
    fn batches_keep_to_the_limits() {
        let many: Vec<Message> = (0..23).map(|at| message(&at.to_string(), 10)).collect();
        assert_eq!(batches(&many), [0..10, 10..20, 20..23]);
        let large: Vec<Message> = (0..3).map(|at| message(&at.to_string(), 100_000)).collect();
        assert_eq!(batches(&large), [0..2, 2..3]);
        assert_eq!(batches(&[message("a", 300_000), message("b", 1)]), [0..1, 1..2]);
        assert!(batches(&[]).is_empty());
    }

    /// The second could be out though the first failed.
    #[test]
    fn two_messages_of_one_finding_are_never_in_one_batch() {
        let messages = [message("a", 1), message("b", 1), message("a", 1), message("c", 1)];
        assert_eq!(batches(&messages), [0..2, 2..4]);
    }
}
