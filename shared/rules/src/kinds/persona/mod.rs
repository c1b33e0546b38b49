//! Personas: is what a job needs in effect, is more than that possible, does one person have two jobs
//! that exclude each other?

mod assumable;
mod describe;
mod exceeds;
mod lacks;
mod matching;
mod named;
mod region;
mod resolve;
mod suggest;
mod versions;
mod void;
mod within;

use std::collections::BTreeSet;

use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::prove::Assumption;

use crate::alike::Shared;
use crate::evaluator::Asked;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::mend::Meant;
use crate::rulebook::{self, Persona as Job, Rule};
use crate::scope::InScope;
use lacks::{Effectiveness, Held};

pub(crate) use describe::version_notices;
pub use describe::{Described, describe};
pub(super) use exceeds::nothing_beyond;
pub(super) use matching::fits;
pub(crate) use matching::is_of;
pub(super) use named::Actions;
pub(super) use region::{EVERYTHING, Settled, actions, statements, turned};
pub(crate) use resolve::{Resolved, resolve};
pub use suggest::{Fit, fit};
pub use versions::{Beyond, beyond};
pub(crate) use within::needs_beyond;

/// What a principal may do beyond what these references allow together, service by service.
pub(super) fn exceeding(asked: &Asked<'_, '_>, at_most: &[rulebook::Reference]) -> Facets {
    let at_most = resolve::at_most(at_most, asked.evaluator().inventory());
    let mut found = Found::default();
    if let Err(error) = exceeds::check(asked, &at_most, &mut found) {
        found.reasons.insert(error);
    }
    found.finish()
}

/// That nothing is possible beyond what these references allow; nothing, where that is not known.
pub(super) fn within_at_most(at_most: &[rulebook::Reference], asked: &Asked<'_, '_>) -> Meant {
    let inventory = asked.evaluator().inventory();
    let choices = at_most.iter().flat_map(rulebook::Reference::choices);
    let granted: Vec<resolve::Granted> = choices.map(|one| resolve::granted(one, inventory)).collect();
    if granted.iter().any(|one| one.unknown.is_some()) {
        return Meant::default();
    }
    let at_most = granted.into_iter().flat_map(|one| one.policies).collect();
    Meant { at_most, ..Meant::default() }
}

/// A persona.
pub(crate) struct Persona {
    job: rulebook::Persona,
}

/// What is found, facet by facet.
#[derive(Default)]
pub(super) struct Found {
    facets: Facets,
    /// What is not known.
    reasons: BTreeSet<String>,
    assumptions: BTreeSet<Assumption>,
}

impl Found {
    fn tell(&mut self, facet: String, judgement: Judgement) {
        self.facets.push((Some(facet), judgement));
    }

    fn fact(&mut self, facet: String, detail: String) {
        let evidence = Evidence::Fact(detail);
        self.tell(facet, Judgement::Violated { evidence, assumptions: Vec::new() });
    }

    /// What is not known has no facet, so that no other one passes for mended.
    fn finish(mut self) -> Facets {
        let assumptions: Vec<Assumption> = self.assumptions.into_iter().collect();
        if !self.reasons.is_empty() {
            let reasons = self.reasons.into_iter().collect();
            self.facets.push((None, Judgement::Indeterminate { reasons, assumptions }));
        } else if self.facets.is_empty() {
            self.facets.push((None, Judgement::Holds { assumptions }));
        }
        self.facets
    }
}

impl Persona {
    pub(super) fn new(job: &Job) -> Self {
        Self { job: job.clone() }
    }

    /// What is possible at most is said of assuming roles, too.
    pub(super) fn asks_for_roles(&self) -> bool {
        self.job.at_most.is_some()
    }

    /// Whether a principal is of this persona.
    pub(super) fn is_about(&self, rule: &Rule, inventory: &Inventory, principal: &Principal) -> InScope {
        is_of(rule, &self.job, inventory, principal)
    }

    /// A judgement for each way in which the principal does not fit its persona.
    pub(super) fn judge(&self, id: &str, asked: &Asked<'_, '_>) -> Facets {
        let mut found = Found::default();
        if let Err(error) = self.look(id, asked, &mut found) {
            found.reasons.insert(error);
        }
        found.finish()
    }

    pub(super) fn meant(&self, facet: &str, asked: &Asked<'_, '_>) -> Meant {
        match &self.job.at_most {
            Some(at_most) if facet.starts_with(exceeds::FACET) => within_at_most(at_most, asked),
            _ => Meant::default(),
        }
    }

