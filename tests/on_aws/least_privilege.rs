//! What the functions' roles allow against what the functions did: every call that the emulator noted is allowed by its
//! caller's role, as `stanchion can` sees it, and every statement of the roles allowed some call.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{hub, stanchion_as, text};

/// Statements that no call of the functions' own needs, and why.
const BY_OTHERS: [(&str, &str); 6] = [
    ("TakeEvents", "Lambda takes messages with it"),
    ("TakeJobs", "Lambda takes messages with it"),
    ("Log", "Lambda writes logs with it"),
    ("TopicKey", "SNS encrypts with it"),
    ("NoRulebookYet", "S3 says that an object is not there only to those who may list"),
    ("IdentityCenter", "the emulator has none; tests of recorded answers ask it"),
];

#[derive(Deserialize)]
struct Noted {
    caller: String,
    needs: Vec<(String, String)>,
}

/// Account and role -> what it needed: actions and resources.
type Needs = BTreeMap<(String, String), BTreeSet<(String, String)>>;

fn needs(scratch: &Path) -> Needs {
    let text = fs::read_to_string(scratch.join("calls.jsonl")).expect("the emulator's notes");
    let mut needs = Needs::new();
    for line in text.lines() {
        let noted: Noted = serde_json::from_str(line).expect("a note");
        // arn:aws:sts::111122223333:assumed-role/stanchion-react/session
        let Some((head, tail)) = noted.caller.split_once(":assumed-role/") else { continue };
        let account = head.rsplit(':').next().expect("an account").to_owned();
        let role = tail.split('/').next().expect("a role").to_owned();
        // Who forwards events, or calls on a schedule, is the service.
        if role == "Audit"
            || ["react", "evaluate", "sweep"].iter().any(|it| role == format!("stanchion-{it}"))
        {
            needs.entry((account, role)).or_default().extend(noted.needs);
        }
    }
    needs
}

/// The documents of a role of an account, as they are deployed.
fn documents(scratch: &Path, account: &str, role: &str) -> Vec<Value> {
    let out = scratch.join(format!("roles-{account}"));
    let file = out.join(format!("accounts/{account}.json"));
    if !file.exists() {
        stanchion_as(account, &["collect", "--out", text(&out), "--accounts", account], "");
    }
    let details: Value =
        serde_json::from_str(&fs::read_to_string(&file).expect("the account")).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let roles = list(&details["RoleDetailList"]);
    let found =
        roles.iter().find(|it| it["RoleName"] == role).unwrap_or_else(|| panic!("{account} has no {role}"));
    let inline = list(&found["RolePolicyList"]).into_iter().map(|it| it["PolicyDocument"].clone());
    let attached = list(&found["AttachedManagedPolicies"]);
    let managed = list(&details["Policies"])
        .into_iter()
        .filter(|policy| attached.iter().any(|it| it["PolicyArn"] == policy["Arn"]));
    let managed = managed.map(|policy| {
        let versions = list(&policy["PolicyVersionList"]);
        let default = versions.iter().find(|it| it["IsDefaultVersion"] == true).expect("a default version");
        default["Document"].clone()
    });
    inline
        .chain(managed)
        .map(|document| match document {
            Value::String(text) => serde_json::from_str(&text).expect("a document"),
            object => object,
        })
        .collect()
}

fn question(
    id: usize,
    account: &str,
    role: &str,
    (action, resource): &(String, String),
    documents: &[Value],
) -> String {
    let mut line = json!({
        "id": id,
        "principal": format!("arn:aws:iam::{account}:role/{role}"),
        "action": action,
        "resource": resource,
        "identity": documents,
        // In the own account nothing but the role's policies counts.
        "resource_policy": null,
    });
    if action == "sts:AssumeRole" {
        // That the other account lets the role in was seen; whether its own policies do is the question.
        line["resource_policy"] = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "AWS": account }, "Action": action }
        ]});
    }
    line.to_string()
}

/// The answers to questions, in their order.
fn answers(questions: &[String]) -> Vec<String> {
    let (_, said) = stanchion_as(&hub(), &["can", "--batch", "-"], &questions.join("\n"));
    let answers: Vec<String> = said
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("an answer")["answer"]
                .as_str()
                .expect("text")
                .to_owned()
        })
        .collect();
    assert_eq!(answers.len(), questions.len(), "{said}");
    answers
}

#[test]
fn the_roles_allow_what_the_functions_do_and_no_statement_is_idle() {
    let scratch = crate::scratch();
    let needs = needs(&scratch);
    let roles: BTreeSet<&str> = needs.keys().map(|(_, role)| role.as_str()).collect();
    assert_eq!(roles, ["Audit", "stanchion-evaluate", "stanchion-react", "stanchion-sweep"].into());

    let mut used: BTreeMap<(String, String), bool> = BTreeMap::new();
    for ((account, role), calls) in &needs {
        let documents = documents(&scratch, account, role);
        let asked: Vec<String> = calls
            .iter()
            .enumerate()
            .map(|(id, call)| question(id, account, role, call, &documents))
            .collect();
        for (call, answer) in calls.iter().zip(answers(&asked)) {
            assert_eq!(answer, "yes", "{role} of {account} may not {} on {}", call.0, call.1);
        }
        for statement in
            documents.iter().flat_map(|document| document["Statement"].as_array().cloned().expect("a list"))
        {
            let sid = statement["Sid"].as_str().expect("every statement has a name").to_owned();
            let alone = [json!({ "Version": "2012-10-17", "Statement": [statement] })];
            let asked: Vec<String> = calls
                .iter()
                .enumerate()
                .map(|(id, call)| question(id, account, role, call, &alone))
                .collect();
            let is_used = answers(&asked).iter().any(|answer| answer == "yes");
            *used.entry((role.clone(), sid)).or_default() |= is_used;
        }
    }
    let idle: Vec<_> = used.iter().filter(|(_, used)| !**used).map(|(name, _)| name).collect();
    let unexplained: Vec<_> =
        idle.iter().filter(|(_, sid)| !BY_OTHERS.iter().any(|(known, _)| known == sid)).collect();
    assert!(unexplained.is_empty(), "no call needs these statements: {unexplained:?}");
}
