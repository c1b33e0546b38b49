//! A role and a user get AdministratorAccess, and lose it again.

use serde_json::json;

use super::{ADMINISTRATOR, happens, iam};
use crate::calls::reads;
use crate::events;
use crate::world::World;

const PAYMENTS: &str = "333344445555";
const DEVELOPMENT: &str = "555566667777";

pub(crate) async fn run(world: &World) {
    let attached = json!({ "roleName": "PaymentsReports", "policyArn": ADMINISTRATOR });
    for round in ["first", "warm"] {
        let attach = iam(world, PAYMENTS).attach_role_policy().role_name("PaymentsReports");
        attach.policy_arn(ADMINISTRATOR).send().await.expect("attached");
        let event = events::call(world, "iam.AttachRolePolicy", PAYMENTS, attached.clone());
        let opened = [
            "opened boundaries-stay 333344445555:role/payments/PaymentsReports",
            "opened no-new-users-in-production 333344445555:role/payments/PaymentsReports",
            "opened nobody-makes-keys-for-others 333344445555:role/payments/PaymentsReports",
            "opened snapshots-stay-ours 333344445555:role/payments/PaymentsReports",
        ];
        assert_eq!(happens(world, &event).await, opened);
        let counts = world.calls.since(&format!("a role gets a policy ({round})"));
        if round == "warm" {
            // One inline policy, and nothing that is not known yet.
            assert!(reads(&counts) <= 4 + 1, "{counts:?}");
        }

        let detach = iam(world, PAYMENTS).detach_role_policy().role_name("PaymentsReports");
        detach.policy_arn(ADMINISTRATOR).send().await.expect("detached");
        let event = events::call(world, "iam.DetachRolePolicy", PAYMENTS, attached.clone());
        assert_eq!(happens(world, &event).await, opened.map(|line| line.replace("opened", "resolved")));
        world.calls.since(&format!("a role loses a policy ({round})"));
    }

    let attach = iam(world, DEVELOPMENT).attach_user_policy().user_name("marek");
    attach.policy_arn(ADMINISTRATOR).send().await.expect("attached");
    let parameters = json!({ "userName": "marek", "policyArn": ADMINISTRATOR });
    let event = events::call(world, "iam.AttachUserPolicy", DEVELOPMENT, parameters.clone());
    let opened = [
        "opened boundaries-stay 555566667777:user/marek",
        "opened nobody-makes-keys-for-others 555566667777:user/marek",
        "opened snapshots-stay-ours 555566667777:user/marek",
    ];
    // The same event three times, as EventBridge may deliver it: told once.
    events::put(world, &event).await;
    events::put(world, &event).await;
    assert_eq!(happens(world, &event).await, opened);
    world.calls.since("the same event three times");

    let detach = iam(world, DEVELOPMENT).detach_user_policy().user_name("marek");
    detach.policy_arn(ADMINISTRATOR).send().await.expect("detached");
    let event = events::call(world, "iam.DetachUserPolicy", DEVELOPMENT, parameters);
    assert_eq!(happens(world, &event).await, opened.map(|line| line.replace("opened", "resolved")));
    world.calls.since("a user loses a policy");
}
