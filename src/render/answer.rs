//! The answers of `can` and `who-can`, in words.

use std::io::{self, Write};

use stanchion_inventory::{Inventory, Principal};
use stanchion_pipeline::WhoCan;
use stanchion_policy::ask::why::{Cited, Place, Says, Why};
use stanchion_policy::ask::{Authorized, Reason, Report, Wanted};
use stanchion_policy::decide::LayerKind;

use super::words::statement;
use super::{BOLD, DIM, GREEN, RED, YELLOW, counted, stdout};

/// One answer, and why.
pub(crate) fn answer(
    inventory: &Inventory,
    principal: &Principal,
    wanted: &Wanted,
    report: &Report,
    why: Option<&Why>,
) -> io::Result<()> {
    let mut out = stdout();
    let on = match wanted.resource() {
        "*" => String::new(),
        resource => format!(" on {resource}"),
    };
    let (word, style, verb) = match report.answer {
        "yes" => ("YES", RED, "can"),
        "no" => ("NO", GREEN, "cannot"),
        _ => ("INDETERMINATE", YELLOW, "may be able to"),
    };
    let (who, action) = (&principal.arn, wanted.action());
    writeln!(out, "{style}{word}{style:#} {who} {verb} {BOLD}{action}{BOLD:#}{on}")?;
    witness(&mut out, report.witness.as_ref(), "  ")?;
    if report.answer == "yes" {
        for reason in &report.because {
            allowed(&mut out, inventory, reason)?;
        }
    }
    for unknown in &report.unknowns {
        writeln!(out, "  {YELLOW}not known  {unknown}{YELLOW:#}")?;
    }
    if let Some(why) = why {
        explained(&mut out, inventory, wanted, why)?;
    }
    if !report.assumptions.is_empty() {
        writeln!(out, "  {DIM}assuming   {}{DIM:#}", report.assumptions.join(", "))?;
    }
    out.flush()
}

/// Everybody who can, and of whom it is not known.
pub(crate) fn who_can(who: &WhoCan<'_>) -> io::Result<()> {
    let mut out = stdout();
    for able in &who.able {
        let (word, style) =
            if able.report.answer == "yes" { ("yes", RED) } else { ("indeterminate", YELLOW) };
        writeln!(out, "{style}{word}{style:#} {BOLD}{}{BOLD:#}", able.principal.arn)?;
        witness(&mut out, able.report.witness.as_ref(), "  ")?;
        for unknown in &able.report.unknowns {
            writeln!(out, "  {YELLOW}not known  {unknown}{YELLOW:#}")?;
        }
    }
    let count = |answer| who.able.iter().filter(|able| able.report.answer == answer).count();
    let (yes, indeterminate) = (count("yes"), count("indeterminate"));
    let all = who.able.len() + who.unable;
    let excepted = if who.excepted > 0 { format!(", {} left out", who.excepted) } else { String::new() };
    writeln!(
        out,
        "{BOLD}{}: {yes} yes, {} no, {indeterminate} indeterminate{excepted}{BOLD:#}",
        counted(all, "principal"),
        who.unable
    )?;
    let mut assumptions: Vec<&str> =
        who.able.iter().flat_map(|able| &able.report.assumptions).map(String::as_str).collect();
    assumptions.sort_unstable();
    assumptions.dedup();
    if !assumptions.is_empty() {
        writeln!(out, "{DIM}assuming {}{DIM:#}", assumptions.join(", "))?;
    }
    out.flush()
}

fn witness(out: &mut impl Write, witness: Option<&Authorized>, indent: &str) -> io::Result<()> {
    let Some(Authorized { action, resource, context }) = witness else { return Ok(()) };
    writeln!(out, "{indent}for one    {action} on {resource}")?;
    for (key, values) in context {
        writeln!(out, "{indent}with       {key} = {}", values.join(", "))?;
    }
    Ok(())
}

fn allowed(out: &mut impl Write, inventory: &Inventory, reason: &Reason) -> io::Result<()> {
    let at = reason.level.as_deref().map(|level| format!(" at {}", named(inventory, level)));
    let sid = reason.sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
    let number = reason.statement.map(|number| format!(", statement {number}{sid}")).unwrap_or_default();
    writeln!(
        out,
        "  allowed by {} {}{}{number}",
        reason.layer,
        policy(inventory, &reason.policy),
        at.unwrap_or_default()
    )
}

