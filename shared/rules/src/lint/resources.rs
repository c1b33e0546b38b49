//! Resource patterns that no action of the statement can be about.

use std::collections::BTreeSet;

use stanchion_policy::catalogue::ActionId;
use stanchion_policy::document::{Effect, Patterns, Statement};
use stanchion_policy::prove::asks_for_roles;

use super::actions::Matched;
use super::region::{askers, is_nobodys, policy};
use super::{At, Linter, kinds};
use crate::code::Code;
use crate::rulebook::yaml::Step;

/// Tells of each pattern by itself: a statement of it alone, without conditions, matches no request.
pub(super) fn check(linter: &mut Linter<'_>, at: &At<'_>, matched: &Matched) {
    let Some(element) = at.statement.resource.as_ref().filter(|element| !element.negated) else { return };
    if !matched.some() {
        return;
    }
    for (i, pattern) in element.patterns.iter().enumerate() {
        let path = at.path(&[Step::Key("Resource"), Step::Item(i)]);
        if pattern == "*" || pattern.contains("${") || is_nobodys(pattern) || linter.told(&path) {
            continue;
        }
        if !linter.spend(1000) {
            return;
        }
        let alone = Statement {
            resource: Some(Patterns { negated: false, patterns: vec![pattern.clone()] }),
            conditions: Vec::new(),
            ..at.statement.clone()
        };
        let askers = askers(&kinds(at.rule), &[&alone]);
        let forbidden = policy(Effect::Allow, [alone]);
        // Which roles there are to assume is not known here.
        if !asks_for_roles(&forbidden) && linter.impossible(&askers, None, &forbidden) {
            let message = format!("no action of this statement is about resources like `{pattern}`");
            linter.warn(Code::ImpossibleResource, &path, message, help(&matched.actions));
        }
    }
}

/// What the actions are about.
fn help(actions: &[ActionId]) -> Option<String> {
    if actions.is_empty() {
        return None;
    }
    let types = actions.iter().flat_map(|action| action.resource_types());
    let templates: BTreeSet<&str> = types.flat_map(|resource| resource.resource.arn_templates()).collect();
    if templates.is_empty() {
        return Some("these actions have no resources: write `*`, or leave `Resource` out".to_owned());
    }
    let some: Vec<String> = templates.iter().take(3).map(|template| format!("`{template}`")).collect();
    let more = if templates.len() > 3 { ", ..." } else { "" };
    Some(format!("they are about {}{more}", some.join(", ")))
}
