//! What every table must do, whatever it is on.

use std::collections::BTreeMap;
use std::future::Future;

use stanchion_findings::{
    Batch, Digests, Facts, Finding, Observation, Occasion, Severity, Subject, SubjectRecord, Transition,
    transition,
};
use stanchion_hub::budget::{AHEAD, Draft, Grant};
use stanchion_hub::edges::{Outcome, Written};
use stanchion_hub::work::{Kind, MAX_CAUSES};
use stanchion_hub::{Cause, Key, Row, Table};

const ACCOUNT: &str = "111122223333";

/// Everything below, each with a table of its own.
pub(crate) async fn conforms<T: Table, F: Future<Output = T>>(new: impl Fn() -> F) {
    nothing_is_known_of_a_new_row(new().await).await;
    raising_counts_and_keeps_the_sooner_due(new().await).await;
    causes_are_kept_once_and_too_many_are_counted(new().await).await;
    a_row_that_is_done_is_raised_anew(new().await).await;
    work_is_put_off_unless_something_happened(new().await).await;
    what_is_to_be_told_is_left_to_one(new().await).await;
    what_came_meanwhile_is_left_over(new().await).await;
    of_two_outcomes_of_one_look_one_is_written(new().await).await;
    a_look_that_nobody_wanted_is_written_once(new().await).await;
    a_second_look_is_wanted_by_itself(new().await).await;
    names_that_begin_alike_are_told_apart(new().await).await;
    what_is_resolved_is_remembered(new().await).await;
    an_account_knows_its_principals(new().await).await;
    rows_with_work_left_over_are_found_when_due(new().await).await;
    alerts_are_pending_until_published(new().await).await;
    more_than_one_write_holds_is_written(new().await).await;
    notes_are_written_over_what_was_read(new().await).await;
    calls_are_taken_until_there_are_none(new().await).await;
    raising_at_once_loses_nothing(new().await).await;
}

pub(crate) fn role(name: &str) -> Key {
    Key::Principal { account: ACCOUNT.to_owned(), kind: Kind::Role, name: name.to_owned() }
}

pub(crate) fn cause(text: &str) -> Cause {
    Cause { event: format!("{{\"detail\":{{\"eventID\":\"{text}\"}}}}") }
}

fn facts(rule: &str, name: &str) -> Facts {
    Facts {
        rule_id: rule.to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity: Severity::High,
        title: rule.to_owned(),
        subject: Subject::principal(format!("AROA{name}")),
        facet: None,
        principal: Some(format!("arn:aws:iam::{ACCOUNT}:role/a/path/{name}")),
        account_id: Some(ACCOUNT.to_owned()),
        detail: None,
        remedy: None,
        witness: None,
        assumptions: Vec::new(),
        because: Vec::new(),
        unknowns: Vec::new(),
    }
}

/// A rule that a role of this name breaks, or no longer.
pub(crate) fn found(rule: &str, name: &str, before: Option<&Finding>) -> (Finding, Transition) {
    let observation = match before {
        None => Observation::Violates(facts(rule, name)),
        Some(_) => Observation::Clean,
    };
    let step = transition(before, observation, &Occasion::default());
    (step.finding.expect("a finding"), step.transition.expect("a transition"))
}

fn record(name: &str) -> SubjectRecord {
    let digests = Digests { rulebook: "r".into(), catalogue: "c".into(), engine: "e".into() };
    SubjectRecord {
        subject: Subject::principal(format!("AROA{name}")),
        principal: None,
        digests,
        evaluated_at: None,
        looks: 1,
        evaluation: None,
    }
}

/// That a role of this name was evaluated and breaks these rules.
pub(crate) fn outcome(name: &str, rules: &[&str]) -> Outcome {
    let (findings, transitions) = rules.iter().map(|rule| found(rule, name, None)).unzip();
    let subjects = vec![record(name)];
    Outcome { batch: Batch { findings, transitions, subjects, ..Batch::default() }, ..Outcome::default() }
}

