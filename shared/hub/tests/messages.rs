//! What is sent to the topic, as programs will read it.

use insta::assert_snapshot;
use serde_json::Value;
use stanchion_changes::Meta;
use stanchion_findings::{
    Because, EventRef, Facts, Observation, Occasion, Severity, Subject, Transition, Witness, transition,
};
use stanchion_hub::Sent;
use stanchion_hub::messages::{Attribute, MAX_BYTES, Message, message};
use stanchion_hub::rulebook::Refused;
use stanchion_hub::sweep::Unused;
use stanchion_hub::watch::Notice;
use stanchion_rules::Rulebook;

fn opened(rule: &str, severity: Severity, id: &str, statements: usize) -> Transition {
    let arn = format!("arn:aws:iam::222233334444:role/{id}");
    let because = |at: usize| Because {
        layer: "identity".to_owned(),
        policy: format!("inline:policy-number-{at}"),
        statement: Some(0),
        sid: None,
    };
    let facts = Facts {
        rule_id: rule.to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity,
        title: "Nobody deletes buckets".to_owned(),
        subject: Subject::principal(format!("AROA{id}")),
        facet: None,
        principal: Some(arn),
        account_id: Some("222233334444".to_owned()),
        detail: None,
        remedy: None,
        witness: Some(Witness {
            action: "s3:DeleteBucket".to_owned(),
            resource: "arn:aws:s3:::example".to_owned(),
            context: [("aws:SecureTransport".to_owned(), vec!["true".to_owned()])].into(),
        }),
        assumptions: vec!["no-session-policy".to_owned()],
        because: (0..statements).map(because).collect(),
        unknowns: Vec::new(),
    };
    let event = EventRef {
        event_id: "b2183535-1535-45c4-a23d-895b77a51eb1".to_owned(),
        event_name: "AttachRolePolicy".to_owned(),
        actor: "arn:aws:iam::222233334444:user/dana".to_owned(),
        ..EventRef::default()
    };
    let occasion = Occasion {
        trigger: Some(event.clone()),
        caused_by: Some(event),
        at: Some("2026-03-09T09:00:00Z".to_owned()),
        ..Occasion::default()
    };
    transition(None, Observation::Violates(facts), &occasion).transition.expect("opened")
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).expect("JSON")
}

fn attributes(message: &Message) -> String {
    let line = |(name, value): &(&str, Attribute)| match value {
        Attribute::Text(text) => format!("{name}: {text}\n"),
        Attribute::Number(number) => format!("{name}: {number}\n"),
    };
    message.attributes.iter().map(line).collect()
}

#[test]
fn a_transition_is_told_with_its_finding() {
    let transition = opened("buckets-stay", Severity::High, "Deploy", 1);
    let message = message(&Sent::Transition(&transition));
    assert_eq!((&message.id, &message.group), (&transition.id, &transition.finding.fingerprint.to_string()));
    assert_snapshot!(attributes(&message));
    assert_snapshot!(format!("{:#}", body(&message)));
}

/// SQS discards a raw delivery of more than ten attributes.
#[test]
fn no_message_has_more_than_ten_attributes_or_an_empty_one() {
    let transition = opened("buckets-stay", Severity::High, "Deploy", 1);
    let transitions = [transition.clone()];
    let event = Meta { event_id: "e".into(), ..Meta::default() };
    let refused = Refused { edition: "v2".into(), reasons: vec!["why".into()], at: 0, told: false };
    let notice = Notice { ordinal: 1, restored: false, gaps: Vec::new(), left: 0 };
    for sent in [
        Sent::Transition(&transition),
        Sent::Baseline { account: "222233334444", transitions: &transitions },
        Sent::UnknownEvent(&event),
        Sent::RulebookRefused(&refused),
        Sent::Coverage { account: "222233334444", notice: &notice },
        Sent::UnusedSuppression(&unused()),
    ] {
        let message = message(&sent);
        assert!(message.attributes.len() <= 10);
        let empty = |(_, value): &(&str, Attribute)| *value == Attribute::Text(String::new());
        assert!(!message.attributes.iter().any(empty), "{message:?}");
    }
}

#[test]
fn what_is_too_large_is_shortened_and_says_so() {
    let transition = opened("buckets-stay", Severity::High, "Deploy", 5_000);
    let message = message(&Sent::Transition(&transition));
    assert!(message.body.len() < MAX_BYTES, "{}", message.body.len());
    let body = body(&message);
    assert_eq!(body["shortened"], serde_json::json!(["because"]));
    assert_eq!(body["finding"]["because"], serde_json::json!([]));
    assert_eq!(body["finding"]["witness"]["action"], "s3:DeleteBucket");
}

#[test]
fn a_baseline_counts_all_and_lists_the_worst_first() {
    let transitions = [
        opened("buckets-stay", Severity::Low, "Reader", 1),
        opened("nobody-makes-users", Severity::Critical, "Deploy", 1),
        opened("buckets-stay", Severity::Low, "Deploy", 1),
    ];
    let sent = |transitions: &[Transition]| message(&Sent::Baseline { account: "222233334444", transitions });
    let message = sent(&transitions);
    assert_snapshot!(attributes(&message));
    assert_snapshot!(format!("{:#}", body(&message)));
    let mut turned = transitions.to_vec();
    turned.reverse();
    assert_eq!(sent(&turned), message, "the same findings in another order are the same message");
    assert_ne!(sent(&transitions[1..]).id, message.id);
}

#[test]
fn a_baseline_that_is_too_large_leaves_some_out_and_counts_them() {
    let transitions: Vec<Transition> =
        (0..2_000).map(|at| opened("buckets-stay", Severity::Low, &format!("Role{at}"), 1)).collect();
    let message = message(&Sent::Baseline { account: "222233334444", transitions: &transitions });
    assert!(message.body.len() < MAX_BYTES, "{}", message.body.len());
    let body = body(&message);
    let listed = body["findings"].as_array().map(Vec::len).expect("a list");
    assert!(listed > 100);
    assert_eq!(body["count"], 2_000);
    assert_eq!(body["left_out"], 2_000 - listed);
}

fn unused() -> Unused {
    let text = "version: 1\nguardrails:\n  - { id: a, title: A, severity: low, forbid: [{ Action: 's3:*' }] }\n\
                suppressions:\n  - { rule: a, account: '222233334444', reason: R, owner: O, until: 2027-03-01 }\n";
    let rulebook = Rulebook::parse(text, "rulebook.yaml").expect("a rulebook");
    Unused { suppression: rulebook.suppressions[0].clone(), since: 1_773_046_800_000 }
}

#[test]
fn a_suppression_that_fits_nothing_is_told_with_what_it_is_about() {
    let message = message(&Sent::UnusedSuppression(&unused()));
    assert_eq!(
        attributes(&message),
        "type: suppression-unused\nschema_version: 1\naccount_id: 222233334444\n"
    );
    let body = body(&message);
    assert_eq!(body["id"], message.id);
    assert_eq!(
        (&body["rule"], &body["account"], &body["principal"]),
        (&"a".into(), &"222233334444".into(), &Value::Null)
    );
    assert_eq!(
        (&body["until"], &body["unused_since"]),
        (&"2027-03-01".into(), &"2026-03-09T09:00:00Z".into())
    );
    assert!(message.id.starts_with(&message.group));
}
