//! What happens to a finding over a series of evaluations.

mod common;

use common::{facts, occasion};
use stanchion_findings::{Facts, Finding, Observation, Severity, State, Step, TransitionKind, transition};

/// Runs observations one after the other; gives what each step told, and the last record.
fn run(observations: Vec<Observation>) -> (Vec<Option<TransitionKind>>, Option<Finding>) {
    let mut finding: Option<Finding> = None;
    let mut told = Vec::new();
    for (i, observation) in observations.into_iter().enumerate() {
        let step = transition(finding.as_ref(), observation, &occasion(&format!("event-{i}"), false));
        told.push(step.transition.map(|transition| transition.kind));
        finding = step.finding.or(finding);
    }
    (told, finding)
}

fn violates() -> Observation {
    Observation::Violates(facts("no-root-use", "AROA1"))
}

fn indeterminate() -> Observation {
    let unknowns = vec!["the boundary cannot be read".to_owned()];
    Observation::Indeterminate(Facts { unknowns, witness: None, ..facts("no-root-use", "AROA1") })
}

#[test]
fn the_same_violation_again_is_no_news_at_all() {
    let first = transition(None, violates(), &occasion("event-0", true)).finding;
    let again = transition(first.as_ref(), violates(), &occasion("event-1", false));
    assert_eq!(again, Step::default());
}

#[test]
fn clean_from_the_start_leaves_no_trace() {
    let (told, finding) = run(vec![Observation::Clean, Observation::Gone]);
    assert_eq!(told, [None, None]);
    assert!(finding.is_none());
}

#[test]
fn an_open_finding_that_turns_indeterminate_stays_open_with_its_witness() {
    let (told, finding) = run(vec![violates(), indeterminate()]);
    assert_eq!(told, [Some(TransitionKind::Opened), None]);
    let finding = finding.expect("a finding");
    assert_eq!(finding.state, State::Open);
    assert!(finding.witness.is_some());
    assert_eq!(finding.unknowns, ["the boundary cannot be read"]);
}

#[test]
fn what_comes_back_is_the_same_finding_reopened() {
    let (told, finding) =
        run(vec![violates(), Observation::Clean, violates(), Observation::Gone, violates()]);
    let (opened, resolved) = (Some(TransitionKind::Opened), Some(TransitionKind::Resolved));
    assert_eq!(told, [opened, resolved, opened, resolved, opened]);
    let finding = finding.expect("a finding");
    assert_eq!((finding.times_reopened, finding.transitions), (2, 5));
    assert_eq!(finding.first_seen.as_deref(), Some("at event-0"));
    assert_eq!(finding.last_changed.as_deref(), Some("at event-4"));
}

#[test]
fn an_indeterminate_finding_opens_or_is_resolved() {
    let (told, finding) = run(vec![indeterminate(), indeterminate(), violates()]);
    let unknown = Some(TransitionKind::Indeterminate);
    assert_eq!(told, [unknown, None, Some(TransitionKind::Opened)]);
    assert_eq!(finding.expect("a finding").times_reopened, 0);
    let (told, _) = run(vec![indeterminate(), Observation::Gone, indeterminate()]);
    assert_eq!(told, [unknown, Some(TransitionKind::Resolved), unknown]);
}

/// What was stored of an event by an earlier program is less than what is known of it now.
#[test]
fn more_about_the_same_cause_is_no_update() {
    let open = transition(None, violates(), &occasion("e1", true)).finding.expect("a finding");
    let mut again = occasion("e1", true);
    if let Some(cause) = &mut again.caused_by {
        cause.at = Some("2027-01-01T00:00:00Z".to_owned());
    }
    assert_eq!(transition(Some(&open), violates(), &again).transition, None);
}

#[test]
fn another_severity_is_an_update_that_keeps_the_cause() {
    let first = transition(None, violates(), &occasion("event-0", true)).finding;
    let worse = Facts { severity: Severity::Critical, ..facts("no-root-use", "AROA1") };
    let step = transition(first.as_ref(), Observation::Violates(worse), &occasion("event-1", false));
    assert_eq!(step.transition.map(|t| t.kind), Some(TransitionKind::Updated));
    let finding = step.finding.expect("a finding");
    assert_eq!(finding.caused_by.map(|event| event.event_id).as_deref(), Some("event-0"));
    assert_eq!(finding.trigger.map(|event| event.event_id).as_deref(), Some("event-1"));
}

#[test]
fn another_cause_is_an_update() {
    let first = transition(None, violates(), &occasion("event-0", true)).finding;
    let step = transition(first.as_ref(), violates(), &occasion("event-1", true));
    assert_eq!(step.transition.map(|t| t.kind), Some(TransitionKind::Updated));
    let same = transition(step.finding.as_ref(), violates(), &occasion("event-1", true));
    assert_eq!(same, Step::default());
}

