//! Results as people read them, on a terminal or in a log.

mod answer;
#[cfg(feature = "aws")]
mod collected;
mod comparison;
mod diagnostic;
mod escape;
mod overview;
mod persona;
mod rule;
mod screen;
mod tags;
mod words;

use std::io::{self, Write};

use miette::{Diagnostic, Report};
use serde::Serialize;
use stanchion_alerts::Page;
use stanchion_alerts::words::answered;
use stanchion_findings::{
    Ended, EventRef, Finding, Fix, Safety, Severity, State, Transition, TransitionKind,
};
use stanchion_inventory::Inventory;
use stanchion_pipeline::Checked;
use stanchion_pipeline::report::ChangeReport;
use stanchion_rules::rulebook::Problem;
use stanchion_rules::{Evaluator, Rulebook};
use thiserror::Error;

use crate::mistake::Mistake;
use crate::rulebook::Texts;
pub(crate) use answer::{answer, who_can};
#[cfg(feature = "aws")]
pub(crate) use collected::collected;
pub(crate) use comparison::compared;
use diagnostic::Shown;
pub(crate) use escape::escaped;
pub(crate) use overview::{account_detail, overview};
pub(crate) use persona::{fits, persona};
pub(crate) use rule::{about, looked_at, rule_explained, says, tests_counted, tried};
pub(crate) use screen::{BOLD, DIM, GREEN, RED, Style, YELLOW, stderr, stdout};
pub(crate) use tags::tags_explained;

/// How many principals are named before the rest is only counted.
const NAMED: usize = 6;

/// Nobody reads the output any more.
#[derive(Debug, Error, Diagnostic)]
#[error("the output was closed")]
struct Closed;

/// Results of writing as reports, with a closed output told from other errors.
pub(crate) trait Written {
    fn written(self) -> Result<(), Report>;
}

impl Written for io::Result<()> {
    fn written(self) -> Result<(), Report> {
        self.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Closed.into(),
            _ => Report::msg(error),
        })
    }
}

/// Whether an error is only that nobody reads the output any more.
pub(crate) fn is_closed(report: &Report) -> bool {
    report.is::<Closed>()
}

/// Why the program cannot go on.
pub(crate) fn error(report: &Report) {
    // What cannot be written to standard error cannot be told at all.
    let _ = writeln!(anstream::stderr(), "{}", Shown(report.as_ref()));
}

/// What of the rules is not evaluated, or not as it may be thought.
pub(crate) fn notices(evaluator: &Evaluator<'_>) {
    noted(&evaluator.notes().collect::<Vec<_>>());
}

/// Things to know, on standard error.
pub(crate) fn noted<'n>(notes: impl IntoIterator<Item = &'n String>) {
    for note in notes {
        let _ = writeln!(stderr(), "note: {note}");
    }
}

/// Something that is wrong with what is looked at, in its place.
pub(crate) fn diagnostic(problem: &dyn Diagnostic) -> io::Result<()> {
    // It is escaped before it is framed.
    writeln!(anstream::stdout(), "{}", Shown(problem))
}

/// What is wrong with a rulebook, each in its place.
pub(crate) fn linted(
    problems: &[Problem],
    texts: &Texts<'_>,
    disabled: &[String],
    (errors, warnings): (usize, usize),
) -> io::Result<()> {
    for problem in problems {
        diagnostic(&Mistake::new(problem, &texts.of(&problem.file).into()))?;
    }
    let mut out = stdout();
    for rule in disabled {
        writeln!(out, "{YELLOW}disabled{YELLOW:#}: {rule}")?;
    }
    writeln!(out, "{BOLD}{}, {}{BOLD:#}", counted(errors, "error"), counted(warnings, "warning"))?;
    out.flush()
}

/// JSON, indented, with a line end.
pub(crate) fn json(report: &impl Serialize) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()
}

