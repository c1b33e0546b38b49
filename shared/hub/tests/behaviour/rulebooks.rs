//! The rulebook by edition, and the last good one.

use std::sync::Arc;

use serde_json::{Value, json};
use stanchion_hub::memory::{Fate, MemoryShelf, MemoryTable, kind_fates};
use stanchion_hub::rulebook::{Adopted, Adoption, Texts, adopt, adopted, texts};
use stanchion_hub::{Fault, Table};

use crate::common::desk::{Desk, done};
use crate::common::{START, organization};
use crate::steps::at_every_step;

const GOOD: &str = "version: 1\nguardrails:\n  - { id: no-buckets, title: Nobody deletes buckets, severity: low, \
                    forbid: [{ Action: s3:DeleteBucket }] }\n";
const BAD: &str = "version: 1\nguardrails:\n  - { id: no-buckets, title: Nobody, severity: loud, \
                   forbid: [{ Action: s3:DeleteBucket }] }\n";
const NAMING: &str = "version: 1\nextends: [file:parts/base.yaml]\n";
const BASE: &str = "version: 1\nextends: [file:more.yaml]\n";

fn edges() -> (MemoryTable, MemoryShelf) {
    (MemoryTable::new(kind_fates()), MemoryShelf::new(kind_fates()))
}

fn look(table: &MemoryTable, shelf: &MemoryShelf) -> Adoption {
    done(adopt(table, shelf, START)).expect("the table answers")
}

fn current(table: &MemoryTable) -> Option<(Adopted, Texts)> {
    let adopted = done(adopted(table)).expect("a note")?;
    let texts = done(texts(table, &adopted)).expect("what is adopted can be read");
    Some((adopted, texts))
}

fn edition(table: &MemoryTable) -> Option<String> {
    current(table).map(|(adopted, _)| adopted.edition)
}

