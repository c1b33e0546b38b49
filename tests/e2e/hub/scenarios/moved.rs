//! An account moves out of the OU whose service control policy held it.

use aws_sdk_organizations::Client;

use super::happens;
use crate::events;
use crate::principals::{WEB, WORKERS};
use crate::world::{MANAGEMENT, World};

pub(crate) async fn run(world: &World) {
    let client = Client::new(&world.place.config(MANAGEMENT));
    let (from, to) = (world.names.of("ou-ab12-production"), world.names.of("ou-ab12-development"));
    let move_it = client.move_account().account_id(world.names.of(WEB)).source_parent_id(from);
    move_it.destination_parent_id(to).send().await.expect("moved");
    let event = events::sample(world, "src/demo/events/13-an-account-moves.json");
    let told = happens(world, &event).await;

    let opened = told.iter().filter(|line| line.starts_with("opened production-stays-in-its-regions"));
    // The demo's principals, the root user included, and the roles that only this test has; the audit role is one, since
    // it may ask for rules and trails in any region.
    assert_eq!(opened.count(), 6 + WORKERS + 1, "{told:#?}");
    assert!(
        told.iter().all(|line| line.contains(" production-stays-in-its-regions 444455556666:")),
        "{told:#?}"
    );
    world.calls.since("an account moves");
}
