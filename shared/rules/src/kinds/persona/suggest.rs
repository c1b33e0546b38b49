//! Which persona fits a principal best, whatever its tags and its name say: what it would lack, and
//! what it may do beyond.

use stanchion_inventory::Principal;
use stanchion_policy::prove::Witness;

use super::{Found, exceeds, is_of, measure};
use crate::evaluator::Evaluator;
use crate::judgement::{Evidence, Judgement};
use crate::rulebook::Rule;
use crate::scope::InScope;

/// How many services too much weigh as much as a policy that is missing.
const POLICY: usize = 4;

/// How a principal fits a persona.
#[derive(Clone, Debug)]
pub struct Fit<'a> {
    /// The persona's rule.
    pub rule: &'a Rule,
    /// Whether the principal is of this persona by what the rulebook matches.
    pub is_of: bool,
    /// How many policies the persona needs.
    pub needs: usize,
    /// What it would lack, proven: one line for each policy.
    pub missing: Vec<String>,
    /// What it may do beyond, by service (`others`: all services that are not named), with a witness.
    pub beyond: Vec<(String, Box<Witness>)>,
    /// What is not known.
    pub unknown: Vec<String>,
}

/// How a principal fits each persona that says what it needs or may do, the best first.
///
/// # Errors
/// Why the principal cannot be asked about.
pub fn fit<'a>(evaluator: &Evaluator<'a>, principal: &Principal) -> Result<Vec<Fit<'a>>, String> {
    let mut fits = Vec::new();
    for (rule, job) in evaluator.rulebook().personas() {
        if job.needs.is_empty() && job.at_most.is_none() {
            continue;
        }
        let found = evaluator.about(principal, |asked| {
            let mut found = Found::default();
            measure(job, &rule.id, asked, &mut found).map(|()| found)
        })?;
        let is_of = matches!(is_of(rule, job, evaluator.inventory(), principal), InScope::Yes);
        let unknown = found.reasons.into_iter().collect();
        let needs = job.needs.len();
        let mut fit = Fit { rule, is_of, needs, missing: Vec::new(), beyond: Vec::new(), unknown };
        for (facet, judgement) in found.facets {
            match judgement {
                Judgement::Violated { evidence: Evidence::Fact(detail), .. } => fit.missing.push(detail),
                Judgement::Violated { evidence: Evidence::Witness(witness, _), .. } => {
                    let service = facet.as_deref().and_then(|facet| facet.strip_prefix(exceeds::FACET));
                    fit.beyond.push((service.unwrap_or_default().to_owned(), witness));
                }
                _ => {}
            }
        }
        fits.push(fit);
    }
    // The sort is stable: of those that fit as well, in the rulebook's order.
    fits.sort_by_key(|fit| {
        let missing = fit.missing.len();
        // Of a persona of which it holds nothing, a principal is hardly one.
        let holds_none = missing > 0 && missing == fit.needs;
        let weight = POLICY * (missing + usize::from(holds_none)) + fit.beyond.len() + fit.unknown.len();
        (weight, missing, !fit.is_of)
    });
    Ok(fits)
}
