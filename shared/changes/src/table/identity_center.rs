//! Identity Center: every operation that is not read-only (botocore 1.44.5, model `sso-admin`
//! 2020-07-20), the writes that only the console makes (Service Authorization Reference and Identity
//! Center User Guide, "IAM Identity Center information in CloudTrail"), and those of the access portal.
//!
//! What is written to a permission set reaches its roles when the set is provisioned; IAM then logs
//! events of its own in each account.

use super::ActsOn::{IdentityCenter, PermissionSet, PermissionSetInAccount};
use super::{Row, Service, Watched, idle, row};
use crate::effect::read::identity_center::*;
use crate::effect::read::{NOTHING, unknown};
use crate::kind::Kind::{Assignment, None as NoKind, PendingUntilProvision, Permission, Tag, Trust, Unknown};

/// Its events are of the region of the Identity Center instance.
pub(super) const IDENTITY_CENTER: Service = Service {
    source: "sso.amazonaws.com",
    event_bridge: "aws.sso",
    title: "Identity Center",
    watched: Watched::Whole,
    rows: ROWS,
};

const PORTAL: &str = "of the access portal";
const APPLICATION: &str = "applications, not accounts";
const OLD: &str = "of the console; its permission set is not told by ARN";
const SOURCE: &str = "who the users are";

