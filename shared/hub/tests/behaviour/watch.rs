//! The hub's part in the accounts: what lacks is told once, and once that it lacks no more.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stanchion_hub::edges::{Gap, Lack};
use stanchion_hub::memory::{Fate, MemoryQueue, MemoryTable, MemoryTopic};
use stanchion_hub::sweep::{Swept, sweep};
use stanchion_hub::{Fault, Hub, Settings, Table};
use stanchion_inventory::Inventory;

use crate::common::acts::Act;
use crate::common::desk::{Desk, done};
use crate::common::truth::MANAGEMENT;
use crate::common::{PAYMENTS, SANDBOX, cloud, organization, rulebook};
use crate::steps::at_every_step;

fn gap(lack: Lack, region: Option<&str>) -> Gap {
    Gap { lack, region: region.map(str::to_owned), of: "changes".to_owned(), reason: "why".to_owned() }
}

fn lacks(desk: &Desk, account: &str, gaps: &[Gap]) {
    desk.hub.cloud.world().gaps.insert(account.to_owned(), gaps.to_vec());
}

/// A sweep when it is time to verify again.
fn verify(desk: &mut Desk) -> Swept {
    desk.pass(61 * 60_000);
    desk.sweep()
}

/// The messages about gaps since this was last asked: type, account, what lacks, how many are left.
fn told(desk: &mut Desk) -> Vec<String> {
    let line = |body: &str| {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let gaps = body["gaps"].as_array()?.iter();
        let gaps: Vec<String> = gaps.map(|gap| gap["lack"].as_str().expect("a word").to_owned()).collect();
        let text = |name: &str| body[name].as_str().expect("a text").to_owned();
        Some(format!("{} {} {} left {}", text("type"), text("account_id"), gaps.join(" "), body["left"]))
    };
    desk.told().1.iter().filter_map(|message| line(&message.body)).collect()
}

#[test]
fn a_disabled_rule_is_told_once_and_its_repair_once() {
    let mut desk = Desk::settled();
    lacks(&desk, SANDBOX, &[gap(Lack::RuleDisabled, Some("us-east-1"))]);
    assert_eq!(desk.sweep().with_gaps, 0, "it is not time yet");
    for _ in 0..3 {
        let swept = verify(&mut desk);
        assert_eq!((swept.verified, swept.with_gaps, swept.unverified), (3, 1, 0));
    }
    assert_eq!(desk.sweep().with_gaps, 1, "as far as is known");
    assert_eq!(told(&mut desk), [format!("coverage-gap {SANDBOX} rule-disabled left 1")]);
    lacks(&desk, SANDBOX, &[]);
    assert_eq!(verify(&mut desk).with_gaps, 0);
    verify(&mut desk);
    assert_eq!(told(&mut desk), [format!("coverage-restored {SANDBOX} rule-disabled left 0")]);
}

#[test]
fn the_message_names_the_account_and_what_lacks() {
    let mut desk = Desk::settled();
    lacks(&desk, MANAGEMENT, &[gap(Lack::TrailOff, Some("us-east-1"))]);
    verify(&mut desk);
    let (_, messages) = desk.told();
    let body: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!(
        body["gaps"],
        json!([{"lack": "trail-off", "region": "us-east-1", "of": "changes", "reason": "why"}])
    );
    let ids = (messages[0].id.as_str(), messages[0].group.as_str());
    assert_eq!(ids, ("coverage-999988887777-000001", "coverage-999988887777"));
}

/// What cannot be seen is neither there nor mended.
#[test]
fn an_account_that_refuses_is_a_gap_and_closes_none() {
    let mut desk = Desk::settled();
    lacks(&desk, PAYMENTS, &[gap(Lack::RuleDisabled, Some("us-east-1"))]);
    verify(&mut desk);
    desk.hub.cloud.world().refusing.insert(PAYMENTS.to_owned());
    verify(&mut desk);
    desk.hub.cloud.world().refusing.clear();
    verify(&mut desk);
    assert_eq!(
        told(&mut desk),
        [
            format!("coverage-gap {PAYMENTS} rule-disabled left 1"),
            format!("coverage-gap {PAYMENTS} role-refuses left 2"),
            format!("coverage-restored {PAYMENTS} role-refuses left 1"),
        ]
    );
}

#[test]
fn a_gap_of_an_account_that_left_is_closed() {
    let mut desk = Desk::settled();
    lacks(&desk, SANDBOX, &[gap(Lack::RuleMissing, Some("us-east-1"))]);
    verify(&mut desk);
    desk.act(&Act::RemoveAccount { account: SANDBOX.into() });
    desk.rest();
    told(&mut desk);
    let swept = verify(&mut desk);
    assert_eq!((swept.with_gaps, swept.unverified), (0, 0));
    assert_eq!(told(&mut desk), [format!("coverage-restored {SANDBOX} rule-missing left 0")]);
    verify(&mut desk);
    assert!(told(&mut desk).is_empty());
}

