//! What every place must do that findings are kept in: the file, the memory, and the functions' table, which the
//! crate `stanchion-aws` runs this on, in memory and in an emulator of DynamoDB.

use std::collections::BTreeMap;

use stanchion_findings::{
    Batch, Digests, Evaluation, Facts, Finding, HISTORY, Observation, Occasion, Severity, State, Subject,
    SubjectRecord, Suppression, Transition, TransitionKind, Witness, transition,
};

/// A place that findings are kept in, asked about roles of one account.
pub(crate) trait Kept {
    /// What a write is held against.
    type Read;

    /// What is known of a role: its findings, resolved ones included, and its last evaluation.
    async fn read(&self, role: &str) -> (Self::Read, Vec<Finding>, Option<SubjectRecord>);

    /// Writes what came of an evaluation of a role that began with this; false: nothing of it, since another
    /// evaluation was written in between.
    async fn write(&mut self, read: &Self::Read, role: &str, batch: Batch) -> bool;

    /// Every finding, resolved ones included.
    async fn findings(&self) -> Vec<Finding>;

    /// Those that are not resolved.
    async fn unresolved(&self) -> Vec<Finding>;

    /// What happened to a finding, the latest last.
    async fn history(&self, finding: &Finding) -> Vec<Transition>;

    /// What is to be told.
    async fn pending(&self) -> Vec<Transition>;

    /// Notes that it is told.
    async fn mark_published(&mut self, transition: &Transition);
}

pub(crate) fn arn(role: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{role}")
}

/// The facts of a rule that a role breaks.
fn facts(rule: &str, role: &str) -> Facts {
    Facts {
        rule_id: rule.to_owned(),
        rule_kind: "guardrail".to_owned(),
        severity: Severity::High,
        title: "Nobody does this".to_owned(),
        subject: Subject::principal(format!("AROA{role}")),
        facet: None,
        principal: Some(arn(role)),
        account_id: Some("111122223333".to_owned()),
        detail: None,
        remedy: None,
        witness: Some(Witness {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::bucket/key".to_owned(),
            context: BTreeMap::from([("aws:SecureTransport".to_owned(), vec!["true".to_owned()])]),
        }),
        assumptions: Vec::new(),
        because: Vec::new(),
        unknowns: Vec::new(),
    }
}

/// That a role was evaluated so often.
pub(crate) fn record(role: &str, looks: u64) -> SubjectRecord {
    SubjectRecord {
        subject: Subject::principal(format!("AROA{role}")),
        principal: Some(arn(role)),
        digests: Digests { rulebook: "r".into(), catalogue: "c".into(), engine: "e".into() },
        evaluated_at: None,
        looks,
        evaluation: Some(Evaluation { id: format!("{role}-{looks}"), at: None }),
    }
}

/// What an evaluation of a role writes that finds this of one rule.
fn batch(found: &[Finding], looks: u64, rule: &str, role: &str, observation: Observation) -> Batch {
    let name = facts(rule, role).fingerprint();
    let previous = found.iter().find(|finding| finding.fingerprint == name);
    let step = transition(previous, observation, &Occasion::default());
    Batch {
        findings: step.finding.into_iter().collect(),
        transitions: step.transition.into_iter().collect(),
        subjects: vec![record(role, looks)],
        ..Batch::default()
    }
}

/// Evaluates a role by one rule.
async fn observe(place: &mut impl Kept, rule: &str, role: &str, observation: Observation) {
    let (read, found, last) = place.read(role).await;
    let looks = 1 + last.map_or(0, |record| record.looks);
    assert!(place.write(&read, role, batch(&found, looks, rule, role, observation)).await);
}

async fn violate(place: &mut impl Kept, rule: &str, role: &str) {
    observe(place, rule, role, Observation::Violates(facts(rule, role))).await;
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.rule_id.as_str()).collect();
    rules.sort_unstable();
    rules
}

fn kinds(transitions: &[Transition]) -> Vec<TransitionKind> {
    transitions.iter().map(|transition| transition.kind).collect()
}

async fn publish(place: &mut impl Kept) {
    for transition in place.pending().await {
        place.mark_published(&transition).await;
    }
}

/// The suite. `new` makes an empty place.
pub(crate) async fn conforms<K: Kept>(new: impl AsyncFn() -> K) {
    an_empty_place_knows_nothing(new().await).await;
    findings_are_found_by_each_way_in(new().await).await;
    a_resolved_finding_is_kept_and_no_longer_unresolved(new().await).await;
    a_suppressed_finding_is_unresolved_and_keeps_who_answers_for_it(new().await).await;
    a_removed_subject_leaves_its_findings(new().await).await;
    alerts_are_pending_until_published(new().await).await;
    an_older_evaluation_never_overwrites_a_newer_one(new().await).await;
    what_is_superseded_leaves_nothing(new().await).await;
    the_history_is_in_order_and_outlives_publishing(new().await).await;
    the_history_is_bounded(new().await).await;
}

async fn an_empty_place_knows_nothing(place: impl Kept) {
    let (_, found, last) = place.read("nobody").await;
    assert_eq!((found, last), (Vec::new(), None));
    assert!(place.findings().await.is_empty() && place.unresolved().await.is_empty());
    assert!(place.pending().await.is_empty());
}

