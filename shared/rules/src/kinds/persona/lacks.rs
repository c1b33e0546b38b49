//! Whether a policy that a persona needs is in effect: the principal holds all that it allows, and
//! nothing else makes one of its actions impossible.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_inventory::PrincipalKind;
use stanchion_policy::catalogue::ActionId;
use stanchion_policy::document::Effect;
use stanchion_policy::prove::{Verdict, Witness};
use stanchion_policy::{Layers, NamedPolicy, Policy};

use super::assumable::assumable;
use super::exceeds::nothing_beyond;
use super::named::{Actions, plain};
use super::region::{actions, statements, turned};
use super::resolve::Granted;
use crate::evaluator::{Asked, Roles};

/// How many actions are asked about one by one; of a policy with more, service by service.
const ONE_BY_ONE: usize = 1500;

/// How many actions a finding names.
const NAMED: usize = 5;

/// How a needed policy stands.
pub(super) enum Effectiveness {
    /// Nothing of it is lacking.
    InEffect,
    /// What is lacking, in one line.
    Lacking(String),
    /// Why that is not known.
    Unknown(Vec<String>),
}

/// Whether the principal holds all that a policy allows: through its identity policies, whichever.
///
/// Whether trust policies let it assume the roles that the policy names is left out.
pub(super) fn holds(asked: &Asked<'_, '_>, needed: &Granted) -> Result<Held, String> {
    if let Some(reason) = &needed.unknown {
        return Ok(Held::Unknown(vec![reason.clone()]));
    }
    let identity = &asked.layers().identity;
    let verdict = nothing_beyond(asked, &needed.policies, identity, || assumable(asked, needed))?;
    let unread = identity.iter().filter_map(|named| named.policy.document().err());
    let unread: Vec<String> = unread.map(str::to_owned).collect();
    Ok(match verdict {
        Verdict::No => Held::All,
        Verdict::Yes(_) | Verdict::Indeterminate(_) if !unread.is_empty() => Held::Unknown(unread),
        Verdict::Yes(witness) => Held::NotThis(witness),
        Verdict::Indeterminate(reasons) => Held::Unknown(reasons),
    })
}

/// Whether it shows without a search that a principal does not hold all that a policy allows: of some
/// action, the policy allows every request, and the principal's own policies do not speak.
pub(super) fn plainly_lacks(asked: &Asked<'_, '_>, needed: &Granted) -> bool {
    let identity = &asked.layers().identity;
    let is_read = |named: &NamedPolicy| named.policy.document().is_ok();
    if asked.principal().kind == PrincipalKind::Root || !identity.iter().all(is_read) {
        return false;
    }
    let wanted: Vec<Actions> = statements(&needed.policies, Effect::Allow).filter_map(plain).collect();
    let denied: Vec<Actions> = statements(&needed.policies, Effect::Deny).map(Actions::of).collect();
    let held: Vec<Actions> = statements(identity, Effect::Allow).map(Actions::of).collect();
    let speaks = |of: &[Actions], action: &str| of.iter().any(|actions| actions.has(action));
    // Some calls of STS take no permission.
    needed.actions().iter().filter(|action| action.service() != "sts").any(|action| {
        let name = action.full_name_lower();
        speaks(&wanted, name) && !speaks(&denied, name) && !speaks(&held, name)
    })
}

/// Whether a principal holds all that a policy allows.
pub(super) enum Held {
    All,
    /// This, it does not.
    NotThis(Box<Witness>),
    Unknown(Vec<String>),
}

/// Whether a needed policy is in effect.
pub(super) fn effectiveness(asked: &Asked<'_, '_>, needed: &Granted) -> Result<Effectiveness, String> {
    match holds(asked, needed)? {
        Held::Unknown(reasons) => return Ok(Effectiveness::Unknown(reasons)),
        Held::NotThis(witness) => {
            let missing = format!(
                "{} is not attached, nor is all that it allows granted otherwise: not {} on {}{}",
                needed.name,
                witness.action,
                witness.resource,
                given(&witness),
            );
            return Ok(Effectiveness::Lacking(missing));
        }
        Held::All => {}
    }
    blocked(asked, needed)
}

