//! A managed policy with forty attachments, and those of the demo, gets a new version.

use serde_json::{Value, json};

use super::{happens, iam};
use crate::events;
use crate::principals::{WEB, WORKERS};
use crate::world::World;

pub(crate) async fn run(world: &World) {
    let mut event = events::sample(world, "src/demo/events/07-a-new-policy-version.json");
    let parameters: Value = event["detail"]["requestParameters"].clone();
    let text = |key: &str| parameters[key].as_str().expect("a parameter").to_owned();
    let create = iam(world, WEB).create_policy_version().policy_arn(text("policyArn"));
    let create = create.policy_document(text("policyDocument")).set_as_default(true);
    let made = create.send().await.expect("a version");
    let version = made.policy_version().and_then(|version| version.version_id()).expect("its id");
    event["detail"]["responseElements"]["policyVersion"]["versionId"] = json!(version);

    let mut expected: Vec<String> = (0..WORKERS).map(|index| format!("role/Worker{index:02}")).collect();
    expected.extend(["role/ci/WebDeploy".to_owned(), "role/web/WebRunner".to_owned()]);
    let line = |role: &String| format!("opened snapshots-stay-ours 444455556666:{role}");
    assert_eq!(happens(world, &event).await, expected.iter().map(line).collect::<Vec<_>>());
    world.calls.since("a policy with 42 attachments gets a new version");
}
