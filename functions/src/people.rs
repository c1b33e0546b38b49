//! `tell`: the topic's messages become what people get to read. Called with a batch of their queue, and by a schedule,
//! since what is gathered is told when nothing more comes.

use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use stanchion_aws::{AwsPost, Calls, DynamoTable};
use stanchion_hub::people::{self, Post, Settings, Told, tell};
use stanchion_hub::{Fault, Table};

use crate::batch::{Answer, Batch, Failure, RESERVE};
use crate::handlers::now;
use crate::metrics::{Metric, Metrics};
use crate::settings::{Function, PeoplesPlaces};

/// What it needs, as long as the process lives.
struct Teller {
    calls: Calls,
    table: DynamoTable,
    post: AwsPost,
    settings: Settings,
}

/// Runs the function until its process ends.
///
/// # Errors
/// A setting that is missing or wrong.
pub(crate) async fn run(variable: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let places = PeoplesPlaces::from_env(&variable).map_err(|error| error.to_string())?;
    let settings = people::from_env(&variable).map_err(|error| error.to_string())?;
    let config = stanchion_aws::config_of_function(&variable);
    let calls = Calls::new();
    let table = DynamoTable::new(&config, &calls, &places.table);
    let PeoplesPlaces { text_topic_arn, chat_topic_arn, bus, .. } = places;
    let post = AwsPost::new(&config, &calls, text_topic_arn, chat_topic_arn, bus);
    // It lives as long as the process.
    let teller: &'static Teller = Box::leak(Box::new(Teller { calls, table, post, settings }));
    let ended = lambda_runtime::run(service_fn(move |event| called(teller, event))).await;
    ended.map_err(|error| error.to_string())
}

async fn called(teller: &Teller, event: LambdaEvent<Value>) -> Result<Answer, lambda_runtime::Error> {
    let (payload, context) = event.into_parts();
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let left = left.saturating_sub(RESERVE);
    let mut metrics = Metrics::default();
    let answer = answer((&teller.table, &teller.post), &teller.settings, payload, left, &mut metrics).await;
    metrics.calls(teller.calls.take());
    metrics.write(Function::Tell.name(), now());
    answer.map_err(Into::into)
}

/// Tells what came in a batch; or, called by the schedule, only what is due.
///
/// # Errors
/// Called by the schedule: nothing could be told. Of a batch, every message fails then.
async fn answer<T: Table, P: Post>(
    edges: (&T, &P),
    settings: &Settings,
    payload: Value,
    left: Duration,
    metrics: &mut Metrics,
) -> Result<Answer, String> {
    let batch = payload.get("Records").is_some().then(|| serde_json::from_value::<Batch>(payload));
    let records = batch.transpose().map_err(|error| error.to_string())?.map(|batch| batch.records);
    let bodies: Vec<&str> = records.iter().flatten().map(|record| record.body.as_str()).collect();
    let told = match tokio::time::timeout(left, tell(edges, settings, &bodies, &now)).await {
        Ok(told) => told,
        Err(_) => Err(Fault::Transient("it took too long".to_owned())),
    };
    let failed = match told {
        Ok(told) => done(told, bodies.len(), metrics),
        Err(fault) if records.is_none() => {
            metrics.count(Metric::Failed, 1);
            return Err(fault.to_string());
        }
        Err(fault) => (0..bodies.len()).map(|at| (at, fault.to_string())).collect(),
    };
    metrics.count(Metric::Failed, failed.len());
    let mut answer = Answer::default();
    for (at, why) in failed {
        let Some(record) = records.iter().flatten().nth(at) else { continue };
        let message_id = &record.message_id;
        tracing::error!(message_id, why, "a message failed");
        answer.batch_item_failures.push(Failure { item_identifier: message_id.clone() });
    }
    Ok(answer)
}

/// Logs and counts what was done; what failed.
fn done(told: Told, messages: usize, metrics: &mut Metrics) -> Vec<(usize, String)> {
    let Told { failed, sent, unsent, events, notes } = told;
    metrics.count(Metric::Published, sent);
    metrics.count(Metric::Unpublished, unsent);
    metrics.count(Metric::Events, events);
    if messages + sent + unsent > 0 {
        tracing::info!(messages, sent, unsent, events, "people");
    }
    for note in notes {
        tracing::warn!(note, "to know");
    }
    failed.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stanchion_hub::memory::{Fate, Fates, MemoryPost, MemoryTable, kind_fates};

    use super::*;

    async fn answered(table: Fates, payload: Value) -> (Result<Answer, String>, Metrics) {
        let (table, post) = (MemoryTable::new(table), MemoryPost::new(kind_fates()));
        let settings = people::from_env(|_| None).expect("the defaults");
        let mut metrics = Metrics::default();
        let left = Duration::from_secs(60);
        let answer = answer((&table, &post), &settings, payload, left, &mut metrics).await;
        (answer, metrics)
    }

    fn batch() -> Value {
        let known = json!({ "schema_version": 1, "type": "unknown-event", "id": "e", "event_name": "Share",
            "event_source": "iam.amazonaws.com", "event_time": "2026-03-09T09:00:00Z", "account_id": "111122223333" });
        let record = |id: &str, body: &str| json!({ "messageId": id, "body": body, "receiptHandle": "x" });
        json!({ "Records": [record("good", &known.to_string()), record("bad", "hello")] })
    }

    #[tokio::test]
    async fn only_what_fails_fails() {
        let (answer, metrics) = answered(kind_fates(), batch()).await;
        let failed = [Failure { item_identifier: "bad".to_owned() }];
        assert_eq!(answer.expect("answered").batch_item_failures, failed);
        assert_eq!(metrics.of(Metric::Failed), 1);
    }

    #[tokio::test]
    async fn without_the_table_every_message_comes_again_and_the_schedule_fails() {
        let dead = || -> Fates { std::sync::Arc::new(|_| Fate::Fails) };
        let (answer, metrics) = answered(dead(), batch()).await;
        assert_eq!((answer.expect("answered").batch_item_failures.len(), metrics.of(Metric::Failed)), (2, 2));
        let (answer, metrics) = answered(dead(), json!({ "time": "2026-03-09T09:00:00Z" })).await;
        assert!(answer.expect_err("failed").contains("the table did not answer"));
        assert_eq!(metrics.of(Metric::Failed), 1);
    }

    #[tokio::test]
    async fn the_schedule_has_no_messages() {
        let (answer, metrics) = answered(kind_fates(), json!({})).await;
        assert_eq!((answer, metrics), (Ok(Answer::default()), Metrics::default()));
    }
}