fn explained(out: &mut impl Write, inventory: &Inventory, wanted: &Wanted, why: &Why) -> io::Result<()> {
    let mut passed = Vec::new();
    for said in &why.layers {
        let (layer, many) = layer(inventory, wanted, &said.layer);
        match &said.says {
            Says::Passes => passed.push(layer),
            Says::AllowsNone => {
                let allow = if many { "allow" } else { "allows" };
                writeln!(out, "  {RED}{layer} {allow} none of it{RED:#}")?;
            }
            Says::Denies(denies) => {
                let what = if denies.len() == 1 { "a statement" } else { "statements" };
                writeln!(out, "  {RED}{layer} refuse{} it by {what}{RED:#}", if many { "" } else { "s" })?;
                for deny in denies {
                    cited(out, inventory, deny)?;
                }
            }
        }
    }
    let together = passed.len() == why.layers.len();
    if !together {
        if !passed.is_empty() {
            writeln!(out, "  {DIM}some of it would pass {}{DIM:#}", passed.join(", "))?;
        }
    } else if !why.layers.is_empty() && why.complete {
        writeln!(out, "  some of it would pass {}", passed.join(", "))?;
        writeln!(out, "  {RED}but no request passes them all{RED:#}")?;
    } else if why.complete {
        writeln!(
            out,
            "  no policy stands in the way: the principal makes no such request, whatever is allowed"
        )?;
    }
    if !why.complete {
        writeln!(out, "  {YELLOW}the explanation was cut short: the search used up its steps{YELLOW:#}")?;
    }
    if why.change.is_empty() {
        return Ok(());
    }
    let outcome = if why.surely { "yes" } else { "indeterminate" };
    let changes = if why.change.len() == 1 { "one change" } else { "these changes, all of them" };
    writeln!(out, "  {BOLD}the answer would be {outcome}{BOLD:#} after {changes}:")?;
    for obstacle in &why.change {
        let (layer, _) = layer(inventory, wanted, &obstacle.layer);
        match &obstacle.deny {
            None => writeln!(out, "    allow it in {layer}")?,
            Some(deny) => {
                let policy = policy(inventory, &deny.policy.name);
                let number = numbered(deny);
                writeln!(out, "    take statement {number} of {policy} out of {layer}, or let it not match")?;
                if together {
                    said(out, deny)?;
                }
            }
        }
    }
    Ok(())
}

fn cited(out: &mut impl Write, inventory: &Inventory, deny: &Cited) -> io::Result<()> {
    let policy = policy(inventory, &deny.policy.name);
    writeln!(out, "    {policy}, statement {}", numbered(deny))?;
    said(out, deny)
}

/// What a statement says.
fn said(out: &mut impl Write, deny: &Cited) -> io::Result<()> {
    for line in deny.statement().map(statement).unwrap_or_default() {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

fn numbered(cited: &Cited) -> String {
    let sid = cited.statement().and_then(|statement| statement.sid.as_deref());
    let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{}{sid}", cited.statement)
}

/// What a layer is called, and whether that is a plural.
fn layer(inventory: &Inventory, wanted: &Wanted, place: &Place) -> (String, bool) {
    let at = place.level.as_deref().map(|level| named(inventory, level)).unwrap_or_default();
    match place.kind {
        LayerKind::Identity => ("the identity policies".to_owned(), true),
        LayerKind::Boundary => ("the permissions boundary".to_owned(), false),
        LayerKind::Session => ("the session policy".to_owned(), false),
        LayerKind::Scp => (format!("the SCPs of {at}"), true),
        LayerKind::Rcp => (format!("the RCPs of {at}"), true),
        LayerKind::Resource if wanted.one_resource().is_none() => {
            ("the trust policies of the roles".to_owned(), true)
        }
        LayerKind::Resource if wanted.assumes(wanted.resource()) => {
            ("the role's trust policy".to_owned(), false)
        }
        LayerKind::Resource => ("the resource's policy".to_owned(), false),
        LayerKind::Endpoint => ("the endpoint's policies".to_owned(), true),
    }
}

/// A root, an OU or an account, with its name.
fn named(inventory: &Inventory, level: &str) -> String {
    let name = inventory.organization().and_then(|organization| {
        let root = organization.roots.as_ref().and_then(|roots| Some(&roots.get(level)?.name));
        let unit = || organization.units.as_ref().and_then(|units| Some(&units.get(level)?.name));
        let account = || organization.accounts.as_ref().and_then(|all| Some(&all.get(level)?.name));
        root.or_else(unit).or_else(account)
    });
    name.map_or_else(|| level.to_owned(), |name| format!("{name} ({level})"))
}

/// A policy; one of the organization with its name.
fn policy(inventory: &Inventory, id: &str) -> String {
    let policies = inventory.organization().and_then(|organization| organization.policies.as_ref());
    let name = policies.and_then(|policies| Some(&policies.get(id)?.name));
    name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}
