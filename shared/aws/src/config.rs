//! How AWS is called: whose credentials, where, and how long it may take.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::SharedCredentialsProvider;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use stanchion_hub::CloudError;

use crate::calls::Calls;
use crate::cloud::fault;

/// The region that is asked where none is set: IAM and Organizations answer there.
const REGION: &str = "us-east-1";

/// The configuration that the environment gives, or a profile of the AWS CLI.
///
/// Calls are tried three times and given up after some seconds: whoever called puts the work off, so that a
/// function does not wait while it is paid for.
pub async fn config(profile: Option<&str>, region: Option<&str>) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).retry_config(retries()).timeout_config(timeouts());
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let config = loader.load().await;
    if config.region().is_some() {
        return config;
    }
    config.into_builder().region(Region::from_static(REGION)).build()
}

/// The configuration of a Lambda function: what else the SDK would look for, as profiles or what the metadata of an
/// instance says, is not there, and makes up a part of the program.
///
/// `variable` says what an environment variable holds (AWS Lambda Developer Guide, "Defined runtime environment
/// variables"; AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Dual-stack and FIPS endpoints").
pub fn config_of_function(variable: impl Fn(&str) -> Option<String>) -> SdkConfig {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let is_true = |name| set(name).map(|value| value.eq_ignore_ascii_case("true"));
    let region = set("AWS_REGION").map_or(Region::from_static(REGION), Region::new);
    let credentials = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .retry_config(retries())
        .timeout_config(timeouts())
        .credentials_provider(credentials)
        .region(region);
    config.set_endpoint_url(set("AWS_ENDPOINT_URL"));
    config.set_service_config(Some(OfServices));
    config.set_use_fips(is_true("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(is_true("AWS_USE_DUALSTACK_ENDPOINT"));
    config.build()
}

/// What the environment says of one service alone, as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct OfServices;

impl LoadServiceConfig for OfServices {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace([' ', '-'], "_");
        std::env::var(format!("{}_{service}", key.env())).ok()
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(25))
        .build()
}

/// The account of a configuration's credentials.
///
/// # Errors
/// Those of `GetCallerIdentity`.
pub async fn own_account(config: &SdkConfig, calls: &Calls) -> Result<String, CloudError> {
    let sts = aws_sdk_sts::config::Builder::from(config).interceptor(calls.clone()).build();
    let answer = aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await;
    let answer = answer.map_err(|error| fault("of the credentials", &error))?;
    answer.account.ok_or_else(|| CloudError::Unreadable("GetCallerIdentity names no account".to_owned()))
}
