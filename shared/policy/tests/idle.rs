//! Statements of SCPs and RCPs that do nothing, and such as seem to: what may be concluded, and what may not.

use serde_json::{Value, json};
use stanchion_policy::idle::{Limit, Search};
use stanchion_policy::prove::Home;
use stanchion_policy::{Context, Document};

const ACCOUNT: &str = "111122223333";

fn document(statements: &Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Document::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn search(limit: Limit) -> Search<'static> {
    within(limit, 20_000_000)
}

fn within(limit: Limit, steps: u64) -> Search<'static> {
    let mut of_principal = Context::new();
    of_principal.insert("aws:PrincipalOrgID", vec!["o-exampleorg1".to_owned()]);
    let of_resource = Context::new();
    let home = Home { partition: "aws", account: ACCOUNT, of_principal, of_resource, now: None };
    Search::new(limit, vec![home], steps)
}

/// What is said of a Deny with this action, resource and condition.
fn of(limit: Limit, action: &str, resource: &str, condition: Value) -> String {
    let mut deny = json!({"Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition});
    if limit == Limit::Rcp {
        deny["Principal"] = "*".into();
    }
    search(limit).idle(&document(&json!([deny])), 0).map_or_else(|| "-".to_owned(), |idle| idle.to_string())
}

fn scp(action: &str, condition: Value) -> String {
    of(Limit::Scp, action, "*", condition)
}

fn rcp(action: &str, condition: Value) -> String {
    of(Limit::Rcp, action, "*", condition)
}

#[test]
fn actions_that_the_catalogue_lacks_are_a_doubt() {
    let told = scp("cloudtrail:StopLoging", json!({}));
    assert!(told.starts_with("may do nothing: the catalogue of "), "{told}");
    assert!(told.ends_with(" has no action `cloudtrail:StopLoging`"), "{told}");
    assert!(scp("cloudtrail:Stopp*", json!({})).starts_with("may do nothing"));
    assert!(scp("s3:GetObject, s3:PutObject", json!({})).starts_with("may do nothing"));
    assert_eq!(scp("CloudTrail:stoplogging", json!({})), "-");
    // One of two is there, so that the statement does something.
    let some = json!([{"Effect": "Deny", "Action": ["s3:GetObjekt", "s3:GetObject"], "Resource": "*"}]);
    assert_eq!(search(Limit::Scp).idle(&document(&some), 0), None);
    let all_but = json!([{"Effect": "Deny", "NotAction": "s3:GetObjekt", "Resource": "*"}]);
    assert_eq!(search(Limit::Scp).idle(&document(&all_but), 0), None);
}

#[test]
fn resources_that_the_actions_do_not_have() {
    let nothing = |action: &str, resource: &str| of(Limit::Scp, action, resource, json!({}));
    let told = "does nothing: none of its actions works on `arn:aws:s3:::docs`";
    assert_eq!(nothing("s3:GetObject", "arn:aws:s3:::docs"), told);
    assert_eq!(nothing("s3:GetObject", "arn:aws:s3:::docs/*"), "-");
    let listing = nothing("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*");
    assert_eq!(listing, "does nothing: none of its actions works on `arn:aws:ec2:*:*:instance/*`");
    assert_eq!(nothing("ec2:DescribeInstances", "*"), "-");
    // An exception that S3 documents.
    assert_eq!(nothing("s3:ListAllMyBuckets", "arn:aws:s3:::*"), "-");
    // Of AWS's own policies nobody is asked about.
    assert_eq!(nothing("iam:AttachRolePolicy", "arn:aws:iam::aws:policy/AdministratorAccess"), "-");
    // Other accounts' resources may be asked for.
    assert_eq!(nothing("s3:GetObject", "arn:aws:s3:::*/*"), "-");
    assert_eq!(nothing("sts:AssumeRole", "arn:aws:iam::444455556666:role/Vendor"), "-");
}

#[test]
fn a_services_key_that_the_action_does_not_list_is_a_doubt_where_it_must_be_there() {
    let by = |operator: &str, value: Value| scp("s3:GetObject", json!({operator: {"s3:prefix": value}}));
    let doubt = "may do nothing: the reference lists the condition key `s3:prefix` for none of its actions, and it must have a value";
    for operator in ["StringEquals", "StringLike", "ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals"]
    {
        assert_eq!(by(operator, json!("home/")), doubt, "{operator}");
    }
    assert_eq!(by("Null", json!("false")), doubt);
    // Without the key these hold, so that the statement denies always, if anything.
    let others =
        ["StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotLikeIfExists"];
    for operator in others {
        assert_eq!(by(operator, json!("home/")), "-", "{operator}");
    }
    assert_eq!(by("Null", json!("true")), "-");
    assert_eq!(scp("s3:ListBucket", json!({"StringEquals": {"s3:prefix": "home/"}})), "-");
    assert_eq!(scp("s3:*", json!({"StringEquals": {"s3:prefix": "home/"}})), "-");
}

#[test]
fn nothing_is_concluded_from_keys_that_are_everywhere() {
    for key in ["aws:SourceVpc", "aws:RequestTag/team", "aws:CalledVia", "ec2:SourceInstanceArn"] {
        assert_eq!(scp("s3:GetObject", json!({"StringLike": {key: "a*"}})), "-", "{key}");
    }
    let gitlab = json!({"StringEquals": {"gitlab.example.com:sub": "project_path:a/b"}});
    assert_eq!(scp("sts:AssumeRole", gitlab), "-");
    let told = scp("s3:*", json!({"StringEquals": {"aws:PrincipalOrgIDs": "o-exampleorg1"}}));
    let doubt = "may do nothing: no condition key `aws:PrincipalOrgIDs` is known, and it must have a value";
    assert_eq!(told, doubt);
    assert_eq!(scp("s3:*", json!({"StringNotEquals": {"aws:PrincipalOrgIDs": "o-exampleorg1"}})), "-");
}

#[test]
fn conditions_that_hold_for_nobody_are_proven() {
    let never = |condition: Value, what: &str| {
        let told = format!("does nothing: {what} holds for nobody whom it binds");
        assert_eq!(scp("s3:*", condition.clone()), told, "{condition}");
    };
    never(json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}), "`Bool` of `aws:PrincipalIsAWSService`");
    never(json!({"Null": {"aws:PrincipalArn": "true"}}), "`Null` of `aws:PrincipalArn`");
    never(
        json!({"StringEquals": {"aws:PrincipalOrgID": "o-anotherorg1"}}),
        "`StringEquals` of `aws:PrincipalOrgID`",
    );
    never(
        json!({"StringEquals": {"aws:PrincipalAccount": "999999999999"}}),
        "`StringEquals` of `aws:PrincipalAccount`",
    );
    never(
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-service-role/*"}}),
        "`ArnLike` of `aws:PrincipalArn`",
    );
    let both =
        json!({"StringEquals": {"aws:SourceVpc": "vpc-1"}, "IpAddress": {"aws:SourceIp": "0.0.0.0/0"}});
    let together = "does nothing: its resources and conditions never hold together for anybody whom it binds";
    assert_eq!(scp("s3:*", both), together);
    assert_eq!(scp("s3:*", json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})), "-");
    // Services are bound by RCPs.
    assert_eq!(rcp("s3:*", json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})), "-");
}

#[test]
fn what_neither_scps_nor_rcps_take_from_anybody() {
    let told = "may do nothing: SCPs take none of its actions from anybody";
    assert_eq!(scp("sts:AssumeRoleWithWebIdentity", json!({})), told);
    assert_eq!(scp("sts:GetCallerIdentity", json!({})), told);
    for action in ["ec2:RunInstances", "kms:RetireGrant"] {
        let told = format!("may do nothing: RCPs bind the actions of other services, and not `{action}`");
        assert_eq!(rcp(action, json!({})), told);
    }
    // Whether they bind what works on no resource is contested.
    assert_eq!(rcp("s3:ListAllMyBuckets", json!({})), "-");
    assert_eq!(rcp("kms:CreateKey", json!({"StringEquals": {"kms:KeySpec": "RSA_2048"}})), "-");
    assert_eq!(rcp("s3:GetObject", json!({})), "-");
    assert_eq!(rcp("sts:AssumeRoleWithWebIdentity", json!({})), "-");
    let gitlab = |action: &str| rcp(action, json!({"StringEquals": {"gitlab.com:sub": "project_path:a/b"}}));
    assert_eq!(gitlab("sts:AssumeRoleWithWebIdentity"), "-");
    assert_eq!(
        gitlab("sts:AssumeRoleWithSAML"),
        "does nothing: `StringEquals` of `gitlab.com:sub` holds for nobody whom it binds"
    );
}

#[test]
fn an_allow_may_do_nothing_as_well() {
    let allow =
        |action: &str, resource: &str| json!([{"Effect": "Allow", "Action": action, "Resource": resource}]);
    let told = search(Limit::Scp).idle(&document(&allow("s3:GetObject", "arn:aws:s3:::docs")), 0);
    assert!(told.is_some_and(|idle| idle.certain));
    assert_eq!(search(Limit::Scp).idle(&document(&allow("*", "*")), 0), None);
}

#[test]
fn a_deny_is_needless_where_the_rest_of_its_policy_denies_as_much() {
    let deny = |action: &str, condition: Value| json!({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition});
    let needless = |statements: Value, index: usize| {
        let document = document(&statements);
        search(Limit::Scp).is_needless(&document, index)
    };
    let from_afar = json!({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
    let wide = deny("s3:Put*", json!({}));
    let narrow = deny("s3:PutObject", from_afar.clone());
    assert!(needless(json!([wide, narrow]), 1));
    assert!(!needless(json!([wide, narrow]), 0));
    // Two together deny what one does.
    let near = deny("s3:PutObject", json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}));
    assert!(needless(json!([narrow, near, deny("s3:PutObject", json!({}))]), 2));
    assert!(!needless(json!([narrow, deny("s3:PutObject", json!({}))]), 1));
    let allow = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    assert!(!needless(json!([allow, wide]), 1));
    assert!(!needless(json!([allow, wide]), 0));
}

#[test]
fn nothing_is_said_when_the_steps_are_used_up() {
    let deny = json!([{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::docs"}]);
    assert_eq!(within(Limit::Scp, 0).idle(&document(&deny), 0), None);
}
