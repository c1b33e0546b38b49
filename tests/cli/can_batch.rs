//! `can --batch`: one line in, one line out, with the fields of `simulate`.

use serde_json::{Value, json};

use crate::place::{Place, administrator, allow};

fn answers(lines: &[Value]) -> (Option<i32>, Vec<Value>) {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let ran = Place::new(&administrator()).run_with(&["can", "--batch", "-"], &text.join("\n"));
    (ran.code, ran.out.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect())
}

fn one(line: Value) -> Value {
    answers(&[line]).1.remove(0)
}

fn request(more: Value) -> Value {
    let conditional = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"},
            "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]});
    let mut line = json!({"id": 1, "principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
        "resource": "arn:aws:s3:::docs/a", "identity": [conditional],
        "context": {"aws:PrincipalTag/team": "a", "aws:ResourceTag/team": "a"}});
    for (key, value) in more.as_object().expect("an object") {
        line[key] = value.clone();
    }
    line
}

#[test]
fn a_key_that_is_not_given_is_free_and_null_is_absent() {
    let team = json!({"aws:PrincipalTag/team": "a", "aws:ResourceTag/team": "a"});
    let with = |ip: Value| {
        let mut context = team.clone();
        context["aws:SourceIp"] = ip;
        one(request(json!({"context": context})))["answer"].clone()
    };
    let answer = one(request(json!({})));
    assert_eq!(answer["answer"], "yes", "{answer}");
    assert!(
        answer["witness"]["context"]["aws:SourceIp"][0].as_str().is_some_and(|ip| ip.starts_with("192.0.2."))
    );
    assert_eq!(answer["witness"]["context"]["aws:ResourceTag/team"], json!(["a"]));
    assert_eq!((with("192.0.2.7".into()), with("10.0.0.1".into())), ("yes".into(), "no".into()));
    assert_eq!(with(Value::Null), "no");
    assert_eq!(one(request(json!({"context": {"aws:ResourceTag/team": null}})))["answer"], "no");
}

#[test]
fn patterns_mean_any_of_these() {
    let answer = one(request(json!({"action": "s3:Put*", "resource": "arn:aws:s3:::docs/*"})));
    assert_eq!(answer["answer"], "yes", "{answer}");
    assert!(answer["witness"]["action"].as_str().is_some_and(|action| action.starts_with("s3:Put")));
    let answer = one(request(json!({"resource": "arn:aws:s3:::docs/*", "resource_policy": allow("s3:*")})));
    assert!(answer["error"].as_str().is_some_and(|error| error.contains("not a pattern")), "{answer}");
}

#[test]
fn a_no_names_what_refuses_and_what_would_have_to_change() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Never", "Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}]});
    let answer = one(request(json!({"scps": [[allow("*")], [deny]]})));
    let reason = json!({"layer": "scp", "level": "scps[1]", "says": "denies", "policy": "scps[1][0]",
        "statement": 1, "sid": "Never"});
    assert_eq!((&answer["because"], &answer["change"]), (&json!([reason]), &json!([reason])));
    assert_eq!(answer["answer"], "no");
}

#[test]
fn an_endpoint_policy_counts() {
    let mut policy = allow("s3:Put*");
    policy["Statement"][0]["Principal"] = "*".into();
    let answer = one(request(json!({"endpoint_policies": [policy]})));
    assert_eq!((&answer["answer"], &answer["because"][0]["layer"]), (&json!("no"), &json!("endpoint")));
    assert!(!answer["assumptions"].to_string().contains("standard-endpoint"), "{answer}");
}

#[test]
fn a_policy_that_is_not_given_matters_where_there_is_always_one() {
    let key = json!({"action": "kms:Decrypt", "resource": "arn:aws:kms:eu-west-1:111122223333:key/k",
        "identity": [allow("kms:*")]});
    assert_eq!(one(request(key.clone()))["answer"], "indeterminate");
    let mut none = key.clone();
    none["identity"] = json!([]);
    none["scps"] = json!([[]]);
    assert_eq!(one(request(none))["answer"], "no", "whatever its policy says");
    let mut delegates = key;
    delegates["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]});
    assert_eq!(one(request(delegates))["answer"], "yes");
}

#[test]
fn sessions_are_principals_too() {
    let session = "arn:aws:sts::111122223333:assumed-role/app/s1";
    let mut policy = allow("s3:GetObject");
    policy["Statement"][0]["Principal"] = json!({"AWS": session});
    let line = json!({"principal": session, "identity": [], "resource_policy": policy});
    assert_eq!(one(request(line))["answer"], "yes");
}

/// Their requests are not searched; a request that is allowed is one all the same.
#[test]
fn of_other_principals_only_a_yes_is_sure() {
    let mut policy = allow("s3:GetObject");
    policy["Statement"][0]["Principal"] = "*".into();
    let anonymous = |policy: Value| {
        one(request(
            json!({"principal": "anonymous", "identity": [], "context": {}, "resource_policy": policy,
            "resource_account": "111122223333"}),
        ))
    };
    assert_eq!(anonymous(policy)["answer"], "yes");
    assert_eq!(anonymous(Value::Null)["answer"], "indeterminate");
}

#[test]
fn a_bad_line_is_one_error_line_and_the_rest_go_on() {
    let twice = request(json!({"context": {"aws:SourceIp": "192.0.2.1", "aws:sourceip": null}}));
    let derived = request(json!({"context": {"aws:PrincipalArn": null}}));
    let (code, answers) =
        answers(&[request(json!({"action": "GetObject"})), twice, derived, request(json!({}))]);
    assert_eq!(code, Some(2));
    let given: Vec<_> = answers.iter().map(|answer| answer["answer"].as_str().expect("text")).collect();
    assert_eq!(given, ["error", "error", "error", "yes"]);
    assert!(
        answers[2]["error"].as_str().is_some_and(|error| error.contains("never absent")),
        "{}",
        answers[2]
    );
}