async fn pending<T: Table>(table: &T, key: Option<&Key>) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let page = table.pending(key, next.as_deref()).await.expect("pending");
        ids.extend(page.entries.into_iter().map(|told| told.id));
        next = page.next;
        if next.is_none() {
            return ids;
        }
    }
}

async fn left_over<T: Table>(table: &T, before: i64) -> Vec<String> {
    let (mut keys, mut next) = (Vec::new(), None);
    loop {
        let page = table.left_over(before, next.as_deref()).await.expect("left over");
        keys.extend(page.entries.iter().map(ToString::to_string));
        next = page.next;
        if next.is_none() {
            keys.sort_unstable();
            return keys;
        }
    }
}

async fn raise<T: Table>(table: &T, key: &Key, due: i64) -> Row {
    table.raise(key, None, due).await.expect("raised")
}

async fn nothing_is_known_of_a_new_row<T: Table>(table: T) {
    let key = role("Deploy");
    assert_eq!(table.row(&key).await.expect("row"), Row::new(key.clone()));
    let memory = table.memory(&key).await.expect("memory");
    assert!(memory.findings.is_empty() && memory.subjects.is_empty());
    assert!(table.rows_of(ACCOUNT).await.expect("rows").is_empty());
    assert!(table.memories_of(ACCOUNT).await.expect("memories").is_empty());
    assert!(pending(&table, None).await.is_empty());
    assert!(left_over(&table, i64::MAX).await.is_empty());
}

async fn raising_counts_and_keeps_the_sooner_due<T: Table>(table: T) {
    let key = role("Deploy");
    for (due, expected) in [(500, 500), (900, 500), (200, 200)] {
        assert_eq!(raise(&table, &key, due).await.due, expected);
    }
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.wanted, row.done, row.due), (3, 0, 200));
}

async fn causes_are_kept_once_and_too_many_are_counted<T: Table>(table: T) {
    let key = role("Deploy");
    let mut row = Row::new(key.clone());
    for at in 0..MAX_CAUSES + 2 {
        let id = format!("event-{at}");
        table.raise(&key, Some((&id, &cause(&id))), 0).await.expect("raised");
        row = table.raise(&key, Some(("event-0", &cause("event-0"))), 0).await.expect("raised");
    }
    assert_eq!((row.causes.len(), row.causes_dropped), (MAX_CAUSES, 2));
    assert_eq!(row.causes.get("event-0"), Some(&cause("event-0")));
    assert_eq!(table.row(&key).await.expect("row"), row);
}

async fn a_row_that_is_done_is_raised_anew<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    let mut outcome = outcome("Deploy", &["a"]);
    outcome.evaluated = Some("digest".to_owned());
    outcome.unseen = BTreeMap::from([("fingerprint".to_owned(), 7)]);
    table.commit(&row, &outcome).await.expect("written");
    let row = table.raise(&key, Some(("event", &cause("event"))), 900).await.expect("raised");
    assert_eq!((row.wanted, row.done, row.looks, row.due), (2, 1, 1, 900));
    assert_eq!((row.evaluated, row.unseen), (outcome.evaluated, outcome.unseen));
    assert_eq!(row.causes.len(), 1);
    assert_eq!(table.memory(&key).await.expect("memory").subjects, [record("Deploy")]);
}

async fn work_is_put_off_unless_something_happened<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    table.put_off(&row, 70, 1).await.expect("put off");
    let off = table.row(&key).await.expect("row");
    assert_eq!((off.due, off.attempts), (70, 1));
    raise(&table, &key, 60).await;
    table.put_off(&off, 99, 2).await.expect("nothing to do");
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.due, row.attempts), (60, 1));
    table.commit(&row, &Outcome::default()).await.expect("written");
    table.put_off(&row, 99, 2).await.expect("nothing to do");
    let done = table.row(&key).await.expect("row");
    assert_eq!((done.attempts, done.is_wanted()), (0, false));
}

