//! The first evaluation of everybody: what it finds is told in one message an account, and blamed on nobody.

use crate::inbox::told;
use crate::wait;
use crate::world::World;

pub(crate) async fn run(world: &World) {
    // The sweep comes by itself, on its schedule.
    let first = wait::until("the sweep's first baseline", async || {
        let messages = world.inbox.after(world).await;
        (!messages.is_empty()).then_some(messages)
    })
    .await;
    assert_eq!(told(world, &first), [r#"baseline of 555566667777: {"snapshots-stay-ours":1}"#]);
    world.calls.since("baseline");
}
