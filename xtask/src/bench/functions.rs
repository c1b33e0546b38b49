//! `cargo xtask bench functions`: what the Lambda functions weigh, how long they take to start, and how much
//! memory they hold, built as they are deployed. Lambda and AWS are stubs on this machine, over HTTP without
//! TLS; what only Lambda has, as fewer processors, is not measured.

mod account;
mod aws;
mod http;
mod lambda;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

use crate::bench::corpus::documents::ACCOUNT;
use crate::bench::{machine, median};
use crate::shell::{Workspace, say};
use crate::{e2e, tools};
use lambda::Function;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A binary that is built already, instead of a new one
    #[arg(long, value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// How often each function is started; the median counts
    #[arg(long, value_name = "N", default_value_t = 31)]
    runs: usize,
    /// How many roles the large account has
    #[arg(long, value_name = "N", default_value_t = 5000)]
    roles: usize,
}

const MIB: f64 = 1024.0 * 1024.0;
/// The largest zip of a function, in MiB.
const ZIP: f64 = 8.0;
/// The longest median from the start to the first request, in milliseconds.
const START: f64 = 15.0;
/// The most memory for one principal, and for the large account, in MiB.
const ONE_PRINCIPAL: f64 = 64.0;
const LARGE_ACCOUNT: f64 = 200.0;

/// Measures, prints what came out beside the limits, and fails over one of them.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let workspace = Workspace::read()?;
    let bootstrap = match &options.bootstrap {
        Some(file) => file.clone(),
        None => {
            let built = workspace.target.join("functions");
            e2e::build(&workspace, &tools::install(&workspace)?, &built, None)?;
            built.join("Evaluate/bootstrap")
        }
    };
    let endpoint = aws::start(account::Account { roles: options.roles })?;
    let rulebook = workspace.root.join("rulebooks/baseline.yaml");
    let variables = |handler: &str| variables(handler, &endpoint, &rulebook);

    say(&format!("\n{}\n", machine(None)?));
    let mut over = Vec::new();
    let mut row = |what: &str, value: f64, limit: f64, unit: &str| {
        say(&format!("{what:<48}{value:>8.1} {unit:<4} of at most {limit:.0}"));
        if value > limit {
            over.push(what.to_owned());
        }
    };
    row("zip", zip(&bootstrap)? / MIB, ZIP, "MiB");
    for handler in ["react", "evaluate", "sweep"] {
        let times = start(&bootstrap, &variables(handler), options.runs)?;
        let in_ms = |time: Duration| time.as_secs_f64() * 1e3;
        // On a busy machine the two are far apart.
        let least = in_ms(times.iter().min().copied().unwrap_or_default());
        row(
            &format!("start to first request, {handler} (least {least:.1})"),
            in_ms(median(times)),
            START,
            "ms",
        );
    }
    let principal = json!({ "principal": { "account": ACCOUNT, "kind": "role", "name": account::name(0) } });
    let peak = evaluate(&bootstrap, &variables("evaluate"), &principal, 1)?;
    row("memory, one principal", peak / MIB, ONE_PRINCIPAL, "MiB");
    let account = json!({ "account": { "account": ACCOUNT } });
    let peak = evaluate(&bootstrap, &variables("evaluate"), &account, options.roles)?;
    row(&format!("memory, an account of {} roles", options.roles), peak / MIB, LARGE_ACCOUNT, "MiB");
    if over.is_empty() { Ok(()) } else { Err(format!("over the limit: {}", over.join(", "))) }
}

/// How many bytes the binary takes as `sam package` compresses it.
fn zip(bootstrap: &Path) -> Result<f64, String> {
    let said = |error: std::io::Error| format!("{}: {error}", bootstrap.display());
    let mut bytes = Vec::new();
    File::open(bootstrap).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(said)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes).map_err(said)?;
    Ok(encoder.finish().map_err(said)?.len() as f64)
}

/// How long each of so many starts took.
fn start(bootstrap: &Path, variables: &[(&str, String)], runs: usize) -> Result<Vec<Duration>, String> {
    let mut times = Vec::new();
    for _ in 0..runs.max(1) {
        let (function, time) = Function::start(bootstrap, variables)?;
        function.end()?;
        times.push(time);
    }
    Ok(times)
}

/// The most memory that `evaluate` holds for a job on a row, in bytes. It must have looked at `principals`
/// at least.
fn evaluate(
    bootstrap: &Path,
    variables: &[(&str, String)],
    row: &Value,
    principals: usize,
) -> Result<f64, String> {
    let job = json!({ "schema": 1, "key": row }).to_string();
    let event = json!({ "Records": [{ "messageId": "m-1", "body": job }] }).to_string();
    let (mut function, _) = Function::start(bootstrap, variables)?;
    function.invoke(&event)?;
    let peak = function.peak()?;
    let log = function.end()?;
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let looked = lines.filter(|line| line["did"] == "looked").find_map(|line| line["principals"].as_u64());
    match looked {
        Some(looked) if looked >= principals as u64 => Ok(peak as f64),
        _ => Err(format!("`evaluate` did not look at {principals} principals; its log:\n{log}")),
    }
}

/// What `template.yaml` and Lambda set.
fn variables(handler: &str, endpoint: &str, rulebook: &Path) -> Vec<(&'static str, String)> {
    let queue = |name: &str| format!("{endpoint}/{ACCOUNT}/{name}");
    [
        ("_HANDLER", handler.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", handler.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("STANCHION_ACCOUNT", ACCOUNT.to_owned()),
        ("STANCHION_TABLE", "findings".to_owned()),
        ("STANCHION_EVENTS_QUEUE", queue("events")),
        ("STANCHION_JOBS_QUEUE", queue("jobs")),
        ("STANCHION_TOPIC", format!("arn:aws:sns:us-east-1:{ACCOUNT}:findings")),
        ("STANCHION_RULEBOOK", rulebook.display().to_string()),
    ]
    .into()
}
