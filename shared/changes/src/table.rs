//! The table of events: what each operation acts on, and what kind of change it is.
//!
//! Every operation of the two services that is not read-only is here (botocore's models of
//! `iam` 2010-05-08 and `organizations` 2016-11-28), and the service events of Organizations that
//! are no operations. A name that is missing is an unknown event, and is reported.

use crate::kind::Kind;
use crate::kind::Kind::{
    Boundary, Credential, Delegation, Guardrail, None as NoKind, Permission, Rename, RootAccess, Tag, Trust,
    Unknown,
};

use ActsOn::*;

/// The service name of IAM in CloudTrail.
pub const IAM: &str = "iam.amazonaws.com";
/// The service name of Organizations in CloudTrail.
pub const ORGANIZATIONS: &str = "organizations.amazonaws.com";

/// One event that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// `eventSource`.
    pub source: &'static str,
    /// `eventName`.
    pub name: &'static str,
    /// What it acts on, which says how to find who is affected.
    pub acts_on: ActsOn,
    /// What kind of change it is; [`Kind::None`]: it changes no permission.
    pub kind: Kind,
}

/// What an event acts on, and where the event names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActsOn {
    /// The user in `userName`.
    User,
    /// The user in `userName`, or without it the caller itself.
    UserOrSelf,
    /// The group in `groupName`.
    Group,
    /// The role in `roleName`.
    Role,
    /// The role in `responseElements.role`.
    NewRole,
    /// The managed policy in `policyArn`.
    ManagedPolicy,
    /// A managed policy as a resource: its tags say who may edit it.
    ManagedPolicyTags,
    /// The SAML provider in `sAMLProviderArn`, or called `name`.
    SamlProvider,
    /// The OpenID Connect provider in `openIDConnectProviderArn`, or at `url`.
    OidcProvider,
    /// The account whose log has the event.
    ThisAccount,
    /// The account in `accountId`.
    NamedAccount,
    /// The account that called.
    CallingAccount,
    /// An account that is being created.
    NewAccount,
    /// The account that a service event is about.
    ServiceEventAccount,
    /// The parties of a handshake.
    Handshake,
    /// The root, OU or account in `targetId`.
    PolicyTarget,
    /// The root in `rootId`.
    OrganizationRoot,
    /// The organization's policy in `policyId`.
    OrganizationPolicy,
    /// The root, OU, account or policy in `resourceId`.
    OrganizationResource,
    /// Every member account.
    Organization,
    /// The root user of every member account.
    MemberRootUsers,
    /// Nothing that a principal's permissions depend on.
    Nothing,
}

/// The known event of this source and name.
pub fn find(source: &str, name: &str) -> Option<&'static Row> {
    TABLE
        .binary_search_by(|row| (row.source, row.name).cmp(&(source, name)))
        .ok()
        .and_then(|index| TABLE.get(index))
}

/// The `source` that EventBridge gives events of a watched service; `None`: it is not watched.
pub fn event_bridge_source(event_source: &str) -> Option<&'static str> {
    match event_source {
        IAM => Some("aws.iam"),
        ORGANIZATIONS => Some("aws.organizations"),
        _ => None,
    }
}

const fn iam(name: &'static str, acts_on: ActsOn, kind: Kind) -> Row {
    Row { source: IAM, name, acts_on, kind }
}

const fn org(name: &'static str, acts_on: ActsOn, kind: Kind) -> Row {
    Row { source: ORGANIZATIONS, name, acts_on, kind }
}

