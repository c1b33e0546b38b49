//! Every sample under `events/` is one that the program knows.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::place::{repository, stanchion_in};

#[test]
fn every_sample_is_a_change_or_known_to_be_none() {
    let mut files: Vec<_> = fs::read_dir(repository().join("events"))
        .expect("the samples")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .filter(|name| name.ends_with(".json"))
        .collect();
    files.sort();
    assert!(files.len() > 100, "{} samples", files.len());
    let paths: Vec<String> = files.iter().map(|file| format!("events/{file}")).collect();
    let mut arguments = vec!["react"];
    arguments.extend(paths.iter().map(String::as_str));
    arguments.extend(["--inventory", "src/demo", "--rulebook", "src/demo/rulebook.yaml", "--format", "json"]);
    let ran = stanchion_in(&repository(), &arguments, "");
    assert_ne!(ran.code, Some(2), "{}", ran.err);
    let report = ran.json();
    let changes = report["changes"].as_array().expect("a list");
    assert_eq!(changes.len(), files.len(), "each sample is one event");
    let names: BTreeSet<&str> =
        changes.iter().map(|change| change["event_name"].as_str().expect("a name")).collect();
    for change in changes {
        match &change["ignored"] {
            Value::Null => assert!(change["kind"].is_string(), "{change:#}"),
            reason => assert_eq!(reason, "no-effect", "{change:#}"),
        }
    }
    for file in &files {
        let name = file.split('.').nth(1).expect("a name");
        assert!(names.contains(name), "{file} holds no {name}");
    }
}

/// The same, each by itself: none needs another one to be understood.
#[test]
fn every_sample_reads_by_itself() {
    for file in ["iam.AttachRolePolicy.json", "organizations.MoveAccount.json", "iam.CreateGroup.json"] {
        let path = format!("events/{file}");
        let arguments =
            ["react", path.as_str(), "--inventory", "src/demo", "--rulebook", "src/demo/rulebook.yaml"];
        let ran = stanchion_in(&repository(), &arguments, "");
        assert_ne!(ran.code, Some(2), "{file}: {}", ran.err);
        assert!(ran.out.contains("1 event: "), "{file}: {}", ran.out);
    }
}