const ROWS: &[Row] = &[
    idle("AddRegion"),
    row("AssociateDirectory", IdentityCenter, Trust, NOTHING).note(SOURCE),
    row("AssociateProfile", IdentityCenter, Assignment, unknown("who may become whom is not told")).note(OLD),
    row(
        "AttachCustomerManagedPolicyReferenceToPermissionSet",
        PermissionSet,
        PendingUntilProvision,
        ATTACH_OWN,
    ),
    row("AttachManagedPolicyToPermissionSet", PermissionSet, PendingUntilProvision, ATTACH),
    idle("Authenticate").note(PORTAL),
    idle("BatchDeleteSession").note(PORTAL),
    row("CreateAccountAssignment", PermissionSetInAccount, Assignment, ASSIGN)
        .note("it goes on in the background; IAM logs the role's events"),
    idle("CreateApplication").note(APPLICATION),
    idle("CreateApplicationAssignment").note(APPLICATION),
    idle("CreateApplicationInstance").note(APPLICATION),
    idle("CreateApplicationInstanceCertificate").note(APPLICATION),
    idle("CreateInstance"),
    row("CreateInstanceAccessControlAttributeConfiguration", IdentityCenter, Tag, SET_ATTRIBUTES)
        .note("which attributes are session tags"),
    idle("CreateManagedApplicationInstance").note(APPLICATION),
    row("CreatePermissionSet", PermissionSet, NoKind, CREATE).note("assigned to nobody yet"),
    idle("CreateProfile").note(OLD),
    idle("CreateToken").note(PORTAL),
    row("CreateTrust", IdentityCenter, Trust, NOTHING),
    idle("CreateTrustedTokenIssuer").note(APPLICATION),
    row("DeleteAccountAssignment", PermissionSetInAccount, Assignment, UNASSIGN)
        .note("it goes on in the background; IAM logs the role's events"),
    idle("DeleteApplication").note(APPLICATION),
    idle("DeleteApplicationAccessScope").note(APPLICATION),
    idle("DeleteApplicationAssignment").note(APPLICATION),
    idle("DeleteApplicationAuthenticationMethod").note(APPLICATION),
    idle("DeleteApplicationGrant").note(APPLICATION),
    idle("DeleteApplicationInstance").note(APPLICATION),
    idle("DeleteApplicationInstanceCertificate").note(APPLICATION),
    row("DeleteInlinePolicyFromPermissionSet", PermissionSet, PendingUntilProvision, REMOVE_INLINE),
    row("DeleteInstance", IdentityCenter, Assignment, unknown("all of Identity Center goes")),
    row("DeleteInstanceAccessControlAttributeConfiguration", IdentityCenter, Tag, REMOVE_ATTRIBUTES)
        .note("which attributes are session tags"),
    idle("DeleteManagedApplicationInstance").note(APPLICATION),
    row("DeletePermissionSet", PermissionSet, NoKind, DELETE).note("AWS refuses it while it is assigned"),
    row("DeletePermissionsBoundaryFromPermissionSet", PermissionSet, PendingUntilProvision, REMOVE_BOUNDARY),
    row(
        "DeletePermissionsPolicy",
        IdentityCenter,
        PendingUntilProvision,
        unknown("the permission set is not told"),
    )
    .note(OLD),
    row("DeleteProfile", IdentityCenter, Assignment, unknown("who may become whom is not told")).note(OLD),
    idle("DeleteTrustedTokenIssuer").note(APPLICATION),
    row(
        "DetachCustomerManagedPolicyReferenceFromPermissionSet",
        PermissionSet,
        PendingUntilProvision,
        DETACH_OWN,
    ),
    row("DetachManagedPolicyFromPermissionSet", PermissionSet, PendingUntilProvision, DETACH),
    row("DisableExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING).note(SOURCE),
    row("DisassociateDirectory", IdentityCenter, Trust, NOTHING).note(SOURCE),
    row("DisassociateProfile", IdentityCenter, Assignment, unknown("who may become whom is not told"))
        .note(OLD),
    row("EnableExternalIdPConfigurationForDirectory", IdentityCenter, Trust, NOTHING).note(SOURCE),
    idle("Federate").note(PORTAL),
    idle("ImportApplicationInstanceServiceProviderMetadata").note(APPLICATION),
    idle("Logout").note(PORTAL),
    row("ProvisionPermissionSet", PermissionSetInAccount, Permission, PROVISION)
        .note("it goes on in the background; IAM logs the roles' events"),
    idle("PutApplicationAccessScope").note(APPLICATION),
    idle("PutApplicationAssignmentConfiguration").note(APPLICATION),
    idle("PutApplicationAuthenticationMethod").note(APPLICATION),
    idle("PutApplicationGrant").note(APPLICATION),
    idle("PutApplicationSessionConfiguration").note(APPLICATION),
    row("PutInlinePolicyToPermissionSet", PermissionSet, PendingUntilProvision, SET_INLINE),
    idle("PutMfaDeviceManagementForDirectory"),
    row("PutPermissionsBoundaryToPermissionSet", PermissionSet, PendingUntilProvision, SET_BOUNDARY),
    row(
        "PutPermissionsPolicy",
        IdentityCenter,
        PendingUntilProvision,
        unknown("the permission set is not told"),
    )
    .note(OLD),
    idle("RegisterClient").note(PORTAL),
    idle("RemoveRegion"),
    idle("StartDeviceAuthorization").note(PORTAL),
    idle("StartSSO"),
    idle("TagResource"),
    idle("UntagResource"),
    idle("UpdateApplication").note(APPLICATION),
    idle("UpdateApplicationInstanceActiveCertificate").note(APPLICATION),
    idle("UpdateApplicationInstanceDisplayData").note(APPLICATION),
    idle("UpdateApplicationInstanceResponseConfiguration").note(APPLICATION),
    idle("UpdateApplicationInstanceResponseSchemaConfiguration").note(APPLICATION),
    idle("UpdateApplicationInstanceSecurityConfiguration").note(APPLICATION),
    idle("UpdateApplicationInstanceServiceProviderConfiguration").note(APPLICATION),
    idle("UpdateApplicationInstanceStatus").note(APPLICATION),
    row("UpdateDirectoryAssociation", IdentityCenter, Trust, NOTHING).note(SOURCE),
    idle("UpdateInstance"),
    row("UpdateInstanceAccessControlAttributeConfiguration", IdentityCenter, Tag, SET_ATTRIBUTES)
        .note("which attributes are session tags"),
    idle("UpdateManagedApplicationInstanceStatus").note(APPLICATION),
    idle("UpdatePermissionSet").note("session length and description only"),
    row("UpdateProfile", IdentityCenter, Unknown, unknown("what of the profile changed is not told"))
        .note(OLD),
    row("UpdateSSOConfiguration", IdentityCenter, Unknown, NOTHING).note(OLD),
    row("UpdateTrust", IdentityCenter, Trust, NOTHING),
    idle("UpdateTrustedTokenIssuer").note(APPLICATION),
];
