//! What is wrong with a policy that IAM would accept: statements that match nothing, names that do
//! not exist, grants that are wider than they look. `docs/LINT.md` has a section for each check.
//!
//! A check reads the text of a policy, not its meaning for a request, and says nothing that depends
//! on other policies. One file a check, in `checks/`; the list is [`CHECKS`].

pub(crate) mod catalogued;
mod checks;
mod documents;
mod fix;
pub(crate) mod likely;
mod subject;
mod tree;

use std::ops::Range;

use serde::Serialize;

pub use checks::CHECKS;
pub use documents::{Linted, lint};
pub use fix::apply;
pub use subject::Subject;

/// What a policy is attached to; much depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A user's, group's or role's policy, a boundary, a session policy.
    Identity,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// A resource's policy.
    Resource,
    /// A role's trust policy.
    Trust,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; may well be meant.
    Note,
    /// Probably a mistake.
    Warning,
    /// Surely not what was meant: it cannot have an effect, or IAM refuses it.
    Error,
}

/// A check: what is looked for, and where the rule is from.
pub struct Check {
    /// Its name, in kebab case.
    pub code: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// How bad that is.
    pub severity: Severity,
    /// The page of AWS's documentation. UG is the IAM User Guide, ORG the Organizations User Guide,
    /// SAR the Service Authorization Reference.
    pub source: &'static str,
    /// Looks.
    run: fn(&Subject<'_>, &mut Report),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's name.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What is wrong there.
    pub message: String,
    /// How to mend it, if that is an edit.
    pub fix: Option<Fix>,
}

/// A textual edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced, in bytes of the text.
    pub span: Range<usize>,
    /// What replaces it.
    pub text: String,
    /// Whether the policy allows and denies exactly what it did before.
    pub safe: bool,
}

/// Collects what one check finds.
struct Report {
    code: &'static str,
    severity: Severity,
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.push(span, message.into(), None);
    }

    /// Adds what is only worth knowing, whatever the check's severity.
    fn note(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let severity = std::mem::replace(&mut self.severity, Severity::Note);
        self.add(span, message);
        self.severity = severity;
    }

    /// Adds a finding that an edit of `place` mends. The new text is a JSON value.
    fn mend(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        place: &Range<usize>,
        text: String,
        safe: bool,
    ) {
        self.push(span, message.into(), Some(Fix { span: place.clone(), text, safe }));
    }

    fn push(&mut self, span: &Range<usize>, message: String, fix: Option<Fix>) {
        let (code, severity) = (self.code, self.severity);
        self.findings.push(Finding { code, severity, span: span.clone(), message, fix });
    }
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Line and column, both counted from 1, of a byte of a text.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
