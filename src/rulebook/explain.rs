//! `stanchion rulebook explain`: one rule in words.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::Report;
use serde::Serialize;
use stanchion_rules::packs::PACKS;
use stanchion_rules::rulebook::{Disabled, Expected, Pack};
use stanchion_rules::{Rule, Rulebook, Severity, try_examples};

use crate::Format;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(super) struct Options {
    /// The rule's id
    #[arg(value_name = "ID")]
    id: String,
    /// The rulebook, in YAML, or a pack, as `pack:baseline` [default: every pack]
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A rule, ready to be told. The fields in JSON are documented in docs/PACKS.md.
#[derive(Serialize)]
pub(crate) struct Explained<'r> {
    pub(crate) schema_version: u32,
    pub(crate) id: &'r str,
    pub(crate) title: &'r str,
    pub(crate) severity: Severity,
    pub(crate) kind: &'static str,
    /// The file, or the pack, that it is written in.
    pub(crate) from: String,
    /// The pack's version.
    pub(crate) version: Option<String>,
    /// What is otherwise than where it is written, and by whom.
    pub(crate) overrides: Vec<String>,
    pub(crate) description: Option<&'r str>,
    pub(crate) remedy: Option<&'r str>,
    /// Whom it is about.
    pub(crate) about: Vec<String>,
    /// What it says.
    pub(crate) says: Vec<String>,
    /// What of it stands for settings that a rulebook has to give, each with its name.
    pub(crate) samples: Vec<String>,
    /// When it is asked again.
    pub(crate) looked_at: Vec<String>,
    /// An example that breaks it, and what shows that.
    pub(crate) example: Option<Broken>,
}

/// An example that breaks a rule.
#[derive(Serialize)]
pub(crate) struct Broken {
    pub(crate) name: String,
    pub(crate) shown: String,
}

pub(super) fn run(options: &Options) -> Result<Exit, Report> {
    let rulebooks: Vec<Rulebook> = match &options.rulebook {
        Some(file) => vec![input::rulebook_alone(file)?],
        None => {
            let packs =
                PACKS.iter().map(|(name, _)| input::rulebook_alone(Path::new(&format!("pack:{name}"))));
            packs.collect::<Result<_, _>>()?
        }
    };
    for rulebook in &rulebooks {
        if let Some(rule) = rulebook.rule(&options.id) {
            // The first source is the text itself, which may be a pack that nobody has given settings.
            let explained = explained(rulebook, rule, rule.source == 0);
            match options.format {
                Format::Text => render::rule_explained(&explained).written()?,
                Format::Json => render::json(&explained).written()?,
            }
            return Ok(Exit::Clean);
        }
        if let Some(disabled) = rulebook.disabled.iter().find(|disabled| disabled.id == options.id) {
            return Err(told_disabled(rulebook, disabled).into());
        }
    }
    let ids: Vec<&str> = rulebooks.iter().flat_map(|it| &it.rules).map(|rule| rule.id.as_str()).collect();
    let place = if options.rulebook.is_some() { "the rulebook has" } else { "the packs have" };
    let help = match stanchion_rules::nearest(&options.id, &ids) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", ids.join(", ")),
    };
    Err(InputError::new(format!("{place} no rule `{}`", options.id), Some(help)).into())
}

fn told_disabled(rulebook: &Rulebook, disabled: &Disabled) -> InputError {
    let from = &rulebook.sources[disabled.source].name;
    let by = &rulebook.sources[disabled.by].name;
    let message = format!("`{}` is disabled by {by}: {}", disabled.id, disabled.reason);
    InputError::new(message, Some(format!("it is a rule of {from}: `{}`", disabled.title)))
}

fn explained<'r>(rulebook: &'r Rulebook, rule: &'r Rule, alone: bool) -> Explained<'r> {
    let source = &rulebook.sources[rule.source];
    let overrides = rulebook.overrides.iter().filter(|it| it.rule == rule.id);
    let overrides = overrides.map(|it| format!("{} by {}", it.key, rulebook.sources[it.by].name));
    let tried = try_examples(rulebook, |other| other.id == rule.id);
    let (about, says) = (render::about(rule), render::says(rule));
    let samples = match &source.pack {
        Some(pack) if alone => samples(pack, about.iter().chain(&says)),
        _ => Vec::new(),
    };
    let broken = tried.iter().find(|it| it.as_expected && matches!(it.example.expected, Expected::Fails(_)));
    Explained {
        schema_version: 1,
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity,
        kind: rule.kind.name(),
        from: source.name.clone(),
        version: source.pack.as_ref().map(|pack| pack.version.to_string()),
        overrides: overrides.collect(),
        description: rule.description.as_deref().map(str::trim),
        remedy: rule.remedy.as_deref().map(str::trim),
        about,
        says,
        samples,
        looked_at: render::looked_at(rule),
        example: broken.map(|it| Broken { name: it.example.name.clone(), shown: it.says.clone() }),
    }
}

/// The settings of a pack that must be given and are not, of which a line shows the example.
fn samples<'l>(pack: &Pack, lines: impl Iterator<Item = &'l String>) -> Vec<String> {
    let lines: Vec<&String> = lines.collect();
    let required = pack.settings.iter().filter(|setting| setting.required);
    let shown = required.filter_map(|setting| {
        let example = setting.example.as_deref()?;
        let values = example.split(|c: char| matches!(c, '[' | ']' | ',' | '"') || c.is_whitespace());
        let mut values = values.filter(|value| !value.is_empty());
        let value = values.find(|value| lines.iter().any(|line| line.contains(*value)))?;
        Some(format!("{value}, for the setting `{}`", setting.name))
    });
    shown.collect()
}
