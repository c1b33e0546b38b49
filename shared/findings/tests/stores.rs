//! What the stores must do: the suite that every place for findings passes, and what is asked of stores alone.

mod common;
mod conformance;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use common::{facts, occasion};
use conformance::{Kept, arn, record};
use stanchion_findings::{
    Batch, EmbeddedStore, Finding, MemoryStore, Observation, Store, StoreError, Subject, SubjectRecord,
    Transition, transition,
};

/// A store as the suite asks for one. Whoever writes to it says by the subjects' records what was read.
struct Stored<S>(S);

impl<S: Store> Kept for Stored<S> {
    type Read = ();

    async fn read(&self, role: &str) -> ((), Vec<Finding>, Option<SubjectRecord>) {
        let findings = self.0.findings_of_principal(&arn(role)).expect("readable");
        let by_subject =
            self.0.findings_of_subject(&Subject::principal(format!("AROA{role}"))).expect("readable");
        assert_eq!(findings, by_subject);
        let record = self.0.subject(&Subject::principal(format!("AROA{role}"))).expect("readable");
        ((), findings, record)
    }

    async fn write(&mut self, (): &(), _: &str, batch: Batch) -> bool {
        match self.0.commit(batch) {
            Ok(()) => true,
            Err(StoreError::Superseded { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn findings(&self) -> Vec<Finding> {
        self.0.findings().expect("readable")
    }

    async fn unresolved(&self) -> Vec<Finding> {
        self.0.unresolved().expect("readable")
    }

    async fn history(&self, finding: &Finding) -> Vec<Transition> {
        self.0.history(&finding.fingerprint).expect("readable")
    }

    async fn pending(&self) -> Vec<Transition> {
        self.0.pending().expect("readable")
    }

    async fn mark_published(&mut self, transition: &Transition) {
        self.0.mark_published(&transition.id).expect("writable");
    }
}

/// Runs what never has to wait.
fn done<R>(future: impl Future<Output = R>) -> R {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("stores answer at once"),
    }
}

/// Everything below, and the suite, against one kind of store.
fn conforms<S: Store>(new: impl Fn() -> S) {
    done(conformance::conforms(async || Stored(new())));
    a_renamed_principal_is_found_by_its_new_arn_only(new());
    subjects_are_told_apart_by_kind(new());
}

fn violate(store: &mut impl Store, principal: Option<String>) {
    let facts = stanchion_findings::Facts { principal, ..facts("one", "AIDA1") };
    let previous = store.finding(&facts.fingerprint()).expect("readable");
    let step = transition(previous.as_ref(), Observation::Violates(facts), &occasion("event", true));
    let (findings, transitions) = (step.finding.into_iter().collect(), step.transition.into_iter().collect());
    store.commit(Batch { findings, transitions, ..Batch::default() }).expect("writable");
}

fn a_renamed_principal_is_found_by_its_new_arn_only(mut store: impl Store) {
    violate(&mut store, Some(arn("before")));
    violate(&mut store, Some(arn("renamed")));
    assert!(store.findings_of_principal(&arn("before")).expect("readable").is_empty());
    assert_eq!(store.findings_of_principal(&arn("renamed")).expect("readable").len(), 1);
}

fn subjects_are_told_apart_by_kind(mut store: impl Store) {
    let (account, ou) = (Subject::account("x"), Subject::ou("x"));
    let of = |subject: &Subject, looks| SubjectRecord { subject: subject.clone(), ..record("x", looks) };
    store
        .commit(Batch { subjects: vec![of(&account, 1), of(&ou, 2)], ..Batch::default() })
        .expect("writable");
    let looks = |subject: &Subject| store.subject(subject).expect("readable").map(|record| record.looks);
    assert_eq!((looks(&account), looks(&ou)), (Some(1), Some(2)));
    assert_eq!(looks(&Subject::principal("x")), None);
}

#[test]
fn the_store_in_memory_conforms() {
    conforms(MemoryStore::new);
}

#[test]
fn the_embedded_store_conforms() {
    conforms(|| EmbeddedStore::in_memory().expect("memory"));
}

#[test]
fn the_embedded_store_conforms_on_disk() {
    let directory = tempfile::tempdir().expect("a directory");
    let next = std::cell::Cell::new(0);
    conforms(|| {
        next.set(next.get() + 1);
        EmbeddedStore::open(directory.path().join(format!("{}.redb", next.get()))).expect("a store")
    });
}
