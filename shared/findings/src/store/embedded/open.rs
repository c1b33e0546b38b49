//! Opening the embedded store, and refusing what is not one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError, ReadableDatabase, StorageError};
use redb::{TableDefinition, TableError};

use super::{EmbeddedStore, FINDINGS, INDEX, OUTBOX, SUBJECTS};
use crate::store::StoreError;

/// The version of the tables. To be raised when an older program must not touch the file.
const SCHEMA: u32 = 1;

const META: TableDefinition<&str, u32> = TableDefinition::new("meta");

impl EmbeddedStore {
    /// Opens the store in a file; makes it if there is none.
    ///
    /// # Errors
    /// A file that is something else, is in use, or was written by a newer program. None of these
    /// is changed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let database = Database::create(&path).map_err(|error| refused(&path, error))?;
        Self::with_schema(database, path)
    }

    /// A store that is gone with the process, and otherwise the same.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .map_err(|error| refused(&path, error))?;
        Self::with_schema(database, path)
    }

    fn with_schema(database: Database, path: PathBuf) -> Result<Self, StoreError> {
        let store = Self { database, path };
        let is_new = store.io(|database| Ok(database.begin_read()?.list_tables()?.next().is_none()))?;
        if is_new {
            store.write(|transaction| {
                transaction.open_table(META)?.insert("schema", SCHEMA)?;
                // Made now, so that reading never meets a table that is not there.
                transaction.open_table(FINDINGS)?;
                transaction.open_table(OUTBOX)?;
                transaction.open_table(SUBJECTS)?;
                transaction.open_table(INDEX)?;
                Ok(())
            })?;
        }
        let schema = store.io(|database| {
            let meta = match database.begin_read()?.open_table(META) {
                Ok(meta) => meta,
                // Whatever else is wrong with the table, it is not one that this program made.
                Err(TableError::Storage(error)) => return Err(error.into()),
                Err(_) => return Ok(None),
            };
            Ok(meta.get("schema")?.map(|schema| schema.value()))
        })?;
        match schema {
            Some(SCHEMA) => Ok(store),
            Some(found) => Err(StoreError::Newer { path: store.path, found, known: SCHEMA }),
            None => {
                let reason = "it is a database of something else".to_owned();
                Err(StoreError::NotAStore { path: store.path, reason })
            }
        }
    }
}

fn refused(path: &Path, error: DatabaseError) -> StoreError {
    let path = path.to_owned();
    let not_a_store = |reason: String| StoreError::NotAStore { path: path.clone(), reason };
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path },
        DatabaseError::UpgradeRequired(version) => {
            not_a_store(format!("it is in version {version} of the redb file format"))
        }
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
            not_a_store("it is not a redb database".to_owned())
        }
        DatabaseError::Storage(StorageError::Corrupted(reason)) => {
            not_a_store(format!("it is damaged: {reason}"))
        }
        error => StoreError::Failed { path, source: Box::new(error.into()) },
    }
}
