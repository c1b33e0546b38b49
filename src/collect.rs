//! `stanchion collect`: an inventory directory, read from AWS.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use miette::{IntoDiagnostic, Report};
use stanchion_aws::cloud::{AuditRole, AwsCloud, CloudSettings, Secret};
use stanchion_aws::collect::{CollectError, Collected, Progress, collect};
use stanchion_aws::notes::NotesInMemory;
use stanchion_aws::{Calls, config, own_account};

use crate::exit::Exit;
use crate::input::InputError;
use crate::render::{self, Written};

/// Where the external id is read from if it is not an option: options show in lists of processes.
const EXTERNAL_ID: &str = "STANCHION_EXTERNAL_ID";

#[derive(Args)]
pub(crate) struct Options {
    /// The directory to write the inventory to; what is in it already is written over
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The profile of the AWS CLI whose credentials are used [default: what the environment gives]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region of Identity Center and STS [default: the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The role to assume in other accounts, by its name; without it they are not read
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// The external id that the role asks for [default: the variable STANCHION_EXTERNAL_ID]
    #[arg(long, value_name = "ID", requires = "role")]
    external_id: Option<String>,
    /// Only these accounts [default: every active account of the organization]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    accounts: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    if let Some(wrong) = options.accounts.iter().find(|id| !is_account_id(id)) {
        let help = Some("name accounts by their twelve digits".to_owned());
        return Err(InputError::new(format!("`{wrong}` is not an account's id"), help).into());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().into_diagnostic()?;
    let collected = runtime.block_on(read(options))?;
    tell(options, &collected)?;
    Ok(Exit::of(false, !collected.unread.is_empty()))
}

async fn read(options: &Options) -> Result<Collected, Report> {
    let calls = Calls::new();
    let config = config(options.profile.as_deref(), options.region.as_deref()).await;
    let own = own_account(&config, &calls).await.map_err(|error| {
        let help = "name a profile of the AWS CLI with `--profile`, or set its environment variables";
        InputError::new(error.to_string(), Some(help.to_owned()))
    })?;
    let mut settings = CloudSettings::new(&own, config.region().map(AsRef::as_ref));
    settings.audit = options.role.as_ref().map(|name| {
        let external_id = options.external_id.clone().or_else(|| env::var(EXTERNAL_ID).ok());
        AuditRole {
            name: name.trim_matches('/').to_owned(),
            external_id: external_id.filter(|id| !id.is_empty()).map(Secret::new),
        }
    });
    let clock = Arc::new(|| Timestamp::now().as_millisecond());
    let cloud = AwsCloud::new(&config, settings, NotesInMemory::default(), calls.clone(), clock);
    let bar = bar()?;
    let show = |progress: Progress| {
        let total = calls.total();
        bar.set_length(progress.of as u64);
        bar.set_position(progress.accounts as u64);
        bar.set_message(format!(
            "{} principals, {} calls, {} throttled",
            progress.principals, total.calls, total.throttled
        ));
    };
    let collected = collect(&cloud, &options.out, &own, &options.accounts, show).await;
    bar.finish_and_clear();
    collected.map_err(|error| match error {
        CollectError::Io { .. } => InputError::new(error.to_string(), None).into(),
        CollectError::Cloud(error) => Report::msg(error),
    })
}

/// A line on standard error, if that is a terminal. It holds numbers only.
fn bar() -> Result<ProgressBar, Report> {
    let style =
        ProgressStyle::with_template("{spinner} {pos}/{len} accounts {bar:24} {msg}").into_diagnostic()?;
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar)
}

fn tell(options: &Options, collected: &Collected) -> Result<(), Report> {
    render::collected(&options.out, collected).written()
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
