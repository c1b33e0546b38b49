//! What `compare` says of pairs that people write: relations, callers, accounts, and the forms of
//! documents.

use stanchion_policy::compare::{As, Comparison, Difference, Principal, Relation, documents, principals};
use stanchion_policy::prove::{Asker, Assumption};
use stanchion_policy::{Caller, Context, Layers, Level, NamedPolicy, Policy};

use Relation::{Broader, Equivalent, Incomparable, Indeterminate, Narrower};

fn policy(name: &str, statements: &str) -> NamedPolicy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = Policy::parse(&text);
    assert!(policy.document().is_ok(), "{text}: {policy:?}");
    NamedPolicy::new(name, policy)
}

fn compared(kind: As, left: &str, right: &str) -> Comparison {
    documents(&policy("left", left), &policy("right", right), kind)
}

fn relation(kind: As, left: &str, right: &str) -> Relation {
    let there = compared(kind, left, right).relation;
    let back = compared(kind, right, left).relation;
    let turned = match back {
        Narrower => Broader,
        Broader => Narrower,
        other => other,
    };
    assert_eq!(there, turned, "the other way round");
    there
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#)
}

fn allow_if(action: &str, condition: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}}}"#)
}

fn deny(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "{resource}"}}"#)
}

#[test]
fn the_same_in_other_words_is_equivalent() {
    let one = allow("s3:GetObject", "arn:aws:s3:::a/*");
    let twice = [one.clone(), allow("s3:GetObject", "arn:aws:s3:::a/b")].join(",");
    for other in [allow("s3:getobject", "arn:aws:s3:::a/*"), twice] {
        assert_eq!(relation(As::Identity, &one, &other), Equivalent, "{other}");
    }
    let all = r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#;
    let less = [allow("*", "*"), deny("iam:*", "*")].join(",");
    assert_eq!(relation(As::Identity, all, &less), Equivalent);
}

#[test]
fn each_relation_has_its_witnesses() {
    let (get, put) = (allow("s3:GetObject", "*"), allow("s3:PutObject", "*"));
    let both = [get.clone(), put.clone()].join(",");
    for (left, right, expected) in
        [(&get, &both, Narrower), (&both, &get, Broader), (&get, &put, Incomparable)]
    {
        let comparison = compared(As::Identity, left, right);
        assert_eq!(comparison.relation, expected);
        let is_some = |difference: &Difference| matches!(difference, Difference::Some(_));
        assert_eq!(is_some(&comparison.left_only), expected != Narrower);
        assert_eq!(is_some(&comparison.right_only), expected != Broader);
        assert!(comparison.assumptions.contains(&Assumption::StandardEndpoint));
    }
    let Difference::Some(witness) = compared(As::Identity, &both, &get).left_only else {
        panic!("no witness")
    };
    assert_eq!(witness.action, "s3:PutObject");
    assert_eq!(witness.allowed.because[0].statement, Some(1));
    assert_eq!(witness.refused.because[0].statement, None);
}

#[test]
fn a_condition_more_is_narrower() {
    for condition in [
        r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#,
        r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#,
        r#""StringEquals": {"aws:PrincipalOrgID": "o-example"}"#,
        r#""StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}"#,
        r#""StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}"#,
        r#""StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops/*"}"#,
        r#""DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
        r#""NumericLessThan": {"s3:max-keys": "10"}"#,
    ] {
        let left = allow_if("s3:ListBucket", condition);
        assert_eq!(relation(As::Identity, &left, &allow_if("s3:ListBucket", "")), Narrower, "{condition}");
        assert_eq!(relation(As::Identity, &left, &left), Equivalent, "{condition}");
    }
}

