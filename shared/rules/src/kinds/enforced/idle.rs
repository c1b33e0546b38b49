//! Guardrails that do nothing: policies of the organization that bind nobody, their statements that no request
//! can match, and statements of rules of which it is asked whether they are enforced.

use stanchion_inventory::{Inventory, Organization, OrganizationPolicy, RCP, SCP};
use stanchion_policy::Context;
use stanchion_policy::document::{Document, Effect, Statement};
use stanchion_policy::idle::{Limit, Search};
use stanchion_policy::prove::Home;

use super::partition;
use super::region::is_beyond;
use crate::asker::{PRINCIPAL, RESOURCE};
use crate::evaluator::Evaluator;
use crate::rulebook::{EnforcedBy, Kind};

/// How many steps of the prover one policy or rule may take.
const STEPS: u64 = 3_000_000;

/// How many accounts that a policy names are asked about.
const MOST_NAMED: usize = 16;

/// How many notes are told.
const MOST_TOLD: usize = 50;

/// What does nothing, each in a sentence: by the policies' ids, then by the rules' order.
pub(crate) fn idle(evaluator: &Evaluator<'_>) -> Vec<String> {
    let Some(organization) = evaluator.inventory().organization() else { return Vec::new() };
    let mut notes = Vec::new();
    for (id, policy) in organization.policies.iter().flatten() {
        if let Some(limit) = limit(policy).filter(|_| OrganizationPolicy::aws_managed(id).is_none()) {
            let told = of_policy(evaluator, organization, (id, policy), limit);
            notes.extend(
                told.into_iter().map(|told| format!("{} ({}) {told}", called(limit, id), policy.name)),
            );
        }
    }
    notes.extend(of_rules(evaluator));
    let more = notes.len().saturating_sub(MOST_TOLD);
    notes.truncate(MOST_TOLD);
    notes.extend((more > 0).then(|| format!("{more} more policies and statements do nothing")));
    notes
}

fn limit(policy: &OrganizationPolicy) -> Option<Limit> {
    match policy.kind.as_str() {
        SCP => Some(Limit::Scp),
        RCP => Some(Limit::Rcp),
        _ => None,
    }
}

fn called(limit: Limit, id: &str) -> String {
    match limit {
        Limit::Scp => format!("SCP {id}"),
        Limit::Rcp => format!("RCP {id}"),
    }
}

/// What of a policy does nothing, told of the policy.
fn of_policy(
    evaluator: &Evaluator<'_>,
    organization: &Organization,
    (id, policy): (&str, &OrganizationPolicy),
    limit: Limit,
) -> Vec<String> {
    if organization.is_enabled(&policy.kind) == Some(false) {
        return vec!["does nothing: policies of its type are not enabled in the organization".to_owned()];
    }
    let Some(targets) = organization.targets(id) else { return Vec::new() };
    if targets.is_empty() {
        return vec!["does nothing: it is attached to nothing".to_owned()];
    }
    // Without a list of accounts, and of who is the management account, it is not known whom a target holds.
    if organization.accounts.is_none() || organization.management_account.is_none() {
        return Vec::new();
    }
    let inventory = evaluator.inventory();
    let under = targets.iter().flat_map(|target| inventory.accounts_under(target));
    let members: Vec<String> = under.filter(|account| inventory.is_member(account)).collect();
    if members.is_empty() {
        let what = "there is no account that it could bind, since the management account is bound by none";
        return vec![format!("does nothing: in {} {what}", targets.join(", "))];
    }
    let Ok(document) = policy.policy.document() else { return Vec::new() };
    let text = policy.content.as_deref().unwrap_or_default();
    let Some(homes) = homes(inventory, &members, text) else { return Vec::new() };
    of_statements(document, Search::new(limit, homes, STEPS))
}

/// What of a policy's statements does nothing.
fn of_statements(document: &Document, mut search: Search<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let mut rest = document.clone();
    // Of two statements that deny the same, the later one is told.
    for (index, statement) in document.statements.iter().enumerate().rev() {
        let name = statement_name(index, statement);
        if let Some(idle) = search.idle(document, index) {
            told.push(format!("has a statement that {idle} ({name})"));
        } else if statement.effect == Effect::Deny && search.is_needless(&rest, index) {
            told.push(format!("has a statement that denies nothing which the others do not deny ({name})"));
        } else {
            continue;
        }
        rest.statements.remove(index);
    }
    told.reverse();
    told
}

fn statement_name(index: usize, statement: &Statement) -> String {
    statement.sid.as_ref().map_or_else(|| format!("statement {index}"), |sid| format!("statement `{sid}`"))
}

/// What of the rules matches nothing, so that it is enforced without any policy.
fn of_rules(evaluator: &Evaluator<'_>) -> Vec<String> {
    let inventory = evaluator.inventory();
    let members = inventory.member_accounts();
    let mut told = Vec::new();
    for rule in &evaluator.rulebook().rules {
        let Kind::Guardrail(guardrail) = &rule.kind else { continue };
        let limit = match guardrail.enforced_by {
            Some(EnforcedBy::Scp) => Limit::Scp,
            Some(EnforcedBy::Rcp) => Limit::Rcp,
            // Statements that nothing matches in an endpoint's way are told as any rule's are.
            Some(EnforcedBy::Endpoint) | None => continue,
        };
        let text = format!("{:?}", guardrail.forbid);
        let Some(homes) = homes(inventory, &members, &text) else { continue };
        let mut search = Search::new(limit, homes, STEPS);
        for (index, statement) in guardrail.forbid.statements.iter().enumerate() {
            // Of those there is a note in any case.
            if limit == Limit::Rcp && is_beyond(statement) {
                continue;
            }
            if let Some(idle) = search.idle(&guardrail.forbid, index) {
                told.push(format!("{}: statement {index} of `forbid` {idle}", rule.id));
            }
        }
    }
    told
}

/// The accounts to ask about for an answer about all: those that a text names, and one that it does not.
/// `None`: it names too many.
fn homes<'m>(inventory: &'m Inventory, members: &'m [String], text: &str) -> Option<Vec<Home<'m>>> {
    let (named, others): (Vec<&String>, Vec<&String>) = members.iter().partition(|id| text.contains(*id));
    let of = |keys: [&str; 2]| {
        let mut known = Context::new();
        // Where in the organization an account is may be anything.
        if let Some(id) = inventory.organization_id() {
            known.insert(keys[0], vec![id.to_owned()]);
        }
        known
    };
    let home = |account: &'m String| Home {
        partition: partition(inventory),
        account,
        of_principal: of(PRINCIPAL),
        of_resource: of(RESOURCE),
        now: None,
    };
    (named.len() <= MOST_NAMED).then(|| others.into_iter().take(1).chain(named).map(home).collect())
}
