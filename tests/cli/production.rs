//! A small organization for questions: every layer takes part in it somewhere.

use serde_json::{Value, json};

use crate::place::{Place, Ran};

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn role(account: &str, path: &str, name: &str, statements: Value, trust: Value) -> Value {
    json!({"RoleName": name, "RoleId": format!("AROAEXAMPLE{}", name.to_uppercase()), "Path": path,
        "Arn": format!("arn:aws:iam::{account}:role{path}{name}"),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": policy(statements)}],
        "AssumeRolePolicyDocument": policy(json!([
            {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}]))})
}

fn control(id: &str, name: &str, kind: &str, statements: Value, targets: &[&str]) -> Value {
    json!({"PolicySummary": {"Id": id, "Name": name, "Type": kind}, "Content": policy(statements),
        "TargetIds": targets})
}

/// Two accounts, one under `Production` and one under `Sandbox`.
pub(crate) fn place() -> Place {
    let boundary = "arn:aws:iam::111122223333:policy/Boundary";
    let lambda = json!({"Service": "lambda.amazonaws.com"});
    let mut deploy = role(
        "111122223333",
        "/ci/",
        "Deploy",
        json!([{"Sid": "Build", "Effect": "Allow", "Action": ["s3:*", "ec2:*", "dynamodb:*"], "Resource": "*"}]),
        lambda.clone(),
    );
    deploy["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary});
    let mut vague = role("111122223333", "/", "Vague", json!([]), lambda.clone());
    vague["AttachedManagedPolicies"] =
        json!([{"PolicyName": "Lost", "PolicyArn": "arn:aws:iam::111122223333:policy/Lost"}]);
    let own = role(
        "111122223333",
        "/",
        "Operator",
        json!([]),
        json!({"AWS": "arn:aws:iam::111122223333:user/ana"}),
    );
    let ana = json!({"UserName": "ana", "UserId": "AIDAEXAMPLEANA0000001", "Path": "/",
        "Arn": "arn:aws:iam::111122223333:user/ana", "Tags": [{"Key": "team", "Value": "a"}],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": policy(json!([
            {"Sid": "Docs", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::docs/*"},
            {"Sid": "People", "Effect": "Allow", "Action": "iam:*User", "Resource": "*",
                "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Sid": "Roles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
            {"Sid": "Queues", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
            {"Sid": "Keys", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]))}]});
    let production = json!({"UserDetailList": [ana], "GroupDetailList": [], "RoleDetailList": [deploy, vague, own],
        "Policies": [{"Arn": boundary, "PolicyName": "Boundary", "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "Document": policy(json!([
                {"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"}]))}]}]});
    let sandbox = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [
        role("444455556666", "/", "Tester", json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]), lambda),
        role("444455556666", "/", "Guest", json!([]), json!({"AWS": "arn:aws:iam::111122223333:root"}))]});
    let scp = "SERVICE_CONTROL_POLICY";
    let rcp = "RESOURCE_CONTROL_POLICY";
    let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let organization = json!({
        "Organization": {"Id": "o-example", "MasterAccountId": "999988887777"},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [
            {"Type": scp, "Status": "ENABLED"}, {"Type": rcp, "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": "ou-prod", "Name": "Production", "ParentId": "r-ab12"},
            {"Id": "ou-sand", "Name": "Sandbox", "ParentId": "r-ab12"}],
        "Accounts": [{"Id": "999988887777", "Name": "management", "ParentId": "r-ab12"},
            {"Id": "111122223333", "Name": "shop", "ParentId": "ou-prod"},
            {"Id": "444455556666", "Name": "play", "ParentId": "ou-sand"}],
        "Policies": [
            control("p-FullAWSAccess", "FullAWSAccess", scp, all,
                &["r-ab12", "ou-prod", "111122223333", "444455556666"]),
            control("p-s3only", "OnlyStorage", scp,
                json!([{"Effect": "Allow", "Action": ["s3:*", "sts:*"], "Resource": "*"}]), &["ou-sand"]),
            control("p-regions", "OurRegions", scp, json!([
                {"Sid": "Regions", "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "s3:*"], "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}},
                {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]), &["ou-prod"]),
            control("p-tls", "Encrypted", rcp, json!([{"Sid": "Tls", "Effect": "Deny", "Principal": "*",
                "Action": "s3:*", "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}]), &["r-ab12"])]});
    let place = Place::new(&production.to_string());
    place.write("inventory/accounts/444455556666.json", sandbox.to_string());
    place.write("inventory/organization.json", organization.to_string());
    place
}

/// `can` in that organization, at a fixed moment.
pub(crate) fn can(place: &Place, question: &[&str]) -> Ran {
    let options = ["--inventory", "inventory", "--at", "2026-03-09T09:00:00Z"];
    place.run(&[&["can"], question, &options].concat())
}
