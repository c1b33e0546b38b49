//! The Lambda functions of the hub: one binary, three handlers.
//!
//! `_HANDLER` says which it is. Everything is made once and lives as long as the process: a mistake in the
//! settings or in the rulebook ends it at the start, and says what it is.

mod batch;
mod edges;
mod handlers;
mod logs;
mod metrics;
mod rulebook;
mod settings;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Once;
use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use stanchion_inventory::Inventory;

use self::batch::{Answer, Batch};
use self::edges::OnAws;
use self::metrics::{Metric, Metrics};
use self::settings::{Function, Places};

/// How long before the end of an invocation a sweep stops, so that it can write down how far it got.
const SWEEP_RESERVE: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    logs::start();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok();
    let places = Places::from_env(variable).map_err(|error| error.to_string())?;
    // They live as long as the process, and tasks must be able to borrow them.
    let rulebook = Box::leak(Box::new(rulebook::read(&places.rulebook)?));
    let nothing = Inventory::from_parts(None, &[]).map_err(|error| error.to_string())?;
    let on_aws: &'static OnAws =
        Box::leak(Box::new(OnAws::new(&places, variable, rulebook, Box::leak(Box::new(nothing))).await?));
    let function = places.function;
    let ended = match function {
        Function::React | Function::Evaluate => {
            lambda_runtime::run(service_fn(move |event| queue(on_aws, function, event))).await
        }
        Function::Sweep => {
            let rulebook: &'static Path = Box::leak(places.rulebook.into_boxed_path());
            lambda_runtime::run(service_fn(move |event| schedule(on_aws, rulebook, event))).await
        }
    };
    ended.map_err(|error| error.to_string())
}

async fn queue(
    on_aws: &'static OnAws,
    function: Function,
    event: LambdaEvent<Batch>,
) -> Result<Answer, lambda_runtime::Error> {
    let (batch, context) = event.into_parts();
    let deadline = context.deadline();
    let left = || deadline.duration_since(SystemTime::now()).unwrap_or_default();
    let (answer, mut metrics) = match function {
        Function::React => {
            let see_to = |body: String| async move { handlers::react_to(&on_aws.hub, &body).await };
            batch::each(batch, left, see_to).await
        }
        Function::Evaluate | Function::Sweep => {
            let see_to = |body: String| async move { handlers::see_to_job(&on_aws.hub, &body).await };
            batch::each(batch, left, see_to).await
        }
    };
    metrics.calls(on_aws.calls.take());
    metrics.write(function.name(), handlers::now());
    Ok(answer)
}

async fn schedule(
    on_aws: &'static OnAws,
    rulebook: &Path,
    event: LambdaEvent<Value>,
) -> Result<(), lambda_runtime::Error> {
    // Linting proves, which takes longer than a function may take to start.
    static LINTED: Once = Once::new();
    LINTED.call_once(|| {
        for doubt in rulebook::doubts(rulebook) {
            tracing::warn!(doubt, "the rulebook");
        }
    });
    let deadline = event.context.deadline().checked_sub(SWEEP_RESERVE);
    let deadline = deadline.map_or_else(handlers::now, handlers::millis);
    let swept = handlers::go_on_sweeping(&on_aws.hub, deadline).await;
    let mut metrics = match &swept {
        Ok(metrics) => metrics.clone(),
        Err(_) => {
            let mut metrics = Metrics::default();
            metrics.count(Metric::Failed, 1);
            metrics
        }
    };
    metrics.calls(on_aws.calls.take());
    metrics.write(Function::Sweep.name(), handlers::now());
    swept.map(|_| ()).map_err(|fault| fault.to_string().into())
}
