//! Requests made of the policies' own patterns: what they spell out, their wildcards filled in, and
//! near misses. Whatever is proven to be impossible must not be among them.

use std::collections::BTreeMap;

use stanchion_policy::decide::{Outcome, matches};
use stanchion_policy::prove::Asker;
use stanchion_policy::{Context, Layers, Policy, Request, decide};

/// How many requests one proof is held against.
const SAMPLES: usize = 150;

/// What requests may look like, besides what policies spell out.
pub(crate) struct Realm<'a> {
    pub(crate) actions: &'a [&'a str],
    pub(crate) account: &'a str,
    /// Keys of one value that a request may have or not.
    pub(crate) keys: &'a [&'a str],
    /// Keys that every request has one of these values of.
    pub(crate) always: &'a [(&'a str, &'a [&'a str])],
    /// Whether there can be such a resource.
    pub(crate) is_real: fn(&str) -> bool,
}

/// A small generator: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'v, T>(&mut self, all: &'v [T]) -> &'v T {
        &all[self.roll(all.len())]
    }
}

/// A request that is authorized and forbidden, if one of the samples is; `seed` decides which are made.
pub(crate) fn counterexample(
    asker: &Asker,
    layers: &Layers,
    forbidden: &Policy,
    realm: &Realm<'_>,
    seed: u64,
) -> Option<Request> {
    let (mut resources, mut values) = (Vec::new(), vec!["x".to_owned()]);
    let named = layers.identity.iter().chain(&layers.boundary).chain(layers.session.iter().flatten());
    let levels = layers.scps.iter().chain(&layers.rcps).flat_map(|level| &level.policies);
    let policies = named.chain(levels).map(|named| &named.policy).chain([forbidden]);
    for statement in policies.filter_map(|policy| policy.document().ok()).flat_map(|d| &d.statements) {
        resources.extend(statement.resource.iter().flat_map(|element| element.patterns.clone()));
        values.extend(statement.conditions.iter().flat_map(|condition| condition.values.clone()));
    }
    let mut dice = Dice(seed);
    for _ in 0..SAMPLES {
        let mut chosen: BTreeMap<String, String> = BTreeMap::new();
        for entry in asker.known.iter() {
            chosen.insert(entry.key.to_ascii_lowercase(), entry.values.join(","));
        }
        for key in realm.keys {
            if dice.roll(4) > 0 {
                let value = fill(dice.pick(&values).as_str(), &chosen, &mut dice);
                chosen.insert(key.to_ascii_lowercase(), value);
            }
        }
        for (key, values) in realm.always {
            chosen.insert(key.to_ascii_lowercase(), (*dice.pick(values)).to_owned());
        }
        let resource = fill(dice.pick(&resources).as_str(), &chosen, &mut dice);
        if !(realm.is_real)(&resource) {
            continue;
        }
        let mut context = Context::new();
        for (key, value) in chosen {
            context.insert(&key, vec![value]);
        }
        let action = dice.pick(realm.actions);
        let request = Request::new(asker.caller.clone(), action, &resource, Some(realm.account), context);
        let Ok(request) = request else { continue };
        let forbids = matches(&request, forbidden) == Some(true);
        if forbids && decide(&request, layers).outcome == Outcome::Allow {
            return Some(request);
        }
    }
    None
}

/// A text that a pattern may match, or one close to it.
fn fill(pattern: &str, chosen: &BTreeMap<String, String>, dice: &mut Dice) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|rest| rest.split_once('}'));
        if let Some((name, after)) = variable {
            let (key, default) = name.split_once(", '").unwrap_or((name, "x'"));
            let value = chosen.get(&key.to_ascii_lowercase()).map(String::as_str);
            text.push_str(value.unwrap_or(default.trim_end_matches('\'')));
            rest = after;
            continue;
        }
        match c {
            '*' => text.push_str(["", "a", "b/x", "*", "none/y"][dice.roll(5)]),
            '?' => text.push_str(["a", "b", "x"][dice.roll(3)]),
            other => text.push(other),
        }
        rest = &rest[c.len_utf8()..];
    }
    match dice.roll(8) {
        0 => text.push('x'),
        1 => drop(text.pop()),
        _ => {}
    }
    text
}
