//! What the hub does on a good day, step by step.

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod credentials;
mod events;
mod fairness;
mod looks;
mod people;
mod rulebooks;
mod steps;
mod suppressions;
mod sweeps;
mod upgrades;
mod watch;
