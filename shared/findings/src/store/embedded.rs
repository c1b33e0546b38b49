//! A store in one file, by way of redb: for the demo, a laptop, a single machine.
//!
//! Records are JSON, so that a file can be looked into and an old one still read. What is searched
//! for has a table of its own whose keys end in the fingerprint; a range of it is the answer.

mod open;

use std::path::PathBuf;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, HISTORY, Store, StoreError, SubjectRecord};
use crate::finding::{Finding, Transition};
use crate::lifecycle::State;
use crate::subject::{Fingerprint, Subject};

type Records = TableDefinition<'static, &'static str, &'static [u8]>;
type Triple = (&'static str, &'static str, &'static str);

const FINDINGS: Records = TableDefinition::new("findings");
const OUTBOX: Records = TableDefinition::new("outbox");
/// Fingerprint and ordinal -> the transition. Not in files of programs that kept no history.
const PAST: TableDefinition<(&str, u32), &[u8]> = TableDefinition::new("history");
/// Kind and id of the subject -> its record.
const SUBJECTS: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("subjects");
/// What is searched by, its value, and a fingerprint that it leads to.
const INDEX: TableDefinition<Triple, ()> = TableDefinition::new("index");

const BY_PRINCIPAL: &str = "principal-arn";
const BY_STATE: &str = "state";
const UNRESOLVED: &str = "unresolved";

/// A store in one file, which one process at a time can open.
#[derive(Debug)]
pub struct EmbeddedStore {
    database: Database,
    path: PathBuf,
}

impl EmbeddedStore {
    fn io<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        let failed = |error| StoreError::Failed { path: self.path.clone(), source: Box::new(error) };
        work(&self.database).map_err(failed)
    }

    fn write(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        self.io(|database| {
            let transaction = database.begin_write()?;
            work(&transaction)?;
            Ok(transaction.commit()?)
        })
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, StoreError> {
        serde_json::from_slice(bytes).map_err(|source| StoreError::Record { path: self.path.clone(), source })
    }

    fn encode(&self, record: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(record).map_err(|source| StoreError::Record { path: self.path.clone(), source })
    }

    /// The findings that one value of the index leads to.
    fn indexed(&self, by: &str, value: &str) -> Result<Vec<Finding>, StoreError> {
        let records = self.io(|database| {
            let transaction = database.begin_read()?;
            let (index, findings) = (transaction.open_table(INDEX)?, transaction.open_table(FINDINGS)?);
            let mut records = Vec::new();
            for entry in index.range((by, value, "")..)? {
                let (key, ()) = entry.map(|(key, unit)| (key, unit.value()))?;
                let (found_by, found, fingerprint) = key.value();
                if (found_by, found) != (by, value) {
                    break;
                }
                if let Some(record) = findings.get(fingerprint)? {
                    records.push(record.value().to_vec());
                }
            }
            Ok(records)
        })?;
        records.iter().map(|record| self.decode(record)).collect()
    }
}

impl Store for EmbeddedStore {
    fn finding(&self, fingerprint: &Fingerprint) -> Result<Option<Finding>, StoreError> {
        let record = self.io(|database| {
            let findings = database.begin_read()?.open_table(FINDINGS)?;
            Ok(findings.get(fingerprint.as_str())?.map(|record| record.value().to_vec()))
        })?;
        record.map(|record| self.decode(&record)).transpose()
    }

    fn findings_of_subject(&self, subject: &Subject) -> Result<Vec<Finding>, StoreError> {
        self.indexed(subject.kind.as_str(), &subject.id)
    }

    fn findings_of_principal(&self, arn: &str) -> Result<Vec<Finding>, StoreError> {
        self.indexed(BY_PRINCIPAL, arn)
    }

    fn findings(&self) -> Result<Vec<Finding>, StoreError> {
        let records = self.io(|database| {
            let findings = database.begin_read()?.open_table(FINDINGS)?;
            let records = findings.iter()?.map(|entry| Ok(entry?.1.value().to_vec()));
            records.collect::<Result<Vec<Vec<u8>>, redb::Error>>()
        })?;
        records.iter().map(|record| self.decode(record)).collect()
    }

    fn history(&self, fingerprint: &Fingerprint) -> Result<Vec<Transition>, StoreError> {
        let name = fingerprint.as_str();
        let records = self.io(|database| {
            let past = match database.begin_read()?.open_table(PAST) {
                Ok(past) => past,
                Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            };
            let records = past.range((name, 0)..=(name, u32::MAX))?;
            let records = records.map(|entry| Ok(entry?.1.value().to_vec()));
            records.collect::<Result<Vec<Vec<u8>>, redb::Error>>()
        })?;
        records.iter().map(|record| self.decode(record)).collect()
    }

    fn unresolved(&self) -> Result<Vec<Finding>, StoreError> {
        self.indexed(BY_STATE, UNRESOLVED)
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectRecord>, StoreError> {
        let record = self.io(|database| {
            let subjects = database.begin_read()?.open_table(SUBJECTS)?;
            Ok(subjects.get(key(subject))?.map(|record| record.value().to_vec()))
        })?;
        record.map(|record| self.decode(&record)).transpose()
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        // All that can fail without the disk comes first. `&mut self` and the lock on the file see
        // to it that what is read here is still so when it is written.
        let mut findings = Vec::new();
        for finding in &batch.findings {
            let before = self.finding(&finding.fingerprint)?;
            findings.push((finding, before, self.encode(finding)?));
        }
        let mut subjects = Vec::new();
        for record in &batch.subjects {
            if self.subject(&record.subject)?.is_some_and(|stored| record.is_superseded_by(&stored)) {
                let (path, subject) = (self.path.clone(), record.subject.clone());
                return Err(StoreError::Superseded { path, subject });
            }
            subjects.push((&record.subject, self.encode(record)?));
        }
        let mut transitions = Vec::new();
        for transition in &batch.transitions {
            transitions.push((transition, self.encode(transition)?));
        }
        self.write(|transaction| {
            let mut records = transaction.open_table(FINDINGS)?;
            let mut index = transaction.open_table(INDEX)?;
            for (finding, before, record) in &findings {
                records.insert(finding.fingerprint.as_str(), record.as_slice())?;
                for entry in before.iter().flat_map(entries) {
                    index.remove(entry)?;
                }
                for entry in entries(finding) {
                    index.insert(entry, ())?;
                }
            }
            let mut table = transaction.open_table(SUBJECTS)?;
            for (subject, record) in &subjects {
                table.insert(key(subject), record.as_slice())?;
            }
            for subject in &batch.removed_subjects {
                table.remove(key(subject))?;
            }
            let mut outbox = transaction.open_table(OUTBOX)?;
            let mut past = transaction.open_table(PAST)?;
            for (transition, record) in &transitions {
                outbox.insert(transition.id.as_str(), record.as_slice())?;
                let (name, ordinal) =
                    (transition.finding.fingerprint.as_str(), transition.finding.transitions);
                past.insert((name, ordinal), record.as_slice())?;
                let kept = u32::try_from(HISTORY).unwrap_or(u32::MAX);
                past.retain_in((name, 0)..=(name, ordinal.saturating_sub(kept)), |_, _| false)?;
            }
            Ok(())
        })
    }

    fn pending(&self) -> Result<Vec<Transition>, StoreError> {
        let records = self.io(|database| {
            let outbox = database.begin_read()?.open_table(OUTBOX)?;
            let mut records = Vec::new();
            for entry in outbox.iter()? {
                records.push(entry?.1.value().to_vec());
            }
            Ok(records)
        })?;
        records.iter().map(|record| self.decode(record)).collect()
    }

    fn mark_published(&mut self, transition_id: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.open_table(OUTBOX)?.remove(transition_id)?;
            Ok(())
        })
    }
}

fn key(subject: &Subject) -> (&str, &str) {
    (subject.kind.as_str(), &subject.id)
}

/// What a finding is found by.
fn entries(finding: &Finding) -> Vec<(&str, &str, &str)> {
    let fingerprint = finding.fingerprint.as_str();
    let mut entries = vec![(finding.subject.kind.as_str(), finding.subject.id.as_str(), fingerprint)];
    if let Some(arn) = &finding.principal {
        entries.push((BY_PRINCIPAL, arn, fingerprint));
    }
    if finding.state != State::Resolved {
        entries.push((BY_STATE, UNRESOLVED, fingerprint));
    }
    entries
}
