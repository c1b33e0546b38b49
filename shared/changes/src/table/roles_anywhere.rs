//! IAM Roles Anywhere: every operation that is not read-only (botocore 1.44.5, model `rolesanywhere`
//! 2018-05-10). It gives sessions of roles to holders of certificates.

use super::ActsOn::{AnywhereRoles, ProfileRoles};
use super::{Row, Service, Watched, idle, row};
use crate::effect::read::NOTHING;
use crate::kind::Kind::Trust;

/// Its events are of the region of the trust anchor or profile.
pub(super) const ROLES_ANYWHERE: Service = Service {
    source: "rolesanywhere.amazonaws.com",
    event_bridge: "aws.rolesanywhere",
    title: "IAM Roles Anywhere",
    watched: Watched::Whole,
    rows: ROWS,
};

/// Why a revocation list matters.
const REVOKED: &str = "which certificates are accepted";

const ROWS: &[Row] = &[
    row("CreateProfile", ProfileRoles, Trust, NOTHING),
    row("CreateTrustAnchor", AnywhereRoles, Trust, NOTHING),
    row("DeleteAttributeMapping", ProfileRoles, Trust, NOTHING).note("session tags from certificates"),
    row("DeleteCrl", AnywhereRoles, Trust, NOTHING).note(REVOKED),
    row("DeleteProfile", ProfileRoles, Trust, NOTHING),
    row("DeleteTrustAnchor", AnywhereRoles, Trust, NOTHING),
    row("DisableCrl", AnywhereRoles, Trust, NOTHING).note(REVOKED),
    row("DisableProfile", ProfileRoles, Trust, NOTHING),
    row("DisableTrustAnchor", AnywhereRoles, Trust, NOTHING),
    row("EnableCrl", AnywhereRoles, Trust, NOTHING).note(REVOKED),
    row("EnableProfile", ProfileRoles, Trust, NOTHING),
    row("EnableTrustAnchor", AnywhereRoles, Trust, NOTHING),
    row("ImportCrl", AnywhereRoles, Trust, NOTHING).note(REVOKED),
    row("PutAttributeMapping", ProfileRoles, Trust, NOTHING).note("session tags from certificates"),
    idle("PutNotificationSettings"),
    idle("ResetNotificationSettings"),
    idle("TagResource"),
    idle("UntagResource"),
    row("UpdateCrl", AnywhereRoles, Trust, NOTHING).note(REVOKED),
    row("UpdateProfile", ProfileRoles, Trust, NOTHING)
        .note("which roles the profile had before is not in the event: every role that could be in it"),
    row("UpdateTrustAnchor", AnywhereRoles, Trust, NOTHING),
];
