//! The formats in which findings are written, whichever verb found them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::Value;
use stanchion_alerts::asff::{self, Hub};
use stanchion_alerts::junit::Asked;
use stanchion_alerts::sarif::Place;
use stanchion_alerts::{csv, junit, ocsf, page, sarif};
use stanchion_findings::Finding;
use stanchion_rules::Rulebook;

use crate::render;

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs; the fields are documented in docs/FORMATS.md.
    Json,
    /// For people, a page for each finding.
    Markdown,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For continuous integration: a JUnit report.
    Junit,
    /// For spreadsheets.
    Csv,
    /// For Security Hub: a list in the AWS Security Finding Format.
    Asff,
    /// For security lakes: a list of events of OCSF 1.8.
    Ocsf,
}

/// The options of formats.
#[derive(Args)]
pub(crate) struct Forms {
    /// How to write the findings
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) format: Form,
    /// The region of the Security Hub that `--format asff` is for
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    asff_region: String,
}

/// What a format needs besides findings.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// The rules that were asked.
    pub(crate) rulebook: Option<&'a Rulebook>,
    /// Where the accounts' files are.
    pub(crate) inventory: Option<&'a Path>,
    /// What of the rules is not evaluated, each with its rule's id.
    pub(crate) notes: &'a [String],
    /// When it is written, as ISO 8601 text.
    pub(crate) now: String,
}

impl Beside<'_> {
    /// The rules, then those that are disabled: what is not evaluated has a note and did not pass.
    fn asked(&self) -> Vec<Asked> {
        let mut notes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        // Notes that are about no rule begin with other words.
        let is_id =
            |rule: &str| rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let of_rules = self.notes.iter().filter_map(|note| note.split_once(": "));
        for (rule, note) in of_rules.filter(|(rule, _)| is_id(rule)) {
            notes.entry(rule).or_default().push(note);
        }
        let rules = self.rulebook.map(|rulebook| rulebook.rules.as_slice()).unwrap_or_default();
        let mut asked: Vec<Asked> = rules
            .iter()
            .map(|rule| {
                let note = notes.remove(rule.id.as_str()).map(|notes| notes.join("; "));
                Asked { id: rule.id.clone(), title: rule.title.clone(), note }
            })
            .collect();
        asked.extend(notes.into_iter().map(|(rule, notes)| {
            let (id, title) = (rule.to_owned(), rule.to_owned());
            Asked { id, title, note: Some(notes.join("; ")) }
        }));
        asked
    }
}

impl Forms {
    /// Writes findings in a format that every verb writes alike: all but text and JSON.
    pub(crate) fn write(&self, findings: &[Finding], beside: &Beside<'_>) -> io::Result<()> {
        match self.format {
            Form::Text | Form::Json => Ok(()),
            Form::Markdown => {
                let pages: Vec<String> =
                    findings.iter().map(|finding| page(finding, None).markdown()).collect();
                plain(&pages.join("\n---\n\n"))
            }
            Form::Sarif => {
                let places = Places::new(beside.inventory);
                render::json(&sarif::log(findings, |finding| places.of(finding)))
            }
            Form::Junit => plain(&junit::report(findings, &beside.asked())),
            Form::Csv => plain(&csv::table(findings)),
            Form::Asff => {
                let hub = |partition| Hub { region: &self.asff_region, partition, now: &beside.now };
                let all: Vec<Value> = findings
                    .iter()
                    .filter_map(|finding| asff::finding(finding, hub(partition(finding))))
                    .collect();
                render::json(&all)
            }
            Form::Ocsf => {
                let all: Vec<Value> =
                    findings.iter().map(|finding| ocsf::finding(finding, &beside.now)).collect();
                render::json(&all)
            }
        }
    }
}

/// The partition of the finding's principal, as `aws`.
fn partition(finding: &Finding) -> &str {
    let partition = finding.principal.as_deref().and_then(|arn| arn.split(':').nth(1));
    partition.filter(|partition| !partition.is_empty()).unwrap_or("aws")
}

/// Text in which whatever steers has been written out already.
fn plain(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Where principals are written down: the lines of their ARNs in the accounts' files.
struct Places {
    accounts: Option<PathBuf>,
    /// By account: the line on which an ARN is first named.
    lines: RefCell<HashMap<String, HashMap<String, usize>>>,
}

impl Places {
    fn new(inventory: Option<&Path>) -> Self {
        Self { accounts: inventory.map(|path| path.join("accounts")), lines: RefCell::default() }
    }

    fn of(&self, finding: &Finding) -> Option<Place> {
        let account = finding.account_id.as_deref()?;
        let path = self.accounts.as_ref()?.join(format!("{account}.json"));
        let mut lines = self.lines.borrow_mut();
        let lines = lines.entry(account.to_owned()).or_insert_with(|| {
            // What could not be read now was read before: the finding is told all the same.
            arns(&fs::read_to_string(&path).unwrap_or_default())
        });
        // A root user, and the account itself, are named nowhere.
        let line = finding.principal.as_ref().and_then(|arn| lines.get(arn)).copied().unwrap_or(1);
        Some(Place { file: path.to_string_lossy().replace('\\', "/"), line })
    }
}

/// The ARNs of a JSON text, each with the line on which it first stands.
fn arns(text: &str) -> HashMap<String, usize> {
    let mut lines = HashMap::new();
    let mut line = 1;
    for piece in text.split('"') {
        if piece.starts_with("arn:") {
            lines.entry(piece.to_owned()).or_insert(line);
        }
        line += piece.matches('\n').count();
    }
    lines
}
