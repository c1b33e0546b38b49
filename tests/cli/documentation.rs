//! The examples of `docs/FORMATS.md` and `docs/RULEBOOK.md` are what the program says.

use std::fs;

use serde_json::{Value, json};
use stanchion_rules::{Rulebook, try_examples};
use tempfile::TempDir;

use crate::place::{Place, attachment, repository, stanchion_in};

/// The blocks of a page that begin with a fence of this kind.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join("docs").join(page)).expect("a page");
    let start = format!("```{fence}\n");
    let block = |rest: &str| rest.split_once("\n```").map(|(block, _)| block.to_owned());
    text.split(&start).skip(1).filter_map(block).collect()
}

fn example(number: usize) -> Value {
    let blocks = blocks("FORMATS.md", "json");
    serde_json::from_str(&blocks[number]).expect("the example is JSON")
}

#[test]
fn of_react() {
    let directory = TempDir::new().expect("a temporary directory");
    let demo = repository().join("src/demo");
    fs::create_dir(directory.path().join("accounts")).expect("a directory");
    for account in fs::read_dir(demo.join("accounts")).expect("the accounts") {
        let account = account.expect("a file");
        fs::copy(account.path(), directory.path().join("accounts").join(account.file_name()))
            .expect("a copy");
    }
    fs::copy(demo.join("organization.json"), directory.path().join("organization.json")).expect("a copy");
    // The inventory as it is after the event: the policy is attached.
    let path = directory.path().join("accounts/333344445555.json");
    let mut details: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("details")).expect("JSON");
    let roles = details["RoleDetailList"].as_array_mut().expect("roles");
    let role = roles.iter_mut().find(|role| role["RoleName"] == "PaymentsReports").expect("the role");
    let attached = role["AttachedManagedPolicies"].as_array_mut().expect("a list");
    attached.push(json!({"PolicyName": "AdministratorAccess",
        "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}));
    fs::write(&path, details.to_string()).expect("details");

    let inventory = directory.path().display().to_string();
    let arguments = [
        "react",
        "src/demo/events/01-administrator-access-for-a-lambda.json",
        "--inventory",
        &inventory,
        "--rulebook",
        "src/demo/rulebook.yaml",
        "--format",
        "json",
    ];
    let mut report = stanchion_in(&repository(), &arguments, "").json();
    // The page shows the first of them.
    report["transitions"].as_array_mut().expect("a list").truncate(1);
    assert_eq!(report, example(0), "docs/FORMATS.md should have: {report:#}");
}

#[test]
fn of_check() {
    let arguments =
        ["check", "--inventory", "src/demo", "--rulebook", "src/demo/rulebook.yaml", "--format", "json"];
    let report = stanchion_in(&repository(), &arguments, "").json();
    assert_eq!(report, example(1), "docs/FORMATS.md should have: {report:#}");
}

/// Each command of the page is followed by what it prints.
#[test]
fn of_can() {
    let (commands, outputs) = (blocks("CAN.md", "sh"), blocks("CAN.md", "text"));
    assert_eq!(commands.len(), outputs.len());
    for (command, output) in commands.iter().zip(outputs) {
        let arguments: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        let ran = stanchion_in(&repository(), &arguments[1..], "");
        assert_eq!(ran.out.trim_end(), output, "{command}: docs/CAN.md should have:\n{}", ran.out);
    }
    let (lines, answers) = (blocks("CAN.md", "jsonl"), blocks("CAN.md", "jsonl answer"));
    let ran = stanchion_in(&repository(), &["can", "--batch", "-"], &lines[0]);
    assert_eq!(ran.out.trim_end(), answers[0], "docs/CAN.md should have:\n{}", ran.out);
}

#[test]
fn of_fixes() {
    let (command, output) = (blocks("FIXES.md", "sh").remove(0), blocks("FIXES.md", "text").remove(0));
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    let ran = stanchion_in(&repository(), &arguments, "");
    assert_eq!(ran.out.trim_end(), output, "docs/FIXES.md should have:\n{}", ran.out);
}

/// The commands of the page keep findings in a file of their own, one after the other.
#[test]
fn of_alerts() {
    let directory = TempDir::new().expect("a temporary directory");
    let store = directory.path().join("findings.redb").display().to_string();
    let run = |command: &str| {
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let arguments: Vec<&str> =
            arguments.into_iter().map(|word| if word == "findings.redb" { &store } else { word }).collect();
        stanchion_in(&repository(), &arguments, "")
    };
    let (commands, outputs) = (blocks("ALERTS.md", "sh"), blocks("ALERTS.md", "text"));
    // The first is there for what it keeps.
    let ran = run(&commands[0]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(commands.len(), outputs.len() + 1);
    for (command, output) in commands[1..].iter().zip(outputs) {
        let ran = run(command);
        assert_eq!(ran.out.trim_end(), output, "{command}: docs/ALERTS.md should have:\n{}", ran.out);
    }
}

#[test]
fn of_rulebooks() {
    let examples = blocks("RULEBOOK.md", "yaml");
    assert!(examples.len() > 2, "{examples:?}");
    let pages =
        ["ABAC.md", "ESCALATION.md", "IDENTITIES.md", "PACKS.md", "PERIMETERS.md", "PERSONAS.md", "TRUST.md"];
    let of_kinds = pages.map(|page| blocks(page, "yaml"));
    assert!(of_kinds.iter().all(|examples| !examples.is_empty()));
    for example in examples.into_iter().chain(of_kinds.into_iter().flatten()) {
        let mut load = |_: &str| Err("the page has no files beside it".to_owned());
        if let Err(error) = Rulebook::parse_alone(&example, "docs/RULEBOOK.md", &mut load) {
            panic!("{error}\nin\n{example}");
        }
    }
}

/// The examples that the page's rulebooks carry are as they say.
#[test]
fn of_examples() {
    let mut tried = 0;
    for page in blocks("PACKS.md", "yaml") {
        let mut load = |_: &str| Err("the page has no files beside it".to_owned());
        let rulebook = Rulebook::parse_alone(&page, "docs/PACKS.md", &mut load).expect("a rulebook");
        for it in try_examples(&rulebook, |rule| rule.source == 0) {
            assert!(it.as_expected, "{}: {}", it.example.name, it.says);
            tried += 1;
        }
    }
    assert!(tried > 2);
}

/// A program that reads the JSON finds each of its fields on the page.
#[test]
fn of_every_field() {
    let mut found = Vec::new();
    fields(&example(0), &mut found);
    fields(&example(1), &mut found);
    let show = ["inventory", "show", "--inventory", "src/demo", "--format", "json"];
    for more in [&[][..], &["--account", "555566667777"]] {
        fields(&stanchion_in(&repository(), &[&show, more].concat(), "").json(), &mut found);
    }
    let place = Place::violated();
    place.write("logs/events.json", attachment("e1").to_string());
    fields(&place.replay(&["--format", "json"]).json(), &mut found);
    let page = fs::read_to_string(repository().join("docs/FORMATS.md")).expect("the page");
    for field in found {
        // In a row of a table.
        let described =
            page.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{field}`")));
        assert!(described, "`{field}` is not described");
    }
}

fn fields(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.push(key.clone());
                // The keys of these are data.
                if !["context", "by_rule", "by_severity", "by_account", "policies_by_type"]
                    .contains(&key.as_str())
                {
                    fields(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}