fn reasons(adoption: Adoption) -> Vec<String> {
    match adoption {
        Adoption::Refused(refused) => refused.reasons,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_newest_good_edition_is_adopted() {
    let (table, shelf) = edges();
    assert_eq!((look(&table, &shelf), edition(&table)), (Adoption::Nothing, None));
    shelf.put("v1", GOOD, &[]);
    assert!(matches!(look(&table, &shelf), Adoption::Adopted { .. }));
    let (adopted, texts) = current(&table).expect("one");
    assert_eq!((adopted.edition.as_str(), texts.text.as_str()), ("v1", GOOD));
    assert_eq!(texts.rulebook().expect("good").digest, adopted.digest);
    assert_eq!(look(&table, &shelf), Adoption::Unchanged);
    shelf.put("v2", &GOOD.replace("low", "high"), &[]);
    assert!(matches!(look(&table, &shelf), Adoption::Adopted { .. }));
    assert_eq!(edition(&table).as_deref(), Some("v2"));
}

#[test]
fn what_an_edition_names_is_read_with_it() {
    let (table, shelf) = edges();
    shelf.put("v1", NAMING, &[("parts/base.yaml", BASE), ("parts/more.yaml", GOOD)]);
    assert!(matches!(look(&table, &shelf), Adoption::Adopted { .. }));
    let (_, texts) = current(&table).expect("one");
    let names: Vec<&str> = texts.files.keys().map(String::as_str).collect();
    assert_eq!(names, ["parts/base.yaml", "parts/more.yaml"]);
    assert!(texts.rulebook().expect("good").rule("no-buckets").is_some());
}

#[test]
fn a_file_that_lacks_is_told_where_it_is_named() {
    let (table, shelf) = edges();
    shelf.put("v1", NAMING, &[("parts/base.yaml", BASE)]);
    let reasons = reasons(look(&table, &shelf));
    assert_eq!(reasons, ["parts/base.yaml:2:11: `more.yaml` cannot be read: there is no such file"]);
    // It is uploaded a moment later.
    shelf.put("v1", NAMING, &[("parts/base.yaml", BASE), ("parts/more.yaml", GOOD)]);
    assert!(matches!(look(&table, &shelf), Adoption::Adopted { .. }));
}

#[test]
fn what_looks_wrong_in_a_good_one_is_a_note() {
    let (table, shelf) = edges();
    shelf.put("v1", &GOOD.replace("s3:DeleteBucket", "s3:DeleteBukket"), &[]);
    let Adoption::Adopted { doubts, .. } = look(&table, &shelf) else { panic!("not adopted") };
    assert!(doubts.iter().any(|doubt| doubt.contains("did you mean `s3:DeleteBucket`?")), "{doubts:?}");
}

#[test]
fn a_bad_one_leaves_the_last_good_one_and_is_told_once() {
    let mut desk = Desk::settled();
    let shelf = MemoryShelf::new(kind_fates());
    shelf.put("v1", GOOD, &[]);
    look(&desk.hub.table, &shelf);
    assert!(!desk.sweep().rulebook_refused);
    shelf.put("v2", BAD, &[]);
    for _ in 0..3 {
        let reasons = reasons(look(&desk.hub.table, &shelf));
        assert!(reasons[0].starts_with("rulebook.yaml:3:"), "{reasons:?}");
        assert!(desk.sweep().rulebook_refused, "it is counted as long as it is so");
    }
    assert_eq!(edition(&desk.hub.table).as_deref(), Some("v1"));
    let (_, messages) = desk.told();
    assert_eq!(messages.len(), 1);
    let body: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!((&body["type"], &body["edition"]), (&json!("rulebook-refused"), &json!("v2")));
    assert!(body["reasons"][0].as_str().is_some_and(|why| why.contains("loud")), "{body}");
    shelf.put("v3", GOOD, &[]);
    look(&desk.hub.table, &shelf);
    assert!(!desk.sweep().rulebook_refused);
    assert_eq!(edition(&desk.hub.table).as_deref(), Some("v3"));
}

/// A warm function that has not looked yet would write what the rules before find, until the next pass.
#[test]
fn the_pass_by_a_new_edition_waits_until_every_function_has_it() {
    let mut desk = Desk::settled();
    let shelf = MemoryShelf::new(kind_fates());
    shelf.put("v1", GOOD, &[]);
    done(adopt(&desk.hub.table, &shelf, desk.now())).expect("adopted");
    let (_, texts) = current(&desk.hub.table).expect("one");
    let next = Desk::of(organization(), texts.rulebook().expect("good"));
    let before = std::mem::replace(&mut desk.hub, next.hub);
    (desk.hub.cloud, desk.hub.table, desk.hub.topic) = (before.cloud, before.table, before.topic);
    desk.pass(5 * 60_000);
    desk.sweep();
    assert_eq!(desk.hub.queue.take(), []);
    desk.pass(60_000);
    desk.sweep();
    assert_eq!(desk.hub.queue.take().len(), 3);
}

#[test]
fn a_bad_one_that_is_taken_away_is_no_trouble_any_more() {
    let mut desk = Desk::settled();
    let shelf = MemoryShelf::new(kind_fates());
    shelf.put("v1", GOOD, &[]);
    look(&desk.hub.table, &shelf);
    shelf.put("v2", BAD, &[]);
    look(&desk.hub.table, &shelf);
    shelf.put("v1", GOOD, &[]);
    assert_eq!(look(&desk.hub.table, &shelf), Adoption::Unchanged);
    assert!(!desk.sweep().rulebook_refused);
}

#[test]
fn the_topic_is_asked_again_until_it_takes_the_refusal() {
    let mut desk = Desk::settled();
    let shelf = MemoryShelf::new(kind_fates());
    shelf.put("v1", BAD, &[]);
    look(&desk.hub.table, &shelf);
    for fate in [Fate::Fails, Fate::Lost] {
        desk.publishing.lock().expect("fates").push(fate);
        assert_eq!(desk.sweep().notes.len(), 1);
    }
    assert!(desk.sweep().notes.is_empty());
    desk.sweep();
    let ids: Vec<String> = desk.told().1.into_iter().map(|message| message.id).collect();
    assert_eq!(ids.len(), 2, "once whose answer was lost, and once for certain");
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn texts_that_the_table_cannot_hold_are_refused() {
    let (table, shelf) = edges();
    // Random letters hardly compress.
    let mut state = 7_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + u8::try_from((state >> 33) % 74).expect("small"))
    };
    let noise: String = (0..400_000).map(|_| letter()).collect();
    shelf.put("v1", &format!("{GOOD}# {noise}\n"), &[]);
    let reasons = reasons(look(&table, &shelf));
    assert!(reasons[0].contains("300 is the most: pack it with the functions"), "{reasons:?}");
    assert_eq!(edition(&table), None);
}

#[test]
fn a_rulebook_of_many_mistakes_is_refused_in_few_words() {
    let (table, shelf) = edges();
    let mistakes: String = (0..50).map(|at| format!("  - {{ id: r{at}, severity: loud }}\n")).collect();
    shelf.put("v1", &format!("version: 1\nguardrails:\n{mistakes}"), &[]);
    let reasons = reasons(look(&table, &shelf));
    assert_eq!(reasons.len(), 21);
    assert!(reasons[20].starts_with("and "), "{}", reasons[20]);
}

#[test]
fn a_shelf_that_does_not_answer_changes_nothing() {
    let (table, shelf) = edges();
    shelf.put("v1", GOOD, &[]);
    look(&table, &shelf);
    let failing = MemoryShelf::new(Arc::new(|_| Fate::Fails));
    failing.put("v2", GOOD, &[]);
    assert!(matches!(look(&table, &failing), Adoption::Unavailable(_)));
    assert_eq!(edition(&table).as_deref(), Some("v1"));
}

#[test]
fn what_a_newer_version_noted_is_left_alone() {
    let (table, shelf) = edges();
    shelf.put("v1", GOOD, &[]);
    let newer = r#"{"schema":2,"adopted":{"shelf":"elsewhere"},"refused":null}"#;
    let old = r#"{"schema":2,"adopted":null,"refused":null}"#;
    for note in [newer, old] {
        let was = done(table.note("rulebook")).expect("a note");
        done(table.set_note("rulebook", was.as_deref(), note)).expect("written");
        assert!(matches!(done(adopt(&table, &shelf, START)), Err(Fault::Poison(_))));
        assert_eq!(done(table.note("rulebook")).expect("a note").as_deref(), Some(note));
    }
}

/// Whatever step is the last one of a call, there is a whole rulebook after it, and the next call adopts.
#[test]
fn a_call_that_ends_at_any_step_leaves_a_whole_rulebook() {
    let steps = at_every_step(|step, fate| {
        let table = MemoryTable::new(step.fates());
        let shelf = MemoryShelf::new(step.fates());
        shelf.put("v1", GOOD, &[]);
        look(&table, &shelf);
        shelf.put("v2", NAMING, &[("parts/base.yaml", BASE), ("parts/more.yaml", GOOD)]);
        step.stop_in(adopt(&table, &shelf, START));
        let now = edition(&table);
        assert!(matches!(now.as_deref(), Some("v1" | "v2")), "{fate:?}: {now:?}");
        look(&table, &shelf);
        assert_eq!(edition(&table).as_deref(), Some("v2"), "{fate:?}");
    });
    assert_eq!(steps, 8, "a note, the newest, three texts, and three of what is written");
}
