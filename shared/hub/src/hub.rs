//! The edges, the rules and the settings: what every step needs.

use std::sync::Mutex;

use stanchion_changes::Interpreter;
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Rulebook};
use thiserror::Error;

use crate::edges::{QueueError, TableError};
use crate::settings::Settings;

/// The edges, the rules and the settings. One lives as long as a warm function.
pub struct Hub<'r, C, T, Q, P> {
    /// AWS, for reading.
    pub cloud: C,
    /// Where rows and findings are.
    pub table: T,
    /// Where jobs go.
    pub queue: Q,
    /// Where alerts go.
    pub topic: P,
    /// What whoever deploys it chose.
    pub settings: Settings,
    /// The rules, made ready once; the inventory and the moment are filled in for each look.
    pub(crate) evaluator: Evaluator<'r>,
    pub(crate) interpreter: Interpreter,
    /// The organization and Identity Center as they were parsed last.
    pub(crate) known: Mutex<Option<crate::known::Parsed>>,
}

impl<'r, C, T, Q, P> Hub<'r, C, T, Q, P> {
    /// A hub. `nothing` is an empty inventory, which the rules are made ready on.
    pub fn new(
        (cloud, table, queue, topic): (C, T, Q, P),
        settings: Settings,
        rulebook: &'r Rulebook,
        nothing: &'r Inventory,
    ) -> Self {
        Self {
            cloud,
            table,
            queue,
            topic,
            settings,
            evaluator: Evaluator::new(rulebook, nothing, None),
            interpreter: Interpreter::watching(|service| rulebook.watches(service)),
            known: Mutex::new(None),
        }
    }
}

/// Why a message is not done with, and could not be put off either: its item fails, and the queue
/// delivers it again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It cannot be read, now or later; it belongs into the queue of dead letters.
    #[error("poison: {0}")]
    Poison(String),
    /// Not even the edge that work is put off with answered.
    #[error("{0}")]
    Transient(String),
}

impl From<TableError> for Fault {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Transient(_) => Self::Transient(error.to_string()),
            TableError::Unreadable { .. } => Self::Poison(error.to_string()),
        }
    }
}

impl From<QueueError> for Fault {
    fn from(error: QueueError) -> Self {
        Self::Transient(error.to_string())
    }
}
