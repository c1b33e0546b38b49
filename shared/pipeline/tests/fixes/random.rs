//! Organizations that nobody wrote: whatever they are, what is proposed mends what it is proposed for.

use serde_json::{Value, json};
use stanchion_rules::Rulebook;

use crate::files::Files;
use crate::samples::made;

const ACCOUNT: &str = "111122223333";

/// How many are tried.
const TRIED: u64 = 60;

const RULES: &str = r#"
version: 1
guardrails:
  - id: keys-stay
    title: Nobody deletes keys
    severity: high
    except: ["arn:aws:iam::*:role/Break"]
    forbid: [{ Action: "kms:ScheduleKeyDeletion" }]
  - id: buckets-are-ours
    title: Nobody reads from elsewhere
    severity: high
    forbid: [{ Action: "s3:GetObject", Resource: "*", Condition: { StringNotEquals: { "aws:RequestedRegion": eu-west-1 } } }]
  - id: passing
    title: Roles are passed to Lambda alone
    severity: high
    scope: { principals: [role] }
    forbid: [{ Action: "iam:PassRole", NotResource: "arn:aws:iam::*:role/lambda/*" }]
  - id: with-a-device
    title: Users are made with a second factor
    severity: high
    forbid: [{ Action: "iam:CreateUser", Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } }]
"#;

/// A sequence that its seed determines (Knuth's multiplier).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn statement(&mut self) -> Value {
        let actions = [
            "kms:ScheduleKeyDeletion",
            "kms:*",
            "s3:GetObject",
            "s3:Get*",
            "iam:PassRole",
            "iam:CreateUser",
            "iam:*",
            "ec2:RunInstances",
            "*",
            "sqs:SendMessage",
        ];
        let count = 1 + self.below(3);
        let listed: Vec<&str> = (0..count).map(|_| self.pick(&actions)).collect();
        let resource =
            self.pick(&["*", "*", "*", "arn:aws:s3:::logs/*", "arn:aws:iam::111122223333:role/lambda/*"]);
        let mut statement = json!({"Effect": "Allow", "Resource": resource});
        let element = if self.below(8) == 0 { "NotAction" } else { "Action" };
        statement[element] = if listed.len() == 1 { listed[0].into() } else { json!(listed) };
        match self.below(6) {
            0 => statement["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
            1 => statement["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            2 => statement["Sid"] = "Own".into(),
            _ => {}
        }
        statement
    }

    fn document(&mut self) -> Value {
        let count = 1 + self.below(3);
        let mut statements: Vec<Value> = (0..count).map(|_| self.statement()).collect();
        for statement in statements.iter_mut().skip(1) {
            statement.as_object_mut().expect("an object").remove("Sid");
        }
        json!({"Version": self.pick(&["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements})
    }

    fn inline(&mut self) -> Value {
        let count = self.below(3);
        (0..count)
            .map(|at| json!({"PolicyName": format!("p{at}"), "PolicyDocument": self.document()}))
            .collect()
    }

    fn attached(&mut self) -> Value {
        let arns = ["arn:aws:iam::111122223333:policy/Shared", "arn:aws:iam::aws:policy/AdministratorAccess"];
        match self.below(4) {
            at @ 0..2 => json!([{"PolicyName": "p", "PolicyArn": arns[at]}]),
            _ => json!([]),
        }
    }

    fn files(&mut self) -> Files {
        let policy = |arn: &str, document: Value| {
            let version = json!({"VersionId": "v1", "IsDefaultVersion": true, "Document": document});
            json!({"Arn": arn, "PolicyName": arn.rsplit('/').next(), "DefaultVersionId": "v1",
                "PolicyVersionList": [version]})
        };
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let roles: Vec<Value> = ["Deploy", "Read", "Break"]
            .iter()
            .map(|name| {
                json!({"RoleName": name, "RoleId": format!("AROAEXAMPLE{name}"), "Path": "/",
                    "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "AssumeRolePolicyDocument": trust,
                    "RolePolicyList": self.inline(), "AttachedManagedPolicies": self.attached()})
            })
            .collect();
        let users: Vec<Value> = ["ana", "ben"]
            .iter()
            .map(|name| {
                json!({"UserName": name, "UserId": format!("AIDAEXAMPLE{name}"), "Path": "/",
                    "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "GroupList": ["all"],
                    "UserPolicyList": self.inline(), "AttachedManagedPolicies": self.attached()})
            })
            .collect();
        let group = json!({"GroupName": "all", "GroupId": "AGPAEXAMPLE", "Path": "/",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:group/all"),
            "GroupPolicyList": self.inline(), "AttachedManagedPolicies": []});
        let everything = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let policies = [
            policy("arn:aws:iam::111122223333:policy/Shared", self.document()),
            policy("arn:aws:iam::aws:policy/AdministratorAccess", everything),
        ];
        let details = json!({"RoleDetailList": roles, "UserDetailList": users, "GroupDetailList": [group],
            "Policies": policies});
        Files { organization: None, accounts: [(ACCOUNT.to_owned(), details)].into() }
    }
}

#[test]
fn whatever_is_proposed_mends_what_it_is_proposed_for() {
    let rulebook = Rulebook::parse(RULES, "test").unwrap_or_else(|error| panic!("{error}"));
    let mut all = 0;
    for seed in 0..TRIED {
        all += made(&rulebook, &Seeded(seed).files(), 1, &format!("seed {seed}"));
    }
    assert!(all > 200, "{all}");
}
