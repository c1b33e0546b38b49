//! A small organization: root, two OUs, a management account and two members.

use stanchion_inventory::Inventory;

pub(crate) const MANAGEMENT: &str = "999988887777";
pub(crate) const MEMBER: &str = "111122223333";
pub(crate) const SANDBOX: &str = "444455556666";

pub(crate) const ORGANIZATION: &str = r#"{
  "Organization": {"Id": "o-example", "MasterAccountId": "999988887777", "FeatureSet": "ALL"},
  "Roots": [{"Id": "r-ab12", "Name": "Root",
             "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
  "OrganizationalUnits": [
    {"Id": "ou-ab12-workloads", "Name": "Workloads", "ParentId": "r-ab12"},
    {"Id": "ou-ab12-prod", "Name": "Prod", "ParentId": "ou-ab12-workloads"}],
  "Accounts": [
    {"Id": "999988887777", "Name": "management", "Status": "ACTIVE", "ParentId": "r-ab12"},
    {"Id": "111122223333", "Name": "prod", "Status": "ACTIVE", "ParentId": "ou-ab12-prod"},
    {"Id": "444455556666", "Name": "sandbox", "Status": "ACTIVE", "ParentId": "r-ab12"}],
  "Policies": [
    {"PolicySummary": {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess",
                       "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": true},
     "TargetIds": ["r-ab12", "ou-ab12-workloads", "ou-ab12-prod", "111122223333", "444455556666",
                   "999988887777"]},
    {"PolicySummary": {"Id": "p-noleave01", "Name": "NoLeave", "Type": "SERVICE_CONTROL_POLICY"},
     "Content": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"organizations:LeaveOrganization\",\"Resource\":\"*\"}]}",
     "TargetIds": ["ou-ab12-workloads"]},
    {"PolicySummary": {"Id": "p-tags0001", "Name": "Tags", "Type": "TAG_POLICY"},
     "Content": {"tags": {}}, "TargetIds": ["r-ab12"]}]
}"#;

pub(crate) const DETAILS: &str = r#"{
  "UserDetailList": [
    {"UserName": "ana", "UserId": "AIDAEXAMPLEANA", "Path": "/staff/",
     "Arn": "arn:aws:iam::111122223333:user/staff/ana", "GroupList": ["admins"],
     "AttachedManagedPolicies": [{"PolicyName": "Own", "PolicyArn": "arn:aws:iam::111122223333:policy/Own"}],
     "UserPolicyList": [{"PolicyName": "notes", "PolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D"}],
     "Tags": [{"Key": "team", "Value": "atlas"}, {"Key": "cost", "Value": "7"}]},
    {"UserName": "ben", "UserId": "AIDAEXAMPLEBEN", "Path": "/",
     "Arn": "arn:aws:iam::111122223333:user/ben", "GroupList": [],
     "PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
       "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/Own"}}],
  "GroupDetailList": [
    {"GroupName": "admins", "GroupId": "AGPAEXAMPLE", "Path": "/",
     "Arn": "arn:aws:iam::111122223333:group/admins",
     "AttachedManagedPolicies": [{"PolicyName": "View", "PolicyArn": "arn:aws:iam::aws:policy/View"}],
     "GroupPolicyList": [{"PolicyName": "extra", "PolicyDocument": {"Statement": []}}]}],
  "RoleDetailList": [
    {"RoleName": "Deploy", "RoleId": "AROAEXAMPLEDEPLOY", "Path": "/ci/prod/",
     "Arn": "arn:aws:iam::111122223333:role/ci/prod/Deploy", "RolePolicyList": [],
     "AttachedManagedPolicies": [{"PolicyName": "View", "PolicyArn": "arn:aws:iam::aws:policy/View"}],
     "InstanceProfileList": [{"InstanceProfileName": "deploy"}],
     "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
       "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}},
    {"RoleName": "AWSServiceRoleForSupport", "RoleId": "AROAEXAMPLESLR",
     "Path": "/aws-service-role/support.amazonaws.com/",
     "Arn": "arn:aws:iam::111122223333:role/aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport"}],
  "Policies": [
    {"PolicyName": "Own", "PolicyId": "ANPAEXAMPLEOWN", "Arn": "arn:aws:iam::111122223333:policy/Own",
     "DefaultVersionId": "v2", "PolicyVersionList": [
       {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": []}},
       {"VersionId": "v1", "IsDefaultVersion": false, "Document": {"Statement": [
         {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}]},
    {"PolicyName": "View", "PolicyId": "ANPAEXAMPLEVIEW", "Arn": "arn:aws:iam::aws:policy/View",
     "DefaultVersionId": "v1", "PolicyVersionList": [
       {"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": []}}]}],
  "IsTruncated": false
}"#;

pub(crate) const EMPTY: &str =
    r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

/// The organization, with details of all three accounts.
pub(crate) fn organization() -> Inventory {
    let accounts = [(MEMBER, DETAILS), (SANDBOX, EMPTY), (MANAGEMENT, EMPTY)];
    Inventory::from_parts(Some(ORGANIZATION), &accounts).expect("the fixture is an inventory")
}
