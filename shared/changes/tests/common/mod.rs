//! A small organization: a management account, a production and a sandbox account, with two
//! permission sets of Identity Center.

use stanchion_inventory::Inventory;

pub(crate) const PROD: &str = "111122223333";

pub(crate) const ORGANIZATION: &str = r#"{
  "Organization": {"Id": "o-exampleorg1", "MasterAccountId": "999988887777"},
  "Roots": [{"Id": "r-ab12", "Name": "Root",
             "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
  "OrganizationalUnits": [
    {"Id": "ou-ab12-workloads", "Name": "Workloads", "ParentId": "r-ab12"},
    {"Id": "ou-ab12-prod00001", "Name": "Prod", "ParentId": "ou-ab12-workloads"}],
  "Accounts": [
    {"Id": "999988887777", "Name": "management", "Status": "ACTIVE", "ParentId": "r-ab12"},
    {"Id": "111122223333", "Name": "prod", "Status": "ACTIVE", "ParentId": "ou-ab12-prod00001"},
    {"Id": "444455556666", "Name": "sandbox", "Status": "ACTIVE", "ParentId": "r-ab12"}],
  "Policies": [
    {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"},
     "TargetIds": ["r-ab12", "ou-ab12-workloads", "ou-ab12-prod00001", "111122223333", "444455556666"]},
    {"PolicySummary": {"Id": "p-noleave01", "Name": "NoLeave", "Type": "SERVICE_CONTROL_POLICY"},
     "Content": {"Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]},
     "TargetIds": ["ou-ab12-workloads"]},
    {"PolicySummary": {"Id": "p-backup001", "Name": "Backup", "Type": "BACKUP_POLICY"},
     "Content": {}, "TargetIds": []}]
}"#;

pub(crate) const DETAILS: &str = r#"{
  "UserDetailList": [
    {"UserName": "ana", "UserId": "AIDAEXAMPLEANA0000001", "Path": "/staff/",
     "Arn": "arn:aws:iam::111122223333:user/staff/ana", "GroupList": ["admins"],
     "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/Own"}]},
    {"UserName": "ben", "UserId": "AIDAEXAMPLEBEN0000001", "Path": "/",
     "Arn": "arn:aws:iam::111122223333:user/ben", "GroupList": [],
     "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/Own"}}],
  "GroupDetailList": [
    {"GroupName": "admins", "Arn": "arn:aws:iam::111122223333:group/admins", "Path": "/",
     "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}],
  "RoleDetailList": [
    {"RoleName": "Deploy", "RoleId": "AROAEXAMPLEDEPLOY0001", "Path": "/ci/",
     "Arn": "arn:aws:iam::111122223333:role/ci/Deploy",
     "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
       "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example.com"}}]}},
    {"RoleName": "Staff", "RoleId": "AROAEXAMPLESTAFF00001", "Path": "/",
     "Arn": "arn:aws:iam::111122223333:role/Staff",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
       "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/Corporate"}}]}},
    {"RoleName": "AWSServiceRoleForSupport", "RoleId": "AROAEXAMPLESUPPORT001",
     "Path": "/aws-service-role/support.amazonaws.com/",
     "Arn": "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"Service": "support.amazonaws.com"}}]}},
    {"RoleName": "Workload", "RoleId": "AROAEXAMPLEWORKLOAD01", "Path": "/onprem/",
     "Arn": "arn:aws:iam::111122223333:role/onprem/Workload",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"Service": "rolesanywhere.amazonaws.com"}}]}},
    {"RoleName": "PartnerCentralRoleForCloudAdmin-1234", "RoleId": "AROAEXAMPLEPARTNER001", "Path": "/",
     "Arn": "arn:aws:iam::111122223333:role/PartnerCentralRoleForCloudAdmin-1234",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
       "Principal": {"Service": "partnercentral-account-management.amazonaws.com"}}]}},
    {"RoleName": "AWSReservedSSO_Operators_0123456789abcdef", "RoleId": "AROAEXAMPLEOPERATE001",
     "Path": "/aws-reserved/sso.amazonaws.com/eu-west-1/",
     "Arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef",
     "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
       "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/AWSSSO_aa11bb22cc33dd44_DO_NOT_DELETE"}}]}},
    {"RoleName": "AWSReservedSSO_Readers_fedcba9876543210", "RoleId": "AROAEXAMPLEREADERS001",
     "Path": "/aws-reserved/sso.amazonaws.com/eu-west-1/",
     "Arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Readers_fedcba9876543210",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
       "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/AWSSSO_aa11bb22cc33dd44_DO_NOT_DELETE"}}]}}],
  "Policies": [
    {"PolicyName": "Own", "Arn": "arn:aws:iam::111122223333:policy/Own", "DefaultVersionId": "v2",
     "PolicyVersionList": [
       {"VersionId": "v2", "Document": {"Statement": []}},
       {"VersionId": "v1", "Document": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}]},
    {"PolicyName": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
     "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "Document": {"Statement": []}}]}]
}"#;

const SANDBOX_DETAILS: &str = r#"{
  "UserDetailList": [], "GroupDetailList": [], "Policies": [],
  "RoleDetailList": [
    {"RoleName": "AWSReservedSSO_Operators_00112233445566aa", "RoleId": "AROAEXAMPLEOPERATE002",
     "Path": "/aws-reserved/sso.amazonaws.com/eu-west-1/",
     "Arn": "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_00112233445566aa",
     "AssumeRolePolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithSAML",
       "Principal": {"Federated": "arn:aws:iam::444455556666:saml-provider/AWSSSO_aa11bb22cc33dd44_DO_NOT_DELETE"}}]}}]
}"#;

