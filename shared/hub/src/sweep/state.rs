//! How far a sweep has got, as the table keeps it between calls.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::edges::TableError;
use crate::note;
use crate::work::{Millis, SCHEMA_VERSION};

/// The name of the note that holds it.
pub(super) const NAME: &str = "sweep";

/// A pass over all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// [`SCHEMA_VERSION`] when it was written.
    pub(super) schema: u32,
    /// When it began; 0: never.
    pub(super) started: Millis,
    /// The rules, the catalogue and the engine that it evaluates by.
    pub(super) rules: String,
    /// Its accounts, in their order.
    pub(super) accounts: Vec<String>,
    /// How many of them have been asked for.
    pub(super) done: usize,
    /// Alerts that were pending at some call, and when first: those that stay so were left behind by whoever
    /// should have told them.
    pub(super) pending: Vec<(String, Millis)>,
}

impl State {
    /// The text of the note.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn text(&self) -> Result<String, TableError> {
        note::write(NAME, &Self { schema: SCHEMA_VERSION, ..self.clone() })
    }

    /// Whether all of its accounts have been asked for.
    pub(super) fn is_over(&self) -> bool {
        self.done >= self.accounts.len()
    }

    /// Begins the next pass, over these accounts; accounts of the last one that are not among them are
    /// looked at once more, so that their findings end.
    pub(super) fn begin(&mut self, now: Millis, rules: String, accounts: Vec<String>) -> usize {
        let there: BTreeSet<String> = accounts.iter().cloned().collect();
        let gone: Vec<String> = self.accounts.drain(..).filter(|id| !there.contains(id)).collect();
        let count = gone.len();
        let all: BTreeSet<String> = there.into_iter().chain(gone).collect();
        *self = Self {
            started: now,
            rules,
            accounts: all.into_iter().collect(),
            done: 0,
            pending: std::mem::take(&mut self.pending),
            schema: SCHEMA_VERSION,
        };
        count
    }
}
