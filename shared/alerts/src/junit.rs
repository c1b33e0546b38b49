//! Findings as a JUnit report, for continuous integration: a suite for each rule that was asked, a failure of each
//! that is open, an error of each that is indeterminate, and one case that passed for a rule that holds.
//!
//! The format has no standard; this is what Jenkins, GitLab and GitHub's reporters read of it.

use std::fmt::Write;

use stanchion_findings::{Finding, State};

use crate::page::page;
use crate::words;

/// A report. `rules` are those that were asked: id and title, in the order that they are to have.
pub fn report(findings: &[Finding], rules: &[(&str, &str)]) -> String {
    let mut ids: Vec<(&str, &str)> = rules.to_vec();
    for finding in findings {
        // What is no rulebook's rule, as that an account cannot be read.
        if !ids.iter().any(|(id, _)| *id == finding.rule_id) {
            ids.push((&finding.rule_id, &finding.title));
        }
    }
    let mut suites = String::new();
    let (mut tests, mut failures, mut errors) = (0, 0, 0);
    for (id, title) in ids {
        let of_rule: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.rule_id == id && finding.state != State::Resolved)
            .collect();
        let failed = of_rule.iter().filter(|finding| finding.state == State::Open).count();
        let undecided = of_rule.len() - failed;
        let count = of_rule.len().max(1);
        (tests, failures, errors) = (tests + count, failures + failed, errors + undecided);
        // INVARIANT: writing to a string cannot fail.
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{failed}\" errors=\"{undecided}\">",
            escaped(id)
        );
        for finding in &of_rule {
            suites += &case(finding);
        }
        if of_rule.is_empty() {
            let _ =
                writeln!(suites, "    <testcase classname=\"{}\" name=\"{}\"/>", escaped(id), escaped(title));
        }
        suites += "  </testsuite>\n";
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"stanchion\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"{errors}\">\n{suites}</testsuites>\n"
    )
}

fn case(finding: &Finding) -> String {
    let page = page(finding, None);
    let element = if finding.state == State::Open { "failure" } else { "error" };
    let facet = finding.facet.as_deref().map(|facet| format!(", {facet}")).unwrap_or_default();
    let name = format!("{}{facet}", finding.principal.clone().unwrap_or_else(|| words::who(finding)));
    format!(
        "    <testcase classname=\"{}\" name=\"{}\">\n      <{element} type=\"{}\" message=\"{}\">{}</{element}>\n    \
         </testcase>\n",
        escaped(&finding.rule_id),
        escaped(&name),
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
