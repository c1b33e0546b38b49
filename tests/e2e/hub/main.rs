//! The hub on AWS, whole: deployed by SAM into an emulator, an organization made by calls of AWS's API, and
//! CloudTrail events on its buses. `cargo xtask e2e` starts the emulator and runs this.
//!
//! One test, since all of it is one organization: each scenario goes on where the one before it stopped, and
//! waits until the hub has nothing left to do.

mod calls;
mod chaos;
mod deploy;
mod events;
mod inbox;
mod organization;
mod principals;
#[path = "../proxy/mod.rs"]
#[expect(dead_code, reason = "the fault injection in one process uses the rest")]
mod proxy;
mod removed;
mod scenarios;
mod template;
mod trails;
mod wait;
mod world;

#[tokio::test]
async fn what_happens_in_an_organization_is_told_once() {
    let world = world::World::build().await;
    template::is_as_it_should_be(&world).await;
    scenarios::patterns::run(&world).await;
    scenarios::baseline::run(&world).await;
    scenarios::role::run(&world).await;
    scenarios::policy::run(&world).await;
    scenarios::people::run(&world).await;
    scenarios::group::run(&world).await;
    scenarios::service_control_policy::run(&world).await;
    scenarios::moved::run(&world).await;
    scenarios::recreated::run(&world).await;
    scenarios::not_believed::run(&world).await;
    scenarios::watched::run(&world).await;
    scenarios::updated::run(&world).await;
    scenarios::faults::run(&world).await;
    world.calls.report();
}

/// `cargo xtask e2e` runs it last, when nothing needs the hub any more.
#[tokio::test]
#[ignore = "it takes away what the other tests look at"]
async fn stacks_that_are_deleted_leave_the_data_alone() {
    removed::leaves_the_data_alone(&world::Place::read()).await;
}
