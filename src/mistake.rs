//! What is wrong with a rulebook, shown in its place.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode, SourceOffset};
use stanchion_rules::rulebook::Problem;
use thiserror::Error;

use crate::rulebook::Texts;

/// The longest line that is shown, in bytes.
const SHOWN: usize = 1000;

/// Every mistake that keeps a rulebook from being read.
#[derive(Debug, Error)]
#[error("the rulebook has {} mistake{}", .0.len(), if .0.len() == 1 { "" } else { "s" })]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Those of these texts.
    pub(crate) fn new(problems: &[Problem], texts: &Texts<'_>) -> Self {
        let mistake = |problem: &Problem| Mistake::new(problem, &texts.of(&problem.file).into());
        Self(problems.iter().map(mistake).collect())
    }
}

impl Diagnostic for Mistakes {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.0.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}

/// One of them, or a warning.
#[derive(Debug, Error)]
#[error("{}:{}:{}: {}", .problem.file, .problem.line, .problem.column, .problem.message)]
pub(crate) struct Mistake {
    problem: Problem,
    text: NamedSource<Arc<str>>,
    /// `None`: its line is too long to be of use.
    at: Option<SourceOffset>,
}

impl Mistake {
    /// One of this text.
    pub(crate) fn new(problem: &Problem, text: &Arc<str>) -> Self {
        let at = SourceOffset::from_location(text, problem.line, problem.column);
        let line = text.lines().nth(problem.line - 1).unwrap_or_default();
        Self {
            problem: problem.clone(),
            text: NamedSource::new(&problem.file, Arc::clone(text)),
            at: (line.len() <= SHOWN).then_some(at),
        }
    }
}

impl Diagnostic for Mistake {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(if self.problem.code.is_warning() { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.at.is_some().then_some(&self.text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.at.map(|at| LabeledSpan::new_with_span(None, (at, 1)))?;
        Some(Box::new(std::iter::once(label)))
    }
}
