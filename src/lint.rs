//! `stanchion lint`: policies in, what is wrong with them out.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{Diagnostic, LabeledSpan, NamedSource, Report, SourceCode, SourceSpan};
use serde::Serialize;
use stanchion_policy::lint::{self, Finding, Kind, Severity};
use thiserror::Error;

use crate::Format;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// Policies, lists of policies, or what `aws iam get-account-authorization-details` prints; `-`
    /// is standard input. The checks are documented in docs/LINT.md
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the policies are attached to [default: guessed from each policy's shape]
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<As>,
    /// Write the safe fixes into the files: those that change no decision
    #[arg(long)]
    fix: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum As {
    Identity,
    Scp,
    Rcp,
    Resource,
    Trust,
}

impl From<As> for Kind {
    fn from(kind: As) -> Self {
        match kind {
            As::Identity => Self::Identity,
            As::Scp => Self::Scp,
            As::Rcp => Self::Rcp,
            As::Resource => Self::Resource,
            As::Trust => Self::Trust,
        }
    }
}

/// The report in JSON.
#[derive(Serialize)]
struct Output {
    schema_version: u32,
    policies: usize,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    file: String,
    policy: String,
    kind: Kind,
    line: usize,
    column: usize,
    code: &'static str,
    severity: Severity,
    message: String,
    fix: Option<Edit>,
}

/// Bytes of the file, and what replaces them.
#[derive(Serialize)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
    safe: bool,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let mut output = Output { schema_version: 1, policies: 0, findings: Vec::new() };
    let mut shown = Vec::new();
    for path in &options.files {
        let file = path.display().to_string();
        let mut text = input::text(path)?;
        let mut policies = read(&text, &file, options)?;
        if options.fix {
            let (mended, made) = lint::apply(&text, policies.iter().flat_map(|policy| &policy.findings));
            if made > 0 {
                write(path, &mended)?;
                text = mended;
                policies = read(&text, &file, options)?;
            }
        }
        output.policies += policies.len();
        for policy in policies {
            for finding in policy.findings {
                if options.format == Format::Text {
                    shown.push(Shown::new(&finding, &policy.name, &file, &text));
                }
                output.findings.push(found(finding, &file, &policy.name, policy.kind, &text));
            }
        }
    }
    let wrong = output.findings.iter().any(|finding| finding.severity > Severity::Note);
    match options.format {
        Format::Json => render::json(&output).written()?,
        Format::Text => {
            let policies = match output.policies {
                1 => "1 policy".to_owned(),
                count => format!("{count} policies"),
            };
            let findings = render::counted(output.findings.len(), "finding");
            for finding in shown {
                render::diagnostic(&finding).written()?;
            }
            writeln!(render::stdout(), "{findings} in {policies}").written()?;
        }
    }
    Ok(Exit::of(wrong, false))
}

fn read(text: &str, file: &str, options: &Options) -> Result<Vec<lint::Linted>, Report> {
    let help = || Some("lint reads policies, lists of them, and authorization details".to_owned());
    let policies = lint::lint(text, options.kind.map(Kind::from))
        .map_err(|error| InputError::new(format!("{file}: not JSON: {error}"), help()))?;
    if policies.is_empty() {
        return Err(InputError::new(format!("{file}: there is no policy in it"), help()).into());
    }
    Ok(policies)
}

fn write(path: &Path, text: &str) -> Result<(), Report> {
    let written = if path == Path::new("-") {
        Err(io::Error::other("fixes cannot be written to standard input"))
    } else {
        fs::write(path, text)
    };
    written.map_err(|error| InputError::new(format!("{}: {error}", path.display()), None).into())
}

fn found(finding: Finding, file: &str, policy: &str, kind: Kind, text: &str) -> Found {
    let (line, column) = lint::place(text, finding.span.start);
    let edit =
        |fix: lint::Fix| Edit { start: fix.span.start, end: fix.span.end, text: fix.text, safe: fix.safe };
    Found {
        file: file.to_owned(),
        policy: policy.to_owned(),
        kind,
        line,
        column,
        code: finding.code,
        severity: finding.severity,
        message: finding.message,
        fix: finding.fix.map(edit),
    }
}

/// A finding in its place.
#[derive(Debug, Error)]
#[error("{message}")]
struct Shown {
    message: String,
    code: &'static str,
    severity: miette::Severity,
    help: Option<String>,
    text: NamedSource<String>,
    at: SourceSpan,
}

impl Shown {
    fn new(finding: &Finding, policy: &str, file: &str, text: &str) -> Self {
        let (line, column) = lint::place(text, finding.span.start);
        let policy = if policy.is_empty() { String::new() } else { format!(" {policy}:") };
        let help = finding.fix.as_ref().map(|fix| {
            let safety = if fix.safe { "safe" } else { "it changes what the policy decides" };
            match fix.text.as_str() {
                "" => format!("remove it ({safety})"),
                text => format!("write {text} ({safety})"),
            }
        });
        // A whole statement is shown by where it begins.
        let end = text.get(finding.span.clone()).and_then(|span| span.find('\n'));
        let length = end.unwrap_or(finding.span.len());
        Self {
            message: format!("{file}:{line}:{column}:{policy} {}", finding.message),
            code: finding.code,
            severity: match finding.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Note => miette::Severity::Advice,
            },
            help,
            text: NamedSource::new(file, text.to_owned()),
            at: (finding.span.start, length).into(),
        }
    }
}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.at))))
    }
}
