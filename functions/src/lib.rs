//! The Lambda functions of the hub: one binary, four handlers.
//!
//! `_HANDLER` says which it is. Everything is made once and lives as long as the process: a mistake in the
//! settings or in the rulebook ends it at the start, and says what it is.

pub mod batch;
mod deployed;
mod edges;
pub mod handlers;
mod logs;
pub mod metrics;
mod people;
mod rulebook;
mod settings;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use self::batch::{Answer, Batch};
use self::edges::OnAws;
use self::metrics::{Metric, Metrics};
use self::settings::{Function, Places};

/// How long before the end of an invocation a sweep stops, so that it can write down how far it got.
const SWEEP_RESERVE: Duration = Duration::from_secs(10);

/// Runs the function that `_HANDLER` names, until the process ends.
pub fn start() -> ExitCode {
    logs::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run()));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok();
    if Function::from_env(variable) == Ok(Function::Tell) {
        return people::run(variable).await;
    }
    let places = Places::from_env(variable).map_err(|error| error.to_string())?;
    let function = places.function;
    let on_aws = match OnAws::new(places, variable).await {
        // Whoever deploys is to hear of it.
        Err(error) if function == Function::Sweep => {
            tracing::error!(error, "the function cannot start");
            let ended = lambda_runtime::run(service_fn(|event| cannot_start(&error, event))).await;
            return ended.map_err(|error| error.to_string());
        }
        on_aws => on_aws?,
    };
    // It lives as long as the process, and tasks must be able to borrow it.
    let on_aws: &'static OnAws = Box::leak(Box::new(on_aws));
    let ended = match function {
        Function::React | Function::Evaluate => {
            lambda_runtime::run(service_fn(move |event| queue(on_aws, function, event))).await
        }
        Function::Sweep | Function::Tell => {
            lambda_runtime::run(service_fn(move |event| schedule(on_aws, event))).await
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
    let hub = on_aws.hub().await;
    let (answer, mut metrics) = match function {
        Function::React => {
            let see_to = |body: String| async move { handlers::react_to(hub, &body, handlers::now()).await };
            batch::each(batch, left, see_to).await
        }
        Function::Evaluate | Function::Sweep | Function::Tell => {
            let see_to =
                |body: String| async move { handlers::see_to_job(hub, &body, handlers::now()).await };
            batch::each(batch, left, see_to).await
        }
    };
    metrics.calls(on_aws.calls.take());
    metrics.write(function.name(), handlers::now());
    Ok(answer)
}

async fn schedule(on_aws: &'static OnAws, event: LambdaEvent<Value>) -> Result<(), lambda_runtime::Error> {
    if let Some(request) = deployed::Request::of(&event.payload) {
        let checked = if request.is_farewell() { Ok(()) } else { on_aws.check().await };
        return Ok(request.answer(&checked).await?);
    }
    let deadline = event.context.deadline().checked_sub(SWEEP_RESERVE);
    let deadline = deadline.map_or_else(handlers::now, handlers::millis);
    let swept = match on_aws.adopt().await {
        Ok(hub) => handlers::go_on_sweeping(hub, &handlers::now, deadline).await,
        Err(fault) => Err(fault),
    };
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

/// What a `sweep` that cannot start does: tells CloudFormation why if it asks, and fails.
async fn cannot_start(error: &str, event: LambdaEvent<Value>) -> Result<(), lambda_runtime::Error> {
    let Some(request) = deployed::Request::of(&event.payload) else { return Err(error.into()) };
    let checked = if request.is_farewell() { Ok(()) } else { Err(error.to_owned()) };
    Ok(request.answer(&checked).await?)
}
