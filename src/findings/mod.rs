//! `stanchion findings`: what is kept, in a file of `react --store` or in the functions' table.

mod source;
mod suppress;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use miette::Report;
use stanchion_alerts::{page, words};
use stanchion_findings::{Finding, Severity, State, Transition, TransitionKind};
use stanchion_pipeline::{Others, propose, report};
use stanchion_rules::Evaluator;

use crate::exit::Exit;
use crate::form::{Beside, Form, Forms};
use crate::input::{InputError, inventory, rulebook_of};
use crate::render::{self, Written};
use source::Source;
pub(crate) use source::kept;

/// How many digits of a finding's id are enough to name it, if no other begins with them.
const ENOUGH: usize = 4;

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the findings that are open, suppressed or indeterminate
    List(List),
    /// Write all findings that are kept, for another program
    Export(List),
    /// Say all about one finding, as a page
    Show(Mended),
    /// Say what happened to one finding, the latest last
    History(Show),
    /// Write the suppression of one finding, and add it to the rulebook
    Suppress(suppress::Options),
}

#[derive(Args)]
struct List {
    #[command(flatten)]
    source: Source,
    /// Those of this rule alone
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Those of this account alone
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Those that are at least so bad
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    severity: Option<Severity>,
    #[command(flatten)]
    forms: Forms,
}

#[derive(Args)]
struct Show {
    /// The finding's id (its fingerprint), or how it begins
    id: String,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    forms: Forms,
}

#[derive(Args)]
struct Mended {
    #[command(flatten)]
    show: Show,
    /// An inventory of now, to propose a change that is proven to mend the finding
    #[arg(long, value_name = "DIR", requires = "rulebook")]
    inventory: Option<PathBuf>,
    /// The rulebook that the finding is of
    #[arg(long, value_name = "FILE", requires = "inventory")]
    rulebook: Option<PathBuf>,
}

impl Mended {
    /// The finding, with a change that mends it.
    fn read(&self) -> Result<Finding, Report> {
        let mut finding = named(self.show.source.findings(true)?, &self.show.id)?;
        if let (Some(directory), Some(rulebook)) = (&self.inventory, &self.rulebook) {
            let (inventory, rulebook) = (inventory(directory)?, rulebook_of(rulebook)?);
            let now = Some(Timestamp::now().as_nanosecond());
            let evaluator = Evaluator::new(&rulebook, &inventory, now);
            finding.fix = propose(&evaluator, &finding, Others::InTheInventory);
        }
        Ok(finding)
    }
}

fn severity(text: &str) -> Result<Severity, String> {
    let found = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
    found.ok_or_else(|| "there are informational, low, medium, high and critical".to_owned())
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    match &options.verb {
        Verb::List(list) => {
            let findings = list.read(false)?;
            match list.forms.format {
                Form::Json => render::json(&report::findings(&findings)).written()?,
                Form::Text => render::kept(&findings).written()?,
                _ => list.forms.write(&findings, &beside()).written()?,
            }
            let some = |state| findings.iter().any(|finding| finding.state == state);
            Ok(Exit::of(some(State::Open), some(State::Indeterminate)))
        }
        Verb::Export(list) => {
            let findings = list.read(true)?;
            match list.forms.format {
                Form::Json => render::json(&findings).written()?,
                Form::Text => render::kept(&findings).written()?,
                _ => list.forms.write(&findings, &beside()).written()?,
            }
            Ok(Exit::Clean)
        }
        Verb::Suppress(options) => suppress::run(options),
        Verb::Show(show) => {
            let (finding, show) = (show.read()?, &show.show);
            match show.forms.format {
                Form::Json => render::json(&finding).written()?,
                Form::Text => render::page(&page(&finding, None)).written()?,
                _ => show.forms.write(&[finding], &beside()).written()?,
            }
            Ok(Exit::Clean)
        }
        Verb::History(show) => {
            let finding = named(show.source.findings(true)?, &show.id)?;
            let history = show.source.history(&finding)?;
            match show.forms.format {
                Form::Json => render::json(&history).written()?,
                Form::Text => render::lines(&past(&finding, &history)).written()?,
                _ => {
                    let findings: Vec<Finding> = history.into_iter().map(|one| one.finding).collect();
                    show.forms.write(&findings, &beside()).written()?;
                }
            }
            Ok(Exit::Clean)
        }
    }
}

fn beside() -> Beside<'static> {
    Beside { now: Timestamp::now().to_string(), ..Beside::default() }
}

impl List {
    /// The findings that are wanted, by account, principal and rule.
    fn read(&self, resolved: bool) -> Result<Vec<Finding>, Report> {
        let mut findings = self.source.findings(resolved)?;
        findings.retain(|finding| {
            self.rule.as_ref().is_none_or(|rule| *rule == finding.rule_id)
                && self.account.as_ref().is_none_or(|account| finding.account_id.as_ref() == Some(account))
                && self.severity.is_none_or(|least| finding.severity >= least)
        });
        let place = |finding: &Finding| {
            (
                finding.account_id.clone(),
                finding.principal.clone(),
                finding.rule_id.clone(),
                finding.facet.clone(),
            )
        };
        findings.sort_by_cached_key(place);
        Ok(findings)
    }
}

/// The finding whose id begins so.
fn named(findings: Vec<Finding>, id: &str) -> Result<Finding, Report> {
    let mut found: Vec<Finding> =
        findings.into_iter().filter(|finding| finding.fingerprint.as_str().starts_with(id)).collect();
    if id.len() < ENOUGH {
        let help = format!("give at least {ENOUGH} digits of it");
        return Err(InputError::new(format!("`{id}` is too short for a finding's id"), Some(help)).into());
    }
    match found.len() {
        0 => {
            let help = "`stanchion findings list --format csv` lists their ids".to_owned();
            Err(InputError::new(format!("no finding's id begins with `{id}`"), Some(help)).into())
        }
        1 => Ok(found.remove(0)),
        count => {
            let ids: Vec<&str> = found.iter().map(|finding| finding.fingerprint.as_str()).collect();
            let help = format!("give more of it: {}", ids.join(", "));
            Err(InputError::new(format!("the ids of {count} findings begin with `{id}`"), Some(help)).into())
        }
    }
}

/// What happened to a finding, a line each.
fn past(finding: &Finding, history: &[Transition]) -> Vec<String> {
    let title = page(finding, None).title;
    let kept = history.len();
    let earlier = (finding.transitions as usize).saturating_sub(kept);
    let mut lines = vec![title];
    if earlier > 0 {
        lines.push(format!("  {earlier} earlier, not kept"));
    }
    for one in history {
        // Without an event, when it was seen.
        let seen = one.evaluation.as_ref().and_then(|evaluation| evaluation.at.as_deref());
        let at = one.at.as_deref().or(seen).unwrap_or("no event");
        let mut line = format!("  {at} {} ({})", one.kind, one.finding.severity);
        let suppression = one.finding.suppression.as_ref().filter(|_| one.kind == TransitionKind::Suppressed);
        if let Some(suppression) = suppression {
            line += &format!(": {}", words::answered(suppression));
        } else if let Some((event, is_cause)) = words::event(&one.finding) {
            let word = if is_cause { "caused by" } else { "seen after" };
            line += &format!(": {word} {}, by {}", words::did(event), words::by(event));
        }
        lines.push(line);
    }
    lines
}