    fn look(&self, id: &str, asked: &Asked<'_, '_>, found: &mut Found) -> Result<(), String> {
        self.place(asked, found);
        measure(&self.job, id, asked, found)?;
        void::check(asked, found);
        self.job.conflicts.iter().try_for_each(|other| conflicts(asked, other, found))
    }

    /// Whether the principal lives where it should not.
    fn place(&self, asked: &Asked<'_, '_>, found: &mut Found) {
        let (inventory, account) = (asked.evaluator().inventory(), asked.principal().account.as_str());
        if !self.job.outside_management {
            return;
        }
        if inventory.is_management_account(account) {
            let fact = format!("account {account} is the management account of the organization");
            found.fact("management-account".to_owned(), fact);
        } else if inventory.organization().is_some_and(|known| known.management_account.is_none()) {
            found.reasons.insert("which account is the management account".to_owned());
        }
    }
}

/// Holds the principal against what a persona needs and may do.
fn measure(job: &Job, id: &str, asked: &Asked<'_, '_>, found: &mut Found) -> Result<(), String> {
    let Some(resolved) = asked.evaluator().persona(id) else { return Ok(()) };
    for (index, (need, choices)) in job.needs.iter().zip(&resolved.needs).enumerate() {
        let name = need.choices().iter().map(rulebook::Reference::name).collect::<Vec<_>>().join("|");
        lacks(asked, (id, index, &name), choices, found)?;
    }
    resolved.at_most.as_ref().map_or(Ok(()), |at_most| exceeds::check(asked, at_most, found))
}

/// Whether one need is met by any of its choices; if by none, what is said is of the one that comes
/// nearest: one that is held and blocked, else the first.
fn lacks(
    asked: &Asked<'_, '_>,
    (persona, need, name): (&str, usize, &str),
    choices: &[resolve::Granted],
    found: &mut Found,
) -> Result<(), String> {
    let (mut said, mut reasons): (Option<String>, Vec<String>) = (None, Vec::new());
    for (index, choice) in choices.iter().enumerate() {
        let shared = asked.need((persona, need, index), &choice.policies);
        if matches!(shared, Shared::Impossible(_)) {
            return Ok(());
        }
        match lacks::effectiveness(asked, choice)? {
            Effectiveness::InEffect => {
                shared.proven(&[]);
                return Ok(());
            }
            Effectiveness::Unknown(more) => reasons.extend(more),
            Effectiveness::Lacking(detail) => {
                let nearer = matches!(lacks::holds(asked, choice)?, Held::All);
                if said.is_none() || nearer {
                    said = Some(detail);
                }
            }
        }
    }
    match said {
        Some(detail) if reasons.is_empty() => found.fact(format!("lacks:{name}"), detail),
        _ => found.reasons.extend(reasons),
    }
    Ok(())
}

/// Whether the principal is of another persona, or holds all that it needs.
fn conflicts(asked: &Asked<'_, '_>, other: &str, found: &mut Found) -> Result<(), String> {
    let evaluator = asked.evaluator();
    let Some((rule, job)) = evaluator.rulebook().personas().find(|(rule, _)| rule.id == other) else {
        return Ok(());
    };
    match is_of(rule, job, evaluator.inventory(), asked.principal()) {
        InScope::Yes => {
            found.fact(format!("conflicts:{other}"), format!("is also of the persona {other}"));
            return Ok(());
        }
        InScope::Unknown(reason) => {
            found.reasons.insert(reason);
            return Ok(());
        }
        InScope::No => {}
    }
    let Some(resolved) = evaluator.persona(other).filter(|resolved| !resolved.needs.is_empty()) else {
        return Ok(());
    };
    let mut held = Vec::new();
    for choices in &resolved.needs {
        let mut any = None;
        for choice in choices.iter().filter(|choice| !lacks::plainly_lacks(asked, choice)) {
            match lacks::holds(asked, choice)? {
                Held::All => any = Some(choice.name.as_str()),
                Held::NotThis(_) => {}
                Held::Unknown(reasons) => found.reasons.extend(reasons),
            }
        }
        let Some(name) = any else { return Ok(()) };
        held.push(name);
    }
    let fact = format!("holds all that the persona {other} needs: {}", held.join(", "));
    found.fact(format!("conflicts:{other}"), fact);
    Ok(())
}
