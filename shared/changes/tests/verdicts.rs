//! Which events are changes, and why the others are none.

mod common;

use common::organization;
use serde_json::{Value, json};
use stanchion_changes::{
    Affected, Change, Effect, Envelope, Ignored, Interpreter, RawEvent, Target, Verdict, affected, interpret,
};

fn record(name: &str, parameters: Value) -> Value {
    json!({
        "eventSource": "iam.amazonaws.com", "eventName": name, "eventID": "e-1",
        "eventTime": "2026-03-02T09:00:00Z", "eventType": "AwsApiCall", "readOnly": false,
        "recipientAccountId": "111122223333", "requestParameters": parameters,
        "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333",
                         "arn": "arn:aws:iam::111122223333:user/staff/ana"},
    })
}

fn attach() -> Value {
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    record("AttachRolePolicy", json!({"roleName": "Deploy", "policyArn": policy}))
}

fn bare(record: Value) -> RawEvent {
    RawEvent { envelope: None, record }
}

fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

fn reason(event: &RawEvent) -> String {
    match interpret(event) {
        Verdict::Change(change) => format!("a change: {}", change.kind),
        Verdict::Ignored(ignored) => ignored.reason.to_string(),
    }
}

fn change(record: Value) -> Change {
    match interpret(&bare(record)) {
        Verdict::Change(change) => *change,
        Verdict::Ignored(ignored) => panic!("ignored: {}", ignored.reason),
    }
}

#[test]
fn each_reason_to_pass_an_event_over() {
    for (expected, event) in [
        ("a change: permission", attach()),
        ("failed-call", with(attach(), "errorCode", json!("AccessDenied"))),
        ("read-only", with(record("GetRole", json!({})), "readOnly", json!(true))),
        ("read-only", with(record("ListUsers", json!({})), "readOnly", Value::Null)),
        ("unwatched-source", with(attach(), "eventSource", json!("sso.amazonaws.com"))),
        ("no-effect", record("CreateAccountAlias", json!({"accountAlias": "x"}))),
        ("unknown-event", record("InventRole", json!({}))),
        ("unknown-event", record("GetRidOfRole", json!({}))),
        ("unreadable", with(attach(), "eventName", Value::Null)),
        ("unreadable", json!(3)),
    ] {
        assert_eq!(reason(&bare(event.clone())), expected, "{event}");
    }
}

#[test]
fn a_failed_result_of_a_background_task_is_a_failed_call() {
    let mut result = record("CreateAccountResult", Value::Null);
    result["eventSource"] = json!("organizations.amazonaws.com");
    result["eventType"] = json!("AwsServiceEvent");
    result["serviceEventDetails"] =
        json!({"createAccountStatus": {"state": "FAILED", "failureReason": "EMAIL_ALREADY_EXISTS"}});
    assert_eq!(reason(&bare(result)), "failed-call");
}

/// Anyone who may put events on a bus can write a record like this one; only AWS can write the
/// envelope's source.
#[test]
fn an_envelope_that_does_not_fit_is_forged_and_does_not_hide_the_real_event() {
    let envelope = |source: &str, detail_type: &str, account: &str| {
        let envelope = Envelope {
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            account: account.to_owned(),
        };
        RawEvent { envelope: Some(envelope), record: attach() }
    };
    let call = "AWS API Call via CloudTrail";
    let mut interpreter = Interpreter::default();
    for forged in [
        envelope("com.example", call, "111122223333"),
        envelope("aws.organizations", call, "111122223333"),
        envelope("aws.iam", "AWS Service Event via CloudTrail", "111122223333"),
        envelope("aws.iam", call, "444455556666"),
    ] {
        let Verdict::Ignored(ignored) = interpreter.interpret(&forged) else {
            panic!("taken for real: {:?}", forged.envelope);
        };
        assert_eq!(ignored.reason, Ignored::ForgedSource);
    }
    let real = envelope("aws.iam", call, "111122223333");
    assert!(matches!(interpreter.interpret(&real), Verdict::Change(_)));
    let Verdict::Ignored(again) = interpreter.interpret(&real) else { panic!("seen before") };
    assert_eq!((again.reason, again.meta.event_id.as_str()), (Ignored::Repeated, "e-1"));
}

