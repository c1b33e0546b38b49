//! What is sent to the topic. The messages themselves are those of [`stanchion_alerts::message`].

pub use stanchion_alerts::message::{Attribute, MAX_BYTES, Message, SCHEMA_VERSION};
use stanchion_alerts::message::{baseline, finding, unknown_event};

use crate::edges::Sent;

/// The message of what is sent.
pub fn message(sent: &Sent<'_>) -> Message {
    match sent {
        Sent::Transition(transition) => finding(transition),
        Sent::Baseline { account, transitions } => baseline(account, transitions),
        Sent::UnknownEvent(event) => unknown_event(event),
    }
}
