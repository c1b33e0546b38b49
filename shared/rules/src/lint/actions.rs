//! Action patterns that match no action.

use stanchion_policy::catalogue::{self, ActionId};

use super::{At, Linter, did_you_mean};
use crate::code::Code;
use crate::glob;
use crate::rulebook::nearest;
use crate::rulebook::yaml::Step;

/// What a statement's action element matches.
pub(super) struct Matched {
    pub(super) actions: Vec<ActionId>,
    /// Whether it names actions that the catalogue lacks, or was too much to look through.
    pub(super) more: bool,
}

impl Matched {
    pub(super) fn some(&self) -> bool {
        self.more || !self.actions.is_empty()
    }
}

/// Tells of patterns that match nothing; gives what the others match.
pub(super) fn check(linter: &mut Linter<'_>, at: &At<'_>) -> Matched {
    let element = &at.statement.action;
    let name = if element.negated { "NotAction" } else { "Action" };
    let mut inside = vec![false; catalogue::ACTION_COUNT];
    let mut more = false;
    for (i, pattern) in element.patterns.iter().enumerate() {
        let path = at.path(&[Step::Key(name), Step::Item(i)]);
        if pattern.contains(|c: char| c == ',' || c.is_whitespace()) {
            let message = format!("`{pattern}` matches no action: it holds white space or a comma");
            linter.warn(Code::UnknownAction, &path, message, Some("write a list of actions".to_owned()));
            continue;
        }
        let Some(found) = matching(linter, pattern) else {
            more = true;
            continue;
        };
        if found.is_empty() {
            let message = format!("`{pattern}` matches no action of the catalogue of {}", catalogue::DATE);
            let help = help(linter, pattern);
            linter.warn(Code::UnknownAction, &path, message, help);
        }
        found.iter().for_each(|action| inside[action.index()] = true);
    }
    let actions = catalogue::actions().filter(|action| inside[action.index()] != element.negated).collect();
    Matched { actions, more }
}

/// The actions that a pattern matches; `None`: there was no time to look.
fn matching(linter: &mut Linter<'_>, pattern: &str) -> Option<Vec<ActionId>> {
    let lower = squeezed(pattern);
    let stem = lower.split(['*', '?']).next().unwrap_or_default();
    let range = catalogue::prefixed_actions(stem);
    // No name is half as long; and what is longer need not be compared.
    if lower.len() > 512 {
        return Some(Vec::new());
    }
    if !linter.spend(range.len() as u64 * (8 + lower.len() as u64 / 4)) {
        return None;
    }
    let all = range.filter_map(ActionId::from_index);
    Some(all.filter(|action| glob::matches_ascii(&lower, action.full_name_lower())).collect())
}

/// In lower case, with `*` in place of `**`.
fn squeezed(pattern: &str) -> String {
    let mut squeezed = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if c != '*' || !squeezed.ends_with('*') {
            squeezed.push(c.to_ascii_lowercase());
        }
    }
    squeezed
}

/// The nearest pattern that matches something.
fn help(linter: &mut Linter<'_>, pattern: &str) -> Option<String> {
    if pattern.len() > 128 || !linter.spend(1000) {
        return None;
    }
    let (service, name) = pattern.split_once(':')?;
    if !catalogue::service_known(service) {
        let services: Vec<&str> = catalogue::services().collect();
        let near = nearest(service, &services).map(|near| format!("{near}:{name}"));
        if let Some(near) = near.filter(|near| matching(linter, near).is_some_and(|found| !found.is_empty()))
        {
            return Some(did_you_mean(near));
        }
        return elsewhere(name);
    }
    let own = catalogue::service_actions(service).filter_map(ActionId::from_index);
    let stem = name.split(['*', '?']).next().unwrap_or_default();
    let rest = name.get(stem.len()..).unwrap_or_default();
    // Of a pattern, the part before the first wildcard is compared with as much of each name.
    let names: Vec<&str> = own
        .map(|action| action.name())
        .map(|known| if rest.is_empty() { known } else { known.get(..stem.len()).unwrap_or(known) })
        .collect();
    let Some(near) = nearest(stem, &names) else { return elsewhere(name) };
    let near = format!("{service}:{near}{rest}");
    matching(linter, &near).is_some_and(|found| !found.is_empty()).then(|| did_you_mean(near))
}

/// The action of this name in another service.
fn elsewhere(name: &str) -> Option<String> {
    let same = catalogue::actions().find(|action| action.name().eq_ignore_ascii_case(name))?;
    Some(did_you_mean(same.full_name()))
}
