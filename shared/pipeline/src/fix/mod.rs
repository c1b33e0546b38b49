//! The smallest change that resolves a finding, proven.
//!
//! Candidates are made one kind after the other, from the least that could be enough to the most. Each is made on
//! a copy of the inventory, and the rule is judged again: only one with which it holds, and with which nothing else
//! opens, is a fix. What else is lost is proven by comparing everyone whom it concerns before and after. The first
//! fix that takes nothing else away is proposed; where there is none, the first that resolves the finding, with
//! what it takes.

mod complement;
mod credentials;
mod deny;
mod diff;
mod edit;
mod grants;
mod loss;
mod organization;
mod trusts;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;

use stanchion_findings::{Batch, Finding, Fix, Safety, State, Transition, TransitionKind};
use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::Document;
use stanchion_policy::document::Statement;
use stanchion_policy::prove::Witness;
use stanchion_rules::rulebook::Kind;
use stanchion_rules::{Evaluator, Evidence, Facets, Judgement, Meant, Rule};

use crate::facts::observed;
use edit::{Concerned, Edit, Place};

/// How often a finding's rule is judged again at most, for all of its candidates.
const LOOKS: u32 = 40;

/// How many changes of one kind a fix may be made of.
const ROUNDS: usize = 8;

/// How many principals are compared before and after.
const COMPARED: usize = 40;

/// How many others are named, and how many losses are told.
const NAMED: usize = 10;

/// How many steps a summary tells.
const STEPS_TOLD: usize = 3;

/// Who else there may be besides those in the inventory's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody: what the inventory has of an account is all of it, unless it says otherwise.
    InTheInventory,
    /// Anyone: the inventory was read for one principal.
    Unknown,
}

/// A change that resolves an open finding; `None`: none was found that is proven to. The evaluator's inventory must be
/// the one that the finding is of.
pub fn propose(evaluator: &Evaluator<'_>, finding: &Finding, others: Others) -> Option<Fix> {
    if finding.state != State::Open {
        return None;
    }
    let rule = evaluator.rulebook().rule(&finding.rule_id)?;
    let who = match &finding.principal {
        Some(arn) => {
            let principal = evaluator.inventory().principal(arn)?;
            Who::Principal(principal, meant(evaluator, rule, finding.facet.as_deref(), principal))
        }
        None => Who::Account(finding.account_id.clone()?),
    };
    let case = Case { evaluator, rule, facet: finding.facet.as_deref(), who, others, looks: Cell::new(0) };
    case.fix()
}

/// Proposes a fix for each of some findings, on all cores.
pub fn propose_all(evaluator: &Evaluator<'_>, findings: &mut [Finding], others: Others) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = findings.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        for chunk in findings.chunks_mut(share) {
            scope.spawn(move || {
                for finding in chunk {
                    finding.fix = propose(evaluator, finding, others);
                }
            });
        }
    });
}

/// Proposes a fix for each finding that transitions open or change, and returns those findings, to be stored: the
/// evaluator's inventory must be the one after all of them.
pub fn propose_after(evaluator: &Evaluator<'_>, transitions: &mut [Transition]) -> Vec<Finding> {
    let mut mended = Vec::new();
    for transition in transitions {
        transition.finding.fix = propose(evaluator, &transition.finding, Others::InTheInventory);
        mended.extend(transition.finding.fix.is_some().then(|| transition.finding.clone()));
    }
    mended
}

/// Proposes fixes for what a batch opens, at most so many: a change that opens hundreds is to be undone, and not each
/// of its findings mended. What first evaluations find is left out.
pub fn propose_for(evaluator: &Evaluator<'_>, batch: &mut Batch, others: Others, most: usize) {
    let opened = batch.transitions.iter_mut();
    let opened = opened.filter(|one| one.kind == TransitionKind::Opened && !one.baseline);
    for transition in opened.take(most) {
        transition.finding.fix = propose(evaluator, &transition.finding, others);
        let same = |finding: &&mut Finding| finding.fingerprint == transition.finding.fingerprint;
        if let Some(finding) = batch.findings.iter_mut().find(same) {
            finding.fix.clone_from(&transition.finding.fix);
        }
    }
}

