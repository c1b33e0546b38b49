//! Hands on the hub itself: a member's rule is disabled, which is told by the call, and by the sweep that asks for the rule.

use aws_sdk_eventbridge::Client;
use serde_json::json;

use crate::inbox::told;
use crate::world::{HUB, World};
use crate::{deploy, events, wait};

const MEMBER: &str = "333344445555";

pub(crate) async fn run(world: &World) {
    assert_eq!(world.operations.texts().await, [""; 0], "nobody laid hands on it so far");
    let rule = format!("{}-changes", deploy::STACK);
    let client = Client::new(&world.place.config(world.names.of(MEMBER)));
    client.disable_rule().name(&rule).send().await.expect("disabled");

    // The call itself, told at once, straight from the bus.
    let mut event = events::call(world, "iam.AttachRolePolicy", MEMBER, json!({ "name": rule }));
    event["source"] = "aws.events".into();
    event["detail"]["eventSource"] = "events.amazonaws.com".into();
    event["detail"]["eventName"] = "DisableRule".into();
    event["detail"]["responseElements"] = json!(null);
    events::put(world, &event).await;
    let said = wait::until("the call is told", async || {
        let texts = world.operations.texts().await;
        (!texts.is_empty()).then_some(texts)
    })
    .await;
    let said = world.names.back(&said.join("\n"));
    assert!(said.contains("called DisableRule in account 333344445555"), "{said}");
    // The same by CloudFormation is not told: the call that made it act is.
    event["detail"]["sourceIPAddress"] = "cloudformation.amazonaws.com".into();
    events::put(world, &event).await;

    // And what is so, whatever was told.
    let gap = format!("333344445555: rule-disabled {rule}");
    assert_eq!(swept(world).await, [format!("coverage-gap {gap}")]);
    client.enable_rule().name(&rule).send().await.expect("enabled");
    assert_eq!(swept(world).await, [format!("coverage-restored {gap}")]);
    assert_eq!(world.operations.texts().await, [""; 0]);

    // An administrator of the hub's account takes the functions' role apart.
    let role = format!("{}-evaluate", deploy::STACK);
    let parameters = json!({ "roleName": role, "policyName": "evaluate" });
    let event = events::call(world, "iam.DeleteRolePolicy", HUB, parameters);
    events::put(world, &event).await;
    let said = wait::until("hands on a role are told", async || {
        let texts = world.operations.texts().await;
        (!texts.is_empty()).then_some(texts)
    })
    .await;
    let hub = world.place.hub();
    assert!(said.join("").contains(&format!("called DeleteRolePolicy in account {hub}")), "{said:?}");
    world.inbox.after(world).await;
    world.calls.since("hands on the hub");
}

/// What sweeps tell, as soon as they tell something. One verifies at most once a minute.
async fn swept(world: &World) -> Vec<String> {
    wait::until("a sweep tells something", async || {
        deploy::invoke(&world.place, world.stack.output("SweepFunction"), &json!({}));
        let messages = told(world, &world.inbox.after(world).await);
        (!messages.is_empty()).then_some(messages)
    })
    .await
}
