//! What is asked of AWS, counted by operation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_iam::config::interceptors::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};

/// How often an operation was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Requests that were sent, those that were sent again included.
    pub calls: u64,
    /// Those of them that AWS refused since there were too many.
    pub throttled: u64,
}

/// The calls of every client that it is given to as an interceptor. Clones count together.
///
/// Operations are named as policies name them, as `iam:GetRole`; for services whose name there is
/// another one, by the SDK's name of it, without spaces and in lower case.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, Count>>>);

impl Calls {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted since it was last taken, by operation.
    pub fn take(&self) -> BTreeMap<String, Count> {
        std::mem::take(&mut *self.lock())
    }

    /// The sum over all operations, without taking it.
    pub fn total(&self) -> Count {
        self.lock().values().fold(Count::default(), |sum, count| Count {
            calls: sum.calls + count.calls,
            throttled: sum.throttled + count.throttled,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, bag: &ConfigBag, count: impl FnOnce(&mut Count)) {
        let Some(operation) = bag.load::<Metadata>() else { return };
        let service = operation.service().replace(' ', "").to_ascii_lowercase();
        let service = if service == "ssoadmin" { "sso".to_owned() } else { service };
        count(self.lock().entry(format!("{service}:{}", operation.name())).or_default());
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.of(bag, |count| count.calls += 1);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttled) {
            self.of(bag, |count| count.throttled += 1);
        }
        Ok(())
    }
}

/// Whether AWS says that there are too many calls. Query protocols say so in the body, JSON protocols in
/// the body or in a header.
fn is_throttled(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    if status < 400 {
        return false;
    }
    let header = response.headers().get("x-amzn-errortype").unwrap_or_default();
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    status == 429 || [header, &body].into_iter().any(|text| THROTTLES.iter().any(|code| text.contains(code)))
}

/// What codes of throttling have in common.
const THROTTLES: [&str; 6] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceeded",
    "SlowDown",
    "Rate exceeded",
];

/// Whether a code of an error is one of throttling.
pub(crate) fn is_throttling(code: &str) -> bool {
    THROTTLES.iter().any(|throttle| code.contains(throttle))
}
