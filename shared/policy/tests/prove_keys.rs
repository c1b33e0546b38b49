//! What `prove` knows of the keys that follow from who asks and what is asked for: one row a key. With
//! the value that it has there is a witness, which `decide` confirms; with another there is none.

use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Answer, Asker, Assumption, Question, RoleTarget, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy};

const USER: &str = "arn:aws:iam::111122223333:user/team/ana";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/app";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const OTHERS: &str = "arn:aws:iam::444455556666:role/other";

fn asker(arn: &str) -> Asker {
    let caller = Caller::parse(arn).expect("an ARN");
    let mut known = Context::new();
    known.insert("aws:PrincipalOrgID", vec!["o-own".to_owned()]);
    known.insert("aws:PrincipalOrgPaths", vec!["o-own/r-1/ou-1/".to_owned()]);
    let id = match arn {
        USER => Some("AIDAEXAMPLE".to_owned()),
        ROLE => Some("AROAEXAMPLE".to_owned()),
        _ => None,
    };
    let trust =
        statement(r#""Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole""#);
    Asker { caller, unique_id: id, known, trust: Some(trust), now: None }
}

fn statement(members: &str) -> Policy {
    let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {{{members}}}}}"#));
    assert!(policy.document().is_ok(), "{members}");
    policy
}

fn ask(asker: &Asker, layers: &Layers, forbid: &str, roles: &[RoleTarget]) -> Answer {
    let statement: Json = serde_json::from_str(forbid).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&[statement], "forbid").expect("a region"));
    Stack::new(asker, layers).prove(&Question { forbidden: &forbidden, roles, resources: &[], steps: STEPS })
}

fn name(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Yes(_) => "yes".to_owned(),
        Verdict::No => "no".to_owned(),
        Verdict::Indeterminate(why) => format!("indeterminate: {why:?}"),
    }
}

