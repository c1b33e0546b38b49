//! Partner Central's account management: what links partner users to IAM roles (AWS Partner Central
//! guide, "Logging account management calls"). It has no public API model.

use super::ActsOn::{PartnerRole, PartnerRoles};
use super::{Row, Service, Watched, row};
use crate::effect::read::NOTHING;
use crate::kind::Kind::{Assignment, Delegation};

/// Partner Central is global: its events are of us-east-1.
pub(super) const PARTNER_CENTRAL: Service = Service {
    source: "partnercentral-account-management.amazonaws.com",
    event_bridge: "aws.partnercentral-account-management",
    title: "Partner Central account management",
    watched: Watched::Whole,
    rows: ROWS,
};

const ROWS: &[Row] = &[
    row("AssociatePartnerAccount", PartnerRoles, Delegation, NOTHING).note("CloudTrail hides its parameters"),
    row("AssociatePartnerUser", PartnerRole, Assignment, NOTHING).note("a partner's user gains the role"),
    row("DisassociatePartnerUser", PartnerRole, Assignment, NOTHING).note("a partner's user loses the role"),
];
