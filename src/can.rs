//! `stanchion can`: can this principal do this? And why.

use std::path::PathBuf;

use clap::Args;
use miette::Report;
use serde::Serialize;
use stanchion_pipeline::Inquirer;
use stanchion_policy::ask::{self, Batch};
use stanchion_policy::prove::STEPS;

use crate::Format;
use crate::asked::Requests;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};
use crate::simulate::answer_lines;

#[derive(Args)]
pub(crate) struct Options {
    /// Who: `role/NAME`, `user/NAME`, `ACCOUNT:role/NAME`, or an ARN, that of a role's session included
    #[arg(required_unless_present = "batch", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// What: an action, or a pattern that means any of these
    #[arg(required_unless_present = "batch", value_name = "ACTION")]
    action: Option<String>,
    /// On what: an ARN, or a pattern that means any of these
    #[arg(default_value = "*", value_name = "RESOURCE")]
    resource: String,
    /// Directory with accounts/<12 digits>.json and organization.json
    #[arg(long, required_unless_present = "batch", value_name = "DIR")]
    inventory: Option<PathBuf>,
    #[command(flatten)]
    requests: Requests,
    /// Answer JSON lines instead, which carry every policy themselves; `-` is standard input. The fields
    /// are documented in docs/CAN.md
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["principal", "inventory", "context", "absent", "resource_policy", "resource_account"]
    )]
    batch: Option<PathBuf>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The answer in JSON.
#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    answer: &'static str,
    witness: &'a Option<ask::Authorized>,
    because: &'a [ask::Reason],
    change: &'a [ask::Reason],
    unknowns: &'a [String],
    assumptions: &'a [String],
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    if let Some(file) = &options.batch {
        let mut batch = Batch::new(options.requests.at(), STEPS);
        return answer_lines(file, |line, out| batch.line(line, out));
    }
    let (Some(principal), Some(action), Some(inventory)) =
        (&options.principal, &options.action, &options.inventory)
    else {
        return Err(InputError::new("name a principal, an action and `--inventory`", None).into());
    };
    let inquiry = options.requests.inquiry(action, &options.resource)?;
    let inventory = input::inventory(inventory)?;
    let principal = input::principal(&inventory, principal)?;
    let (report, why) =
        Inquirer::new(&inventory).can(principal, &inquiry).map_err(|error| InputError::new(error, None))?;
    match options.format {
        Format::Json => {
            let output = Output {
                schema_version: 1,
                principal: &principal.arn,
                action,
                resource: &options.resource,
                answer: report.answer,
                witness: &report.witness,
                because: &report.because,
                change: &report.change,
                unknowns: &report.unknowns,
                assumptions: &report.assumptions,
            };
            render::json(&output).written()?;
        }
        Format::Text => {
            render::answer(&inventory, principal, &inquiry.wanted, &report, why.as_ref()).written()?;
        }
    }
    Ok(exit(report.answer))
}

/// As of the other verbs: 1 where something was found.
pub(crate) fn exit(answer: &str) -> Exit {
    Exit::of(answer == "yes", answer == "indeterminate")
}
