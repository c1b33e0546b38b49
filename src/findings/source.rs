//! Where findings are kept: a file, or the functions' table in DynamoDB.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, Report};
use stanchion_findings::{EmbeddedStore, Finding, Fingerprint, State, Store, Transition};

use crate::input::InputError;

#[derive(Args)]
pub(super) struct Source {
    /// The file of `stanchion react --store`
    #[arg(long, value_name = "FILE")]
    #[cfg_attr(feature = "aws", arg(required_unless_present = "table", conflicts_with = "table"))]
    #[cfg_attr(not(feature = "aws"), arg(required = true))]
    store: Option<PathBuf>,
    /// The table of the functions
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

impl Source {
    /// The findings that are open or indeterminate; of a file, with `resolved`, the resolved ones as well.
    pub(super) fn findings(&self, resolved: bool) -> Result<Vec<Finding>, Report> {
        let Some(path) = &self.store else { return self.unresolved() };
        let mut findings = open(path)?.findings().into_diagnostic()?;
        findings.retain(|finding| resolved || finding.state != State::Resolved);
        Ok(findings)
    }

    /// What happened to a finding, the latest last.
    pub(super) fn history(&self, fingerprint: &Fingerprint) -> Result<Vec<Transition>, Report> {
        match &self.store {
            Some(path) => open(path)?.history(fingerprint).into_diagnostic(),
            None => {
                let help = Some("the topic's messages tell what happened".to_owned());
                Err(InputError::new("the table keeps no history", help).into())
            }
        }
    }
}

/// Opens a store that is there: looking must not make one.
fn open(path: &Path) -> Result<EmbeddedStore, Report> {
    if !path.exists() {
        let help = "`stanchion react --store FILE` makes one".to_owned();
        return Err(InputError::new(format!("there is no file `{}`", path.display()), Some(help)).into());
    }
    Ok(EmbeddedStore::open(path).map_err(|error| InputError::new(error.to_string(), None))?)
}

#[cfg(not(feature = "aws"))]
impl Source {
    /// There is no table; the parser sees to it that there is a file.
    fn unresolved(&self) -> Result<Vec<Finding>, Report> {
        Ok(Vec::new())
    }
}

#[cfg(feature = "aws")]
impl Source {
    /// What the table holds and is not resolved.
    fn unresolved(&self) -> Result<Vec<Finding>, Report> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
        runtime.block_on(self.read_table())
    }

    async fn read_table(&self) -> Result<Vec<Finding>, Report> {
        let name = self.table.as_deref().unwrap_or_default();
        let config = stanchion_aws::config(self.profile.as_deref(), self.region.as_deref()).await;
        let table = stanchion_aws::DynamoTable::new(&config, &stanchion_aws::Calls::new(), name);
        let (mut findings, mut next) = (Vec::new(), None);
        loop {
            let page = table.unresolved(next.as_deref()).await.map_err(|error| {
                let help = "see that the table is there, and that the credentials may query and read it";
                InputError::new(format!("table `{name}`: {error}"), Some(help.to_owned()))
            })?;
            findings.extend(page.entries);
            next = page.next;
            if next.is_none() {
                return Ok(findings);
            }
        }
    }
}