#[test]
fn the_topic_is_asked_again_until_it_takes_a_gap() {
    let mut desk = Desk::settled();
    lacks(&desk, SANDBOX, &[gap(Lack::RuleMissing, Some("us-east-1"))]);
    desk.publishing.lock().expect("fates").push(Fate::Fails);
    let swept = verify(&mut desk);
    assert_eq!((swept.verified, swept.unverified, swept.notes.len()), (2, 1, 1));
    let swept = desk.sweep();
    assert_eq!((swept.verified, swept.unverified, swept.with_gaps), (1, 0, 1), "only what was left");
    assert_eq!(told(&mut desk), [format!("coverage-gap {SANDBOX} rule-missing left 1")]);
}

#[test]
fn a_pass_goes_on_where_its_time_ended() {
    let mut truth = organization();
    for number in 0..120 {
        truth.parents.insert(format!("{:012}", 500_000 + number), "ou-ab12-work".into());
    }
    let mut desk = Desk::of(truth, rulebook());
    desk.sweep();
    desk.pass(61 * 60_000);
    let start = desk.now();
    // Every look at the clock takes a second.
    let ticks = std::sync::atomic::AtomicI64::new(0);
    let tick = || ticks.fetch_add(1000, std::sync::atomic::Ordering::Relaxed);
    let mut verified = Vec::new();
    for _ in 0..20 {
        let deadline = start + tick() + 8_000;
        let swept = done(sweep(&desk.hub, &|| start + tick(), deadline)).expect("a sweep");
        verified.push(swept.verified);
    }
    assert_eq!(verified.iter().sum::<usize>(), 123, "each account once: {verified:?}");
    assert!(verified.iter().filter(|count| **count > 0).count() > 1, "{verified:?}");
}

#[test]
fn one_that_does_not_answer_does_not_hold_up_the_others() {
    let mut desk = Desk::settled();
    lacks(&desk, SANDBOX, &[gap(Lack::RuleMissing, Some("us-east-1"))]);
    let newer = r#"{"schema":2,"gaps":[],"notices":0,"untold":[]}"#;
    let name = format!("coverage/{PAYMENTS}");
    done(desk.hub.table.set_note(&name, None, newer)).expect("written");
    let swept = verify(&mut desk);
    assert_eq!((swept.verified, swept.unverified, swept.with_gaps), (2, 1, 1));
    assert!(swept.notes[0].contains("newer"), "{:?}", swept.notes);
    assert_eq!(done(desk.hub.table.note(&name)).expect("a note").as_deref(), Some(newer), "left alone");
    assert_eq!(told(&mut desk).len(), 1);
}

#[test]
fn what_a_newer_version_noted_of_the_pass_is_left_alone() {
    let desk = Desk::settled();
    let newer = r#"{"schema":2,"started":1,"after":"","under_way":false,"again":[],"open":[]}"#;
    let was = done(desk.hub.table.note("watch")).expect("a note");
    done(desk.hub.table.set_note("watch", was.as_deref(), newer)).expect("written");
    let now = desk.now();
    assert!(matches!(done(sweep(&desk.hub, &|| now, now + 60_000)), Err(Fault::Poison(_))));
    assert_eq!(done(desk.hub.table.note("watch")).expect("a note").as_deref(), Some(newer));
}

/// Whatever step is the last one of a sweep, a gap and its end are told, and under one id each.
#[test]
fn a_sweep_that_ends_at_any_step_loses_no_gap() {
    let (rulebook, nothing) = (rulebook(), Inventory::default());
    let steps = at_every_step(|step, fate| {
        let fates = || step.fates();
        let aws = cloud(organization(), fates());
        let edges =
            (aws.clone(), MemoryTable::new(fates()), MemoryQueue::new(fates()), MemoryTopic::new(fates()));
        let hub = Hub::new(edges, Settings::new(MANAGEMENT), &rulebook, &nothing);
        let clock = || aws.world().now;
        let later = || aws.world().now += 61 * 60_000;
        done(sweep(&hub, &clock, i64::MAX)).expect("a sweep");
        let mut bodies = BTreeMap::new();
        for gaps in [vec![gap(Lack::RuleMissing, Some("us-east-1"))], Vec::new()] {
            aws.world().gaps.insert(SANDBOX.to_owned(), gaps);
            later();
            step.stop_in(sweep(&hub, &clock, i64::MAX));
            later();
            done(sweep(&hub, &clock, i64::MAX)).expect("a sweep");
        }
        for arrived in hub.topic.arrived() {
            let before = bodies.insert(arrived.message.id, arrived.message.body.clone());
            assert!(
                before.is_none_or(|before| before == arrived.message.body),
                "{fate:?}: one id, one message"
            );
        }
        let ids: Vec<&str> = bodies.keys().map(String::as_str).collect();
        assert_eq!(ids, [1, 2].map(|at| format!("coverage-{SANDBOX}-{at:06}")), "{fate:?}");
    });
    assert!(steps > 10, "{steps}");
}
