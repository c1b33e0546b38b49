//! A violation and an occasion to start from.

use std::collections::BTreeMap;

use stanchion_findings::{Because, EventRef, Facts, Occasion, Severity, Subject, Witness};

pub(crate) fn facts(rule: &str, principal: &str) -> Facts {
    Facts {
        rule_id: rule.to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity: Severity::High,
        title: "Nobody does this".to_owned(),
        subject: Subject::principal(principal),
        facet: None,
        principal: Some(format!("arn:aws:iam::111122223333:role/{principal}")),
        account_id: Some("111122223333".to_owned()),
        detail: None,
        remedy: None,
        witness: Some(Witness {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::bucket/key".to_owned(),
            context: BTreeMap::from([("aws:SecureTransport".to_owned(), vec!["true".to_owned()])]),
        }),
        assumptions: vec!["no session policy".to_owned()],
        because: vec![Because {
            layer: "identity".to_owned(),
            policy: "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
            statement: Some(0),
            sid: None,
        }],
        unknowns: Vec::new(),
    }
}

/// The event that made us look, and whether it is also the cause.
pub(crate) fn occasion(event: &str, cause: bool) -> Occasion {
    let event_ref = EventRef {
        event_id: event.to_owned(),
        event_name: "AttachRolePolicy".to_owned(),
        actor: "arn:aws:iam::111122223333:user/ada".to_owned(),
        ..EventRef::default()
    };
    Occasion {
        caused_by: cause.then(|| event_ref.clone()),
        trigger: Some(event_ref),
        at: Some(format!("at {event}")),
        ..Occasion::default()
    }
}