async fn what_is_to_be_told_is_left_to_one<T: Table>(table: T) {
    let row = raise(&table, &role("Deploy"), 10).await;
    assert!(table.claim(&row, 500).await.expect("claimed"));
    assert!(!table.claim(&row, 600).await.expect("somebody was quicker"));
    let row = table.row(&role("Deploy")).await.expect("row");
    assert_eq!(row.telling, 500);
    assert!(table.claim(&row, 900).await.expect("claimed once more"));
}

async fn calls_are_taken_until_there_are_none<T: Table>(table: T) {
    raise(&table, &role("Deploy"), 10).await;
    let draft = Draft { span: 1_000, burst: 2_000 };
    let now = 1_000_000;
    let mut grants = Vec::new();
    for later in [0, 0, 0, 0, 1_500, 60_000] {
        grants.push(table.take(ACCOUNT, draft, now + later).await.expect("a bucket"));
    }
    let moments = [0, 0, 1_000, 2_000, 3_000, 60_000];
    assert_eq!(grants, moments.map(|moment| Grant::At(now + moment)));
    assert_eq!(table.take("444455556666", draft, now).await, Ok(Grant::At(now)), "another account's");
    let wide = Draft { span: AHEAD, burst: AHEAD };
    for moment in [now, now + AHEAD] {
        assert_eq!(table.take("777788889999", wide, now).await, Ok(Grant::At(moment)));
    }
    assert_eq!(table.take("777788889999", wide, now).await, Ok(Grant::NotBefore(now + AHEAD)));
    // The bucket is nobody's row.
    assert_eq!(table.rows_of(ACCOUNT).await.expect("rows").len(), 1);
    assert_eq!(table.memories_of(ACCOUNT).await.expect("memories").len(), 0);
}

async fn what_came_meanwhile_is_left_over<T: Table>(table: T) {
    let key = role("Deploy");
    let row = table.raise(&key, Some(("first", &cause("first"))), 10).await.expect("raised");
    table.raise(&key, Some(("second", &cause("second"))), 20).await.expect("raised");
    let written = table.commit(&row, &outcome("Deploy", &["a"])).await.expect("written");
    assert_eq!(written, Written::Yes { wanted: 2 });
    let row = table.row(&key).await.expect("row");
    assert!(row.is_wanted());
    assert_eq!(row.causes.into_keys().collect::<Vec<_>>(), ["second"]);
    assert_eq!(left_over(&table, i64::MAX).await.len(), 1);
}

/// The older look would overwrite what the newer one found.
async fn of_two_outcomes_of_one_look_one_is_written<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    assert_eq!(table.commit(&row, &outcome("Deploy", &["a"])).await, Ok(Written::Yes { wanted: 1 }));
    assert_eq!(table.commit(&row, &outcome("Deploy", &["b"])).await, Ok(Written::Superseded));
    let memory = table.memory(&key).await.expect("memory");
    assert_eq!(memory.findings.iter().map(|finding| finding.rule_id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(pending(&table, None).await.len(), 1);
}

async fn a_look_that_nobody_wanted_is_written_once<T: Table>(table: T) {
    let row = table.row(&role("Deploy")).await.expect("row");
    assert_eq!(table.commit(&row, &outcome("Deploy", &["a"])).await, Ok(Written::Yes { wanted: 0 }));
    assert_eq!(table.commit(&row, &outcome("Deploy", &["b"])).await, Ok(Written::Superseded));
    assert!(!table.row(&role("Deploy")).await.expect("row").is_wanted());
}

async fn a_second_look_is_wanted_by_itself<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    let again = Outcome { again: Some(500), ..Outcome::default() };
    assert_eq!(table.commit(&row, &again).await, Ok(Written::Yes { wanted: 2 }));
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.again, row.due, row.is_wanted()), (Some(500), 500, true));
    // Unless somebody wants a look anyway.
    raise(&table, &key, 100).await;
    assert_eq!(table.commit(&row, &again).await, Ok(Written::Yes { wanted: 3 }));
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.again, row.due, row.done), (Some(500), 100, 2));
}

