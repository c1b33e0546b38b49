//! One look at whoever has a name: from what is known and what AWS says to what is to be written.

use std::collections::{BTreeMap, BTreeSet};

use stanchion_changes::Change;
use stanchion_findings::{
    Batch, Evaluation, Facts, Finding, MemoryStore, Observation, Occasion, State, Store, StoreError, Subject,
    SubjectRecord, TransitionKind, fingerprint, transition,
};
use stanchion_inventory::{Inventory, PrincipalKind};
use stanchion_pipeline::{Others, digests, look_at, look_at_account, propose_for, subject};
use stanchion_rules::{Evaluator, Rulebook};

use super::settle::takes_away;
use crate::edges::{Memory, Outcome};
use crate::work::{Key, Kind, Millis, Row};

/// When a look is, and how long what it does not find any more is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) now: Millis,
    pub(crate) second_look: Millis,
    /// How many of the findings that open are looked into for a fix, and who else there may be.
    pub(crate) fixes: (usize, Others),
    /// When the account's principals were all looked at before, if that is known: those of whom nothing new was
    /// written were clean then.
    pub(crate) before: Option<Millis>,
}

/// How many findings one look looks into for a fix: of what opens more, the change is to be undone.
pub(crate) const FIXES: usize = 5;

/// What is to be written of the principal of a row, of whom `memory` is what is known.
///
/// # Errors
/// Those of a store in memory: none.
pub(crate) fn look(
    evaluator: &Evaluator<'_>,
    row: &Row,
    changes: &[Change],
    memory: &Memory,
    when: When,
) -> Result<Outcome, StoreError> {
    let store = remembering(seen(memory, row, evaluator.rulebook(), when))?;
    let arn = arn(&row.key, evaluator.inventory(), memory, changes);
    let in_turn: Vec<&Change> = changes.iter().collect();
    let mut batch = look_at(evaluator, &arn, &in_turn, &store)?;
    propose_for(evaluator, &mut batch, when.fixes.1, when.fixes.0);
    let principal = evaluator.inventory().principal(&arn);
    let now = principal.map(subject);
    for record in &memory.subjects {
        if now.as_ref() != Some(&record.subject) && !batch.removed_subjects.contains(&record.subject) {
            batch.removed_subjects.push(record.subject.clone());
        }
    }
    let unseen = withhold(&mut batch, &row.unseen, when);
    let again = again(&unseen, changes, row.again, when);
    let evaluated = principal.map(|principal| mark(evaluator.rulebook(), &principal.unique_id));
    Ok(Outcome { batch, again, unseen, evaluated, ..Outcome::default() })
}

/// What is to be written of an account as a whole.
///
/// # Errors
/// Those of a store in memory: none.
pub(crate) fn look_whole(
    evaluator: &Evaluator<'_>,
    row: &Row,
    changes: &[Change],
    memory: &Memory,
    when: When,
) -> Result<Outcome, StoreError> {
    let store = remembering(memory.clone())?;
    let in_turn: Vec<&Change> = changes.iter().collect();
    let mut batch = look_at_account(evaluator, row.key.account(), &in_turn, &store)?;
    propose_for(evaluator, &mut batch, when.fixes.1, when.fixes.0);
    let unseen = withhold(&mut batch, &row.unseen, when);
    let again = again(&unseen, changes, row.again, when);
    Ok(Outcome { batch, again, unseen, evaluated: row.evaluated.clone(), ..Outcome::default() })
}

/// The same memory, in which the evaluations are of when the account was last looked at, where that is later: a look
/// that finds nothing new of a principal is not written.
fn seen(memory: &Memory, row: &Row, rulebook: &Rulebook, when: When) -> Memory {
    let mut memory = memory.clone();
    let Some(before) = when.before.and_then(|before| jiff::Timestamp::from_millisecond(before).ok()) else {
        return memory;
    };
    for record in &mut memory.subjects {
        if row.evaluated.as_ref() == Some(&mark(rulebook, &record.subject.id))
            && let Some(evaluation) = &mut record.evaluation
            && evaluation
                .at
                .as_ref()
                .and_then(|at| at.parse().ok())
                .is_some_and(|at: jiff::Timestamp| at < before)
        {
            evaluation.at = Some(before.to_string());
        }
    }
    memory
}

/// A store of what is remembered, as the pipeline asks for one.
fn remembering(memory: Memory) -> Result<MemoryStore, StoreError> {
    let mut store = MemoryStore::new();
    let Memory { findings, subjects } = memory;
    store.commit(Batch { findings, subjects, ..Batch::default() })?;
    Ok(store)
}

/// What a principal was evaluated as, and by what: while it is the same, its record need not be written.
pub(crate) fn mark(rulebook: &Rulebook, unique_id: &str) -> String {
    let digests = digests(rulebook);
    format!("{unique_id} {} {} {}", digests.rulebook, digests.catalogue, digests.engine)
}

/// The unique id in a mark.
pub(crate) fn evaluated_id(row: &Row) -> Option<&str> {
    row.evaluated.as_deref()?.split(' ').next()
}

/// What is known of a principal of which nothing is remembered but that it had no findings, and that it was
/// evaluated as the same one, by the same rules.
pub(crate) fn clean_memory(rulebook: &Rulebook, unique_id: &str, arn: &str) -> Memory {
    let record = SubjectRecord {
        subject: Subject::principal(unique_id),
        principal: Some(arn.to_owned()),
        digests: digests(rulebook),
        evaluated_at: None,
        looks: 1,
        evaluation: None,
    };
    Memory { findings: Vec::new(), subjects: vec![record] }
}

