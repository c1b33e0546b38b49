//! Quiet hours, rates and digests: nothing is lost, and what is bad enough always comes through.

use crate::samples::{facts, opened};
use jiff::Timestamp;
use stanchion_alerts::channel::{Decision, Gist, Policy, Quiet, State, decide, digest};
use stanchion_alerts::group;
use stanchion_findings::{Facts, Severity};

fn alert(role: &str, severity: Severity) -> Gist {
    Gist::from(&group(&[opened(Facts { severity, ..facts(role) })])[0])
}

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn policy(most: usize, quiet: Option<Quiet>) -> Policy {
    Policy { always: Severity::Critical, most, window: 3_600, quiet }
}

/// Berlin's nights: an hour ahead of UTC in winter, two in summer.
fn nights() -> Quiet {
    Quiet::parse("22:00", "07:00", "CET-1CEST,M3.5.0,M10.5.0/3", Severity::High).expect("readable")
}

fn decided(policy: &Policy, severity: Severity, time: &str) -> Decision {
    decide(policy, State::default(), &alert("Deploy", severity), at(time)).0
}

#[test]
fn nights_are_quiet_for_what_is_not_bad() {
    let policy = policy(10, Some(nights()));
    for (severity, time, decision) in [
        (Severity::Medium, "2026-01-10T22:00:00Z", Decision::Quiet),
        (Severity::Medium, "2026-01-10T20:59:59Z", Decision::Send),
        (Severity::Medium, "2026-01-10T21:00:00Z", Decision::Quiet),
        (Severity::Medium, "2026-01-11T05:59:59Z", Decision::Quiet),
        (Severity::Medium, "2026-01-11T06:00:00Z", Decision::Send),
        // Summer time.
        (Severity::Medium, "2026-07-10T20:00:00Z", Decision::Quiet),
        (Severity::Medium, "2026-07-10T19:59:59Z", Decision::Send),
        (Severity::High, "2026-01-10T22:00:00Z", Decision::Send),
        (Severity::Critical, "2026-01-10T22:00:00Z", Decision::Send),
    ] {
        assert_eq!(decided(&policy, severity, time), decision, "{severity} at {time}");
    }
}

#[test]
fn hours_within_a_day_are_quiet_too() {
    let noon = Quiet::parse("12:00", "13:00", "UTC0", Severity::High).expect("readable");
    let policy = policy(10, Some(noon));
    assert_eq!(decided(&policy, Severity::Low, "2026-01-10T12:30:00Z"), Decision::Quiet);
    assert_eq!(decided(&policy, Severity::Low, "2026-01-10T13:00:00Z"), Decision::Send);
}

