//! Personas, and how principals fit them.

use std::io::{self, Write};

use stanchion_rules::rulebook::Persona;
use stanchion_rules::{Described, Fit, Rule};

use super::{BOLD, DIM, GREEN, RED, YELLOW, counted, stdout};

/// How many personas are told in full.
const TOLD: usize = 3;

/// What a persona stands for.
pub(crate) fn persona(
    rule: &Rule,
    persona: &Persona,
    needs: &[Vec<Described>],
    at_most: Option<&[Vec<Described>]>,
) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}{}{BOLD:#}  {}", rule.id, rule.title)?;
    if let Some(description) = &rule.description {
        writeln!(out, "  {}", description.trim())?;
    }
    writeln!(out, "  needs{}", if needs.is_empty() { " nothing that is named" } else { "" })?;
    references(&mut out, needs)?;
    match at_most {
        None => writeln!(out, "  may do whatever it is given")?,
        Some([]) => writeln!(out, "  may do nothing at all")?,
        Some(some) => {
            writeln!(out, "  may do at most")?;
            references(&mut out, some)?;
        }
    }
    if !persona.conflicts.is_empty() {
        writeln!(out, "  must not be, nor hold what is needed by: {}", persona.conflicts.join(", "))?;
    }
    if persona.outside_management {
        writeln!(out, "  must live outside the management account")?;
    }
    out.flush()
}

fn references(out: &mut impl Write, references: &[Vec<Described>]) -> io::Result<()> {
    for choices in references {
        for (index, one) in choices.iter().enumerate() {
            let or = if index == 0 { "" } else { "or " };
            writeln!(out, "    {or}{}  {DIM}{}{DIM:#}", one.name, one.origin)?;
            if let Some(unknown) = &one.unknown {
                writeln!(out, "      {YELLOW}not known  {unknown}{YELLOW:#}")?;
            }
            let services: Vec<String> =
                one.services.iter().map(|(service, count)| format!("{service} ({count})")).collect();
            let shown = services.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
            let more = services.len().saturating_sub(12);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            writeln!(out, "      {DIM}{shown}{more}{DIM:#}")?;
        }
    }
    Ok(())
}

/// How a principal fits each persona, the best in full.
pub(crate) fn fits(arn: &str, fits: &[Fit<'_>]) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}{arn}{BOLD:#}")?;
    for fit in fits.iter().take(TOLD) {
        let is_of = if fit.is_of { ", and is matched by it" } else { "" };
        if fit.missing.is_empty() && fit.beyond.is_empty() && fit.unknown.is_empty() {
            writeln!(out, "  {GREEN}{}{GREEN:#}  fits{is_of}", fit.rule.id)?;
            continue;
        }
        let (missing, beyond) = (fit.missing.len(), fit.beyond.len());
        writeln!(
            out,
            "  {BOLD}{}{BOLD:#}  {missing} missing, {} too much{is_of}",
            fit.rule.id,
            counted(beyond, "service")
        )?;
        for missing in &fit.missing {
            writeln!(out, "    {RED}missing{RED:#}   {missing}")?;
        }
        for (service, witness) in &fit.beyond {
            writeln!(out, "    {RED}too much{RED:#}  {service}: {} on {}", witness.action, witness.resource)?;
        }
        for unknown in &fit.unknown {
            writeln!(out, "    {YELLOW}not known {unknown}{YELLOW:#}")?;
        }
    }
    if fits.len() > TOLD {
        writeln!(out, "  {DIM}{} fit less well{DIM:#}", counted(fits.len() - TOLD, "other persona"))?;
    }
    if fits.is_empty() {
        writeln!(out, "  the rulebook has no persona that says what it needs or may do")?;
    }
    out.flush()
}
