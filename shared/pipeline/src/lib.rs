//! Events in, finding transitions out:
//! `event -> change -> affected principals -> policy layers -> violations -> finding transitions`.
//!
//! The command line, the demo and the functions all call this; they differ in where events come
//! from, where the inventory is read, where findings are kept, and where alerts go.

mod can;
mod cause;
mod check;
mod facts;
mod fix;
mod order;
mod player;
mod react;
pub mod replay;
pub mod report;
pub mod suppress;
mod whom;

pub use can::{Able, Inquirer, Inquiry, WhoCan};
pub use check::{Checked, check};
pub use facts::{digests, subject};
pub use fix::{Others, propose, propose_after, propose_all, propose_for};
pub use order::Event;
pub use player::{Played, Player};
pub use react::{Reaction, baseline, look_at, look_at_account, published, react};
