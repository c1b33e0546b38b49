//! Scopes and exemptions that an inventory has nobody for.

use std::collections::BTreeMap;

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::decide::arn_like;

use super::{Linter, RulePath, did_you_mean, in_rule};
use crate::code::Code;
use crate::kinds::is_of;
use crate::rulebook::yaml::Step;
use crate::rulebook::{Kind, Rule, nearest};
use crate::scope::{InScope, in_scope};

/// Tells of OUs, accounts and exemptions that the inventory lacks, and of rules about nobody.
pub(super) fn check(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, inventory: &Inventory) {
    if !linter.spend(inventory.principals().count() as u64 * (1 + rule.except.len() as u64)) {
        return;
    }
    let told = linter.found.len();
    ous(linter, place, rule, inventory);
    accounts(linter, place, rule, inventory);
    exemptions(linter, place, rule, inventory);
    // What has been told explains it.
    if linter.found.len() == told {
        about_nobody(linter, place, rule, inventory);
    }
}

fn ous(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, inventory: &Inventory) {
    let Some(organization) = inventory.organization() else { return };
    // Where one of the lists is missing, nothing is known to be absent.
    let (Some(roots), Some(units)) = (&organization.roots, &organization.units) else { return };
    let names: BTreeMap<&str, &str> = roots
        .iter()
        .map(|(id, root)| (id.as_str(), root.name.as_str()))
        .chain(units.iter().map(|(id, unit)| (id.as_str(), unit.name.as_str())))
        .collect();
    for (i, id) in rule.scope.ous.iter().enumerate().filter(|(_, id)| !names.contains_key(id.as_str())) {
        let ids: Vec<&str> = names.keys().copied().collect();
        // An id of another root, or one in whose place the unit's name was written.
        let unit = |id: &str| id.splitn(3, '-').nth(2).map(str::to_ascii_lowercase);
        let same = names.iter().find(|(known, name)| {
            let wanted = unit(id);
            wanted.is_some() && (unit(known) == wanted || Some(name.to_ascii_lowercase()) == wanted)
        });
        let near = same.map(|(known, _)| *known).or_else(|| nearest(id, &ids));
        let help = near.map(|near| format!("did you mean `{near}` ({})?", names[near]));
        let path = in_rule(place, &[Step::Key("scope"), Step::Key("ous"), Step::Item(i)]);
        linter.warn(Code::UnknownOu, &path, format!("the inventory has no OU `{id}`"), help);
    }
}

fn accounts(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, inventory: &Inventory) {
    let listed = inventory.organization().and_then(|organization| organization.accounts.as_ref());
    if inventory.organization().is_some() && listed.is_none() {
        return;
    }
    let mut names: BTreeMap<&str, &str> = inventory.accounts().map(|account| (account.id(), "")).collect();
    names.extend(listed.into_iter().flatten().map(|(id, account)| (id.as_str(), account.name.as_str())));
    for (i, id) in rule.scope.accounts.iter().enumerate().filter(|(_, id)| !names.contains_key(id.as_str())) {
        let ids: Vec<&str> = names.keys().copied().collect();
        let help = nearest(id, &ids).map(|near| match names[near] {
            "" => did_you_mean(near),
            name => format!("did you mean `{near}` ({name})?"),
        });
        let path = in_rule(place, &[Step::Key("scope"), Step::Key("accounts"), Step::Item(i)]);
        linter.warn(Code::UnknownAccount, &path, format!("the inventory has no account `{id}`"), help);
    }
}

fn exemptions(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, inventory: &Inventory) {
    for (i, pattern) in rule.except.iter().enumerate() {
        let path = in_rule(place, &[Step::Key("except"), Step::Item(i)]);
        // Roles of AWS's own come and go with the services that are used.
        let reserved = pattern.contains(":role/aws-service-role/") || pattern.contains(":role/aws-reserved/");
        if reserved || linter.told(&path) || inventory.principals().any(|p| arn_like(pattern, &p.arn)) {
            continue;
        }
        let message = format!("`{pattern}` fits nobody in the inventory");
        linter.warn(Code::UnusedExemption, &path, message, near_principal(pattern, inventory));
    }
}

/// The pattern with the name, or the path, of a principal that there is.
fn near_principal(pattern: &str, inventory: &Inventory) -> Option<String> {
    let (head, resource) = pattern.rsplit_once(':')?;
    let (kind, rest) = resource.split_once('/')?;
    let name = rest.rsplit('/').next()?;
    let known = |principal: &&Principal| {
        let resource = principal.arn.rsplit(':').next().unwrap_or_default();
        resource.split('/').next() == Some(kind)
    };
    let all: Vec<&Principal> = inventory.principals().filter(known).collect();
    let names: Vec<&str> = all.iter().map(|principal| principal.name.as_str()).collect();
    let near = nearest(name, &names)?;
    let found = all.iter().find(|principal| principal.name == near)?;
    let suggested = format!("{head}:{kind}{}{near}", found.path);
    // The name may be right and only the account be another.
    Some(did_you_mean(if suggested == pattern { &found.arn } else { &suggested }))
}

fn about_nobody(linter: &mut Linter<'_>, place: RulePath, rule: &Rule, inventory: &Inventory) {
    let about = |principal| match &rule.kind {
        Kind::Persona(persona) => is_of(rule, persona, inventory, principal),
        _ => in_scope(rule, inventory, principal),
    };
    if inventory.principals().any(|principal| !matches!(about(principal), InScope::No)) {
        return;
    }
    let tagged = |key: &str| {
        let keys = inventory.principals().flat_map(|principal| &principal.tags);
        let keys: Vec<&str> = keys.map(|(key, _)| key.as_str()).collect();
        match keys.iter().any(|own| own.eq_ignore_ascii_case(key)) {
            true => None,
            false => Some((key.to_owned(), nearest(key, &keys).map(str::to_owned))),
        }
    };
    let help = match rule.scope.tags.keys().find_map(|key| tagged(key)) {
        Some((key, Some(near))) => format!("nobody has a tag `{key}`; did you mean `{near}`?"),
        Some((key, None)) => format!("nobody has a tag `{key}`"),
        None if matches!(rule.kind, Kind::Persona(_)) => "widen `match`, or leave the persona out".to_owned(),
        None => "widen `scope`, or take exemptions back".to_owned(),
    };
    let path = in_rule(place, &[Step::Key("id")]);
    let message = format!("`{}` is about nobody in the inventory", rule.id);
    linter.warn(Code::AboutNobody, &path, message, Some(help));
}
