//! Every line of `docs/TRUST-POLICIES.md` is judged as it says.

use std::collections::BTreeSet;

use stanchion_rules::Rulebook;

use crate::page::{blocks, checks, sections};
use crate::world::{judged, lent};

const PAGE: &str = include_str!("../../../../docs/TRUST-POLICIES.md");

/// The rulebook of the page, with the registry that it names.
fn rulebook() -> Rulebook {
    let [rulebook, registry] = blocks(PAGE, "yaml")[..] else { panic!("a rulebook and a registry") };
    let mut load = |path: &str| match path {
        "known-accounts.yaml" => Ok(registry.to_owned()),
        _ => Err("no such file".to_owned()),
    };
    Rulebook::parse_with(rulebook, "page", &mut load).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_trust_policy_is_judged_as_the_page_says() {
    let rulebook = rulebook();
    let mut wrong = Vec::new();
    for check in checks(PAGE) {
        let (told, says) = judged(&rulebook, &lent(&check.statement));
        if told != check.expect || check.says.as_ref().is_some_and(|part| !says.contains(part)) {
            wrong.push(format!("{}: {told:?}, for {:?}: {says}", check.id, check.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_is_about_every_kind_and_says_where_it_is_from() {
    let checks = checks(PAGE);
    let ids: BTreeSet<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids.len(), checks.len(), "ids are told once");
    assert!(checks.len() >= 60, "{}", checks.len());
    for (section, sourced) in sections(PAGE) {
        assert!(sourced, "{section} says no source");
    }
    // What vendors and guides recommend is among them, and is in order.
    let documented: Vec<_> = checks.iter().filter(|check| check.id.ends_with("-as-documented")).collect();
    assert!(documented.len() >= 10);
    assert!(documented.iter().all(|check| check.expect == ["holds"]));
}
