//! Combinations: can a principal make requests of each member, and not only of some?

use std::collections::BTreeSet;

use stanchion_policy::Policy;
use stanchion_policy::prove::{Answer, Assumption, Verdict, Witness, asks_for_roles};

use super::gain::gain;
use super::passing::{passable, passing, unlisted};
use super::standing::{Standing, standing};
use crate::evaluator::Asked;
use crate::judgement::{Evidence, Facets, Judgement};
use crate::kinds::persona::EVERYTHING;
use crate::mend::Meant;
use crate::rulebook::{self, Unless};

/// A combination, compiled.
pub(crate) struct Combination {
    members: Vec<(Option<String>, Policy)>,
    /// For each service, requests that pass it any role; `None`: it has one already.
    services: Vec<(String, Option<Policy>)>,
    gains: Policy,
    unless: Option<Unless>,
}

/// What is found of one principal.
#[derive(Default)]
struct Found {
    held: Vec<Witness>,
    /// What is to be said besides the first request.
    said: Vec<String>,
    reasons: BTreeSet<String>,
    assumptions: BTreeSet<Assumption>,
}

impl Found {
    /// Notes an answer; false: it is no, and so is the whole.
    fn note(&mut self, answer: Answer) -> bool {
        self.assumptions.extend(answer.assumptions);
        match answer.verdict {
            Verdict::No => return false,
            Verdict::Yes(witness) => self.held.push(*witness),
            Verdict::Indeterminate(reasons) => self.reasons.extend(reasons),
        }
        true
    }
}

impl Found {
    /// Notes the role by which something is gained.
    fn gained(
        &mut self,
        role: &str,
        service: &str,
        pass: Option<(Box<Witness>, Vec<Assumption>)>,
        gained: &Witness,
    ) {
        let how = if pass.is_some() { "passes" } else { "may act as" };
        let to = if pass.is_some() { "to" } else { "through" };
        let mut said = vec![format!("{how} {role} {to} {service}; the role can {}", shown(gained))];
        // The first request is told as the witness.
        let others = self.held.iter().skip(usize::from(pass.is_none()));
        said.extend(others.map(|witness| format!("and {}", shown(witness))));
        self.said = said;
        if let Some((witness, assumptions)) = pass {
            self.assumptions.extend(assumptions);
            self.held.insert(0, *witness);
        }
    }
}

impl Combination {
    pub(in crate::kinds) fn new(rule: &rulebook::Combination) -> Self {
        let members = rule.together.iter();
        let members = members.map(|member| (member.name.clone(), Policy::of(member.requests.clone())));
        let passed = rule.passes_to.iter().map(|service| (service.clone(), Some(passing("*", service))));
        let services = passed.chain(rule.runs_as.iter().map(|service| (service.clone(), None)));
        Self {
            members: members.collect(),
            services: services.collect(),
            gains: rule.gains.clone().map_or_else(|| EVERYTHING.clone(), Policy::of),
            unless: rule.unless,
        }
    }

    pub(in crate::kinds) fn asks_for_roles(&self) -> bool {
        self.members.iter().any(|(_, region)| asks_for_roles(region))
    }

    /// Whether answers depend on other principals of the account.
    pub(in crate::kinds) fn follows_roles(&self) -> bool {
        !self.services.is_empty()
    }

    /// To take any member away, or the passing of roles, is enough.
    pub(in crate::kinds) fn meant(&self) -> Meant {
        let passed = self.services.iter().filter_map(|(_, passed)| passed.clone());
        let members = self.members.iter().map(|(_, region)| region.clone());
        let by_themselves = self.services.is_empty() && self.members.len() == 1;
        // One service that may be passed any role is enough to break it.
        let passed: Vec<Policy> = passed.collect();
        let passed = if self.services.len() == 1 { passed } else { Vec::new() };
        Meant { regions: passed.into_iter().chain(members).collect(), by_themselves, ..Meant::default() }
    }

    /// One judgement, without a facet.
    pub(in crate::kinds) fn judge(&self, asked: &Asked<'_, '_>) -> Facets {
        let mut found = Found::default();
        let judgement = match self.is_held(asked, &mut found) {
            Err(reason) => Judgement::unknown(reason),
            Ok(false) => Judgement::Holds { assumptions: found.assumptions.into_iter().collect() },
            Ok(true) => {
                let assumptions = found.assumptions.into_iter().collect();
                match found.held.into_iter().next() {
                    Some(first) if found.reasons.is_empty() => {
                        let detail = (!found.said.is_empty()).then(|| found.said.join("; "));
                        Judgement::Violated {
                            evidence: Evidence::Witness(Box::new(first), detail),
                            assumptions,
                        }
                    }
                    _ => {
                        Judgement::Indeterminate { reasons: found.reasons.into_iter().collect(), assumptions }
                    }
                }
            }
        };
        vec![(None, judgement)]
    }

    /// Whether all of it is held, or may be.
    fn is_held(&self, asked: &Asked<'_, '_>, found: &mut Found) -> Result<bool, String> {
        for (name, region) in &self.members {
            if !found.note(asked.prove(region)?) {
                return Ok(false);
            }
            if let (Some(name), Some(witness)) = (name, found.held.last()) {
                found.said.push(format!("{name}: {}", shown(witness)));
            } else if let [_, .., last] = found.held.as_slice() {
                found.said.push(format!("and {}", shown(last)));
            }
        }
        if self.unless == Some(Unless::Administrator) {
            match standing(asked)? {
                Standing::Administrator | Standing::GivesItself(_) => return Ok(false),
                Standing::Other => {}
                Standing::Unknown(reasons) => found.reasons.extend(reasons),
            }
        }
        Ok(self.services.is_empty() || self.gains(asked, found)?)
    }

    /// Whether there is a role that may do more, and that a service can be passed or has.
    fn gains(&self, asked: &Asked<'_, '_>, found: &mut Found) -> Result<bool, String> {
        let mut open = BTreeSet::new();
        for (service, anything) in &self.services {
            let roles = passable(asked, service);
            if roles.is_empty() {
                continue;
            }
            if let Some(anything) = anything
                && matches!(asked.prove(anything)?.verdict, Verdict::No)
            {
                continue;
            }
            for role in roles.iter().filter(|role| role.arn != asked.principal().arn) {
                let mut doubts = role.open.clone();
                let mut pass = None;
                if anything.is_some() {
                    let answer = asked.prove(&role.passing)?;
                    match answer.verdict {
                        Verdict::No => continue,
                        Verdict::Yes(witness) => pass = Some((witness, answer.assumptions)),
                        Verdict::Indeterminate(reasons) => doubts.extend(reasons),
                    }
                }
                let Some(passed) = asked.evaluator().inventory().principal(&role.arn) else { continue };
                match gain(asked, passed, &self.gains)? {
                    Verdict::No => continue,
                    Verdict::Yes(gained) if doubts.is_empty() => {
                        found.gained(&role.arn, service, pass, &gained);
                        return Ok(true);
                    }
                    Verdict::Yes(_) => {}
                    Verdict::Indeterminate(reasons) => doubts.extend(reasons),
                }
                open.extend(doubts);
            }
        }
        open.extend(unlisted(asked));
        // A role that may be one of them leaves it open; that there is none settles it.
        let any = !open.is_empty();
        found.reasons.extend(open);
        Ok(any)
    }
}

/// A request in a line.
fn shown(witness: &Witness) -> String {
    let mut line = format!("{} on {}", witness.action, witness.resource);
    for (key, values) in &witness.context {
        line.push_str(&format!(", {key} = {}", values.join(" ")));
    }
    line
}