/// A finding that is to be mended.
struct Case<'c> {
    evaluator: &'c Evaluator<'c>,
    rule: &'c Rule,
    facet: Option<&'c str>,
    who: Who<'c>,
    others: Others,
    looks: Cell<u32>,
}

enum Who<'c> {
    /// And what should be so.
    Principal(&'c Principal, Meant),
    Account(String),
}

/// What a rule says of an inventory.
enum Seen {
    Holds,
    /// It is broken, and this shows it, where it is a request.
    Broken(Option<Box<Witness>>),
}

/// The changes of one round, and what of those that a trust policy lets in they are meant to refuse.
#[derive(Default)]
struct Step {
    edits: Vec<Edit>,
    refused: Vec<Statement>,
}

/// A way to mend: what to do next about what shows that the rule is broken; `None`: nothing.
type Way = fn(&Case<'_>, &Inventory, Option<&Witness>) -> Option<Step>;

/// Those of principals, the least change first.
const OF_PRINCIPALS: [Way; 11] = [
    grants::void,
    grants::needed,
    grants::of_everything,
    grants::without_resource,
    grants::without_action,
    grants::narrowed,
    grants::denied_there,
    grants::denied_by_itself,
    grants::detached,
    organization::attached,
    organization::founded,
];

/// Those of roles that let in somebody whom they should not.
const OF_TRUST: [Way; 3] = [trusts::asked, trusts::without_principal, trusts::without_statement];

/// Those of users and root users whose credentials are not in order.
const OF_IDENTITIES: [Way; 1] = [credentials::in_order];

/// Those of accounts.
const OF_ACCOUNTS: [Way; 2] = [organization::attached, organization::founded];

impl<'c> Case<'c> {
    fn fix(&self) -> Option<Fix> {
        let before = self.evaluator.inventory();
        let (first, facets) = self.look(self.evaluator)?;
        let Seen::Broken(first) = first else { return None };
        let broken = broken(&facets);
        let ways: &[Way] = match (&self.who, &self.rule.kind) {
            (Who::Account(_), _) => &OF_ACCOUNTS,
            // To look farther takes too long.
            (_, Kind::Paths(_)) => &[],
            (_, Kind::ThirdParties(_) | Kind::Federation(_) | Kind::ServiceTrust(_))
                if !self.is_about_grants() =>
            {
                &OF_TRUST
            }
            (_, Kind::Identities(_)) => &OF_IDENTITIES,
            _ => &OF_PRINCIPALS,
        };
        let mut second_best = None;
        for way in ways {
            let Some((after, step)) = self.attempt(*way, before, first.as_deref(), &broken) else { continue };
            let fix = self.told(&after, &step);
            if fix.safety == Safety::Safe {
                return Some(fix);
            }
            second_best.get_or_insert(fix);
        }
        second_best
    }

    /// Whether a rule about trust is broken by what a vendor may do.
    fn is_about_grants(&self) -> bool {
        self.facet.is_some_and(|facet| facet.starts_with("vendor:"))
    }

    /// What the rule says on another inventory; `None`: it is not known, or there was enough looking.
    fn look(&self, evaluator: &Evaluator<'_>) -> Option<(Seen, Facets)> {
        self.looks.set(self.looks.get() + 1);
        if self.looks.get() > LOOKS {
            return None;
        }
        let facets = match &self.who {
            Who::Principal(principal, _) => {
                let then = evaluator.inventory().principal(&principal.arn)?;
                evaluator.about(then, |asked| asked.one(&self.rule.id))?
            }
            Who::Account(id) => evaluator.account_by(&self.rule.id, id)?,
        };
        let seen = match observed(&facets, self.facet) {
            None => Seen::Holds,
            Some(judgement) if judgement.is_unbroken() => Seen::Holds,
            Some(Judgement::Violated { evidence: Evidence::Witness(witness, _), .. }) => {
                Seen::Broken(Some(witness.clone()))
            }
            Some(Judgement::Violated { .. }) => Seen::Broken(None),
            Some(_) => return None,
        };
        Some((seen, facets))
    }

    /// Goes one way until the rule holds.
    fn attempt(
        &self,
        way: Way,
        before: &Inventory,
        first: Option<&Witness>,
        broken_before: &BTreeSet<Option<String>>,
    ) -> Option<(Inventory, Step)> {
        let (mut after, mut done) = (before.clone(), Step::default());
        let mut witness = first.cloned().map(Box::new);
        for _ in 0..ROUNDS {
            let step = way(self, &after, witness.as_deref())?;
            for edit in step.edits {
                edit.apply(&mut after).then_some(())?;
                done.edits.push(edit);
            }
            done.refused.extend(step.refused);
            match self.look(&self.evaluator.on(&after))? {
                (Seen::Holds, facets) => {
                    let opens = !broken(&facets).is_subset(broken_before) || self.breaks(&after, &done.edits);
                    return (!opens).then_some((after, done));
                }
                (Seen::Broken(next), _) => witness = next,
            }
        }
        None
    }

    /// Whether the rule holds after one change.
    fn mends(&self, edit: &Edit) -> bool {
        let mut after = self.evaluator.inventory().clone();
        edit.apply(&mut after) && matches!(self.look(&self.evaluator.on(&after)), Some((Seen::Holds, _)))
    }

    /// Whether one change is safe.
    fn takes_nothing_else(&self, edit: &Edit) -> bool {
        let mut after = self.evaluator.inventory().clone();
        let step = Step { edits: vec![edit.clone()], ..Step::default() };
        edit.apply(&mut after) && self.told(&after, &step).safety == Safety::Safe
    }

    /// Whether it breaks another rule. What is taken away breaks those alone that say what a persona needs, or that are
    /// not about whoever may do everything.
    fn breaks(&self, after: &Inventory, edits: &[Edit]) -> bool {
        let grants = edits.iter().any(|edit| matches!(edit, Edit::Grant { .. }));
        let may_break = |rule: &&Rule| {
            grants || matches!(rule.kind, Kind::Persona(_) | Kind::Combination(_) | Kind::Paths(_))
        };
        let rules: Vec<&Rule> = self.evaluator.rulebook().rules.iter().filter(may_break).collect();
        if rules.is_empty() {
            return false;
        }
        let later = self.evaluator.on(after);
        let (all, _) = self.concerned(edits);
        all.iter().take(COMPARED).any(|principal| {
            let broken_by = |evaluator: &Evaluator<'_>, rule: &Rule| {
                let then = evaluator.inventory().principal(&principal.arn);
                let facets = then.and_then(|then| evaluator.about(then, |asked| asked.one(&rule.id)));
                facets.map(|facets| broken(&facets)).unwrap_or_default()
            };
            rules.iter().any(|rule| !broken_by(&later, rule).is_subset(&broken_by(self.evaluator, rule)))
        })
    }

    /// Whom some changes concern, each once, and why it is not known who else.
    fn concerned(&self, edits: &[Edit]) -> (Vec<&'c Principal>, BTreeSet<String>) {
        let (mut all, mut unknown): (Vec<&Principal>, BTreeSet<String>) = Default::default();
        for edit in edits {
            if self.others == Others::Unknown && !edit.is_of_one() {
                unknown.insert("whom else it concerns is not known".to_owned());
            }
            match edit.concerns(self.evaluator.inventory()) {
                Concerned::These(more) => all.extend(more),
                Concerned::AtLeast(more, reason) => {
                    all.extend(more);
                    unknown.insert(reason);
                }
            }
        }
        all.sort_by(|a, b| a.arn.cmp(&b.arn));
        all.dedup_by(|a, b| a.arn == b.arn);
        (all, unknown)
    }

    /// What is lost besides what the rule forbids, and by whom; those whom it concerns.
    fn losses(&self, after: &Inventory, step: &Step) -> (Vec<String>, Vec<&'c Principal>) {
        let (concerned, unknown) = self.concerned(&step.edits);
        let mut loses: Vec<String> = unknown.into_iter().collect();
        if concerned.len() > COMPARED {
            let more = concerned.len() - COMPARED;
            loses.push(format!("{more} more principals have it, of whom it is not known what they lose"));
        }
        for principal in concerned.iter().take(COMPARED) {
            let meant = match &self.who {
                Who::Principal(own, meant) if own.arn == principal.arn => meant.clone(),
                _ if self.evaluator.is_about(&self.rule.id, principal) => {
                    meant(self.evaluator, self.rule, self.facet, principal)
                }
                _ => Meant::default(),
            };
            loses.extend(loss::of_principal(self.evaluator, principal, after, &meant));
        }
        for edit in &step.edits {
            loses.extend(edit.loses());
            // Whoever is gone can lose nothing.
            let is_gone = self.facet.is_some_and(|facet| facet.starts_with("gone:"));
            if let (Some(place @ Place::Trust(_)), false) = (edit.place(), is_gone)
                && let Some(old) = place.document(self.evaluator.inventory())
                && let Some(new) = place.document(after)
            {
                loses.extend(loss::of_trust(old, new, &step.refused));
            }
        }
        loses.dedup();
        (loses, concerned)
    }

    fn told(&self, after: &Inventory, step: &Step) -> Fix {
        let before = self.evaluator.inventory();
        let (mut loses, concerned) = self.losses(after, step);
        let (mut summary, mut policies, mut diff) = (Vec::new(), Vec::new(), String::new());
        let mut places: Vec<&Place> = Vec::new();
        for edit in &step.edits {
            let told = edit.told(before);
            if !summary.contains(&told) {
                summary.push(told);
            }
            if let Some(policy) = edit.policy()
                && !policies.contains(&policy)
            {
                policies.push(policy);
            }
            if let Edit::Found { id, document, .. } = edit {
                diff += &diff::unified(id, "", &document.to_json());
            } else if let Some(place) = edit.place()
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        let text = |document: Option<&Document>| document.map(Document::to_json).unwrap_or_default();
        for place in places {
            let (old, new) = (text(place.document(before)), text(place.document(after)));
            diff += &diff::unified(&place.told(), &old, &new);
        }
        let more = loses.len().saturating_sub(NAMED);
        let safety = if loses.is_empty() { Safety::Safe } else { Safety::Unsafe };
        loses.truncate(NAMED);
        if more > 0 {
            loses.push(format!("and {more} more"));
        }
        let own = match &self.who {
            Who::Principal(principal, _) => Some(principal.arn.as_str()),
            Who::Account(_) => None,
        };
        let others = concerned.iter().map(|principal| &principal.arn).filter(|arn| Some(arn.as_str()) != own);
        let others = others.take(NAMED).cloned().collect();
        let more = summary.len().saturating_sub(STEPS_TOLD);
        summary.truncate(STEPS_TOLD);
        if more > 0 {
            summary.push(format!("and {more} more such steps, as below"));
        }
        Fix { summary: summary.join("; "), policies, diff, safety, loses, others }
    }
}

/// What should be so of a principal. Rules are written for every partition and account; a policy is of one, and where
/// it said the same it would not be known how far its wildcards reach.
fn meant(evaluator: &Evaluator<'_>, rule: &Rule, facet: Option<&str>, principal: &Principal) -> Meant {
    let mut meant = evaluator.meant(&rule.id, facet, principal);
    let partition = principal.arn.split(':').nth(1).unwrap_or("aws");
    for region in &mut meant.regions {
        *region = deny::at_home(region, partition, Some(&principal.account));
    }
    meant
}

/// The facets in which a rule is broken, or may be.
fn broken(facets: &Facets) -> BTreeSet<Option<String>> {
    let broken = facets.iter().filter(|(_, judgement)| !judgement.is_unbroken());
    broken.map(|(facet, _)| facet.clone()).collect()
}
