//! `stanchion inventory`: what has been collected, and what has not.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use miette::Report;

use crate::Format;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show what was read: the organization, the accounts, Identity Center, and what is missing
    Show(Show),
}

#[derive(Args)]
struct Show {
    /// Directory with accounts/<12 digits>.json, organization.json and identity-center.json
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    /// Only this account, with each of its principals
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let Verb::Show(options) = &options.verb;
    let inventory = input::inventory(&options.inventory)?;
    let missing = match &options.account {
        None => {
            let overview = inventory.overview();
            match options.format {
                Format::Json => render::json(&overview).written()?,
                Format::Text => render::overview(&overview).written()?,
            }
            !overview.gaps.is_empty()
        }
        Some(id) => {
            let Some(detail) = inventory.account_detail(id) else {
                let message = format!("the inventory knows no account `{id}`");
                let help = "leave `--account` out to see which it knows".to_owned();
                return Err(InputError::new(message, Some(help)).into());
            };
            match options.format {
                Format::Json => render::json(&detail).written()?,
                Format::Text => render::account_detail(&detail).written()?,
            }
            !detail.gaps.is_empty()
        }
    };
    Ok(Exit::of(false, missing))
}
