//! `stanchion findings suppress`: the entry of a rulebook that suppresses one finding.
//!
//! The rulebook is where suppressions are, and nowhere else: nothing is written to where findings are kept. The next
//! evaluation by the rulebook finds it, and tells of it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use miette::Report;
use stanchion_alerts::page;
use stanchion_findings::{Finding, State, SubjectKind};
use stanchion_pipeline::suppress::about;
use stanchion_rules::Rulebook;
use stanchion_rules::rulebook::{LONGEST, Standing, Suppression, day};

use super::source::Source;
use crate::exit::Exit;
use crate::input::{InputError, rulebook, rulebook_text};
use crate::render::{self, Written};

#[derive(Args)]
pub(super) struct Options {
    /// The finding's id (its fingerprint), or how it begins
    id: String,
    #[command(flatten)]
    source: Source,
    /// Why it is all right for now
    #[arg(long)]
    reason: String,
    /// Who answers for it
    #[arg(long)]
    owner: String,
    /// The day on which it ends, as it begins in UTC: 2027-03-01
    #[arg(long, value_name = "DAY")]
    until: Date,
    /// The rulebook to add it to; without it, the entry is printed only
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
    /// The moment that `--until` is held against [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

pub(super) fn run(options: &Options) -> Result<Exit, Report> {
    let findings = options.source.findings(true)?;
    let finding = super::named(findings.clone(), &options.id)?;
    if finding.state == State::Resolved {
        let help = "a suppression is for what is still so".to_owned();
        return Err(InputError::new("the finding is resolved", Some(help)).into());
    }
    let suppression = of(&finding, options);
    let mut lines: Vec<String> = suppression.yaml().lines().map(str::to_owned).collect();
    match &options.rulebook {
        Some(path) => {
            add(path, &suppression, options)?;
            lines.push(format!("added to {}", path.display()));
        }
        None => hold(&suppression, LONGEST, options)?,
    }
    if finding.state == State::Indeterminate {
        lines.push("note: the finding is indeterminate, which no suppression hides".to_owned());
    }
    let others = findings.iter().filter(|other| {
        other.fingerprint != finding.fingerprint
            && other.state != State::Resolved
            && suppression.fits(about(other))
    });
    lines.extend(
        others.map(|other| format!("it fits {} as well: {}", other.fingerprint, page(other, None).title)),
    );
    render::lines(&lines).written()?;
    Ok(Exit::Clean)
}

/// The suppression of a finding and of no other, as far as suppressions can tell them apart.
fn of(finding: &Finding, options: &Options) -> Suppression {
    let account = finding.account_id.clone().filter(|_| finding.subject.kind == SubjectKind::Account);
    Suppression {
        rule: finding.rule_id.clone(),
        principal: finding.principal.clone(),
        account,
        subject: Some(finding.subject.id.clone()),
        facet: finding.facet.clone(),
        reason: options.reason.clone(),
        owner: options.owner.clone(),
        until: options.until,
        findings: None,
        source: 0,
        line: 0,
        column: 0,
    }
}

/// Whether it would be in force.
fn hold(suppression: &Suppression, longest: u32, options: &Options) -> Result<(), Report> {
    let now = options.now.unwrap_or_else(Timestamp::now);
    let (message, help) = match day(now.as_nanosecond()).map(|today| suppression.standing(today, longest)) {
        Some(Standing::Ended) => {
            (format!("{} is not after today", options.until), "give a later day".to_owned())
        }
        Some(Standing::TooLong) => (
            format!("{} is more than {longest} days ahead", options.until),
            "give an earlier day, or raise `longest_suppression` in the rulebook".to_owned(),
        ),
        Some(Standing::InForce) | None => return Ok(()),
    };
    Err(InputError::new(message, Some(help)).into())
}

/// Writes it into the rulebook. What cannot be added so that all else stays the same is refused, and the file left
/// as it is.
fn add(path: &Path, suppression: &Suppression, options: &Options) -> Result<(), Report> {
    let by_hand = || {
        let entry: Vec<String> = suppression.yaml().lines().map(|line| format!("  {line}")).collect();
        Some(format!("add it by hand, under `suppressions:`\n{}", entry.join("\n")))
    };
    let refused = |why: &str| InputError::new(format!("{}: {why}", path.display()), by_hand());
    let file = path.display().to_string();
    if file == "-" || file.starts_with("pack:") {
        return Err(refused("it is no file that can be written").into());
    }
    let text = rulebook_text(path)?;
    let before = rulebook(&text, &file, path.parent())?;
    hold(suppression, before.longest_suppression, options)?;
    let written = suppression.append(&text).map_err(|why| refused(&why))?;
    let after = rulebook(&written, &file, path.parent())?;
    if !is_added(&before, &after, suppression) {
        return Err(refused("it cannot be added without changing what else is written there").into());
    }
    Ok(fs::write(path, written).map_err(|error| refused(&error.to_string()))?)
}

/// Whether a rulebook is the one before with one more suppression.
fn is_added(before: &Rulebook, after: &Rulebook, suppression: &Suppression) -> bool {
    let placeless = |own: &Suppression| Suppression { source: 0, line: 0, column: 0, ..own.clone() };
    let mut expected: Vec<Suppression> = before.suppressions.iter().map(placeless).collect();
    expected.push(placeless(suppression));
    let mut found: Vec<Suppression> = after.suppressions.iter().map(placeless).collect();
    // Those of files that are extended come before or behind those of the rulebook itself.
    let name = |own: &Suppression| own.yaml();
    expected.sort_by_key(name);
    found.sort_by_key(name);
    let same = after.rules == before.rules && after.disabled == before.disabled;
    same && after.longest_suppression == before.longest_suppression && found == expected
}
