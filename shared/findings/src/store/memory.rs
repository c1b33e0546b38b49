//! A store that lives as long as the process: for one-off checks and for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Batch, HISTORY, Store, StoreError, SubjectRecord};
use crate::finding::{Finding, Transition};
use crate::lifecycle::State;
use crate::subject::{Fingerprint, Subject};

/// A store in memory. Nothing of it can fail, but what is superseded is refused.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    findings: BTreeMap<Fingerprint, Finding>,
    of_subject: BTreeMap<Subject, BTreeSet<Fingerprint>>,
    of_principal: BTreeMap<String, BTreeSet<Fingerprint>>,
    subjects: BTreeMap<Subject, SubjectRecord>,
    outbox: BTreeMap<String, Transition>,
    history: BTreeMap<Fingerprint, BTreeMap<u32, Transition>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn these(&self, fingerprints: Option<&BTreeSet<Fingerprint>>) -> Vec<Finding> {
        let found = fingerprints.into_iter().flatten().filter_map(|name| self.findings.get(name));
        found.cloned().collect()
    }

    fn insert(&mut self, finding: Finding) {
        let name = finding.fingerprint.clone();
        if let Some(before) = self.findings.get(&name)
            && before.principal != finding.principal
            && let Some(arn) = &before.principal
            && let Some(names) = self.of_principal.get_mut(arn)
        {
            names.remove(&name);
        }
        self.of_subject.entry(finding.subject.clone()).or_default().insert(name.clone());
        if let Some(arn) = &finding.principal {
            self.of_principal.entry(arn.clone()).or_default().insert(name.clone());
        }
        self.findings.insert(name, finding);
    }
}

impl Store for MemoryStore {
    fn finding(&self, fingerprint: &Fingerprint) -> Result<Option<Finding>, StoreError> {
        Ok(self.findings.get(fingerprint).cloned())
    }

    fn findings_of_subject(&self, subject: &Subject) -> Result<Vec<Finding>, StoreError> {
        Ok(self.these(self.of_subject.get(subject)))
    }

    fn findings_of_principal(&self, arn: &str) -> Result<Vec<Finding>, StoreError> {
        Ok(self.these(self.of_principal.get(arn)))
    }

    fn findings(&self) -> Result<Vec<Finding>, StoreError> {
        Ok(self.findings.values().cloned().collect())
    }

    fn history(&self, fingerprint: &Fingerprint) -> Result<Vec<Transition>, StoreError> {
        Ok(self.history.get(fingerprint).into_iter().flat_map(BTreeMap::values).cloned().collect())
    }

    fn unresolved(&self) -> Result<Vec<Finding>, StoreError> {
        self.unresolved_where(&|_| true)
    }

    fn unresolved_where(&self, wanted: &dyn Fn(&Finding) -> bool) -> Result<Vec<Finding>, StoreError> {
        let unresolved = |finding: &&Finding| finding.state != State::Resolved && wanted(finding);
        Ok(self.findings.values().filter(unresolved).cloned().collect())
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectRecord>, StoreError> {
        Ok(self.subjects.get(subject).cloned())
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        for record in &batch.subjects {
            let stored = self.subjects.get(&record.subject);
            if stored.is_some_and(|stored| record.is_superseded_by(stored)) {
                let (path, subject) = (PathBuf::from(":memory:"), record.subject.clone());
                return Err(StoreError::Superseded { path, subject });
            }
        }
        for finding in batch.findings {
            self.insert(finding);
        }
        for record in batch.subjects {
            self.subjects.insert(record.subject.clone(), record);
        }
        for subject in &batch.removed_subjects {
            self.subjects.remove(subject);
        }
        for transition in batch.transitions {
            let history = self.history.entry(transition.finding.fingerprint.clone()).or_default();
            history.insert(transition.finding.transitions, transition.clone());
            while history.len() > HISTORY {
                history.pop_first();
            }
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
