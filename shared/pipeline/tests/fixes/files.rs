//! An inventory as its files, and a fix made in them as a person would: the diff is applied to the policy, and what the
//! summary says is done.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stanchion_findings::{Finding, Fix};
use stanchion_inventory::Inventory;
use stanchion_policy::Document;

#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) organization: Option<Value>,
    pub(crate) accounts: BTreeMap<String, Value>,
}

impl Files {
    pub(crate) fn read(directory: &Path) -> Self {
        let json = |path: &Path| serde_json::from_str(&fs::read_to_string(path).ok()?).ok();
        let mut accounts = BTreeMap::new();
        if let Ok(entries) = fs::read_dir(directory.join("accounts")) {
            for path in entries.map(|entry| entry.expect("an entry").path()) {
                let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
                if stem.len() == 12 && path.extension().is_some_and(|extension| extension == "json") {
                    accounts.insert(stem, json(&path).expect("JSON"));
                }
            }
        }
        Self { organization: json(&directory.join("organization.json")), accounts }
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let accounts: Vec<(String, String)> =
            self.accounts.iter().map(|(id, details)| (id.clone(), details.to_string())).collect();
        let accounts: Vec<(&str, &str)> =
            accounts.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
        let organization = self.organization.as_ref().map(Value::to_string);
        Inventory::from_parts(organization.as_deref(), &accounts).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Does what a fix says; `false`: it says something that files cannot hold.
    pub(crate) fn mend(&mut self, finding: &Finding, fix: &Fix) -> bool {
        let account = finding.account_id.as_deref().expect("an account");
        for step in fix.summary.split("; ") {
            let words: Vec<&str> = step.split(' ').collect();
            match words[..] {
                ["Detach", policy, "from", kind, name] => self.attached(account, kind, name, |attached| {
                    attached.retain(|own| own["PolicyArn"] != policy);
                }),
                ["Attach", policy, "to", kind @ ("role" | "user"), name] => {
                    self.attached(account, kind, name, |attached| {
                        attached.push(json!({"PolicyName": "p", "PolicyArn": policy}));
                    });
                }
                ["Attach", _, id, .., "account", target] => self.attach(id, target),
                ["Detach" | "Attach", ..] => return false,
                _ => {}
            }
        }
        for patch in patches(&fix.diff) {
            self.apply(account, &patch);
        }
        true
    }

    fn attached(&mut self, account: &str, kind: &str, name: &str, change: impl FnOnce(&mut Vec<Value>)) {
        let entity = self.entity(account, kind, name);
        let list =
            entity.as_object_mut().expect("an object").entry("AttachedManagedPolicies").or_insert(json!([]));
        change(list.as_array_mut().expect("a list"));
    }

    fn attach(&mut self, id: &str, target: &str) {
        let policies = self.organization.as_mut().expect("an organization")["Policies"].as_array_mut();
        let policy = policies.into_iter().flatten().find(|policy| policy["PolicySummary"]["Id"] == id);
        policy.expect("the policy")["TargetIds"].as_array_mut().expect("targets").push(target.into());
    }

    fn entity(&mut self, account: &str, kind: &str, name: &str) -> &mut Value {
        let kind = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        let details = self.accounts.get_mut(account).expect("the account");
        let list = details[format!("{kind}DetailList")].as_array_mut().expect("a list");
        let found = list.iter_mut().find(|entity| entity[format!("{kind}Name")] == name);
        found.unwrap_or_else(|| panic!("{kind} {name}"))
    }

    fn apply(&mut self, account: &str, patch: &Patch) {
        let words: Vec<&str> = patch.name.split(' ').collect();
        match words[..] {
            ["inline", "policy", name, "of", kind, of] => {
                let list = format!("{}{}PolicyList", kind[..1].to_uppercase(), &kind[1..]);
                inline(self.entity(account, kind, of), &list, name, patch);
            }
            ["the", "inline", "policy", "of", "permission", "set", set] => {
                let roles =
                    self.accounts.values_mut().filter_map(|details| details["RoleDetailList"].as_array_mut());
                let start = format!("AWSReservedSSO_{set}_");
                let is_of = |role: &&mut Value| {
                    role["RoleName"].as_str().is_some_and(|name| name.starts_with(&start))
                };
                for role in roles.flatten().filter(is_of) {
                    inline(role, "RolePolicyList", "AwsSSOInlinePolicy", patch);
                }
            }
            ["the", "trust", "policy", "of", "role", of] => {
                let role = self.entity(account, "role", of);
                let document = &mut role["AssumeRolePolicyDocument"];
                *document = patch.applied(Some(document)).expect("a document");
            }
            ["policy", arn] => {
                let details =
                    self.accounts.get_mut(arn.split(':').nth(4).expect("an account")).expect("it is known");
                let policies = details["Policies"].as_array_mut().expect("a list");
                let policy = policies.iter_mut().find(|policy| policy["Arn"] == arn).expect("the policy");
                let default = policy["DefaultVersionId"].clone();
                let versions = policy["PolicyVersionList"].as_array_mut().expect("versions");
                let version =
                    versions.iter_mut().find(|version| version["VersionId"] == default).expect("it is there");
                version["Document"] = patch.applied(Some(&version["Document"])).expect("a document");
            }
            [id, "(new", kind] => {
                let kind = if kind == "SCP)" { "SERVICE_CONTROL_POLICY" } else { "RESOURCE_CONTROL_POLICY" };
                let content = patch.applied(None).expect("a document").to_string();
                let policies =
                    self.organization.as_mut().expect("an organization")["Policies"].as_array_mut();
                policies.expect("policies").push(json!({
                    "PolicySummary": {"Id": format!("p-{id}"), "Name": id, "Type": kind},
                    "Content": content, "TargetIds": [account],
                }));
            }
            _ => panic!("where is {}?", patch.name),
        }
    }
}

fn inline(entity: &mut Value, list: &str, name: &str, patch: &Patch) {
    let list = entity.as_object_mut().expect("an object").entry(list).or_insert(json!([]));
    let list = list.as_array_mut().expect("a list");
    let at = list.iter().position(|policy| policy["PolicyName"] == name);
    let new = patch.applied(at.map(|at| &list[at]["PolicyDocument"]));
    if let Some(at) = at {
        list.remove(at);
    }
    list.extend(new.map(|document| json!({"PolicyName": name, "PolicyDocument": document})));
}

/// What a diff does to one text.
struct Patch {
    name: String,
    /// Where each hunk begins, from 0, and its lines with their signs.
    hunks: Vec<(usize, Vec<String>)>,
}

fn patches(diff: &str) -> Vec<Patch> {
    let mut all: Vec<Patch> = Vec::new();
    let mut name = String::new();
    for line in diff.lines() {
        if let Some(old) = line.strip_prefix("--- ") {
            name = old.to_owned();
        } else if let Some(new) = line.strip_prefix("+++ ") {
            let name = if name == "/dev/null" { new } else { &name };
            all.push(Patch { name: name.to_owned(), hunks: Vec::new() });
        } else if let Some(range) = line.strip_prefix("@@ -") {
            let start: usize = range.split([',', ' ']).next().and_then(|n| n.parse().ok()).expect("a line");
            all.last_mut().expect("a text").hunks.push((start.saturating_sub(1), Vec::new()));
        } else {
            let hunks = &mut all.last_mut().expect("a text").hunks;
            hunks.last_mut().expect("a hunk").1.push(line.to_owned());
        }
    }
    all
}

impl Patch {
    /// The document after it; `None`: there is none any more. What is changed must be as the diff says it was.
    fn applied(&self, before: Option<&Value>) -> Option<Value> {
        let text = before.map(|before| Document::parse(&before.to_string()).expect("a policy").to_json());
        let old: Vec<&str> = text.as_deref().unwrap_or_default().lines().collect();
        let (mut new, mut at): (Vec<&str>, usize) = (Vec::new(), 0);
        for (start, lines) in &self.hunks {
            new.extend(&old[at..*start]);
            at = *start;
            for line in lines {
                let (sign, rest) = line.split_at(1);
                if sign != "+" {
                    assert_eq!(old.get(at), Some(&rest), "line {at} of {}", self.name);
                    at += 1;
                }
                if sign != "-" {
                    new.push(rest);
                }
            }
        }
        new.extend(&old[at..]);
        (!new.is_empty()).then(|| serde_json::from_str(&new.join("\n")).expect("JSON"))
    }
}
