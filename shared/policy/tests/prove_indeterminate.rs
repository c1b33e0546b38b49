//! One test for each row of the table of what is indeterminate in docs/PROVER.md: a policy, the reason
//! that is told, and the same with what decides it.

use stanchion_policy::document::Document;
use stanchion_policy::json::Json;
use stanchion_policy::prove::{Answer, Asker, KnownResource, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy};

const USER: &str = "arn:aws:iam::111122223333:user/ana";
const ROLE: &str = "arn:aws:iam::111122223333:role/app";
const GET: &str = r#"{"Action": "s3:GetObject"}"#;

fn asker(arn: &str) -> Asker {
    let caller = Caller::parse(arn).expect("an ARN");
    Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None }
}

/// A policy of one statement; what is not given allows every action on everything.
fn allow(members: &str) -> Policy {
    let mut text = format!(r#""Effect": "Allow", {members}"#);
    for (member, usual) in [("Action", r#""Action": "*""#), ("Resource", r#""Resource": "*""#)] {
        if !members.contains(&format!("\"{member}\"")) && !members.contains(&format!("\"Not{member}\"")) {
            text.push_str(&format!(", {usual}"));
        }
    }
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {{{text}}}}}"#))
}

fn ask(asker: &Asker, identity: Policy, forbid: &str, resources: &[KnownResource], steps: u64) -> Answer {
    let statement: Json = serde_json::from_str(forbid).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&[statement], "forbid").expect("a region"));
    let layers = Layers { identity: vec![NamedPolicy::new("p", identity)], ..Layers::default() };
    Stack::new(asker, &layers).prove(&Question { forbidden: &forbidden, roles: &[], resources, steps })
}

fn says(answer: &Answer, reason: &str) {
    let Verdict::Indeterminate(why) = &answer.verdict else { panic!("{reason}: {:?}", answer.verdict) };
    assert!(why.iter().any(|own| own.contains(reason)), "{reason}: {why:?}");
}

fn is(answer: &Answer, expected: &str) {
    let verdict = match &answer.verdict {
        Verdict::Yes(_) => "yes",
        Verdict::No => "no",
        Verdict::Indeterminate(why) => panic!("{why:?}"),
    };
    assert_eq!(verdict, expected);
}

/// A role or user asks: with one statement the answer is open for a reason, with another it is not.
fn row(who: &str, forbid: &str, open: &str, reason: &str, decided: &str, expected: &str) {
    let asker = Asker { trust: Some(allow(r#""Principal": "*", "Action": "sts:AssumeRole""#)), ..asker(who) };
    says(&ask(&asker, allow(open), forbid, &[], STEPS), reason);
    is(&ask(&asker, allow(decided), forbid, &[], STEPS), expected);
}

#[test]
fn a_policy_that_cannot_be_read() {
    says(&ask(&asker(USER), Policy::unknown("not in the details"), GET, &[], STEPS), "not in the details");
    is(&ask(&asker(USER), allow(r#""Action": "ec2:*""#), GET, &[], STEPS), "no");
}

#[test]
fn an_operator_that_is_not_known() {
    let open = r#""Condition": {"StringMatches": {"aws:UserAgent": "a"}}"#;
    row(
        USER,
        GET,
        open,
        "operator `StringMatches`",
        r#""Condition": {"StringLike": {"aws:UserAgent": "a"}}"#,
        "yes",
    );
}

#[test]
fn a_key_that_the_reference_does_not_list() {
    let open = r#""Condition": {"StringEquals": {"kms:ViaService": "a"}}"#;
    let decided = r#""Condition": {"StringEquals": {"s3:ExistingObjectTag/a": "a"}}"#;
    row(USER, GET, open, "whether `kms:viaservice` is in the request", decided, "yes");
}

#[test]
fn a_value_within_a_pattern() {
    let open = r#""Condition": {"StringEquals": {"aws:SourceIdentity": "${aws:ResourceTag/a}x",
        "aws:ResourceTag/a": "${aws:SourceIdentity}x"}}"#;
    let decided = r#""Condition": {"StringEquals": {"aws:SourceIdentity": "${aws:ResourceTag/a}",
        "aws:ResourceTag/a": "${aws:SourceIdentity}"}, "StringNotEquals": {"aws:ResourceTag/a": "x"}}"#;
    row(ROLE, GET, open, "rests on the value of `aws:", decided, "yes");
    let open = r#""Condition": {"StringEquals": {"aws:SourceIdentity": "${aws:ResourceTag/a}x",
        "aws:ResourceTag/a": "${aws:SourceIdentity}x"}}"#;
    let decided = r#""Condition": {"StringEquals": {"aws:SourceIdentity": "${aws:ResourceTag/a}"},
        "StringNotEquals": {"aws:ResourceTag/a": "${aws:SourceIdentity}"}}"#;
    row(ROLE, GET, open, "rests on the value of `aws:", decided, "no");
}

#[test]
fn a_variable_of_several_values() {
    let open = r#""Condition": {"StringEquals": {"aws:UserAgent": "${aws:TagKeys}"}}"#;
    let decided = r#""Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "${aws:UserAgent}"}}"#;
    row(USER, GET, open, "a variable names `aws:tagkeys`, a key of several values", decided, "yes");
}

#[test]
fn several_values_without_a_set_operator() {
    let open = r#""Condition": {"StringEquals": {"aws:TagKeys": "a"},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}"#;
    let decided = r#""Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "a"},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "b"}}"#;
    row(USER, GET, open, "`StringEquals` on `aws:tagkeys`, which can have many values", decided, "no");
}

