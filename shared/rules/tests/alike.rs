//! What is shared between principals changes no answer: each is judged as it would be alone.

use serde_json::{Value, json};
use stanchion_inventory::{Inventory, Principal};
use stanchion_rules::{Evaluator, Judgement, Rulebook};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const RULES: &str = "
version: 1
guardrails:
  - { id: trails, title: T, severity: high, forbid: [{ Action: cloudtrail:StopLogging }] }
  - { id: buckets, title: T, severity: high, forbid: [{ Action: s3:DeleteBucket }] }
  - { id: queues, title: T, severity: high, forbid: [{ Action: sqs:DeleteQueue, Resource: 'arn:aws:sqs:*:111122223333:*' }] }
  - { id: keys, title: T, severity: high, forbid: [{ Action: iam:CreateAccessKey, NotResource: 'arn:aws:iam::*:user/ana' }] }
  - { id: own, title: T, severity: high, forbid: [{ Action: iam:CreateLoginProfile, Resource: 'arn:aws:iam::*:user/${aws:username}' }] }
abac:
  - { id: apart, title: T, severity: high, isolate: { by: project, actions: ['secretsmanager:*'] } }
  - { id: stay, title: T, severity: high, immutable: [project] }
personas:
  - { id: reader, title: T, severity: high, match: { tags: { job: reader } },
      needs: [{ name: n, statements: [{ Effect: Allow, Action: ec2:DescribeInstances, Resource: '*' }] }],
      at_most: [{ name: n, statements: [{ Effect: Allow, Action: ec2:DescribeInstances, Resource: '*' }] }] }
";

fn allow(action: &str, resource: &str, condition: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}]})
}

/// The policies that everyone in an account holds.
fn policies(account: &str) -> Vec<(&'static str, Value)> {
    let own = "${aws:PrincipalTag/project}";
    let user = |name: &str| format!("arn:aws:iam::{account}:user/{name}");
    vec![
        ("trails", allow("cloudtrail:StopLogging", "*", json!({}))),
        ("buckets", allow("s3:*", "*", json!({"StringEquals": {"aws:PrincipalTag/project": "atlas"}}))),
        ("queues", allow("sqs:*", "arn:aws:sqs:eu-west-1:111122223333:jobs", json!({}))),
        (
            "secrets",
            allow(
                "secretsmanager:*",
                "*",
                json!({"StringEquals":
            {"aws:ResourceTag/project": own, "aws:RequestTag/project": own}}),
            ),
        ),
        (
            "atlas",
            allow(
                "secretsmanager:PutSecretValue",
                "*",
                json!({"StringEquals": {"aws:ResourceTag/project": "atlas"}}),
            ),
        ),
        ("keys", allow("iam:CreateAccessKey", &user("${aws:username}"), json!({}))),
        ("own", allow("iam:CreateLoginProfile", &user("ben"), json!({}))),
        ("describe", allow("ec2:DescribeInstances", "*", json!({}))),
    ]
}

/// Some hold all policies, and some all but those that look at their name.
fn account(id: &str) -> String {
    let arn = |name: &str| format!("arn:aws:iam::{id}:policy/{name}");
    let attached =
        |names: &[&str]| -> Vec<Value> { names.iter().map(|name| json!({"PolicyArn": arn(name)})).collect() };
    let trust = |action: &Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action,
            "Principal": {"AWS": format!("arn:aws:iam::{id}:root")}}]})
    };
    let plain = ["trails", "buckets", "queues", "secrets", "atlas"];
    let assume = json!("sts:AssumeRole");
    let tagged = json!(["sts:AssumeRole", "sts:TagSession"]);
    let role = |name: &str, project: &str, trusted: &Value, held: &[&str]| {
        json!({"RoleName": name, "RoleId": format!("AROA{id}{name}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{id}:role/{name}"), "AttachedManagedPolicies": attached(held),
            "RolePolicyList": [], "AssumeRolePolicyDocument": trust(trusted),
            "Tags": [{"Key": "project", "Value": project}, {"Key": "job", "Value": "reader"}]})
    };
    let user = |name: &str| {
        json!({"UserName": name, "UserId": format!("AIDA{id}{name}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{id}:user/{name}"), "UserPolicyList": [], "GroupList": [],
            "AttachedManagedPolicies": attached(&["keys", "own"]), "Tags": []})
    };
    let roles = [
        role("One", "atlas", &assume, &plain),
        role("Two", "atlas", &assume, &plain),
        role("Three", "borealis", &assume, &plain),
        role("Four", "borealis", &tagged, &plain),
        role("Admin", "borealis", &assume, &plain),
        role("Reader", "atlas", &assume, &["describe"]),
        role("Reader2", "borealis", &assume, &["describe"]),
    ];
    let policies: Vec<Value> = policies(id)
        .into_iter()
        .map(|(name, document)| {
            json!({"Arn": arn(name), "PolicyName": name, "DefaultVersionId": "v1", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]})
        })
        .collect();
    json!({"UserDetailList": [user("ana"), user("ben")], "GroupDetailList": [], "RoleDetailList": roles,
        "Policies": policies})
    .to_string()
}

