//! The packs that ship with the program are in order, and do what they say.

use std::fs;
use std::path::{Path, PathBuf};

use stanchion_rules::packs::{PACKS, rulebook, versions};
use stanchion_rules::rulebook::Expected;
use stanchion_rules::{Rulebook, lint, try_examples};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rulebooks")
}

#[test]
fn every_rulebook_of_the_directory_is_a_pack() {
    let mut files: Vec<String> = fs::read_dir(directory())
        .expect("the packs")
        .filter_map(|file| {
            file.expect("a file").path().file_name()?.to_str()?.strip_suffix(".yaml").map(str::to_owned)
        })
        .collect();
    files.sort_unstable();
    assert_eq!(files, PACKS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn a_pack_changes_with_its_version_and_its_changelog() {
    let recorded = fs::read_to_string(directory().join("versions.txt")).expect("the versions");
    let versions = versions(PACKS, &recorded).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recorded, versions, "run `cargo xtask packs`");
    let changelog = fs::read_to_string(directory().join("CHANGELOG.md")).expect("the changelog");
    for line in versions.lines() {
        let mut words = line.split(' ');
        let (name, version) = (words.next().expect("a name"), words.next().expect("a version"));
        let sections: Vec<&str> = changelog.split("\n## ").collect();
        let section = sections.iter().find(|section| section.starts_with(&format!("{name}\n")));
        let section = section.unwrap_or_else(|| panic!("the changelog has no section `{name}`"));
        let newest = section.split("\n### ").nth(1).and_then(|entry| entry.lines().next());
        assert_eq!(newest, Some(version), "the newest entry of `{name}` in the changelog");
    }
}

#[test]
fn nothing_is_to_be_said_against_a_pack() {
    for (name, text) in PACKS {
        assert_eq!(lint(text, name, None), [], "{name}");
    }
}

/// Every rule has an example of each kind, and says of each what the example expects.
#[test]
fn every_rule_is_held_to_its_examples() {
    let mut wrong = Vec::new();
    for (name, text) in PACKS {
        let (rulebook, _) = rulebook(name, text).unwrap_or_else(|error| panic!("{error}"));
        for rule in &rulebook.rules {
            let some = |wanted: fn(&Expected) -> bool| rule.examples.iter().any(|it| wanted(&it.expected));
            assert!(some(|it| matches!(it, Expected::Passes)), "{}: nobody passes", rule.id);
            assert!(some(|it| matches!(it, Expected::Fails(_))), "{}: nobody fails", rule.id);
        }
        let tried = try_examples(&rulebook, |_| true);
        let others = tried.iter().filter(|tried| !tried.as_expected);
        wrong.extend(others.map(|it| format!("{} / {}: {}", it.rule.id, it.example.name, it.says)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Examples are a pack's own; what its settings leave out, they show.
#[test]
fn what_is_set_is_not_told() {
    let text = "version: 1
extends:
  - from: pack:privilege-escalation@3
    with:
      known-administrators: { names: [Example] }
      may-be-changed: ['arn:aws:iam::*:policy/*', 'arn:aws:lambda:*:*:function:*']
      identity-center-accounts: ['444455556666']
  - from: pack:identity@1
    with: { key-age: null, role-unused: 365 }
";
    let rulebook = Rulebook::parse(text, "test").unwrap_or_else(|error| panic!("{error}"));
    let says = |id: &str| {
        let tried = try_examples(&rulebook, |rule| rule.id == id);
        let fails = tried.iter().find(|it| matches!(it.example.expected, Expected::Fails(_)));
        fails.unwrap_or_else(|| panic!("{id}")).says.clone()
    };
    for id in [
        "administrators-are-known",
        "no-new-version-of-a-policy",
        "no-code-of-functions-with-more",
        "access-keys-are-young-and-in-use",
        "roles-are-in-use",
    ] {
        assert_eq!(says(id), "holds", "{id}");
    }
    assert!(says("no-inline-policy-of-a-group").starts_with("iam:PutGroupPolicy"));
    let sets = rulebook.rules.iter().find(|rule| rule.id == "no-permission-sets").expect("a rule");
    assert_eq!(sets.scope.accounts, ["444455556666"]);
}
