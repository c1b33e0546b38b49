//! A role is deleted and another one created under its name.

use serde_json::json;

use super::{ADMINISTRATOR, happens, iam};
use crate::events;
use crate::principals::trust;
use crate::world::World;

const PAYMENTS: &str = "333344445555";
const ROLE: &str = "Reporting";

pub(crate) async fn run(world: &World) {
    let client = iam(world, PAYMENTS);
    let document = trust(json!({ "Service": "lambda.amazonaws.com" }), json!({})).to_string();
    let created = json!({ "roleName": ROLE, "path": "/", "assumeRolePolicyDocument": document });
    let create = async || {
        let create = client.create_role().role_name(ROLE).assume_role_policy_document(&document);
        let made = create.send().await.expect("created");
        let role = made.role().expect("the role");
        let attach = client.attach_role_policy().role_name(ROLE).policy_arn(ADMINISTRATOR);
        attach.send().await.expect("attached");
        let mut event = events::call(world, "iam.CreateRole", PAYMENTS, created.clone());
        let answer = &mut event["detail"]["responseElements"]["role"];
        (answer["roleId"], answer["roleName"]) = (role.role_id().into(), ROLE.into());
        (answer["arn"], answer["path"]) = (role.arn().into(), role.path().into());
        event
    };
    let lines = |transition: &str| {
        [
            "boundaries-stay",
            "no-new-users-in-production",
            "nobody-makes-keys-for-others",
            "snapshots-stay-ours",
        ]
        .map(|rule| format!("{transition} {rule} 333344445555:role/{ROLE}"))
    };
    let attached = json!({ "roleName": ROLE, "policyArn": ADMINISTRATOR });

    events::put(world, &create().await).await;
    let event = events::call(world, "iam.AttachRolePolicy", PAYMENTS, attached.clone());
    assert_eq!(happens(world, &event).await, lines("opened"));

    client.detach_role_policy().role_name(ROLE).policy_arn(ADMINISTRATOR).send().await.expect("detached");
    client.delete_role().role_name(ROLE).send().await.expect("deleted");
    let created = create().await;
    // In the wrong order, as events may arrive: each only says where to look.
    events::put(world, &events::call(world, "iam.AttachRolePolicy", PAYMENTS, attached.clone())).await;
    events::put(world, &created).await;
    events::put(world, &events::call(world, "iam.DeleteRole", PAYMENTS, json!({ "roleName": ROLE }))).await;
    let event = events::call(world, "iam.DetachRolePolicy", PAYMENTS, attached);
    let mut expected = lines("opened").to_vec();
    expected.extend(lines("resolved"));
    assert_eq!(
        happens(world, &event).await,
        expected,
        "another subject opens, the one that is gone resolves"
    );
    world.calls.since("a role is recreated");
}
