//! `compare` against brute force: what it says that no side allows alone, no request of a small universe
//! contradicts; and every witness of it is one that `decide` allows on one side alone.

mod statements;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use stanchion_policy::compare::{As, Comparison, Difference, Relation, Witness, documents};
use stanchion_policy::decide::Outcome;
use stanchion_policy::document::Effect;
use stanchion_policy::{
    Caller, CallerKind, Context, Layers, Level, NamedPolicy, Policy, Request, ResourcePolicy, decide,
};

use statements::close_with_conditions;

const ONE: &str = "111122223333";
const OTHER: &str = "444455556666";
const ACTIONS: [&str; 4] = ["sqs:SendMessage", "sqs:PurgeQueue", "s3:GetObject", "sqs:ListQueues"];
const RESOURCES: [&str; 4] = [
    "arn:aws:sqs:us-east-1:111122223333:jobs",
    "arn:aws:sqs:us-east-1:444455556666:ana",
    "arn:aws:s3:::bucket/ana/x",
    "arn:aws:s3:::bucket/jobs",
];
const PATTERNS: [&str; 10] = [
    "*",
    "arn:aws:sqs:*:*:jobs",
    "arn:aws:sqs:*:444455556666:*",
    "arn:aws:sqs:*:111122223333:a*",
    "arn:aws:sqs:us-east-1:*:*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:sqs:*:*:${aws:PrincipalTag/team}",
    "arn:aws:s3:::*/x",
    "arn:aws:sqs:*:*:${aws:username}",
];

/// Values of keys, by key; none: absent.
const KEYS: [(&str, &[&str]); 4] = [
    ("aws:PrincipalTag/team", &["jobs", "ana"]),
    ("aws:PrincipalOrgID", &["o-one"]),
    ("aws:SourceIp", &["10.0.0.1", "203.0.113.9"]),
    ("aws:ViaAWSService", &["true", "false"]),
];

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let some = |all: Vec<&'static str>| {
        let most = all.len().min(2);
        subsequence(all, 1..=most).prop_map(|v| v.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let of = |key: &'static str, operators: Vec<&'static str>, values: Vec<&'static str>| {
        (select(operators), some(values))
            .prop_map(move |(op, values)| (op.to_owned(), key.to_owned(), values))
    };
    let texts = || vec!["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists"];
    let arns = vec!["ArnLike", "ArnNotLike", "StringLike"];
    prop_oneof![
        of("aws:PrincipalTag/team", texts(), vec!["jobs", "ana", "j*"]),
        of("aws:PrincipalAccount", texts(), vec![ONE, OTHER]),
        of("aws:ResourceAccount", texts(), vec![ONE, "${aws:PrincipalAccount}"]),
        of("aws:ResourceOrgID", texts(), vec!["o-one", "${aws:PrincipalOrgID}"]),
        of("aws:PrincipalOrgID", texts(), vec!["o-one"]),
        of("aws:username", texts(), vec!["ana", "b*"]),
        of(
            "aws:PrincipalArn",
            arns,
            vec![
                "arn:aws:iam::111122223333:user/ana",
                "arn:aws:iam::*:role/*",
                "arn:aws:iam::444455556666:*"
            ]
        ),
        of("aws:PrincipalType", texts(), vec!["User", "AssumedRole"]),
        of("aws:SourceIp", vec!["IpAddress", "NotIpAddress"], vec!["10.0.0.0/8"]),
        of("aws:ViaAWSService", vec!["Bool", "BoolIfExists"], vec!["true", "false"]),
        of("aws:PrincipalTag/team", vec!["Null"], vec!["true", "false"]),
    ]
}

fn statement(principals: bool) -> impl Strategy<Value = String> {
    let principal = select(vec![
        r#""Principal": "*""#,
        r#""Principal": {"AWS": "111122223333"}"#,
        r#""Principal": {"AWS": "arn:aws:iam::444455556666:root"}"#,
        r#""Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}"#,
        r#""Principal": {"AWS": ["arn:aws:iam::444455556666:role/jobs", "111122223333"]}"#,
        r#""Principal": {"Service": "s3.amazonaws.com"}"#,
    ]);
    (
        select(vec!["Allow", "Allow", "Deny"]),
        principal,
        select(vec!["Action", "Action", "Action", "NotAction"]),
        subsequence(vec!["sqs:SendMessage", "sqs:*", "s3:Get*", "sqs:ListQueues", "*"], 1..=2),
        select(vec!["Resource", "Resource", "Resource", "NotResource"]),
        subsequence(PATTERNS.to_vec(), 1..=2),
        proptest::collection::vec(condition(), 0..=2),
    )
        .prop_map(move |(effect, principal, action, actions, resource, resources, conditions)| {
            let principal = if principals { format!("{principal}, ") } else { String::new() };
            let mut text = format!(
                r#"{{"Effect": "{effect}", {principal}"{action}": {actions:?}, "{resource}": {resources:?}, "Condition": {{"#
            );
            close_with_conditions(&mut text, conditions);
            text
        })
}

