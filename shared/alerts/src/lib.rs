//! What a finding looks like outside.
//!
//! One module a format, each a pure function of findings or transitions. Words for people are put together in
//! [`words`] and [`mod@page`] alone, so that all formats say the same. What is published and kept is versioned:
//! [`message`] and `schemas/` say what programs may rely on. [`group()`] and [`channel`] decide how much of it
//! people get to see, and when.

pub mod asff;
pub mod channel;
pub mod chat;
pub mod csv;
pub mod eventbridge;
mod group;
pub mod junit;
pub mod message;
pub mod ocsf;
pub mod page;
pub mod people;
pub mod sarif;
pub mod text;
pub mod words;

pub use group::{Alert, WORST, group};
pub use page::{Page, page};

/// The JSON Schema of a finding as it is kept and published.
pub const FINDING_SCHEMA: &str = include_str!("../schemas/finding.schema.json");

/// The JSON Schema of the messages of the topic.
pub const MESSAGE_SCHEMA: &str = include_str!("../schemas/message.schema.json");