const IDENTITY_CENTER: &str = r#"{
  "Instances": [{"InstanceArn": "arn:aws:sso:::instance/ssoins-6804a1b2c3d4e5f6", "IdentityStoreId": "d-9367a1b2c3"}],
  "PermissionSets": [
    {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb", "Name": "Operators",
     "ManagedPolicies": [{"Name": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
     "CustomerManagedPolicyReferences": [{"Name": "Own", "Path": "/"}], "InlinePolicy": "",
     "PermissionsBoundary": null, "ProvisionedAccounts": ["111122223333", "444455556666"]},
    {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-3333cccc4444dddd", "Name": "Readers",
     "ManagedPolicies": [], "CustomerManagedPolicyReferences": [], "InlinePolicy": "",
     "PermissionsBoundary": null, "ProvisionedAccounts": ["111122223333"]}],
  "AccountAssignments": [
    {"AccountId": "111122223333", "PrincipalType": "GROUP", "PrincipalId": "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e",
     "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb"},
    {"AccountId": "444455556666", "PrincipalType": "GROUP", "PrincipalId": "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e",
     "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-1111aaaa2222bbbb"},
    {"AccountId": "111122223333", "PrincipalType": "USER", "PrincipalId": "c2e5f4a4-2071-7011-8d35-1f2e3d4c5b6a",
     "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-3333cccc4444dddd"}],
  "Groups": [{"GroupId": "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e", "DisplayName": "operators"}],
  "GroupMemberships": [
    {"MembershipId": "e2d5c4b4-4091-7033-af57-3b4c5d6e7f8a", "GroupId": "b2f5e4d4-10a1-70c8-2c53-6d7a8b9c0d1e",
     "MemberId": {"UserId": "c2e5f4a4-2071-7011-8d35-1f2e3d4c5b6a"}}],
  "InstanceAccessControlAttributeConfiguration": null
}"#;

const EMPTY: &str = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

/// The organization, with details of all three accounts.
pub(crate) fn organization() -> Inventory {
    without_identity_center().with_identity_center(IDENTITY_CENTER).expect("the fixture is Identity Center")
}

/// The same, with nothing known of Identity Center but the roles that it made.
pub(crate) fn without_identity_center() -> Inventory {
    let accounts = [(PROD, DETAILS), ("444455556666", SANDBOX_DETAILS), ("999988887777", EMPTY)];
    Inventory::from_parts(Some(ORGANIZATION), &accounts).expect("the fixture is an inventory")
}
