//! `stanchion persona`: what a persona stands for, and which one fits a principal best.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use miette::Report;
use serde::Serialize;
use stanchion_inventory::Inventory;
use stanchion_rules::rulebook::Persona;
use stanchion_rules::{Described, Evaluator, Fit, Rule, Rulebook, describe, fit};

use crate::Format;
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
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Args)]
struct Suggest {
    /// Who: `role/NAME`, `user/NAME`, `ACCOUNT:role/NAME`, or an ARN
    #[arg(value_name = "PRINCIPAL")]
    principal: String,
    /// The inventory
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    /// The rulebook, in YAML [default: the pack for AWS Partner Central]
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A persona in JSON; the fields are documented in docs/PERSONAS.md.
#[derive(Serialize)]
struct Shown<'a> {
    schema_version: u32,
    id: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    needs: &'a [Vec<Described>],
    at_most: Option<&'a [Vec<Described>]>,
    conflicts: &'a [String],
    outside_management: bool,
}

/// How a principal fits the personas, in JSON.
#[derive(Serialize)]
struct Suggested<'a> {
    schema_version: u32,
    principal: &'a str,
    personas: Vec<FitTold<'a>>,
}

/// How a principal fits one persona.
#[derive(Serialize)]
struct FitTold<'a> {
    id: &'a str,
    title: &'a str,
    matched: bool,
    missing: &'a [String],
    beyond: Vec<BeyondTold<'a>>,
    unknowns: &'a [String],
}

/// What a principal may do beyond a persona, in one service.
#[derive(Serialize)]
struct BeyondTold<'a> {
    service: &'a str,
    action: &'a str,
    resource: &'a str,
    context: &'a BTreeMap<String, Vec<String>>,
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
    let (needs, at_most) = (of(&persona.needs), persona.at_most.as_deref().map(of));
    match options.format {
        Format::Text => render::persona(rule, persona, &needs, at_most.as_deref()).written()?,
        Format::Json => {
            let shown = Shown {
                schema_version: 1,
                id: &rule.id,
                title: &rule.title,
                description: rule.description.as_deref(),
                needs: &needs,
                at_most: at_most.as_deref(),
                conflicts: &persona.conflicts,
                outside_management: persona.outside_management,
            };
            render::json(&shown).written()?;
        }
    }
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
    let principal = input::principal(&inventory, &options.principal)?;
    let fits = fit(&Evaluator::new(&rulebook, &inventory, None), principal)
        .map_err(|error| InputError::new(format!("{}: {error}", principal.arn), None))?;
    match options.format {
        Format::Text => render::fits(&principal.arn, &fits).written()?,
        Format::Json => {
            let personas = fits.iter().map(told).collect();
            let suggested = Suggested { schema_version: 1, principal: &principal.arn, personas };
            render::json(&suggested).written()?;
        }
    }
    Ok(Exit::Clean)
}

fn told<'f>(fit: &'f Fit<'_>) -> FitTold<'f> {
    let beyond = fit.beyond.iter().map(|(service, witness)| BeyondTold {
        service,
        action: &witness.action,
        resource: &witness.resource,
        context: &witness.context,
    });
    FitTold {
        id: &fit.rule.id,
        title: &fit.rule.title,
        matched: fit.is_of,
        missing: &fit.missing,
        beyond: beyond.collect(),
        unknowns: &fit.unknown,
    }
}
