//! A store that lives as long as the process: for one-off checks and for tests.

use std::collections::BTreeMap;

use super::{Batch, Store, StoreError, SubjectRecord};
use crate::finding::{Finding, Transition};
use crate::lifecycle::State;
use crate::subject::{Fingerprint, Subject};

/// A store in memory. Nothing of it can fail.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    findings: BTreeMap<Fingerprint, Finding>,
    subjects: BTreeMap<Subject, SubjectRecord>,
    outbox: BTreeMap<String, Transition>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn select(&self, wanted: impl Fn(&Finding) -> bool) -> Vec<Finding> {
        self.findings.values().filter(|finding| wanted(finding)).cloned().collect()
    }
}

impl Store for MemoryStore {
    fn finding(&self, fingerprint: &Fingerprint) -> Result<Option<Finding>, StoreError> {
        Ok(self.findings.get(fingerprint).cloned())
    }

    fn findings_of_subject(&self, subject: &Subject) -> Result<Vec<Finding>, StoreError> {
        Ok(self.select(|finding| finding.subject == *subject))
    }

    fn findings_of_principal(&self, arn: &str) -> Result<Vec<Finding>, StoreError> {
        Ok(self.select(|finding| finding.principal.as_deref() == Some(arn)))
    }

    fn unresolved(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(self.select(|finding| finding.state != State::Resolved))
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectRecord>, StoreError> {
        Ok(self.subjects.get(subject).cloned())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        for finding in batch.findings {
            self.findings.insert(finding.fingerprint.clone(), finding);
        }
        for record in batch.subjects {
            self.subjects.insert(record.subject.clone(), record);
        }
        for subject in &batch.removed_subjects {
            self.subjects.remove(subject);
        }
        for transition in batch.transitions {
            self.outbox.insert(transition.id.clone(), transition);
        }
        Ok(())
    }

    fn pending(&self) -> Result<Vec<Transition>, StoreError> {
        Ok(self.outbox.values().cloned().collect())
    }

    fn mark_published(&mut self, transition_id: &str) -> Result<(), StoreError> {
        self.outbox.remove(transition_id);
        Ok(())
    }
}
