//! `stanchion react`: events in, transitions of findings out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic, Report};
use stanchion_changes::{Change, EventReader, Interpreter};
use stanchion_findings::{Batch, EmbeddedStore, Finding, MemoryStore, Store, Transition, TransitionKind};
use stanchion_pipeline::report::{self, ChangeReport};
use stanchion_pipeline::{Event, Player, propose_after, published, react, suppress};
use stanchion_rules::{Evaluator, Rulebook};

use crate::exit::Exit;
use crate::form::{Beside, Form, Forms};
use crate::input::{InputError, Subjects, moment, stream};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// Files with CloudTrail events, as EventBridge delivers them or as CloudTrail writes them; `-`
    /// is standard input
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,
    #[command(flatten)]
    subjects: Subjects,
    /// The inventory is from before the events: play them on it, one after the other
    #[arg(long)]
    apply: bool,
    /// Where findings are kept from run to run; without it, nothing is known of earlier runs
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Propose a change for each finding that opens that is proven to mend it, and say what else it takes away
    #[arg(long)]
    fixes: bool,
    #[command(flatten)]
    forms: Forms,
}

/// What the events did.
struct Outcome {
    reports: Vec<ChangeReport>,
    /// What was open before them, of the principals that they affect.
    before: Vec<Transition>,
    /// What an earlier run did not get to tell comes first.
    transitions: Vec<Transition>,
    earlier: usize,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let (inventory, rulebook, now) = options.subjects.read()?;
    let events = events(&options.events, &rulebook)?;
    let mut store: Box<dyn Store> = match &options.store {
        Some(path) => {
            let opened = EmbeddedStore::open(path);
            Box::new(opened.map_err(|error| InputError::new(error.to_string(), None))?)
        }
        None => Box::new(MemoryStore::new()),
    };
    let evaluator = Evaluator::new(&rulebook, &inventory, now);
    render::notices(&evaluator);
    let carry_out = if options.apply { played } else { looked_at };
    let outcome = carry_out(events, &evaluator, options.fixes, store.as_mut())?;
    if !rulebook.suppressions.is_empty() {
        // Without a store, not all findings are known.
        let kept = options.store.as_ref().map(|_| store.unresolved()).transpose().into_diagnostic()?;
        let doubts = suppress::doubts(&rulebook, kept.as_deref(), now);
        render::noted(&suppress::notes(&doubts).collect::<Vec<_>>());
    }

    let Outcome { reports, before, transitions, earlier } = &outcome;
    match options.forms.format {
        Form::Json => render::json(&report::react(reports.clone(), before, transitions)).written()?,
        Form::Text => render::reaction(reports, before, transitions, &rulebook).written()?,
        _ => {
            let beside = Beside { now: moment(now), ..Beside::default() };
            options.forms.write(&latest(transitions), &beside).written()?;
        }
    }
    // Told, so not pending any more; a crash before this line tells it again.
    published(store.as_mut(), before).into_diagnostic()?;
    published(store.as_mut(), transitions).into_diagnostic()?;
    Ok(exit(&transitions[*earlier..]))
}

/// The findings as the transitions leave them, each once, in the order in which something last happened to them.
fn latest(transitions: &[Transition]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let last = transitions.iter().rev().filter(|transition| seen.insert(&transition.finding.fingerprint));
    let mut findings: Vec<Finding> = last.map(|transition| transition.finding.clone()).collect();
    findings.reverse();
    findings
}

/// The events of some files, in the order of their time.
fn events(paths: &[PathBuf], rulebook: &Rulebook) -> Result<Vec<Event>, Report> {
    let mut interpreter = Interpreter::watching(|service| rulebook.watches(service));
    let mut events = Vec::new();
    for path in paths {
        let wrong = |error: stanchion_changes::EventsError| InputError::new(error.to_string(), None);
        let mut reader = EventReader::new(stream(path)?, path.display().to_string());
        while let Some(unread) = reader.next_event().map_err(wrong)? {
            let event = unread.read().map_err(wrong)?;
            events.push(Event::new(&event, interpreter.look(&event)));
        }
    }
    events.sort_unstable();
    let in_turn = |event: Event| {
        let verdict = interpreter.remember(event.verdict.clone());
        event.with(verdict)
    };
    Ok(events.into_iter().map(in_turn).collect())
}

/// The inventory is from after the events.
fn looked_at(
    events: Vec<Event>,
    evaluator: &Evaluator<'_>,
    fixes: bool,
    store: &mut dyn Store,
) -> Result<Outcome, Report> {
    let changes: Vec<&Change> = events.iter().filter_map(|event| event.verdict.change()).collect();
    let reaction = react(evaluator, &changes, store).into_diagnostic()?;
    let mut affected = reaction.affected.into_iter();
    let report = |event: &Event| {
        let mut report = event.report.clone();
        if event.verdict.change().is_some() {
            report.affects(affected.next().unwrap_or_default());
        }
        report
    };
    let reports = events.iter().map(report).collect();
    let (mut transitions, earlier) = (reaction.transitions, reaction.earlier);
    if fixes {
        let findings = propose_after(evaluator, &mut transitions[earlier..]);
        store.commit(Batch { findings, ..Batch::default() }).into_diagnostic()?;
    }
    Ok(Outcome { reports, before: Vec::new(), transitions, earlier })
}

/// The inventory is from before the events.
fn played(
    events: Vec<Event>,
    evaluator: &Evaluator<'_>,
    fixes: bool,
    store: &mut dyn Store,
) -> Result<Outcome, Report> {
    let transitions = store.pending().into_diagnostic()?;
    let earlier = transitions.len();
    let mut outcome = Outcome { reports: Vec::new(), before: Vec::new(), transitions, earlier };
    let mut player = Player::new(evaluator);
    for event in events {
        let mut played = player.play(&event.verdict, store).into_diagnostic()?;
        if fixes {
            player.mend(&mut played.transitions, store).into_diagnostic()?;
        }
        outcome.before.extend(played.before.iter().cloned());
        outcome.transitions.extend(played.transitions.iter().cloned());
        outcome.reports.push(played.report(event));
    }
    Ok(outcome)
}

fn exit(transitions: &[Transition]) -> Exit {
    let some = |kind| transitions.iter().any(|transition| transition.kind == kind);
    Exit::of(some(TransitionKind::Opened), some(TransitionKind::Indeterminate))
}
