//! Where the rulebook's editions are.

use std::future::Future;

use thiserror::Error;

/// One edition of the rulebook: it and the files that it names. An edition never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Which it is, as the version id of an object in S3.
    pub id: String,
    /// What the rulebook is called where something is wrong with it, as `s3://bucket/rulebook.yaml`.
    pub file: String,
}

/// Where the rulebook's editions are. A hub whose rulebook is packed with its functions has none.
pub trait Shelf: Send + Sync {
    /// The newest edition; `None`: there is none yet.
    fn latest(&self) -> impl Future<Output = Result<Option<Edition>, ShelfError>> + Send;

    /// A text of an edition: the rulebook, or a file by the path by which the rulebook names it, from the
    /// rulebook's folder. A path that leads out of that folder is none.
    fn text(
        &self,
        edition: &Edition,
        file: Option<&str>,
    ) -> impl Future<Output = Result<String, ShelfError>> + Send;
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShelfError {
    /// The shelf did not answer, or lets nobody in: nothing is known of the edition.
    #[error("the rulebook's shelf did not answer: {0}")]
    Unavailable(String),
    /// The edition has no such text, or one that nobody can read: it is not good.
    #[error("{0}")]
    Unusable(String),
}
