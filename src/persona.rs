//! `stanchion persona`: what a persona stands for, and which one fits a principal best.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use miette::Report;
use stanchion_inventory::Inventory;
use stanchion_rules::rulebook::Persona;
use stanchion_rules::{Evaluator, Rule, Rulebook, describe, fit};

use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

/// The pack that the verbs go by if no rulebook is named.
const PACK: &str = include_str!("../rulebooks/partner-central.yaml");

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show what a persona needs and may do at most, with the versions of its policies
    Show(Show),
    /// Say which persona fits a principal best, what is missing, and what is too much; proven
    Suggest(Suggest),
}

#[derive(Args)]
struct Show {
    /// The persona's id
    #[arg(value_name = "NAME")]
    name: String,
    /// The rulebook, in YAML [default: the pack for AWS Partner Central]
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
    /// An inventory, whose policies count before the bundled ones
    #[arg(long, value_name = "DIR")]
    inventory: Option<PathBuf>,
}

#[derive(Args)]
struct Suggest {
    /// The principal's ARN
    #[arg(value_name = "PRINCIPAL")]
    principal: String,
    /// The inventory
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    /// The rulebook, in YAML [default: the pack for AWS Partner Central]
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    match &options.verb {
        Verb::Show(options) => show(options),
        Verb::Suggest(options) => suggest(options),
    }
}

fn rulebook(path: Option<&PathBuf>) -> Result<Rulebook, Report> {
    match path {
        Some(path) => input::rulebook_of(path),
        None => input::rulebook(PACK, "rulebooks/partner-central.yaml", None),
    }
}

fn show(options: &Show) -> Result<Exit, Report> {
    let rulebook = rulebook(options.rulebook.as_ref())?;
    let inventory = options.inventory.as_deref().map(input::inventory).transpose()?.unwrap_or_default();
    let (rule, persona) = named(&rulebook, &options.name)?;
    let of = |references: &[stanchion_rules::rulebook::Reference]| {
        references.iter().map(|reference| describe(reference, &inventory)).collect::<Vec<_>>()
    };
    let at_most = persona.at_most.as_deref().map(of);
    render::persona(rule, persona, &of(&persona.needs), at_most.as_deref()).written()?;
    Ok(Exit::Clean)
}

fn named<'r>(rulebook: &'r Rulebook, name: &str) -> Result<(&'r Rule, &'r Persona), Report> {
    rulebook.personas().find(|(rule, _)| rule.id == name).ok_or_else(|| {
        let ids: Vec<&str> = rulebook.personas().map(|(rule, _)| rule.id.as_str()).collect();
        let help =
            if ids.is_empty() { "it has none".to_owned() } else { format!("it has {}", ids.join(", ")) };
        InputError::new(format!("the rulebook has no persona `{name}`"), Some(help)).into()
    })
}

fn suggest(options: &Suggest) -> Result<Exit, Report> {
    let rulebook = rulebook(options.rulebook.as_ref())?;
    let inventory: Inventory = input::inventory(&options.inventory)?;
    let Some(principal) = inventory.principal(&options.principal) else {
        let message = format!("the inventory has no principal `{}`", options.principal);
        let help = "name it by its ARN, with its path".to_owned();
        return Err(InputError::new(message, Some(help)).into());
    };
    let fits = fit(&Evaluator::new(&rulebook, &inventory, None), principal)
        .map_err(|error| InputError::new(format!("{}: {error}", principal.arn), None))?;
    render::fits(&principal.arn, &fits).written()?;
    Ok(Exit::Clean)
}
