//! Escalation: who may do everything, what nobody may hold together, and what nobody may come to from
//! role to role.

mod administrators;
mod combination;
mod followers;
mod gain;
mod gift;
mod known;
mod passing;
mod paths;
mod standing;
mod steps;
mod ways;

pub(crate) use administrators::Administrators;
pub(crate) use combination::Combination;
pub(crate) use followers::followers;
pub(crate) use known::Known;
pub(crate) use paths::Paths;
