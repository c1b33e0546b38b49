//! What follows from how two statements are written: one that says the same, or less, in the same
//! words matches only what the other matches, whatever is unknown about the words.

use rustc_hash::{FxHashMap, FxHashSet};

use super::compile::{Condition, Resources, Statement};
use crate::document::Comparison;
use crate::text::Piece;

type Pattern = (String, Vec<Piece>);

/// Whether every request that the resource and the conditions of `inner` match, those of `outer` match
/// as well; actions and principals are not looked at. `false`: it does not show.
pub(super) fn implies(inner: &Statement, outer: &Statement) -> bool {
    resources(inner.resource.as_ref(), outer.resource.as_ref()) && conditions(inner, outer)
}

fn conditions(inner: &Statement, outer: &Statement) -> bool {
    outer.conditions.iter().all(|wanted| inner.conditions.iter().any(|own| condition(own, wanted)))
}

/// The patterns of a statement's resources that others, which cover its actions, do not have as well;
/// `None`: they have none of them, or it does not show.
pub(super) fn resources_left(statement: &Statement, others: &[&Statement]) -> Option<Vec<Pattern>> {
    let own = statement.resource.as_ref().filter(|own| !own.negated)?;
    let covers = |other: &&&Statement| {
        let element = other.resource.as_ref().filter(|resources| !resources.negated);
        element.is_some() && statement.actions.are_among(&other.actions) && conditions(statement, other)
    };
    let taken: FxHashSet<&Pattern> = others
        .iter()
        .filter(covers)
        .flat_map(|other| other.resource.iter().flat_map(|resources| &resources.patterns))
        .collect();
    let left: Vec<Pattern> =
        own.patterns.iter().filter(|pattern| !taken.contains(pattern)).cloned().collect();
    (left.len() < own.patterns.len()).then_some(left)
}

fn resources(inner: Option<&Resources>, outer: Option<&Resources>) -> bool {
    match (inner, outer) {
        (None, None) => true,
        // A missing element is unknown in policies that must have it.
        (None, Some(_)) | (Some(_), None) => false,
        (Some(inner), Some(outer)) => match (inner.negated, outer.negated) {
            _ if outer.any && !outer.negated => true,
            (false, false) => within(&inner.patterns, &outer.patterns),
            // A single pattern whose variable has no value is contested.
            (true, true) if inner.variables => inner.patterns == outer.patterns,
            (true, true) => within(&outer.patterns, &inner.patterns),
            _ => false,
        },
    }
}

fn condition(inner: &Condition, outer: &Condition) -> bool {
    let (own, wanted) = (&inner.operator, &outer.operator);
    if inner.key != outer.key
        || own.comparison != wanted.comparison
        || own.quantifier != wanted.quantifier
        || own.if_exists != wanted.if_exists
    {
        return false;
    }
    match own.comparison {
        // Of these the values are not alternatives, as far as is known.
        Comparison::Unknown => own.text.eq_ignore_ascii_case(&wanted.text) && inner.values == outer.values,
        Comparison::Null => within(&inner.values, &outer.values) && within(&outer.values, &inner.values),
        comparison if comparison.negated() => within(&outer.values, &inner.values),
        _ => within(&inner.values, &outer.values),
    }
}

/// Whether every pattern is among others.
fn within(some: &[Pattern], all: &[Pattern]) -> bool {
    const FEW: usize = 16;
    if some == all {
        return true;
    }
    if some.len() <= FEW || all.len() <= FEW {
        return some.iter().all(|pattern| all.contains(pattern));
    }
    let held: FxHashMap<&str, &[Piece]> =
        all.iter().map(|(text, pieces)| (text.as_str(), &**pieces)).collect();
    some.iter().all(|(text, pieces)| held.get(text.as_str()).is_some_and(|held| *held == pieces.as_slice()))
}