#[test]
fn what_cannot_be_read_is_named() {
    for (from, to, zone, word) in [
        ("25:00", "07:00", "UTC0", "`25:00`"),
        ("22:00", "late", "UTC0", "`late`"),
        ("22:00", "07:00", "Europe", "`Europe`"),
    ] {
        let error = Quiet::parse(from, to, zone, Severity::High).expect_err("refused");
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn beyond_the_rate_alerts_are_held_for_a_digest() {
    let policy = policy(2, None);
    let mut state = State::default();
    let mut decisions = Vec::new();
    for role in ["A", "B", "C", "D"] {
        let decision;
        (decision, state) = decide(&policy, state, &alert(role, Severity::High), at("2026-01-10T12:00:00Z"));
        decisions.push(decision);
    }
    assert_eq!(decisions, [Decision::Send, Decision::Send, Decision::TooMany, Decision::TooMany]);
    let (decision, state) =
        decide(&policy, state, &alert("E", Severity::Critical), at("2026-01-10T12:00:01Z"));
    assert_eq!(decision, Decision::Send, "what is bad enough is never held back");

    let (early, state) = digest(&policy, state, at("2026-01-10T12:59:59Z"));
    assert_eq!(early, None);
    let (due, state) = digest(&policy, state, at("2026-01-10T13:00:00Z"));
    let due = due.expect("a digest");
    assert_eq!((due.count(), due.alerts.len()), (2, 2));
    insta::assert_snapshot!(due.text());
    assert_eq!(digest(&policy, state, at("2026-01-10T15:00:00Z")).0, None, "it is told once");
}

#[test]
fn a_digest_waits_for_the_morning_unless_it_is_bad() {
    let policy = policy(1, Some(nights()));
    let night = at("2026-01-10T23:00:00Z");
    let (_, state) = decide(&policy, State::default(), &alert("A", Severity::Low), night);
    let (none, state) = digest(&policy, state, night);
    assert_eq!(none, None);
    assert!(digest(&policy, state.clone(), at("2026-01-11T06:00:00Z")).0.is_some());

    let (sent, state) = decide(&policy, state, &alert("B", Severity::High), night);
    let (held, state) = decide(&policy, state, &alert("C", Severity::High), night);
    assert_eq!((sent, held), (Decision::Send, Decision::TooMany));
    let (due, _) = digest(&policy, state, at("2026-01-11T00:00:00Z"));
    assert_eq!(due.expect("within the night").count(), 2);
}

/// A crash between deciding and storing makes the same alert come again.
#[test]
fn the_same_alert_is_held_once() {
    let policy = policy(0, None);
    let now = at("2026-01-10T12:00:00Z");
    let (_, state) = decide(&policy, State::default(), &alert("A", Severity::Low), now);
    let (_, state) = decide(&policy, state, &alert("A", Severity::Low), now);
    assert_eq!(digest(&policy, state, now).0.expect("a digest").count(), 1);
}

#[test]
fn a_clock_that_is_set_back_stops_nothing_for_ever() {
    let policy = policy(1, None);
    let (_, state) =
        decide(&policy, State::default(), &alert("A", Severity::Low), at("2030-01-01T00:00:00Z"));
    let (decision, _) = decide(&policy, state, &alert("B", Severity::Low), at("2026-01-10T12:00:00Z"));
    assert_eq!(decision, Decision::Send);
}

#[test]
fn the_state_is_stored_and_read_again() {
    let policy = policy(1, None);
    let mut state = State::default();
    for role in ["A", "B"] {
        (_, state) = decide(&policy, state, &alert(role, Severity::Low), at("2026-01-10T12:00:00Z"));
    }
    let text = serde_json::to_string(&state).expect("JSON");
    assert_eq!(serde_json::from_str::<State>(&text).expect("readable"), state);
}

/// As when there was no room to send it at once.
#[test]
fn a_digest_with_something_that_is_always_sent_does_not_wait() {
    let policy = policy(1, Some(nights()));
    let night = at("2026-01-10T23:00:00Z");
    let (_, mut state) = decide(&policy, State::default(), &alert("A", Severity::High), night);
    state.hold(&alert("B", Severity::Critical));
    state.hold(&alert("B", Severity::Critical));
    let (due, after) = digest(&policy, state, night);
    assert_eq!(due.expect("at once").count(), 1);
    assert_eq!(digest(&policy, after, night).0, None);
}

#[test]
fn a_digest_names_the_worst_and_counts_the_rest() {
    let policy = policy(0, None);
    let mut state = State::default();
    for at_role in 0..50 {
        let severity = if at_role == 40 { Severity::High } else { Severity::Low };
        let now = at("2026-01-10T12:00:00Z");
        (_, state) = decide(&policy, state, &alert(&format!("Role{at_role}"), severity), now);
    }
    let due = digest(&policy, state, at("2026-01-10T12:00:00Z")).0.expect("a digest");
    assert_eq!((due.count(), due.worst.len()), (50, stanchion_alerts::WORST));
    assert_eq!(due.worst[0].0, Severity::High);
    assert!(due.text().contains("and 40 more"), "{}", due.text());
}

/// The state is stored: a night of alerts must not make it grow without end.
#[test]
fn the_state_is_bounded() {
    let policy = policy(0, None);
    let now = at("2026-01-10T12:00:00Z");
    let one = alert("Deploy", Severity::Low);
    let mut state = State::default();
    for count in 0..3_000 {
        let alert = Gist { id: format!("{count}"), ..one.clone() };
        (_, state) = decide(&policy, state, &alert, now);
    }
    assert!(serde_json::to_string(&state).expect("JSON").len() < 10_000);
    assert_eq!(digest(&policy, state, now).0.expect("a digest").count(), 3_000);
}
