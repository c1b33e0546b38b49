//! The shelf of rulebooks in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{Fates, meet};
use crate::edges::{Edition, Shelf, ShelfError};

/// What an edition's rulebook is called.
const FILE: &str = "rulebook.yaml";

type Editions = Vec<(String, BTreeMap<String, String>)>;

/// A shelf in memory: the edition that was put there last is the newest.
pub struct MemoryShelf {
    editions: Mutex<Editions>,
    fates: Fates,
}

impl MemoryShelf {
    /// An empty shelf.
    pub fn new(fates: Fates) -> Self {
        Self { editions: Mutex::default(), fates }
    }

    /// Puts an edition on the shelf: the rulebook, and the files that it names.
    pub fn put(&self, id: &str, rulebook: &str, files: &[(&str, &str)]) {
        let mut texts: BTreeMap<String, String> =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        texts.insert(FILE.to_owned(), rulebook.to_owned());
        let mut editions = self.editions.lock().unwrap_or_else(PoisonError::into_inner);
        editions.retain(|(other, _)| other != id);
        editions.push((id.to_owned(), texts));
    }

    async fn read<R>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Editions) -> R + Send,
    ) -> Result<R, ShelfError> {
        let read = || read(&self.editions.lock().unwrap_or_else(PoisonError::into_inner));
        meet(&self.fates, name, read).await.map_err(ShelfError::Unavailable)
    }
}

impl Shelf for MemoryShelf {
    async fn latest(&self) -> Result<Option<Edition>, ShelfError> {
        let latest = |editions: &Editions| editions.last().map(|(id, _)| id.clone());
        Ok(self.read("latest", latest).await?.map(|id| Edition { id, file: FILE.to_owned() }))
    }

    async fn text(&self, edition: &Edition, file: Option<&str>) -> Result<String, ShelfError> {
        let text = |editions: &Editions| {
            let (_, texts) = editions.iter().find(|(id, _)| *id == edition.id)?;
            texts.get(file.unwrap_or(FILE)).cloned()
        };
        let text = self.read("text", text).await?;
        text.ok_or_else(|| ShelfError::Unusable("there is no such file".to_owned()))
    }
}
