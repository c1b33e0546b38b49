//! Events that change nothing: forged ones, failed calls; and one that nobody knows, which is reported.

use super::happens;
use crate::events;
use crate::world::World;

pub(crate) async fn run(world: &World) {
    let forged = events::sample(world, "src/demo/events/03-an-event-that-aws-did-not-send.json");
    assert!(!forged["source"].as_str().expect("a source").starts_with("aws."));
    assert_eq!(happens(world, &forged).await, [""; 0]);
    let failed = events::sample(world, "src/demo/events/02-a-call-that-failed.json");
    assert_eq!(happens(world, &failed).await, [""; 0]);
    // Both were refused by the rules already.
    assert!(world.calls.since("a forged event and a failed call").is_empty());

    let unknown = events::sample(world, "src/demo/events/10-an-operation-that-nobody-knows.json");
    assert_eq!(happens(world, &unknown).await, ["unknown-event ShareRole 444455556666"]);
    world.calls.since("an event that nobody knows");
}
