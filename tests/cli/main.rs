//! The program as it is run: files and standard input in, text or JSON and an exit code out.

mod abac;
mod apply;
mod can;
mod can_batch;
#[cfg(feature = "aws")]
mod collect;
mod compare;
mod demo;
mod documentation;
mod errors;
mod escalation;
mod escapes;
mod event_forms;
mod exit_codes;
mod findings;
mod hostile_events;
mod hostile_inventories;
mod hostile_rulebooks;
mod identities;
mod ignored_events;
mod inventory;
mod json_shape;
mod lint;
mod packs;
mod personas;
mod place;
mod production;
mod replay;
mod rulebook_verbs;
mod same_bytes;
mod same_in_same_out;
mod samples;
mod simulate;
mod stores;
mod suppressions;
mod who_can;