/// What is answered where an SCP allows requests under a condition only.
fn under(who: &str, action: &str, condition: &str) -> String {
    let all = NamedPolicy::new("all", statement(r#""Effect": "Allow", "Action": "*", "Resource": "*""#));
    let scp = statement(&format!(
        r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{{condition}}}"#
    ));
    let level = Level { name: "root".into(), policies: vec![NamedPolicy::new("scp", scp)] };
    let layers = Layers { identity: vec![all], scps: vec![level], ..Layers::default() };
    let layers = if who == ROOT { Layers { identity: Vec::new(), ..layers } } else { layers };
    let trust = statement(r#""Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole""#);
    let mut known = Context::new();
    known.insert("aws:ResourceOrgID", vec!["o-other".to_owned()]);
    known.insert("aws:ResourceOrgPaths", vec!["o-other/r-2/".to_owned()]);
    let role = RoleTarget {
        arn: OTHERS.to_owned(),
        account: "444455556666".to_owned(),
        trust: NamedPolicy::new("trust", trust),
        known,
        rcps: Vec::new(),
    };
    let answer = ask(&asker(who), &layers, &format!(r#"{{"Action": "{action}"}}"#), &[role]);
    name(&answer.verdict)
}

#[test]
fn keys_that_follow_from_the_principal_and_the_resource() {
    let (get, assume) = ("s3:GetObject", "sts:AssumeRole");
    let text = "StringEquals";
    let any = "ForAnyValue:StringLike";
    let rows = [
        // The account and the organization of the resource.
        (USER, get, text, "aws:ResourceAccount", "111122223333", "444455556666"),
        (USER, assume, text, "aws:ResourceAccount", "444455556666", "111122223333"),
        (USER, get, text, "s3:ResourceAccount", "111122223333", "444455556666"),
        (USER, get, text, "aws:ResourceOrgID", "o-own", "o-other"),
        (USER, assume, text, "aws:ResourceOrgID", "o-other", "o-own"),
        (ROLE, get, any, "aws:ResourceOrgPaths", "o-own/r-1/*", "o-other/*"),
        (ROLE, assume, any, "aws:ResourceOrgPaths", "o-other/*", "o-own/*"),
        // The principal's own.
        (ROLE, get, text, "aws:PrincipalOrgID", "o-own", "o-other"),
        (ROOT, get, any, "aws:PrincipalOrgPaths", "o-own/r-1/*", "o-own/r-2/*"),
        (ROOT, get, "ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-own/*", "o-other/*"),
        (USER, get, text, "aws:PrincipalAccount", "111122223333", "444455556666"),
        (USER, get, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/team/*", "arn:aws:iam::*:user/ana"),
        (ROLE, get, "ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/team/app", "arn:aws:sts::*:*"),
        (USER, get, text, "aws:PrincipalType", "User", "AssumedRole"),
        (ROLE, get, text, "aws:PrincipalType", "AssumedRole", "Account"),
        (ROOT, get, text, "aws:PrincipalType", "Account", "Root"),
        (USER, get, text, "aws:username", "ana", "team/ana"),
        (USER, get, text, "aws:userid", "AIDAEXAMPLE", "AIDAEXAMPLE:x"),
        (ROLE, get, text, "aws:userid", "AROAEXAMPLE:any", "AROAOTHER:any"),
        (ROOT, get, text, "aws:userid", "111122223333", "root"),
        (ROLE, get, "Bool", "aws:PrincipalIsAWSService", "false", "true"),
        // There or not.
        (ROLE, get, "Null", "aws:username", "true", "false"),
        (ROOT, get, "Null", "aws:username", "true", "false"),
        (USER, get, "Null", "aws:SourceAccount", "true", "false"),
        (ROLE, get, "Null", "aws:SourceArn", "true", "false"),
        (ROOT, get, "Null", "aws:AssumedRoot", "true", "false"),
        (USER, get, "Null", "aws:FederatedProvider", "true", "false"),
        (USER, get, "Null", "ec2:RoleDelivery", "true", "false"),
        (USER, get, "Null", "ec2:SourceInstanceArn", "true", "false"),
        (USER, get, "Null", "saml:sub", "true", "false"),
        (ROLE, get, "Null", "aws:PrincipalServiceName", "true", "false"),
    ];
    for (who, action, operator, key, has, other) in rows {
        let condition = |value: &str| format!(r#""{operator}": {{"{key}": "{value}"}}"#);
        assert_eq!(under(who, action, &condition(has)), "yes", "{who} {action} {key} {has}");
        assert_eq!(under(who, action, &condition(other)), "no", "{who} {action} {key} {other}");
    }
}

/// Keys that sessions may carry or not: either can be.
#[test]
fn keys_of_sessions_that_are_there_at_times() {
    for key in [
        "aws:FederatedProvider",
        "ec2:RoleDelivery",
        "ec2:SourceInstanceArn",
        "saml:sub",
        "aws:SourceIdentity",
    ] {
        for there in ["true", "false"] {
            let condition = format!(r#""Null": {{"{key}": "{there}"}}"#);
            assert_eq!(under(ROLE, "s3:GetObject", &condition), "yes", "{key} {there}");
        }
    }
}

/// What a role can do whose policy asks for its tag `team` to be `ops`, and which of the assumptions on
/// tags the answer takes.
fn tagged(role: &str, trust: &str, rcp: Option<&str>, tag: &str) -> (String, Vec<String>) {
    let identity = statement(&format!(
        r#""Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {{"StringEquals": {{"aws:PrincipalTag/{tag}": "ops"}}}}"#
    ));
    let rcps = rcp
        .map(|text| Level { name: "root".into(), policies: vec![NamedPolicy::new("rcp", statement(text))] });
    let layers = Layers {
        identity: vec![NamedPolicy::new("p", identity)],
        rcps: rcps.into_iter().collect(),
        ..Layers::default()
    };
    let asker = Asker { trust: Some(statement(trust)), ..asker(role) };
    let answer = ask(&asker, &layers, r#"{"Action": "s3:GetObject"}"#, &[]);
    let of_tags =
        [Assumption::NoSessionTags, Assumption::SessionTags, Assumption::NoIdentityCenterAttributes];
    let names = answer.assumptions.iter().filter(|a| of_tags.contains(a)).map(ToString::to_string);
    (name(&answer.verdict), names.collect())
}

const WITH_TAGS: &str = r#""Effect": "Allow", "Principal": {"AWS": "444455556666"},
    "Action": ["sts:AssumeRole", "sts:TagSession"]"#;

fn expect(found: (String, Vec<String>), verdict: &str, assumptions: &[&str]) {
    assert_eq!(found.0, verdict);
    assert_eq!(found.1, assumptions);
}

#[test]
fn without_tag_session_nothing_is_assumed_of_tags() {
    let trust = r#""Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole""#;
    expect(tagged(ROLE, trust, None, "team"), "no", &[]);
    expect(tagged(ROLE, WITH_TAGS, None, "team"), "yes", &["session-tags"]);
    // Nobody whom this admits can assume the role.
    let trust = r#""Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:TagSession""#;
    expect(tagged(ROLE, trust, None, "team"), "no", &[]);
}

#[test]
fn tags_of_other_providers_are_theirs_to_choose() {
    for (call, provider) in
        [("WithSAML", "saml-provider/idp"), ("WithWebIdentity", "oidc-provider/idp.example.com")]
    {
        let trust = format!(
            r#""Effect": "Allow", "Principal": {{"Federated": "arn:aws:iam::111122223333:{provider}"}},
                "Action": ["sts:AssumeRole{call}", "sts:TagSession"]"#
        );
        expect(tagged(ROLE, &trust, None, "team"), "yes", &["session-tags"]);
    }
}

#[test]
fn roles_of_identity_center_have_their_own_tags() {
    let role =
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";
    let trust = r#""Effect": "Allow", "Principal": {"Federated":
        "arn:aws:iam::111122223333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]"#;
    expect(tagged(role, trust, None, "team"), "no", &["no-identity-center-attributes"]);
}

#[test]
fn resource_control_policies_limit_tags_too() {
    let rcp = r#""Effect": "Deny", "Principal": "*", "Action": "sts:TagSession", "Resource": "*",
        "Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["team", "Team"]}}"#;
    expect(tagged(ROLE, WITH_TAGS, Some(rcp), "other"), "yes", &["session-tags"]);
    let rcp = r#""Effect": "Deny", "Principal": "*", "Action": "sts:TagSession", "Resource": "*""#;
    expect(tagged(ROLE, WITH_TAGS, Some(rcp), "other"), "no", &["session-tags"]);
    let of_others = rcp.replace(r#""Resource": "*""#, r#""Resource": "arn:aws:iam::*:role/other/*""#);
    expect(tagged(ROLE, WITH_TAGS, Some(&of_others), "other"), "yes", &["session-tags"]);
}

#[test]
fn tags_of_aws_cannot_be_passed() {
    expect(tagged(ROLE, WITH_TAGS, None, "aws:cloudformation:stack-name"), "no", &["session-tags"]);
}

/// A key that others come with, and after it a key that sorts behind these: both are the rulebook's alone.
#[test]
fn a_region_may_speak_of_keys_that_no_policy_speaks_of() {
    let statements: Vec<Json> = serde_json::from_str(
        r#"[{"Action": "*", "Condition": {"StringEquals": {"aws:CalledViaFirst": "cloudformation.amazonaws.com"}}},
            {"Action": "s3:List*", "Condition": {"StringEquals": {"s3:prefix": "home/"}}}]"#,
    )
    .expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&statements, "forbid").expect("a region"));
    let some = NamedPolicy::new(
        "some",
        statement(r#""Effect": "Allow", "Action": ["s3:ListBucket", "sqs:SendMessage"], "Resource": "*""#),
    );
    let layers = Layers { identity: vec![some], ..Layers::default() };
    let (asker, roles, resources) = (asker(USER), &[], &[]);
    let question = Question { forbidden: &forbidden, roles, resources, steps: STEPS };
    assert_eq!(name(&Stack::new(&asker, &layers).prove(&question).verdict), "yes");
}
