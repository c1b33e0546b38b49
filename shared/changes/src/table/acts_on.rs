//! What an event acts on, and where the event names it.

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
    /// The account in `accountId`, or without it the one whose log has the event.
    NamedOrThisAccount,
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
    /// The permission set in `permissionSetArn`, in every account.
    PermissionSet,
    /// The permission set in `permissionSetArn`, in the account in `targetId` if there is one.
    PermissionSetInAccount,
    /// Every permission set.
    IdentityCenter,
    /// The group of the identity store in `groupId`, or of SCIM in `id`.
    DirectoryGroup,
    /// The user of the identity store in `userId`, or of SCIM in `id`.
    DirectoryUser,
    /// The membership in `membershipId`.
    Membership,
    /// The role in `roleArn`, in whatever account.
    AssumedRole,
    /// The user that called.
    Caller,
    /// The root user of the account in `targetPrincipal`.
    TargetRootUser,
    /// The roles of a profile of Roles Anywhere, in `roleArns` of the parameters or of the answer.
    ProfileRoles,
    /// Every role of the account that trusts Roles Anywhere.
    AnywhereRoles,
    /// The role in `iamRoleArn`.
    PartnerRole,
    /// The account's roles whose names begin with `PartnerCentralRoleFor`.
    PartnerRoles,
    /// A key, which may be given a policy or a grant.
    Key,
    /// A key, which is given a policy.
    KeyPolicy,
    /// A bucket, an access point, or all of an account's.
    Bucket,
    /// A bucket or access point, which is given a policy.
    BucketPolicy,
    /// Nothing that a principal's permissions depend on.
    Nothing,
}

impl ActsOn {
    /// In words that follow "acts on".
    pub fn words(self) -> &'static str {
        match self {
            Self::User => "user `userName`",
            Self::UserOrSelf => "user `userName`, or the caller",
            Self::Group => "group `groupName`, for its members",
            Self::Role => "role `roleName`",
            Self::NewRole => "the role of the answer",
            Self::ManagedPolicy => "policy `policyArn`, for all that have it",
            Self::ManagedPolicyTags | Self::ThisAccount => "the account",
            Self::SamlProvider | Self::OidcProvider => "the provider, for the roles that trust it",
            Self::NamedAccount => "account `accountId`",
            Self::NamedOrThisAccount => "account `accountId`, or the account",
            Self::CallingAccount => "the caller's account",
            Self::NewAccount => "an account to come",
            Self::ServiceEventAccount => "the account in `serviceEventDetails`",
            Self::Handshake => "the invited account, or the organization",
            Self::PolicyTarget => "root, OU or account `targetId`",
            Self::OrganizationRoot => "root `rootId`",
            Self::OrganizationPolicy => "policy `policyId`, wherever it is attached",
            Self::OrganizationResource => "root, OU, account or policy `resourceId`",
            Self::Organization => "every member account",
            Self::MemberRootUsers => "the root users of member accounts",
            Self::PermissionSet => "the roles of `permissionSetArn`",
            Self::PermissionSetInAccount => "the roles of `permissionSetArn` in account `targetId`",
            Self::IdentityCenter => "every `AWSReservedSSO_` role",
            Self::DirectoryGroup => "the roles assigned to the group",
            Self::DirectoryUser => "the roles assigned to the user",
            Self::Membership => "the roles assigned to the group of `membershipId`",
            Self::AssumedRole => "role `roleArn`",
            Self::Caller => "the calling user",
            Self::TargetRootUser => "the root user of `targetPrincipal`",
            Self::ProfileRoles => "the profile's roles",
            Self::AnywhereRoles => "the roles that trust `rolesanywhere.amazonaws.com`",
            Self::PartnerRole => "role `iamRoleArn`",
            Self::PartnerRoles => "the roles `PartnerCentralRoleFor*`",
            Self::Key | Self::KeyPolicy | Self::BucketPolicy => {
                "the account, and whom the policy or grant names"
            }
            Self::Bucket => "the account",
            Self::Nothing => "",
        }
    }
}
