//! Paths: what a principal may come to from role to role.
//!
//! Breadth first, so that the path that is told is a shortest one. A role at which a path ends is not gone
//! beyond: who is there needs no further step.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::Policy;
use stanchion_policy::prove::{Assumption, Verdict, Witness};

use super::standing::{Standing, standing};
use super::steps::{Step, Steps, steps};
use crate::evaluator::{Asked, Evaluator};
use crate::judgement::{Evidence, Facets, Judgement};
use crate::rulebook::{self, Reach};

/// How many ends are told of one principal; who may come to more is told of these.
const ENDS: usize = 50;

/// A rule about paths, compiled.
pub(crate) struct Paths {
    /// What must not be possible at the end; `None`: everything.
    region: Option<Policy>,
    steps: usize,
}

/// What is known of a role as an end.
enum End {
    Yes(String),
    No,
    Unknown(Vec<String>),
}

/// The way to a role: the steps, from the principal on.
#[derive(Clone, Default)]
struct Route {
    drawn: Vec<String>,
    first: Option<Box<Witness>>,
    assumptions: BTreeSet<Assumption>,
    /// Why it is not known to be one.
    open: BTreeSet<String>,
}

impl Route {
    fn on(&self, step: &Step) -> Self {
        let mut way = self.clone();
        way.drawn.push(format!("{} {}", step.how, step.to));
        if way.drawn.len() == 1 {
            way.first = step.witness.clone();
        }
        way.assumptions.extend(&step.assumptions);
        let from = way.drawn.join(" -> ");
        way.open.extend(step.open.iter().map(|reason| format!("whether it {from}: {reason}")));
        way
    }
}

impl Paths {
    pub(in crate::kinds) fn new(rule: &rulebook::Paths) -> Self {
        let region = match &rule.reach {
            Reach::Administrators => None,
            Reach::Requests(requests) => Some(Policy::of(requests.clone())),
        };
        Self { region, steps: rule.steps }
    }

    /// A facet for each role at which a path ends. Who is at the end already is the matter of other rules.
    pub(in crate::kinds) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let holds = |assumptions| vec![(None, Judgement::Holds { assumptions })];
        if asked.principal().kind == PrincipalKind::Root || asked.principal().service_linked {
            return holds(Vec::new());
        }
        match self.end(asked) {
            Ok(End::Yes(_)) => return holds(Vec::new()),
            Err(reason) => return vec![(None, Judgement::unknown(reason))],
            Ok(End::No | End::Unknown(_)) => {}
        }
        let mut search = Search { paths: self, evaluator: asked.evaluator(), ends: BTreeMap::new() };
        let sure = search.run(asked, false);
        let mut facets: Facets = Vec::new();
        let mut assumptions = BTreeSet::new();
        for (arn, (way, what)) in &sure.ends {
            let (Some(witness), true) = (way.first.clone(), facets.len() < ENDS) else { continue };
            let detail = format!("{}, which {what}", way.drawn.join(" -> "));
            let judgement = Judgement::Violated {
                evidence: Evidence::Witness(witness, Some(detail)),
                assumptions: way.assumptions.iter().copied().collect(),
            };
            assumptions.extend(&way.assumptions);
            facets.push((Some(format!("to:{arn}")), judgement));
        }
        let mut reasons = sure.reasons;
        if sure.has_open || !reasons.is_empty() {
            let all = search.run(asked, true);
            reasons.extend(all.reasons);
            let doubtful = all.ends.iter().filter(|(arn, _)| !sure.ends.contains_key(*arn));
            reasons.extend(doubtful.flat_map(|(_, (way, _))| way.open.iter().cloned()));
        }
        if !reasons.is_empty() {
            let (reasons, assumptions) = (reasons.into_iter().collect(), assumptions.into_iter().collect());
            facets.push((None, Judgement::Indeterminate { reasons, assumptions }));
        }
        if facets.is_empty() { holds(Vec::new()) } else { facets }
    }

    /// Whether a path ends at the principal that is asked about, and what it can do there.
    fn end(&self, asked: &Asked<'_, '_>) -> Result<End, String> {
        let Some(region) = &self.region else {
            return Ok(match standing(asked)? {
                Standing::Administrator => End::Yes("may do everything".to_owned()),
                Standing::GivesItself(_) => End::Yes("may give itself everything".to_owned()),
                Standing::Other => End::No,
                Standing::Unknown(reasons) => End::Unknown(reasons),
            });
        };
        Ok(match asked.prove(region)?.verdict {
            Verdict::No => End::No,
            Verdict::Yes(witness) => End::Yes(format!("can {} on {}", witness.action, witness.resource)),
            Verdict::Indeterminate(reasons) => End::Unknown(reasons),
        })
    }
}