#[test]
fn another_witness_is_stored_without_a_word() {
    let first = transition(None, violates(), &occasion("event-0", true)).finding;
    let mut other = facts("no-root-use", "AROA1");
    other.witness.as_mut().expect("a witness").action = "s3:PutObject".to_owned();
    let step = transition(first.as_ref(), Observation::Violates(other), &occasion("event-1", false));
    assert!(step.transition.is_none());
    let finding = step.finding.expect("a new record");
    assert_eq!(finding.witness.expect("a witness").action, "s3:PutObject");
    assert_eq!(finding.last_changed.as_deref(), Some("at event-0"));
}

#[test]
fn a_baseline_finding_has_no_cause() {
    let step = transition(None, violates(), &Default::default());
    let finding = step.finding.expect("a finding");
    assert_eq!((finding.trigger, finding.caused_by, finding.first_seen), (None, None, None));
}

#[test]
fn the_id_of_a_transition_is_that_of_the_finding_and_its_ordinal() {
    let opened = transition(None, violates(), &occasion("event-0", true));
    let resolved = transition(opened.finding.as_ref(), Observation::Clean, &Default::default());
    let fingerprint = facts("no-root-use", "AROA1").fingerprint();
    assert_eq!(opened.transition.expect("one").id, format!("{fingerprint}-000001"));
    assert_eq!(resolved.transition.expect("one").id, format!("{fingerprint}-000002"));
}

/// Findings are stored and sent: who reads them relies on this form.
#[test]
fn the_json_of_a_transition_is_this() {
    let step = transition(None, violates(), &occasion("event-0", true));
    let json = serde_json::to_string_pretty(&step.transition).expect("JSON");
    insta::assert_snapshot!(json, @r#"
    {
      "id": "8240d730df077ca25f55c311617f2cb5-000001",
      "kind": "opened",
      "finding": {
        "schema_version": 1,
        "fingerprint": "8240d730df077ca25f55c311617f2cb5",
        "state": "open",
        "rule_id": "no-root-use",
        "rule_kind": "guardrail",
        "severity": "high",
        "title": "Nobody does this",
        "subject": {
          "kind": "principal",
          "id": "AROA1"
        },
        "facet": null,
        "principal": "arn:aws:iam::111122223333:role/AROA1",
        "account_id": "111122223333",
        "detail": null,
        "remedy": null,
        "witness": {
          "action": "s3:GetObject",
          "resource": "arn:aws:s3:::bucket/key",
          "context": {
            "aws:SecureTransport": [
              "true"
            ]
          }
        },
        "assumptions": [
          "no session policy"
        ],
        "because": [
          {
            "layer": "identity",
            "policy": "arn:aws:iam::aws:policy/AdministratorAccess",
            "statement": 0,
            "sid": null
          }
        ],
        "unknowns": [],
        "suppression": null,
        "trigger": {
          "event_id": "event-0",
          "event_name": "AttachRolePolicy",
          "actor": "arn:aws:iam::111122223333:user/ada",
          "at": null,
          "target": null,
          "session_issuer": null,
          "source_ip": null,
          "invoked_by": null
        },
        "caused_by": {
          "event_id": "event-0",
          "event_name": "AttachRolePolicy",
          "actor": "arn:aws:iam::111122223333:user/ada",
          "at": null,
          "target": null,
          "session_issuer": null,
          "source_ip": null,
          "invoked_by": null
        },
        "since": null,
        "first_seen": "at event-0",
        "last_changed": "at event-0",
        "times_reopened": 0,
        "transitions": 1
      },
      "at": "at event-0",
      "evaluation": null,
      "baseline": false
    }
    "#);
}

/// What was proven to mend it is told as long as the same statements break the rule, and no longer.
#[test]
fn a_fix_stays_while_it_fits() {
    let violates = |facts: &Facts| Observation::Violates(facts.clone());
    let facts = facts("r", "AROA1");
    let step = transition(None, violates(&facts), &occasion("e", true));
    let mut open = step.finding.expect("a finding");
    assert_eq!(open.fix, None);
    open.fix = Some(stanchion_findings::Fix {
        summary: "Remove statement 0 of inline policy p of role r".to_owned(),
        policies: Vec::new(),
        diff: String::new(),
        safety: stanchion_findings::Safety::Safe,
        loses: Vec::new(),
        others: Vec::new(),
    });
    assert_eq!(
        transition(Some(&open), violates(&facts), &occasion("f", false)).finding,
        None,
        "nothing is new"
    );
    let mut other = facts.clone();
    other.because.clear();
    other.because.extend([stanchion_findings::Because {
        layer: "identity".to_owned(),
        policy: "inline:another".to_owned(),
        statement: Some(0),
        sid: None,
    }]);
    let by_another =
        transition(Some(&open), violates(&other), &occasion("f", false)).finding.expect("it is new");
    assert_eq!(by_another.fix, None);
    let over =
        transition(Some(&open), Observation::Clean, &occasion("f", false)).finding.expect("it is over");
    assert_eq!(over.fix, None);
}
