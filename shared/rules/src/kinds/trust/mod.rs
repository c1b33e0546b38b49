//! Trust policies as questions: whom a role lets in, by which request. What the rules about third
//! parties, federation and services have in common.

mod found;
pub(super) mod region;
mod role;
mod shown;

pub(super) use found::Found;
pub(super) use role::{Place, Role, accounts_of, place};
pub(super) use shown::{EXTERNAL_ID, shown};
