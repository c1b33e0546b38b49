//! `stanchion replay`: what would have alerted in a period of the past.

mod progress;
mod render;

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use jiff::Timestamp;
use miette::{IntoDiagnostic, Report};
use stanchion_changes::Interpreter;
use stanchion_pipeline::Event;
use stanchion_pipeline::replay::{FileCounts, Mistake, Replay, ReplayReport, ToCome, look};
use stanchion_rules::{Evaluator, Rulebook};
use stanchion_trail::{Found, LogFile, Scanned, find, scan};

use crate::Format;
use crate::exit::Exit;
use crate::input::{InputError, Subjects};
use crate::render::{Written, json, notices};
use progress::Progress;

#[derive(Args)]
pub(crate) struct Options {
    /// CloudTrail's log files, or directories of them at any depth; gzip or not; also JSON lines and
    /// EventBridge archives
    #[arg(required = true, value_name = "DIR|FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    subjects: Subjects,
    /// Play only events from this moment on; the inventory is of this moment
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Play only events before this moment
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// How to write what would have happened
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a line for each transition, too
    #[arg(long)]
    verbose: bool,
    /// Go on after a file that cannot be read to its end, and list it
    #[arg(long)]
    keep_going: bool,
    /// How many threads read files [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let (inventory, rulebook, now) = options.subjects.read()?;
    let found = find(&options.files).map_err(|error| InputError::new(error.to_string(), None))?;
    let (found, earlier) = within(found, options.from);
    if found.files.is_empty() && earlier == 0 {
        let message = "there are no log files here".to_owned();
        let help = "log files end in `.json`, `.jsonl` or `.json.gz`: see docs/REPLAY.md".to_owned();
        return Err(InputError::new(message, Some(help)).into());
    }
    let evaluator = Evaluator::new(&rulebook, &inventory, now);
    notices(&evaluator);
    let keep = options.verbose || options.format == Format::Json;
    let replay = Replay::new(&evaluator, keep);
    let mut files = FileCounts {
        read: found.files.len(),
        digests: found.digests,
        insights: found.insights,
        others: found.others,
        earlier,
        mistakes: Vec::new(),
    };
    let replay = play(replay, &found.files, &rulebook, options, &mut files.mistakes)?;
    let report = replay.finish(files).into_diagnostic()?;
    match options.format {
        Format::Json => json(&report).written()?,
        Format::Text => render::replay(&report, &rulebook).written()?,
    }
    Ok(exit(&report))
}

/// Reads the files and plays what is in them.
fn play<'a>(
    mut replay: Replay<'a>,
    files: &[LogFile],
    rulebook: &Rulebook,
    options: &Options,
    mistakes: &mut Vec<Mistake>,
) -> Result<Replay<'a>, Report> {
    let threads =
        options.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    let interpreter = Interpreter::watching(|service| rulebook.watches(service));
    let mut progress = Progress::new(files.len());
    let mut to_come = files.iter().skip(1);
    let in_period = |event: &Event| {
        options.from.is_none_or(|from| event.time.is_none_or(|time| time >= from))
            && options.to.is_none_or(|to| event.time.is_none_or(|time| time < to))
    };
    let take = |file: &LogFile, scanned: Scanned<Event>| -> Result<(), Report> {
        if let Some(mistake) = scanned.mistake {
            if !options.keep_going {
                let help = "`--keep-going` lists such files and goes on".to_owned();
                return Err(InputError::new(mistake.to_string(), Some(help)).into());
            }
            mistakes.push(Mistake { file: file.path.display().to_string(), message: mistake.to_string() });
        }
        let records = replay.records();
        records.read += scanned.counts.records;
        records.unwatched += scanned.counts.unwatched;
        records.failed += scanned.counts.failed;
        records.read_only += scanned.counts.read_only;
        records.idle += scanned.counts.idle;
        for event in scanned.events {
            if in_period(&event) {
                replay.hold(event);
            } else {
                replay.records().outside += 1;
            }
        }
        replay.advance(after(file, to_come.next())).into_diagnostic()?;
        let records = *replay.records();
        progress.file(records.read, records.relevant, replay.at());
        Ok(())
    };
    scan(files, threads, |event| look(&interpreter, event), take)?;
    Ok(replay)
}

/// What is known of events that are still to come after a file, by the one that comes next. Files of
/// one minute are taken together: which of them is read first says nothing.
fn after(file: &LogFile, next: Option<&LogFile>) -> ToCome {
    match next {
        None => ToCome::Nothing,
        Some(next) if next.delivered == file.delivered => ToCome::Anything,
        Some(next) => next.delivered.map_or(ToCome::Anything, ToCome::Delivered),
    }
}

/// Leaves out what was delivered before the period, and so can hold nothing of it; says how many.
fn within(mut found: Found, from: Option<Timestamp>) -> (Found, usize) {
    let all = found.files.len();
    if let Some(from) = from {
        found.files.retain(|file| file.is_needed_from(from));
    }
    let left_out = all - found.files.len();
    (found, left_out)
}

fn exit(report: &ReplayReport) -> Exit {
    Exit::of(report.findings.opened > 0, report.findings.indeterminate > 0)
}
