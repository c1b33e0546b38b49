//! [`Post`] on SNS and EventBridge: topics for people, and a bus for rules that react to findings.
//!
//! Answers of success may carry failures: what failed is sent again, and what still fails is said of each.

use std::ops::Range;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use stanchion_alerts::eventbridge::{self, Entry};
use stanchion_hub::TopicError;
use stanchion_hub::messages::MAX_BYTES;
use stanchion_hub::people::{Letter, Post, To};

use crate::calls::Calls;
use crate::errors::line;
use crate::topic::publish_batch;

/// How many messages one `PublishBatch`, and how many entries one `PutEvents` takes (API references).
const BATCH: usize = 10;
/// How often entries are sent that EventBridge did not take though it answered.
const TRIES: usize = 3;

/// The topics for people, and the bus.
#[derive(Clone, Debug)]
pub struct AwsPost {
    sns: aws_sdk_sns::Client,
    events: aws_sdk_eventbridge::Client,
    text: String,
    chat: Option<String>,
    bus: Option<String>,
}

impl AwsPost {
    /// The topics of these ARNs, and the bus of this name or ARN.
    pub fn new(
        config: &SdkConfig,
        calls: &Calls,
        text: impl Into<String>,
        chat: Option<String>,
        bus: Option<String>,
    ) -> Self {
        let sns = aws_sdk_sns::config::Builder::from(config).interceptor(calls.clone()).build();
        let events = aws_sdk_eventbridge::config::Builder::from(config).interceptor(calls.clone()).build();
        Self {
            sns: aws_sdk_sns::Client::from_conf(sns),
            events: aws_sdk_eventbridge::Client::from_conf(events),
            text: text.into(),
            chat,
            bus,
        }
    }

    async fn put_batch(&self, bus: &str, entries: &[Entry]) -> Vec<Result<(), TopicError>> {
        let mut results: Vec<Result<(), TopicError>> =
            entries.iter().map(|_| Err(TopicError("not sent".to_owned()))).collect();
        let mut left: Vec<usize> = (0..entries.len()).collect();
        for _ in 0..TRIES {
            let batch = left.iter().map(|&at| request(bus, &entries[at])).collect();
            let output = match self.events.put_events().set_entries(Some(batch)).send().await {
                Ok(output) => output,
                Err(error) => {
                    let error = TopicError(line(&error));
                    for at in left {
                        results[at] = Err(error.clone());
                    }
                    return results;
                }
            };
            // One for each entry, in order (API reference, "PutEvents").
            let mut said = output.entries().iter();
            left.retain(|&at| {
                results[at] = match said.next() {
                    None => Err(TopicError("EventBridge says nothing of it".to_owned())),
                    Some(one) => one.error_code().map_or(Ok(()), |code| {
                        let why = one.error_message().unwrap_or("no reason");
                        Err(TopicError(format!("{code}: {why}")))
                    }),
                };
                results[at].is_err()
            });
            if left.is_empty() {
                break;
            }
        }
        results
    }
}

impl Post for AwsPost {
    fn has_bus(&self) -> bool {
        self.bus.is_some()
    }

    async fn send(&self, to: To, letters: &[Letter]) -> Vec<Result<(), TopicError>> {
        let topic = match to {
            To::Text => Some(&self.text),
            To::Chat => self.chat.as_ref(),
        };
        let Some(topic) = topic else {
            return letters.iter().map(|_| Err(TopicError("there is no such topic".to_owned()))).collect();
        };
        let messages: Vec<String> = letters.iter().map(Letter::message).collect();
        let mut results = Vec::with_capacity(letters.len());
        for range in batches(messages.iter().map(String::len), MAX_BYTES) {
            let some = letters[range.clone()].iter().zip(&messages[range]).enumerate();
            let entries = some.map(|(at, (letter, message))| publication(at, letter, message));
            match entries.collect::<Result<Vec<_>, _>>() {
                Ok(entries) => results.extend(publish_batch(&self.sns, topic, &entries).await),
                Err(error) => return letters.iter().map(|_| Err(error.clone())).collect(),
            }
        }
        results
    }

    async fn put(&self, entries: &[Entry]) -> Vec<Result<(), TopicError>> {
        let mut results = Vec::with_capacity(entries.len());
        if let Some(bus) = &self.bus {
            for range in batches(entries.iter().map(Entry::size), eventbridge::MAX_BYTES) {
                results.extend(self.put_batch(bus, &entries[range]).await);
            }
        }
        results
    }
}

/// Cuts what is so large into batches: as many as fit, at least one.
fn batches(sizes: impl Iterator<Item = usize>, most: usize) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (at, size) in sizes.enumerate() {
        match batches.last_mut() {
            Some(last) if last.len() < BATCH && bytes + size <= most => {
                last.end = at + 1;
                bytes += size;
            }
            _ => {
                batches.push(at..at + 1);
                bytes = size;
            }
        }
    }
    batches
}

fn publication(at: usize, letter: &Letter, message: &str) -> Result<PublishBatchRequestEntry, TopicError> {
    let entry = PublishBatchRequestEntry::builder().id(at.to_string()).message(message);
    let entry = match &letter.short {
        Some(_) => entry.message_structure("json").set_subject(letter.subject.clone()),
        None => entry,
    };
    entry.build().map_err(|error| TopicError(error.to_string()))
}

fn request(bus: &str, entry: &Entry) -> PutEventsRequestEntry {
    let time = entry.time.as_deref().and_then(|time| DateTime::from_str(time, Format::DateTime).ok());
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(entry.source)
        .detail_type(entry.detail_type)
        .detail(&entry.detail)
        .set_resources(Some(entry.resources.clone()))
        .set_time(time)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_to_the_limits() {
        assert_eq!(batches(std::iter::repeat_n(10, 23), 1_000), [0..10, 10..20, 20..23]);
        assert_eq!(batches([600, 300, 200].into_iter(), 1_000), [0..2, 2..3]);
        assert_eq!(batches([2_000, 1].into_iter(), 1_000), [0..1, 1..2], "what is too large goes alone");
        assert!(batches(std::iter::empty(), 1_000).is_empty());
    }
}
