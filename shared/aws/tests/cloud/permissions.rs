//! The page and the templates name the actions that are asked, and no others.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stanchion_aws::cloud::{IAM_ACTIONS, ORGANIZATION_ACTIONS, WATCH_ACTIONS};

/// The actions of these services that a text names.
fn named(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = fs::read_to_string(path).expect(file);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    let services = ["cloudtrail:", "events:", "iam:", "organizations:", "sso:", "identitystore:"];
    let is_action = |word: &&str| {
        services.iter().any(|service| {
            word.strip_prefix(service).is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    };
    // Who puts events is EventBridge.
    words.filter(is_action).filter(|word| *word != "events:PutEvents").map(str::to_owned).collect()
}

fn asked() -> BTreeSet<String> {
    IAM_ACTIONS
        .iter()
        .chain(&ORGANIZATION_ACTIONS)
        .chain(&WATCH_ACTIONS)
        .map(|action| (*action).to_owned())
        .collect()
}

#[test]
fn the_page_lists_every_action_and_no_other() {
    assert_eq!(named("docs/AWS.md"), asked());
}

#[test]
fn the_templates_allow_every_action_and_no_other() {
    assert_eq!(named("template.yaml"), asked());
    assert_eq!(named("member.yaml"), asked());
}
