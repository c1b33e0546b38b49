//! `stanchion check`: every principal against every rule.

use clap::Args;
use miette::Report;
use stanchion_findings::State;
use stanchion_pipeline::{check, report};
use stanchion_rules::Evaluator;

use crate::Format;
use crate::exit::Exit;
use crate::input::Subjects;
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    subjects: Subjects,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let (inventory, rulebook, now) = options.subjects.read()?;
    let checked = check(&Evaluator::new(&rulebook, &inventory, now));
    let gaps: Vec<String> = inventory.gaps().iter().map(ToString::to_string).collect();
    match options.format {
        Format::Json => render::json(&report::check(&checked, gaps)).written()?,
        Format::Text => render::checked(&checked, &gaps, &rulebook).written()?,
    }
    let some = |state| checked.findings.iter().any(|finding| finding.state == state);
    Ok(Exit::of(some(State::Open), some(State::Indeterminate)))
}
