//! Errors of the SDK -> [`CloudError`].

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use stanchion_hub::CloudError;

use crate::calls::is_throttling;

/// Codes that say that the caller may not: the permissions are not there, or the account is not one
/// that can be read.
const REFUSALS: [&str; 9] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "InvalidClientTokenId",
    "OptInRequired",
    "RegionDisabledException",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
];

/// Codes that another try with the same or with new credentials may not have.
const PASSING: [&str; 8] = [
    "ConcurrentModification",
    "ConcurrentModificationException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "RequestExpired",
    "RequestTimeout",
    "ServiceUnavailable",
];

/// What an error of a call about an account means.
pub(crate) fn fault<E>(account: &str, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::ConstructionFailure(_) => unreadable("the request cannot be made"),
        SdkError::TimeoutError(_) => transient("the call timed out"),
        SdkError::DispatchFailure(_) => transient("the connection failed, or there are no credentials"),
        SdkError::ServiceError(_) => of_service(account, status, error),
        _ if status.is_some_and(|status| status >= 500) => {
            transient("the answer is one of a server at fault")
        }
        _ => unreadable("the answer is not what the API's reference says"),
    }
}

fn of_service<E>(account: &str, status: Option<u16>, error: &E) -> CloudError
where
    E: ProvideErrorMetadata,
{
    let code = error.code().unwrap_or("an error without a code");
    let message = error.message().unwrap_or_default();
    if is_throttling(code) || PASSING.contains(&code) || status.is_some_and(|s| s >= 500 || s == 429) {
        CloudError::Transient(code.to_owned())
    } else if REFUSALS.contains(&code) {
        let reason = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
        CloudError::Refused { account: account.to_owned(), reason }
    } else {
        CloudError::Unreadable(format!("{code}: {message}"))
    }
}

/// Whether the error says that there is no such thing.
pub(crate) fn is_missing<E: ProvideErrorMetadata>(error: &E) -> bool {
    error.code().is_some_and(|code| {
        // A name that IAM does not take is nobody's.
        matches!(code, "NoSuchEntity" | "NoSuchEntityException" | "ValidationError")
            || code.ends_with("NotFoundException")
    })
}

fn transient(what: &str) -> CloudError {
    CloudError::Transient(what.to_owned())
}

fn unreadable(what: &str) -> CloudError {
    CloudError::Unreadable(what.to_owned())
}
