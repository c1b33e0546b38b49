//! A small organization: a management account, a production and a sandbox account.

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
       "Principal": {"Service": "support.amazonaws.com"}}]}}],
  "Policies": [
    {"PolicyName": "Own", "Arn": "arn:aws:iam::111122223333:policy/Own", "DefaultVersionId": "v2",
     "PolicyVersionList": [
       {"VersionId": "v2", "Document": {"Statement": []}},
       {"VersionId": "v1", "Document": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}]},
    {"PolicyName": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
     "DefaultVersionId": "v1", "PolicyVersionList": [{"VersionId": "v1", "Document": {"Statement": []}}]}]
}"#;

const EMPTY: &str = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

/// The organization, with details of all three accounts.
pub(crate) fn organization() -> Inventory {
    let accounts = [(PROD, DETAILS), ("444455556666", EMPTY), ("999988887777", EMPTY)];
    Inventory::from_parts(Some(ORGANIZATION), &accounts).expect("the fixture is an inventory")
}
