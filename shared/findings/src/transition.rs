//! From one evaluation to the next record of a finding.

use crate::Severity;
use crate::finding::{
    Because, Ended, Evaluation, EventRef, Finding, SCHEMA_VERSION, Since, Suppression, Transition, Witness,
};
use crate::lifecycle::{Observed, State, TransitionKind, step};
use crate::subject::{Fingerprint, Subject, fingerprint};

/// The version of the fingerprints that [`Facts::fingerprint`] makes.
pub const FINGERPRINT_VERSION: u32 = 1;

/// All that an evaluation says about a violation; see the fields of [`Finding`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is described at the field of `Finding` it becomes")]
pub struct Facts {
    pub rule_id: String,
    pub rule_kind: String,
    pub severity: Severity,
    pub title: String,
    pub subject: Subject,
    pub facet: Option<String>,
    pub principal: Option<String>,
    pub account_id: Option<String>,
    pub detail: Option<String>,
    pub remedy: Option<String>,
    pub witness: Option<Witness>,
    pub assumptions: Vec<String>,
    pub because: Vec<Because>,
    pub unknowns: Vec<String>,
}

impl Facts {
    /// The name of the finding that these facts are about.
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(FINGERPRINT_VERSION, &self.rule_id, &self.subject, self.facet.as_deref())
    }
}

/// What an evaluation says of one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The rule is broken.
    Violates(Facts),
    /// The rule is broken, and a suppression is in force for it.
    Suppressed(Facts, Suppression),
    /// There is no telling; the facts say what is unknown.
    Indeterminate(Facts),
    /// The rule holds.
    Clean,
    /// The subject, or the rule, is no more.
    Gone,
}

/// On what occasion it was evaluated. A first evaluation or a sweep has no event.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Occasion {
    /// The event that made us look.
    pub trigger: Option<EventRef>,
    /// The event that is proven to have brought about what is seen.
    pub caused_by: Option<EventRef>,
    /// What is known where no event is proven to be the cause.
    pub since: Option<Since>,
    /// When, in the time of events.
    pub at: Option<String>,
    /// The evaluation.
    pub evaluation: Option<Evaluation>,
    /// Whether it is the subject's first evaluation by these rules, of one that was there before.
    pub baseline: bool,
}

/// What is to be stored and told.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Step {
    /// The finding's new record, if it differs from the one before.
    pub finding: Option<Finding>,
    /// What happened, if an alert is due. Never without `finding`.
    pub transition: Option<Transition>,
}

/// Takes a finding from one evaluation to the next, by the table of [`crate::lifecycle`].
///
/// An open finding that still violates is *updated* only if its severity changed or the occasion
/// names another cause; another witness or other statements are stored without a word.
///
/// `previous` must be the finding that the observation is about: the one of
/// [`Facts::fingerprint`].
pub fn transition(previous: Option<&Finding>, observation: Observation, occasion: &Occasion) -> Step {
    let (observed, facts, in_force) = match observation {
        Observation::Violates(facts) => (Observed::Violates, Some(facts), None),
        Observation::Suppressed(facts, suppression) => (Observed::Suppressed, Some(facts), Some(suppression)),
        Observation::Indeterminate(facts) => (Observed::Indeterminate, Some(facts), None),
        Observation::Clean => (Observed::Clean, None, None),
        Observation::Gone => (Observed::Gone, None, None),
    };
    let was = previous.map(|previous| previous.state);
    let (state, kind) = step(was, observed);
    let Some(state) = state else { return Step::default() };
    let Some(mut next) = next(previous, observed, facts) else { return Step::default() };
    next.state = state;
    next.suppression = match state {
        State::Suppressed => in_force,
        State::Open => {
            previous.filter(|was| was.state != State::Resolved).and_then(|was| ended(was, occasion))
        }
        State::Indeterminate => next.suppression.filter(|_| was != Some(State::Resolved)),
        State::Resolved => next.suppression,
    };
    if state == State::Resolved {
        next.fix = None;
    }

    let kind = kind.filter(|kind| *kind != TransitionKind::Updated || updated(previous, &next, occasion));
    if let Some(kind) = kind {
        next.transitions += 1;
        next.trigger.clone_from(&occasion.trigger);
        next.last_changed.clone_from(&occasion.at);
        match kind {
            // What is known of where it came from outlasts a suppression.
            TransitionKind::Opened | TransitionKind::Suppressed | TransitionKind::Indeterminate
                if !matches!(was, Some(State::Open | State::Suppressed)) =>
            {
                // Only what was suppressed before has a cause while it is indeterminate.
                let is_known = was == Some(State::Indeterminate) && next.caused_by.is_some();
                if !is_known || occasion.caused_by.is_some() {
                    next.caused_by.clone_from(&occasion.caused_by);
                    next.since = occasion.since.clone().filter(|_| occasion.caused_by.is_none());
                }
            }
            // A change of severity alone leaves the cause as it was known.
            TransitionKind::Updated if occasion.caused_by.is_some() => {
                next.caused_by.clone_from(&occasion.caused_by);
                next.since = None;
            }
            _ => {}
        }
        if next.first_seen.is_none() {
            next.first_seen.clone_from(&occasion.at);
        }
        if kind == TransitionKind::Opened && was == Some(State::Resolved) {
            next.times_reopened += 1;
        }
    }
    let transition = kind.map(|kind| Transition {
        id: format!("{}-{:06}", next.fingerprint, next.transitions),
        kind,
        finding: next.clone(),
        at: occasion.at.clone(),
        evaluation: occasion.evaluation.clone(),
        baseline: occasion.baseline
            && occasion.caused_by.is_none()
            && kind != TransitionKind::Resolved
            // What reopens is news, whatever the rules of today are.
            && (was, kind) != (Some(State::Suppressed), TransitionKind::Opened),
    });
    let finding = (previous != Some(&next)).then_some(next);
    Step { finding, transition }
}

