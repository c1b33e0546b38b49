//! Waiting until something is so, with a deadline and never for a fixed time.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::world::World;

/// How long anything may take. A machine that is busy with a build takes its time.
const DEADLINE: Duration = Duration::from_secs(180);
/// How long the hub must have had nothing to do to be called idle: a message that was taken off one queue may not be
/// on the next one yet.
const QUIET_LOOKS: u32 = 3;

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(DEADLINE, what, ask).await
}

/// Asks again and again until there is an answer, for so long.
pub(crate) async fn within<T>(deadline: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(start.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until the hub has nothing left to do: no message in a queue, no work left over, no alert pending.
pub(crate) async fn until_idle(world: &World) {
    until_idle_within(DEADLINE, world).await;
}

/// The same, for so long.
pub(crate) async fn until_idle_within(deadline: Duration, world: &World) {
    let mut quiet = 0;
    within(deadline, "the hub is idle", async || {
        quiet = if is_idle(world).await { quiet + 1 } else { 0 };
        (quiet >= QUIET_LOOKS).then_some(())
    })
    .await;
}

async fn is_idle(world: &World) -> bool {
    let config = world.place.config(&world.place.hub());
    let queues = aws_sdk_sqs::Client::new(&config);
    for name in ["EventsQueueUrl", "JobsQueueUrl"] {
        let asked = queues.get_queue_attributes().queue_url(world.stack.output(name));
        let attributes = asked.attribute_names(QueueAttributeName::All).send().await.expect("a queue");
        for (attribute, value) in attributes.attributes().into_iter().flatten() {
            if attribute.as_str().starts_with("ApproximateNumberOfMessages") && value != "0" {
                return false;
            }
        }
    }
    let table = aws_sdk_dynamodb::Client::new(&config);
    for state in ["left-over", "pending"] {
        for shard in 0..10 {
            let asked = table
                .query()
                .table_name(world.stack.output("TableName"))
                .index_name("by-state")
                .key_condition_expression("#state = :state")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", AttributeValue::S(format!("{state}#{shard}")));
            if asked.send().await.expect("the table").count() > 0 {
                return false;
            }
        }
    }
    true
}
