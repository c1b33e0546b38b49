//! A user joins a group, and leaves it.

use serde_json::json;

use super::{happens, iam};
use crate::events;
use crate::world::{HUB, World};

const DEVELOPMENT: &str = "555566667777";

pub(crate) async fn run(world: &World) {
    let client = iam(world, DEVELOPMENT);
    let add = client.add_user_to_group().user_name("lea").group_name("identity-operators");
    add.send().await.expect("added");
    let event = events::sample(world, "src/demo/events/05-a-developer-joins-a-group.json");
    assert_eq!(happens(world, &event).await, ["opened nobody-makes-keys-for-others 555566667777:user/lea"]);
    world.calls.since("a user joins a group");

    // The group itself: its policy goes, and with it what its members could do.
    let delete = client.delete_group_policy().group_name("identity-operators").policy_name("credentials");
    delete.send().await.expect("deleted");
    let parameters = json!({ "groupName": "identity-operators", "policyName": "credentials" });
    let event = events::call(world, "iam.DeleteGroupPolicy", DEVELOPMENT, parameters);
    assert_eq!(happens(world, &event).await, ["resolved nobody-makes-keys-for-others 555566667777:user/lea"]);
    world.calls.since("a group loses a policy");

    // In the hub's own account the functions ask with their own roles.
    let create = iam(world, HUB).create_group().group_name("auditors");
    create.send().await.expect("created");
    let parameters = json!({ "groupName": "auditors", "policyArn": "arn:aws:iam::aws:policy/SecurityAudit" });
    let event = events::call(world, "iam.AttachGroupPolicy", HUB, parameters);
    assert_eq!(happens(world, &event).await, [""; 0]);
    world.calls.since("a group without members in the hub's own account gets a policy");
}
