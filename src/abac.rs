//! `stanchion abac`: what the tags of a principal open and close.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use miette::Report;
use serde::Serialize;
use stanchion_rules::rulebook::Kind;
use stanchion_rules::{Evaluator, Evidence, Judged, Judgement, Rulebook, TagExplained, explain};

use crate::Format;
use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Say what each tag of a principal opens and closes, and whether its sessions may carry another
    Explain(Explain),
}

#[derive(Args)]
struct Explain {
    /// Who: `role/NAME`, `user/NAME`, `ACCOUNT:role/NAME`, or an ARN
    #[arg(value_name = "PRINCIPAL")]
    principal: String,
    /// Directory with accounts/<12 digits>.json and organization.json
    #[arg(long, value_name = "DIR")]
    inventory: PathBuf,
    /// A rulebook, whose ABAC rules are held against the principal
    #[arg(long, value_name = "FILE")]
    rulebook: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What is said of a principal, in JSON.
#[derive(Serialize)]
struct Output<'a> {
    schema_version: u32,
    principal: &'a str,
    tags: &'a [TagExplained],
    rules: &'a [RuleTold],
}

/// An ABAC rule that is broken, or may be.
#[derive(Serialize)]
pub(crate) struct RuleTold {
    pub(crate) rule_id: String,
    pub(crate) facet: Option<String>,
    /// `violated` or `indeterminate`.
    pub(crate) status: &'static str,
    pub(crate) detail: String,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let Verb::Explain(options) = &options.verb;
    let inventory = input::inventory(&options.inventory)?;
    let rulebook = options.rulebook.as_deref().map(input::rulebook_of).transpose()?;
    let principal = input::principal(&inventory, &options.principal)?;
    let keys: Vec<String> = rulebook.iter().flat_map(keys).collect();
    let tags = explain(&inventory, principal, &keys).map_err(|error| InputError::new(error, None))?;
    let rules: Vec<RuleTold> = rulebook
        .iter()
        .flat_map(|rulebook| {
            Evaluator::new(rulebook, &inventory, None)
                .principal(principal)
                .iter()
                .filter_map(told)
                .collect::<Vec<_>>()
        })
        .collect();
    match options.format {
        Format::Json => {
            let output = Output { schema_version: 1, principal: &principal.arn, tags: &tags, rules: &rules };
            render::json(&output).written()?;
        }
        Format::Text => render::tags_explained(&principal.arn, &tags, &rules).written()?,
    }
    let some = |status| rules.iter().any(|rule| rule.status == status);
    Ok(Exit::of(some("violated"), some("indeterminate")))
}

/// The tag keys that a rulebook's ABAC rules name.
fn keys(rulebook: &Rulebook) -> Vec<String> {
    let of_rule = |kind: &Kind| match kind {
        Kind::Abac(abac) => {
            let tags = abac.tags.iter().flat_map(|tags| tags.required.iter().chain(tags.values.keys()));
            let isolated = abac.isolate.iter().flat_map(|isolate| &isolate.by);
            tags.chain(isolated).chain(&abac.immutable).cloned().collect()
        }
        _ => Vec::new(),
    };
    rulebook.rules.iter().flat_map(|rule| of_rule(&rule.kind)).collect()
}

fn told(judged: &Judged<'_>) -> Option<RuleTold> {
    if !matches!(judged.rule.kind, Kind::Abac(_)) {
        return None;
    }
    let (status, detail) = match &judged.judgement {
        Judgement::OutOfScope | Judgement::Holds { .. } => return None,
        Judgement::Indeterminate { reasons, .. } => ("indeterminate", reasons.join("; ")),
        Judgement::Violated { evidence: Evidence::Fact(fact), .. } => ("violated", fact.clone()),
        Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
            let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            ("violated", format!("{} on {}{detail}", witness.action, witness.resource))
        }
    };
    Some(RuleTold { rule_id: judged.rule.id.clone(), facet: judged.facet.clone(), status, detail })
}
