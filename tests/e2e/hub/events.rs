//! CloudTrail's events on the buses of their accounts.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use serde_json::Value;

use crate::world::World;

/// A sample, as EventBridge delivers it, with the ids of here: it happened now, as a new event.
pub(crate) fn sample(world: &World, file: &str) -> Value {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let path = world.place.root.join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut event: Value = serde_json::from_str(&world.names.translate(&text)).expect("JSON");
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    event["detail"]["eventTime"] = now.into();
    event["detail"]["eventID"] = format!("e2e00000-0000-4000-8000-{count:012}").into();
    event
}

/// A sample of `events/`, of a call in an account, as the demo names it, with other parameters.
pub(crate) fn call(world: &World, file: &str, account: &str, parameters: Value) -> Value {
    let mut event = sample(world, &format!("events/{file}.json"));
    let account = world.names.of(account);
    event["account"] = account.into();
    event["detail"]["recipientAccountId"] = account.into();
    event["detail"]["userIdentity"]["accountId"] = account.into();
    event["detail"]["requestParameters"] = parameters;
    event
}

/// Puts an event on the default bus of its account.
pub(crate) async fn put(world: &World, event: &Value) {
    let text = |key: &str| event[key].as_str().unwrap_or_else(|| panic!("`{key}`"));
    let client = Client::new(&world.place.config(text("account")));
    let entry = PutEventsRequestEntry::builder()
        .source(text("source"))
        .detail_type(text("detail-type"))
        .detail(event["detail"].to_string())
        .build();
    let output = client.put_events().entries(entry).send().await.expect("an event put");
    assert_eq!(output.failed_entry_count(), 0, "{:?}", output.entries());
}
