//! Safeguards taken out, to show what they are for. All of it is of the test: nothing that is deployed has such switches.

use stanchion_aws::DynamoTable;
use stanchion_findings::{Finding, Transition};
use stanchion_hub::budget::{Draft, Grant};
use stanchion_hub::edges::{Memory, Outcome, Written};
use stanchion_hub::{Cause, Key, Millis, Page, Row, Table, TableError};

/// A safeguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safeguard {
    /// An outcome is written only if nobody has written since its row was read.
    Condition,
    /// A transition is marked as told only after the topic took it.
    Order,
    /// The sweep finds what was left over and left behind.
    Reaper,
    /// A message is taken off its queue only once it is seen to.
    Redelivery,
}

/// The table, without a safeguard if one is taken out.
#[derive(Clone)]
pub(crate) struct Weakened {
    pub(crate) table: DynamoTable,
    pub(crate) without: Option<Safeguard>,
}

impl Table for Weakened {
    async fn raise(&self, key: &Key, cause: Option<(&str, &Cause)>, due: Millis) -> Result<Row, TableError> {
        self.table.raise(key, cause, due).await
    }

    async fn put_off(&self, row: &Row, due: Millis, attempts: u32) -> Result<(), TableError> {
        self.table.put_off(row, due, attempts).await
    }

    async fn claim(&self, row: &Row, until: Millis) -> Result<bool, TableError> {
        self.table.claim(row, until).await
    }

    async fn take(&self, account: &str, draft: Draft, now: Millis) -> Result<Grant, TableError> {
        self.table.take(account, draft, now).await
    }

    async fn row(&self, key: &Key) -> Result<Row, TableError> {
        self.table.row(key).await
    }

    async fn memory(&self, key: &Key) -> Result<Memory, TableError> {
        self.table.memory(key).await
    }

    async fn rows_of(&self, account: &str) -> Result<Vec<Row>, TableError> {
        self.table.rows_of(account).await
    }

    async fn memories_of(&self, account: &str) -> Result<Vec<(Key, Memory)>, TableError> {
        self.table.memories_of(account).await
    }

    async fn commit(&self, row: &Row, outcome: &Outcome) -> Result<Written, TableError> {
        let mut read = row.clone();
        if self.without == Some(Safeguard::Condition) {
            read.looks = self.table.row(&row.key).await?.looks;
        }
        let written = self.table.commit(&read, outcome).await?;
        if self.without == Some(Safeguard::Order) {
            self.table.mark_published(&outcome.batch.transitions).await?;
        }
        Ok(written)
    }

    async fn left_over(&self, due_before: Millis, page: Option<&str>) -> Result<Page<Key>, TableError> {
        self.table.left_over(due_before, page).await
    }

    async fn pending(&self, key: Option<&Key>, page: Option<&str>) -> Result<Page<Transition>, TableError> {
        self.table.pending(key, page).await
    }

    async fn unresolved(&self, page: Option<&str>) -> Result<Page<Finding>, TableError> {
        self.table.unresolved(page).await
    }

    async fn every_finding(&self, page: Option<&str>) -> Result<Page<Finding>, TableError> {
        self.table.every_finding(page).await
    }

    async fn history(&self, finding: &Finding) -> Result<Vec<Transition>, TableError> {
        self.table.history(finding).await
    }

    async fn mark_published(&self, transitions: &[Transition]) -> Result<(), TableError> {
        self.table.mark_published(transitions).await
    }

    async fn note(&self, name: &str) -> Result<Option<String>, TableError> {
        self.table.note(name).await
    }

    async fn set_note(&self, name: &str, was: Option<&str>, text: &str) -> Result<bool, TableError> {
        self.table.set_note(name, was, text).await
    }
}
