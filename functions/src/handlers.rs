//! What the functions do with what they are handed: call the hub, log what came of it, count it.

use std::time::{SystemTime, UNIX_EPOCH};

use stanchion_findings::TransitionKind;
use stanchion_hub::evaluate::{Did, Evaluated, evaluate};
use stanchion_hub::react::{Reacted, react};
use stanchion_hub::sweep::{Swept, sweep};
use stanchion_hub::{Cloud, Fault, Hub, Millis, Queue, Table, Topic};

use crate::metrics::{Metric, Metrics};

/// The moment.
pub(crate) fn now() -> Millis {
    millis(SystemTime::now())
}

pub(crate) fn millis(moment: SystemTime) -> Millis {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// One message of the events queue. `now` is the moment.
///
/// # Errors
/// What lets the message fail.
pub async fn react_to<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    body: &str,
    now: Millis,
) -> Result<Metrics, Fault> {
    let Reacted { event, ignored, target, rows, more, put_off, notes } = react(hub, body, now).await?;
    let mut metrics = Metrics::default();
    match ignored.as_deref() {
        None => metrics.count(Metric::Changes, 1),
        Some("unknown-event") => metrics.count(Metric::UnknownEvents, 1),
        Some(_) => metrics.count(Metric::Ignored, 1),
    }
    metrics.count(Metric::RowsRaised, rows);
    metrics.count(Metric::PutOff, usize::from(put_off.is_some()));
    let (event_id, event_name, account) = (&event.event_id, &event.event_name, &event.account);
    match ignored.as_deref() {
        Some("unknown-event") => {
            let source = &event.event_source;
            tracing::warn!(event_id, event_name, account, source, "an event that this version does not know");
        }
        Some(ignored) => tracing::info!(event_id, event_name, account, ignored, "no change"),
        None => {
            tracing::info!(event_id, event_name, account, target, rows, more, put_off, "a change");
        }
    }
    for note in notes {
        tracing::warn!(event_id, account, note, "to know");
    }
    Ok(metrics)
}

/// One message of the jobs queue. `now` is the moment.
///
/// # Errors
/// What lets the message fail.
pub async fn see_to_job<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    body: &str,
    now: Millis,
) -> Result<Metrics, Fault> {
    let done = evaluate(hub, body, now).await?;
    let mut metrics = Metrics::default();
    let Evaluated { row, account, did, events, principals, transitions, published, unpublished, ages, notes } =
        done;
    let indeterminate = transitions.iter().filter(|told| told.kind == TransitionKind::Indeterminate).count();
    metrics.count(Metric::Subjects, principals);
    metrics.count(Metric::Transitions, transitions.len());
    metrics.count(Metric::Indeterminate, indeterminate);
    metrics.count(Metric::Published, published);
    metrics.count(Metric::Unpublished, unpublished);
    metrics.count(Metric::PutOff, usize::from(matches!(did, Did::PutOff(_))));
    metrics.count(Metric::Waits, usize::from(did == Did::Waits));
    metrics.ages(&ages);
    let event_id = events.join(",");
    for told in &transitions {
        let finding = &told.finding;
        tracing::info!(
            event_id,
            account,
            principal = finding.principal,
            rule = finding.rule_id,
            severity = finding.severity.as_str(),
            transition = told.id,
            kind = %told.kind,
            "a transition"
        );
    }
    let (did, why) = match did {
        Did::Looked => ("looked", None),
        Did::Nothing => ("nothing", None),
        Did::Early => ("early", None),
        Did::PutOff(why) => ("put-off", Some(why)),
        Did::Waits => ("waits", None),
        Did::Superseded => ("superseded", None),
    };
    tracing::info!(
        event_id,
        account,
        row,
        did,
        why,
        principals,
        transitions = transitions.len(),
        published,
        unpublished,
        "a job"
    );
    for note in notes {
        tracing::warn!(event_id, account, row, note, "to know");
    }
    Ok(metrics)
}

/// One call of the schedule, that has to end when `clock` says `deadline`.
///
/// # Errors
/// What kept it from going on.
pub async fn go_on_sweeping<C: Cloud, T: Table, Q: Queue, P: Topic>(
    hub: &Hub<'_, C, T, Q, P>,
    clock: &(dyn Fn() -> Millis + Sync),
    deadline: Millis,
) -> Result<Metrics, Fault> {
    let swept = sweep(hub, clock, deadline).await?;
    let mut metrics = Metrics::default();
    metrics.count(Metric::Sweeps, 1);
    metrics.count(Metric::LeftOver, swept.left_over);
    metrics.count(Metric::Published, swept.published);
    metrics.count(Metric::RulebookRefused, usize::from(swept.rulebook_refused));
    metrics.count(Metric::AccountsVerified, swept.verified);
    metrics.count(Metric::AccountsUnverified, swept.unverified);
    metrics.count(Metric::AccountsWithGaps, swept.with_gaps);
    let Swept { started, accounts, of, finished, left_over, published, gone, notes, .. } = swept;
    let Swept { verified, unverified, with_gaps, .. } = swept;
    tracing::info!(started, accounts, of, finished, left_over, published, gone, "a sweep");
    tracing::info!(verified, unverified, with_gaps, "the hub's part in the accounts");
    for note in notes {
        tracing::warn!(note, "to know");
    }
    Ok(metrics)
}
