//! Every sample through the emulator's pattern matcher, against the rules as they are deployed: what changed something is
//! let in; forged, failed and unwatched events are not.

use std::fs;

use aws_sdk_eventbridge::Client;
use serde_json::{Value, json};

use crate::deploy::STACK;
use crate::world::World;

/// The longest pattern that EventBridge takes, in characters (EventBridge User Guide, "Quotas").
const LONGEST: usize = 2048;

pub(crate) async fn run(world: &World) {
    let client = Client::new(&world.place.config(&world.place.hub()));
    let mut patterns = Vec::new();
    for name in ["hub-changes", "hub-resource-policies"] {
        patterns.push(pattern(&client, name, None).await);
    }
    for (name, like) in [("hub-forwarded-changes", 0), ("hub-forwarded-resource-policies", 1)] {
        assert_eq!(pattern(&client, name, Some(STACK)).await, patterns[like], "{name}");
    }
    let member = Client::new(&world.place.config(world.names.of("333344445555")));
    for (name, like) in [("changes", 0), ("resource-policies", 1)] {
        let found: Value = serde_json::from_str(&pattern(&member, name, None).await).expect("JSON");
        assert_eq!(found, serde_json::from_str::<Value>(&patterns[like]).expect("JSON"), "{name}");
    }
    for name in
        ["hands-on-data", "hands-on-delivery", "hands-on-functions", "hands-on-roles", "hands-on-topics"]
    {
        pattern(&client, &format!("hub-{name}"), None).await;
    }
    pattern(&client, "hub-hands-on-members", Some(STACK)).await;

    let mut samples = 0;
    for file in fs::read_dir(world.place.root.join("events")).expect("the samples") {
        let path = file.expect("a sample").path();
        let text = fs::read_to_string(&path).expect("text");
        let mut event: Value = serde_json::from_str(&text).expect("JSON");
        event["detail"].as_object_mut().expect("a record").remove("errorCode");
        samples += 1;
        let what = path.display();
        // It is many, and never a change.
        let is_wanted = event["detail"]["eventName"] != "GetSessionToken";
        assert_eq!(matches(&client, &patterns, &event).await, is_wanted, "{what}");
        for (key, value) in [
            ("source", json!("custom.iam")),
            ("detail-type", json!("AWS API Call via Someone")),
            ("source", json!("aws.ec2")),
        ] {
            let mut other = event.clone();
            other[key] = value;
            assert!(!matches(&client, &patterns, &other).await, "{what}, with another {key}");
        }
        event["detail"]["errorCode"] = json!("AccessDenied");
        assert!(!matches(&client, &patterns, &event).await, "{what}, failed");
    }
    assert!(samples > 150, "{samples}");
}

async fn pattern(client: &Client, name: &str, bus: Option<&str>) -> String {
    let asked =
        client.describe_rule().name(format!("{STACK}-{name}")).set_event_bus_name(bus.map(str::to_owned));
    let rule = asked.send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let pattern = rule.event_pattern.expect("a pattern");
    assert!(pattern.len() <= LONGEST, "{name}: {}", pattern.len());
    pattern
}

async fn matches(client: &Client, patterns: &[String], event: &Value) -> bool {
    for pattern in patterns {
        let asked = client.test_event_pattern().event_pattern(pattern).event(event.to_string());
        if asked.send().await.expect("an answer").result() {
            return true;
        }
    }
    false
}