#[test]
fn without_a_user_name_the_caller_acts_on_itself() {
    let target = change(record("ChangePassword", Value::Null)).target;
    assert_eq!(target.to_string(), "user ana of account 111122223333");

    // Only of one's own credentials: a policy is put on a user that is named.
    let put = change(record("PutUserPolicy", Value::Null));
    assert_eq!(put.target, Target::Unknown { account: "111122223333".to_owned() });

    let mut by_role = record("CreateLoginProfile", Value::Null);
    by_role["userIdentity"] = json!({"type": "AssumedRole", "accountId": "111122223333"});
    let change = change(by_role);
    assert_eq!(change.target, Target::Unknown { account: "111122223333".to_owned() });
    let Affected { principals, note } = affected(&change, &organization());
    assert_eq!(principals.len(), 6, "anyone in the account");
    assert!(note.is_some_and(|note| note.contains("does not say")));
}

#[test]
fn an_actor_is_the_caller_and_the_role_behind_its_session() {
    let mut event = attach();
    event["sourceIPAddress"] = json!("198.51.100.7");
    event["userIdentity"] = json!({
        "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Admin/dana",
        "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/a/Admin"}}});
    let actor = change(event).actor;
    assert_eq!(actor.arn, "arn:aws:sts::111122223333:assumed-role/Admin/dana");
    assert_eq!(actor.session_issuer.as_deref(), Some("arn:aws:iam::111122223333:role/a/Admin"));
    assert_eq!(actor.source_ip.as_deref(), Some("198.51.100.7"));
}

#[test]
fn a_deleted_role_that_nobody_remembers_is_named_without_its_path() {
    let mut event = record("DeleteRole", json!({"roleName": "Gone"}));
    event["userIdentity"]["arn"] = json!("arn:aws-us-gov:iam::111122223333:user/ana");
    let found = affected(&change(event), &organization());
    assert_eq!(found.principals, ["arn:aws-us-gov:iam::111122223333:role/Gone"]);
    assert!(found.note.is_some());
}

#[test]
fn after_a_rename_the_new_name_is_found() {
    let event = record("UpdateUser", json!({"userName": "ben", "newUserName": "benedict"}));
    let change = change(event);
    let mut after = organization();
    stanchion_changes::apply(&change.effect, &mut after);
    let found = affected(&change, &after);
    assert_eq!(found.principals, ["arn:aws:iam::111122223333:user/benedict"]);
}

/// An SCP on a root is every principal's business; a backup policy is none's.
#[test]
fn policies_that_alter_no_permission_affect_nobody() {
    let mut event = record("AttachPolicy", json!({"policyId": "p-backup001", "targetId": "r-ab12"}));
    event["eventSource"] = json!("organizations.amazonaws.com");
    let found = affected(&change(event.clone()), &organization());
    assert_eq!(found.principals, Vec::<String>::new());
    assert!(found.note.is_some_and(|note| note.contains("BACKUP_POLICY")));

    event["requestParameters"]["policyId"] = json!("p-unheardof");
    assert_eq!(affected(&change(event), &organization()).principals.len(), 7);
}

#[test]
fn a_document_that_cloudtrail_hides_is_unknown_not_empty() {
    let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
    let event =
        record("PutRolePolicy", json!({"roleName": "Deploy", "policyName": "p", "policyDocument": hidden}));
    let Effect::PutInline { document, .. } = change(event).effect else { panic!("a put") };
    assert!(document.document().is_err());
}

#[test]
fn what_the_inventory_lacks_is_said() {
    let mut event = attach();
    event["recipientAccountId"] = json!("777788889999");
    event["eventName"] = json!("AttachGroupPolicy");
    event["requestParameters"] = json!({"groupName": "admins", "policyArn": "x"});
    let found = affected(&change(event), &organization());
    assert_eq!(found.principals, Vec::<String>::new());
    assert_eq!(found.note.as_deref(), Some("the details of account 777788889999 are not in the inventory"));
}
