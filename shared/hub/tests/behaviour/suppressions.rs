//! Suppressions: told once, over on their day though nothing happens, and told of when they fit nothing.

use insta::assert_snapshot;
use serde_json::Value;
use stanchion_findings::{Ended, State};
use stanchion_hub::memory::Fate;
use stanchion_hub::sweep::sweep;
use stanchion_hub::{Fault, Millis, Table};
use stanchion_rules::Rulebook;

use crate::common::desk::{Desk, done, lines};
use crate::common::{RULES, SANDBOX, organization};

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;

/// The rules of the tests, with a suppression until 2026-03-12; the tests begin on the ninth, at nine.
fn rulebook(about: &str, until: &str) -> Rulebook {
    let entry =
        format!("{{ {about}, reason: The root user is taken away soon, owner: team-web, until: {until} }}");
    Rulebook::parse(&format!("{RULES}suppressions:\n  - {entry}\n"), "rulebook.yaml").expect("a rulebook")
}

fn of_sandbox() -> Rulebook {
    rulebook("rule: buckets-stay, account: '222233334444'", "2026-03-12")
}

/// A hub whose passes are long apart, so that nothing is looked at by chance.
fn desk(rulebook: Rulebook) -> Desk {
    let mut desk = Desk::of(organization(), rulebook);
    desk.hub.settings.sweep_every = 90 * DAY;
    desk.sweep();
    desk.rest();
    desk
}

fn state(desk: &Desk) -> Vec<State> {
    let of_sandbox = desk.open().into_iter().filter(|f| f.account_id.as_deref() == Some(SANDBOX));
    of_sandbox.map(|finding| finding.state).collect()
}

#[test]
fn what_is_suppressed_is_told_once_and_opens_on_its_day_though_nothing_happens() {
    let mut desk = desk(of_sandbox());
    assert_snapshot!(lines(&desk.told().0), @r"
    opened buckets-stay arn:aws:iam::111122223333:root -
    suppressed buckets-stay arn:aws:iam::222233334444:root -
    ");
    assert_eq!(state(&desk), [State::Suppressed]);

    desk.pass(2 * DAY);
    desk.sweep();
    assert_eq!(desk.next(), None, "its day has not come");
    desk.pass(15 * HOUR);
    assert_eq!(desk.sweep().of, 3, "the twelfth begins");
    desk.rest();
    let (told, _) = desk.told();
    assert_snapshot!(lines(&told), @"opened buckets-stay arn:aws:iam::222233334444:root -");
    let note = told[0].finding.suppression.as_ref().expect("what used to suppress it");
    assert_eq!((note.ended, note.until.as_str()), (Some(Ended::Expired), "2026-03-12"));
    assert!(!told[0].baseline, "it is told by itself");
    desk.pass(HOUR);
    desk.sweep();
    assert_eq!(desk.next(), None, "once is enough");
}

#[test]
fn a_suppression_that_is_written_later_takes_effect_with_its_rulebook() {
    let mut before = Desk::settled();
    let mut next = Desk::of(organization(), of_sandbox());
    std::mem::swap(&mut before.hub.cloud, &mut next.hub.cloud);
    std::mem::swap(&mut before.hub.table, &mut next.hub.table);
    next.sweep();
    next.rest();
    assert_snapshot!(lines(&next.told().0), @"suppressed buckets-stay arn:aws:iam::222233334444:root -");
    // And is over with it.
    let mut after = Desk::of(organization(), crate::common::rulebook());
    std::mem::swap(&mut after.hub.cloud, &mut next.hub.cloud);
    std::mem::swap(&mut after.hub.table, &mut next.hub.table);
    after.sweep();
    after.rest();
    let (told, _) = after.told();
    assert_snapshot!(lines(&told), @"opened buckets-stay arn:aws:iam::222233334444:root -");
    let note = told[0].finding.suppression.as_ref().expect("what used to suppress it");
    assert_eq!(note.ended, Some(Ended::Withdrawn));
    assert!(!told[0].baseline, "what reopens is told by itself");
}

#[test]
fn it_hides_nothing_that_is_not_known() {
    let mut desk = desk(of_sandbox());
    desk.told();
    desk.hub.settings.sweep_every = HOUR;
    desk.hub.cloud.world().refusing.insert(SANDBOX.into());
    desk.pass(2 * HOUR);
    desk.sweep();
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    indeterminate account-cannot-be-read 222233334444 -
    indeterminate buckets-stay arn:aws:iam::222233334444:root -
    ");
    desk.hub.cloud.world().refusing.clear();
    desk.pass(2 * HOUR);
    desk.sweep();
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    resolved account-cannot-be-read 222233334444 -
    suppressed buckets-stay arn:aws:iam::222233334444:root -
    ");
}

/// The messages about suppressions that the sweeps of so many days send.
fn sweeps(desk: &mut Desk, days: usize) -> Vec<Value> {
    for _ in 0..days {
        desk.pass(DAY);
        desk.sweep();
        desk.rest();
    }
    let messages = desk.told().1.into_iter().filter(|message| message.id.starts_with("suppression-"));
    messages.map(|message| serde_json::from_str(&message.body).expect("JSON")).collect()
}

#[test]
fn one_that_fits_nothing_for_thirty_days_is_told_once() {
    let mut desk = desk(rulebook("rule: buckets-stay, subject: AROAGONE", "2026-12-01"));
    assert_eq!(sweeps(&mut desk, 29), [Value::Null; 0]);
    // The topic does not take it at first.
    desk.publishing.lock().expect("fates").push(Fate::Fails);
    let told = sweeps(&mut desk, 2);
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&told["type"], &told["subject"]), (&"suppression-unused".into(), &"AROAGONE".into()));
    assert_eq!((&told["owner"], &told["until"]), (&"team-web".into(), &"2026-12-01".into()));
    assert_eq!(told["unused_since"], "2026-03-09T09:00:00Z");
    assert_eq!(sweeps(&mut desk, 40), [Value::Null; 0]);
}

