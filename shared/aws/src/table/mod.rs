//! [`Table`] on DynamoDB: one table, laid out as [`layout`] says.
//!
//! A write of a row is conditioned on the row's revision; who comes second reads again. What one evaluation
//! finds is one transaction with its row.

mod commit;
mod item;
pub mod layout;
mod past;
mod raise;
mod read;
mod requests;
mod row;
mod take;

use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use stanchion_findings::{Finding, Transition};
use stanchion_hub::budget::{Draft, Grant};
use stanchion_hub::edges::{Memory, Outcome, Written};
use stanchion_hub::work::{Cause, Key, Millis, Row, SCHEMA_VERSION};
use stanchion_hub::{Page, Table, TableError};

use crate::calls::Calls;

use self::item::{Reader, n, s};
use self::layout::{NOTE, SCHEMA, State};
use self::requests::Put;
use self::row::Stored;

/// How often a write is tried again because another one came between. One of those that meet always gets
/// through.
const MAX_TRIES: usize = 16;

/// A table in DynamoDB.
#[derive(Clone, Debug)]
pub struct DynamoTable {
    client: Client,
    name: String,
    now_seconds: fn() -> i64,
}

impl DynamoTable {
    /// The table of this name. The time is that of the machine; it only tells when what nobody asks for any
    /// more may be dropped.
    pub fn new(config: &SdkConfig, calls: &Calls, name: impl Into<String>) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(config).interceptor(calls.clone()).build();
        let now_seconds = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
        };
        Self { client: Client::from_conf(config), name: name.into(), now_seconds }
    }

    /// Writes a row as it should be, if it is still of the revision it was made of. `Err`: what it is now.
    async fn put(&self, stored: &Stored) -> Result<Result<(), Option<Stored>>, TableError> {
        let item = stored.write((self.now_seconds)())?;
        match self.put_item(item, Put::Revision(stored.revision)).await? {
            Ok(()) => Ok(Ok(())),
            Err(Some(item)) => Ok(Err(Some(Stored::read(&stored.row.key, &item)?))),
            Err(None) => Ok(Err(None)),
        }
    }
}

/// Others wrote to a row again and again.
fn contended(key: &Key) -> TableError {
    TableError::Transient(format!("row {key} is written to by many at once"))
}

impl Table for DynamoTable {
    async fn raise(&self, key: &Key, cause: Option<(&str, &Cause)>, due: Millis) -> Result<Row, TableError> {
        self.raise_row(key, cause, due).await
    }

    async fn put_off(&self, row: &Row, due: Millis, attempts: u32) -> Result<(), TableError> {
        let mut found = self.stored(&row.key).await?;
        for _ in 0..MAX_TRIES {
            if found.row.looks != row.looks || found.row.wanted != row.wanted {
                return Ok(());
            }
            found.row.due = due;
            found.row.attempts = found.row.attempts.max(attempts);
            match self.put(&found).await? {
                Ok(()) => return Ok(()),
                Err(other) => found = other.unwrap_or_else(|| Stored::new(&row.key)),
            }
        }
        Err(contended(&row.key))
    }

    async fn claim(&self, row: &Row, until: Millis) -> Result<bool, TableError> {
        let mut found = self.stored(&row.key).await?;
        for _ in 0..MAX_TRIES {
            if found.row.telling != row.telling {
                return Ok(false);
            }
            found.row.telling = until;
            match self.put(&found).await? {
                Ok(()) => return Ok(true),
                Err(other) => found = other.unwrap_or_else(|| Stored::new(&row.key)),
            }
        }
        Err(contended(&row.key))
    }

    async fn take(&self, account: &str, draft: Draft, now: Millis) -> Result<Grant, TableError> {
        self.take_calls(account, draft, now).await
    }

    async fn row(&self, key: &Key) -> Result<Row, TableError> {
        Ok(self.stored(key).await?.row)
    }

    async fn memory(&self, key: &Key) -> Result<Memory, TableError> {
        self.read_memory(key).await
    }

    async fn rows_of(&self, account: &str) -> Result<Vec<Row>, TableError> {
        self.read_rows(account).await
    }

    async fn memories_of(&self, account: &str) -> Result<Vec<(Key, Memory)>, TableError> {
        self.read_memories(account).await
    }

    async fn commit(&self, row: &Row, outcome: &Outcome) -> Result<Written, TableError> {
        self.write_outcome(row, outcome).await
    }

    async fn left_over(&self, due_before: Millis, page: Option<&str>) -> Result<Page<Key>, TableError> {
        let page = self.open(State::LeftOver, Some(&layout::due_order(due_before)), page).await?;
        let entries = page.entries.iter().filter_map(|(pk, sk)| layout::key_of(pk, sk)).collect();
        Ok(Page { entries, next: page.next })
    }

    async fn pending(&self, key: Option<&Key>, page: Option<&str>) -> Result<Page<Transition>, TableError> {
        match key {
            Some(key) => self.pending_of(key, page).await,
            None => {
                let found = self.open(State::Pending, None, page).await?;
                let items = self.batch_get(&found.entries).await?;
                let read = items.iter().map(|item| Reader::new(item)?.record("transition"));
                Ok(Page { entries: read.collect::<Result<_, TableError>>()?, next: found.next })
            }
        }
    }

    async fn unresolved(&self, page: Option<&str>) -> Result<Page<Finding>, TableError> {
        let found = self.open(State::Unresolved, None, page).await?;
        let items = self.batch_get(&found.entries).await?;
        let read = items.iter().map(|item| Reader::new(item)?.record("finding"));
        Ok(Page { entries: read.collect::<Result<_, TableError>>()?, next: found.next })
    }

    async fn every_finding(&self, page: Option<&str>) -> Result<Page<Finding>, TableError> {
        let found = self.scan("finding", page).await?;
        let read = found.entries.iter().map(|item| Reader::new(item)?.record("finding"));
        Ok(Page { entries: read.collect::<Result<_, TableError>>()?, next: found.next })
    }

    async fn history(&self, finding: &Finding) -> Result<Vec<Transition>, TableError> {
        self.read_past(finding).await
    }

    async fn mark_published(&self, transitions: &[Transition]) -> Result<(), TableError> {
        self.write_past(transitions).await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, TableError> {
        let Some(item) = self.get(NOTE, name).await? else { return Ok(None) };
        Ok(Some(Reader::new(&item)?.text("text")?.to_owned()))
    }

    async fn set_note(&self, name: &str, was: Option<&str>, text: &str) -> Result<bool, TableError> {
        let mut item = layout::keys(NOTE, name);
        item.insert(SCHEMA.to_owned(), n(SCHEMA_VERSION));
        item.insert("text".to_owned(), s(text));
        match self.put_item(item, Put::Text(was)).await? {
            Ok(()) => Ok(true),
            // It was us, if an answer got lost.
            Err(Some(found)) => Ok(Reader::new(&found)?.text("text")? == text),
            Err(None) => Ok(false),
        }
    }
}
