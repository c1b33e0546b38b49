//! The embedded store's file: what outlives the process, and which files are refused.

mod common;

use std::fs;
use std::path::Path;

use common::{facts, occasion};
use redb::{Database, ReadableDatabase, TableDefinition};
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

/// A record as the first program of this format wrote it: without the fields that were added since.
const FIRST: &str = r#"{"schema_version":1,"fingerprint":"8c8f6c2f4a0b1d3e5f60718293a4b5c6","state":"open",
"rule_id":"trails-stay","rule_kind":"guardrail","severity":"critical","title":"Nobody stops CloudTrail",
"subject":{"kind":"principal","id":"AROAEXAMPLE"},"facet":null,
"principal":"arn:aws:iam::222233334444:role/Deploy","account_id":"222233334444",
"witness":{"action":"cloudtrail:StopLogging","resource":"*","context":{}},"assumptions":[],
"because":[{"layer":"identity","policy":"inline:own","statement":0,"sid":null}],"unknowns":[],
"trigger":{"event_id":"e1","event_name":"AttachRolePolicy","actor":"arn:aws:iam::222233334444:user/dana"},
"caused_by":null,"first_seen":null,"last_changed":null,"times_reopened":0,"transitions":1}"#;

const FINDINGS: TableDefinition<&str, &[u8]> = TableDefinition::new("findings");

/// A file as the first program of this format made it: it had no history.
fn first_file(path: &Path) {
    let database = Database::create(path).expect("a database");
    let transaction = database.begin_write().expect("writable");
    {
        let meta: TableDefinition<&str, u32> = TableDefinition::new("meta");
        transaction.open_table(meta).expect("a table").insert("schema", 1).expect("writable");
        let name = "8c8f6c2f4a0b1d3e5f60718293a4b5c6";
        transaction.open_table(FINDINGS).expect("a table").insert(name, FIRST.as_bytes()).expect("writable");
        let outbox: TableDefinition<&str, &[u8]> = TableDefinition::new("outbox");
        let record = format!(r#"{{"id":"{name}-000001","kind":"opened","finding":{FIRST},"at":null}}"#);
        let mut outbox = transaction.open_table(outbox).expect("a table");
        outbox.insert(format!("{name}-000001").as_str(), record.as_bytes()).expect("writable");
        let subjects: TableDefinition<(&str, &str), &[u8]> = TableDefinition::new("subjects");
        transaction.open_table(subjects).expect("a table");
        let index: TableDefinition<(&str, &str, &str), ()> = TableDefinition::new("index");
        let mut index = transaction.open_table(index).expect("a table");
        index.insert(("state", "unresolved", name), ()).expect("writable");
    }
    transaction.commit().expect("writable");
}

#[test]
fn a_new_program_reads_and_writes_a_file_of_the_first_version() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("first.redb");
    first_file(&path);
    let mut store = EmbeddedStore::open(&path).expect("readable");
    let [finding] = store.unresolved().expect("readable").try_into().expect("one");
    assert_eq!((finding.rule_id.as_str(), &finding.remedy, &finding.detail), ("trails-stay", &None, &None));
    assert_eq!(store.findings().expect("readable"), std::slice::from_ref(&finding));
    assert_eq!(store.pending().expect("readable").len(), 1);
    assert!(store.history(&finding.fingerprint).expect("readable").is_empty());
    violate(&mut store);
    let [_, other] = store.findings().expect("readable").try_into().expect("two");
    let name = if other.rule_id == "r" { other.fingerprint } else { facts("r", "AROA1").fingerprint() };
    assert_eq!(store.history(&name).expect("readable").len(), 1, "what comes now is kept");
}

/// What a later program added is left as it is.
#[test]
fn an_old_program_leaves_what_it_does_not_know_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("later.redb");
    first_file(&path);
    let later: TableDefinition<&str, &str> = TableDefinition::new("later");
    let record = FIRST.replacen('{', r#"{"added":{"later":[1]},"#, 1);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("writable");
    transaction.open_table(later).expect("a table").insert("a", "b").expect("writable");
    let name = "8c8f6c2f4a0b1d3e5f60718293a4b5c6";
    transaction.open_table(FINDINGS).expect("a table").insert(name, record.as_bytes()).expect("writable");
    transaction.commit().expect("writable");
    drop(database);

    let mut store = EmbeddedStore::open(&path).expect("readable");
    assert_eq!(store.unresolved().expect("readable").len(), 1, "fields that it does not know do not stop it");
    violate(&mut store);
    drop(store);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_read().expect("readable");
    let kept = transaction.open_table(later).expect("the table").get("a").expect("readable");
    assert_eq!(kept.map(|value| value.value().to_owned()).as_deref(), Some("b"));
}