async fn names_that_begin_alike_are_told_apart<T: Table>(table: T) {
    for name in ["Deploy", "Deploy2", "deploy"] {
        let row = raise(&table, &role(name), 10).await;
        table.commit(&row, &outcome(name, &["a"])).await.expect("written");
    }
    let user = Key::Principal { account: ACCOUNT.to_owned(), kind: Kind::User, name: "Deploy".to_owned() };
    let other =
        Key::Principal { account: "444455556666".to_owned(), kind: Kind::Role, name: "Deploy".to_owned() };
    for (key, count) in [(role("Deploy"), 1), (role("Deploy2"), 1), (user, 0), (other, 0)] {
        let memory = table.memory(&key).await.expect("memory");
        assert_eq!((memory.findings.len(), memory.subjects.len()), (count, count), "{key}");
        assert_eq!(pending(&table, Some(&key)).await.len(), count, "{key}");
    }
}

async fn what_is_resolved_is_remembered<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    table.commit(&row, &outcome("Deploy", &["a"])).await.expect("written");
    let row = raise(&table, &key, 10).await;
    let before = table.memory(&key).await.expect("memory").findings.remove(0);
    let (finding, told) = found("a", "Deploy", Some(&before));
    let batch = Batch {
        findings: vec![finding.clone()],
        transitions: vec![told],
        removed_subjects: vec![finding.subject.clone()],
        ..Batch::default()
    };
    table.commit(&row, &Outcome { batch, ..Outcome::default() }).await.expect("written");
    let memory = table.memory(&key).await.expect("memory");
    assert_eq!((memory.findings, memory.subjects.len()), (vec![finding], 0));
    assert_eq!(pending(&table, Some(&key)).await.len(), 2);
}

async fn an_account_knows_its_principals<T: Table>(table: T) {
    let account = Key::Account { account: ACCOUNT.to_owned() };
    raise(&table, &account, 10).await;
    raise(&table, &role("Idle"), 10).await;
    let row = raise(&table, &role("Deploy"), 10).await;
    table.commit(&row, &outcome("Deploy", &["a", "b"])).await.expect("written");
    let rows = table.rows_of(ACCOUNT).await.expect("rows");
    let mut names: Vec<String> = rows.iter().map(|row| row.key.to_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["111122223333/role/Deploy", "111122223333/role/Idle"]);
    // Of those that break nothing any more, an account has too many to remember them all.
    let row = table.row(&role("Mended")).await.expect("row");
    table.commit(&row, &outcome("Mended", &["a"])).await.expect("written");
    let before = table.memory(&role("Mended")).await.expect("memory").findings.remove(0);
    let (finding, _) = found("a", "Mended", Some(&before));
    let row = table.row(&role("Mended")).await.expect("row");
    let batch = Batch { findings: vec![finding], ..Batch::default() };
    table.commit(&row, &Outcome { batch, ..Outcome::default() }).await.expect("written");
    let memories = table.memories_of(ACCOUNT).await.expect("memories");
    assert_eq!(memories.len(), 1);
    assert_eq!(memories[0], (role("Deploy"), table.memory(&role("Deploy")).await.expect("memory")));
    assert!(table.rows_of("444455556666").await.expect("rows").is_empty());
}

async fn rows_with_work_left_over_are_found_when_due<T: Table>(table: T) {
    raise(&table, &role("Soon"), 1_000).await;
    raise(&table, &role("Later"), 200_000).await;
    let done = raise(&table, &role("Done"), 1_000).await;
    table.commit(&done, &Outcome::default()).await.expect("written");
    raise(&table, &Key::Account { account: "444455556666".to_owned() }, 1_000).await;
    assert_eq!(left_over(&table, 1_000).await, Vec::<String>::new());
    assert_eq!(left_over(&table, 1_001).await, ["111122223333/role/Soon", "444455556666"]);
    assert_eq!(left_over(&table, i64::MAX).await.len(), 3);
}