/// The findings of a check.
pub(crate) fn checked(checked: &Checked, gaps: &[String], rulebook: &Rulebook) -> io::Result<()> {
    let mut out = stdout();
    for finding in &checked.findings {
        let (word, style) = match finding.state {
            State::Indeterminate => ("INDETERMINATE", YELLOW),
            State::Suppressed => ("SUPPRESSED", DIM),
            _ => ("VIOLATED", RED),
        };
        headline(&mut out, word, style, finding)?;
        principal(&mut out, finding)?;
        suppression(&mut out, finding)?;
        if finding.state != State::Suppressed {
            details(&mut out, finding)?;
            remedy(&mut out, finding, rulebook)?;
        }
        writeln!(out)?;
    }
    let count = |state| checked.findings.iter().filter(|finding| finding.state == state).count();
    writeln!(
        out,
        "{BOLD}{}{}, {} violated, {} indeterminate{}{BOLD:#}",
        counted(checked.principals, "principal"),
        if checked.accounts > 0 {
            format!(" and {}", counted(checked.accounts, "account"))
        } else {
            String::new()
        },
        count(State::Open),
        count(State::Indeterminate),
        if_any(count(State::Suppressed), "suppressed")
    )?;
    let out_of_budget = checked.out_of_budget();
    if out_of_budget > 0 {
        writeln!(out, "{YELLOW}{} ran out of budget{YELLOW:#}", counted(out_of_budget, "question"))?;
    }
    let assumptions: Vec<String> = checked.assumptions.iter().map(ToString::to_string).collect();
    if !assumptions.is_empty() {
        writeln!(out, "{DIM}assuming {}{DIM:#}", assumptions.join(", "))?;
    }
    for note in &checked.notes {
        writeln!(out, "{YELLOW}note{YELLOW:#} {note}")?;
    }
    for gap in gaps {
        writeln!(out, "{YELLOW}missing{YELLOW:#} {gap}")?;
    }
    out.flush()
}

/// A page, and lines of it.
pub(crate) fn page(page: &Page) -> io::Result<()> {
    let text = page.text();
    lines(&text.lines().map(str::to_owned).collect::<Vec<_>>())
}