/// Two documents that have some statements in common.
fn pair(principals: bool) -> impl Strategy<Value = (NamedPolicy, NamedPolicy)> {
    let some = move |range| proptest::collection::vec(statement(principals), range);
    (some(0..=2), some(0..=2), some(0..=2)).prop_map(|(both, left, right)| {
        let policy = |name: &str, own: Vec<String>| {
            let all: Vec<String> = own.into_iter().chain(both.iter().cloned()).collect();
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, all.join(", "));
            let policy = Policy::parse(&text);
            assert!(policy.document().is_ok(), "{text}: {policy:?}");
            NamedPolicy::new(name, policy)
        };
        (policy("left", left), policy("right", right))
    })
}

/// What binds callers, where a document stands alone.
fn layers(policy: &NamedPolicy, kind: As) -> Layers {
    let identity = |policy| Layers { identity: vec![policy], ..Layers::default() };
    match kind {
        As::Identity => identity(policy.clone()),
        As::Scp => {
            let mut policies = vec![policy.clone()];
            let statements = &policy.policy.document().expect("a policy").statements;
            if statements.iter().all(|statement| statement.effect == Effect::Deny) {
                policies.push(ALL.clone());
            }
            Layers { scps: vec![Level { name: "level".into(), policies }], ..identity(ALL.clone()) }
        }
        As::Resource => Layers { resource: ResourcePolicy::Known(policy.clone()), ..identity(ALL.clone()) },
    }
}

static ALL: LazyLock<NamedPolicy> = LazyLock::new(|| {
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    NamedPolicy::new("all", Policy::parse(text))
});

