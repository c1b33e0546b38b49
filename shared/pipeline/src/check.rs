//! Every principal of an inventory against every rule, with no memory of earlier evaluations.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;

use stanchion_findings::{Finding, Occasion, State, transition};
use stanchion_inventory::Principal;
use stanchion_policy::prove::{Assumption, ran_out};
use stanchion_rules::{Evaluator, Judged};

use crate::facts::{Who, facts};
use crate::suppress::{self, suppressed};

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// How many principals were evaluated.
    pub principals: usize,
    /// How many accounts were: those that some rule is about as a whole.
    pub accounts: usize,
    /// What is open, suppressed or indeterminate: of accounts, by id and rule, then of principals, by account, ARN and
    /// rule.
    pub findings: Vec<Finding>,
    /// What the answers take for granted.
    pub assumptions: BTreeSet<Assumption>,
    /// What of the rules is not evaluated, or not as it may be thought, each with its rule's id; and which
    /// policies of the organization do nothing; and what looks wrong with suppressions.
    pub notes: Vec<String>,
}

impl Checked {
    /// How many findings are indeterminate since a search used up its budget.
    pub fn out_of_budget(&self) -> usize {
        let ran_out = |finding: &&Finding| finding.unknowns.iter().any(|reason| ran_out(reason));
        self.findings.iter().filter(|finding| finding.state == State::Indeterminate).filter(ran_out).count()
    }
}

/// Evaluates every principal, on all cores. The result does not depend on how many there are.
pub fn check(evaluator: &Evaluator<'_>) -> Checked {
    let inventory = evaluator.inventory();
    let principals: Vec<&Principal> = inventory.principals().chain(inventory.unbound_roots()).collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = principals.len().div_ceil(cores).max(1);
    let notes = evaluator.notes().chain(evaluator.idle()).collect();
    let accounts = evaluator.accounts();
    let mut checked =
        Checked { principals: principals.len(), accounts: accounts.len(), notes, ..Checked::default() };
    for id in &accounts {
        let (findings, assumptions) = judgements(evaluator, &evaluator.account(id), Who::Account(id));
        checked.findings.extend(findings);
        checked.assumptions.extend(assumptions);
    }
    thread::scope(|scope| {
        let work = |chunk: &[&Principal]| -> Vec<Judgements> {
            chunk.iter().map(|p| judgements(evaluator, &evaluator.principal(p), Who::Principal(p))).collect()
        };
        let workers: Vec<_> =
            principals.chunks(share).map(|chunk| scope.spawn(move || work(chunk))).collect();
        for worker in workers {
            let judged = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for (findings, assumptions) in judged {
                checked.findings.extend(findings);
                checked.assumptions.extend(assumptions);
            }
        }
    });
    let doubts = suppress::doubts(evaluator.rulebook(), Some(&checked.findings), evaluator.now());
    checked.notes.extend(suppress::notes(&doubts));
    checked
}

/// The findings of a principal or an account, and what the answers about it take for granted.
type Judgements = (Vec<Finding>, BTreeSet<Assumption>);

fn judgements(evaluator: &Evaluator<'_>, judged: &[Judged<'_>], who: Who<'_>) -> Judgements {
    let assumptions = judged.iter().flat_map(|judged| judged.judgement.assumptions()).copied().collect();
    let findings = judged.iter().filter_map(|judged| {
        let observation = facts(judged.rule, judged.facet.as_deref(), who, &judged.judgement);
        transition(None, suppressed(evaluator, observation), &Occasion::default()).finding
    });
    (findings.collect(), assumptions)
}
