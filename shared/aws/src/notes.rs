//! Small texts by name: where what is read of AWS seldom is kept for the next function.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use stanchion_hub::{Table, TableError};

/// [`Table::note`] and [`Table::set_note`], for those who have no table.
pub trait Notes: Send + Sync {
    /// A text by name.
    fn read(&self, name: &str) -> impl Future<Output = Result<Option<String>, TableError>> + Send;

    /// Writes a text, if it is still what it was when it was read. `false`: it is not.
    fn write(
        &self,
        name: &str,
        was: Option<&str>,
        text: &str,
    ) -> impl Future<Output = Result<bool, TableError>> + Send;
}

impl<T: Table> Notes for T {
    fn read(&self, name: &str) -> impl Future<Output = Result<Option<String>, TableError>> + Send {
        self.note(name)
    }

    fn write(
        &self,
        name: &str,
        was: Option<&str>,
        text: &str,
    ) -> impl Future<Output = Result<bool, TableError>> + Send {
        self.set_note(name, was, text)
    }
}

/// Notes that are gone with the program. Clones are the same notes.
#[derive(Clone, Debug, Default)]
pub struct NotesInMemory(Arc<Mutex<BTreeMap<String, String>>>);

impl Notes for NotesInMemory {
    async fn read(&self, name: &str) -> Result<Option<String>, TableError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    async fn write(&self, name: &str, was: Option<&str>, text: &str) -> Result<bool, TableError> {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = notes.get(name).map(String::as_str) == was;
        if same {
            notes.insert(name.to_owned(), text.to_owned());
        }
        Ok(same)
    }
}
