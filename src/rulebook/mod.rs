//! `stanchion rulebook`: what is wrong with a rulebook, and how one is written.

mod explain;
mod init;
mod test;
mod texts;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use miette::{IntoDiagnostic, Report};
use serde::Serialize;
use stanchion_findings::Store;
use stanchion_pipeline::{check, suppress};
use stanchion_rules::rulebook::{Problem, Rulebook, schema};
use stanchion_rules::{Evaluator, lint_with};

use crate::Format;
use crate::exit::Exit;
use crate::findings::kept;
use crate::input::{beside_rulebook, inventory, rulebook_text};
use crate::render::{self, Written};
pub(crate) use explain::Explained;
pub(crate) use test::expected;
pub(crate) use texts::Texts;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Say everything that is wrong with a rulebook, or looks wrong
    Lint(Lint),
    /// Say what a rule forbids, whom it is about, and where it comes from
    Explain(explain::Options),
    /// Write a rulebook to start from
    Init(init::Options),
    /// Hold rules to the examples that they carry
    Test(test::Options),
    /// Print the JSON Schema of rulebooks, for editors
    Schema,
}

#[derive(Args)]
struct Lint {
    /// The rulebook, in YAML, or a pack, as `pack:baseline`; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// An inventory to look up OUs, accounts and principals in
    #[arg(long, value_name = "DIR")]
    inventory: Option<PathBuf>,
    /// The file of `stanchion react --store`, to hold suppressions against its findings; without it, against what
    /// `check` finds in the inventory
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// The moment that suppressions are held against [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// How to write what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What a linted rulebook has; the fields are documented in docs/FORMATS.md.
#[derive(Serialize)]
struct LintReport<'a> {
    schema_version: u32,
    errors: usize,
    warnings: usize,
    problems: Vec<ProblemReport<'a>>,
    /// Rules that are not asked, each with who says so and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disabled: Vec<String>,
}

#[derive(Serialize)]
struct ProblemReport<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    match &options.verb {
        Verb::Schema => {
            render::json(&schema()).written()?;
            Ok(Exit::Clean)
        }
        Verb::Lint(options) => run_lint(options),
        Verb::Explain(options) => explain::run(options),
        Verb::Init(options) => init::run(options),
        Verb::Test(options) => test::run(options),
    }
}

fn run_lint(options: &Lint) -> Result<Exit, Report> {
    let text = rulebook_text(&options.file)?;
    let inventory = options.inventory.as_deref().map(inventory).transpose()?;
    let file = options.file.display().to_string();
    let mut texts = Texts::new(&text);
    let beside = options.file.parent();
    let mut load = |path: &str| beside_rulebook(beside, path).inspect(|text| texts.add(beside, path, text));
    let mut problems = lint_with(&text, &file, &mut load, inventory.as_ref());
    let mut load = |path: &str| beside_rulebook(beside, path);
    let rulebook = Rulebook::parse_alone(&text, &file, &mut load).ok();
    if let Some(rulebook) = rulebook.as_ref().filter(|rulebook| !rulebook.suppressions.is_empty()) {
        let now = Some(options.now.unwrap_or_else(Timestamp::now).as_nanosecond());
        let findings = match (&options.store, &inventory) {
            (Some(store), _) => Some(kept(store)?.unresolved().into_diagnostic()?),
            (None, Some(inventory)) => Some(check(&Evaluator::new(rulebook, inventory, now)).findings),
            (None, None) => None,
        };
        problems.extend(suppress::doubts(rulebook, findings.as_deref(), now));
    }
    let disabled = rulebook.as_ref().map(disabled).unwrap_or_default();
    let warnings = problems.iter().filter(|problem| problem.code.is_warning()).count();
    let errors = problems.len() - warnings;
    match options.format {
        Format::Json => {
            let problems = problems.iter().map(report).collect();
            render::json(&LintReport { schema_version: 1, errors, warnings, problems, disabled })
                .written()?;
        }
        Format::Text => render::linted(&problems, &texts, &disabled, (errors, warnings)).written()?,
    }
    Ok(match (errors, warnings) {
        (1.., _) => Exit::Wrong,
        (0, 1..) => Exit::Violations,
        (0, 0) => Exit::Clean,
    })
}

/// The rules that are not asked, each with who says so and why.
fn disabled(rulebook: &Rulebook) -> Vec<String> {
    let rules = rulebook.disabled.iter();
    rules.map(|it| format!("{}, by {}: {}", it.id, rulebook.sources[it.by].name, it.reason)).collect()
}

fn report(problem: &Problem) -> ProblemReport<'_> {
    ProblemReport {
        file: &problem.file,
        line: problem.line,
        column: problem.column,
        code: problem.code.as_str(),
        severity: if problem.code.is_warning() { "warning" } else { "error" },
        message: &problem.message,
        help: problem.help.as_deref(),
    }
}
