//! Two principals, or one before and after: each with all that binds it.

use super::{Comparison, Difference, Search, Witness};
use crate::policy::{Layers, Level, NamedPolicy, Policy};
use crate::prove::{self, Asker, Assumption, Setting, Side};

use std::collections::BTreeSet;

/// A principal with all that binds it.
#[derive(Clone, Copy, Debug)]
pub struct Principal<'a> {
    /// Who it is.
    pub asker: &'a Asker,
    /// What binds its requests for resources of its own account.
    pub layers: &'a Layers,
}

/// Compares what two principals may do, each with the resources of its own account.
///
/// If they are of different accounts, right's account is read as left's, and the other way round, in
/// all that binds right: a resource of the own account is the same one then. What the trust policies
/// of roles say is left out.
///
/// # Errors
/// The principals are of different partitions.
pub fn principals(left: Principal<'_>, right: Principal<'_>) -> Result<Comparison, String> {
    let (one, other) = (&left.asker.caller, &right.asker.caller);
    if one.partition != other.partition {
        let (one, other) = (&one.partition, &other.partition);
        return Err(format!(
            "the principals are of the partitions `{one}` and `{other}`, which share nothing"
        ));
    }
    if one.account == other.account {
        return Ok(compare(left, right, false));
    }
    let swap = |text: &str| swapped(text, &one.account, &other.account);
    let (Some(asker), layers) = (asker(right.asker, &swap), layers(right.layers, &swap)) else {
        return Err(format!("`{}` is not a principal of an account", other.name));
    };
    let mut comparison = compare(left, Principal { asker: &asker, layers: &layers }, true);
    // What right may do is told of its own account.
    if let Difference::Some(witness) = &mut comparison.right_only {
        let Witness { principal, resource, resource_account, context, .. } = &mut **witness;
        let values = context.values_mut().flatten();
        [principal, resource, resource_account].into_iter().chain(values).for_each(|text| *text = swap(text));
    }
    Ok(comparison)
}

/// What the first may do and the second may not, both of one account: one direction of [`principals`].
pub fn beyond(left: Principal<'_>, right: Principal<'_>) -> Difference {
    let extra = BTreeSet::new();
    let mut one = Search::new(&extra);
    search(left, right, false, &mut one);
    one.difference()
}

fn compare(left: Principal<'_>, right: Principal<'_>, across: bool) -> Comparison {
    let extra = BTreeSet::new();
    let mut one = Search::new(&extra);
    search(left, right, across, &mut one);
    let mut other = Search::new(&extra);
    search(right, left, across, &mut other);
    Comparison::new(one, other)
}

fn search(from: Principal<'_>, to: Principal<'_>, across: bool, search: &mut Search<'_>) {
    let mut assumptions = vec![
        Assumption::StandardEndpoint,
        Assumption::NoResourcePolicy,
        Assumption::OwnAccountResources,
        Assumption::ResourceLetsIn,
    ];
    if [from, to].iter().any(|principal| principal.asker.caller.role().is_some()) {
        assumptions.extend([Assumption::NoSessionPolicy, Assumption::NoSessionTags]);
    }
    if across {
        assumptions.push(Assumption::AccountsExchanged);
    }
    search.assumptions.extend(&assumptions);
    search.assumptions.insert(Assumption::CatalogueActions);
    let (mine, theirs) = (Side::of(from.asker, from.layers), Side::of(to.asker, to.layers));
    let account = from.asker.caller.account.as_str();
    let gaps = prove::gaps(&mine, &theirs, Some((from.asker, to.asker)), search.extra, false);
    search.in_both_readings(|reach, search| {
        gaps.iter().any(|gap| {
            let setting = Setting {
                asker: from.asker,
                rival: Some(to.asker),
                anyone: None,
                resource_account: account,
                left: from.layers,
                right: to.layers,
                assumptions: &assumptions,
                extra: search.extra,
                reach,
            };
            search.take(gap.ask(setting, search.share()), account)
        })
    });
}

/// A text with two account numbers exchanged.
fn swapped(text: &str, one: &str, other: &str) -> String {
    let parts: Vec<String> = text.split(one).map(|part| part.replace(other, one)).collect();
    parts.join(other)
}

fn asker(asker: &Asker, swap: &dyn Fn(&str) -> String) -> Option<Asker> {
    let caller = crate::request::Caller::parse(&swap(&asker.caller.name)).ok()?;
    Some(Asker { caller, ..asker.clone() })
}

fn layers(layers: &Layers, swap: &dyn Fn(&str) -> String) -> Layers {
    let one = |named: &NamedPolicy| NamedPolicy::new(named.name.clone(), policy(&named.policy, swap));
    let level = |level: &Level| Level {
        name: level.name.clone(),
        policies: level.policies.iter().map(one).collect(),
    };
    Layers {
        identity: layers.identity.iter().map(one).collect(),
        boundary: layers.boundary.as_ref().map(one),
        session: None,
        scps: layers.scps.iter().map(level).collect(),
        rcps: layers.rcps.iter().map(level).collect(),
        ..Layers::default()
    }
}

fn policy(policy: &Policy, swap: &dyn Fn(&str) -> String) -> Policy {
    let mut document = match policy.document() {
        Ok(document) => document.clone(),
        Err(_) => return policy.clone(),
    };
    for statement in &mut document.statements {
        let resources = statement.resource.iter_mut().flat_map(|resource| &mut resource.patterns);
        let values = statement.conditions.iter_mut().flat_map(|condition| &mut condition.values);
        resources.chain(values).for_each(|text| *text = swap(text));
        for entry in statement.principal.iter_mut().flat_map(|principals| &mut principals.entries) {
            if let crate::document::PrincipalEntry::Aws(name) = entry {
                *name = swap(name);
            }
        }
    }
    Policy::of(document)
}
