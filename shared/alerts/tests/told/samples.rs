//! Findings to be told.

use stanchion_findings::{
    Because, Evaluation, EventRef, Facts, Finding, Fix, Observation, Occasion, Safety, Severity, Subject,
    Suppression, Transition, Witness, transition,
};

/// What a rule's violation by a role says.
pub(crate) fn facts(role: &str) -> Facts {
    let because = |layer: &str, policy: &str, sid: Option<&str>| Because {
        layer: layer.to_owned(),
        policy: policy.to_owned(),
        statement: Some(0),
        sid: sid.map(str::to_owned),
    };
    Facts {
        rule_id: "buckets-stay".to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity: Severity::High,
        title: "Nobody deletes buckets".to_owned(),
        subject: Subject::principal(format!("AROA{role}")),
        facet: None,
        principal: Some(format!("arn:aws:iam::222233334444:role/app/{role}")),
        account_id: Some("222233334444".to_owned()),
        detail: None,
        remedy: Some("Leave the deleting of buckets\nto the role Janitor.".to_owned()),
        witness: Some(Witness {
            action: "s3:DeleteBucket".to_owned(),
            resource: "arn:aws:s3:::example".to_owned(),
            context: [("aws:SecureTransport".to_owned(), vec!["true".to_owned()])].into(),
        }),
        assumptions: vec!["no-session-policy".to_owned()],
        because: vec![
            because("identity", "inline:app", Some("Storage")),
            because("scp", "p-FullAWSAccess", None),
        ],
        unknowns: Vec::new(),
    }
}

/// The change behind it.
pub(crate) fn event() -> EventRef {
    EventRef {
        event_id: "b2183535-1535-45c4-a23d-895b77a51eb1".to_owned(),
        event_name: "PutRolePolicy".to_owned(),
        actor: "arn:aws:sts::222233334444:assumed-role/Delivery/dana@example.com".to_owned(),
        at: Some("2026-03-09T02:14:07Z".to_owned()),
        target: Some("role Deploy of account 222233334444".to_owned()),
        session_issuer: Some("arn:aws:iam::222233334444:role/Delivery".to_owned()),
        source_ip: Some("198.51.100.23".to_owned()),
        invoked_by: None,
    }
}

pub(crate) fn occasion() -> Occasion {
    Occasion {
        trigger: Some(event()),
        caused_by: Some(event()),
        at: Some("2026-03-09T02:14:07Z".to_owned()),
        ..Occasion::default()
    }
}

/// What opens with it.
pub(crate) fn opened(facts: Facts) -> Transition {
    transition(None, Observation::Violates(facts), &occasion()).transition.expect("opened")
}

/// A change that would mend it.
pub(crate) fn fix() -> Fix {
    Fix {
        summary: "Take s3:DeleteBucket out of statement 0 of inline policy app of role Deploy".to_owned(),
        policies: vec!["inline policy app of role Deploy".to_owned()],
        diff: "--- inline policy app of role Deploy\n+++ inline policy app of role Deploy\n@@ -1,2 +1,1 @@\n a\u{1b}\n-b\n"
            .to_owned(),
        safety: Safety::Safe,
        loses: Vec::new(),
        others: Vec::new(),
    }
}

/// What a later change resolves.
pub(crate) fn resolved(finding: &Finding) -> Transition {
    let undone = EventRef {
        event_id: "d0a3".to_owned(),
        event_name: "DeleteRolePolicy".to_owned(),
        at: Some("2026-03-09T02:31:40Z".to_owned()),
        ..event()
    };
    let at = undone.at.clone();
    let occasion = Occasion { trigger: Some(undone), caused_by: None, at, ..Occasion::default() };
    transition(Some(finding), Observation::Clean, &occasion).transition.expect("resolved")
}

/// What cannot be decided.
pub(crate) fn undecided(role: &str) -> Transition {
    let unknowns = vec!["inline policy `app` of role Deploy cannot be read: line 3 is no JSON".to_owned()];
    let facts = Facts { witness: None, because: Vec::new(), remedy: None, unknowns, ..facts(role) };
    transition(None, Observation::Indeterminate(facts), &Occasion::default()).transition.expect("told")
}

/// What somebody answers for.
pub(crate) fn suppressed(facts: Facts) -> Transition {
    let suppression = Suppression {
        reason: "The vendor moves to roles of its own in spring.\nSee ticket 4711.".to_owned(),
        owner: "team-web@example.com".to_owned(),
        until: "2026-06-01".to_owned(),
        ended: None,
    };
    transition(None, Observation::Suppressed(facts, suppression), &occasion()).transition.expect("suppressed")
}

/// What was suppressed until now.
pub(crate) fn reopened(finding: &Finding, at: &str) -> Transition {
    let evaluation = Evaluation { id: "e".to_owned(), at: Some(at.to_owned()) };
    let occasion = Occasion { evaluation: Some(evaluation), ..Occasion::default() };
    let role = finding.principal.as_deref().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    transition(Some(finding), Observation::Violates(facts(role)), &occasion).transition.expect("opened")
}

/// Every state of a finding, with names in them that somebody chose to do harm.
pub(crate) fn all() -> Vec<Transition> {
    let open = opened(facts("Deploy"));
    let over = resolved(&open.finding);
    let hostile = "=cmd|'/c calc'!A1\u{1b}[31m\u{202e}<!channel> \"&<x>]]>`*_\r\n,\u{0}";
    let mut nasty = facts(hostile);
    nasty.title = hostile.to_owned();
    nasty.detail = Some(hostile.to_owned());
    nasty.facet = Some(hostile.to_owned());
    nasty.severity = Severity::Critical;
    let account = Facts {
        subject: Subject::account("222233334444"),
        principal: None,
        detail: Some(
            "no SCP at r-ab12 or account 222233334444 denies it; today role Deploy can use it".to_owned(),
        ),
        ..facts("Deploy")
    };
    let fact = Facts {
        rule_id: "administrators-are-known".to_owned(),
        rule_kind: "administrators".to_owned(),
        detail: Some("its policies allow every action on every resource".to_owned()),
        witness: None,
        because: Vec::new(),
        ..facts("BreakGlass")
    };
    let held = suppressed(facts("Vendor"));
    let back = reopened(&suppressed(facts("Partner")).finding, "2026-06-01T00:00:05Z");
    vec![open, over, undecided("Deploy"), opened(nasty), opened(account), opened(fact), held, back]
}
