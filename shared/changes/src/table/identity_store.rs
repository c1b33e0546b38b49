//! The identity store of Identity Center, in the three spellings of its events: the public API, the
//! console, and SCIM (Identity Center User Guide, "IAM Identity Center information in CloudTrail").

use super::ActsOn::{DirectoryGroup, DirectoryUser, IdentityCenter, Membership};
use super::{Service, Watched, idle, row};
use crate::effect::read::identity_store::*;
use crate::effect::read::{NOTHING, unknown};
use crate::kind::Kind::{Assignment, Tag, Trust};

/// Personas match by the names of groups.
const RENAMED: &str = "CloudTrail hides the group's name";
const ATTRIBUTES: &str = "attributes can be session tags";

/// The public API: every operation that is not read-only (botocore 1.44.5, model `identitystore`
/// 2020-06-15), and what else the Service Authorization Reference lists.
pub(super) const API: Service = Service {
    source: "identitystore.amazonaws.com",
    event_bridge: "aws.identitystore",
    title: "Identity Store",
    watched: Watched::Whole,
    rows: &[
        idle("AddRegion"),
        idle("CreateGroup").note("assigned to nothing yet"),
        row("CreateGroupMembership", DirectoryGroup, Assignment, JOIN),
        idle("CreateIdentityStore"),
        idle("CreateUser").note("in no group yet"),
        row("DeleteGroup", DirectoryGroup, Assignment, DELETE_GROUP),
        row("DeleteGroupMembership", Membership, Assignment, LEAVE).note("it names the membership only"),
        row("DeleteIdentityStore", IdentityCenter, Trust, unknown("all of the identity store goes")),
        row("DeleteUser", DirectoryUser, Assignment, DELETE_USER),
        idle("RemoveRegion"),
        idle("ReserveUser"),
        row("UpdateGroup", DirectoryGroup, Assignment, unknown(RENAMED)),
        idle("UpdateIdentityStore"),
        row("UpdateUser", DirectoryUser, Tag, NOTHING).note(ATTRIBUTES),
    ],
};

/// The console: every write of `sso-directory` in the Service Authorization Reference, and
/// `PutMfaDeviceManagementForDirectory` of the user guide.
pub(super) const CONSOLE: Service = Service {
    source: "sso-directory.amazonaws.com",
    event_bridge: "aws.sso-directory",
    title: "Identity Store, console",
    watched: Watched::Whole,
    rows: &[
        row("AddMemberToGroup", DirectoryGroup, Assignment, JOIN),
        idle("CompleteVirtualMfaDeviceRegistration"),
        idle("CompleteWebAuthnDeviceRegistration"),
        idle("CreateAlias"),
        idle("CreateBearerToken"),
        row("CreateExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING),
        idle("CreateGroup").note("assigned to nothing yet"),
        idle("CreateProvisioningTenant"),
        idle("CreateUser").note("in no group yet"),
        idle("DeleteBearerToken"),
        row("DeleteExternalIdPCertificate", IdentityCenter, Trust, NOTHING),
        row("DeleteExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING),
        row("DeleteGroup", DirectoryGroup, Assignment, DELETE_GROUP),
        idle("DeleteMfaDeviceForUser"),
        idle("DeleteProvisioningTenant"),
        row("DeleteUser", DirectoryUser, Assignment, DELETE_USER),
        row("DisableExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING),
        row("DisableUser", DirectoryUser, Assignment, NOTHING),
        row("EnableExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING),
        row("EnableUser", DirectoryUser, Assignment, NOTHING),
        row("ImportExternalIdPCertificate", IdentityCenter, Trust, NOTHING),
        idle("PutMfaDeviceManagementForDirectory"),
        row("RemoveMemberFromGroup", DirectoryGroup, Assignment, LEAVE),
        idle("StartVirtualMfaDeviceRegistration"),
        idle("StartWebAuthnDeviceRegistration"),
        row("UpdateExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING),
        row("UpdateGroup", DirectoryGroup, Assignment, unknown(RENAMED)),
        row("UpdateGroupDisplayName", DirectoryGroup, Assignment, unknown(RENAMED)),
        idle("UpdateMfaDeviceForUser"),
        idle("UpdatePassword"),
        row("UpdateUser", DirectoryUser, Tag, NOTHING).note(ATTRIBUTES),
        row("UpdateUserName", DirectoryUser, Tag, NOTHING).note(ATTRIBUTES),
        idle("VerifyEmail"),
    ],
};

/// SCIM, by which an external identity provider fills the store (Identity Center User Guide, "Logging
/// IAM Identity Center SCIM API calls"). CloudTrail hides most of what it carries.
pub(super) const SCIM: Service = Service {
    source: "identitystore-scim.amazonaws.com",
    event_bridge: "aws.identitystore-scim",
    title: "Identity Store, SCIM",
    watched: Watched::Whole,
    rows: &[
        row("AddMemberToGroup", DirectoryGroup, Assignment, JOIN),
        idle("CreateGroup").note("assigned to nothing yet"),
        idle("CreateUser").note("in no group yet"),
        row("DeleteGroup", DirectoryGroup, Assignment, DELETE_GROUP),
        row("DeleteUser", DirectoryUser, Assignment, DELETE_USER),
        row("PatchGroup", DirectoryGroup, Assignment, unknown("CloudTrail hides who joined or left")),
        row("PatchUser", DirectoryUser, Tag, NOTHING).note(ATTRIBUTES),
        row("PutUser", DirectoryUser, Tag, NOTHING).note(ATTRIBUTES),
        row("RemoveMemberFromGroup", DirectoryGroup, Assignment, LEAVE),
    ],
};
