//! `stanchion rulebook test`: rules held to the examples that they carry.

use std::path::PathBuf;

use clap::Args;
use miette::Report;
use serde::Serialize;
use stanchion_rules::packs::PACKS;
use stanchion_rules::rulebook::Expected;
use stanchion_rules::{Rule, Rulebook, Tried, try_examples};

use crate::Format;
use crate::exit::Exit;
use crate::input;
use crate::render::{self, Written};

#[derive(Args)]
pub(super) struct Options {
    /// Rulebooks, in YAML, or packs, as `pack:baseline` [default: every pack]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to write what comes of the examples
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What came of the examples; the fields are documented in docs/PACKS.md.
#[derive(Serialize)]
struct TestReport {
    schema_version: u32,
    as_expected: usize,
    otherwise: usize,
    /// Ids of rules without an example.
    without_examples: Vec<String>,
    examples: Vec<ExampleReport>,
}

#[derive(Serialize)]
struct ExampleReport {
    rulebook: String,
    rule: String,
    name: String,
    expected: &'static str,
    says: String,
    as_expected: bool,
}

/// What an example expects, in one word.
pub(crate) fn expected(expected: &Expected) -> &'static str {
    match expected {
        Expected::Passes => "passes",
        Expected::Fails(_) => "fails",
        Expected::Exempt => "exempt",
    }
}

pub(super) fn run(options: &Options) -> Result<Exit, Report> {
    let packs = || PACKS.iter().map(|(name, _)| PathBuf::from(format!("pack:{name}"))).collect();
    let files: Vec<PathBuf> = if options.files.is_empty() { packs() } else { options.files.clone() };
    let (mut examples, mut without_examples) = (Vec::new(), Vec::new());
    for file in files {
        let rulebook = input::rulebook_alone(&file)?;
        let file = file.display().to_string();
        // Those of packs are about the packs' own settings, and were tested with them.
        let own = |rule: &Rule| is_own(&rulebook, rule);
        let tried = try_examples(&rulebook, own);
        if options.format == Format::Text {
            render::tried(&file, &tried).written()?;
        }
        let none = rulebook.rules.iter().filter(|rule| own(rule) && rule.examples.is_empty());
        without_examples.extend(none.map(|rule| rule.id.clone()));
        examples.extend(tried.iter().map(|tried| report(&file, tried)));
    }
    let as_expected = examples.iter().filter(|example| example.as_expected).count();
    let otherwise = examples.len() - as_expected;
    match options.format {
        Format::Text => render::tests_counted(as_expected, otherwise, &without_examples).written()?,
        Format::Json => {
            let report = TestReport { schema_version: 1, as_expected, otherwise, without_examples, examples };
            render::json(&report).written()?;
        }
    }
    Ok(Exit::of(otherwise > 0, false))
}

fn is_own(rulebook: &Rulebook, rule: &Rule) -> bool {
    rule.source == 0 || rulebook.sources.get(rule.source).is_some_and(|source| source.pack.is_none())
}

fn report(file: &str, tried: &Tried<'_>) -> ExampleReport {
    ExampleReport {
        rulebook: file.to_owned(),
        rule: tried.rule.id.clone(),
        name: tried.example.name.clone(),
        expected: expected(&tried.example.expected),
        says: tried.says.clone(),
        as_expected: tried.as_expected,
    }
}
