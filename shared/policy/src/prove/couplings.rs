//! What IAM's context keys have to do with each other, as clauses, so that every witness could be a
//! real request. IAM User Guide, "AWS global condition context keys", the sections of the keys.

use std::collections::BTreeMap;

use super::atom::{Atom, Claim, Clause, Variable};
use super::pattern::{Token, literal};
use super::sets::Set;
use super::solve::Domain;

/// The clauses that hold between the keys of a question; adds the domains of keys that they need.
pub(super) fn clauses(domains: &mut BTreeMap<Variable, Domain>) -> Vec<Clause> {
    let mut clauses = Vec::new();
    let has =
        |domains: &BTreeMap<Variable, Domain>, key: &str| domains.contains_key(&Variable::Key(key.into()));

    // A call through a VPC endpoint has no public source address.
    if has(domains, "aws:sourceip") {
        for key in [
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:sourcevpcarn",
            "aws:vpcsourceip",
            "aws:vpceaccount",
            "aws:vpceorgid",
        ] {
            if has(domains, key) {
                clauses.push(vec![vec![absent("aws:sourceip")], vec![absent(key)]]);
            }
        }
    }
    // The keys of an endpoint come together.
    if has(domains, "aws:sourcevpc") && has(domains, "aws:sourcevpce") {
        clauses.push(vec![vec![absent("aws:sourcevpc")], vec![present("aws:sourcevpce")]]);
        clauses.push(vec![vec![absent("aws:sourcevpce")], vec![present("aws:sourcevpc")]]);
    }
    // The age of a second factor is there exactly if one was used.
    if has(domains, "aws:multifactorauthage") && has(domains, "aws:multifactorauthpresent") {
        let used = || truth("aws:multifactorauthpresent", true);
        clauses.push(vec![vec![absent("aws:multifactorauthage")], vec![used()]]);
        clauses.push(vec![vec![used().negate()], vec![present("aws:multifactorauthage")]]);
    }
    // Services that a call came through are listed exactly if it came through some.
    let via = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"];
    for key in via {
        if !has(domains, key) {
            continue;
        }
        let through = Variable::Key("aws:viaawsservice".into());
        domains.entry(through).or_insert(Domain { may_be_absent: false, base: Vec::new() });
        let (gone, there) = if key == "aws:calledvia" {
            (Atom::key(key, Claim::Present(false)), Atom::key(key, Claim::Present(true)))
        } else {
            (absent(key), present(key))
        };
        clauses.push(vec![vec![gone], vec![truth("aws:viaawsservice", true)]]);
        clauses.push(vec![vec![truth("aws:viaawsservice", false)], vec![there]]);
    }
    // A request tag is there exactly if its key is among the tag keys.
    let tags: Vec<String> = domains
        .keys()
        .filter_map(|variable| match variable {
            Variable::Key(key) => key.strip_prefix("aws:requesttag/").map(str::to_owned),
            Variable::Resource => None,
        })
        .collect();
    if has(domains, "aws:tagkeys") {
        for tag in tags {
            let folded = literal(&tag).into_iter().map(|token| match token {
                Token::Char(c) => Token::Fold(c),
                other => other,
            });
            let set = Set::text(vec![folded.collect()]);
            let key = format!("aws:requesttag/{tag}");
            clauses.push(vec![vec![absent(&key)], vec![Atom::key("aws:tagkeys", Claim::Some(set.clone()))]]);
            clauses.push(vec![
                vec![present(&key)],
                vec![Atom::key("aws:tagkeys", Claim::Every(set.complement()))],
            ]);
        }
    }
    clauses
}

fn absent(key: &str) -> Atom {
    Atom::key(key, Claim::Value { absent: true, set: Set::Empty })
}

fn present(key: &str) -> Atom {
    Atom::key(key, Claim::Value { absent: false, set: Set::All })
}

fn truth(key: &str, value: bool) -> Atom {
    Atom::key(key, Claim::Value { absent: false, set: Set::Bools { yes: value, no: !value } })
}
