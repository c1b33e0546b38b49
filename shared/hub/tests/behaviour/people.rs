//! People are told once, whoever is killed meanwhile, and whoever tells beside them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use stanchion_alerts::channel::Policy;
use stanchion_alerts::message;
use stanchion_findings::{EventRef, Facts, Observation, Occasion, Severity, Subject, Transition, transition};
use stanchion_hub::memory::{Fate, Fates, MemoryPost, MemoryTable, kind_fates};
use stanchion_hub::people::{Letter, Settings, To, Told, tell};
use stanchion_hub::{Fault, Millis, Table};

use crate::common::desk::done;
use crate::steps::at_every_step;

const MINUTE: Millis = 60_000;

fn settings() -> Settings {
    let policy = Policy { always: Severity::Critical, most: 20, window: 3_600, quiet: None };
    Settings { policy, settle: MINUTE, longest: 5 * MINUTE, channels: vec![To::Text, To::Chat] }
}

fn opened(change: &str, role: &str) -> Transition {
    let facts = Facts {
        rule_id: "buckets-stay".to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity: Severity::High,
        title: "Nobody deletes buckets".to_owned(),
        subject: Subject::principal(format!("AROA{role}")),
        facet: None,
        principal: Some(format!("arn:aws:iam::222233334444:role/{role}")),
        account_id: Some("222233334444".to_owned()),
        detail: None,
        remedy: None,
        witness: None,
        assumptions: Vec::new(),
        because: Vec::new(),
        unknowns: Vec::new(),
    };
    let event = EventRef { event_id: change.to_owned(), ..EventRef::default() };
    let occasion = Occasion { trigger: Some(event.clone()), caused_by: Some(event), ..Occasion::default() };
    transition(None, Observation::Violates(facts), &occasion).transition.expect("opened")
}

fn bodies(count: usize) -> Vec<String> {
    (0..count).map(|at| message::finding(&opened("one change", &format!("Role{at}"))).body).collect()
}

/// The hub's people, and how late it is.
struct Desk {
    table: MemoryTable,
    post: MemoryPost,
    now: Millis,
}

impl Desk {
    fn new(table: Fates, post: Fates) -> Self {
        Self { table: MemoryTable::new(table), post: MemoryPost::new(post), now: 1_772_000_000_000 }
    }

    async fn told(&self, bodies: &[String]) -> Result<Told, Fault> {
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let now = self.now;
        tell((&self.table, &self.post), &settings(), &bodies, &move || now).await
    }

    fn tell(&self, bodies: &[String]) -> Told {
        done(self.told(bodies)).expect("told")
    }

    /// What is out, by channel and id: how often, and how many findings it is about.
    fn out(&self) -> BTreeMap<(To, String), (usize, String)> {
        let mut out: BTreeMap<(To, String), (usize, String)> = BTreeMap::new();
        for (to, Letter { id, body, .. }) in self.post.letters() {
            let entry = out.entry((to, id)).or_insert((0, body.clone()));
            assert_eq!(entry.1, body, "another letter under one id");
            entry.0 += 1;
        }
        out
    }
}

#[test]
fn one_change_is_one_alert_and_an_event_for_each_finding() {
    let mut desk = Desk::new(kind_fates(), kind_fates());
    let told = desk.tell(&bodies(30));
    assert_eq!((told.sent, told.events, told.failed.len()), (0, 30, 0));
    desk.now += MINUTE;
    assert_eq!(desk.tell(&[]), Told { sent: 2, ..Told::default() });
    desk.now += MINUTE;
    assert_eq!(desk.tell(&[]), Told::default());
    assert_eq!(desk.tell(&bodies(30)).sent, 0, "delivered a second time");
    desk.now += 60 * MINUTE;
    assert_eq!(desk.tell(&[]).sent, 0);
    let out = desk.out();
    let counts = out.values().map(|(times, body)| (*times, body.contains("HIGH 30 opened")));
    assert_eq!(counts.collect::<Vec<_>>(), [(1, true), (1, true)]);
    assert!(desk.post.entries().iter().all(|entry| entry.source == "stanchion.findings"));
}

