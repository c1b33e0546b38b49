//! The main job: from changes to the transitions of findings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use stanchion_changes::{Affected, Change, Effect};
use stanchion_findings::{
    Batch, Digests, Evaluation, EventRef, Finding, LIKELY, Observation, Occasion, Since, State, Store,
    StoreError, Subject, SubjectKind, SubjectRecord, Transition, fingerprint, transition,
};
use stanchion_inventory::{Account, IamArn};
use stanchion_rules::{Asked, Earlier, Evaluator, Facets, Judgement, Rule};

use crate::cause::{History, cause, reference};
use crate::facts::{Who, digests, facts, observed, still, subject};
use crate::order::{moment, within_a_second};
use crate::suppress::suppressed;
use crate::whom::whom;

/// What came of a run of changes.
#[derive(Clone, Debug, Default)]
pub struct Reaction {
    /// For each change, in the order given, whom it affects.
    pub affected: Vec<Affected>,
    /// What is to be told: what an earlier run stored and did not get to tell, then what happened
    /// to findings now, by principal and rule. [`published`] notes that it has been told.
    pub transitions: Vec<Transition>,
    /// How many of the transitions are of earlier runs.
    pub earlier: usize,
}

/// Re-evaluates every principal that the changes affect, once each, on the inventory as it is after
/// all of them; stores what it finds and returns what happened.
///
/// An event only says where to look. What opens is attributed to a change only if it is known that
/// the rule was unbroken before it: from the store, or by undoing the change's own effect.
///
/// # Errors
/// Those of the store.
pub fn react(
    evaluator: &Evaluator<'_>,
    changes: &[&Change],
    store: &mut dyn Store,
) -> Result<Reaction, StoreError> {
    let digests = digests(evaluator.rulebook());
    let pending = store.pending()?;
    let mut reaction = Reaction { earlier: pending.len(), transitions: pending, ..Reaction::default() };
    // Whom to look at, and the changes that say so, in the order of their time.
    let mut looks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut accounts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut in_time: Vec<usize> = (0..changes.len()).collect();
    let rank = |index: usize| within_a_second(&changes[index].effect);
    in_time.sort_by_key(|index| (moment(&changes[*index].event_time), rank(*index), *index));
    reaction.affected = whom(evaluator, changes, store)?;
    for index in in_time {
        for arn in &reaction.affected[index].principals {
            looks.entry(arn.clone()).or_default().push(index);
        }
        for account in &reaction.affected[index].accounts {
            accounts.entry(account.clone()).or_default().push(index);
        }
    }
    let mut histories: BTreeMap<&[usize], History<'_>> = BTreeMap::new();
    for (arn, indices) in &looks {
        let history = histories
            .entry(indices)
            .or_insert_with(|| History::new(indices.iter().map(|index| changes[*index]).collect()));
        reaction.transitions.extend(look(evaluator, arn, history, &digests, store)?);
    }
    for (account, indices) in &accounts {
        let history = History::new(indices.iter().map(|index| changes[*index]).collect());
        reaction.transitions.extend(look_into(evaluator, account, &history, &digests, store)?);
    }
    Ok(reaction)
}

/// Evaluates whoever has a name, on the inventory as it is after the changes that say so, and returns
/// what is to be stored; writes nothing.
///
/// `store` holds what is known of those who have or had the name, and of nobody else: whoever is not the
/// one that the inventory has under `arn` is no more.
///
/// # Errors
/// Those of the store.
pub fn look_at(
    evaluator: &Evaluator<'_>,
    arn: &str,
    changes: &[&Change],
    store: &dyn Store,
) -> Result<Batch, StoreError> {
    let mut in_time = changes.to_vec();
    in_time.sort_by_key(|change| (moment(&change.event_time), within_a_second(&change.effect)));
    let history = History::new(in_time);
    let mut batch = Batch::default();
    let now = evaluator.inventory().principal(arn);
    for finding in store.unresolved()? {
        if now.is_none_or(|now| subject(now) != finding.subject) {
            remove(evaluator, &finding, &history, &mut batch);
        }
    }
    if let Some(principal) = now {
        let digests = digests(evaluator.rulebook());
        evaluator.about(principal, |asked| evaluate(asked, &history, &digests, store, &mut batch))?;
    }
    Ok(batch)
}

/// Evaluates an account as a whole, on the inventory as it is after the changes that say so, and returns
/// what is to be stored; writes nothing. `store` holds what is known of the account.
///
/// # Errors
/// Those of the store.
pub fn look_at_account(
    evaluator: &Evaluator<'_>,
    account: &str,
    changes: &[&Change],
    store: &dyn Store,
) -> Result<Batch, StoreError> {
    let mut in_time = changes.to_vec();
    in_time.sort_by_key(|change| (moment(&change.event_time), within_a_second(&change.effect)));
    let mut batch = Batch::default();
    let digests = digests(evaluator.rulebook());
    evaluate_account(evaluator, account, &History::new(in_time), &digests, store, &mut batch)?;
    Ok(batch)
}

