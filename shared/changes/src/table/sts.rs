//! STS: the calls that make a session whose permissions are not just its principal's (botocore
//! 1.44.5, model `sts` 2011-06-15).
//!
//! CloudTrail calls `AssumeRole` and its kin read-only, which they are not for us: the table decides
//! (IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail").

use super::ActsOn::{AssumedRole, Caller, TargetRootUser};
use super::{Row, Service, Watched, row};
use crate::effect::read::NOTHING;
use crate::kind::Kind::Session;

/// Its events are of the region of the endpoint.
pub(super) const STS: Service = Service {
    source: "sts.amazonaws.com",
    event_bridge: "aws.sts",
    title: "STS",
    watched: Watched::Part,
    rows: ROWS,
};

const SHAPED: &str = "the session has tags or session policies";

const ROWS: &[Row] = &[
    row("AssumeRole", AssumedRole, Session, NOTHING).only_if(SHAPED, SHAPING),
    row("AssumeRoleWithSAML", AssumedRole, Session, NOTHING).only_if(SHAPED, SHAPING),
    row("AssumeRoleWithWebIdentity", AssumedRole, Session, NOTHING).only_if(SHAPED, SHAPING),
    row("AssumeRoot", TargetRootUser, Session, NOTHING),
    row("GetFederationToken", Caller, Session, NOTHING).only_if(SHAPED, SHAPING),
    row("GetSessionToken", Caller, Session, NOTHING).only_if("an MFA device was used", &["serialNumber"]),
];

/// What alters a session's permissions. Of SAML and web identity sessions the tags come in the
/// assertion, and are logged as `principalTags`.
const SHAPING: &[&str] = &["policy", "policyArns", "tags", "principalTags", "transitiveTagKeys"];
