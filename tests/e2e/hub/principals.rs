//! The demo's users, groups, roles and policies, by calls of AWS's API.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use crate::organization::{Names, demo};
use crate::world::{MANAGEMENT, Place};

/// What the ARNs of AWS's own policies begin with.
const AWS_POLICIES: &str = "arn:aws:iam::aws:policy";
/// How many roles have the policy `AppDelivery` besides those of the demo.
pub(crate) const WORKERS: usize = 40;
/// The account of [`WORKERS`], as the demo names it.
pub(crate) const WEB: &str = "444455556666";

/// Creates everybody, in all accounts.
pub(crate) async fn create_all(place: &Place, names: &Names) {
    for account in [MANAGEMENT, "222233334444", "333344445555", WEB, "555566667777", "666677778888"] {
        let account_here = names.of(account);
        let text = names.translate(&demo(place, &format!("accounts/{account}.json")).to_string());
        // The emulator's authorization details lack AWS's own policies: each account has its own copies.
        let text = text.replace(AWS_POLICIES, &format!("arn:aws:iam::{account_here}:policy"));
        let details: Value = serde_json::from_str(&text).expect("JSON");
        let maker = Maker { client: Client::new(&place.config(account_here)) };
        maker.create(&details).await;
    }
    let account = names.of(WEB);
    let maker = Maker { client: Client::new(&place.config(account)) };
    for index in 0..WORKERS {
        maker
            .role(&json!({
                "RoleName": format!("Worker{index:02}"),
                "Path": "/",
                "AssumeRolePolicyDocument": trust(json!({ "Service": "ecs-tasks.amazonaws.com" }), json!({})),
                "AttachedManagedPolicies": [
                    { "PolicyArn": format!("arn:aws:iam::{account}:policy/AppDelivery") }
                ],
            }))
            .await;
    }
}

/// A trust policy.
pub(crate) fn trust(principal: Value, condition: Value) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition }
        ]
    })
}

/// Makes what authorization details describe.
pub(crate) struct Maker {
    pub(crate) client: Client,
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` of {value}"))
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn tags(value: &Value) -> Vec<Tag> {
    let tag = |tag: &Value| Tag::builder().key(text(tag, "Key")).value(text(tag, "Value")).build();
    list(value, "Tags").iter().map(|value| tag(value).expect("a tag")).collect()
}

fn arns(value: &Value) -> impl Iterator<Item = &str> {
    list(value, "AttachedManagedPolicies").iter().map(|policy| text(policy, "PolicyArn"))
}

impl Maker {
    /// Makes an account's policies, groups, users and roles.
    pub(crate) async fn create(&self, details: &Value) {
        for policy in list(details, "Policies") {
            let versions = list(policy, "PolicyVersionList");
            let version = versions.iter().find(|version| version["IsDefaultVersion"] == true);
            let document =
                version.map(|version| version["Document"].to_string()).expect("a version in force");
            let make = self.client.create_policy().policy_name(text(policy, "PolicyName"));
            make.path(text(policy, "Path")).policy_document(document).send().await.expect("a policy");
        }
        for group in list(details, "GroupDetailList") {
            let name = text(group, "GroupName");
            let make = self.client.create_group().group_name(name).path(text(group, "Path"));
            make.send().await.expect("a group");
            for policy in list(group, "GroupPolicyList") {
                let put = self.client.put_group_policy().group_name(name);
                let put = put.policy_name(text(policy, "PolicyName"));
                put.policy_document(policy["PolicyDocument"].to_string()).send().await.expect("a policy");
            }
            for arn in arns(group) {
                let attach = self.client.attach_group_policy().group_name(name).policy_arn(arn);
                attach.send().await.expect("a policy attached");
            }
        }
        for user in list(details, "UserDetailList") {
            self.user(user).await;
        }
        // The emulator's authorization details lack boundaries: such roles are tested against recorded answers.
        let bounded = |role: &&Value| role["PermissionsBoundary"].is_object();
        for role in list(details, "RoleDetailList").iter().filter(|role| !bounded(role)) {
            self.role(role).await;
        }
    }

    async fn user(&self, user: &Value) {
        let name = text(user, "UserName");
        let make = self.client.create_user().user_name(name).path(text(user, "Path"));
        make.set_tags(Some(tags(user))).send().await.expect("a user");
        for policy in list(user, "UserPolicyList") {
            let put = self.client.put_user_policy().user_name(name).policy_name(text(policy, "PolicyName"));
            put.policy_document(policy["PolicyDocument"].to_string()).send().await.expect("a policy");
        }
        for arn in arns(user) {
            let attach = self.client.attach_user_policy().user_name(name).policy_arn(arn);
            attach.send().await.expect("a policy attached");
        }
        for group in list(user, "GroupList").iter().filter_map(Value::as_str) {
            let add = self.client.add_user_to_group().user_name(name).group_name(group);
            add.send().await.expect("a membership");
        }
    }

    /// Makes a role.
    pub(crate) async fn role(&self, role: &Value) {
        let name = text(role, "RoleName");
        let mut make = self.client.create_role().role_name(name).path(text(role, "Path"));
        make = make.assume_role_policy_document(role["AssumeRolePolicyDocument"].to_string());
        if let Some(boundary) = role["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str() {
            make = make.permissions_boundary(boundary);
        }
        make.set_tags(Some(tags(role))).send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        for policy in list(role, "RolePolicyList") {
            let put = self.client.put_role_policy().role_name(name).policy_name(text(policy, "PolicyName"));
            put.policy_document(policy["PolicyDocument"].to_string()).send().await.expect("a policy");
        }
        for arn in arns(role) {
            let attach = self.client.attach_role_policy().role_name(name).policy_arn(arn);
            attach.send().await.unwrap_or_else(|error| panic!("{name}, {arn}: {error:?}"));
        }
    }
}
