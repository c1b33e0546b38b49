//! What an older version left, and what a newer one did.
//!
//! `samples/v1` holds rows, messages, findings and notes as version 1 of their formats has them, some of them
//! without what came later. They are never changed: a version that cannot read one loses it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stanchion_findings::{Batch, Finding, SubjectRecord, Transition};
use stanchion_hub::edges::Outcome;
use stanchion_hub::evaluate::evaluate;
use stanchion_hub::rulebook::adopted;
use stanchion_hub::sweep::sweep;
use stanchion_hub::{Fan, Fault, Job, Row, Table};

use crate::common::SANDBOX;
use crate::common::acts::Act;
use crate::common::desk::{Desk, done, lines};

const ROW: &str = include_str!("samples/v1/row.json");
const JOB: &str = include_str!("samples/v1/job.json");
const FAN: &str = include_str!("samples/v1/fan.json");
const FINDING: &str = include_str!("samples/v1/finding.json");
const TRANSITION: &str = include_str!("samples/v1/transition.json");
const SUBJECT: &str = include_str!("samples/v1/subject.json");
const NOTES: [(&str, &str); 4] = [
    ("sweep", include_str!("samples/v1/note-sweep.json")),
    ("watch", include_str!("samples/v1/note-watch.json")),
    ("coverage/222233334444", include_str!("samples/v1/note-coverage.json")),
    ("rulebook", include_str!("samples/v1/note-rulebook.json")),
];

fn read<R: DeserializeOwned>(sample: &str) -> R {
    serde_json::from_str(sample).expect("this version reads it")
}

/// A sample as a newer version might write it: of the next schema, with something that nobody knows.
fn newer(sample: &str) -> Value {
    let mut value: Value = read(sample);
    for name in ["schema", "schema_version"] {
        if value.get(name).is_some() {
            value[name] = 2.into();
        }
    }
    value["colour"] = "red".into();
    value
}

fn attach() -> Act {
    let arn = format!("arn:aws:iam::{SANDBOX}:policy/Buckets");
    Act::Attach { account: SANDBOX.into(), who: "user/ana".into(), arn }
}

fn detach() -> Act {
    let arn = format!("arn:aws:iam::{SANDBOX}:policy/Buckets");
    Act::Detach { account: SANDBOX.into(), who: "user/ana".into(), arn }
}

/// A hub whose last version came to raising the row of a change, and no further.
fn left_with_a_row() -> Desk {
    let mut desk = Desk::settled();
    desk.quietly(&attach());
    desk.pass(5_000);
    desk.hub.table.put(read(ROW));
    desk
}

/// A hub whose last version wrote what it found, and did not come to telling it.
fn left_with_a_finding() -> Desk {
    let mut desk = Desk::settled();
    desk.quietly(&attach());
    let row: Row = read(ROW);
    let batch = Batch {
        findings: vec![read::<Finding>(FINDING)],
        subjects: vec![read::<SubjectRecord>(SUBJECT)],
        transitions: vec![read::<Transition>(TRANSITION)],
        ..Batch::default()
    };
    desk.hub.table.put(row.clone());
    let outcome = Outcome { batch, evaluated: row.evaluated.clone(), ..Outcome::default() };
    done(desk.hub.table.commit(&row, &outcome)).expect("written");
    desk
}

#[test]
fn a_job_and_a_row_of_the_last_version_are_seen_to() {
    let mut desk = left_with_a_row();
    let now = desk.now();
    done(evaluate(&desk.hub, JOB, now)).expect("a job");
    let (told, _) = desk.told();
    // The same finding under the same name: nobody is told twice, whichever version did it.
    assert_eq!(told.len(), 1);
    has_all(&as_json(&told[0]), &read(TRANSITION), "");
    has_all(&as_json(&told[0].finding), &read(FINDING), "");
}

/// A value has everything that a sample has; what came later is besides.
fn has_all(value: &Value, sample: &Value, place: &str) {
    match sample {
        Value::Object(members) => {
            for (name, member) in members {
                has_all(&value[name], member, &format!("{place}/{name}"));
            }
        }
        other => assert_eq!(value, other, "{place}"),
    }
}

fn as_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("JSON")
}

#[test]
fn the_rest_of_an_event_of_the_last_version_is_gone_on_with() {
    let mut desk = Desk::settled();
    desk.quietly(&attach());
    assert_eq!(desk.react(FAN).expect("the rest of an event").rows, 1);
    desk.rest();
    assert_eq!(desk.told().0.len(), 1);
}

