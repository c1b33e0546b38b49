//! Reading what the user names: files, standard input, a rulebook, an inventory. Errors name the
//! file, the place and the mend.

use std::fs;
use std::io::Read;
use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use miette::{Diagnostic, LabeledSpan, NamedSource, Report, SourceCode, SourceOffset};
use stanchion_inventory::Inventory;
use stanchion_rules::Rulebook;
use stanchion_rules::rulebook::RulebookError;
use stanchion_trail::open;
use thiserror::Error;

/// Something is wrong with the input; `help` says what to do.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(crate) struct InputError {
    message: String,
    #[help]
    help: Option<String>,
}

impl InputError {
    pub(crate) fn new(message: impl Into<String>, help: Option<String>) -> Self {
        Self { message: message.into(), help }
    }
}

/// Options of the verbs that hold a rulebook against an inventory.
#[derive(Args)]
pub(crate) struct Subjects {
    /// Directory with accounts/<12 digits>.json (what `aws iam get-account-authorization-details`
    /// prints) and organization.json
    #[arg(long, value_name = "DIR")]
    inventory: std::path::PathBuf,
    /// The rulebook, in YAML
    #[arg(long, value_name = "FILE")]
    rulebook: std::path::PathBuf,
    /// The moment that policies compare dates with [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

impl Subjects {
    /// Reads both.
    pub(crate) fn read(&self) -> Result<(Inventory, Rulebook, Option<i128>), Report> {
        let rulebook = rulebook(&text(&self.rulebook)?, &self.rulebook.display().to_string())?;
        let inventory = inventory(&self.inventory)?;
        let now = self.now.unwrap_or_else(Timestamp::now);
        Ok((inventory, rulebook, Some(now.as_nanosecond())))
    }
}

/// Reads an inventory.
pub(crate) fn inventory(directory: &Path) -> Result<Inventory, Report> {
    Ok(Inventory::load(directory)
        .map_err(|error| InputError::new(error.to_string(), Some(error.mend().to_owned())))?)
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<String, Report> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let text = read.map_err(|error| InputError::new(format!("{}: {error}", path.display()), None))?;
    // Some editors begin a file with a byte order mark, which no parser expects.
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// The bytes of a file, inflated if it is gzip, or of standard input for `-`.
pub(crate) fn stream(path: &Path) -> Result<Box<dyn Read>, Report> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    open(path).map_err(|error| {
        let is_directory = error.source.kind() == std::io::ErrorKind::IsADirectory;
        let help = is_directory.then(|| "name the files in it, or use `stanchion replay`".to_owned());
        InputError::new(error.to_string(), help).into()
    })
}

/// Every mistake of a rulebook, each shown in its place.
#[derive(Debug, Error)]
#[error("the rulebook has {} mistake{}", .mistakes.len(), if .mistakes.len() == 1 { "" } else { "s" })]
struct RulebookReport {
    mistakes: Vec<Mistake>,
}

#[derive(Debug, Error)]
#[error("{message}")]
struct Mistake {
    message: String,
    help: Option<String>,
    text: NamedSource<String>,
    at: SourceOffset,
}

impl Diagnostic for RulebookReport {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.mistakes.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}

impl Diagnostic for Mistake {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, (self.at, 1)))))
    }
}

/// Reads a rulebook. `file` is what errors call it.
pub(crate) fn rulebook(text: &str, file: &str) -> Result<Rulebook, Report> {
    Rulebook::parse(text, file).map_err(|error: RulebookError| {
        let mistakes = error.problems().iter().map(|problem| Mistake {
            message: format!("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message),
            help: problem.help.clone(),
            text: NamedSource::new(file, text.to_owned()),
            at: SourceOffset::from_location(text, problem.line, problem.column),
        });
        RulebookReport { mistakes: mistakes.collect() }.into()
    })
}