#[test]
fn who_asks_is_one_caller() {
    let account =
        |key: &str, value: &str| allow_if("s3:*", &format!(r#""StringLike": {{"{key}": "{value}"}}"#));
    let by_number = account("aws:PrincipalAccount", "777788889999");
    let by_arn = account("aws:PrincipalArn", "arn:aws:iam::777788889999:*");
    assert_eq!(relation(As::Identity, &by_number, &by_arn), Equivalent);
    let of_users = account("aws:PrincipalArn", "arn:aws:iam::777788889999:user/*");
    assert_eq!(relation(As::Identity, &of_users, &by_number), Narrower);
    let users = account("aws:PrincipalType", "User");
    let named = account("aws:PrincipalArn", "arn:aws:iam::*:user/*");
    assert_eq!(relation(As::Identity, &users, &named.replace("StringLike", "ArnLike")), Equivalent);
    // As text, a role whose path says so is a user as well.
    assert_eq!(relation(As::Identity, &users, &named), Narrower);
}

#[test]
fn a_variable_stands_for_what_it_says() {
    let own = allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}");
    let any = allow("iam:CreateAccessKey", "arn:aws:iam::*:user/*");
    assert_eq!(relation(As::Identity, &own, &any), Narrower);
    let comparison = compared(As::Identity, &any, &own);
    let Difference::Some(witness) = comparison.left_only else { panic!("no witness") };
    assert!(
        !witness.resource.ends_with(witness.principal.rsplit('/').next().expect("a name")),
        "{witness:?}"
    );
    let literal = own.replace("${", "$ {");
    assert_ne!(relation(As::Identity, &own, &literal), Equivalent);
}

#[test]
fn an_account_in_an_arn_is_one_of_them() {
    let one = allow("sqs:SendMessage", "arn:aws:sqs:*:777788889999:*");
    assert_eq!(relation(As::Identity, &one, &allow("sqs:SendMessage", "arn:aws:sqs:*:*:*")), Narrower);
    let gov = allow("sqs:SendMessage", "arn:aws-us-gov:sqs:*:*:*");
    assert_eq!(relation(As::Identity, &gov, &allow("sqs:SendMessage", "*")), Narrower);
}

#[test]
fn actions_that_nobody_knows_count() {
    assert_eq!(
        relation(As::Identity, &allow("s3:NotHeardOf", "*"), &allow("s3:GetObject", "*")),
        Incomparable
    );
    assert_eq!(relation(As::Identity, &allow("unheardof:*", "*"), ""), Broader);
    let unheard = allow("unheardof:Get*", "*");
    assert_eq!(relation(As::Identity, &unheard, &allow("unheardof:*", "*")), Narrower);
}

#[test]
fn roles_are_assumed_and_keys_used_as_policies_say() {
    for (action, resource) in
        [("sts:AssumeRole", "arn:aws:iam::*:role/*"), ("kms:Decrypt", "arn:aws:kms:*:*:key/*")]
    {
        assert_eq!(relation(As::Identity, &allow(action, resource), ""), Broader, "{action}");
    }
    // A user needs no permission for it, but a deny counts.
    let token = "sts:GetSessionToken";
    assert_eq!(relation(As::Identity, &allow(token, "*"), ""), Equivalent);
    assert_eq!(relation(As::Identity, &deny(token, "*"), ""), Narrower);
    assert_eq!(relation(As::Identity, &allow("sts:GetCallerIdentity", "*"), ""), Equivalent);
}

#[test]
fn a_ceiling_that_only_denies_is_read_beside_one_that_allows_all() {
    let deny = deny("iam:*", "*");
    assert_eq!(relation(As::Scp, &deny, &allow("*", "*")), Narrower);
    assert_eq!(relation(As::Identity, &deny, &allow("*", "*")), Narrower);
    assert_eq!(relation(As::Scp, &deny, &allow("s3:*", "*")), Broader);
    let by_region = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}}"#;
    let one_region = by_region.replace(r#", "eu-west-2""#, "");
    assert_eq!(relation(As::Scp, &one_region, by_region), Narrower);
    // The root user is a caller as well.
    let but_root = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}"#;
    assert_eq!(relation(As::Scp, &deny_all_s3(), but_root), Narrower);
    assert_eq!(
        relation(
            As::Identity,
            &[allow("*", "*"), deny_all_s3()].join(","),
            &[allow("*", "*"), but_root.to_owned()].join(",")
        ),
        Equivalent
    );
}

