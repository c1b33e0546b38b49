//! The IAM policy language: documents, patterns, conditions and requests, and the two questions
//! that are asked of them: is this request allowed ([`mod@decide`]), and is there any request that
//! is allowed and forbidden ([`mod@prove`])? Pure: no input or output, no clock.

pub mod ask;
pub mod catalogue;
pub mod compare;
pub mod context;
pub mod decide;
pub mod document;
pub mod endpoints;
pub mod idle;
pub mod json;
pub mod keys;
mod lines;
pub mod lint;
mod parse;
mod policy;
pub mod prove;
pub mod request;
pub mod simulate;
pub mod text;
pub mod value;
mod write;

pub use context::Context;
pub use decide::decide;
pub use document::Document;
pub use parse::DocumentError;
pub use policy::{Layers, Level, NamedPolicy, Policy, ResourcePolicy};
pub use request::{Caller, CallerKind, Request, RequestError};
