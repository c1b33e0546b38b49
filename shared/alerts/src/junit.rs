//! Findings as a JUnit report, for continuous integration: a suite for each rule, with a failure of each finding that
//! is open, an error of each that is indeterminate, a skipped case of each that is suppressed, and one case that passed where there is none, or was skipped if
//! the rule was not asked.
//!
//! The format has no standard; this is what Jenkins, GitLab and GitHub's reporters read of it.

use stanchion_findings::{Finding, State};

use crate::page::page;
use crate::words;

/// A rule that was asked, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// One line on what it says.
    pub title: String,
    /// Why it was not asked, or not in full: without a finding it is skipped, not passed.
    pub note: Option<String>,
}

/// How many cases there are, and of what kind.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, more: &Self) {
        self.tests += more.tests;
        self.failures += more.failures;
        self.errors += more.errors;
        self.skipped += more.skipped;
    }

    fn attributes(&self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

/// A report. `rules` are in the order that they are to have; a finding of another rule comes after them.
pub fn report(findings: &[Finding], rules: &[Asked]) -> String {
    let mut rules: Vec<Asked> = rules.to_vec();
    for finding in findings {
        // What is no rulebook's rule, as that an account cannot be read.
        if !rules.iter().any(|rule| rule.id == finding.rule_id) {
            rules.push(Asked { id: finding.rule_id.clone(), title: finding.title.clone(), note: None });
        }
    }
    let (mut suites, mut total) = (String::new(), Counts::default());
    for rule in &rules {
        let of_rule = |finding: &&Finding| finding.rule_id == rule.id && finding.state != State::Resolved;
        let of_rule: Vec<&Finding> = findings.iter().filter(of_rule).collect();
        let failures = of_rule.iter().filter(|finding| finding.state == State::Open).count();
        let suppressed = of_rule.iter().filter(|finding| finding.state == State::Suppressed).count();
        let counts = Counts {
            tests: of_rule.len().max(1),
            failures,
            errors: of_rule.len() - failures - suppressed,
            skipped: suppressed + usize::from(of_rule.is_empty() && rule.note.is_some()),
        };
        suites += &format!("  <testsuite name=\"{}\" {}>\n", escaped(&rule.id), counts.attributes());
        suites.extend(of_rule.iter().map(|finding| case(finding)));
        if of_rule.is_empty() {
            suites += &without_finding(rule);
        }
        suites += "  </testsuite>\n";
        total.add(&counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"stanchion\" {}>\n{suites}</testsuites>\n",
        total.attributes()
    )
}

fn without_finding(rule: &Asked) -> String {
    let case = format!("<testcase classname=\"{}\" name=\"{}\"", escaped(&rule.id), escaped(&rule.title));
    match &rule.note {
        None => format!("    {case}/>\n"),
        Some(note) => {
            format!("    {case}>\n      <skipped message=\"{}\"/>\n    </testcase>\n", escaped(note))
        }
    }
}

fn case(finding: &Finding) -> String {
    let page = page(finding, None);
    let facet = finding.facet.as_deref().map(|facet| format!(", {facet}")).unwrap_or_default();
    let name = format!("{}{facet}", finding.principal.clone().unwrap_or_else(|| words::who(finding)));
    let case = format!("<testcase classname=\"{}\" name=\"{}\">", escaped(&finding.rule_id), escaped(&name));
    if let (State::Suppressed, Some(suppression)) = (finding.state, &finding.suppression) {
        let why = escaped(&words::answered(suppression));
        return format!("    {case}\n      <skipped message=\"{why}\"/>\n    </testcase>\n");
    }
    let element = if finding.state == State::Open { "failure" } else { "error" };
    format!(
        "    {case}\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    \
         </testcase>\n",
        finding.severity,
        escaped(&page.title),
        escaped(&page.text())
    )
}

/// A text as XML takes it (XML 1.0, section 2.2, "Characters"): what may not be in a document is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            other if other.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}