/// Evaluates one account as a whole, and stores and returns what happened to its findings.
pub(crate) fn look_into(
    evaluator: &Evaluator<'_>,
    account: &str,
    history: &History<'_>,
    digests: &Digests,
    store: &mut dyn Store,
) -> Result<Vec<Transition>, StoreError> {
    let mut batch = Batch::default();
    evaluate_account(evaluator, account, history, digests, store, &mut batch)?;
    let transitions = batch.transitions.clone();
    store.commit(batch)?;
    Ok(transitions)
}

/// Evaluates one principal, and stores and returns what happened to its findings.
pub(crate) fn look(
    evaluator: &Evaluator<'_>,
    arn: &str,
    history: &History<'_>,
    digests: &Digests,
    store: &mut dyn Store,
) -> Result<Vec<Transition>, StoreError> {
    let mut batch = Batch::default();
    gone(evaluator, store, arn, history, &mut batch)?;
    if let Some(principal) = evaluator.inventory().principal(arn) {
        evaluator.about(principal, |asked| evaluate(asked, history, digests, store, &mut batch))?;
    }
    let transitions = batch.transitions.clone();
    store.commit(batch)?;
    Ok(transitions)
}

/// Evaluates every principal of the inventory, with no change in mind: what opens has no cause.
///
/// # Errors
/// Those of the store.
pub fn baseline(evaluator: &Evaluator<'_>, store: &mut dyn Store) -> Result<Vec<Transition>, StoreError> {
    let digests = digests(evaluator.rulebook());
    let mut transitions = store.pending()?;
    let nothing = History::new(Vec::new());
    let inventory = evaluator.inventory();
    for principal in inventory.principals().chain(inventory.unbound_roots()) {
        let mut batch = Batch::default();
        evaluator.about(principal, |asked| evaluate(asked, &nothing, &digests, store, &mut batch))?;
        transitions.extend(batch.transitions.iter().cloned());
        store.commit(batch)?;
    }
    // Those too that no rule is about any more.
    let of_accounts = store.unresolved_where(&is_of_account)?.into_iter().map(|finding| finding.subject.id);
    let accounts: BTreeSet<String> = evaluator.accounts().into_iter().chain(of_accounts).collect();
    for account in &accounts {
        transitions.extend(look_into(evaluator, account, &nothing, &digests, store)?);
    }
    Ok(transitions)
}

/// Whether a finding is a rule's about an account.
fn is_of_account(finding: &Finding) -> bool {
    finding.subject.kind == SubjectKind::Account && finding.rule_kind == OF_ACCOUNTS
}

/// The kind of rule that can be about accounts.
const OF_ACCOUNTS: &str = "guardrail";

/// Notes that transitions have been told. What is not noted is told again by the next run.
///
/// # Errors
/// Those of the store.
pub fn published(store: &mut dyn Store, transitions: &[Transition]) -> Result<(), StoreError> {
    transitions.iter().try_for_each(|transition| store.mark_published(&transition.id))
}

/// Resolves what is stored about principals that are no more. One recreated under the same name is
/// another.
fn gone(
    evaluator: &Evaluator<'_>,
    store: &dyn Store,
    arn: &str,
    history: &History<'_>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let mut stored = store.findings_of_principal(arn)?;
    let comes_or_goes =
        |change: &&Change| matches!(change.effect, Effect::Delete(_) | Effect::CreatePrincipal(_));
    if evaluator.inventory().principal(arn).is_none() || history.changes().iter().any(comes_or_goes) {
        // A deletion tells the name and not the path.
        let wanted = pathless(arn);
        // Most are told apart by their ends.
        let same = |other: &str| other.ends_with(wanted.1) && other != arn && pathless(other) == wanted;
        let is_namesake = |finding: &Finding| finding.principal.as_deref().is_some_and(same);
        stored.extend(store.unresolved_where(&is_namesake)?);
    }
    for finding in stored {
        let holder = finding.principal.as_deref().and_then(|arn| evaluator.inventory().principal(arn));
        match holder {
            Some(principal) if subject(principal) == finding.subject => continue,
            // Another principal has the name: this one is gone.
            Some(_) => {}
            // What the inventory lacks is not gone for that.
            None if is_known_gone(evaluator, &finding, history.changes()) => {}
            None => continue,
        }
        remove(evaluator, &finding, history, batch);
    }
    Ok(())
}

