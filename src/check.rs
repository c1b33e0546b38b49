//! `stanchion check`: every principal against every rule.

use clap::Args;
use miette::Report;
use stanchion_findings::State;
use stanchion_pipeline::{Others, check, propose_all, report};
use stanchion_rules::Evaluator;

use crate::exit::Exit;
use crate::form::{Beside, Form, Forms};
use crate::input::{Subjects, moment};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    subjects: Subjects,
    /// Propose a change for each finding that is proven to mend it, and say what else it takes away
    #[arg(long)]
    fixes: bool,
    #[command(flatten)]
    forms: Forms,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let (inventory, rulebook, now) = options.subjects.read()?;
    let evaluator = Evaluator::new(&rulebook, &inventory, now);
    let mut checked = check(&evaluator);
    if options.fixes {
        propose_all(&evaluator, &mut checked.findings, Others::InTheInventory);
    }
    let gaps: Vec<String> = inventory.gaps().iter().map(ToString::to_string).collect();
    match options.forms.format {
        Form::Json => render::json(&report::check(&checked, gaps)).written()?,
        Form::Text => render::checked(&checked, &gaps, &rulebook).written()?,
        _ => {
            let inventory = Some(options.subjects.directory());
            let notes = &checked.notes;
            // These formats have no place for what is not known of rules and inventory.
            render::noted(notes.iter().chain(&gaps));
            let beside = Beside { rulebook: Some(&rulebook), inventory, notes, now: moment(now) };
            options.forms.write(&checked.findings, &beside).written()?;
        }
    }
    let some = |state| checked.findings.iter().any(|finding| finding.state == state);
    Ok(Exit::of(some(State::Open), some(State::Indeterminate)))
}
