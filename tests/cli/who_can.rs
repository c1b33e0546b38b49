//! `who-can`: everybody who can, each with a request.

use serde_json::json;

use crate::place::Ran;
use crate::production::place;

fn who_can(question: &[&str]) -> Ran {
    let options = ["--inventory", "inventory", "--at", "2026-03-09T09:00:00Z"];
    place().run(&[&["who-can"], question, &options].concat())
}

#[test]
fn everybody_is_asked() {
    let ran = who_can(&["s3:GetObject"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r#"
    indeterminate arn:aws:iam::111122223333:role/Vague
      not known  policy arn:aws:iam::111122223333:policy/Lost: policy `arn:aws:iam::111122223333:policy/Lost` is not in the authorization details
    yes arn:aws:iam::111122223333:role/ci/Deploy
      for one    s3:GetObject on arn:aws:s3:us-east-1:111122223333:accesspoint/example/object/example
      with       aws:RequestedRegion = us-east-1
      with       aws:SecureTransport = true
    yes arn:aws:iam::111122223333:root
      for one    s3:GetObject on arn:aws:s3:us-east-1:111122223333:accesspoint/example/object/example
      with       aws:RequestedRegion = us-east-1
      with       aws:SecureTransport = true
    yes arn:aws:iam::111122223333:user/ana
      for one    s3:GetObject on arn:aws:s3:::docs/example
      with       aws:RequestedRegion = us-east-1
      with       aws:SecureTransport = true
    yes arn:aws:iam::444455556666:role/Tester
      for one    s3:GetObject on arn:aws:s3:us-east-1:444455556666:accesspoint/example/object/example
      with       aws:SecureTransport = true
    yes arn:aws:iam::444455556666:root
      for one    s3:GetObject on arn:aws:s3:us-east-1:444455556666:accesspoint/example/object/example
      with       aws:SecureTransport = true
    8 principals: 5 yes, 2 no, 1 indeterminate
    assuming catalogue-actions, no-resource-policy, no-session-policy, own-account-resources, resource-is-named, standard-endpoint
    "#);
}

#[test]
fn the_exit_code_says_whether_anybody_can() {
    assert_eq!(who_can(&["sqs:DeleteQueue", "--except", "*"]).code, Some(1), "`*` is no pattern of ARNs");
    let ran = who_can(&["iam:CreateUser"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let ran = who_can(&["dynamodb:GetItem", "--except", "arn:aws:iam::*:root"]);
    assert_eq!(ran.code, Some(3), "{}", ran.out);
}

#[test]
fn some_are_left_out_by_name() {
    let ran = who_can(&[
        "s3:GetObject",
        "--format",
        "json",
        "--except",
        "arn:aws:iam::*:role/*",
        "--except",
        "arn:aws:iam::*:user/*",
    ]);
    let answer = ran.json();
    let arns: Vec<_> =
        answer["principals"].as_array().into_iter().flatten().map(|row| &row["principal"]).collect();
    assert_eq!(arns, ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]);
    assert_eq!(answer["summary"], json!({"yes": 2, "no": 0, "indeterminate": 0, "excepted": 6}));
}

/// Those whose requests never look like this are among those who cannot.
#[test]
fn what_is_said_of_the_principal_narrows_the_list() {
    let answer =
        who_can(&["s3:GetObject", "--context", "aws:PrincipalTag/team=a", "--format", "json"]).json();
    assert_eq!(answer["principals"].as_array().map(Vec::len), Some(1), "{answer:#}");
    assert_eq!(answer["principals"][0]["principal"], "arn:aws:iam::111122223333:user/ana");
}

#[test]
fn of_who_can_assume_a_role() {
    let role = "arn:aws:iam::111122223333:role/Operator";
    let answer = who_can(&["sts:AssumeRole", role, "--format", "json"]).json();
    assert_eq!(answer["principals"].as_array().map(Vec::len), Some(1), "{answer:#}");
}

#[test]
fn a_table_has_a_line_for_each() {
    insta::assert_snapshot!(who_can(&["dynamodb:GetItem", "--format", "csv"]).out, @r#"
    principal,account_id,answer,action,resource,context,unknowns
    arn:aws:iam::111122223333:role/Vague,111122223333,indeterminate,,,,policy arn:aws:iam::111122223333:policy/Lost: policy `arn:aws:iam::111122223333:policy/Lost` is not in the authorization details
    arn:aws:iam::111122223333:root,111122223333,yes,dynamodb:GetItem,arn:aws:dynamodb:eu-west-1:111122223333:table/example,aws:RequestedRegion=eu-west-1,
    "#);
}
