//! The stack is deployed again, with its rulebook in the bucket; it goes on where it was. Then the rulebook changes, for
//! worse.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;

use super::{ADMINISTRATOR, iam};
use crate::inbox::told;
use crate::world::World;
use crate::{deploy, events};

const DEVELOPMENT: &str = "555566667777";
/// Where the rulebook is.
const KEY: &str = "rulebooks/ours.yaml";

pub(crate) async fn run(world: &World) {
    let rulebook = std::fs::read_to_string(world.place.scratch.join("rulebook.yaml")).expect("the rulebook");
    put(world, &rulebook).await;

    // The emulator ends functions that are at work when they are replaced, which AWS does not; so nothing is under way.
    world.inbox.after(world).await;
    let stack = deploy::deploy(&world.place, &world.names, &[("RulebookKey", KEY)]);
    assert_eq!(stack.output("TableName"), world.stack.output("TableName"), "nothing is made anew");
    let attach = iam(world, DEVELOPMENT).attach_user_policy().user_name("marek");
    attach.policy_arn(ADMINISTRATOR).send().await.expect("attached");
    let parameters = json!({ "userName": "marek", "policyArn": ADMINISTRATOR });
    let event = events::call(world, "iam.AttachUserPolicy", DEVELOPMENT, parameters.clone());
    events::put(world, &event).await;
    let opened = [
        "opened boundaries-stay 555566667777:user/marek",
        "opened nobody-makes-keys-for-others 555566667777:user/marek",
        "opened snapshots-stay-ours 555566667777:user/marek",
    ];
    assert_eq!(told(world, &world.inbox.after(world).await), opened);

    // A rulebook that cannot be used: it is told once, and the last good one judges on.
    put(world, "version: 1\nguardrails: [{ id: nonsense }]\n").await;
    deploy::invoke(&world.place, world.stack.output("SweepFunction"));
    deploy::invoke(&world.place, world.stack.output("SweepFunction"));
    assert_eq!(told(world, &world.inbox.after(world).await), ["rulebook-refused"]);
    let detach = iam(world, DEVELOPMENT).detach_user_policy().user_name("marek");
    detach.policy_arn(ADMINISTRATOR).send().await.expect("detached");
    let event = events::call(world, "iam.DetachUserPolicy", DEVELOPMENT, parameters);
    events::put(world, &event).await;
    let resolved = opened.map(|line| line.replace("opened", "resolved"));
    assert_eq!(told(world, &world.inbox.after(world).await), resolved);

    world.calls.since("a new rulebook");
}

async fn put(world: &World, text: &str) {
    let client = Client::new(&world.place.config(&world.place.hub()));
    let call = client.put_object().bucket(world.stack.output("BucketName")).key(KEY);
    call.body(ByteStream::from(text.as_bytes().to_vec())).send().await.expect("put");
}