/// Lines as they are.
pub(crate) fn lines(lines: &[String]) -> io::Result<()> {
    let mut out = stdout();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// Findings as they are kept.
pub(crate) fn kept(findings: &[Finding]) -> io::Result<()> {
    let mut out = stdout();
    for finding in findings {
        let (word, style) = match finding.state {
            State::Indeterminate => ("INDETERMINATE", YELLOW),
            State::Open => ("VIOLATED", RED),
            State::Suppressed => ("SUPPRESSED", DIM),
            State::Resolved => ("RESOLVED", GREEN),
        };
        headline(&mut out, word, style, finding)?;
        principal(&mut out, finding)?;
        suppression(&mut out, finding)?;
        details(&mut out, finding)?;
        writeln!(out, "      {DIM}id         {}{DIM:#}", finding.fingerprint)?;
        writeln!(out)?;
    }
    let suppressed = findings.iter().filter(|finding| finding.state == State::Suppressed).count();
    let suppressed = if_any(suppressed, "suppressed");
    writeln!(out, "{BOLD}{}{suppressed}{BOLD:#}", counted(findings.len(), "finding"))?;
    out.flush()
}

/// What events did.
pub(crate) fn reaction(
    changes: &[ChangeReport],
    before: &[Transition],
    transitions: &[Transition],
    rulebook: &Rulebook,
) -> io::Result<()> {
    let mut out = stdout();
    for report in changes {
        change(&mut out, report)?;
    }
    if !before.is_empty() {
        writeln!(out)?;
        writeln!(out, "{BOLD}before these events{BOLD:#}, of those whom they affect")?;
        self::transitions(&mut out, before, rulebook)?;
        writeln!(out)?;
        writeln!(out, "{BOLD}by these events{BOLD:#}")?;
    }
    writeln!(out)?;
    self::transitions(&mut out, transitions, rulebook)?;
    writeln!(out)?;
    tally(&mut out, changes.len(), transitions)?;
    out.flush()
}

/// The last line: how many of each.
pub(crate) fn tally(out: &mut impl Write, events: usize, transitions: &[Transition]) -> io::Result<()> {
    let count = |kind| transitions.iter().filter(|transition| transition.kind == kind).count();
    writeln!(
        out,
        "{BOLD}{}: {} opened, {} updated, {} resolved, {} indeterminate{}{BOLD:#}",
        counted(events, "event"),
        count(TransitionKind::Opened),
        count(TransitionKind::Updated),
        count(TransitionKind::Resolved),
        count(TransitionKind::Indeterminate),
        if_any(count(TransitionKind::Suppressed), "suppressed")
    )
}

/// What a first evaluation found: one digest, with no cause.
pub(crate) fn baseline(
    out: &mut impl Write,
    inventory: &Inventory,
    rulebook: &Rulebook,
    transitions: &[Transition],
    open: usize,
) -> io::Result<()> {
    writeln!(
        out,
        "{BOLD}baseline{BOLD:#}: {}, {}, {}; {} open before any event",
        counted(inventory.accounts().count(), "account"),
        counted(inventory.principals().count(), "principal"),
        counted(rulebook.rules.len(), "rule"),
        open
    )?;
    self::transitions(out, transitions, rulebook)
}

/// One event and whom it affects.
pub(crate) fn change(out: &mut impl Write, change: &ChangeReport) -> io::Result<()> {
    let actor = change.actor.as_deref().unwrap_or("somebody");
    let name = if change.event_name.is_empty() { "(unnamed event)" } else { &change.event_name };
    writeln!(out, "{BOLD}{name}{BOLD:#} {DIM}{} by {actor}{DIM:#}", change.event_time)?;
    if let Some(issuer) = &change.session_issuer {
        writeln!(out, "  {DIM}a session of {issuer}{DIM:#}")?;
    }
    if let Some(reason) = &change.ignored {
        let style = if reason == "unknown-event" || reason == "forged-source" { YELLOW } else { DIM };
        let note = change.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        return writeln!(out, "  {style}ignored: {reason}{note}{style:#}");
    }
    let kind = change.kind.as_deref().unwrap_or_default();
    let target = change.target.as_deref().unwrap_or_default();
    writeln!(out, "  {kind} change to {target}")?;
    match change.affected_principals.as_slice() {
        [] => writeln!(out, "  affects nobody")?,
        [one] => writeln!(out, "  affects {one}")?,
        many => {
            writeln!(out, "  affects {}", counted(many.len(), "principal"))?;
            for arn in many.iter().take(NAMED) {
                writeln!(out, "    {arn}")?;
            }
            if many.len() > NAMED {
                writeln!(out, "    and {} more", many.len() - NAMED)?;
            }
        }
    }
    if change.applied == Some("unchanged") {
        writeln!(out, "  {DIM}the inventory stays as it was{DIM:#}")?;
    }
    match &change.note {
        Some(note) => writeln!(out, "  {YELLOW}{note}{YELLOW:#}"),
        None => Ok(()),
    }
}

/// Transitions, those of one rule together, with everything needed to act on them.
pub(crate) fn transitions(
    out: &mut impl Write,
    transitions: &[Transition],
    rulebook: &Rulebook,
) -> io::Result<()> {
    let mut groups: Vec<Vec<&Transition>> = Vec::new();
    for transition in transitions {
        let same = |group: &&mut Vec<&Transition>| {
            group.first().is_some_and(|first| {
                first.kind == transition.kind && first.finding.rule_id == transition.finding.rule_id
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(transition),
            None => groups.push(vec![transition]),
        }
    }
    for group in groups {
        let Some(first) = group.first() else { continue };
        let (word, style) = match first.kind {
            TransitionKind::Opened => ("OPENED", RED),
            TransitionKind::Updated => ("UPDATED", YELLOW),
            TransitionKind::Suppressed => ("SUPPRESSED", DIM),
            TransitionKind::Indeterminate => ("INDETERMINATE", YELLOW),
            TransitionKind::Resolved => ("RESOLVED", GREEN),
        };
        headline(out, word, style, &first.finding)?;
        if first.kind != TransitionKind::Resolved {
            remedy(out, &first.finding, rulebook)?;
        }
        for transition in group {
            principal(out, &transition.finding)?;
            attribution(out, transition)?;
            suppression(out, &transition.finding)?;
            if transition.kind != TransitionKind::Resolved {
                details(out, &transition.finding)?;
            }
        }
    }
    Ok(())
}

/// The change behind a transition, and how sure that is.
fn attribution(out: &mut impl Write, transition: &Transition) -> io::Result<()> {
    let finding = &transition.finding;
    let described = |event: &EventRef| format!("{} {} by {}", event.event_name, event.event_id, event.actor);
    match (transition.kind, &finding.caused_by, &finding.trigger) {
        (TransitionKind::Resolved, _, Some(event)) => writeln!(out, "      after      {}", described(event)),
        (_, Some(event), _) => writeln!(out, "      caused by  {}", described(event)),
        (_, None, Some(event)) => {
            writeln!(out, "      seen on    {}, not known to be its cause", described(event))
        }
        (_, None, None) => Ok(()),
    }
}

/// Who answers for a suppressed finding, and why; or what of that has ended.
fn suppression(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let Some(suppression) = finding.suppression.as_ref().filter(|_| finding.state != State::Resolved) else {
        return Ok(());
    };
    let answered = answered(suppression);
    match suppression.ended {
        None => writeln!(out, "      suppressed by {answered}"),
        Some(Ended::Expired) => {
            writeln!(out, "      {YELLOW}no longer suppressed by {answered}{YELLOW:#}")
        }
        Some(Ended::Withdrawn) => {
            writeln!(out, "      {YELLOW}no longer in the rulebook: suppressed by {answered}{YELLOW:#}")
        }
    }
}

fn headline(out: &mut impl Write, word: &str, style: Style, finding: &Finding) -> io::Result<()> {
    let severity = severity_style(finding.severity);
    writeln!(
        out,
        "  {style}{word}{style:#} {severity}{}{severity:#} {BOLD}{}{BOLD:#}: {}",
        finding.severity, finding.rule_id, finding.title
    )
}

fn principal(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    match &finding.principal {
        Some(arn) => writeln!(out, "    {arn}"),
        None => match &finding.account_id {
            Some(id) => writeln!(out, "    account {id}"),
            None => Ok(()),
        },
    }
}

fn details(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    if let Some(detail) = &finding.detail {
        writeln!(out, "      {detail}")?;
    }
    if let Some(witness) = &finding.witness {
        writeln!(out, "      can        {BOLD}{}{BOLD:#} on {}", witness.action, witness.resource)?;
        for (key, values) in &witness.context {
            writeln!(out, "      with       {key} = {}", values.join(", "))?;
        }
    }
    for because in &finding.because {
        let statement = because.statement.map(|s| format!(", statement {s}")).unwrap_or_default();
        let sid = because.sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
        writeln!(out, "      allowed by {} {}{statement}{sid}", because.layer, because.policy)?;
    }
    for unknown in &finding.unknowns {
        writeln!(out, "      {YELLOW}not known  {unknown}{YELLOW:#}")?;
    }
    if !finding.assumptions.is_empty() {
        writeln!(out, "      {DIM}assuming   {}{DIM:#}", finding.assumptions.join(", "))?;
    }
    finding.fix.as_ref().map_or(Ok(()), |found| fix(out, found))
}

/// The change that would mend a finding, and what else it takes away.
fn fix(out: &mut impl Write, fix: &Fix) -> io::Result<()> {
    let style = if fix.safety == Safety::Safe { GREEN } else { YELLOW };
    writeln!(out, "      {style}fix        {} ({}){style:#}", fix.summary, fix.safety)?;
    for lost in &fix.loses {
        writeln!(out, "      {YELLOW}then       {lost}{YELLOW:#}")?;
    }
    for line in fix.diff.lines() {
        writeln!(out, "        {DIM}{line}{DIM:#}")?;
    }
    Ok(())
}

fn remedy(out: &mut impl Write, finding: &Finding, rulebook: &Rulebook) -> io::Result<()> {
    let rule = rulebook.rule(&finding.rule_id);
    match rule.and_then(|rule| rule.remedy.as_deref()) {
        Some(remedy) => writeln!(out, "    {DIM}remedy: {}{DIM:#}", remedy.trim().replace('\n', " ")),
        None => Ok(()),
    }
}

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => RED,
        Severity::Medium => YELLOW,
        Severity::Low | Severity::Informational => DIM,
    }
}

/// `, 3 suppressed`, if there are any.
fn if_any(count: usize, what: &str) -> String {
    if count == 0 { String::new() } else { format!(", {count} {what}") }
}

/// `1 event`, `2 events`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
