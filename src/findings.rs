//! `stanchion findings`: what the functions keep in DynamoDB.

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic, Report};
use stanchion_aws::{Calls, DynamoTable, config};
use stanchion_findings::{Finding, State};
use stanchion_pipeline::report;

use crate::Format;
use crate::exit::Exit;
use crate::input::InputError;
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the findings that are open or indeterminate
    List(List),
}

#[derive(Args)]
struct List {
    /// The table of the functions
    #[arg(long, value_name = "NAME")]
    table: String,
    /// The profile of the AWS CLI whose credentials are used [default: what the environment gives]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region of the table [default: the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let Verb::List(list) = &options.verb;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    let mut findings = runtime.block_on(read(list))?;
    let place = |finding: &Finding| {
        (
            finding.account_id.clone(),
            finding.principal.clone(),
            finding.rule_id.clone(),
            finding.facet.clone(),
        )
    };
    findings.sort_by_cached_key(place);
    match list.format {
        Format::Json => render::json(&report::findings(&findings)).written()?,
        Format::Text => render::kept(&findings).written()?,
    }
    let some = |state| findings.iter().any(|finding| finding.state == state);
    Ok(Exit::of(some(State::Open), some(State::Indeterminate)))
}

async fn read(list: &List) -> Result<Vec<Finding>, Report> {
    let config = config(list.profile.as_deref(), list.region.as_deref()).await;
    let table = DynamoTable::new(&config, &Calls::new(), &list.table);
    let (mut findings, mut next) = (Vec::new(), None);
    loop {
        let page = table.unresolved(next.as_deref()).await.map_err(|error| {
            let help = "see that the table is there, and that the credentials may query and read it";
            InputError::new(format!("table `{}`: {error}", list.table), Some(help.to_owned()))
        })?;
        findings.extend(page.entries);
        next = page.next;
        if next.is_none() {
            return Ok(findings);
        }
    }
}
