//! Where a ceiling leaks, in words, and who can use the leak today.

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::document::{Document, Effect, Statement};
use stanchion_policy::prove::Witness;
use stanchion_policy::{Caller, Context, Level, Policy, Request, decide};

use super::Leak;
use crate::evaluator::Evaluator;
use crate::judgement::Judgement;
use crate::rulebook::Rule;

/// How many of those who can use a leak are named.
const MOST_NAMED: usize = 5;

/// Where policies of the organization, called so and of this type, leak.
pub(super) fn place(name: &str, type_name: &str, account: &str, levels: &[Level], leak: &Leak) -> String {
    if levels.is_empty() {
        return format!("{type_name} are not enabled in the organization");
    }
    let exempting = exempting(levels, leak);
    if !exempting.is_empty() {
        return format!("{} would deny it, but for the conditions", exempting.join(" and "));
    }
    let above = levels.iter().map(|level| match &*level.name {
        name if name == account => format!("account {account}"),
        name => name.to_owned(),
    });
    let above: Vec<String> = above.collect();
    match above.as_slice() {
        [one] => format!("no {name} at {one} denies it"),
        [some @ .., last] => format!("no {name} at {} or {last} denies it", some.join(", ")),
        [] => String::new(),
    }
}

/// The statements that deny the action on the resource under conditions that the request does not meet.
fn exempting(levels: &[Level], leak: &Leak) -> Vec<String> {
    let Some(request) = request(&leak.witness, &leak.resource_account) else { return Vec::new() };
    let mut found = Vec::new();
    for level in levels {
        for named in &level.policies {
            let statements = named.policy.document().into_iter().flat_map(|document| &document.statements);
            for (at, statement) in statements.enumerate() {
                if statement.effect == Effect::Deny && is_about(statement, &request) {
                    let which = match &statement.sid {
                        Some(sid) => format!("statement `{sid}`"),
                        None => format!("statement {at}"),
                    };
                    found.push(format!("{which} of {} at {}", named.name, level.name));
                }
            }
        }
    }
    found
}

/// Whether a statement would match a request, were it not for its conditions.
fn is_about(statement: &Statement, request: &Request) -> bool {
    let bare =
        Statement { effect: Effect::Allow, principal: None, conditions: Vec::new(), ..statement.clone() };
    let document = Document { version: Default::default(), version_given: true, statements: vec![bare] };
    decide::matches(request, &Policy::of(document)) == Some(true)
}

fn request(witness: &Witness, resource_account: &str) -> Option<Request> {
    let mut context = Context::new();
    for (key, values) in &witness.context {
        context.insert(key, values.clone());
    }
    let caller = Caller::parse(&witness.principal).ok()?;
    Request::new(caller, &witness.action, &witness.resource, Some(resource_account), context).ok()
}

/// Who in the account breaks the same guardrail by what it has today.
pub(super) fn users(rule: &Rule, evaluator: &Evaluator<'_>, account: &str) -> String {
    let inventory: &Inventory = evaluator.inventory();
    if inventory.account(account).is_none() {
        return "who in the account can use it is not known: its details are not in the inventory".to_owned();
    }
    let violates = |principal: &&Principal| {
        let facets = evaluator.about(principal, |asked| asked.one(&rule.id));
        facets.is_some_and(|facets| facets.iter().any(|(_, j)| matches!(j, Judgement::Violated { .. })))
    };
    let able = inventory.principals_of(account).filter(violates).take(MOST_NAMED + 1);
    let mut names: Vec<String> = able.map(name).collect();
    let more = names.len() > MOST_NAMED;
    names.truncate(MOST_NAMED);
    match names.as_slice() {
        [] => "nobody in the account is known to have the permission today".to_owned(),
        names if more => format!("today {} and others can use it", names.join(", ")),
        names => format!("today {} can use it", names.join(", ")),
    }
}

/// `role/Admin`: the account is told already.
fn name(principal: &Principal) -> String {
    principal.arn.splitn(6, ':').last().unwrap_or(&principal.arn).to_owned()
}
