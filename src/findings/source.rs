//! Where findings are kept: a file, or the functions' table in DynamoDB.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, Report};
#[cfg(feature = "aws")]
use stanchion_aws::{Table, TableError};
use stanchion_findings::{EmbeddedStore, Finding, State, Store, Transition};

use crate::input::InputError;

/// What the name of a table begins with, as `--store` takes it.
const TABLE: &str = "dynamodb:";

#[derive(Args)]
pub(super) struct Source {
    /// The file of `stanchion react --store`, or `dynamodb:` and the name of the functions' table
    #[arg(long, value_name = "STORE")]
    #[cfg_attr(feature = "aws", arg(required_unless_present = "table", conflicts_with = "table"))]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    store: Option<PathBuf>,
    /// The table of the functions: the same as `--store dynamodb:NAME`
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The profile of the AWS CLI whose credentials are used [default: what the environment gives]
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region of the table [default: the profile's]
    #[cfg(feature = "aws")]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

/// Where to look.
enum Place<'a> {
    File(&'a Path),
    Table(&'a str),
}

impl Source {
    fn place(&self) -> Place<'_> {
        #[cfg(feature = "aws")]
        if let Some(table) = &self.table {
            return Place::Table(table);
        }
        let path = self.store.as_deref().unwrap_or(Path::new(""));
        match path.to_str().and_then(|path| path.strip_prefix(TABLE)) {
            Some(table) => Place::Table(table),
            None => Place::File(path),
        }
    }

    /// The findings that are open, suppressed or indeterminate; with `resolved`, the resolved ones as well.
    pub(super) fn findings(&self, resolved: bool) -> Result<Vec<Finding>, Report> {
        match self.place() {
            Place::File(path) => {
                let mut findings = kept(path)?.findings().into_diagnostic()?;
                findings.retain(|finding| resolved || finding.state != State::Resolved);
                Ok(findings)
            }
            Place::Table(name) => self.of_table(name, resolved),
        }
    }

    /// What happened to a finding, the latest last.
    pub(super) fn history(&self, finding: &Finding) -> Result<Vec<Transition>, Report> {
        match self.place() {
            Place::File(path) => kept(path)?.history(&finding.fingerprint).into_diagnostic(),
            Place::Table(name) => self.past_of_table(name, finding),
        }
    }
}

/// Opens a store that is there: looking must not make one.
pub(crate) fn kept(path: &Path) -> Result<EmbeddedStore, Report> {
    if !path.exists() {
        let help = "`stanchion react --store FILE` makes one".to_owned();
        return Err(InputError::new(format!("there is no file `{}`", path.display()), Some(help)).into());
    }
    Ok(EmbeddedStore::open(path).map_err(|error| InputError::new(error.to_string(), None))?)
}

#[cfg(not(feature = "aws"))]
impl Source {
    fn of_table(&self, name: &str, _: bool) -> Result<Vec<Finding>, Report> {
        Err(no_tables(name).into())
    }

    fn past_of_table(&self, name: &str, _: &Finding) -> Result<Vec<Transition>, Report> {
        Err(no_tables(name).into())
    }
}

#[cfg(not(feature = "aws"))]
fn no_tables(name: &str) -> InputError {
    let help = "build it with the feature: `cargo build --features aws`".to_owned();
    InputError::new(format!("table `{name}`: this program was built without the feature `aws`"), Some(help))
}

#[cfg(feature = "aws")]
impl Source {
    /// What the table holds: what is not resolved is found by its index, all of it by a scan.
    fn of_table(&self, name: &str, resolved: bool) -> Result<Vec<Finding>, Report> {
        wait(async {
            let table = self.table(name).await;
            let (mut findings, mut next) = (Vec::new(), None);
            loop {
                let page = match resolved {
                    true => table.every_finding(next.as_deref()).await,
                    false => table.unresolved(next.as_deref()).await,
                };
                let page = page.map_err(|error| refused(name, &error))?;
                findings.extend(page.entries);
                next = page.next;
                if next.is_none() {
                    // Of a user that was renamed, what was found is there twice: under the old name as resolved.
                    let place =
                        |finding: &Finding| (finding.fingerprint.clone(), finding.state == State::Resolved);
                    findings.sort_by_key(place);
                    findings.dedup_by(|a, b| a.fingerprint == b.fingerprint);
                    return Ok(findings);
                }
            }
        })
    }

    fn past_of_table(&self, name: &str, finding: &Finding) -> Result<Vec<Transition>, Report> {
        wait(async {
            let history = self.table(name).await.history(finding).await;
            history.map_err(|error| refused(name, &error).into())
        })
    }

    async fn table(&self, name: &str) -> stanchion_aws::DynamoTable {
        let config = stanchion_aws::config(self.profile.as_deref(), self.region.as_deref()).await;
        stanchion_aws::DynamoTable::new(&config, &stanchion_aws::Calls::new(), name)
    }
}

#[cfg(feature = "aws")]
fn wait<R>(work: impl Future<Output = Result<R, Report>>) -> Result<R, Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    runtime.block_on(work)
}

#[cfg(feature = "aws")]
fn refused(name: &str, error: &TableError) -> InputError {
    let help = "see that the table is there, and that the credentials may query, scan and read it";
    InputError::new(format!("table `{name}`: {error}"), Some(help.to_owned()))
}
