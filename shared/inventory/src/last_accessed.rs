//! When principals last used the services that they are allowed: what IAM calls last accessed information.
//!
//! The file holds, for each principal's ARN, what `GetServiceLastAccessedDetails` returned for it (IAM API
//! Reference).

use std::collections::BTreeMap;

use serde::Deserialize;
use stanchion_policy::value::parse_date;

use crate::credentials::Moment;
use crate::error::{InventoryError, quoted};
use crate::json;
use crate::shape::Flag;

/// What is known of an account's principals, by ARN.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastAccessed {
    of: BTreeMap<String, Result<Vec<ServiceUse>, String>>,
}

/// A service that a principal is allowed, and when it last used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUse {
    /// The service's prefix in actions, as `s3`.
    pub service: String,
    /// When it was last used.
    pub used: Moment,
}

impl LastAccessed {
    /// The services that a principal is allowed; `None`: nobody asked about it.
    ///
    /// # Errors
    /// Why the list is not whole.
    pub fn services(&self, arn: &str) -> Option<Result<&[ServiceUse], &str>> {
        Some(self.of.get(arn)?.as_deref().map_err(String::as_str))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "what `get-service-last-accessed-details` prints")]
struct Details {
    job_status: Option<String>,
    services_last_accessed: Option<Vec<Service>>,
    is_truncated: Option<Flag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a service")]
struct Service {
    service_namespace: String,
    last_authenticated: Option<String>,
}

/// Reads the file.
///
/// # Errors
/// Text that is not JSON of this shape; a principal of another account.
pub(crate) fn read(id: &str, text: &str, place: &str) -> Result<LastAccessed, InventoryError> {
    let file: BTreeMap<String, Details> = json::object(text, place)?;
    if let Some(arn) = file.keys().find(|arn| arn.split(':').nth(4) != Some(id)) {
        let (place, arn, account) = (place.to_owned(), quoted(arn), id.to_owned());
        return Err(InventoryError::WrongAccount { place, arn, account });
    }
    let of = file.into_iter().map(|(arn, details)| (arn, services(details))).collect();
    Ok(LastAccessed { of })
}

fn services(details: Details) -> Result<Vec<ServiceUse>, String> {
    if let Some(status) = details.job_status.filter(|status| status != "COMPLETED") {
        return Err(format!("the job's status is `{}`", quoted(&status)));
    }
    if details.is_truncated == Some(Flag(true)) {
        return Err("the list is truncated".to_owned());
    }
    let services = details.services_last_accessed.ok_or("`ServicesLastAccessed` is missing")?;
    // AWS leaves the date out where there was no use in the tracking period.
    let used = |text: Option<String>| match text {
        None => Moment::Never,
        Some(text) => parse_date(&text).map_or(Moment::Unknown, Moment::At),
    };
    let service = |found: Service| ServiceUse {
        service: found.service_namespace,
        used: used(found.last_authenticated),
    };
    Ok(services.into_iter().map(service).collect())
}