#[test]
fn one_that_fits_something_or_is_over_is_not_told() {
    let mut used = desk(rulebook("rule: buckets-*, account: '222233334444'", "2026-12-01"));
    assert_eq!(sweeps(&mut used, 40), [Value::Null; 0]);
    let mut over = desk(rulebook("rule: buckets-stay, subject: AROAGONE", "2026-03-20"));
    assert_eq!(sweeps(&mut over, 40), [Value::Null; 0]);
}

const NOTE: &str = include_str!("samples/v1/note-suppressions.json");

/// A hub whose last version wrote this note, a month before.
fn with_note(note: &str) -> Desk {
    let desk = Desk::of(organization(), rulebook("rule: buckets-stay, subject: AROAGONE", "2026-12-01"));
    assert!(done(desk.hub.table.set_note("suppressions", None, note)).expect("written"));
    desk
}

#[test]
fn what_the_last_version_knew_of_them_is_gone_on_with() {
    let mut desk = with_note(NOTE);
    assert_eq!(desk.sweep().unused_suppressions, 1, "thirty days, one of them seen by this version");
    let messages = desk.told().1;
    assert!(messages.iter().any(|message| message.id.ends_with("-1770454800000")), "{messages:?}");
}

#[test]
fn what_a_newer_version_knows_of_them_is_left_alone() {
    let newer = NOTE.replace("\"schema\": 1", "\"schema\": 2");
    let desk = with_note(&newer);
    let now = desk.now();
    let swept = done(sweep(&desk.hub, &|| now, now + 60_000));
    assert!(matches!(&swept, Err(Fault::Poison(why)) if why.contains("newer")), "{swept:?}");
    assert_eq!(done(desk.hub.table.note("suppressions")).expect("a note"), Some(newer));
}