/// The queue delivers again what was not acknowledged; a tick comes every minute.
#[test]
fn killed_at_any_step_it_tells_all_and_again_only_what_was_not_struck_out() {
    let steps = at_every_step(|step, fate| {
        let mut desk = Desk::new(step.fates(), step.fates());
        desk.tell(&bodies(3));
        desk.now += MINUTE;
        let another = [message::finding(&opened("another change", "Another")).body];
        step.stop_in(desk.told(&another));
        for _ in 0..6 {
            desk.now += MINUTE;
            desk.tell(&another);
        }
        let mut firsts = Vec::new();
        for ((to, id), (times, body)) in desk.out() {
            assert!(times <= 2, "{fate:?}: {id} {times} times");
            if to == To::Text {
                firsts.push(body.split(':').next().unwrap_or_default().to_owned());
            }
        }
        firsts.sort();
        assert_eq!(firsts, ["HIGH 3 opened", "HIGH opened"], "{fate:?}");
        assert!(desk.post.entries().len() >= 4);
    });
    assert!(steps >= 7, "{steps}");
}

/// Lambda runs the function twice at once: by the queue and by the schedule.
#[test]
fn whoever_sends_is_alone_with_it() {
    let mut desk = Desk::new(kind_fates(), kind_fates());
    desk.tell(&bodies(3));
    desk.now += MINUTE;
    let more = bodies(5);
    let (a, b) = done(futures_util::future::join(desk.told(&more[3..]), desk.told(&[])));
    assert_eq!((a.expect("told").unsent, b.expect("told").unsent), (0, 0));
    desk.now += 2 * MINUTE;
    desk.tell(&[]);
    assert!(desk.out().values().all(|(times, _)| *times == 1), "{:?}", desk.out());
}

#[test]
fn a_topic_that_was_deleted_keeps_what_it_should_have() {
    let is_dead = Arc::new(AtomicBool::new(true));
    let dead = Arc::clone(&is_dead);
    let fates: Fates =
        Arc::new(
            move |name| if name == "send" && dead.load(Ordering::Relaxed) { Fate::Fails } else { Fate::Done },
        );
    let mut desk = Desk::new(kind_fates(), fates);
    desk.tell(&bodies(3));
    for _ in 0..6 {
        desk.now += MINUTE;
        let told = desk.tell(&[]);
        assert_eq!((told.sent, told.failed.len()), (0, 0));
        assert!(told.unsent == 0 || !told.notes.is_empty());
    }
    is_dead.store(false, Ordering::Relaxed);
    desk.now += 2 * MINUTE;
    assert_eq!(desk.tell(&[]).sent, 2);
    assert!(desk.out().values().all(|(times, body)| *times == 1 && body.contains("HIGH 3 opened")));
}

#[test]
fn what_cannot_be_read_fails_alone_and_so_does_a_lost_event() {
    let puts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&puts);
    let fates: Fates = Arc::new(move |name| {
        let fails = name == "put" && count.fetch_add(1, Ordering::Relaxed) == 1;
        if fails { Fate::Fails } else { Fate::Done }
    });
    let mut desk = Desk::new(kind_fates(), fates);
    let mut some = bodies(2);
    some.insert(0, "no message".to_owned());
    let told = desk.tell(&some);
    let failed: Vec<(usize, &str)> = told.failed.iter().map(|(at, why)| (*at, why.as_str())).collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed[0].1.starts_with("no message of the topic"), "{failed:?}");
    assert_eq!((failed[1].0, failed[1].1.contains("put failed")), (2, true));
    // It comes again: another event, and no other alert.
    assert_eq!(desk.tell(&some[2..]).events, 1);
    desk.now += MINUTE;
    desk.tell(&[]);
    let out = desk.out();
    assert!(out.values().all(|(_, body)| body.contains("HIGH 2 opened")), "{out:?}");
}

#[test]
fn a_state_of_a_newer_version_is_left_alone() {
    let desk = Desk::new(kind_fates(), kind_fates());
    let newer = r#"{"schema": 2, "of": "tomorrow"}"#;
    assert!(done(desk.table.set_note("people", None, newer)).expect("written"));
    let fault = done(desk.told(&bodies(1))).expect_err("refused").to_string();
    assert!(fault.contains("`note/people` cannot be read: it is of schema 2"), "{fault}");
    assert_eq!(done(desk.table.note("people")).expect("read").as_deref(), Some(newer));
}
