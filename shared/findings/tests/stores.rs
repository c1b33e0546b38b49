//! What every store must do: one suite, run against each of them.

mod common;

use common::{facts, occasion};
use stanchion_findings::{
    Batch, Digests, EmbeddedStore, Finding, HISTORY, MemoryStore, Observation, Step, Store, Subject,
    SubjectRecord, TransitionKind, transition,
};

/// Observes a rule on a principal and commits the outcome.
fn observe(store: &mut impl Store, rule: &str, principal: &str, observation: Observation) -> Step {
    let previous = store.finding(&facts(rule, principal).fingerprint()).expect("readable");
    let step = transition(previous.as_ref(), observation, &occasion("event", true));
    let findings = step.finding.iter().cloned().collect();
    let transitions = step.transition.iter().cloned().collect();
    store.commit(Batch { findings, transitions, ..Batch::default() }).expect("writable");
    step
}

fn violate(store: &mut impl Store, rule: &str, principal: &str) -> Finding {
    observe(store, rule, principal, Observation::Violates(facts(rule, principal))).finding.expect("a finding")
}

fn record(subject: Subject, rulebook: &str) -> SubjectRecord {
    SubjectRecord {
        subject,
        principal: None,
        digests: Digests { rulebook: rulebook.to_owned(), catalogue: "c".to_owned(), engine: "e".to_owned() },
        evaluated_at: Some("2027-01-01T00:00:00Z".to_owned()),
    }
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule_id.as_str()).collect();
    rules.sort_unstable();
    rules
}

fn arn(principal: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{principal}")
}

/// Everything below, against one kind of store.
fn conforms<S: Store>(new: impl Fn() -> S) {
    an_empty_store_knows_nothing(new());
    findings_are_found_by_each_way_in(new());
    a_resolved_finding_is_kept_and_no_longer_unresolved(new());
    a_renamed_principal_is_found_by_its_new_arn_only(new());
    subjects_are_told_apart_by_kind(new());
    a_removed_subject_leaves_its_findings(new());
    alerts_are_pending_until_published(new());
    the_same_batch_twice_is_the_same_as_once(new());
    the_history_is_in_order_and_outlives_publishing(new());
    the_history_is_bounded(new());
}

fn an_empty_store_knows_nothing(store: impl Store) {
    let subject = Subject::principal("AROA1");
    assert_eq!(store.finding(&facts("r", "AROA1").fingerprint()).expect("readable"), None);
    assert_eq!(store.subject(&subject).expect("readable"), None);
    assert!(store.findings_of_subject(&subject).expect("readable").is_empty());
    assert!(store.unresolved().expect("readable").is_empty());
    assert!(store.pending().expect("readable").is_empty());
}

fn findings_are_found_by_each_way_in(mut store: impl Store) {
    let first = violate(&mut store, "one", "AROA1");
    violate(&mut store, "two", "AROA1");
    violate(&mut store, "one", "AROA10");
    violate(&mut store, "one", "AROA0");
    assert_eq!(store.finding(&first.fingerprint).expect("readable"), Some(first));
    let of_subject = store.findings_of_subject(&Subject::principal("AROA1")).expect("readable");
    assert_eq!(rules(&of_subject), ["one", "two"]);
    assert!(of_subject.is_sorted_by_key(|finding| &finding.fingerprint));
    let of_principal = store.findings_of_principal(&arn("AROA1")).expect("readable");
    assert_eq!(of_principal, of_subject);
    assert_eq!(store.unresolved().expect("readable").len(), 4);
}

fn a_resolved_finding_is_kept_and_no_longer_unresolved(mut store: impl Store) {
    violate(&mut store, "one", "AROA1");
    observe(&mut store, "one", "AROA1", Observation::Clean);
    assert!(store.unresolved().expect("readable").is_empty());
    assert_eq!(store.findings_of_principal(&arn("AROA1")).expect("readable").len(), 1);
    violate(&mut store, "one", "AROA1");
    assert_eq!(store.unresolved().expect("readable")[0].times_reopened, 1);
}