async fn findings_are_found_by_each_way_in(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    violate(&mut place, "two", "a1").await;
    violate(&mut place, "one", "a10").await;
    violate(&mut place, "one", "a0").await;
    let (_, found, last) = place.read("a1").await;
    assert_eq!(rules(&found), ["one", "two"]);
    assert!(found.is_sorted_by_key(|finding| &finding.fingerprint));
    assert_eq!(last, Some(record("a1", 2)));
    assert_eq!(place.unresolved().await.len(), 4);
    assert_eq!(place.findings().await.len(), 4);
}

async fn a_resolved_finding_is_kept_and_no_longer_unresolved(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    observe(&mut place, "one", "a1", Observation::Clean).await;
    assert!(place.unresolved().await.is_empty());
    assert_eq!(place.read("a1").await.1.len(), 1);
    assert_eq!(place.findings().await[0].state, State::Resolved);
    violate(&mut place, "one", "a1").await;
    assert_eq!(place.unresolved().await[0].times_reopened, 1);
}

/// Otherwise nobody would look whether its day has come.
async fn a_suppressed_finding_is_unresolved_and_keeps_who_answers_for_it(mut place: impl Kept) {
    let suppression = Suppression {
        reason: "Moves in spring".to_owned(),
        owner: "team-web".to_owned(),
        until: "2027-03-01".to_owned(),
        ended: None,
    };
    let observation = Observation::Suppressed(facts("one", "a1"), suppression.clone());
    observe(&mut place, "one", "a1", observation).await;
    let unresolved = place.unresolved().await;
    assert_eq!(unresolved[0].state, State::Suppressed);
    assert_eq!(unresolved[0].suppression, Some(suppression));
    assert_eq!(kinds(&place.pending().await), [TransitionKind::Suppressed]);
}

async fn a_removed_subject_leaves_its_findings(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    let (read, _, last) = place.read("a1").await;
    let removed_subjects = vec![last.expect("evaluated").subject];
    assert!(place.write(&read, "a1", Batch { removed_subjects, ..Batch::default() }).await);
    let (_, found, last) = place.read("a1").await;
    assert_eq!((found.len(), last), (1, None));
}

async fn alerts_are_pending_until_published(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    observe(&mut place, "one", "a1", Observation::Clean).await;
    let pending = place.pending().await;
    assert_eq!(kinds(&pending), [TransitionKind::Opened, TransitionKind::Resolved]);
    place.mark_published(&pending[0]).await;
    place.mark_published(&pending[0]).await;
    assert_eq!(place.pending().await, pending[1..], "a second time changes nothing");
}

/// By what they read, not by when they end: the one that began first is done last.
async fn an_older_evaluation_never_overwrites_a_newer_one(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    let (older, found, _) = place.read("a1").await;
    let stale = batch(&found, 2, "one", "a1", Observation::Violates(facts("one", "a1")));
    observe(&mut place, "one", "a1", Observation::Clean).await;
    violate(&mut place, "two", "a1").await;
    let before = (place.findings().await, place.pending().await);
    assert!(!place.write(&older, "a1", stale).await, "it read what was before");
    assert_eq!((place.findings().await, place.pending().await), before);
    assert_eq!(place.read("a1").await.2, Some(record("a1", 3)));
}

async fn what_is_superseded_leaves_nothing(mut place: impl Kept) {
    let (read, found, _) = place.read("a1").await;
    let mut twin = batch(&found, 1, "two", "a1", Observation::Violates(facts("two", "a1")));
    twin.subjects[0].evaluation = Some(Evaluation { id: "another".to_owned(), at: None });
    violate(&mut place, "one", "a1").await;
    assert!(!place.write(&read, "a1", twin).await, "both began with nothing");
    assert_eq!(rules(&place.findings().await), ["one"]);
    assert_eq!(place.pending().await.len(), 1);
}

async fn the_history_is_in_order_and_outlives_publishing(mut place: impl Kept) {
    violate(&mut place, "one", "a1").await;
    violate(&mut place, "two", "a1").await;
    publish(&mut place).await;
    observe(&mut place, "one", "a1", Observation::Clean).await;
    let finding = place.findings().await.into_iter().find(|finding| finding.rule_id == "one").expect("it");
    let both = [TransitionKind::Opened, TransitionKind::Resolved];
    assert_eq!(kinds(&place.history(&finding).await), both, "what is pending has happened as well");
    publish(&mut place).await;
    let history = place.history(&finding).await;
    assert_eq!(kinds(&history), both);
    assert!(history.iter().all(|told| told.finding.fingerprint == finding.fingerprint));
    let unknown = transition(None, Observation::Violates(facts("r", "a2")), &Occasion::default());
    assert!(place.history(&unknown.finding.expect("a finding")).await.is_empty());
}

async fn the_history_is_bounded(mut place: impl Kept) {
    for _ in 0..HISTORY {
        violate(&mut place, "one", "a1").await;
        observe(&mut place, "one", "a1", Observation::Clean).await;
        publish(&mut place).await;
    }
    let finding = place.findings().await.remove(0);
    let ordinals: Vec<usize> =
        place.history(&finding).await.iter().map(|told| told.finding.transitions as usize).collect();
    assert_eq!(ordinals, (HISTORY + 1..=2 * HISTORY).collect::<Vec<_>>());
}