/// Resolves a finding whose subject is no more.
fn remove(evaluator: &Evaluator<'_>, finding: &Finding, history: &History<'_>, batch: &mut Batch) {
    if !batch.removed_subjects.contains(&finding.subject) {
        batch.removed_subjects.push(finding.subject.clone());
    }
    let evaluation = evaluation(evaluator, &digests(evaluator.rulebook()), &finding.subject, 0, history);
    let occasion = occasion(history.last(), None, Some(&evaluation));
    record(transition(Some(finding), Observation::Gone, &occasion), batch);
}

/// Whether a principal that the inventory lacks is known to be no more: the inventory has all of its
/// account, or a change deleted it.
fn is_known_gone(evaluator: &Evaluator<'_>, finding: &Finding, changes: &[&Change]) -> bool {
    let Some(arn) = finding.principal.as_deref().and_then(IamArn::parse) else { return false };
    let deleted = changes.iter().any(|change| match &change.effect {
        Effect::Delete(entity) => entity.account == arn.account && entity.name == arn.name,
        _ => false,
    });
    deleted || evaluator.inventory().account(arn.account).is_some_and(Account::is_complete)
}

/// An ARN without its path: names are unique in an account, whatever their paths.
fn pathless(arn: &str) -> (&str, &str) {
    let start = arn.split_once('/').map_or(arn, |(start, _)| start);
    (start, arn.rsplit('/').next().unwrap_or_default())
}

/// Judges a principal by every rule, and notes what happens to its findings.
fn evaluate(
    asked: &Asked<'_, '_>,
    history: &History<'_>,
    digests: &Digests,
    store: &dyn Store,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let who = Who::Principal(asked.principal());
    let stored = store.findings_of_subject(&who.subject())?;
    let judge = Judge {
        who,
        unchanged: &|rule, finding| unchanged(asked, rule, finding),
        ask: &|rule_id| asked.one(rule_id),
    };
    judge.evaluate(asked.evaluator(), &stored, history, digests, store, batch)
}

/// Judges an account by every rule that can be about one.
fn evaluate_account(
    evaluator: &Evaluator<'_>,
    account: &str,
    history: &History<'_>,
    digests: &Digests,
    store: &dyn Store,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let who = Who::Account(account);
    let mut stored = store.findings_of_subject(&who.subject())?;
    // There are findings about accounts that no rule makes.
    stored.retain(is_of_account);
    if stored.is_empty() && !evaluator.asks_for_accounts() {
        return Ok(());
    }
    let judge = Judge {
        who,
        unchanged: &|_, _| None,
        // A rule that is not about accounts any more has no way to be broken by one.
        ask: &|rule_id| Some(evaluator.account_by(rule_id, account).unwrap_or_default()),
    };
    judge.evaluate(evaluator, &stored, history, digests, store, batch)
}

/// Who is judged, and how.
struct Judge<'j> {
    who: Who<'j>,
    /// What is observed of a finding that is as it was, if it is.
    unchanged: &'j dyn Fn(&Rule, &Finding) -> Option<Observation>,
    ask: &'j dyn Fn(&str) -> Option<Facets>,
}

