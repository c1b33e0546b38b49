//! What the tags of a principal open and close, as a table.

use std::io::{self, Write};

use stanchion_rules::{Does, Sessions, TagExplained};

use super::{BOLD, DIM, GREEN, RED, YELLOW, stdout};
use crate::abac::RuleTold;

/// One tag after the other, each with a row for each statement that looks at it.
pub(crate) fn tags_explained(arn: &str, tags: &[TagExplained], rules: &[RuleTold]) -> io::Result<()> {
    let mut out = stdout();
    writeln!(out, "{BOLD}{arn}{BOLD:#}")?;
    for tag in tags {
        let value = tag.value.as_ref().map_or("is missing".to_owned(), |value| format!("= {value}"));
        writeln!(out, "  {BOLD}{}{BOLD:#} {value}", tag.key)?;
        match tag.sessions {
            Sessions::No => {}
            Sessions::Yes => writeln!(out, "    {RED}whoever assumes the role may choose another{RED:#}")?,
            Sessions::Unknown => {
                writeln!(out, "    {YELLOW}whether sessions carry another is unknown{YELLOW:#}")?
            }
        }
        if tag.statements.is_empty() {
            writeln!(out, "    {DIM}no statement looks at it{DIM:#}")?;
        }
        let width = tag.statements.iter().map(|row| row.actions.chars().count()).max().unwrap_or(0).min(48);
        for row in &tag.statements {
            let (word, style) = match row.does {
                Does::Opens => ("opens", GREEN),
                Does::OpensNot => ("opens not", DIM),
                Does::Closes => ("closes", RED),
                Does::ClosesNot => ("closes not", DIM),
            };
            let sid = row.sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
            writeln!(
                out,
                "    {style}{word:<10}{style:#}  {:<width$}  {DIM}{} {}, statement {}{sid}{DIM:#}",
                row.actions, row.layer, row.policy, row.statement
            )?;
            for place in &row.wheres {
                writeln!(out, "                where {place}")?;
            }
        }
    }
    for rule in rules {
        let facet = rule.facet.as_ref().map(|facet| format!(" {facet}")).unwrap_or_default();
        let style = if rule.status == "violated" { RED } else { YELLOW };
        writeln!(out, "  {style}{}{style:#} {}{facet}: {}", rule.status, rule.rule_id, rule.detail)?;
    }
    out.flush()
}