/// Searches from one principal.
struct Search<'s, 'e> {
    paths: &'s Paths,
    evaluator: &'s Evaluator<'e>,
    /// What is known of roles as ends, by ARN.
    ends: BTreeMap<String, Arc<Result<End, String>>>,
}

/// What a search found.
#[derive(Default)]
struct Reached {
    /// By ARN, the way to each end, and what can be done there.
    ends: BTreeMap<String, (Route, String)>,
    /// Why it is not known of some role in reach whether it is an end.
    reasons: BTreeSet<String>,
    /// Whether there are steps that are not known.
    has_open: bool,
}

impl Search<'_, '_> {
    /// Everything in reach, by sure steps alone or by any.
    fn run(&mut self, asked: &Asked<'_, '_>, any: bool) -> Reached {
        let mut reached = Reached::default();
        let start = asked.principal().arn.clone();
        let mut seen = BTreeSet::from([start.clone()]);
        let mut next = VecDeque::from([(start, Route::default())]);
        while let Some((from, way)) = next.pop_front() {
            if way.drawn.len() >= self.paths.steps {
                continue;
            }
            let steps = match self.steps(&from) {
                Ok(steps) => steps,
                Err(reason) => {
                    reached.reasons.insert(reason);
                    continue;
                }
            };
            reached.has_open |= !steps.open.is_empty();
            reached.reasons.extend(steps.unlisted.clone());
            for step in steps.sure.iter().chain(steps.open.iter().filter(|_| any)) {
                if !seen.insert(step.to.clone()) {
                    continue;
                }
                let on = way.on(step);
                match &*self.end(&step.to) {
                    Ok(End::Yes(what)) => {
                        reached.ends.insert(step.to.clone(), (on, what.clone()));
                        continue;
                    }
                    Ok(End::No) => {}
                    Ok(End::Unknown(reasons)) => {
                        let drawn = on.drawn.join(" -> ");
                        reached
                            .reasons
                            .extend(reasons.iter().map(|reason| format!("where it {drawn}: {reason}")));
                    }
                    Err(reason) => {
                        reached.reasons.insert(reason.clone());
                    }
                }
                next.push_back((step.to.clone(), on));
            }
        }
        reached
    }

    fn steps(&self, arn: &str) -> Result<Arc<Steps>, String> {
        let evaluator = self.evaluator;
        let find = || match evaluator.inventory().principal(arn) {
            Some(principal) => evaluator.about(principal, steps),
            None => Ok(Steps::default()),
        };
        evaluator.escalation().steps(arn, find)
    }

    fn end(&mut self, arn: &str) -> Arc<Result<End, String>> {
        if let Some(known) = self.ends.get(arn) {
            return Arc::clone(known);
        }
        let found = match self.evaluator.inventory().principal(arn) {
            Some(principal) => self.evaluator.about(principal, |asked| self.paths.end(asked)),
            None => Ok(End::No),
        };
        let found = Arc::new(found);
        self.ends.insert(arn.to_owned(), Arc::clone(&found));
        found
    }
}