/// Whether an outcome says nothing that is not written already.
pub(crate) fn is_news(outcome: &Outcome, row: &Row) -> bool {
    let Batch { findings, subjects: _, removed_subjects, transitions } = &outcome.batch;
    !findings.is_empty()
        || !removed_subjects.is_empty()
        || !transitions.is_empty()
        || outcome.unseen != row.unseen
        || outcome.evaluated != row.evaluated
}

/// What is written where a principal cannot be looked at: what was found of it cannot be told any more, for
/// this reason. Open findings stay open.
pub(crate) fn unreadable(row: &Row, memory: &Memory, reason: &str, now: Millis) -> Outcome {
    let mut batch = Batch::default();
    for finding in memory.findings.iter().filter(|finding| finding.state != State::Resolved) {
        let facts = Facts { unknowns: vec![reason.to_owned()], ..facts_of(finding) };
        let occasion = Occasion { evaluation: Some(look_of(row, now)), ..Occasion::default() };
        let step = transition(Some(finding), Observation::Indeterminate(facts), &occasion);
        batch.findings.extend(step.finding);
        batch.transitions.extend(step.transition);
    }
    let (unseen, evaluated) = (row.unseen.clone(), row.evaluated.clone());
    Outcome { batch, again: row.again, unseen, evaluated, ..Outcome::default() }
}

/// A look at a row that saw nothing of its principal: named by the row and how many outcomes were written before.
pub(crate) fn look_of(row: &Row, now: Millis) -> Evaluation {
    let account = Subject::account(row.key.account());
    let read = format!("{} {}", row.key, row.looks);
    Evaluation {
        id: fingerprint(1, "look", &account, Some(&read)).to_string(),
        at: jiff::Timestamp::from_millisecond(now).ok().map(|at| at.to_string()),
    }
}

fn facts_of(finding: &Finding) -> Facts {
    let finding = finding.clone();
    Facts {
        rule_id: finding.rule_id,
        rule_kind: finding.rule_kind,
        severity: finding.severity,
        title: finding.title,
        subject: finding.subject,
        facet: finding.facet,
        principal: finding.principal,
        account_id: finding.account_id,
        detail: finding.detail,
        remedy: finding.remedy,
        witness: finding.witness,
        assumptions: finding.assumptions,
        because: finding.because,
        unknowns: finding.unknowns,
    }
}

/// Takes out of a batch what has not been gone for long enough, and returns what is gone and since when.
fn withhold(batch: &mut Batch, before: &BTreeMap<String, Millis>, when: When) -> BTreeMap<String, Millis> {
    let mut unseen = BTreeMap::new();
    let mut is_settled = |name: String| {
        let since = before.get(&name).copied().unwrap_or(when.now);
        let settled = when.now - since >= when.second_look;
        if !settled {
            unseen.insert(name, since);
        }
        settled
    };
    let mut withheld = BTreeSet::new();
    let mut keep = BTreeSet::new();
    batch.transitions.retain(|transition| {
        let fingerprint = &transition.finding.fingerprint;
        if transition.kind != TransitionKind::Resolved || is_settled(fingerprint.to_string()) {
            return true;
        }
        withheld.insert(fingerprint.clone());
        keep.insert(transition.finding.subject.clone());
        false
    });
    batch.findings.retain(|finding| !withheld.contains(&finding.fingerprint));
    batch.removed_subjects.retain(|subject| is_settled(subject.to_string()) && !keep.contains(subject));
    unseen
}

/// When the next look is due by itself. Every look resolves what has been gone for long enough, so that the
/// latest moment will do for all.
fn again(
    unseen: &BTreeMap<String, Millis>,
    changes: &[Change],
    before: Option<Millis>,
    when: When,
) -> Option<Millis> {
    let gone = unseen.values().map(|since| since.saturating_add(when.second_look));
    let taken = changes.iter().any(|change| takes_away(&change.effect)) && when.second_look > 0;
    let taken = taken.then(|| when.now.saturating_add(when.second_look));
    let before = before.filter(|before| *before > when.now);
    gone.chain(taken).chain(before).max()
}

/// The ARN of whoever has the row's name; of nobody any more, the last that is known.
fn arn(key: &Key, inventory: &Inventory, memory: &Memory, changes: &[Change]) -> String {
    let Key::Principal { account, kind, name } = key else { return String::new() };
    let (kind, word) = match kind {
        Kind::User => (PrincipalKind::User, "user"),
        Kind::Role => (PrincipalKind::Role, "role"),
        Kind::Root => (PrincipalKind::Root, "root"),
    };
    if let Some(principal) = inventory.principal_by_name(account, kind, name) {
        return principal.arn.clone();
    }
    let known = memory.findings.iter().filter_map(|finding| finding.principal.clone()).next_back();
    known.unwrap_or_else(|| {
        let partition = changes.first().map_or("aws", |change| &change.partition);
        match kind {
            PrincipalKind::Root => format!("arn:{partition}:iam::{account}:root"),
            _ => format!("arn:{partition}:iam::{account}:{word}/{name}"),
        }
    })
}
