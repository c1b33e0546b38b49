//! A batch of an SQS queue, message by message.
//!
//! What fails is named in the answer (`ReportBatchItemFailures`, Lambda Developer Guide, "Using Lambda
//! with Amazon SQS"), so that the queue delivers it again and nothing else. A message that panics fails
//! alone. Messages go one after the other: two jobs of one principal would only get in each other's way.

use std::future::Future;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stanchion_hub::Fault;

use crate::metrics::{Metric, Metrics};

/// What is left of the time at the end of an invocation for saying what failed.
pub(crate) const RESERVE: Duration = Duration::from_millis(1500);

/// A batch, as Lambda hands it over.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A message of a batch.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// SQS's id of it.
    pub message_id: String,
    /// What was sent.
    pub body: String,
}

/// What is said of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The messages that are to be delivered again.
    pub batch_item_failures: Vec<Failure>,
}

/// A message that is not done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// SQS's id of it.
    pub item_identifier: String,
}

/// Sees to each message while there is time left; what is not done by then fails, and comes again.
pub async fn each<F, Fut>(batch: Batch, left: impl Fn() -> Duration, see_to: F) -> (Answer, Metrics)
where
    F: Fn(String) -> Fut,
    Fut: Future<Output = Result<Metrics, Fault>> + Send + 'static,
{
    let mut answer = Answer::default();
    let mut metrics = Metrics::default();
    for Record { message_id, body } in batch.records {
        let left = left().saturating_sub(RESERVE);
        let why = if left.is_zero() {
            "there is no time left".to_owned()
        } else {
            // A task of its own, so that a panic ends there.
            let task = tokio::spawn(see_to(body));
            let abort = task.abort_handle();
            match tokio::time::timeout(left, task).await {
                Ok(Ok(Ok(done))) => {
                    metrics.add_all(done);
                    continue;
                }
                Ok(Ok(Err(fault))) => fault.to_string(),
                Ok(Err(_)) => "it panicked".to_owned(),
                Err(_) => {
                    abort.abort();
                    "it took too long".to_owned()
                }
            }
        };
        tracing::error!(message_id, why, "a message failed");
        metrics.count(Metric::Failed, 1);
        answer.batch_item_failures.push(Failure { item_identifier: message_id });
    }
    (answer, metrics)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(bodies: &[&str]) -> Batch {
        let records = bodies
            .iter()
            .map(|body| Record { message_id: format!("id-of-{body}"), body: (*body).to_owned() })
            .collect();
        Batch { records }
    }

    async fn see_to(body: String) -> Result<Metrics, Fault> {
        match body.as_str() {
            "panic" => panic!("on purpose"),
            "poison" => Err(Fault::Poison("no event".to_owned())),
            "forever" => std::future::pending().await,
            _ => {
                let mut metrics = Metrics::default();
                metrics.count(Metric::Changes, 1);
                Ok(metrics)
            }
        }
    }

    /// A minute.
    fn plenty() -> Duration {
        Duration::from_secs(60)
    }

    async fn failed(bodies: &[&str], left: impl Fn() -> Duration) -> Vec<String> {
        let (answer, _) = each(batch(bodies), left, see_to).await;
        answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    /// The one that panics would take the whole batch along, and be delivered with it until all is dead.
    #[tokio::test]
    async fn only_what_fails_fails() {
        let failed = failed(&["a", "panic", "b", "poison", "c"], plenty).await;
        assert_eq!(failed, ["id-of-panic", "id-of-poison"]);
    }

    #[tokio::test]
    async fn what_was_done_is_counted() {
        let (_, metrics) = each(batch(&["a", "poison", "b"]), plenty, see_to).await;
        assert_eq!((metrics.of(Metric::Changes), metrics.of(Metric::Failed)), (2, 1));
    }

    #[tokio::test]
    async fn what_is_not_begun_when_time_is_up_comes_again() {
        assert_eq!(failed(&["a", "b"], || RESERVE).await, ["id-of-a", "id-of-b"]);
    }

    /// Lambda would end the function, and every message of the batch would come again.
    #[tokio::test]
    async fn one_that_never_ends_leaves_time_for_the_answer() {
        let almost_none = || RESERVE + Duration::from_millis(1);
        assert_eq!(failed(&["forever"], almost_none).await, ["id-of-forever"]);
    }

    #[test]
    fn batches_and_answers_have_the_forms_of_lambda() {
        let batch: Batch = serde_json::from_str(
            r#"{"Records": [{"messageId": "m-1", "receiptHandle": "x", "body": "{}", "attributes": {}}]}"#,
        )
        .expect("a batch");
        assert_eq!(batch.records[0].message_id, "m-1");
        let answer = Answer { batch_item_failures: vec![Failure { item_identifier: "m-1".to_owned() }] };
        let text = serde_json::to_string(&answer).expect("JSON");
        assert_eq!(text, r#"{"batchItemFailures":[{"itemIdentifier":"m-1"}]}"#);
    }
}