/// The keys of a witness, as ` with KEY=VALUE`.
fn given(witness: &Witness) -> String {
    let keys = witness.context.iter().map(|(key, values)| format!("{key}={}", values.join("|")));
    let keys: Vec<String> = keys.collect();
    if keys.is_empty() { String::new() } else { format!(" with {}", keys.join(", ")) }
}

/// The actions of the policy that are possible for no request, and what makes them so.
fn blocked(asked: &Asked<'_, '_>, needed: &Granted) -> Result<Effectiveness, String> {
    let own = asked.layers();
    let limits = Limits::of(own, needed);
    let questions = limits.questions(needed);
    if questions.is_empty() {
        return Ok(Effectiveness::InEffect);
    }
    let roles = assumable(asked, needed);
    let roles = Roles::These(&roles);
    let all = Layers { identity: limits.identity.clone(), ..own.clone() };
    let (mut impossible, mut reasons) = (Vec::new(), BTreeSet::new());
    asked.under(&all, roles, |ask| {
        for (name, region) in &questions {
            match ask(region).verdict {
                Verdict::Yes(_) => {}
                Verdict::No => impossible.push((name, region)),
                Verdict::Indeterminate(more) => reasons.extend(more),
            }
        }
    })?;
    // What the policy by itself does not make possible is nobody's block.
    let alone = Layers { identity: needed.policies.clone(), ..Layers::default() };
    asked.under(&alone, roles, |ask| {
        impossible.retain(|(_, region)| matches!(ask(region).verdict, Verdict::Yes(_)));
    })?;
    if impossible.is_empty() {
        let reasons: Vec<String> = reasons.into_iter().collect();
        return Ok(if reasons.is_empty() {
            Effectiveness::InEffect
        } else {
            Effectiveness::Unknown(reasons)
        });
    }
    let mut by_limit: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (what, layers) in limits.each(own, needed) {
        if impossible.is_empty() {
            break;
        }
        asked.under(&layers, roles, |ask| {
            impossible.retain(|(name, region)| {
                let by_this = matches!(ask(region).verdict, Verdict::No);
                if by_this {
                    by_limit.entry(what.clone()).or_default().push(name);
                }
                !by_this
            });
        })?;
    }
    if !impossible.is_empty() {
        let names = impossible.iter().map(|(name, _)| name.as_str()).collect();
        by_limit.insert("several policies together".to_owned(), names);
    }
    let blocks = by_limit.iter().map(|(what, names)| {
        let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{what} makes {shown}{more} impossible")
    });
    let blocks: Vec<String> = blocks.collect();
    Ok(Effectiveness::Lacking(format!("{} is held, but {}", needed.name, blocks.join("; "))))
}

/// What may keep a held policy from taking effect.
struct Limits {
    /// The needed policies, and what the principal's own policies deny.
    identity: Vec<NamedPolicy>,
    /// What the principal's own policies deny.
    denies: Vec<NamedPolicy>,
    /// The statements that deny.
    denying: Vec<Actions>,
    /// For each layer that must allow as well, what it surely allows; `None`: some of it is not known.
    ceilings: Vec<Option<Vec<Actions>>>,
}

