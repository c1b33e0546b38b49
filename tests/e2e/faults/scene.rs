//! A small organization, what happens to it, and what a clean run finds in it.

use std::collections::BTreeMap;

use serde_json::json;
use stanchion_findings::{MemoryStore, Store};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Rulebook};

use crate::common::PAYMENTS;
use crate::common::acts::Act;
use crate::common::truth::{Account, Holding, MANAGEMENT, ROOT, Truth, allow, deny};
use crate::proxy::Dice;

const RULES: &str = r#"
version: 1
guardrails:
  - id: buckets-stay
    title: Nobody deletes buckets
    severity: high
    scope: { principals: [user, role] }
    forbid:
      - { Action: s3:DeleteBucket, Resource: "*" }
  - id: nobody-makes-users
    title: Nobody makes users
    severity: critical
    scope: { principals: [user, role] }
    forbid:
      - { Action: iam:CreateUser, Resource: "*" }
"#;

/// Rules that hold in the beginning.
pub(crate) fn rulebook() -> Rulebook {
    Rulebook::parse(RULES, "rulebook.yaml").expect("a rulebook")
}

/// Two accounts: one with people and roles, and the management account with nobody.
pub(crate) fn organization() -> Truth {
    let mut truth = Truth { units: vec!["ou-ab12-work".into(), "ou-ab12-play".into()], ..Truth::default() };
    let arn = |name: &str| format!("arn:aws:iam::{PAYMENTS}:policy/{name}");
    let mut details = Account::default();
    details.policies.insert(arn("Shared"), vec![allow("ec2:Describe*")]);
    details.policies.insert(arn("Buckets"), vec![allow("s3:DeleteBucket")]);
    details.policies.insert(arn("Users"), vec![allow("iam:CreateUser")]);
    details.users.insert("ana".into(), holding("ana"));
    details.groups.insert("admins".into(), holding("admins"));
    for name in ["app-0", "app-1"] {
        let mut role = holding(name);
        role.attached.insert(arn("Shared"));
        details.roles.insert(name.into(), role);
    }
    truth.accounts.insert(PAYMENTS.into(), details);
    truth.accounts.insert(MANAGEMENT.into(), Account::default());
    truth.parents.insert(PAYMENTS.into(), "ou-ab12-work".into());
    truth.parents.insert(MANAGEMENT.into(), ROOT.into());
    let everything = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    truth.policies.insert("p-FullAWSAccess".into(), everything);
    truth.policies.insert("p-nobuckets".into(), deny("s3:DeleteBucket"));
    for target in [ROOT, "ou-ab12-work", "ou-ab12-play", MANAGEMENT, PAYMENTS] {
        truth.targets.insert(("p-FullAWSAccess".into(), target.into()));
    }
    truth
}

fn holding(name: &str) -> Holding {
    Holding { id: format!("ID{PAYMENTS}{}", name.to_uppercase()), ..Holding::default() }
}

/// Something that somebody does; `busy`: mostly to one role.
pub(crate) fn some_act(dice: &mut Dice, truth: &Truth, number: u64, busy: bool) -> Act {
    let account = PAYMENTS.to_owned();
    let who = (*dice.pick(&["user/ana", "role/app-0", "role/new"])).to_owned();
    let mut holder = (*dice.pick(&["user/ana", "role/app-0", "role/app-1", "group/admins"])).to_owned();
    if busy && dice.of_thousand(800) {
        holder = "role/app-0".to_owned();
    }
    let arn = |name: &str| format!("arn:aws:iam::{PAYMENTS}:policy/{name}");
    let (user, group, name) = ("ana".to_owned(), "admins".to_owned(), "extra".to_owned());
    let (policy, target) = ("p-nobuckets".to_owned(), (*dice.pick(&["ou-ab12-work", ROOT])).to_owned());
    let likely = dice.of_thousand(600);
    match dice.below(20) {
        0..=6 => {
            let policy = *dice.pick(&["Buckets", "Users"]);
            Act::Attach { account, who: holder, arn: arn(policy) }
        }
        7..=10 => {
            let attached = attached(truth);
            if attached.is_empty() {
                return Act::Attach { account, who: holder, arn: arn("Buckets") };
            }
            let (who, arn) = dice.pick(&attached).clone();
            Act::Detach { account, who, arn }
        }
        11 | 12 => {
            let document = if likely { allow("s3:*") } else { deny("s3:*") };
            Act::PutInline { account, who: holder, name, document }
        }
        13 => Act::DeleteInline { account, who: holder, name },
        14 => Act::Create { account, who, id: format!("ID{number}") },
        15 => Act::Delete { account, who },
        16 => Act::Join { account, user, group },
        17 => Act::Leave { account, user, group },
        18 => {
            let document = if likely { allow("s3:DeleteBucket") } else { allow("ec2:*") };
            Act::Version { account, arn: arn("Shared"), document }
        }
        _ if likely => Act::AttachScp { policy, target },
        _ => Act::DetachScp { policy, target },
    }
}

/// Who has which policy that lets rules be broken.
fn attached(truth: &Truth) -> Vec<(String, String)> {
    let details = &truth.accounts[PAYMENTS];
    let kinds = [("user", &details.users), ("role", &details.roles), ("group", &details.groups)];
    let mut attached = Vec::new();
    for (kind, holders) in kinds {
        for (name, holding) in holders {
            let arns = holding.attached.iter().filter(|arn| !arn.ends_with("/Shared"));
            attached.extend(arns.map(|arn| (format!("{kind}/{name}"), arn.clone())));
        }
    }
    attached
}

/// What an evaluation from nothing finds, by fingerprint: state, rule and subject.
pub(crate) fn clean_run(truth: &Truth, rulebook: &Rulebook) -> BTreeMap<String, String> {
    let details: Vec<(String, String)> =
        truth.parents.keys().map(|account| (account.clone(), truth.details(account))).collect();
    let parts: Vec<(&str, &str)> = details.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let inventory = Inventory::from_parts(Some(&truth.organization()), &parts).expect("readable");
    let mut store = MemoryStore::new();
    stanchion_pipeline::baseline(&Evaluator::new(rulebook, &inventory, None), &mut store).expect("in memory");
    let found = store.unresolved().expect("in memory").into_iter();
    found.map(|f| (f.fingerprint.to_string(), format!("{} {} {}", f.state, f.rule_id, f.subject))).collect()
}