#[test]
fn findings_of_the_last_version_are_told_once_stay_open_and_resolve() {
    let mut desk = left_with_a_finding();
    for (name, note) in NOTES {
        let was = done(desk.hub.table.note(name)).expect("a note");
        assert!(done(desk.hub.table.set_note(name, was.as_deref(), note)).expect("written"));
    }
    let swept = desk.sweep();
    assert_eq!(swept.published, 1, "what has been pending since before");
    assert_eq!((swept.of, swept.gone), (4, 1), "a pass by other rules, and of one account that is gone");
    assert!(swept.rulebook_refused, "though it has been told");
    assert_eq!((swept.verified, swept.with_gaps), (3, 0));
    desk.rest();
    desk.act(&detach());
    desk.rest();
    let (told, messages) = desk.told();
    let of_ana =
        |end: &str| format!("{end} buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy\n");
    assert_eq!(lines(&told), of_ana("opened") + &of_ana("resolved"));
    let restored: Vec<&str> =
        messages.iter().map(|message| message.id.as_str()).filter(|id| id.starts_with("coverage")).collect();
    assert_eq!(restored, ["coverage-222233334444-000002"]);
    let adopted = done(adopted(&desk.hub.table)).expect("a note").expect("one");
    assert_eq!((adopted.edition.as_str(), adopted.digest.as_str()), ("v1", "0f1e"));
}

/// What is written today has every member of the samples: the version before reads it too, as while functions
/// are being replaced.
#[test]
fn the_last_version_reads_what_is_written_now() {
    let written = [
        (serde_json::to_value(read::<Row>(ROW)), ROW),
        (serde_json::to_value(read::<Job>(JOB)), JOB),
        (serde_json::to_value(read::<Fan>(FAN)), FAN),
        (serde_json::to_value(read::<Finding>(FINDING)), FINDING),
        (serde_json::to_value(read::<SubjectRecord>(SUBJECT)), SUBJECT),
    ];
    for (value, sample) in written {
        has_all(&value.expect("JSON"), &read(sample), "");
    }
}

#[test]
fn messages_of_a_newer_version_are_left_to_it() {
    let mut desk = left_with_a_row();
    let now = desk.now();
    let unknown_key = json!({"schema": 1, "key": {"organization": {"id": "o-1"}}});
    for job in [newer(JOB), unknown_key] {
        let seen = done(evaluate(&desk.hub, &job.to_string(), now));
        assert!(matches!(seen, Err(Fault::Poison(_))), "{seen:?}");
    }
    assert!(matches!(desk.react(&newer(FAN).to_string()), Err(Fault::Poison(_))));
    assert_eq!(desk.told().0.len(), 0);
    assert_eq!(desk.hub.queue.take(), [], "they come again as they are");
    let row = desk.hub.table.rows().into_iter().find(|row| row.is_wanted());
    assert_eq!(row.expect("still wanted"), read::<Row>(ROW));
}

/// Functions are replaced one after the other: the next one of the newer version finds everything as it was.
#[test]
fn a_row_of_a_newer_version_is_not_touched() {
    let mut desk = left_with_a_row();
    let row: Row = serde_json::from_value(newer(ROW)).expect("its members are those of a row");
    desk.hub.table.put(row.clone());
    let now = desk.now();
    let seen = done(evaluate(&desk.hub, JOB, now));
    assert!(matches!(&seen, Err(Fault::Poison(why)) if why.contains("newer")), "{seen:?}");
    let event = desk.quietly(&detach());
    assert!(matches!(desk.react(&event), Err(Fault::Poison(_))), "the event comes again");
    let account = json!({"schema": 1, "key": {"account": {"account": SANDBOX}}}).to_string();
    let key = read::<Job>(&account).key;
    done(desk.hub.table.raise(&key, None, now)).expect("raised");
    assert!(matches!(done(evaluate(&desk.hub, &account, now)), Err(Fault::Poison(_))));
    assert!(desk.hub.table.rows().contains(&row));
    // The newer version is there again.
    desk.hub.table.put(Row { schema: 1, ..row });
    done(evaluate(&desk.hub, JOB, desk.now())).expect("a job");
    desk.react(&event).expect("an event");
    desk.rest();
    assert!(desk.open().iter().all(|finding| finding.subject.id != "ID222233334444ANA"));
}

#[test]
fn a_finding_of_a_newer_version_is_refused() {
    let error = serde_json::from_value::<Finding>(newer(FINDING)).expect_err("newer").to_string();
    assert!(error.contains("of schema 2, which is newer than 1: deploy a newer version"), "{error}");
    let mut transition: Value = read(TRANSITION);
    transition["finding"]["schema_version"] = 2.into();
    assert!(serde_json::from_value::<Transition>(transition).is_err());
}

#[test]
fn notes_of_a_newer_version_stop_a_sweep_and_stay_as_they_are() {
    for (name, sample) in NOTES {
        let desk = Desk::settled();
        let newer = newer(sample).to_string();
        let was = done(desk.hub.table.note(name)).expect("a note");
        done(desk.hub.table.set_note(name, was.as_deref(), &newer)).expect("written");
        desk.hub.cloud.world().now += 61 * 60_000;
        let now = desk.now();
        let swept = done(sweep(&desk.hub, &|| now, now + 60_000));
        match swept {
            // One account's note stops that one only.
            Ok(swept) => assert_eq!((name, swept.unverified), ("coverage/222233334444", 1)),
            Err(fault) => assert!(matches!(&fault, Fault::Poison(why) if why.contains("newer")), "{fault}"),
        }
        assert_eq!(done(desk.hub.table.note(name)).expect("a note"), Some(newer));
    }
}