/// Lets every account in, and leaves the rest to the caller's policies.
static LETS_IN: LazyLock<NamedPolicy> = LazyLock::new(|| {
    let principal = r#""Principal": {"AWS": ["111122223333", "444455556666", "999988887777"]}"#;
    let text =
        format!(r#"{{"Statement": [{{"Effect": "Allow", {principal}, "Action": "*", "Resource": "*"}}]}}"#);
    NamedPolicy::new("lets in", Policy::parse(&text))
});

/// The layers at home, and elsewhere.
fn both(policy: &NamedPolicy, kind: As) -> [Layers; 2] {
    let home = layers(policy, kind);
    let mut elsewhere = home.clone();
    if kind != As::Resource {
        elsewhere.resource = ResourcePolicy::Known(LETS_IN.clone());
    }
    [home, elsewhere]
}

static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(requests);

/// Every request of the universe.
fn requests() -> Vec<Request> {
    let mut contexts = vec![Context::new()];
    for (key, values) in KEYS {
        let with = |context: &Context| {
            let mut all: Vec<Context> = values
                .iter()
                .map(|value| {
                    let mut context = context.clone();
                    context.insert(key, vec![(*value).to_owned()]);
                    context
                })
                .collect();
            all.extend((key != "aws:ViaAWSService").then(|| context.clone()));
            all
        };
        contexts = contexts.iter().flat_map(with).collect();
    }
    let names =
        ["111122223333:user/ana", "111122223333:user/bo", "444455556666:role/jobs", "999988887777:role/x"];
    let mut requests = Vec::new();
    for name in names {
        let caller = Caller::parse(&format!("arn:aws:iam::{name}")).expect("a principal");
        for action in ACTIONS {
            for resource in RESOURCES {
                // A resource of the action's service, and `*` for the one that has none.
                let fits = match action {
                    "sqs:ListQueues" => resource == RESOURCES[0],
                    "s3:GetObject" => resource.contains(":s3:"),
                    _ => resource.contains(":sqs:"),
                };
                if !fits {
                    continue;
                }
                let resource = if action == "sqs:ListQueues" { "*" } else { resource };
                let account = if resource.contains(":sqs:") {
                    resource.split(':').nth(4).expect("an account")
                } else {
                    caller.account.as_str()
                };
                for context in &contexts {
                    let mut context = context.clone();
                    // The organization of the own account is the caller's; of others there is none.
                    if let Some(own) = context.get("aws:principalorgid").filter(|_| account == caller.account)
                    {
                        context.insert("aws:ResourceOrgID", own.values);
                    }
                    let request = Request::new(caller.clone(), action, resource, Some(account), context);
                    requests.push(request.expect("a request"));
                }
            }
        }
    }
    requests
}

/// A request that one side allows and the other surely does not.
fn brute<'r>(from: &NamedPolicy, to: &NamedPolicy, kind: As) -> Option<&'r Request> {
    let (from, to) = (both(from, kind), both(to, kind));
    REQUESTS.iter().find(|request| {
        let at = usize::from(!request.same_account());
        decide(request, &from[at]).outcome == Outcome::Allow
            && matches!(decide(request, &to[at]).outcome, Outcome::ImplicitDeny | Outcome::ExplicitDeny)
    })
}

fn confirmed(witness: &Witness, from: &NamedPolicy, to: &NamedPolicy, kind: As) -> bool {
    let caller = Caller::parse(&witness.principal).expect("a principal");
    let mut context = Context::new();
    witness.context.iter().for_each(|(key, values)| context.insert(key, values.clone()));
    let account = Some(witness.resource_account.as_str());
    let request = Request::new(caller, &witness.action, &witness.resource, account, context);
    let request = request.expect("a request");
    let lets_in = {
        let account = &request.caller.account;
        let principal = format!(r#""Principal": {{"AWS": "{account}"}}"#);
        let text = format!(
            r#"{{"Statement": [{{"Effect": "Allow", {principal}, "Action": "*", "Resource": "*"}}]}}"#
        );
        ResourcePolicy::Known(NamedPolicy::new("lets in", Policy::parse(&text)))
    };
    // A caller without permissions of its own, too, may tell resource policies apart.
    let outcome = |policy: &NamedPolicy, own: bool| {
        let mut layers = layers(policy, kind);
        if !own {
            layers.identity.clear();
        }
        let roles = request.action_lower.starts_with("sts:");
        if kind != As::Resource && (!request.same_account() || roles || request.service() == "kms") {
            layers.resource = lets_in.clone();
        }
        decide(&request, &layers).outcome
    };
    let tells = |own: bool| outcome(from, own) == Outcome::Allow && outcome(to, own) != Outcome::Allow;
    tells(true) || kind == As::Resource && tells(false)
}

fn check(left: &NamedPolicy, right: &NamedPolicy, kind: As) -> Result<Comparison, TestCaseError> {
    let comparison = documents(left, right, kind);
    for (difference, from, to) in
        [(&comparison.left_only, left, right), (&comparison.right_only, right, left)]
    {
        match difference {
            Difference::None => {
                let found = brute(from, to, kind);
                prop_assert!(found.is_none(), "none only of {}, but {found:?}", from.name);
            }
            Difference::Some(witness) => {
                prop_assert!(confirmed(witness, from, to, kind), "only of {}: {witness:?}", from.name);
            }
            Difference::Indeterminate(_) => {}
        }
    }
    Ok(comparison)
}

proptest! {
    #![proptest_config(Config { cases: 60, ..Config::default() })]

    #[test]
    fn identity_policies((left, right) in pair(false)) {
        check(&left, &right, As::Identity)?;
    }

    #[test]
    fn ceilings((left, right) in pair(false)) {
        check(&left, &right, As::Scp)?;
    }

    #[test]
    fn policies_of_resources((left, right) in pair(true)) {
        check(&left, &right, As::Resource)?;
    }

    #[test]
    fn a_policy_and_itself((left, _) in pair(true)) {
        for kind in [As::Identity, As::Scp, As::Resource] {
            prop_assert_eq!(documents(&left, &left, kind).relation, Relation::Equivalent);
        }
    }

    #[test]
    fn a_policy_with_one_more_deny_is_no_broader((left, deny) in pair(false)) {
        let mut document = left.policy.document().expect("a policy").clone();
        let denies = deny.policy.document().expect("a policy").statements.iter();
        let denies = denies.filter(|s| s.effect == Effect::Deny);
        document.statements.extend(denies.cloned());
        let less = NamedPolicy::new("less", Policy::of(document));
        prop_assert!(matches!(documents(&less, &left, As::Identity).left_only, Difference::None));
    }
}

/// Half of the patterns of this universe rest on variables that the caller chooses, which is what cannot
/// be told exactly.
#[test]
fn few_pairs_are_indeterminate() {
    let mut runner = TestRunner::deterministic();
    let mut counts = [0, 0];
    for kind in [As::Identity, As::Scp] {
        for _ in 0..50 {
            let (left, right) = pair(false).new_tree(&mut runner).expect("a pair").current();
            let comparison = documents(&left, &right, kind);
            counts[usize::from(comparison.relation == Relation::Indeterminate)] += 1;
        }
    }
    assert!(counts[1] * 4 <= counts[0], "{} decided, {} indeterminate", counts[0], counts[1]);
}

#[test]
fn callers_of_the_universe_are_users_and_roles() {
    let kinds: Vec<bool> =
        REQUESTS.iter().map(|request| matches!(request.caller.kind, CallerKind::User { .. })).collect();
    assert!(kinds.contains(&true) && kinds.contains(&false));
}
