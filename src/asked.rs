//! What `can` and `who-can` ask, from the command line.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use miette::Report;
use stanchion_pipeline::Inquiry;
use stanchion_policy::ask::{Wanted, doubt_about_key};
use stanchion_policy::{NamedPolicy, Policy};

use crate::input::{self, InputError};
use crate::render::{self, YELLOW};

/// Options of the verbs that ask about requests.
#[derive(Args)]
pub(crate) struct Requests {
    /// A context key and its value, as `aws:SourceIp=192.0.2.1`; once for each value of a key
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// A context key that no request has
    #[arg(long, value_name = "KEY")]
    absent: Vec<String>,
    /// The policy of the resource: a JSON document
    #[arg(long, value_name = "FILE")]
    resource_policy: Option<PathBuf>,
    /// The account that owns the resource [default: the one in its ARN, else the principal's]
    #[arg(long, value_name = "ACCOUNT")]
    resource_account: Option<String>,
    /// The moment of the requests [default: now]
    #[arg(long, visible_alias = "now", value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Requests {
    /// The moment of the requests, if it is said.
    pub(crate) fn at(&self) -> Option<i128> {
        self.at.map(Timestamp::as_nanosecond)
    }

    /// What is asked; doubts about it go to standard error.
    pub(crate) fn inquiry(&self, action: &str, resource: &str) -> Result<Inquiry, Report> {
        let wanted =
            Wanted::new(action, resource).map_err(|error| InputError::new(error.to_string(), None))?;
        let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for given in &self.context {
            let Some((key, value)) = given.split_once('=') else {
                let help = "write it as `aws:SourceIp=192.0.2.1`".to_owned();
                return Err(InputError::new(format!("`--context {given}` has no value"), Some(help)).into());
            };
            context.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        if wanted.one_resource().is_none()
            && (self.resource_policy.is_some() || self.resource_account.is_some())
        {
            let help = "name one by its ARN".to_owned();
            let message = format!("`{resource}` is not one resource, whose policy or account can be said");
            return Err(InputError::new(message, Some(help)).into());
        }
        if let Some(account) = &self.resource_account
            && !(account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        {
            let message = format!("`{account}` is not an account: it has 12 digits");
            return Err(InputError::new(message, None).into());
        }
        let keys = context.keys().chain(&self.absent).filter_map(|key| doubt_about_key(key));
        for doubt in wanted.doubts().into_iter().chain(keys) {
            // What cannot be written to standard error cannot be told at all.
            let _ = writeln!(render::stderr(), "{YELLOW}note{YELLOW:#}: {doubt}");
        }
        Ok(Inquiry {
            wanted,
            context,
            absent: self.absent.clone(),
            resource_account: self.resource_account.clone(),
            resource_policy: self.resource_policy.as_deref().map(policy).transpose()?,
            now: Some(self.at.unwrap_or_else(Timestamp::now).as_nanosecond()),
        })
    }
}

fn policy(path: &Path) -> Result<NamedPolicy, Report> {
    let policy = Policy::parse(&input::text(path)?);
    match policy.document() {
        Ok(_) => Ok(NamedPolicy::new(path.display().to_string(), policy)),
        Err(error) => Err(InputError::new(format!("{}: {error}", path.display()), None).into()),
    }
}
