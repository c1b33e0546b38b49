//! Organizations: every operation that is not read-only (botocore 1.44.5, model `organizations`
//! 2016-11-28), and its service events.

use super::ActsOn::*;
use super::{Row, Service, Watched, idle, row};
use crate::effect::read::organizations::*;
use crate::effect::read::{NOTHING, unknown};
use crate::kind::Kind::{Delegation, Guardrail, None as NoKind, Tag};

/// Organizations is global: its events are of us-east-1, in the management account's log.
pub(super) const ORGANIZATIONS: Service = Service {
    source: "organizations.amazonaws.com",
    event_bridge: "aws.organizations",
    title: "Organizations",
    watched: Watched::Whole,
    rows: ROWS,
};

const ROWS: &[Row] = &[
    row("AcceptHandshake", Handshake, Guardrail, ACCEPT_HANDSHAKE),
    row("AttachPolicy", PolicyTarget, Guardrail, ATTACH),
    idle("CancelHandshake"),
    row("CloseAccount", NamedAccount, Guardrail, CLOSE_ACCOUNT),
    row("CloseAccountResult", ServiceEventAccount, Guardrail, ACCOUNT_CLOSED),
    row("CreateAccount", NewAccount, Guardrail, NOTHING).note("`CreateAccountResult` names the account"),
    row("CreateAccountResult", ServiceEventAccount, Guardrail, ADD_ACCOUNT),
    row("CreateGovCloudAccount", NewAccount, Guardrail, NOTHING)
        .note("`CreateAccountResult` names the account"),
    row("CreateOrganization", Organization, Guardrail, unknown("the organization itself changes")),
    row("CreateOrganizationalUnit", Nothing, NoKind, CREATE_UNIT).note("no account is in it yet"),
    row("CreatePolicy", OrganizationPolicy, NoKind, CREATE_POLICY).note("attached to nothing yet"),
    idle("DeclineHandshake"),
    row("DeleteOrganization", Organization, Guardrail, unknown("the organization itself changes")),
    row("DeleteOrganizationalUnit", Nothing, NoKind, DELETE_UNIT)
        .note("Organizations refuses it while it is not empty"),
    row("DeletePolicy", OrganizationPolicy, NoKind, DELETE_POLICY)
        .note("Organizations refuses it while it is attached"),
    row("DeleteResourcePolicy", Organization, Delegation, NOTHING),
    row("DeregisterDelegatedAdministrator", NamedAccount, Delegation, NOTHING),
    row("DetachPolicy", PolicyTarget, Guardrail, DETACH),
    row("DisableAWSServiceAccess", Organization, Delegation, NOTHING),
    row("DisablePolicyType", OrganizationRoot, Guardrail, DISABLE_TYPE)
        .note("all policies of the type are detached"),
    idle("EffectivePolicyValidation"),
    row("EnableAWSServiceAccess", Organization, Delegation, NOTHING),
    row("EnableAllFeatures", Organization, Guardrail, unknown("the organization itself changes")),
    row("EnablePolicyType", OrganizationRoot, Guardrail, ENABLE_TYPE),
    idle("InviteAccountToOrganization"),
    idle("InviteOrganizationToTransferResponsibility"),
    row("LeaveOrganization", CallingAccount, Guardrail, LEAVE).note("it has no parameters"),
    row("MoveAccount", NamedAccount, Guardrail, MOVE_ACCOUNT),
    row("PutResourcePolicy", Organization, Delegation, NOTHING).note("CloudTrail hides the policy"),
    row("RegisterDelegatedAdministrator", NamedAccount, Delegation, NOTHING),
    row("RemoveAccountFromOrganization", NamedAccount, Guardrail, REMOVE_ACCOUNT),
    row("TagResource", OrganizationResource, Tag, TAG),
    idle("TerminateResponsibilityTransfer"),
    row("UntagResource", OrganizationResource, Tag, UNTAG),
    row("UpdateOrganizationalUnit", Nothing, NoKind, RENAME_UNIT),
    row("UpdatePolicy", OrganizationPolicy, Guardrail, UPDATE_POLICY),
    idle("UpdateResponsibilityTransfer"),
];
