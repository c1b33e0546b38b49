//! A small organization, and what happens to it.

pub(crate) mod acts;
pub(crate) mod cloud;
pub(crate) mod desk;
pub(crate) mod truth;

use std::sync::{Arc, Mutex};

use serde_json::json;
use stanchion_hub::Millis;
use stanchion_hub::memory::Fates;
use stanchion_rules::Rulebook;

use cloud::{FakeCloud, World};
use truth::{Account, Holding, MANAGEMENT, ROOT, Truth, allow};

pub(crate) const PAYMENTS: &str = "111122223333";
pub(crate) const SANDBOX: &str = "222233334444";

/// 2026-03-09T09:00:00Z.
pub(crate) const START: Millis = 1_773_046_800_000;

pub(crate) const RULES: &str = r#"
version: 1
guardrails:
  - id: buckets-stay
    title: Nobody deletes buckets
    severity: high
    scope: { principals: [user, role, root] }
    forbid:
      - { Action: s3:DeleteBucket, Resource: "*" }
  - id: nobody-makes-users
    title: Nobody makes users
    severity: critical
    scope: { principals: [user, role] }
    forbid:
      - { Action: iam:CreateUser, Resource: "*" }
"#;

pub(crate) fn rulebook() -> Rulebook {
    Rulebook::parse(RULES, "rulebook.yaml").expect("a rulebook")
}

/// Two member accounts and the management account; one of them has many roles that share a policy, and the
/// other is under an OU whose SCP nobody has attached yet.
pub(crate) fn organization() -> Truth {
    let mut truth = Truth { units: vec!["ou-ab12-work".into(), "ou-ab12-play".into()], ..Truth::default() };
    for (account, parent) in [(MANAGEMENT, ROOT), (PAYMENTS, "ou-ab12-work"), (SANDBOX, "ou-ab12-play")] {
        truth.parents.insert(account.into(), parent.into());
        let arn = |name: &str| format!("arn:aws:iam::{account}:policy/{name}");
        let mut details = Account::default();
        details.policies.insert(arn("Shared"), vec![allow("ec2:Describe*")]);
        details.policies.insert(arn("Buckets"), vec![allow("s3:DeleteBucket")]);
        details.policies.insert(arn("Users"), vec![allow("iam:CreateUser")]);
        for name in ["ana", "ben"] {
            details.users.insert(name.into(), holding(account, name));
        }
        details.groups.insert("admins".into(), holding(account, "admins"));
        let roles = if account == PAYMENTS { 14 } else { 2 };
        for number in 0..roles {
            let name = format!("app-{number}");
            let mut role = holding(account, &name);
            role.attached.insert(arn("Shared"));
            details.roles.insert(name, role);
        }
        truth.accounts.insert(account.into(), details);
    }
    let everything = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    truth.policies.insert("p-FullAWSAccess".into(), everything);
    truth.policies.insert("p-nobuckets".into(), truth::deny("s3:DeleteBucket"));
    for target in [ROOT, "ou-ab12-work", "ou-ab12-play", MANAGEMENT, PAYMENTS, SANDBOX] {
        truth.targets.insert(("p-FullAWSAccess".into(), target.into()));
    }
    truth
}

fn holding(account: &str, name: &str) -> Holding {
    Holding { id: format!("ID{account}{}", name.to_uppercase()), ..Holding::default() }
}

pub(crate) fn cloud(truth: Truth, fates: Fates) -> FakeCloud {
    FakeCloud(Arc::new(Mutex::new(World::new(truth, START))), fates)
}