fn inventory() -> Inventory {
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*",
         "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin*"}}},
        {"Effect": "Deny", "Action": "ec2:Describe*", "Resource": "*",
         "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*2"}}}]});
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": "999988887777"},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": "999988887777", "ParentId": "r-ab12"}, {"Id": ACCOUNTS[0], "ParentId": "r-ab12"},
            {"Id": ACCOUNTS[1], "ParentId": "r-ab12"}],
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"},
             "TargetIds": ["r-ab12", "999988887777", ACCOUNTS[0], ACCOUNTS[1]]},
            {"PolicySummary": {"Id": "p-limits00", "Type": "SERVICE_CONTROL_POLICY"}, "Content": deny,
             "TargetIds": ["r-ab12"]}]
    });
    let details = ACCOUNTS.map(|id| (id, account(id)));
    let details = details.each_ref().map(|(id, text)| (*id, text.as_str()));
    Inventory::from_parts(Some(&organization.to_string()), &details).expect("an inventory")
}

/// Everything that is said of a principal, but for the assumptions of what holds.
fn judged(evaluator: &Evaluator<'_>, principal: &Principal) -> Vec<String> {
    let judged = evaluator.principal(principal).into_iter().map(|judged| {
        let said = match judged.judgement {
            Judgement::Holds { .. } => "holds".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{} {} {:?}: {said}", principal.arn, judged.rule.id, judged.facet)
    });
    judged.collect()
}

#[test]
fn everyone_is_judged_as_if_alone() {
    let (inventory, rulebook) = (inventory(), Rulebook::parse(RULES, "test").expect("a rulebook"));
    let alone: Vec<Vec<String>> =
        inventory.principals().map(|p| judged(&Evaluator::new(&rulebook, &inventory, None), p)).collect();
    let shared = Evaluator::new(&rulebook, &inventory, None);
    let principals: Vec<&Principal> = inventory.principals().collect();
    for (principal, alone) in principals.iter().zip(&alone) {
        assert_eq!(judged(&shared, principal), *alone);
    }
    let backwards = Evaluator::new(&rulebook, &inventory, None);
    for (principal, alone) in principals.iter().zip(&alone).rev() {
        assert_eq!(judged(&backwards, principal), *alone);
    }
    // Each difference between those who hold the same tells.
    let broken = |name: &str, rule: &str| {
        let arn = format!("arn:aws:iam::{name}");
        let of = |line: &&String| line.starts_with(&format!("{arn} {rule} ")) && !line.ends_with(": holds");
        alone.iter().flatten().any(|line| of(&line) && !line.ends_with("OutOfScope"))
    };
    let [here, there] = ACCOUNTS;
    for (one, other, rule) in [
        (format!("{here}:role/One"), format!("{here}:role/Three"), "buckets"),
        (format!("{here}:role/Three"), format!("{here}:role/One"), "apart"),
        (format!("{here}:role/Admin"), format!("{here}:role/Three"), "trails"),
        (format!("{here}:role/One"), format!("{there}:role/One"), "queues"),
        (format!("{here}:user/ben"), format!("{here}:user/ana"), "keys"),
        (format!("{here}:user/ben"), format!("{here}:user/ana"), "own"),
        (format!("{here}:role/Reader2"), format!("{here}:role/Reader"), "reader"),
    ] {
        assert!(broken(&one, rule) && !broken(&other, rule), "{one} and {other} by {rule}");
    }
}
