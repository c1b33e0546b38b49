//! Where findings are kept.
//!
//! One write per evaluation: findings, the record of the evaluation, and the alerts that are due
//! become visible together or not at all. An alert stays [pending](Store::pending) until it is
//! marked as published, so it is sent at least once; its id tells a second sending from a second
//! transition.

pub(crate) mod embedded;
pub(crate) mod memory;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::finding::{Evaluation, Finding, Transition};
use crate::subject::{Fingerprint, Subject};

/// By what a subject was evaluated. If any of these is another, it has to be evaluated again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Of the rulebook.
    pub rulebook: String,
    /// Of the catalogue of actions and managed policies.
    pub catalogue: String,
    /// Of the engine.
    pub engine: String,
}

/// That a subject was evaluated, and by what. Without one, its next evaluation is its baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectRecord {
    /// The subject.
    pub subject: Subject,
    /// Its ARN, if it is a principal.
    pub principal: Option<String>,
    /// By what it was evaluated.
    pub digests: Digests,
    /// When, in the time of events.
    pub evaluated_at: Option<String>,
    /// How many evaluations of it have been written, this one included.
    #[serde(default)]
    pub looks: u64,
    /// The evaluation.
    #[serde(default)]
    pub evaluation: Option<Evaluation>,
}

/// What one evaluation writes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Batch {
    /// New records of findings, each finding at most once.
    pub findings: Vec<Finding>,
    /// The subjects evaluated.
    pub subjects: Vec<SubjectRecord>,
    /// Subjects that are no more. Their findings stay, resolved.
    pub removed_subjects: Vec<Subject>,
    /// What happened, alerts pending; those of one finding in their order.
    pub transitions: Vec<Transition>,
}

impl SubjectRecord {
    /// Whether this record must not be written over `stored`: that is of a later evaluation, or of another one that
    /// started from the same.
    pub(crate) fn is_superseded_by(&self, stored: &Self) -> bool {
        // Programs of the first version did not count.
        self.looks > 0 && stored.looks >= self.looks && stored != self
    }
}

/// How many transitions of a finding are kept after they were published; those before are only counted.
pub const HISTORY: usize = 20;

/// Keeps findings. Every list that it gives is in the order of fingerprints or ids.
pub trait Store {
    /// One finding.
    ///
    /// # Errors
    /// As every method here: if the store cannot be read.
    fn finding(&self, fingerprint: &Fingerprint) -> Result<Option<Finding>, StoreError>;

    /// Every finding about a subject, resolved ones included.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn findings_of_subject(&self, subject: &Subject) -> Result<Vec<Finding>, StoreError>;

    /// Every finding about the principal that has this ARN, resolved ones included.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn findings_of_principal(&self, arn: &str) -> Result<Vec<Finding>, StoreError>;

    /// Every finding, resolved ones included.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn findings(&self) -> Result<Vec<Finding>, StoreError>;

    /// What happened to a finding, the latest last: no more than [`HISTORY`] transitions.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn history(&self, fingerprint: &Fingerprint) -> Result<Vec<Transition>, StoreError>;

    /// Every finding that is not resolved: open or indeterminate.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn unresolved(&self) -> Result<Vec<Finding>, StoreError>;

    /// Those of [`Store::unresolved`] that are wanted.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn unresolved_where(&self, wanted: &dyn Fn(&Finding) -> bool) -> Result<Vec<Finding>, StoreError> {
        let mut unresolved = self.unresolved()?;
        unresolved.retain(wanted);
        Ok(unresolved)
    }

    /// Whether and by what a subject was evaluated.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn subject(&self, subject: &Subject) -> Result<Option<SubjectRecord>, StoreError>;

    /// Writes a whole batch, or nothing of it. The same batch a second time changes nothing.
    ///
    /// # Errors
    /// If the store cannot be written. [`StoreError::Superseded`] if another evaluation of one of its subjects was
    /// written since the one that the batch started from: what is older by what it read never overwrites what is
    /// newer, whichever comes last.
    fn commit(&mut self, batch: Batch) -> Result<(), StoreError>;

    /// The transitions whose alerts have not been marked as published. Those of one finding come
    /// in the order in which they happened.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn pending(&self) -> Result<Vec<Transition>, StoreError>;

    /// Notes that a transition's alert is out. A second time changes nothing.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn mark_published(&mut self, transition_id: &str) -> Result<(), StoreError>;
}

/// Why a store cannot be opened, read or written. Each names the file.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file is something else.
    #[error("`{}` is not a finding store: {reason}", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        reason: String,
    },
    /// Another process has it open.
    #[error("`{}` is in use by another process", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error(
        "`{}` was written by a newer version: its schema is {found}, this version reads {known}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The schema of this program.
        known: u32,
    },
    /// Reading or writing failed.
    #[error("cannot read or write `{}`: {source}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<redb::Error>,
    },
    /// Another evaluation was written first: evaluate again.
    #[error("another evaluation of {subject} was written to `{}` first", path.display())]
    Superseded {
        /// The file.
        path: PathBuf,
        /// The subject.
        subject: Subject,
    },
    /// A record in it does not parse.
    #[error("`{}` holds a record that cannot be read: {source}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}
