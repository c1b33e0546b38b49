//! CloudTrail event -> change -> affected principals; and a change's own effect on an inventory,
//! forwards and back.
//!
//! [`read_events`] reads what EventBridge, a trail or the AWS CLI deliver; an [`Interpreter`] turns
//! each event into a [`Change`], or says why it is none; [`affected`] names the principals to look
//! at again. [`apply`] and [`undo`] carry out what the event tells, and say so where it does not.
//!
//! What an event means is looked up in one explicit [`table`]: verb prefixes would miss
//! `SetDefaultPolicyVersion`, and would not notice a new operation. `CONTRIBUTING.md` says how to add
//! a row.

mod affected;
mod change;
mod effect;
mod events;
mod interpret;
mod kind;
mod named;
mod record;
pub mod table;
mod target;

pub use affected::{Affected, affected};
pub use change::{Actor, Change, Ignored, IgnoredEvent, Meta, Target, Verdict};
pub use effect::{Applied, Apply, Before, Effect, apply, undo, undo_effect};
pub use events::{
    Envelope, EventReader, EventsError, Glance, MAX_EVENT_BYTES, RawEvent, UnreadEvent, read_events,
};
pub use interpret::{Interpreter, interpret};
pub use kind::Kind;
pub use named::trusted;