/// Every known event, sorted by source and name.
pub const TABLE: &[Row] = &[
    iam("AcceptDelegationRequest", ThisAccount, Delegation),
    iam("AcquireRole", NewRole, Unknown),
    iam("AddClientIDToOpenIDConnectProvider", OidcProvider, Trust),
    iam("AddRoleToInstanceProfile", Role, Permission),
    iam("AddUserToGroup", User, Permission),
    iam("AssociateDelegationRequest", Nothing, NoKind),
    iam("AttachGroupPolicy", Group, Permission),
    iam("AttachRolePolicy", Role, Permission),
    iam("AttachUserPolicy", User, Permission),
    iam("ChangePassword", UserOrSelf, Credential),
    iam("CreateAccessKey", UserOrSelf, Credential),
    iam("CreateAccountAlias", Nothing, NoKind),
    iam("CreateDelegationRequest", Nothing, NoKind),
    iam("CreateGroup", Group, NoKind),
    iam("CreateInstanceProfile", Nothing, NoKind),
    iam("CreateLoginProfile", UserOrSelf, Credential),
    iam("CreateOpenIDConnectProvider", OidcProvider, Trust),
    iam("CreatePolicy", ManagedPolicy, NoKind),
    iam("CreatePolicyVersion", ManagedPolicy, Permission),
    iam("CreateRole", Role, Permission),
    iam("CreateSAMLProvider", SamlProvider, Trust),
    iam("CreateServiceLinkedRole", NewRole, Permission),
    iam("CreateServiceSpecificCredential", UserOrSelf, Credential),
    iam("CreateUser", User, Permission),
    iam("CreateVirtualMFADevice", Nothing, NoKind),
    iam("DeactivateMFADevice", UserOrSelf, Credential),
    iam("DeleteAccessKey", UserOrSelf, Credential),
    iam("DeleteAccountAlias", Nothing, NoKind),
    iam("DeleteAccountPasswordPolicy", Nothing, NoKind),
    iam("DeleteGroup", Group, NoKind),
    iam("DeleteGroupPolicy", Group, Permission),
    iam("DeleteInstanceProfile", Nothing, NoKind),
    iam("DeleteLoginProfile", UserOrSelf, Credential),
    iam("DeleteOpenIDConnectProvider", OidcProvider, Trust),
    iam("DeletePolicy", ManagedPolicy, NoKind),
    iam("DeletePolicyVersion", ManagedPolicy, NoKind),
    iam("DeleteRole", Role, Permission),
    iam("DeleteRolePermissionsBoundary", Role, Boundary),
    iam("DeleteRolePolicy", Role, Permission),
    iam("DeleteSAMLProvider", SamlProvider, Trust),
    iam("DeleteSSHPublicKey", UserOrSelf, Credential),
    iam("DeleteServerCertificate", Nothing, NoKind),
    iam("DeleteServiceLinkedRole", Role, Permission),
    iam("DeleteServiceSpecificCredential", UserOrSelf, Credential),
    iam("DeleteSigningCertificate", UserOrSelf, Credential),
    iam("DeleteUser", User, Permission),
    iam("DeleteUserPermissionsBoundary", User, Boundary),
    iam("DeleteUserPolicy", User, Permission),
    iam("DeleteVirtualMFADevice", Nothing, NoKind),
    iam("DetachGroupPolicy", Group, Permission),
    iam("DetachRolePolicy", Role, Permission),
    iam("DetachUserPolicy", User, Permission),
    iam("DisableOrganizationsRootCredentialsManagement", MemberRootUsers, RootAccess),
    iam("DisableOrganizationsRootSessions", MemberRootUsers, RootAccess),
    iam("DisableOutboundWebIdentityFederation", ThisAccount, Trust),
    iam("EnableMFADevice", UserOrSelf, Credential),
    iam("EnableOrganizationsRootCredentialsManagement", MemberRootUsers, RootAccess),
    iam("EnableOrganizationsRootSessions", MemberRootUsers, RootAccess),
    iam("EnableOutboundWebIdentityFederation", ThisAccount, Trust),
    iam("GenerateCredentialReport", Nothing, NoKind),
    iam("GenerateOrganizationsAccessReport", Nothing, NoKind),
    iam("GenerateServiceLastAccessedDetails", Nothing, NoKind),
    iam("PutAccountProperties", ThisAccount, Unknown),
    iam("PutGroupPolicy", Group, Permission),
    iam("PutRolePermissionsBoundary", Role, Boundary),
    iam("PutRolePolicy", Role, Permission),
    iam("PutUserPermissionsBoundary", User, Boundary),
    iam("PutUserPolicy", User, Permission),
    iam("RejectDelegationRequest", Nothing, NoKind),
    iam("RemoveClientIDFromOpenIDConnectProvider", OidcProvider, Trust),
    iam("RemoveRoleFromInstanceProfile", Role, Permission),
    iam("RemoveUserFromGroup", User, Permission),
    iam("ResetServiceSpecificCredential", UserOrSelf, Credential),
    iam("ResyncMFADevice", UserOrSelf, Credential),
    iam("SendDelegationToken", ThisAccount, Delegation),
    iam("SetDefaultPolicyVersion", ManagedPolicy, Permission),
    iam("SetSecurityTokenServicePreferences", Nothing, NoKind),
    iam("TagInstanceProfile", Nothing, NoKind),
    iam("TagMFADevice", Nothing, NoKind),
    iam("TagOpenIDConnectProvider", OidcProvider, Tag),
    iam("TagPolicy", ManagedPolicyTags, Tag),
    iam("TagRole", Role, Tag),
    iam("TagSAMLProvider", SamlProvider, Tag),
    iam("TagServerCertificate", Nothing, NoKind),
    iam("TagUser", User, Tag),
    iam("UntagInstanceProfile", Nothing, NoKind),
    iam("UntagMFADevice", Nothing, NoKind),
    iam("UntagOpenIDConnectProvider", OidcProvider, Tag),
    iam("UntagPolicy", ManagedPolicyTags, Tag),
    iam("UntagRole", Role, Tag),
    iam("UntagSAMLProvider", SamlProvider, Tag),
    iam("UntagServerCertificate", Nothing, NoKind),
    iam("UntagUser", User, Tag),
    iam("UpdateAccessKey", UserOrSelf, Credential),
    iam("UpdateAccountPasswordPolicy", Nothing, NoKind),
    iam("UpdateAssumeRolePolicy", Role, Trust),
    iam("UpdateDelegationRequest", Nothing, NoKind),
    iam("UpdateGroup", Group, Rename),
    iam("UpdateLoginProfile", UserOrSelf, Credential),
    iam("UpdateOpenIDConnectProviderThumbprint", OidcProvider, Trust),
    iam("UpdateRole", Role, NoKind),
    iam("UpdateRoleDescription", Role, NoKind),
    iam("UpdateSAMLProvider", SamlProvider, Trust),
    iam("UpdateSSHPublicKey", UserOrSelf, Credential),
    iam("UpdateServerCertificate", Nothing, NoKind),
    iam("UpdateServiceSpecificCredential", UserOrSelf, Credential),
    iam("UpdateSigningCertificate", UserOrSelf, Credential),
    iam("UpdateUser", User, Rename),
    iam("UploadSSHPublicKey", UserOrSelf, Credential),
    iam("UploadServerCertificate", Nothing, NoKind),
    iam("UploadSigningCertificate", UserOrSelf, Credential),
    org("AcceptHandshake", Handshake, Guardrail),
    org("AttachPolicy", PolicyTarget, Guardrail),
    org("CancelHandshake", Nothing, NoKind),
    org("CloseAccount", NamedAccount, Guardrail),
    org("CloseAccountResult", ServiceEventAccount, Guardrail),
    org("CreateAccount", NewAccount, Guardrail),
    org("CreateAccountResult", ServiceEventAccount, Guardrail),
    org("CreateGovCloudAccount", NewAccount, Guardrail),
    org("CreateOrganization", Organization, Guardrail),
    org("CreateOrganizationalUnit", Nothing, NoKind),
    org("CreatePolicy", OrganizationPolicy, NoKind),
    org("DeclineHandshake", Nothing, NoKind),
    org("DeleteOrganization", Organization, Guardrail),
    org("DeleteOrganizationalUnit", Nothing, NoKind),
    org("DeletePolicy", OrganizationPolicy, NoKind),
    org("DeleteResourcePolicy", Organization, Delegation),
    org("DeregisterDelegatedAdministrator", NamedAccount, Delegation),
    org("DetachPolicy", PolicyTarget, Guardrail),
    org("DisableAWSServiceAccess", Organization, Delegation),
    org("DisablePolicyType", OrganizationRoot, Guardrail),
    org("EffectivePolicyValidation", Nothing, NoKind),
    org("EnableAWSServiceAccess", Organization, Delegation),
    org("EnableAllFeatures", Organization, Guardrail),
    org("EnablePolicyType", OrganizationRoot, Guardrail),
    org("InviteAccountToOrganization", Nothing, NoKind),
    org("InviteOrganizationToTransferResponsibility", Nothing, NoKind),
    org("LeaveOrganization", CallingAccount, Guardrail),
    org("MoveAccount", NamedAccount, Guardrail),
    org("PutResourcePolicy", Organization, Delegation),
    org("RegisterDelegatedAdministrator", NamedAccount, Delegation),
    org("RemoveAccountFromOrganization", NamedAccount, Guardrail),
    org("TagResource", OrganizationResource, Tag),
    org("TerminateResponsibilityTransfer", Nothing, NoKind),
    org("UntagResource", OrganizationResource, Tag),
    org("UpdateOrganizationalUnit", Nothing, NoKind),
    org("UpdatePolicy", OrganizationPolicy, Guardrail),
    org("UpdateResponsibilityTransfer", Nothing, NoKind),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// `find` is a binary search.
    #[test]
    fn the_table_is_sorted_and_names_no_event_twice() {
        assert!(TABLE.is_sorted_by(|a, b| (a.source, a.name) < (b.source, b.name)));
    }

    #[test]
    fn operations_whose_verbs_mislead_are_known() {
        for name in ["SetDefaultPolicyVersion", "AcceptDelegationRequest", "ChangePassword"] {
            assert!(find(IAM, name).is_some_and(|row| row.kind != Kind::None), "{name}");
        }
        assert_eq!(find(IAM, "MoveAccount"), None, "it is an operation of Organizations");
    }
}
