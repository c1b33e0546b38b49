//! `can`: yes, no or indeterminate, and why, layer by layer.

use serde_json::json;

use crate::place::Ran;
use crate::production::{can, place};

/// The answer and the exit code.
fn asked(question: &[&str]) -> (Option<i32>, String) {
    let ran = can(&place(), question);
    assert!(!ran.out.is_empty(), "{}", ran.err);
    (ran.code, ran.out.lines().next().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned())
}

fn yes(question: &[&str]) {
    assert_eq!(asked(question), (Some(1), "YES".to_owned()), "{question:?}");
}

fn no(question: &[&str]) {
    assert_eq!(asked(question), (Some(0), "NO".to_owned()), "{question:?}");
}

fn indeterminate(question: &[&str]) {
    assert_eq!(asked(question), (Some(3), "INDETERMINATE".to_owned()), "{question:?}");
}

fn told(question: &[&str]) -> String {
    let ran = can(&place(), question);
    assert_eq!(ran.err, "");
    ran.out
}

fn mistaken(question: &[&str]) -> String {
    let Ran { code, out, err } = can(&place(), question);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    // As one line, however it is wrapped.
    err.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_yes_has_a_request_and_the_statements_that_allow_it() {
    insta::assert_snapshot!(told(&["user/ana", "iam:DeleteUser"]), @r#"
    YES arn:aws:iam::111122223333:user/ana can iam:DeleteUser
      for one    iam:DeleteUser on arn:aws:iam::111122223333:user/example
      with       aws:MultiFactorAuthPresent = true
      with       aws:RequestedRegion = us-east-1
      allowed by identity inline:own, statement 1 (People)
      allowed by scp FullAWSAccess (p-FullAWSAccess) at Root (r-ab12), statement 0
      allowed by scp FullAWSAccess (p-FullAWSAccess) at Production (ou-prod), statement 0
      allowed by scp FullAWSAccess (p-FullAWSAccess) at shop (111122223333), statement 0
      assuming   standard-endpoint, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn without_an_allow_the_identity_policies_are_named() {
    insta::assert_snapshot!(told(&["user/ana", "s3:PutObject"]), @r#"
    NO arn:aws:iam::111122223333:user/ana cannot s3:PutObject
      the identity policies allow none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Production (ou-prod), the SCPs of shop (111122223333), the RCPs of Root (r-ab12)
      the answer would be yes after one change:
        allow it in the identity policies
      assuming   catalogue-actions, standard-endpoint, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn a_boundary_that_does_not_allow_is_named() {
    insta::assert_snapshot!(told(&["role/Deploy", "dynamodb:GetItem"]), @r#"
    NO arn:aws:iam::111122223333:role/ci/Deploy cannot dynamodb:GetItem
      the permissions boundary allows none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Production (ou-prod), the SCPs of shop (111122223333), the RCPs of Root (r-ab12), the identity policies
      the answer would be yes after one change:
        allow it in the permissions boundary
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn an_scp_that_denies_is_named_with_its_unit_and_its_condition() {
    insta::assert_snapshot!(
        told(&["role/Deploy", "ec2:RunInstances", "--context", "aws:RequestedRegion=us-east-1"]), @r#"
    NO arn:aws:iam::111122223333:role/ci/Deploy cannot ec2:RunInstances
      the SCPs of Production (ou-prod) refuse it by a statement
        OurRegions (p-regions), statement 0 (Regions)
          Deny everything but iam:*, sts:* and s3:*
          where aws:RequestedRegion is not eu-west-1
      some of it would pass the SCPs of Root (r-ab12), the SCPs of shop (111122223333), the RCPs of Root (r-ab12), the permissions boundary, the identity policies
      the answer would be yes after one change:
        take statement 0 (Regions) of OurRegions (p-regions) out of the SCPs of Production (ou-prod), or let it not match
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn a_level_without_an_allow_is_named() {
    insta::assert_snapshot!(told(&["role/Tester", "ec2:RunInstances"]), @r#"
    NO arn:aws:iam::444455556666:role/Tester cannot ec2:RunInstances
      the SCPs of Sandbox (ou-sand) allow none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of play (444455556666), the RCPs of Root (r-ab12), the identity policies
      the answer would be yes after one change:
        allow it in the SCPs of Sandbox (ou-sand)
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn two_obstacles_are_both_named() {
    insta::assert_snapshot!(told(&["role/Deploy", "iam:CreateUser"]), @r#"
    NO arn:aws:iam::111122223333:role/ci/Deploy cannot iam:CreateUser
      the SCPs of Production (ou-prod) refuse it by a statement
        OurRegions (p-regions), statement 1 (NoUsers)
          Deny iam:CreateUser
      the permissions boundary allows none of it
      the identity policies allow none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of shop (111122223333), the RCPs of Root (r-ab12)
      the answer would be yes after these changes, all of them:
        take statement 1 (NoUsers) of OurRegions (p-regions) out of the SCPs of Production (ou-prod), or let it not match
        allow it in the permissions boundary
        allow it in the identity policies
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn an_rcp_that_denies_is_named() {
    insta::assert_snapshot!(
        told(&["user/ana", "s3:GetObject", "arn:aws:s3:::docs/a", "--context", "aws:SecureTransport=false"]),
        @r#"
    NO arn:aws:iam::111122223333:user/ana cannot s3:GetObject on arn:aws:s3:::docs/a
      the RCPs of Root (r-ab12) refuse it by a statement
        Encrypted (p-tls), statement 0 (Tls)
          Deny s3:*
          where aws:SecureTransport is false, or is absent
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Production (ou-prod), the SCPs of shop (111122223333), the identity policies
      the answer would be yes after one change:
        take statement 0 (Tls) of Encrypted (p-tls) out of the RCPs of Root (r-ab12), or let it not match
      assuming   catalogue-actions, standard-endpoint, no-resource-policy, own-account-resources
    "#);
}

/// Each layer lets something pass, and together they let nothing.
#[test]
fn layers_that_exclude_each_other_are_told() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]});
    let place = place();
    place.write("policy.json", policy.to_string());
    let asked = ["user/ana", "s3:GetObject", "arn:aws:s3:::docs/a", "--resource-policy", "policy.json"];
    let ran = can(&place, &asked);
    insta::assert_snapshot!(ran.out, @r#"
    NO arn:aws:iam::111122223333:user/ana cannot s3:GetObject on arn:aws:s3:::docs/a
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Production (ou-prod), the SCPs of shop (111122223333), the RCPs of Root (r-ab12), the resource's policy, the identity policies
      but no request passes them all
      the answer would be yes after one change:
        take statement 0 of policy.json out of the resource's policy, or let it not match
          Deny s3:*
          where aws:SecureTransport is true
      assuming   catalogue-actions, standard-endpoint, own-account-resources
    "#);
}

#[test]
fn trust_policies_decide_on_assuming_roles() {
    yes(&["user/ana", "sts:AssumeRole", "arn:aws:iam::111122223333:role/Operator"]);
    yes(&["user/ana", "sts:AssumeRole", "arn:aws:iam::444455556666:role/Guest"]);
    yes(&["user/ana", "sts:AssumeRole"]);
    no(&["role/Tester", "sts:AssumeRole", "arn:aws:iam::444455556666:role/Guest"]);
    indeterminate(&["user/ana", "sts:AssumeRole", "arn:aws:iam::444455556666:role/Unheard"]);
    insta::assert_snapshot!(told(&["user/ana", "sts:AssumeRole", "arn:aws:iam::111122223333:role/ci/Deploy"]), @r#"
    NO arn:aws:iam::111122223333:user/ana cannot sts:AssumeRole on arn:aws:iam::111122223333:role/ci/Deploy
      the role's trust policy allows none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Production (ou-prod), the SCPs of shop (111122223333), the RCPs of Root (r-ab12), the identity policies
      the answer would be yes after one change:
        allow it in the role's trust policy
      assuming   catalogue-actions, standard-endpoint
    "#);
}

/// No role trusts it: the policies of the organization and its own would let it.
#[test]
fn roles_that_trust_nobody_stand_in_the_way() {
    insta::assert_snapshot!(told(&["role/Tester", "sts:AssumeRole", "arn:aws:iam::444455556666:role/*"]), @r#"
    NO arn:aws:iam::444455556666:role/Tester cannot sts:AssumeRole on arn:aws:iam::444455556666:role/*
      the trust policies of the roles allow none of it
      some of it would pass the SCPs of Root (r-ab12), the SCPs of Sandbox (ou-sand), the SCPs of play (444455556666), the RCPs of Root (r-ab12), the identity policies
      the answer would be yes after one change:
        allow it in the trust policies of the roles
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources
    "#);
}

#[test]
fn across_accounts_the_resource_must_grant() {
    let queue = "arn:aws:sqs:eu-west-1:444455556666:q";
    indeterminate(&["user/ana", "sqs:SendMessage", queue]);
    no(&["user/ana", "sqs:DeleteQueue", queue]);
    let place = place();
    let policy = |principal: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal},
            "Action": "sqs:*", "Resource": "*"}]})
        .to_string()
    };
    place.write("ours.json", policy("arn:aws:iam::111122223333:user/ana"));
    place.write("theirs.json", policy("arn:aws:iam::444455556666:root"));
    let with = |file| can(&place, &["user/ana", "sqs:SendMessage", queue, "--resource-policy", file]).code;
    assert_eq!((with("ours.json"), with("theirs.json")), (Some(1), Some(0)));
}

#[test]
fn of_whose_a_bucket_is() {
    let asked = ["user/ana", "s3:GetObject", "arn:aws:s3:::docs/a"];
    yes(&asked);
    indeterminate(&[&asked[..], &["--resource-account", "444455556666"]].concat());
}

#[test]
fn patterns_mean_any_of_these() {
    yes(&["user/ana", "s3:*"]);
    yes(&["user/ana", "s3:Get*", "arn:aws:s3:::docs/2026/*"]);
    no(&["user/ana", "s3:Get*", "arn:aws:s3:::other/*"]);
    no(&["user/ana", "s3:Put*"]);
    yes(&["user/ana", "*", "arn:aws:s3:::docs/a"]);
    indeterminate(&["user/ana", "sqs:*", "arn:aws:sqs:*:444455556666:*"]);
}

#[test]
fn keys_can_be_fixed_and_excluded() {
    let delete = ["user/ana", "iam:DeleteUser"];
    yes(&[&delete[..], &["--context", "aws:MultiFactorAuthPresent=true"]].concat());
    no(&[&delete[..], &["--context", "aws:MultiFactorAuthPresent=false"]].concat());
    no(&[&delete[..], &["--absent", "aws:MultiFactorAuthPresent"]].concat());
    let run = ["role/Deploy", "ec2:RunInstances", "--context"];
    yes(&[&run[..], &["aws:RequestedRegion=eu-west-1"]].concat());
    no(&[&run[..], &["aws:RequestedRegion=eu-west-2"]].concat());
}

#[test]
fn a_policy_that_is_missing_is_no_answer() {
    insta::assert_snapshot!(told(&["role/Vague", "s3:GetObject"]), @r#"
    INDETERMINATE arn:aws:iam::111122223333:role/Vague may be able to s3:GetObject
      not known  policy arn:aws:iam::111122223333:policy/Lost: policy `arn:aws:iam::111122223333:policy/Lost` is not in the authorization details
      assuming   catalogue-actions, standard-endpoint, no-session-policy, no-resource-policy, own-account-resources, resource-is-named
    "#);
    // What an SCP denies is denied whatever the policy says.
    no(&["role/Vague", "iam:CreateUser"]);
}

#[test]
fn of_calls_that_nobody_refuses_and_that_nobody_makes() {
    yes(&["role/Vague", "sts:GetCallerIdentity"]);
    let text = told(&["role/Deploy", "sts:GetFederationToken"]);
    assert!(text.contains("no policy stands in the way"), "{text}");
}

#[test]
fn principals_are_named_by_as_little_as_is_clear() {
    for name in [
        "role/Deploy",
        "role/ci/Deploy",
        "111122223333:role/Deploy",
        "arn:aws:iam::111122223333:role/ci/Deploy",
        "arn:aws:sts::111122223333:assumed-role/Deploy/session",
    ] {
        yes(&[name, "s3:GetObject"]);
    }
    let error = mistaken(&["role/Depoly", "s3:GetObject"]);
    assert!(error.contains("did you mean `arn:aws:iam::111122223333:role/ci/Deploy`?"), "{error}");
    let error = mistaken(&["root", "s3:GetObject"]);
    assert!(error.contains("knows 2 principals `root`") && error.contains("say which"), "{error}");
}

#[test]
fn what_contradicts_the_principal_is_a_mistake() {
    let asked = ["user/ana", "s3:GetObject"];
    let with = |more: &[&str]| mistaken(&[&asked[..], more].concat());
    let error = with(&["--context", "aws:PrincipalTag/team=b"]);
    assert!(
        error.contains("`aws:PrincipalTag/team` of arn:aws:iam::111122223333:user/ana is `a`"),
        "{error}"
    );
    let error = with(&["--context", "aws:SourceArn=arn:aws:s3:::docs"]);
    assert!(error.contains("`aws:SourceArn` is in no request"), "{error}");
    let error = with(&["--absent", "aws:SecureTransport"]);
    assert!(error.contains("`aws:SecureTransport` is in every request"), "{error}");
    let error = with(&["--context", "aws:SourceIp"]);
    assert!(error.contains("has no value"), "{error}");
    yes(&[&asked[..], &["--context", "aws:PrincipalTag/team=a"]].concat());
}

#[test]
fn questions_that_cannot_be_asked_are_mistakes() {
    assert!(mistaken(&["user/ana", "GetObject"]).contains("is not an action"));
    assert!(mistaken(&["user/ana", "s3:GetObject", "docs/a"]).contains("is not a resource"));
    let error =
        mistaken(&["user/ana", "s3:GetObject", "arn:aws:s3:::*", "--resource-account", "444455556666"]);
    assert!(error.contains("is not one resource"), "{error}");
}

#[test]
fn doubts_are_told_beside_the_answer() {
    let ran = can(&place(), &["user/ana", "s3:GetObjcet", "--context", "aws:SourceIpp=10.0.0.1"]);
    assert!(ran.err.contains("no action `s3:GetObjcet`: did you mean `s3:GetObject`?"), "{}", ran.err);
    assert!(ran.err.contains("`aws:SourceIpp` is not known: did you mean `aws:sourceip`?"), "{}", ran.err);
    assert_eq!(ran.code, Some(0));
}

#[test]
fn the_json_says_the_same() {
    let ran = can(&place(), &["role/Deploy", "iam:CreateUser", "--format", "json"]);
    let answer = ran.json();
    assert_eq!(ran.code, Some(0));
    assert_eq!(answer["answer"], "no");
    assert_eq!(answer["principal"], "arn:aws:iam::111122223333:role/ci/Deploy");
    let deny = json!({"layer": "scp", "level": "ou-prod", "says": "denies", "policy": "p-regions", "statement": 1,
        "sid": "NoUsers"});
    assert_eq!(answer["because"][0], deny);
    assert_eq!(answer["change"].as_array().map(Vec::len), Some(3), "{answer:#}");
    let ran = can(&place(), &["user/ana", "iam:DeleteUser", "--format", "json"]);
    assert_eq!(ran.json()["witness"]["context"]["aws:MultiFactorAuthPresent"], json!(["true"]));
}
