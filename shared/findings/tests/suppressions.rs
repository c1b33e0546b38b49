//! What a suppression keeps from being an alarm, and for how long.

mod common;

use common::{facts, occasion};
use stanchion_findings::{
    Ended, Evaluation, Facts, Finding, Observation, Occasion, Severity, State, Step, Suppression,
    TransitionKind, transition,
};

fn until(day: &str) -> Suppression {
    Suppression {
        reason: "The vendor moves in spring".to_owned(),
        owner: "team-web".to_owned(),
        until: day.to_owned(),
        ended: None,
    }
}

fn violates() -> Observation {
    Observation::Violates(facts("no-root-use", "AROA1"))
}

fn suppressed(day: &str) -> Observation {
    Observation::Suppressed(facts("no-root-use", "AROA1"), until(day))
}

fn indeterminate() -> Observation {
    let unknowns = vec!["the boundary cannot be read".to_owned()];
    Observation::Indeterminate(Facts { unknowns, witness: None, ..facts("no-root-use", "AROA1") })
}

/// A look at a moment, with no event in mind.
fn at(moment: &str) -> Occasion {
    let evaluation = Some(Evaluation { id: "e".to_owned(), at: Some(moment.to_owned()) });
    Occasion { evaluation, ..Occasion::default() }
}

fn told(step: &Step) -> Option<TransitionKind> {
    step.transition.as_ref().map(|transition| transition.kind)
}

fn after(previous: Option<&Finding>, observation: Observation, occasion: &Occasion) -> Finding {
    transition(previous, observation, occasion).finding.expect("something new")
}

#[test]
fn it_is_told_once_with_who_answers_for_it() {
    let open = after(None, violates(), &occasion("event-0", true));
    let step = transition(Some(&open), suppressed("2027-03-01"), &at("2027-01-01T00:00:00Z"));
    assert_eq!(told(&step), Some(TransitionKind::Suppressed));
    let finding = step.finding.expect("a finding");
    assert_eq!((finding.state, &finding.suppression), (State::Suppressed, &Some(until("2027-03-01"))));
    assert_eq!(finding.caused_by, open.caused_by, "whoever brought it about still did");
    assert!(finding.witness.is_some());
    let again = transition(Some(&finding), suppressed("2027-03-01"), &at("2027-01-02T00:00:00Z"));
    assert_eq!(again, Step::default());
}

#[test]
fn what_is_suppressed_from_the_start_was_never_open() {
    let step = transition(None, suppressed("2027-03-01"), &occasion("event-0", true));
    assert_eq!(told(&step), Some(TransitionKind::Suppressed));
    let finding = step.finding.expect("a finding");
    assert_eq!(finding.first_seen.as_deref(), Some("at event-0"));
    assert_eq!(finding.caused_by.map(|event| event.event_id).as_deref(), Some("event-0"));
}

#[test]
fn what_the_rulebook_says_otherwise_is_stored_without_a_word() {
    let held = after(None, suppressed("2027-03-01"), &at("2027-01-01T00:00:00Z"));
    let mut worse = facts("no-root-use", "AROA1");
    worse.severity = Severity::Critical;
    let longer = Observation::Suppressed(worse, until("2027-06-01"));
    let step = transition(Some(&held), longer, &at("2027-02-01T00:00:00Z"));
    assert_eq!(told(&step), None);
    let finding = step.finding.expect("a new record");
    assert_eq!((finding.severity, finding.suppression), (Severity::Critical, Some(until("2027-06-01"))));
}

#[test]
fn its_day_reopens_it_and_says_so() {
    let held = after(None, suppressed("2027-03-01"), &occasion("event-0", true));
    let step = transition(Some(&held), violates(), &at("2027-03-01T00:00:00Z"));
    assert_eq!(told(&step), Some(TransitionKind::Opened));
    let open = step.finding.expect("a finding");
    let note = open.suppression.clone().expect("what used to suppress it");
    assert_eq!((note.ended, note.owner.as_str()), (Some(Ended::Expired), "team-web"));
    assert_eq!(open.caused_by.as_ref().map(|event| event.event_id.as_str()), Some("event-0"));
    assert_eq!(open.times_reopened, 0, "it was never over");
    // The note stays until it is resolved, and is not of the next time.
    let same = transition(Some(&open), violates(), &at("2027-03-02T00:00:00Z"));
    assert_eq!(same, Step::default());
    let over = after(Some(&open), Observation::Clean, &at("2027-03-03T00:00:00Z"));
    assert_eq!(after(Some(&over), violates(), &at("2027-03-04T00:00:00Z")).suppression, None);
}

#[test]
fn one_that_is_taken_out_reopens_it_sooner() {
    let held = after(None, suppressed("2027-03-01"), &at("2027-01-01T00:00:00Z"));
    let open = after(Some(&held), violates(), &at("2027-02-28T23:59:59Z"));
    assert_eq!(open.suppression.expect("a note").ended, Some(Ended::Withdrawn));
    let open = after(Some(&held), violates(), &Occasion::default());
    assert_eq!(open.suppression.expect("a note").ended, Some(Ended::Withdrawn), "no moment is known");
}

#[test]
fn what_is_not_known_is_told_all_the_same() {
    let held = after(None, suppressed("2027-03-01"), &occasion("event-0", true));
    let step = transition(Some(&held), indeterminate(), &at("2027-01-02T00:00:00Z"));
    assert_eq!(told(&step), Some(TransitionKind::Indeterminate));
    let unknown = step.finding.expect("a finding");
    assert_eq!(unknown.state, State::Indeterminate);
    let step = transition(Some(&unknown), suppressed("2027-03-01"), &at("2027-01-03T00:00:00Z"));
    assert_eq!(told(&step), Some(TransitionKind::Suppressed));
    let again = step.finding.expect("a finding");
    assert_eq!(again.caused_by, held.caused_by, "whoever brought it about still did");
    // Its day came while nothing was known.
    let open = after(Some(&unknown), violates(), &at("2027-03-01T00:00:00Z"));
    assert_eq!(open.suppression.expect("a note").ended, Some(Ended::Expired));
}

#[test]
fn it_is_over_when_the_rule_holds() {
    let held = after(None, suppressed("2027-03-01"), &at("2027-01-01T00:00:00Z"));
    for end in [Observation::Clean, Observation::Gone] {
        let step = transition(Some(&held), end, &at("2027-01-02T00:00:00Z"));
        assert_eq!(told(&step), Some(TransitionKind::Resolved));
        let over = step.finding.expect("a finding");
        let back = after(Some(&over), suppressed("2027-03-01"), &at("2027-01-03T00:00:00Z"));
        assert_eq!(back.state, State::Suppressed);
    }
}
