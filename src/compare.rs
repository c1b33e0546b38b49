//! `stanchion compare`: two policies or principals in, which allows more out.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use miette::Report;
use serde::Serialize;
use stanchion_inventory::Inventory;
use stanchion_policy::compare::{self, Answered, Batch, Comparison, Difference, Principal, Relation};
use stanchion_policy::prove::Asker;
use stanchion_policy::{Layers, NamedPolicy, Policy};

use crate::Format;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    /// A policy; with `--inventory`, a principal: `role/NAME`, `user/NAME`, `ACCOUNT:role/NAME`, or an
    /// ARN
    #[arg(required_unless_present = "batch", value_name = "LEFT")]
    left: Option<String>,
    /// What it is compared with
    #[arg(required_unless_present = "batch", value_name = "RIGHT")]
    right: Option<String>,
    /// What the policies are attached to
    #[arg(long = "as", value_name = "KIND", value_enum, default_value_t = As::Identity, conflicts_with = "inventory")]
    kind: As,
    /// Compare pairs of policies, one JSON line each; `-` is standard input. The fields are
    /// documented in docs/COMPARE.md
    #[arg(long, value_name = "FILE", conflicts_with_all = ["left", "right", "inventory", "kind", "format"])]
    batch: Option<PathBuf>,
    /// Compare principals of this inventory
    #[arg(long, value_name = "DIR")]
    inventory: Option<PathBuf>,
    /// Where the left principal is from, as an inventory from before a change
    #[arg(long, value_name = "DIR", requires = "inventory")]
    left_inventory: Option<PathBuf>,
    /// The moment that policies of principals compare dates with [default: now]
    #[arg(long, value_name = "TIME", requires = "inventory")]
    now: Option<Timestamp>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum As {
    /// A principal
    Identity,
    /// A level of the organization; one that only denies is read beside `FullAWSAccess`
    Scp,
    /// A resource, or a role that is assumed
    Resource,
}

impl From<As> for compare::As {
    fn from(kind: As) -> Self {
        match kind {
            As::Identity => Self::Identity,
            As::Scp => Self::Scp,
            As::Resource => Self::Resource,
        }
    }
}

/// The report in JSON.
#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    left: &'a str,
    right: &'a str,
    #[serde(flatten)]
    report: compare::Report,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    if let Some(file) = &options.batch {
        return batch(file);
    }
    let (left, right) =
        (options.left.as_deref().unwrap_or_default(), options.right.as_deref().unwrap_or_default());
    let comparison = match &options.inventory {
        None => compare::documents(&policy(left)?, &policy(right)?, options.kind.into()),
        Some(directory) => {
            let now = options.now.unwrap_or_else(Timestamp::now).as_nanosecond();
            let inventory = input::inventory(directory)?;
            let before = options.left_inventory.as_deref().map(input::inventory).transpose()?;
            let (one, its) = principal(before.as_ref().unwrap_or(&inventory), left, now)?;
            let (other, others) = principal(&inventory, right, now)?;
            let left = Principal { asker: &one, layers: &its };
            let right = Principal { asker: &other, layers: &others };
            compare::principals(left, right).map_err(|reason| InputError::new(reason, None))?
        }
    };
    match options.format {
        Format::Json => {
            let report = compare::Report::new(&comparison);
            render::json(&Output { schema_version: 1, left, right, report }).written()?;
        }
        Format::Text => render::compared(&comparison, left, right).written()?,
    }
    Ok(exit(&comparison))
}

fn exit(comparison: &Comparison) -> Exit {
    let more = matches!(comparison.left_only, Difference::Some(_));
    Exit::of(more, comparison.relation == Relation::Indeterminate)
}

fn policy(file: &str) -> Result<NamedPolicy, Report> {
    let text = input::text(Path::new(file))?;
    let policy = Policy::parse(&text);
    if let Err(error) = policy.document() {
        let help = "compare reads one policy document a file; principals need `--inventory`".to_owned();
        return Err(InputError::new(format!("{file}: {error}"), Some(help)).into());
    }
    Ok(NamedPolicy::new(file, policy))
}

fn principal(inventory: &Inventory, name: &str, now: i128) -> Result<(Asker, Layers), Report> {
    let principal = input::principal(inventory, name)?;
    let asker = stanchion_rules::asker(inventory, principal, Some(now))
        .map_err(|error| InputError::new(error.to_string(), None))?;
    Ok((asker, inventory.layers(principal)))
}

fn batch(file: &Path) -> Result<Exit, Report> {
    let input: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = File::open(file)
            .map_err(|error| InputError::new(format!("{}: {error}", file.display()), None))?;
        Box::new(BufReader::with_capacity(1 << 18, file))
    };
    let out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    let mut seen = Seen::default();
    answer(input, out, &mut seen).written()?;
    Ok(if seen.wrong { Exit::Wrong } else { Exit::of(seen.more, seen.indeterminate) })
}

/// What the lines of a batch came to.
#[derive(Default)]
struct Seen {
    wrong: bool,
    more: bool,
    indeterminate: bool,
}

fn answer(mut input: Box<dyn BufRead>, mut out: impl Write, seen: &mut Seen) -> std::io::Result<()> {
    let mut batch = Batch::new();
    let (mut bytes, mut answer) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut bytes)? > 0 {
        // Bytes that are no text make one bad line, like any other mistake.
        let line = String::from_utf8_lossy(&bytes);
        if !line.trim().is_empty() {
            match batch.line(line.trim(), &mut answer)? {
                Answered::Error => seen.wrong = true,
                Answered::Yes { relation, broader } => {
                    seen.more |= broader;
                    seen.indeterminate |= relation == Relation::Indeterminate;
                }
            }
            answer.push(b'\n');
            out.write_all(&answer)?;
            answer.clear();
        }
        bytes.clear();
    }
    out.flush()
}
