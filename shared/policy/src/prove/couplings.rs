//! What IAM's context keys have to do with each other, as clauses, so that every witness could be a
//! real request. IAM User Guide, "AWS global condition context keys", the sections of the keys.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::atom::{Atom, Claim, Clause, Variable, any_of};
use super::domains::{Domain, Domains};
use super::facts::Key;
use super::pattern::ignoring_case;
use super::sets::Set;
use super::stack::Stack;
use super::values::holds;

/// The keys that [`clauses`] begins with.
const COUPLED: [&str; 13] = [
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tagkeys",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
];

/// The clauses that hold between the keys of a question; adds the domains of keys that they need.
pub(super) fn clauses(domains: &mut Domains, stack: &Stack<'_>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    // A key of which the user says something takes part, and its value is not the search's choice.
    let said = |key: &str| stack.given.says(key);
    let coupled: Vec<Rc<Key>> = domains.variables().filter_map(coupled).collect();
    if coupled.is_empty() && stack.given.says_nothing() {
        return clauses;
    }
    let has = |key: &str| coupled.iter().any(|own| *own.name == *key) || said(key);
    let absent = |key: &str| absent(stack, key);
    let present = |key: &str| present(stack, key);
    let truth = |key: &str, value: bool| truth(stack, key, value);
    let either = |one: Atom, other: Atom| any_of(vec![[one].into(), [other].into()]);

    // A call through a VPC endpoint has no public source address.
    if has("aws:sourceip") {
        for key in [
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:sourcevpcarn",
            "aws:vpcsourceip",
            "aws:vpceaccount",
            "aws:vpceorgid",
        ] {
            if has(key) {
                clauses.push(either(absent("aws:sourceip"), absent(key)));
            }
        }
    }
    // The keys of an endpoint come together.
    if has("aws:sourcevpc") && has("aws:sourcevpce") {
        clauses.push(either(absent("aws:sourcevpc"), present("aws:sourcevpce")));
        clauses.push(either(absent("aws:sourcevpce"), present("aws:sourcevpc")));
    }
    // The age of a second factor is there exactly if one was used.
    if has("aws:multifactorauthage") && has("aws:multifactorauthpresent") {
        let used = || truth("aws:multifactorauthpresent", true);
        clauses.push(either(absent("aws:multifactorauthage"), used()));
        clauses.push(either(used().negate(), present("aws:multifactorauthage")));
    }
    // Services that a call came through are listed exactly if it came through some.
    let via = ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"];
    for key in via {
        if !has(key) {
            continue;
        }
        let through = Variable::Key(stack.key("aws:viaawsservice"));
        if !said("aws:viaawsservice") {
            domains.add(&through, || Domain { may_be_absent: false, base: None });
        }
        let (gone, there) = if key == "aws:calledvia" {
            let key = &stack.key(key);
            (Atom::key(key, Claim::Present(false)), Atom::key(key, Claim::Present(true)))
        } else {
            (absent(key), present(key))
        };
        clauses.push(either(gone, truth("aws:viaawsservice", true)));
        clauses.push(either(truth("aws:viaawsservice", false), there));
    }
    // A request tag is there exactly if its key is among the tag keys.
    if has("aws:tagkeys") {
        let names = domains.variables().filter_map(Variable::name).map(str::to_owned);
        let names = names.chain(stack.given.values.iter().map(|entry| entry.key.to_ascii_lowercase()));
        let tags: BTreeSet<String> =
            names.filter_map(|name| Some(name.strip_prefix("aws:requesttag/")?.to_owned())).collect();
        let keys = stack.key("aws:tagkeys");
        for tag in tags {
            let set = Set::text(vec![ignoring_case(&tag)]);
            let key = format!("aws:requesttag/{tag}");
            clauses.push(either(absent(&key), Atom::key(&keys, Claim::Some(set.clone()))));
            clauses.push(either(present(&key), Atom::key(&keys, Claim::Every(set.complement()))));
        }
    }
    // So it is with the tags of a session, and only those that are passed can be transitive.
    for (call, always) in [("session/aws:tagkeys", true), ("session/sts:transitivetagkeys", false)] {
        if !has(call) {
            continue;
        }
        let names = domains.variables().filter_map(Variable::name);
        let tags: Vec<&str> = names.filter_map(|name| name.strip_prefix("aws:principaltag/")).collect();
        let keys = stack.key(call);
        for tag in tags {
            let set = Set::text(vec![ignoring_case(tag)]);
            let key = format!("aws:principaltag/{tag}");
            if always {
                clauses.push(either(absent(&key), Atom::key(&keys, Claim::Some(set.clone()))));
            }
            clauses.push(either(present(&key), Atom::key(&keys, Claim::Every(set.complement()))));
        }
    }
    clauses.into_iter().filter_map(|clause| settled(clause, stack)).collect()
}

/// Whether other keys have to do with a key, given in lower case.
pub(super) fn is_coupled(key: &str) -> bool {
    COUPLED.contains(&key) || key.starts_with("session/")
}

/// The key of a variable that others have to do with.
fn coupled(variable: &Variable) -> Option<Rc<Key>> {
    match variable {
        Variable::Key(key) if key.is_coupled => Some(Rc::clone(key)),
        Variable::Key(_) | Variable::Resource => None,
    }
}

/// What is left of a clause where the values of some keys are said; `None`: nothing that could fail. What
/// is said of all keys of a clause is believed.
fn settled(clause: Clause, stack: &Stack<'_>) -> Option<Clause> {
    if stack.given.says_nothing() {
        return Some(clause);
    }
    let said = |atom: &Atom| {
        let value = stack.given.value(atom.variable.name()?)?;
        Some(holds(&atom.claim, &value))
    };
    let mut left = Vec::new();
    for alternative in clause.iter() {
        match alternative.iter().map(said).collect::<Option<Vec<bool>>>() {
            Some(holds) if holds.iter().all(|holds| *holds) => return None,
            Some(_) => {}
            None => left.push(Rc::clone(alternative)),
        }
    }
    (!left.is_empty()).then(|| left.into())
}

fn absent(stack: &Stack<'_>, key: &str) -> Atom {
    Atom::key(&stack.key(key), Claim::Value { absent: true, set: Set::Empty })
}

fn present(stack: &Stack<'_>, key: &str) -> Atom {
    Atom::key(&stack.key(key), Claim::Value { absent: false, set: Set::All })
}

fn truth(stack: &Stack<'_>, key: &str, value: bool) -> Atom {
    Atom::key(&stack.key(key), Claim::Value { absent: false, set: Set::Bools { yes: value, no: !value } })
}
