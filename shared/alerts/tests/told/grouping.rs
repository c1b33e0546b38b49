//! One alert of what belongs together, and none lost.

use crate::samples::{event, facts, opened, resolved, undecided};
use stanchion_alerts::{WORST, group};
use stanchion_findings::{
    EventRef, Facts, Observation, Occasion, Severity, Transition, TransitionKind, transition,
};

fn by(change: &str, facts: Facts) -> Transition {
    let event = EventRef { event_id: change.to_owned(), ..event() };
    let occasion = Occasion { trigger: Some(event.clone()), caused_by: Some(event), ..Occasion::default() };
    transition(None, Observation::Violates(facts), &occasion).transition.expect("opened")
}

fn four_hundred() -> Vec<Transition> {
    let severity = |at: usize| if at % 100 == 7 { Severity::Critical } else { Severity::Medium };
    let facts = |at: usize| Facts { severity: severity(at), ..facts(&format!("Role{at:03}")) };
    (0..400).map(|at| by("one change", facts(at))).collect()
}

#[test]
fn one_change_that_opens_four_hundred_is_one_alert() {
    let transitions = four_hundred();
    let [alert] = group(&transitions).try_into().expect("one alert");
    assert_eq!((alert.count(), alert.worst.len(), alert.left_out()), (400, WORST, 390));
    assert_eq!(alert.severity, Severity::Critical);
    assert!(alert.worst[..4].iter().all(|one| one.severity == Severity::Critical));
    assert_eq!(alert.counted(), "400 opened");
    assert_eq!(alert.list_command(), "stanchion findings list --rule buckets-stay --account 222233334444");
}

#[test]
fn changes_rules_and_accounts_are_told_apart() {
    let rule = |id: &str| Facts { rule_id: id.to_owned(), ..facts("Deploy") };
    let account = |id: &str| Facts { account_id: Some(id.to_owned()), ..facts("Other") };
    let transitions = [
        by("a", facts("Deploy")),
        by("a", facts("Reader")),
        by("b", facts("Writer")),
        by("a", rule("another-rule")),
        by("a", account("555566667777")),
        undecided("Auditor"),
    ];
    let alerts = group(&transitions);
    let counts: Vec<usize> = alerts.iter().map(stanchion_alerts::Alert::count).collect();
    assert_eq!(counts.iter().sum::<usize>(), transitions.len(), "none is lost");
    assert_eq!(alerts.len(), 5);
    assert_eq!(counts.iter().filter(|count| **count == 2).count(), 1);
}

#[test]
fn order_and_repetition_do_not_matter() {
    let mut transitions = four_hundred();
    let alerts = group(&transitions);
    transitions.reverse();
    transitions.extend(four_hundred());
    assert_eq!(group(&transitions), alerts);
    assert!(group(&[]).is_empty());
}

#[test]
fn what_opens_and_resolves_with_one_change_is_counted_apart() {
    let over = resolved(&opened(facts("Deploy")).finding);
    let change = over.finding.trigger.clone().expect("a change").event_id;
    let alert = group(&[over, by(&change, facts("Reader"))]).remove(0);
    assert_eq!(alert.counted(), "1 opened, 1 resolved");
    assert_eq!(alert.worst[0].kind, TransitionKind::Opened, "what is open comes first");
}

#[test]
fn the_worst_alert_comes_first() {
    let alerts =
        group(&[by("a", Facts { severity: Severity::Low, ..facts("Deploy") }), by("b", facts("Reader"))]);
    let severities: Vec<Severity> = alerts.iter().map(|alert| alert.severity).collect();
    assert_eq!(severities, [Severity::High, Severity::Low]);
}
