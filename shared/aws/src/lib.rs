//! The hub's edges on AWS.

mod bucket;
mod calls;
pub mod cloud;
pub mod collect;
mod config;
mod errors;
pub mod notes;
pub mod post;
mod put;
pub mod queue;
pub mod table;
pub mod topic;

pub use bucket::Bucket;
pub use calls::{Calls, Count};
pub use config::{config, config_of_function, own_account};
pub use post::AwsPost;
pub use put::put;
pub use queue::SqsQueue;
pub use stanchion_hub::{Table, TableError};
pub use table::DynamoTable;
pub use topic::SnsTopic;
