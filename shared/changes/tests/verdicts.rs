//! Which events are changes, and why the others are none.

mod common;

use common::{organization, without_identity_center};
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
        ("unwatched-source", with(attach(), "eventSource", json!("ec2.amazonaws.com"))),
        ("no-effect", record("CreateAccountAlias", json!({"accountAlias": "x"}))),
        ("unknown-event", record("InventRole", json!({}))),
        ("unknown-event", record("GetRidOfRole", json!({}))),
        ("unreadable", with(attach(), "eventName", Value::Null)),
        ("unreadable", json!(3)),
    ] {
        assert_eq!(reason(&bare(event.clone())), expected, "{event}");
    }
}

/// Old records do not say whose log they are of.
#[test]
fn without_a_recipient_the_account_is_the_callers() {
    let mut event = attach();
    event["recipientAccountId"] = Value::Null;
    assert_eq!(change(event.clone()).account, "111122223333");
    event["userIdentity"]["accountId"] = Value::Null;
    assert_eq!(change(event.clone()).account, "111122223333", "from the caller's ARN");
    event["userIdentity"]["arn"] = Value::Null;
    assert_eq!(reason(&bare(event)), "unreadable");
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
    let Affected { principals, note, .. } = affected(&change, &organization());
    assert_eq!(principals.len(), 10, "anyone in the account");
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
    assert_eq!(affected(&change(event), &organization()).principals.len(), 12);
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

/// A call of another service, with these parameters.
fn of(service: &str, name: &str, parameters: Value) -> Value {
    with(record(name, parameters), "eventSource", json!(format!("{service}.amazonaws.com")))
}

/// CloudTrail calls `AssumeRole` read-only. Most calls give the role's own permissions, and change
/// nothing.
#[test]
fn a_session_is_a_change_only_if_it_differs_from_its_principal() {
    let role = "arn:aws:iam::111122223333:role/ci/Deploy";
    let assume = |name: &str, more: Value| {
        let mut parameters = json!({"roleArn": role, "roleSessionName": "s", "durationSeconds": 900});
        for (key, value) in more.as_object().expect("an object") {
            parameters[key] = value.clone();
        }
        with(of("sts", name, parameters), "readOnly", json!(true))
    };
    let session = "a change: session";
    for (expected, event) in [
        ("no-effect", assume("AssumeRole", json!({}))),
        ("no-effect", assume("AssumeRole", json!({"tags": [], "policyArns": [], "externalId": "x"}))),
        ("no-effect", assume("AssumeRoleWithWebIdentity", json!({}))),
        (session, assume("AssumeRole", json!({"tags": [{"key": "team", "value": "x"}]}))),
        (session, assume("AssumeRole", json!({"policy": "HIDDEN_DUE_TO_SECURITY_REASONS"}))),
        (session, assume("AssumeRoleWithSAML", json!({"principalTags": {"team": "x"}}))),
        ("no-effect", of("sts", "GetSessionToken", Value::Null)),
        (session, of("sts", "GetSessionToken", json!({"serialNumber": "arn:aws:iam::1:mfa/ana"}))),
        ("no-effect", of("sts", "GetFederationToken", json!({"name": "ana"}))),
        (session, of("sts", "AssumeRoot", json!({"targetPrincipal": "444455556666"}))),
        ("not-watched", with(of("sts", "GetCallerIdentity", Value::Null), "readOnly", json!(true))),
    ] {
        assert_eq!(reason(&bare(event.clone())), expected, "{event}");
    }
}

#[test]
fn an_assumed_role_may_be_of_another_account_than_the_log() {
    let role = "arn:aws:iam::444455556666:role/Elsewhere";
    let event = of("sts", "AssumeRole", json!({"roleArn": role, "tags": [{"key": "a", "value": "b"}]}));
    let found = affected(&change(event), &organization());
    assert_eq!(found.principals, [role], "named in full, though the inventory lacks it");
}

#[test]
fn keys_and_buckets_are_watched_where_a_rule_is_about_them() {
    let event = bare(of("kms", "PutKeyPolicy", json!({"keyId": "k", "policy": "{\"Statement\":[]}"})));
    assert_eq!(reason(&event), "not-watched");
    let verdict = |service: &str| Interpreter::watching(|prefix| prefix == service).interpret(&event);
    assert!(matches!(verdict("kms"), Verdict::Change(_)));
    assert!(matches!(verdict("s3"), Verdict::Ignored(_)));
    let mut watching = Interpreter::watching(|_| true);
    let Verdict::Ignored(decrypt) = watching.interpret(&bare(of("kms", "Decrypt", Value::Null))) else {
        panic!("no policy changes");
    };
    assert_eq!(decrypt.reason, Ignored::NotWatched);
}

/// A key's policy that CloudTrail does not show may let in anyone of any account.
#[test]
fn a_policy_that_the_event_does_not_show_may_name_anyone() {
    let affected_by = |parameters| {
        let event = bare(of("kms", "PutKeyPolicy", parameters));
        let Verdict::Change(change) = Interpreter::watching(|_| true).interpret(&event) else {
            panic!("a change");
        };
        affected(&change, &organization()).principals.len()
    };
    assert_eq!(affected_by(json!({"keyId": "k", "policy": "{\"Statement\":[]}"})), 10, "the account");
    assert_eq!(affected_by(json!({"keyId": "k"})), 12, "everyone");
}

/// Without `identity-center.json` it is not known which roles a set has: every one is looked at.
#[test]
fn what_is_not_known_of_identity_center_may_be_about_every_role_of_it() {
    let set = "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb";
    let (full, bare_inventory) = (organization(), without_identity_center());
    let found = |event: &Value, inventory| affected(&change(event.clone()), inventory);
    let everywhere = of("sso", "PutInlinePolicyToPermissionSet", json!({"permissionSetArn": set}));
    let here = json!({"permissionSetArn": set, "targetId": "111122223333", "principalType": "USER"});
    let here = of("sso", "CreateAccountAssignment", here);
    let membership = of("identitystore", "DeleteGroupMembership", json!({"membershipId": "gone"}));
    let group = of("sso-directory", "AddMemberToGroup", json!({"groupId": "g"}));
    assert_eq!(found(&everywhere, &full).note, None);
    for (event, with, without) in [(&everywhere, 2, 3), (&here, 1, 2), (&membership, 3, 3), (&group, 0, 3)] {
        assert_eq!(found(event, &full).principals.len(), with, "{event}");
        let Affected { principals, note, .. } = found(event, &bare_inventory);
        assert_eq!(principals.len(), without, "{event}");
        assert!(note.is_some_and(|note| note.contains("may be")), "{event}");
    }
    // A set that is made later than the inventory is not known either.
    let new = of("sso", "PutInlinePolicyToPermissionSet", json!({"permissionSetArn": "ps-new"}));
    assert_eq!(found(&new, &full).principals.len(), 3);
}

/// A guardrail on assuming roles is about whom the trust policy lets in, before and after.
#[test]
fn a_trust_policy_may_let_in_whom_it_names_and_whom_it_named() {
    let trust = |principal: Value| json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]});
    let update = |principal: Value| {
        let parameters = json!({"roleName": "Deploy", "policyDocument": trust(principal).to_string()});
        change(record("UpdateAssumeRolePolicy", parameters))
    };
    let may_assume = |change: &Change, inventory| affected(change, inventory).may_assume;
    let inventory = organization();
    let ana = "arn:aws:iam::111122223333:user/staff/ana";
    let session = "arn:aws:sts::111122223333:assumed-role/Staff/somebody";
    for (principal, expected) in [
        (json!({"AWS": ana}), 1),
        (json!({"AWS": "AIDAEXAMPLEANA0000001"}), 1),
        (json!({"AWS": session}), 1),
        (json!({"AWS": "arn:aws:iam::444455556666:root"}), 2),
        (json!({"AWS": ["444455556666", ana]}), 3),
        // Everyone but the role itself, which is affected anyway.
        (json!("*"), 11),
        (json!({"Service": "ec2.amazonaws.com"}), 0),
    ] {
        assert_eq!(may_assume(&update(principal.clone()), &inventory).len(), expected, "{principal}");
    }
    let mut before = organization();
    stanchion_changes::apply(&update(json!({"AWS": ana})).effect, &mut before);
    let away = update(json!({"Service": "ec2.amazonaws.com"}));
    assert_eq!(may_assume(&away, &before), [ana], "whom the inventory's trust policy names");
    let deleted = change(record("DeleteRole", json!({"roleName": "Deploy"})));
    assert_eq!(may_assume(&deleted, &before), [ana]);
    // A change that leaves trust alone is about the role only.
    assert_eq!(may_assume(&change(attach()), &before), Vec::<String>::new());
}

#[test]
fn a_console_user_and_a_scim_group_are_found_by_their_ids() {
    let user = "c2e5f4a4-2071-7011-8d35-1f2e3d4c5b6a";
    let patched = of("identitystore-scim", "PatchUser", json!({"tenantId": "t", "id": user}));
    assert_eq!(affected(&change(patched), &organization()).principals.len(), 3, "its own and its group's");
}