impl Limits {
    fn of(own: &Layers, needed: &Granted) -> Self {
        // Twice turned, a `Deny` is one again, without the `Allow` statements beside it.
        let only_denies = |named: &NamedPolicy| -> Option<NamedPolicy> {
            if named.policy.document().is_err() {
                return Some(named.clone());
            }
            let turned_once = turned(named, Effect::Deny)?;
            let again = turned(&turned_once, Effect::Allow)?;
            Some(NamedPolicy::new(std::sync::Arc::clone(&named.name), again.policy))
        };
        let denies: Vec<NamedPolicy> = own.identity.iter().filter_map(only_denies).collect();
        let levels = || own.scps.iter().chain(&own.rcps).flat_map(|level| &level.policies);
        let everyone = || own.identity.iter().chain(&own.boundary).chain(levels());
        let allowed = |policies: &mut dyn Iterator<Item = &NamedPolicy>| {
            let policies: Vec<&NamedPolicy> = policies.collect();
            let known = policies.iter().all(|named| named.policy.document().is_ok());
            known.then(|| statements(policies, Effect::Allow).filter_map(plain).collect())
        };
        let mut ceilings: Vec<Option<Vec<Actions>>> = Vec::new();
        ceilings.extend(own.boundary.iter().map(|named| allowed(&mut std::iter::once(named))));
        ceilings.extend(own.scps.iter().map(|level| allowed(&mut level.policies.iter())));
        // What cannot be read may deny anything.
        if everyone().any(|named| named.policy.document().is_err()) {
            ceilings.push(None);
        }
        Self {
            identity: needed.policies.iter().chain(&denies).cloned().collect(),
            denying: statements(everyone(), Effect::Deny).map(Actions::of).collect(),
            denies,
            ceilings,
        }
    }

    /// Whether something may stand in the way of an action.
    fn may_block(&self, action: &str) -> bool {
        let surely = |ceiling: &Option<Vec<Actions>>| {
            ceiling.as_ref().is_some_and(|allows| allows.iter().any(|actions| actions.has(action)))
        };
        self.denying.iter().any(|actions| actions.has(action)) || !self.ceilings.iter().all(surely)
    }

    /// Whether nothing is in the way of anything.
    fn is_none(&self) -> bool {
        let is_all = |ceiling: &Option<Vec<Actions>>| {
            ceiling.as_ref().is_some_and(|allows| allows.iter().any(Actions::is_all))
        };
        self.denying.is_empty() && self.ceilings.iter().all(is_all)
    }

    /// What to ask: the actions of the needed policy that something may stand in the way of; of a policy
    /// with a great many, their services.
    fn questions(&self, needed: &Granted) -> Vec<(String, Policy)> {
        if self.is_none() {
            return Vec::new();
        }
        let in_question = needed.actions().iter().filter(|action| self.may_block(action.full_name_lower()));
        let some: Vec<&ActionId> = in_question.collect();
        if some.len() <= ONE_BY_ONE {
            return some
                .iter()
                .map(|action| (action.full_name().to_owned(), actions(&[action.full_name()])))
                .collect();
        }
        let services: BTreeSet<&str> = some.iter().map(|action| action.service()).collect();
        services
            .iter()
            .map(|service| format!("{service}:*"))
            .map(|all| (all.clone(), actions(&[&all])))
            .collect()
    }

    /// The needed policies under each limit alone.
    fn each(&self, own: &Layers, needed: &Granted) -> Vec<(String, Layers)> {
        let mut each = Vec::new();
        let alone = || Layers { identity: needed.policies.clone(), ..Layers::default() };
        if let Some(boundary) = &own.boundary {
            let what = format!("the permissions boundary {}", boundary.name);
            each.push((what, Layers { boundary: Some(boundary.clone()), ..alone() }));
        }
        for denying in &self.denies {
            let mut layers = alone();
            layers.identity.push(denying.clone());
            each.push((format!("a Deny of its own policy {}", denying.name), layers));
        }
        for level in &own.scps {
            for named in &level.policies {
                if statements([named], Effect::Deny).next().is_some() {
                    let layers = Layers { boundary: None, ..alone() };
                    let mut only = level.clone();
                    only.policies = vec![named.clone(), everything()];
                    let what = format!("the SCP {} at {}", named.name, level.name);
                    each.push((what, Layers { scps: vec![only], ..layers }));
                }
            }
            let what = format!("that no SCP at {} allows it", level.name);
            each.push((what, Layers { scps: vec![level.clone()], ..alone() }));
        }
        for level in &own.rcps {
            each.push((format!("an RCP at {}", level.name), Layers { rcps: vec![level.clone()], ..alone() }));
        }
        each
    }
}

fn everything() -> NamedPolicy {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    NamedPolicy::new("FullAWSAccess", Policy::parse(text))
}
