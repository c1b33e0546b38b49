//! A service control policy is detached from the OU Workloads, and attached again.

use aws_sdk_organizations::Client;

use super::happens;
use crate::calls::reads;
use crate::events;
use crate::world::{MANAGEMENT, World};

pub(crate) async fn run(world: &World) {
    let client = Client::new(&world.place.config(MANAGEMENT));
    let (policy, target) = (world.names.of("p-watchandstay"), world.names.of("ou-ab12-workloads"));
    let detach = client.detach_policy().policy_id(policy).target_id(target);
    detach.send().await.expect("detached");
    let event = events::sample(world, "src/demo/events/11-a-service-control-policy-goes.json");
    let told = happens(world, &event).await;
    assert_eq!(told, expected("opened"));
    let counts = world.calls.since("a service control policy is detached");
    let of_accounts = |operation: &String| operation.starts_with("iam:") || operation.starts_with("sts:");
    let others = counts.into_iter().filter(|(operation, _)| !of_accounts(operation)).collect();
    assert!(reads(&others) <= 3, "{others:?}");

    let attach = client.attach_policy().policy_id(policy).target_id(target);
    attach.send().await.expect("attached");
    let event = events::sample(world, "src/demo/events/12-and-comes-back.json");
    assert_eq!(happens(world, &event).await, expected("resolved"));
    world.calls.since("a service control policy is attached");
}

/// Whoever can do everything else in the accounts of Workloads; and those accounts themselves, since the rule that
/// nobody leaves is to be enforced by service control policies.
fn expected(transition: &str) -> Vec<String> {
    let sso = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO";
    let both = [
        "333344445555:role/BreakGlass".to_owned(),
        format!("333344445555:{sso}_AdministratorAccess_3c51e0a9d2b47f68"),
        "333344445555:root".to_owned(),
        "444455556666:role/BreakGlass".to_owned(),
        format!("444455556666:{sso}_AdministratorAccess_4d62f1bae3c58079"),
        "444455556666:root".to_owned(),
        "555566667777:root".to_owned(),
    ];
    let watch = [format!("555566667777:{sso}_PowerUserAccess_5e73a2cbf4d6918a")];
    let accounts = ["333344445555", "444455556666", "555566667777"].map(|id| format!("account {id}"));
    let line = |rule: &str, who: &String| format!("{transition} {rule} {who}");
    let leaves = both.iter().chain(&accounts).map(|who| line("nobody-leaves-the-organization", who));
    let watched = both.iter().chain(&watch).map(|who| line("nobody-stops-the-watch", who));
    let mut lines: Vec<String> = leaves.chain(watched).collect();
    lines.sort();
    lines
}
