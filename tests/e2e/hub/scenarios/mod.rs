//! What happens, one file each. Each makes its change by AWS's API, then puts CloudTrail's event on the bus.

pub(crate) mod baseline;
pub(crate) mod faults;
pub(crate) mod group;
pub(crate) mod moved;
pub(crate) mod not_believed;
pub(crate) mod patterns;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod recreated;
pub(crate) mod role;
pub(crate) mod service_control_policy;
pub(crate) mod updated;
pub(crate) mod watched;

use aws_sdk_iam::Client;
use serde_json::Value;

use crate::events;
use crate::inbox::told;
use crate::world::World;

/// AWS's own policy that allows everything.
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// IAM of an account, as the demo names it.
fn iam(world: &World, account: &str) -> Client {
    Client::new(&world.place.config(world.names.of(account)))
}

/// Puts an event, waits until the hub has nothing left to do, and says what was told.
async fn happens(world: &World, event: &Value) -> Vec<String> {
    events::put(world, event).await;
    told(world, &world.inbox.after(world).await)
}