fn a_renamed_principal_is_found_by_its_new_arn_only(mut store: impl Store) {
    violate(&mut store, "one", "AIDA1");
    let mut renamed = facts("one", "AIDA1");
    renamed.principal = Some(arn("renamed"));
    observe(&mut store, "one", "AIDA1", Observation::Violates(renamed));
    assert!(store.findings_of_principal(&arn("AIDA1")).expect("readable").is_empty());
    assert_eq!(store.findings_of_principal(&arn("renamed")).expect("readable").len(), 1);
}

fn subjects_are_told_apart_by_kind(mut store: impl Store) {
    let (account, ou) = (Subject::account("x"), Subject::ou("x"));
    let subjects = vec![record(account.clone(), "1"), record(ou.clone(), "2")];
    store.commit(Batch { subjects, ..Batch::default() }).expect("writable");
    let rulebook =
        |subject: &Subject| store.subject(subject).expect("readable").map(|record| record.digests.rulebook);
    assert_eq!(rulebook(&account).as_deref(), Some("1"));
    assert_eq!(rulebook(&ou).as_deref(), Some("2"));
    assert_eq!(rulebook(&Subject::principal("x")), None);
}

fn a_removed_subject_leaves_its_findings(mut store: impl Store) {
    let subject = Subject::principal("AROA1");
    violate(&mut store, "one", "AROA1");
    let subjects = vec![record(subject.clone(), "1")];
    store.commit(Batch { subjects, ..Batch::default() }).expect("writable");
    let removed_subjects = vec![subject.clone()];
    store.commit(Batch { removed_subjects, ..Batch::default() }).expect("writable");
    assert_eq!(store.subject(&subject).expect("readable"), None);
    assert_eq!(store.findings_of_subject(&subject).expect("readable").len(), 1);
}

fn alerts_are_pending_until_published(mut store: impl Store) {
    violate(&mut store, "one", "AROA1");
    observe(&mut store, "one", "AROA1", Observation::Clean);
    let pending = store.pending().expect("readable");
    let kinds: Vec<_> = pending.iter().map(|transition| transition.kind).collect();
    assert_eq!(kinds, [TransitionKind::Opened, TransitionKind::Resolved]);
    store.mark_published(&pending[0].id).expect("writable");
    store.mark_published(&pending[0].id).expect("a second time changes nothing");
    assert_eq!(store.pending().expect("readable"), pending[1..]);
}

fn the_same_batch_twice_is_the_same_as_once(mut store: impl Store) {
    let observation = Observation::Violates(facts("one", "AROA1"));
    let step = transition(None, observation, &occasion("event", true));
    let batch = Batch {
        findings: step.finding.into_iter().collect(),
        transitions: step.transition.into_iter().collect(),
        ..Batch::default()
    };
    store.commit(batch.clone()).expect("writable");
    store.commit(batch).expect("writable");
    assert_eq!(store.pending().expect("readable").len(), 1);
    assert_eq!(store.unresolved().expect("readable").len(), 1);
}

fn the_history_is_in_order_and_outlives_publishing(mut store: impl Store) {
    let name = violate(&mut store, "one", "AROA1").fingerprint;
    violate(&mut store, "two", "AROA1");
    observe(&mut store, "one", "AROA1", Observation::Clean);
    for transition in store.pending().expect("readable") {
        store.mark_published(&transition.id).expect("writable");
    }
    let history = store.history(&name).expect("readable");
    let kinds: Vec<_> = history.iter().map(|transition| transition.kind).collect();
    assert_eq!(kinds, [TransitionKind::Opened, TransitionKind::Resolved]);
    assert!(history.iter().all(|transition| transition.finding.fingerprint == name));
    assert!(store.history(&facts("r", "AROA2").fingerprint()).expect("readable").is_empty());
    assert_eq!(rules(&store.findings().expect("readable")), ["one", "two"], "resolved ones included");
}

fn the_history_is_bounded(mut store: impl Store) {
    for _ in 0..HISTORY {
        violate(&mut store, "one", "AROA1");
        observe(&mut store, "one", "AROA1", Observation::Clean);
    }
    let history = store.history(&facts("one", "AROA1").fingerprint()).expect("readable");
    let ordinals: Vec<usize> = history.iter().map(|t| t.finding.transitions as usize).collect();
    assert_eq!(ordinals, (HISTORY + 1..=2 * HISTORY).collect::<Vec<_>>());
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
