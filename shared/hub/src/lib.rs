//! What the functions do, whatever they run on: events become rows of work, rows of work become
//! findings and alerts.
//!
//! **Level-triggered.** An event only says *look here*: it raises the [`Row`] of what it affects and
//! sends a [`Job`] that names the row. Whoever takes the job reads the row *before* it reads AWS, and
//! writes what it found only if nobody wrote in between. Duplicates, disorder and crashes between any two
//! steps cost a look more, never a change.
//!
//! The edges are traits: what is read of AWS ([`Cloud`]), what is stored ([`Table`]), where jobs go
//! ([`Queue`]) and where alerts go ([`Topic`]). They are implemented in memory for tests, and by the crate
//! `stanchion-aws`.

mod backoff;
pub mod budget;
mod causes;
pub mod edges;
pub mod evaluate;
mod hub;
mod known;
pub mod memory;
pub mod messages;
mod note;
pub mod people;
mod publish;
pub mod react;
pub mod rulebook;
mod settings;
pub mod sweep;
pub mod watch;
pub mod work;

pub use hub::{Fault, Hub};
pub use settings::{Settings, SettingsError};

pub use edges::{
    Cloud, CloudError, Page, Queue, QueueError, Sent, Shelf, ShelfError, Table, TableError, Topic, TopicError,
};
pub use work::{Cause, Fan, Job, Key, Millis, Row};