async fn alerts_are_pending_until_published<T: Table>(table: T) {
    let key = role("Deploy");
    let row = raise(&table, &key, 10).await;
    let first = outcome("Deploy", &["a", "b"]);
    table.commit(&row, &first).await.expect("written");
    let row = raise(&table, &key, 10).await;
    let (finding, told) = found("a", "Deploy", Some(&first.batch.findings[0]));
    let batch = Batch { findings: vec![finding], transitions: vec![told.clone()], ..Batch::default() };
    table.commit(&row, &Outcome { batch, ..Outcome::default() }).await.expect("written");

    let ids = pending(&table, Some(&key)).await;
    assert_eq!(ids.len(), 3);
    let place = |told: &Transition| ids.iter().position(|id| *id == told.id).expect("pending");
    assert!(place(&first.batch.transitions[0]) < place(&told), "those of one finding in order: {ids:?}");
    assert_eq!(pending(&table, None).await.len(), 3);
    table.mark_published(&first.batch.transitions).await.expect("marked");
    table.mark_published(&first.batch.transitions).await.expect("a second time is none the worse");
    assert_eq!(pending(&table, Some(&key)).await, std::slice::from_ref(&told.id));
    assert_eq!(pending(&table, None).await, [told.id]);
}

/// DynamoDB writes a hundred items at once.
async fn more_than_one_write_holds_is_written<T: Table>(table: T) {
    let key = role("Deploy");
    let rules: Vec<String> = (0..130).map(|at| format!("rule-{at}")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let row = raise(&table, &key, 10).await;
    assert_eq!(table.commit(&row, &outcome("Deploy", &rules)).await, Ok(Written::Yes { wanted: 1 }));
    assert_eq!(table.memory(&key).await.expect("memory").findings.len(), 130);
    let ids = pending(&table, None).await;
    assert_eq!(ids.len(), 130);
    assert_eq!(pending(&table, Some(&key)).await.len(), 130);
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.looks > 0, row.is_wanted()), (true, false));
    let transitions = outcome("Deploy", &rules).batch.transitions;
    table.mark_published(&transitions).await.expect("marked");
    assert!(pending(&table, None).await.is_empty());
}

async fn notes_are_written_over_what_was_read<T: Table>(table: T) {
    assert_eq!(table.note("sweep").await, Ok(None));
    assert_eq!(table.set_note("sweep", None, "1").await, Ok(true));
    assert_eq!(table.set_note("sweep", None, "2").await, Ok(false));
    assert_eq!(table.set_note("sweep", Some("0"), "2").await, Ok(false));
    assert_eq!(table.set_note("sweep", Some("1"), "2").await, Ok(true));
    assert_eq!(table.note("sweep").await, Ok(Some("2".to_owned())));
    assert_eq!(table.note("other").await, Ok(None));
}

async fn raising_at_once_loses_nothing<T: Table>(table: T) {
    let key = role("Deploy");
    let ids: Vec<String> = (0..6).map(|at| format!("event-{at}")).collect();
    let causes: Vec<Cause> = ids.iter().map(|id| cause(id)).collect();
    let raise = |at: usize| table.raise(&key, Some((&ids[at], &causes[at])), 10);
    let raised = tokio::join!(raise(0), raise(1), raise(2), raise(3), raise(4), raise(5));
    for row in [raised.0, raised.1, raised.2, raised.3, raised.4, raised.5] {
        row.expect("raised");
    }
    let row = table.row(&key).await.expect("row");
    assert_eq!((row.wanted, row.causes.len()), (6, 6));
    // And of looks that began alike, one is written.
    let outcome = outcome("Deploy", &["a"]);
    let commit = || table.commit(&row, &outcome);
    let written = tokio::join!(commit(), commit(), commit());
    let yes = [written.0, written.1, written.2]
        .into_iter()
        .filter(|written| *written == Ok(Written::Yes { wanted: 6 }));
    assert_eq!(yes.count(), 1);
}
