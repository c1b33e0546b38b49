//! `compare`: two policies, lines of pairs, two principals, and one before and after.

use serde_json::{Value, json};

use crate::place::{Place, administrator, allow, details};

const ROLE: &str = "arn:aws:iam::111122223333:role/ci/Deploy";

fn document(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17",
        "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

fn pair(left: &Value, right: &Value) -> Place {
    let place = Place::violated();
    place.write("left.json", left.to_string());
    place.write("right.json", right.to_string());
    place
}

#[test]
fn each_relation_has_its_exit_code() {
    let (get, put) = (document(&["s3:GetObject"]), document(&["s3:PutObject"]));
    let both = document(&["s3:GetObject", "s3:PutObject"]);
    let odd = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "*", "Condition": {"StringResembles": {"aws:PrincipalTag/a": "b"}}}]});
    for (left, right, relation, code) in [
        (&get, &get, "equivalent", 0),
        (&get, &both, "narrower", 0),
        (&both, &get, "broader", 1),
        (&get, &put, "incomparable", 1),
        (&odd, &get, "indeterminate", 3),
        // Left allows more, whatever else is not known.
        (&put, &odd, "indeterminate", 1),
    ] {
        let place = pair(left, right);
        let text = place.run(&["compare", "left.json", "right.json"]);
        assert_eq!(text.code, Some(code), "{relation}: {}", text.out);
        assert!(text.out.starts_with(&format!("{relation}: ")), "{}", text.out);
        let report = place.run(&["compare", "--format", "json", "left.json", "right.json"]).json();
        assert_eq!((&report["relation"], &report["schema_version"]), (&json!(relation), &json!(1)));
    }
}

#[test]
fn a_difference_says_who_what_and_why() {
    let place = pair(&document(&["s3:GetObject", "s3:PutObject"]), &document(&["s3:GetObject"]));
    let text = place.run(&["compare", "left.json", "right.json"]).out;
    for line in [
        "only left allows s3:PutObject on arn:aws:s3:",
        "by           arn:aws:iam::111122223333:user/someone",
        "left  allows identity left.json, statement 0 (Own)",
        "right has no Allow for it in identity",
        "assuming ",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let report = place.run(&["compare", "--format", "json", "left.json", "right.json"]).json();
    let only = &report["left_only"];
    assert_eq!((&only["action"], &only["refused"]), (&json!("s3:PutObject"), &json!("implicit-deny")));
    assert_eq!(only["allowed_by"][0]["sid"], json!("Own"));
    assert_eq!(report["right_only"], Value::Null);
}

#[test]
fn what_the_policies_are_attached_to_counts() {
    let deny = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]});
    let place = pair(&deny, &allow("s3:*"));
    let relation = |kind: &str| {
        place.run(&["compare", "--as", kind, "--format", "json", "left.json", "right.json"]).json()["relation"].clone()
    };
    assert_eq!(relation("identity"), "narrower");
    assert_eq!(relation("scp"), "broader");
}

#[test]
fn a_line_is_a_pair_and_a_bad_line_is_one_error() {
    let place = Place::violated();
    let (get, put) = (document(&["s3:GetObject"]), document(&["s3:PutObject"]));
    let lines = [
        json!({"id": 1, "left": get, "right": get}).to_string(),
        "not JSON".to_owned(),
        json!({"id": "no right", "left": get}).to_string(),
        json!({"id": "bad", "left": get, "right": {"Statement": 1}}).to_string(),
        json!({"id": "wrong kind", "left": get, "right": get, "as": "bucket"}).to_string(),
        json!({"id": {"any": 1}, "left": put, "right": get, "as": "scp"}).to_string(),
    ];
    let ran = place.run_with(&["compare", "--batch", "-"], &lines.join("\n"));
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), ""));
    let answers: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    let expected =
        [json!(1), Value::Null, json!("no right"), json!("bad"), json!("wrong kind"), json!({"any": 1})];
    assert_eq!(ids, expected.iter().collect::<Vec<_>>());
    assert_eq!(answers[0]["relation"], "equivalent");
    assert_eq!(answers[5]["relation"], "incomparable");
    for (answer, part) in answers[1..5].iter().zip(["not a pair", "right", "right: ", "bucket"]) {
        assert!(answer["error"].as_str().is_some_and(|error| error.contains(part)), "{answer}");
        assert_eq!(answer.get("relation"), None);
    }
    place.write("pairs.jsonl", &lines[5]);
    let from_file = place.run(&["compare", "--batch", "pairs.jsonl"]);
    assert_eq!((from_file.code, from_file.out.lines().last()), (Some(1), ran.out.lines().last()));
}

#[test]
fn principals_are_named_by_arn_or_by_name() {
    let place = Place::violated();
    for name in [ROLE, "role/Deploy", "role/ci/Deploy"] {
        let ran = place.run(&["compare", name, ROLE, "--inventory", "inventory"]);
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.out, ran.err);
        assert!(ran.out.starts_with("equivalent: "), "{}", ran.out);
    }
    let ran = place.run(&["compare", "role/Gone", ROLE, "--inventory", "inventory"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("role/Gone") && ran.err.contains("`ACCOUNT:role/NAME`"), "{}", ran.err);
}

#[test]
fn a_principal_is_compared_before_and_after() {
    let place = Place::violated();
    place.write("before/accounts/111122223333.json", details(&allow("s3:*")));
    place.write("after/accounts/111122223333.json", administrator());
    let arguments =
        ["compare", ROLE, ROLE, "--left-inventory", "before", "--inventory", "after", "--format", "json"];
    let ran = place.run(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report = ran.json();
    assert_eq!(report["relation"], "narrower");
    assert_eq!(report["right_only"]["principal"], ROLE);
    assert_eq!(
        report["right_only"]["allowed_by"][0]["policy"],
        "arn:aws:iam::aws:policy/AdministratorAccess"
    );
}

#[test]
fn what_is_no_policy_is_named_with_its_place() {
    let place = pair(&document(&["s3:GetObject"]), &json!({"Statement": [{"Effect": "Maybe"}]}));
    let ran = place.run(&["compare", "left.json", "right.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("right.json: Statement[0]"), "{}", ran.err);
    let ran = place.run(&["compare", "left.json", "gone.json"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("gone.json"), "{}", ran.err);
    for arguments in [
        &["compare", "left.json"][..],
        &["compare", "left.json", "left.json", "--batch", "-"],
        &["compare", "left.json", "left.json", "--left-inventory", "inventory"],
    ] {
        assert_eq!(place.run(arguments).code, Some(2), "{arguments:?}");
    }
}
