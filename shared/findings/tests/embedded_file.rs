//! The embedded store's file: what outlives the process, and which files are refused.

mod common;

use std::fs;
use std::path::Path;

use common::{facts, occasion};
use redb::{Database, TableDefinition};
use stanchion_findings::{Batch, EmbeddedStore, Observation, Store, StoreError, transition};

fn violate(store: &mut EmbeddedStore) {
    let step = transition(None, Observation::Violates(facts("r", "AROA1")), &occasion("e", true));
    let findings = step.finding.into_iter().collect();
    let transitions = step.transition.into_iter().collect();
    store.commit(Batch { findings, transitions, ..Batch::default() }).expect("writable");
}

/// What opening a file says against it, with its directory left out.
fn refusal(path: &Path) -> String {
    let error = EmbeddedStore::open(path).expect_err("the file should be refused");
    error.to_string().replace(&format!("{}/", path.parent().expect("a parent").display()), "")
}

#[test]
fn an_alert_outlives_a_crash_before_it_is_published() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("findings.redb");
    violate(&mut EmbeddedStore::open(&path).expect("a new store"));

    let mut store = EmbeddedStore::open(&path).expect("the same store");
    let pending = store.pending().expect("readable");
    assert_eq!(pending.len(), 1);
    assert_eq!(store.unresolved().expect("readable"), [pending[0].finding.clone()]);
    store.mark_published(&pending[0].id).expect("writable");
    drop(store);

    let store = EmbeddedStore::open(&path).expect("the same store");
    assert!(store.pending().expect("readable").is_empty());
    assert_eq!(store.unresolved().expect("readable").len(), 1);
}

/// A crash is a process that does not get to close its file: here a copy of the file as it is
/// while the store is still open.
#[test]
fn what_is_committed_is_in_the_file_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, copy) = (directory.path().join("a.redb"), directory.path().join("b.redb"));
    let mut store = EmbeddedStore::open(&path).expect("a new store");
    violate(&mut store);
    fs::copy(&path, &copy).expect("a copy");
    let store = EmbeddedStore::open(&copy).expect("the file of a crashed process");
    assert_eq!(store.pending().expect("readable").len(), 1);
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("notes.txt");
    for content in ["x", "not a database, but longer than any magic number"] {
        fs::write(&path, content).expect("writable");
        insta::allow_duplicates! { insta::assert_snapshot!(refusal(&path), @"`notes.txt` is not a finding store: it is not a redb database"); }
        assert_eq!(fs::read_to_string(&path).expect("readable"), content);
    }
}

#[test]
fn a_database_of_something_else_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("other.redb");
    let other: TableDefinition<u64, u64> = TableDefinition::new("other");
    let database = Database::create(&path).expect("a database");
    let transaction = database.begin_write().expect("writable");
    transaction.open_table(other).expect("a table").insert(1, 1).expect("writable");
    transaction.commit().expect("writable");
    drop(database);
    insta::assert_snapshot!(refusal(&path), @"`other.redb` is not a finding store: it is a database of something else");
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("newer.redb");
    drop(EmbeddedStore::open(&path).expect("a new store"));
    let database = Database::open(&path).expect("a database");
    let meta: TableDefinition<&str, u32> = TableDefinition::new("meta");
    let transaction = database.begin_write().expect("writable");
    transaction.open_table(meta).expect("a table").insert("schema", 2).expect("writable");
    transaction.commit().expect("writable");
    drop(database);
    insta::assert_snapshot!(refusal(&path), @"`newer.redb` was written by a newer version: its schema is 2, this version reads 1");
}

#[test]
fn a_store_in_use_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("findings.redb");
    let _open = EmbeddedStore::open(&path).expect("a new store");
    insta::assert_snapshot!(refusal(&path), @"`findings.redb` is in use by another process");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("missing/findings.redb");
    let error = EmbeddedStore::open(&path).expect_err("there is no such directory");
    assert!(matches!(error, StoreError::Failed { .. }));
    assert!(error.to_string().contains("missing/findings.redb"), "{error}");
}
