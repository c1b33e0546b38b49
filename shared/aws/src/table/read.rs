//! What is read by rows and by accounts.

use std::collections::BTreeMap;

use stanchion_findings::{Finding, State, Transition};
use stanchion_hub::edges::Memory;
use stanchion_hub::work::{Key, Row};
use stanchion_hub::{Page, TableError};

use super::DynamoTable;
use super::item::{Item, Reader};
use super::layout::{self, PK, SK};
use super::row::Stored;

impl DynamoTable {
    /// A row and what is stored with it, as the last write left it.
    pub(super) async fn stored(&self, key: &Key) -> Result<Stored, TableError> {
        match self.get(key.account(), &layout::row_sk(key)).await? {
            Some(item) => Stored::read(key, &item),
            None => Ok(Stored::new(key)),
        }
    }

    pub(super) async fn read_memory(&self, key: &Key) -> Result<Memory, TableError> {
        let prefix = format!("{}#", layout::row_name(key));
        let items = self.whole_range(key.account(), &prefix, None).await?;
        let mut memory = Memory::default();
        for item in &items {
            remember(&mut memory, key, item)?;
        }
        Ok(memory)
    }

    pub(super) async fn read_rows(&self, account: &str) -> Result<Vec<Row>, TableError> {
        let filter = ("attribute_exists(#wanted)", ["wanted"].as_slice());
        let items = self.whole_range(account, "", Some(filter)).await?;
        let mut rows = Vec::new();
        for item in &items {
            let key = owner(item)?;
            if matches!(key, Key::Principal { .. }) {
                rows.push(Stored::read(&key, item)?.row);
            }
        }
        Ok(rows)
    }

    pub(super) async fn read_memories(&self, account: &str) -> Result<Vec<(Key, Memory)>, TableError> {
        let filter =
            ("attribute_exists(#wanted) OR attribute_exists(#finding)", ["wanted", "finding"].as_slice());
        let items = self.whole_range(account, "", Some(filter)).await?;
        let mut memories: BTreeMap<Key, Memory> = BTreeMap::new();
        for item in &items {
            let key = owner(item)?;
            if matches!(key, Key::Principal { .. }) {
                remember(memories.entry(key.clone()).or_default(), &key, item)?;
            }
        }
        let is_unresolved = |finding: &Finding| finding.state != State::Resolved;
        memories.retain(|_, memory| memory.findings.iter().any(is_unresolved));
        Ok(memories.into_iter().collect())
    }

    pub(super) async fn pending_of(
        &self,
        key: &Key,
        page: Option<&str>,
    ) -> Result<Page<Transition>, TableError> {
        let (items, next) = self.range(key.account(), &layout::alerts_prefix(key), None, page).await?;
        let entries = items.iter().map(|item| Reader::new(item)?.record("transition"));
        Ok(Page { entries: entries.collect::<Result<_, TableError>>()?, next })
    }
}

/// Takes up what an item says of a principal.
fn remember(memory: &mut Memory, key: &Key, item: &Item) -> Result<(), TableError> {
    if item.contains_key("finding") {
        memory.findings.push(Reader::new(item)?.record("finding")?);
    } else if item.contains_key("wanted") {
        memory.subjects.extend(Stored::read(key, item)?.subjects.into_values());
    }
    Ok(())
}

fn owner(item: &Item) -> Result<Key, TableError> {
    let reader = Reader(item);
    let (pk, sk) = (reader.text(PK)?, reader.text(SK)?);
    layout::key_of(pk, sk).ok_or_else(|| reader.unreadable("its key is of no kind that is known".to_owned()))
}
