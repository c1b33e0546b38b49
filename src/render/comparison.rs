//! A comparison as people read it: the relation in one sentence, and a request that tells the sides
//! apart.

use std::io::{self, Write};

use stanchion_policy::compare::{Comparison, Difference, Relation, Witness};
use stanchion_policy::decide::Because;

use super::screen::{BOLD, DIM, GREEN, RED, YELLOW, stdout};

/// What a comparison found, of two sides that have these names.
pub(crate) fn compared(comparison: &Comparison, left: &str, right: &str) -> io::Result<()> {
    let mut out = stdout();
    let (style, sentence) = match comparison.relation {
        Relation::Equivalent => (GREEN, "left and right allow the same"),
        Relation::Narrower => (GREEN, "left allows strictly less than right"),
        Relation::Broader => (RED, "left allows strictly more than right"),
        Relation::Incomparable => (RED, "each allows something that the other does not"),
        Relation::Indeterminate => (YELLOW, "not decided"),
    };
    writeln!(out, "{style}{}{style:#}: {sentence}", comparison.relation)?;
    writeln!(out, "  left   {left}")?;
    writeln!(out, "  right  {right}")?;
    difference(&mut out, "left", "right", &comparison.left_only)?;
    difference(&mut out, "right", "left", &comparison.right_only)?;
    let assumptions: Vec<String> = comparison.assumptions.iter().map(ToString::to_string).collect();
    if !assumptions.is_empty() {
        writeln!(out, "{DIM}assuming {}{DIM:#}", assumptions.join(", "))?;
    }
    out.flush()
}

fn difference(out: &mut impl Write, side: &str, other: &str, difference: &Difference) -> io::Result<()> {
    match difference {
        Difference::None => Ok(()),
        Difference::Some(witness) => self::witness(out, side, other, witness),
        Difference::Indeterminate(reasons) => {
            writeln!(out, "{YELLOW}whether only {side} allows something is not known{YELLOW:#}")?;
            reasons.iter().try_for_each(|reason| writeln!(out, "    not known    {reason}"))
        }
    }
}

fn witness(out: &mut impl Write, side: &str, other: &str, witness: &Witness) -> io::Result<()> {
    writeln!(out, "only {side} allows {BOLD}{}{BOLD:#} on {}", witness.action, witness.resource)?;
    writeln!(out, "    by           {}", witness.principal)?;
    for (key, values) in &witness.context {
        writeln!(out, "    with         {key} = {}", values.join(", "))?;
    }
    for because in &witness.allowed.because {
        writeln!(out, "    {side:<5} allows {}", cause(because))?;
    }
    for because in &witness.refused.because {
        match because.statement {
            Some(_) => writeln!(out, "    {other:<5} denies by {}", cause(because))?,
            // The layer by its name, or its level's.
            None => writeln!(out, "    {other:<5} has no Allow for it in {}", lacking(because))?,
        }
    }
    Ok(())
}

fn lacking(because: &Because) -> String {
    let layer = because.layer.to_string();
    if *because.policy == *layer { layer } else { format!("{layer} {}", because.policy) }
}

fn cause(because: &Because) -> String {
    let statement = because.statement.map(|s| format!(", statement {s}")).unwrap_or_default();
    let sid = because.sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{} {}{statement}{sid}", because.layer, because.policy)
}
