//! Lays the catalogue out as flat statics. Names are one long text with offsets, lists are runs of
//! small integers, and equal sets of condition keys are stored once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::layout::{array, offsets, strings};
use crate::parse::{ActionResource, Catalogue, Group, Service};

/// A file to write: its name and its text.
type File = (&'static str, String);

/// One action with what it was listed under.
struct Action<'a> {
    lower: String,
    spelled: String,
    service: usize,
    group: &'a Group,
}

/// Global numbers for what the catalogue numbers within a service.
struct Numbers {
    /// Per service: key number there to global key number.
    keys: Vec<Vec<usize>>,
    /// Per service: the global number of its first resource type.
    types: Vec<usize>,
    /// Distinct sets of global key numbers, by content.
    sets: BTreeMap<Vec<usize>, usize>,
}

impl Numbers {
    /// The number of the set of these keys of one service.
    fn set(&mut self, service: usize, keys: &[usize]) -> usize {
        let mut set: Vec<usize> = keys.iter().map(|&k| self.keys[service][k]).collect();
        set.sort_unstable();
        let next = self.sets.len();
        *self.sets.entry(set).or_insert(next)
    }
}

/// The generated files.
pub(crate) fn files(
    catalogue: &Catalogue,
    rcp: &[[String; 1]],
    regions: &[[String; 2]],
) -> Result<Vec<File>, String> {
    let services = &catalogue.services;
    if !services.is_sorted_by(|a, b| a.name < b.name) {
        return Err("data/catalogue.txt: the services are not sorted".to_owned());
    }
    let mut code = String::new();
    let mut numbers = Numbers { keys: Vec::new(), types: Vec::new(), sets: BTreeMap::new() };
    let _ = writeln!(code, "pub(super) const VERSION: &str = {:?};", catalogue.version);
    let _ = writeln!(code, "pub(super) const DATE: &str = {:?};", catalogue.date);

    keys(services, &mut code, &mut numbers);
    types(services, &mut code, &mut numbers);
    let texts = actions(services, &mut code, &mut numbers)?;
    sets(&numbers, &mut code)?;
    let rcp: BTreeSet<&String> = catalogue.rcp.iter().chain(rcp.iter().flatten()).collect();
    array(&mut code, "RCP_SERVICES", "&str", rcp.iter().map(|name| format!("{name:?}")));
    let mut partitions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [partition, region] in regions {
        partitions.entry(partition).or_default().push(region);
    }
    let rows = partitions.iter().map(|(name, regions)| format!("({name:?}, &{regions:?})"));
    array(&mut code, "PARTITIONS", "(&str, &[&str])", rows);
    let [spelled, lower] = texts;
    Ok(vec![("catalogue.rs", code), ("actions.txt", spelled), ("actions-lower.txt", lower)])
}

