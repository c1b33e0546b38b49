//! `stanchion who-can`: every principal that can do this.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::Report;
use serde::Serialize;
use stanchion_pipeline::{Able, Inquirer, WhoCan};
use stanchion_policy::ask;

use crate::asked::Requests;
use crate::exit::Exit;
use crate::input;
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// What: an action, or a pattern that means any of these
    #[arg(value_name = "ACTION")]
    action: String,
    /// On what: an ARN, or a pattern that means any of these
    #[arg(default_value = "*", value_name = "RESOURCE")]
    resource: String,
    /// Directory with accounts/<12 digits>.json and organization.json
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    #[command(flatten)]
    requests: Requests,
    /// Leave out the principals whose ARN fits, as `arn:aws:iam::*:role/Admin*`; may be repeated
    #[arg(long, value_name = "PATTERN")]
    except: Vec<String>,
    /// How to write the answers
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    /// For people
    Text,
    /// For programs; the fields are documented in docs/CAN.md
    Json,
    /// For tables
    Csv,
}

/// The answers in JSON.
#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    action: &'a str,
    resource: &'a str,
    principals: Vec<Row<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Row<'a> {
    principal: &'a str,
    account_id: &'a str,
    answer: &'static str,
    witness: &'a Option<ask::Authorized>,
    because: &'a [ask::Reason],
    unknowns: &'a [String],
    assumptions: &'a [String],
}

#[derive(Serialize)]
struct Summary {
    yes: usize,
    no: usize,
    indeterminate: usize,
    excepted: usize,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let inquiry = options.requests.inquiry(&options.action, &options.resource)?;
    let inventory = input::inventory(&options.inventory)?;
    let who = Inquirer::new(&inventory).who_can(&inquiry, &options.except);
    let count = |answer| who.able.iter().filter(|able| able.report.answer == answer).count();
    let (yes, indeterminate) = (count("yes"), count("indeterminate"));
    let summary = Summary { yes, no: who.unable, indeterminate, excepted: who.excepted };
    match options.format {
        Shape::Json => {
            let (action, resource) = (options.action.as_str(), options.resource.as_str());
            let principals = who.able.iter().map(row).collect();
            let output = Output { schema_version: 1, action, resource, principals, summary };
            render::json(&output).written()?;
        }
        Shape::Csv => table(&who).written()?,
        Shape::Text => render::who_can(&who).written()?,
    }
    Ok(Exit::of(yes > 0, indeterminate > 0))
}

fn row<'a>(able: &'a Able<'_>) -> Row<'a> {
    let Able { principal, report } = able;
    Row {
        principal: &principal.arn,
        account_id: &principal.account,
        answer: report.answer,
        witness: &report.witness,
        because: &report.because,
        unknowns: &report.unknowns,
        assumptions: &report.assumptions,
    }
}

/// A table as RFC 4180 has it.
fn table(who: &WhoCan<'_>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut write = |cells: [&str; 7]| out.write_all(format!("{}\r\n", cells.map(cell).join(",")).as_bytes());
    write(["principal", "account_id", "answer", "action", "resource", "context", "unknowns"])?;
    for Able { principal, report } in &who.able {
        let witness = report.witness.as_ref();
        let context = witness.iter().flat_map(|witness| &witness.context);
        let context: Vec<String> =
            context.map(|(key, values)| format!("{key}={}", values.join(" | "))).collect();
        write([
            &principal.arn,
            &principal.account,
            report.answer,
            witness.map_or("", |witness| &witness.action),
            witness.map_or("", |witness| &witness.resource),
            &context.join("; "),
            &report.unknowns.join("; "),
        ])?;
    }
    out.flush()
}

/// A cell, quoted where it must be. One that a spreadsheet would take for a formula, or that could steer
/// a terminal, is made plain.
fn cell(text: &str) -> String {
    let text = render::escaped(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"', '\'']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(cell("plain text"), "plain text");
        assert_eq!(cell("a, b"), "\"a, b\"");
        assert_eq!(cell("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(cell("a\nb"), "a\\u{a}b");
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@x"), "\"'@x\"");
    }
}
