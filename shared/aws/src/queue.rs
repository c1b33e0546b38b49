//! [`Queue`] on SQS: one queue for jobs, one for events and the rests of fan-outs.
//!
//! Jobs carry their account as message group. On a standard queue that orders nothing: where one group has
//! many messages, those of the others are delivered first (SQS Developer Guide, "Amazon SQS fair queues").

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;
use stanchion_hub::work::{Fan, Job};
use stanchion_hub::{Queue, QueueError};

use crate::calls::Calls;
use crate::errors::line;

/// How many messages one `SendMessageBatch` takes (API reference).
const BATCH: usize = 10;
/// How often messages are sent that SQS did not take though it answered.
const TRIES: usize = 3;
/// The longest delay of a message, in seconds (API reference).
const MAX_DELAY: u32 = 900;

/// The two queues of the hub.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    jobs_url: String,
    events_url: String,
}

impl SqsQueue {
    /// The queues of these URLs.
    pub fn new(
        config: &SdkConfig,
        calls: &Calls,
        jobs_url: impl Into<String>,
        events_url: impl Into<String>,
    ) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(config).interceptor(calls.clone()).build();
        Self { client: Client::from_conf(config), jobs_url: jobs_url.into(), events_url: events_url.into() }
    }

    async fn send(&self, jobs: &[Job], delay_seconds: i32) -> Result<(), QueueError> {
        let mut entries = Vec::new();
        for (id, job) in jobs.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(id.to_string())
                .delay_seconds(delay_seconds)
                .message_group_id(job.key.account())
                .message_body(body(job)?);
            entries.push(entry.build().map_err(|error| QueueError(error.to_string()))?);
        }
        let mut why = String::new();
        for _ in 0..TRIES {
            let call = self.client.send_message_batch().queue_url(&self.jobs_url);
            let output = call.set_entries(Some(entries.clone())).send().await;
            let output = output.map_err(|error| QueueError(line(&error)))?;
            let Some(failed) = output.failed.first() else { return Ok(()) };
            why = format!("{}: {}", failed.code, failed.message.as_deref().unwrap_or("no reason"));
            entries.retain(|entry| output.failed.iter().any(|failed| failed.id == entry.id));
        }
        Err(QueueError(format!("{} of {} messages: {why}", entries.len(), jobs.len())))
    }
}

impl Queue for SqsQueue {
    async fn jobs(&self, jobs: &[Job], delay_seconds: u32) -> Result<(), QueueError> {
        for jobs in jobs.chunks(BATCH) {
            self.send(jobs, delay(delay_seconds)).await?;
        }
        Ok(())
    }

    async fn fan(&self, fan: &Fan, delay_seconds: u32) -> Result<(), QueueError> {
        let call = self.client.send_message().queue_url(&self.events_url);
        let call = call.delay_seconds(delay(delay_seconds)).message_body(body(fan)?);
        call.send().await.map_err(|error| QueueError(line(&error)))?;
        Ok(())
    }
}

fn delay(seconds: u32) -> i32 {
    i32::try_from(seconds.min(MAX_DELAY)).unwrap_or_default()
}

fn body(message: &impl Serialize) -> Result<String, QueueError> {
    serde_json::to_string(message).map_err(|error| QueueError(error.to_string()))
}