/// The next record, before its state and its history are seen to.
fn next(previous: Option<&Finding>, observed: Observed, facts: Option<Facts>) -> Option<Finding> {
    let Some(facts) = facts else { return previous.cloned() };
    if let Some(previous) = previous
        && previous.state == State::Open
        && observed == Observed::Indeterminate
    {
        // What was proven stays in the record; only why it cannot be proven now is new.
        return Some(Finding { unknowns: facts.unknowns, ..previous.clone() });
    }
    Some(Finding {
        schema_version: SCHEMA_VERSION,
        fingerprint: facts.fingerprint(),
        state: State::Open,
        rule_id: facts.rule_id,
        rule_kind: facts.rule_kind,
        severity: facts.severity,
        title: facts.title,
        subject: facts.subject,
        facet: facts.facet,
        principal: facts.principal,
        account_id: facts.account_id,
        detail: facts.detail,
        remedy: facts.remedy,
        fix: previous.filter(|previous| still_fits(previous, &facts.because)).and_then(|p| p.fix.clone()),
        witness: facts.witness,
        assumptions: facts.assumptions,
        because: facts.because,
        unknowns: facts.unknowns,
        suppression: previous.and_then(|previous| previous.suppression.clone()),
        trigger: previous.and_then(|previous| previous.trigger.clone()),
        caused_by: previous.and_then(|previous| previous.caused_by.clone()),
        since: previous.and_then(|previous| previous.since.clone()),
        first_seen: previous.and_then(|previous| previous.first_seen.clone()),
        last_changed: previous.and_then(|previous| previous.last_changed.clone()),
        times_reopened: previous.map_or(0, |previous| previous.times_reopened),
        transitions: previous.map_or(0, |previous| previous.transitions),
    })
}

/// What used to suppress a finding that is open now, and how that ended.
fn ended(was: &Finding, occasion: &Occasion) -> Option<Suppression> {
    let mut suppression = was.suppression.clone()?;
    if suppression.ended.is_none() {
        // Days are written so that they sort, and a moment begins with its day.
        let now = occasion.evaluation.as_ref().and_then(|evaluation| evaluation.at.as_ref());
        let is_over = now.is_some_and(|now| suppression.until <= *now);
        suppression.ended = Some(if is_over { Ended::Expired } else { Ended::Withdrawn });
    }
    Some(suppression)
}

/// Whether what was found to mend a finding may do so still: it is open, by the same statements.
fn still_fits(previous: &Finding, because: &[Because]) -> bool {
    previous.state == State::Open && previous.because == because
}

fn updated(previous: Option<&Finding>, next: &Finding, occasion: &Occasion) -> bool {
    previous.is_some_and(|previous| {
        previous.severity != next.severity
            || occasion.caused_by.is_some()
                && event(occasion.caused_by.as_ref()) != event(previous.caused_by.as_ref())
    })
}

/// Of one event, more may be known than was stored of it: it is the same event all the same.
fn event(cause: Option<&EventRef>) -> Option<&str> {
    cause.map(|event| event.event_id.as_str())
}
