//! Errors as they are shown, with everything escaped that they quote.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteHandlerOpts, NamedSource, ReportHandler, Severity, SourceCode};

use super::escape::{escaped, masked, steers};

/// An error as people read it: its frame, its styles if standard error shows them, its text escaped.
pub(super) struct Shown<'a>(pub(super) &'a dyn Diagnostic);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        MietteHandlerOpts::new().build().debug(&Escaped::of(self.0), f)
    }
}

/// An error, its help, its causes and what belongs to it, all escaped.
#[derive(Debug)]
struct Escaped<'a> {
    inner: &'a dyn Diagnostic,
    message: String,
    help: Option<String>,
    cause: Option<Cause>,
    /// None at all and an empty list are framed differently.
    related: Option<Vec<Escaped<'a>>>,
    source: Option<NamedSource<String>>,
}

impl<'a> Escaped<'a> {
    fn of(inner: &'a dyn Diagnostic) -> Self {
        Self {
            inner,
            message: escaped(&inner.to_string()),
            help: inner.help().map(|help| escaped(&help.to_string())),
            cause: inner.source().map(Cause::of),
            related: inner.related().map(|related| related.map(Self::of).collect()),
            source: inner.source_code().and_then(visible),
        }
    }
}

/// A source that steers nothing in the place of one that would; `None`: it does not.
fn visible(source: &dyn SourceCode) -> Option<NamedSource<String>> {
    let all = source.read_span(&(0, 0).into(), 0, usize::MAX).ok()?;
    let text = String::from_utf8_lossy(all.data());
    let name = all.name().unwrap_or_default();
    let steering = |text: &str| text.chars().any(|character| steers(character) && character != '\n');
    (steering(&text) || steering(name)).then(|| NamedSource::new(escaped(name), masked(&text)))
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Escaped<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &dyn Error)
    }
}

impl Diagnostic for Escaped<'_> {
    fn severity(&self) -> Option<Severity> {
        self.inner.severity()
    }

    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.inner.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match &self.source {
            Some(source) => Some(source),
            None => self.inner.source_code(),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.inner.labels()?;
        Some(Box::new(
            labels.map(|label| LabeledSpan::new_with_span(label.label().map(escaped), *label.inner())),
        ))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let related = self.related.as_ref()?.iter();
        Some(Box::new(related.map(|related| related as &dyn Diagnostic)))
    }
}

/// What led to an error.
#[derive(Debug)]
struct Cause {
    message: String,
    cause: Option<Box<Cause>>,
}

impl Cause {
    fn of(error: &dyn Error) -> Self {
        let cause = error.source().map(|source| Box::new(Self::of(source)));
        Self { message: escaped(&error.to_string()), cause }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &dyn Error)
    }
}