#[test]
fn wildcards_that_would_have_to_cross_segments() {
    let forbid = r#"{"Action": "dynamodb:GetItem"}"#;
    let open = r#""Resource": "arn:aws:dynamodb:us-*:table/a""#;
    let decided = r#""Resource": "arn:aws:dynamodb:us-*:*:table/a""#;
    row(USER, forbid, open, "how far the wildcards of", decided, "yes");
}

#[test]
fn an_operator_of_another_type() {
    let forbid = r#"{"Action": "s3:ListBucket"}"#;
    let open = r#""Condition": {"NumericEquals": {"s3:prefix": "1"}}"#;
    let decided = r#""Condition": {"StringEquals": {"s3:prefix": "1"}}"#;
    row(USER, forbid, open, "`NumericEquals` on `s3:prefix`, which is of another type", decided, "yes");
}

#[test]
fn operators_of_several_types_on_one_key() {
    let open = r#""Condition": {"NumericLessThan": {"aws:EpochTime": "1800000000"},
        "StringLike": {"aws:EpochTime": "1*"}}"#;
    let decided = r#""Condition": {"NumericLessThan": {"aws:EpochTime": "1800000000"}}"#;
    row(USER, GET, open, "operators of different types on `aws:epochtime`", decided, "yes");
}

#[test]
fn a_value_that_is_not_one_of_its_operator() {
    let forbid = r#"{"Action": "s3:ListBucket"}"#;
    let open = r#""Condition": {"NumericEquals": {"s3:max-keys": "many"}}"#;
    let decided = r#""Condition": {"NumericEquals": {"s3:max-keys": "10"}}"#;
    row(USER, forbid, open, "`many` is not a value", decided, "yes");
    let open = r#""Condition": {"ArnLike": {"aws:SourceVpcArn": "*"}}"#;
    let decided = r#""Condition": {"ArnLike": {"aws:SourceVpcArn": "arn:aws:ec2:*:*:vpc/*"}}"#;
    row(USER, GET, open, "a value of an ARN operator that is not an ARN", decided, "yes");
}

#[test]
fn a_lone_pattern_of_not_resource_without_a_value() {
    let open = r#""NotResource": "arn:aws:s3:::${aws:PrincipalTag/a}/*""#;
    let decided = r#""NotResource": "arn:aws:s3:::${aws:PrincipalTag/a, 'none'}/*""#;
    row(USER, GET, open, "has a variable without value", decided, "yes");
}

#[test]
fn a_statement_that_iam_would_refuse() {
    let open = r#""Principal": "*", "Action": "s3:*""#;
    row(USER, GET, open, "a principal element where none is allowed", r#""Action": "s3:*""#, "yes");
}

#[test]
fn a_tag_in_two_spellings() {
    let policy = || allow(r#""Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}"#);
    let mut asker = asker(USER);
    asker.known.insert("aws:PrincipalTag/team", vec!["a".to_owned()]);
    is(&ask(&asker, policy(), GET, &[], STEPS), "yes");
    asker.known.insert("aws:PrincipalTag/Team", vec!["b".to_owned()]);
    says(&ask(&asker, policy(), GET, &[], STEPS), "whether `aws:principaltag/team` is in the request");
}

#[test]
fn the_tags_of_a_role_whose_trust_policy_is_not_known() {
    let policy = || allow(r#""Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}"#);
    says(&ask(&asker(ROLE), policy(), GET, &[], STEPS), "the trust policy of the role is not known");
    let trusting = |actions: &str| Asker {
        trust: Some(allow(&format!(r#""Principal": {{"AWS": "444455556666"}}, "Action": {actions}"#))),
        ..asker(ROLE)
    };
    is(&ask(&trusting(r#""sts:AssumeRole""#), policy(), GET, &[], STEPS), "no");
    is(&ask(&trusting(r#"["sts:AssumeRole", "sts:TagSession"]"#), policy(), GET, &[], STEPS), "yes");
}

#[test]
fn a_resource_whose_policy_names_the_caller_in_a_contested_way() {
    let arn = "arn:aws:sqs:us-east-1:111122223333:q";
    let known = |principal: &str| {
        [KnownResource {
            arn: arn.to_owned(),
            account: "111122223333".to_owned(),
            policy: NamedPolicy::new("q", allow(&format!(r#"{principal}, "Action": "sqs:*""#))),
            known: Context::new(),
            rcps: Vec::new(),
        }]
    };
    let forbid = format!(r#"{{"Action": "sqs:SendMessage", "Resource": "{arn}"}}"#);
    let nothing = || allow(r#""Action": "ec2:*""#);
    let open = known(r#""NotPrincipal": {"AWS": "444455556666"}"#);
    says(&ask(&asker(USER), nothing(), &forbid, &open, STEPS), "NotPrincipal");
    let decided = known(&format!(r#""Principal": {{"AWS": "{USER}"}}"#));
    is(&ask(&asker(USER), nothing(), &forbid, &decided, STEPS), "yes");
}

#[test]
fn a_partition_whose_regions_are_not_known() {
    let policy = || allow(r#""Action": "ec2:*""#);
    let far = asker("arn:aws-moon:iam::111122223333:user/ana");
    says(&ask(&far, policy(), GET, &[], STEPS), "the regions of the partition `aws-moon` are not known");
    is(&ask(&asker(USER), policy(), GET, &[], STEPS), "no");
}

#[test]
fn a_search_that_used_up_its_budget() {
    says(&ask(&asker(USER), allow(r#""Action": "*""#), GET, &[], 10), "the search used up its 10 steps");
    is(&ask(&asker(USER), allow(r#""Action": "*""#), GET, &[], STEPS), "yes");
}
