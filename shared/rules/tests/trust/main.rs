//! Trust policies: who is let in, by the pages of the documentation and by small inventories.

mod page;
mod policies;
mod reading;
mod roles;
mod world;