fn deny_all_s3() -> String {
    deny("s3:*", "*")
}

fn names(effect: &str, principal: &str) -> String {
    format!(
        r#"{{"Effect": "{effect}", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}}"#
    )
}

#[test]
fn whom_a_resource_policy_names_counts() {
    let role = r#"{"AWS": "arn:aws:iam::777788889999:role/a"}"#;
    let account = r#"{"AWS": "777788889999"}"#;
    let root = r#"{"AWS": "arn:aws:iam::777788889999:root"}"#;
    let s3 = |principal: &str| names("Allow", principal);
    assert_eq!(relation(As::Resource, &s3(account), &s3(root)), Equivalent);
    assert_eq!(relation(As::Resource, &s3(role), &s3("\"*\"")), Narrower);
    // The account delegates to its own policies, and the role need not have any.
    assert_eq!(relation(As::Resource, &s3(role), &s3(account)), Incomparable);
    let service = r#"{"Service": "cloudtrail.amazonaws.com"}"#;
    assert_eq!(relation(As::Resource, &s3(service), &s3("\"*\"")), Narrower);
    assert_eq!(relation(As::Resource, &s3(service), ""), Broader);
    // A deny takes away what identity policies grant.
    assert_eq!(relation(As::Resource, &names("Deny", role), ""), Narrower);
}

