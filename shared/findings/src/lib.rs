//! The lifecycle of findings, and where they are kept.
//!
//! A violation is what one evaluation sees; a [`Finding`] is the same violation over time, known by
//! its [`Fingerprint`]. [`transition`] is the whole lifecycle as one pure function over one table
//! ([`lifecycle::step`]); a [`Store`] keeps what it gives, the alert that is due included, in one
//! atomic write, so that a crash between any two steps loses nothing.

mod finding;
mod fix;
pub mod lifecycle;
mod store;
mod subject;
mod transition;

pub use finding::{
    Because, Ended, Evaluation, EventRef, Finding, LIKELY, SCHEMA_VERSION, Since, Suppression, Transition,
    Witness,
};
pub use fix::{Fix, Safety};
pub use lifecycle::{Observed, State, TransitionKind};
pub use stanchion_rules::rulebook::Severity;
pub use store::embedded::EmbeddedStore;
pub use store::memory::MemoryStore;
pub use store::{Batch, Digests, HISTORY, Store, StoreError, SubjectRecord};
pub use subject::{Fingerprint, Subject, SubjectKind, fingerprint};
pub use transition::{FINGERPRINT_VERSION, Facts, Observation, Occasion, Step, transition};
