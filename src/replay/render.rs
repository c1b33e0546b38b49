//! The sum of a replay, as people read it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use stanchion_pipeline::replay::{Moves, ReplayReport};
use stanchion_rules::Rulebook;

use crate::render::{BOLD, DIM, RED, YELLOW, counted, stdout};

/// How many of the worst rules, unknown events and the like are listed.
const LISTED: usize = 10;

/// Writes it.
pub(super) fn replay(report: &ReplayReport, rulebook: &Rulebook) -> io::Result<()> {
    let mut out = stdout();
    for transition in report.before.iter().chain(&report.transitions) {
        writeln!(out, "{}", transition.line())?;
    }
    if !report.before.is_empty() || !report.transitions.is_empty() {
        writeln!(out)?;
    }
    read(&mut out, report)?;
    doubts(&mut out, report)?;
    findings(&mut out, report)?;
    worst(&mut out, report, rulebook)?;
    out.flush()
}

fn read(out: &mut impl Write, report: &ReplayReport) -> io::Result<()> {
    let (files, records) = (&report.files, &report.records);
    if let (Some(first), Some(last)) = (&report.first_event, &report.last_event) {
        writeln!(out, "{BOLD}from {first} to {last}{BOLD:#}")?;
    }
    writeln!(out, "{}, {}", counted(files.read, "file"), many(records.read, "record"))?;
    let passed: [(usize, &str); 4] = [
        (files.digests, "digest files"),
        (files.insights, "insight files"),
        (files.others, "files that are not JSON"),
        (files.earlier, "files from before the period"),
    ];
    line(out, "  passed over", passed.map(|(n, what)| (n as u64, what)))?;
    line(
        out,
        "  not relevant",
        [
            (records.unwatched, "of other services"),
            (records.read_only, "read-only"),
            (records.idle, "sessions like their principals"),
            (records.failed, "failed calls"),
            (records.outside, "out of the period"),
            (records.duplicates, "duplicates"),
        ],
    )?;
    line(
        out,
        "  relevant",
        [
            (records.changes, "changes"),
            (records.no_effect, "without effect on permissions"),
            (records.unknown, "unknown"),
            (records.forged, "forged"),
            (records.unreadable, "unreadable"),
        ],
    )?;
    if records.late > 0 {
        writeln!(
            out,
            "  {YELLOW}{} played late: their order is not that of their time{YELLOW:#}",
            many(records.late, "event")
        )?;
    }
    Ok(())
}

/// What was not understood, and what therefore may be wrong.
fn doubts(out: &mut impl Write, report: &ReplayReport) -> io::Result<()> {
    for mistake in report.files.mistakes.iter().take(LISTED) {
        writeln!(out, "  {YELLOW}not read to its end{YELLOW:#} {}", mistake.message)?;
    }
    rest(out, report.files.mistakes.len())?;
    for event in report.unknown_events.iter().take(LISTED) {
        let (source, name) = (&event.event_source, &event.event_name);
        writeln!(
            out,
            "  {YELLOW}unknown event{YELLOW:#} {name} of {source}, {} times, as {}",
            event.count, event.first_event_id
        )?;
    }
    rest(out, report.unknown_events.len())?;
    for event in report.not_applied.iter().take(LISTED) {
        let target = event.target.as_deref().unwrap_or("something");
        let affected = counted(event.affected_principals, "principal");
        writeln!(
            out,
            "  {YELLOW}out of date{YELLOW:#} {target} ({affected}) since {} {} {}: {}",
            event.event_time, event.event_name, event.event_id, event.reason
        )?;
    }
    rest(out, report.not_applied.len())
}

fn findings(out: &mut impl Write, report: &ReplayReport) -> io::Result<()> {
    writeln!(out)?;
    let named = |table: &BTreeMap<String, Moves>| -> Vec<(String, Moves)> {
        table.iter().map(|(name, moves)| (name.clone(), *moves)).collect()
    };
    let by_severity = report.by_severity.iter().map(|(severity, moves)| (severity.0.to_string(), *moves));
    let tables = [
        ("severity", by_severity.collect()),
        ("rule", named(&report.by_rule)),
        ("account", named(&report.by_account)),
    ];
    let names = tables.iter().flat_map(|(_, table)| table).map(|(name, _)| name.len());
    let width = names.max().unwrap_or_default().max("findings".len());
    writeln!(
        out,
        "{BOLD}{:<width$}{BOLD:#}  {DIM}{:>6} {:>6} {:>8} {:>6} {:>13}{DIM:#}",
        "findings", "before", "opened", "resolved", "open", "indeterminate"
    )?;
    row(out, "all", &report.findings, width)?;
    for (what, table) in &tables {
        if !table.is_empty() {
            writeln!(out, "{DIM}by {what}{DIM:#}")?;
        }
        for (name, moves) in table {
            row(out, name, moves, width)?;
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, name: &str, moves: &Moves, width: usize) -> io::Result<()> {
    writeln!(
        out,
        "{name:<width$}  {:>6} {:>6} {:>8} {:>6} {:>13}",
        moves.open_before, moves.opened, moves.resolved, moves.open_at_end, moves.indeterminate_at_end
    )
}

/// The rules that were broken most often, with an example.
fn worst(out: &mut impl Write, report: &ReplayReport, rulebook: &Rulebook) -> io::Result<()> {
    for rule in report.worst_rules.iter().take(LISTED) {
        let (severity, id) = (rule.severity, &rule.rule_id);
        writeln!(out)?;
        writeln!(
            out,
            "{RED}{severity}{RED:#} {BOLD}{id}{BOLD:#}: {}, opened {} times",
            rule.title, rule.opened
        )?;
        if let Some(example) = &rule.example {
            writeln!(out, "  as {}", example.line())?;
        }
        let about = rulebook.rule(id);
        if let Some(remedy) = about.and_then(|rule| rule.remedy.as_deref()) {
            writeln!(out, "  {DIM}remedy: {}{DIM:#}", remedy.trim().replace('\n', " "))?;
        }
    }
    rest(out, report.worst_rules.len())
}

/// That a list has more than is listed.
fn rest(out: &mut impl Write, all: usize) -> io::Result<()> {
    if all > LISTED { writeln!(out, "  and {} more", all - LISTED) } else { Ok(()) }
}

/// Counts in one line, those that are not zero.
fn line<const N: usize>(out: &mut impl Write, what: &str, counts: [(u64, &str); N]) -> io::Result<()> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let some: Vec<String> = some.map(|(count, what)| format!("{count} {what}")).collect();
    if some.is_empty() { Ok(()) } else { writeln!(out, "{what}: {}", some.join(", ")) }
}

fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
