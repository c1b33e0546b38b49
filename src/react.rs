//! `stanchion react`: events in, transitions of findings out.

use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic, Report};
use stanchion_changes::{Affected, Change, Interpreter, RawEvent, Verdict, read_events};
use stanchion_findings::{EmbeddedStore, MemoryStore, Store, Transition, TransitionKind};
use stanchion_pipeline::{published, react, report};
use stanchion_rules::Evaluator;

use crate::Format;
use crate::exit::Exit;
use crate::input::{InputError, Subjects, text};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// Files with CloudTrail events, as EventBridge delivers them or as CloudTrail writes them; `-`
    /// is standard input
    #[arg(required = true, value_name = "EVENTS")]
    events: Vec<PathBuf>,
    #[command(flatten)]
    subjects: Subjects,
    /// Where findings are kept from run to run; without it, nothing is known of earlier runs
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// How to write what happened
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let mut events = Vec::new();
    for path in &options.events {
        let place = path.display().to_string();
        let read = read_events(&text(path)?, &place);
        events.extend(read.map_err(|error| InputError::new(error.to_string(), None))?);
    }
    let (inventory, rulebook, now) = options.subjects.read()?;
    render::notices(&rulebook);
    let mut interpreter = Interpreter::default();
    let verdicts: Vec<Verdict> = events.iter().map(|event| interpreter.interpret(event)).collect();
    let changes: Vec<&Change> = verdicts.iter().filter_map(change).collect();

    let mut store: Box<dyn Store> = match &options.store {
        Some(path) => {
            let opened = EmbeddedStore::open(path);
            Box::new(opened.map_err(|error| InputError::new(error.to_string(), None))?)
        }
        None => Box::new(MemoryStore::new()),
    };
    let evaluator = Evaluator::new(&rulebook, &inventory, now);
    let reaction = react(&evaluator, &changes, store.as_mut()).into_diagnostic()?;

    let reports = reports(&events, &verdicts, reaction.affected);
    match options.format {
        Format::Json => {
            render::json(&report::react(reports, &reaction.transitions)).written()?;
        }
        Format::Text => {
            render::reaction(&reports, &reaction.transitions, &rulebook).written()?;
        }
    }
    // Told, so not pending any more; a crash before this line tells it again.
    published(store.as_mut(), &reaction.transitions).into_diagnostic()?;
    Ok(exit(&reaction.transitions[reaction.earlier..]))
}

fn change(verdict: &Verdict) -> Option<&Change> {
    match verdict {
        Verdict::Change(change) => Some(change),
        Verdict::Ignored(_) => None,
    }
}

/// Every event with what became of it; `affected` has an entry for each change.
pub(crate) fn reports(
    events: &[RawEvent],
    verdicts: &[Verdict],
    affected: Vec<Affected>,
) -> Vec<report::ChangeReport> {
    let mut affected = affected.into_iter();
    events
        .iter()
        .zip(verdicts)
        .map(|(event, verdict)| {
            let affected = change(verdict).and_then(|_| affected.next()).unwrap_or_default();
            report::change(event, verdict, &affected)
        })
        .collect()
}

fn exit(transitions: &[Transition]) -> Exit {
    let some = |kind| transitions.iter().any(|transition| transition.kind == kind);
    Exit::of(some(TransitionKind::Opened), some(TransitionKind::Indeterminate))
}