impl Judge<'_> {
    fn evaluate(
        &self,
        evaluator: &Evaluator<'_>,
        stored: &[Finding],
        history: &History<'_>,
        digests: &Digests,
        store: &dyn Store,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let who = self.who;
        let subject = who.subject();
        let before = store.subject(&subject)?;
        let known_before = before.as_ref().is_some_and(|record| record.digests == *digests);
        let arn = who.arn();
        let is_made = |change: &&Change| matches!(&change.effect, Effect::CreatePrincipal(made) if Some(&made.arn) == arn.as_ref());
        let baseline = !known_before && !history.changes().iter().any(is_made);
        let looks = 1 + before.as_ref().map_or(0, |record| record.looks);
        let evaluation = evaluation(evaluator, digests, &subject, looks, history);
        let occasion = |trigger, cause| occasion(trigger, cause, Some(&evaluation));
        for rule in &evaluator.rulebook().rules {
            let of_rule: Vec<&Finding> = stored.iter().filter(|finding| finding.rule_id == rule.id).collect();
            // A rule with one finding that is as it was need not be asked again.
            if let [finding] = of_rule[..]
                && let Some(observation) = (self.unchanged)(rule, finding)
            {
                let observation = suppressed(evaluator, observation);
                record(transition(Some(finding), observation, &occasion(history.last(), None)), batch);
                continue;
            }
            let Some(facets) = (self.ask)(&rule.id) else { continue };
            for (facet, judgement) in &facets {
                let facet = facet.as_deref();
                let previous = of_rule.iter().copied().find(|finding| finding.facet.as_deref() == facet);
                // Of what was suppressed, the cause is known already.
                let is_old = |finding: &Finding| matches!(finding.state, State::Open | State::Suppressed);
                let was_open = previous.is_some_and(is_old);
                let cause = match judgement {
                    Judgement::Violated { .. } if !was_open => {
                        let was_indeterminate = previous.is_some_and(|f| f.state == State::Indeterminate);
                        let was_clean = known_before && !was_indeterminate;
                        cause(evaluator, (&rule.id, facet), who, history, was_clean)
                    }
                    _ => None,
                };
                let trigger = cause.or(history.last());
                let observation = suppressed(evaluator, facts(rule, facet, who, judgement));
                let was_indeterminate = previous.is_some_and(|f| f.state == State::Indeterminate);
                let held = before.as_ref().filter(|_| known_before && !was_indeterminate);
                let since = cause.is_none().then(|| since(held, &evaluation, history));
                let occasion = Occasion { baseline, since, ..occasion(trigger, cause) };
                record(transition(previous, observation, &occasion), batch);
            }
            // Ways to break the rule that are not told of any more. Where nothing is known of the rule,
            // they stay as they are.
            let is_told = |finding: &&Finding| facets.iter().any(|(facet, _)| *facet == finding.facet);
            if observed(&facets, None).is_none_or(Judgement::is_unbroken) {
                for finding in of_rule.iter().filter(|finding| !is_told(finding)) {
                    let occasion = occasion(history.last(), None);
                    record(transition(Some(finding), Observation::Clean, &occasion), batch);
                }
            }
        }
        // Rules that the rulebook no longer has.
        for finding in stored {
            if evaluator.rulebook().rule(&finding.rule_id).is_none() {
                let occasion = occasion(history.last(), None);
                record(transition(Some(finding), Observation::Gone, &occasion), batch);
            }
        }
        batch.subjects.push(SubjectRecord {
            subject,
            principal: arn,
            digests: digests.clone(),
            evaluated_at: history.last().map(|change| change.event_time.clone()),
            looks,
            evaluation: Some(evaluation),
        });
        Ok(())
    }
}

/// If the stored witness of a finding that was proven still violates, it has not changed, and nothing is searched.
fn unchanged(asked: &Asked<'_, '_>, rule: &Rule, finding: &Finding) -> Option<Observation> {
    if !matches!(finding.state, State::Open | State::Suppressed) {
        return None;
    }
    let stored = finding.witness.as_ref()?;
    let earlier = Earlier {
        action: &stored.action,
        resource: &stored.resource,
        context: &stored.context,
        assumptions: &finding.assumptions,
    };
    let witness = asked.still_violates(&rule.id, &earlier)?;
    Some(still(rule, Who::Principal(asked.principal()), finding, &witness))
}

/// The evaluation of a subject that so many were written of, this one included.
fn evaluation(
    evaluator: &Evaluator<'_>,
    Digests { rulebook, catalogue, engine }: &Digests,
    subject: &Subject,
    looks: u64,
    history: &History<'_>,
) -> Evaluation {
    let looks = looks.to_string();
    let mut read = vec![looks.as_str(), rulebook, catalogue, engine];
    read.extend(history.changes().iter().map(|change| change.event_id.as_str()));
    let at = evaluator.now().and_then(|now| Timestamp::from_nanosecond(now).ok());
    Evaluation {
        id: fingerprint(EVALUATIONS, "evaluation", subject, Some(&read.join(" "))).to_string(),
        at: at.map(|at| at.to_string()),
    }
}

/// Between when a violation came that no change is proven to have brought about: since `held` at the most.
fn since(held: Option<&SubjectRecord>, evaluation: &Evaluation, history: &History<'_>) -> Since {
    Since {
        held_at: held.and_then(|record| record.evaluation.as_ref()?.at.clone()),
        found_at: evaluation.at.clone(),
        likely: history.changes().iter().rev().take(LIKELY).map(|change| reference(change)).collect(),
    }
}

/// The version of the ids of evaluations.
const EVALUATIONS: u32 = 1;

fn occasion(trigger: Option<&Change>, cause: Option<&Change>, evaluation: Option<&Evaluation>) -> Occasion {
    let refer = |change: Option<&Change>| -> Option<EventRef> { change.map(reference) };
    Occasion {
        trigger: refer(trigger),
        caused_by: refer(cause),
        at: trigger.map(|change| change.event_time.clone()),
        since: None,
        evaluation: evaluation.cloned(),
        baseline: false,
    }
}

fn record(step: stanchion_findings::Step, batch: &mut Batch) {
    batch.findings.extend(step.finding);
    batch.transitions.extend(step.transition);
}