#[test]
fn trust_policies_are_compared_as_well() {
    let trust = |principal: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#)
    };
    let one = trust(r#"{"AWS": "arn:aws:iam::777788889999:role/ci"}"#);
    let two =
        trust(r#"{"AWS": ["arn:aws:iam::777788889999:role/ci", "arn:aws:iam::777788889999:role/other"]}"#);
    assert_eq!(relation(As::Resource, &one, &two), Narrower);
    assert_eq!(relation(As::Resource, &one, &trust(r#"{"Service": "ec2.amazonaws.com"}"#)), Incomparable);
}

#[test]
fn what_cannot_be_told_is_indeterminate_and_what_is_found_is_kept() {
    let odd = allow_if("s3:GetObject", r#""StringResembles": {"aws:PrincipalTag/a": "b"}"#);
    let comparison = compared(As::Identity, &odd, "");
    assert_eq!(comparison.relation, Indeterminate);
    assert!(matches!(comparison.right_only, Difference::None));
    // The same words mean the same on both sides.
    assert_eq!(relation(As::Identity, &odd, &odd), Equivalent);
    let more = [odd.clone(), allow("s3:PutObject", "*")].join(",");
    assert_eq!(relation(As::Identity, &odd, &more), Narrower);
    let mixed = compared(As::Identity, &odd, &allow("s3:PutObject", "*"));
    assert_eq!(mixed.relation, Indeterminate);
    assert!(matches!(mixed.right_only, Difference::Some(_)));
    let unknown = NamedPolicy::new("left", Policy::unknown("it is not in the input"));
    let comparison = documents(&unknown, &policy("right", &odd), As::Identity);
    assert_eq!(comparison.relation, Indeterminate);
}

#[test]
fn how_far_wildcards_reach_is_the_same_on_both_sides() {
    // In one reading its wildcards cross the parts of an ARN; a condition less is broader in both.
    let listed = allow_if("s3:GetObject", r#""Bool": {"aws:SecureTransport": "true"}"#)
        .replace(r#""Resource": "*""#, r#""Resource": "arn:aws:s3*:object""#);
    let always = allow("s3:GetObject", "arn:aws:s3*:object");
    let comparison = compared(As::Identity, &listed, &always);
    assert!(matches!(comparison.left_only, Difference::None), "{comparison:?}");
}

fn who(arn: &str, tags: &[(&str, &str)]) -> Asker {
    let mut known = Context::new();
    for (key, value) in tags {
        known.insert(&format!("aws:PrincipalTag/{key}"), vec![(*value).to_owned()]);
    }
    Asker { caller: Caller::parse(arn).expect("an ARN"), unique_id: None, known, trust: None, now: None }
}

fn layers(identity: &str, scp: Option<&str>) -> Layers {
    let level = |text| Level { name: "root".into(), policies: vec![policy("scp", text)] };
    Layers {
        identity: vec![policy("own", identity)],
        scps: scp.map(level).into_iter().collect(),
        ..Layers::default()
    }
}

fn of_principals(left: (&Asker, &Layers), right: (&Asker, &Layers)) -> Comparison {
    let side = |(asker, layers)| Principal { asker, layers };
    principals(side(left), side(right)).expect("one partition")
}

#[test]
fn principals_are_compared_with_all_that_binds_them() {
    let (ana, bo) =
        (who("arn:aws:iam::111122223333:user/ana", &[]), who("arn:aws:iam::111122223333:user/bo", &[]));
    let all = allow("*", "*");
    let (free, held) = (layers(&all, None), layers(&all, Some(&allow("s3:*", "*"))));
    assert_eq!(of_principals((&ana, &free), (&bo, &free)).relation, Equivalent);
    assert_eq!(of_principals((&ana, &held), (&bo, &free)).relation, Narrower);
    assert_eq!(of_principals((&ana, &free), (&ana, &held)).relation, Broader);
    let mut bounded = free.clone();
    bounded.boundary = Some(policy("boundary", &[all.clone(), deny("iam:*", "*")].join(",")));
    let comparison = of_principals((&ana, &free), (&bo, &bounded));
    assert_eq!(comparison.relation, Broader);
    let Difference::Some(witness) = comparison.left_only else { panic!("no witness") };
    assert!(witness.action.starts_with("iam:"), "{witness:?}");
    assert_eq!(witness.principal, "arn:aws:iam::111122223333:user/ana");
}

#[test]
fn each_principal_has_its_own_name_and_tags() {
    let (ana, bo) = (
        who("arn:aws:iam::111122223333:user/ana", &[("team", "red")]),
        who("arn:aws:iam::111122223333:user/bo", &[("team", "blue")]),
    );
    let own = layers(&allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"), None);
    assert_eq!(of_principals((&ana, &own), (&bo, &own)).relation, Incomparable);
    let team = layers(&allow_if("s3:*", r#""StringEquals": {"aws:PrincipalTag/team": "red"}"#), None);
    assert_eq!(of_principals((&ana, &team), (&bo, &team)).relation, Broader);
    let anyone = layers(&allow_if("s3:*", r#""StringLike": {"aws:PrincipalTag/team": "*"}"#), None);
    assert_eq!(of_principals((&ana, &anyone), (&bo, &anyone)).relation, Equivalent);
    assert_eq!(of_principals((&ana, &own), (&ana, &own)).relation, Equivalent);
}

#[test]
fn the_other_principals_tag_is_a_value_like_any_other() {
    let (ana, bo) = (
        who("arn:aws:iam::111122223333:user/ana", &[("team", "red")]),
        who("arn:aws:iam::111122223333:user/bo", &[("team", "blue")]),
    );
    let same = r#""StringEquals": {"aws:ResourceTag/team": "${aws:RequestTag/team}"}"#;
    let but_own =
        format!(r#"{same}, "StringNotLike": {{"aws:RequestTag/team": "${{aws:PrincipalTag/team}}"}}"#);
    let all = layers(&allow_if("s3:GetObject", same), None);
    let others = layers(&allow_if("s3:GetObject", &but_own), None);
    let comparison = of_principals((&ana, &all), (&bo, &others));
    assert_eq!(comparison.relation, Broader);
    let Difference::Some(witness) = comparison.left_only else { panic!("no witness") };
    assert_eq!(witness.context["aws:RequestTag/team"], ["blue"]);
}

#[test]
fn principals_of_two_accounts_are_compared_each_in_its_own() {
    let here = who("arn:aws:iam::111122223333:role/ci", &[]);
    let there = who("arn:aws:iam::444455556666:role/ci", &[]);
    let queue =
        |account: &str| layers(&allow("sqs:SendMessage", &format!("arn:aws:sqs:*:{account}:jobs")), None);
    let (own_here, own_there) = (queue("111122223333"), queue("444455556666"));
    let comparison = of_principals((&here, &own_here), (&there, &own_there));
    assert_eq!(comparison.relation, Equivalent);
    assert!(comparison.assumptions.contains(&Assumption::AccountsExchanged));
    let more = layers(&allow("sqs:*", "arn:aws:sqs:*:444455556666:jobs"), None);
    let comparison = of_principals((&here, &own_here), (&there, &more));
    assert_eq!(comparison.relation, Narrower);
    let Difference::Some(witness) = comparison.right_only else { panic!("no witness") };
    assert_eq!(witness.principal, "arn:aws:iam::444455556666:role/ci");
    assert!(witness.resource.contains(":444455556666:"), "{witness:?}");
}

#[test]
fn what_is_not_known_of_a_principal_is_no_difference_by_itself() {
    let ana = who("arn:aws:iam::111122223333:user/ana", &[]);
    let known = layers(&allow("s3:*", "*"), None);
    let mut lacking = known.clone();
    lacking.identity.push(NamedPolicy::new("gone", Policy::unknown("it is not in the input")));
    assert_eq!(of_principals((&ana, &known), (&ana, &lacking)).relation, Indeterminate);
    assert_eq!(of_principals((&ana, &known), (&ana, &known)).relation, Equivalent);
    // What is unknown before is the same after, of one principal.
    assert_eq!(of_principals((&ana, &lacking), (&ana, &lacking.clone())).relation, Equivalent);
    let unknown = |mut layers: Layers| {
        let policies = vec![NamedPolicy::new("p-gone", Policy::unknown("it is not in the input"))];
        layers.scps.push(Level { name: "root".into(), policies });
        layers
    };
    let both = unknown(known.clone());
    assert_eq!(of_principals((&ana, &both), (&ana, &both.clone())).relation, Equivalent);
    let less = layers(&allow("s3:GetObject", "*"), None);
    let comparison = of_principals((&ana, &unknown(less)), (&ana, &both));
    assert!(matches!(comparison.left_only, Difference::None) && comparison.relation == Indeterminate);
}

#[test]
fn the_root_user_does_not_assume_roles() {
    let (root, ana) =
        (who("arn:aws:iam::111122223333:root", &[]), who("arn:aws:iam::111122223333:user/ana", &[]));
    let (scp, all) = (layers("", Some(&allow("*", "*"))), layers(&allow("*", "*"), Some(&allow("*", "*"))));
    let comparison = of_principals((&root, &scp), (&ana, &all));
    assert!(matches!(comparison.left_only, Difference::None), "{comparison:?}");
}

#[test]
fn resource_control_policies_count_for_whom_they_name() {
    let (ana, bo) =
        (who("arn:aws:iam::111122223333:user/ana", &[]), who("arn:aws:iam::111122223333:user/bo", &[]));
    let mut all = layers(&allow("*", "*"), None);
    let rcp = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ana"}}}"#;
    all.rcps = vec![Level { name: "root".into(), policies: vec![policy("rcp", rcp)] }];
    let comparison = of_principals((&ana, &all), (&bo, &all));
    assert_eq!(comparison.relation, Broader);
    let Difference::Some(witness) = comparison.left_only else { panic!("no witness") };
    assert!(witness.action.starts_with("s3:"), "{witness:?}");
}