/// The condition keys of all services, each once.
fn keys(services: &[Service], code: &mut String, numbers: &mut Numbers) {
    // Where services disagree about a key's type, the one whose prefix the key bears knows best.
    let mut all: BTreeMap<(String, &str), (bool, &'static str)> = BTreeMap::new();
    for service in services {
        for (kind, key) in &service.keys {
            let foreign = key.split(':').next() != Some(service.name.as_str());
            let known = all.entry((key.to_ascii_lowercase(), key)).or_insert((foreign, kind));
            if known.0 && !foreign {
                *known = (foreign, kind);
            }
        }
    }
    let order: BTreeMap<&str, usize> = all.keys().enumerate().map(|(i, (_, key))| (*key, i)).collect();
    for service in services {
        numbers.keys.push(service.keys.iter().map(|(_, key)| order[key.as_str()]).collect());
    }
    strings(code, "KEYS", all.keys().map(|(_, key)| *key));
    strings(code, "KEYS_LOWER", all.keys().map(|(lower, _)| lower.as_str()));
    array(code, "KEY_TYPES", "K", all.values().map(|(_, kind)| format!("K::{kind}")));
    let templates = all.keys().enumerate().filter(|(_, (_, key))| key.contains(['$', '<']));
    array(code, "KEY_TEMPLATES", "u16", templates.map(|(i, _)| i));
}

/// The resource types, service by service.
fn types(services: &[Service], code: &mut String, numbers: &mut Numbers) {
    let mut starts = vec![0];
    let mut sets = Vec::new();
    for (at, service) in services.iter().enumerate() {
        numbers.types.push(sets.len());
        sets.extend(service.types.iter().map(|t| numbers.set(at, &t.keys)));
        starts.push(sets.len());
    }
    let all = || services.iter().flat_map(|s| &s.types);
    strings(code, "SERVICES", services.iter().map(|s| s.name.as_str()));
    array(code, "SERVICE_TYPES", "u16", starts);
    strings(code, "TYPES", all().map(|t| t.name.as_str()));
    strings(code, "TYPE_ARNS", all().map(|t| t.arn.as_str()));
    array(code, "TYPE_KEYS", "u16", sets);
}

/// The actions, sorted by lower-case full name. Returns the two texts of their names.
fn actions(services: &[Service], code: &mut String, numbers: &mut Numbers) -> Result<[String; 2], String> {
    let mut all: Vec<Action<'_>> = Vec::new();
    for (at, service) in services.iter().enumerate() {
        for group in &service.groups {
            all.extend(group.actions.iter().map(|name| {
                let spelled = format!("{}:{name}", service.name);
                Action { lower: spelled.to_ascii_lowercase(), spelled, service: at, group }
            }));
        }
    }
    all.sort_by(|a, b| a.lower.cmp(&b.lower));
    if let Some(pair) = all.windows(2).find(|pair| pair[0].lower == pair[1].lower) {
        return Err(format!("data/catalogue.txt: {} is listed twice", pair[0].spelled));
    }
    if all.len() > usize::from(u16::MAX) {
        return Err(format!("{} actions do not fit their 16-bit numbers", all.len()));
    }

    let _ = writeln!(code, "pub(super) const ACTION_COUNT: usize = {};", all.len());
    let mut ranges = vec![(0, 0); services.len()];
    let (mut pairs, mut starts, mut sets) = (Vec::new(), vec![0], Vec::new());
    let mut dependents = Vec::new();
    for (at, action) in all.iter().enumerate() {
        let range = &mut ranges[action.service];
        *range = if range.1 == 0 { (at, at + 1) } else { (range.0, at + 1) };
        sets.push(numbers.set(action.service, &action.group.keys));
        for ActionResource { number, required, keys } in &action.group.resources {
            let set = numbers.set(action.service, keys);
            pairs.push(format!("({},{required},{set})", numbers.types[action.service] + number));
        }
        starts.push(pairs.len());
        dependents.extend(action.group.dependents.iter().map(|name| format!("({at},{name:?})")));
    }
    array(code, "SERVICE_ACTIONS", "(u16, u16)", ranges.iter().map(|(a, b)| format!("({a},{b})")));
    array(code, "ACTION_SERVICE", "u16", all.iter().map(|a| a.service));
    array(code, "ACTION_LEVELS", "A", all.iter().map(|a| format!("A::{}", a.group.level)));
    array(code, "ACTION_KEYS", "u16", sets);
    array(code, "ACTION_PAIRS", "u32", starts);
    array(code, "PAIRS", "(u16, bool, u16)", pairs);
    array(code, "DEPENDENTS", "(u16, &str)", dependents);

    let texts = [all.iter().map(|a| &*a.spelled).collect(), all.iter().map(|a| &*a.lower).collect()];
    offsets(code, "ACTIONS", all.iter().map(|a| a.spelled.len()));
    for (name, file) in [("ACTIONS", "actions.txt"), ("ACTIONS_LOWER", "actions-lower.txt")] {
        let _ = writeln!(
            code,
            "pub(super) static {name}: Strings = Strings {{ \
             text: include_str!(concat!(env!(\"OUT_DIR\"), \"/{file}\")), \
             offsets: &ACTIONS_OFFSETS }};"
        );
    }
    Ok(texts)
}

/// The distinct sets of condition keys.
fn sets(numbers: &Numbers, code: &mut String) -> Result<(), String> {
    if numbers.sets.len() > usize::from(u16::MAX) {
        return Err("too many distinct sets of condition keys".to_owned());
    }
    let mut ordered: Vec<(&Vec<usize>, &usize)> = numbers.sets.iter().collect();
    ordered.sort_by_key(|(_, number)| **number);
    offsets(code, "SETS", ordered.iter().map(|(set, _)| set.len()));
    array(code, "SET_KEYS", "u16", ordered.iter().flat_map(|(set, _)| set.iter()));
    Ok(())
}
