//! What is so in AWS, at one moment: a small organization, which can be changed and written as the texts that
//! are read of AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stanchion_hub::edges::Holder;
use stanchion_hub::work::{Key, Kind};

pub(crate) const MANAGEMENT: &str = "999988887777";
pub(crate) const ROOT: &str = "r-ab12";

/// An organization.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) accounts: BTreeMap<String, Account>,
    /// The parent of each account; an account that is not here is no member any more.
    pub(crate) parents: BTreeMap<String, String>,
    pub(crate) units: Vec<String>,
    /// Text of each policy of the organization.
    pub(crate) policies: BTreeMap<String, Value>,
    /// Policy and target.
    pub(crate) targets: BTreeSet<(String, String)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) users: BTreeMap<String, Holding>,
    pub(crate) roles: BTreeMap<String, Holding>,
    pub(crate) groups: BTreeMap<String, Holding>,
    /// Managed policies by ARN: the documents of `v1`, `v2`, ..., the last of which is in force.
    pub(crate) policies: BTreeMap<String, Vec<Value>>,
}

/// A user, role or group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    pub(crate) id: String,
    pub(crate) inline: BTreeMap<String, Value>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) groups: BTreeSet<String>,
}

pub(crate) fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

pub(crate) fn deny(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]})
}

pub(crate) fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

impl Truth {
    /// The organization file.
    pub(crate) fn organization(&self) -> String {
        let accounts = self.parents.iter().map(|(id, parent)| {
            json!({"Id": id, "Name": format!("account {id}"), "Status": "ACTIVE", "ParentId": parent})
        });
        let units = self.units.iter().map(|id| json!({"Id": id, "Name": id, "ParentId": ROOT}));
        let policies = self.policies.iter().map(|(id, content)| {
            let targets = self.targets.iter().filter(|(policy, _)| policy == id).map(|(_, target)| target);
            json!({
                "PolicySummary": {"Id": id, "Name": id, "Type": "SERVICE_CONTROL_POLICY"},
                "Content": content.to_string(),
                "TargetIds": targets.collect::<Vec<_>>(),
            })
        });
        json!({
            "Organization": {"Id": "o-exampleorg", "MasterAccountId": MANAGEMENT},
            "Roots": [{"Id": ROOT, "Name": "Root",
                "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
            "OrganizationalUnits": units.collect::<Vec<_>>(),
            "Accounts": accounts.collect::<Vec<_>>(),
            "Policies": policies.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// Authorization details of an account.
    pub(crate) fn details(&self, account: &str) -> String {
        let Some(details) = self.accounts.get(account) else {
            return details_of(&Account::default(), account);
        };
        details_of(details, account)
    }

    /// Authorization details of one principal, with its groups and policies.
    pub(crate) fn principal(&self, key: &Key) -> Option<String> {
        let Key::Principal { account, kind, name } = key else { return None };
        let whole = self.accounts.get(account)?;
        let mut some = Account::default();
        let holding = match kind {
            Kind::User => whole.users.get(name)?,
            Kind::Role => whole.roles.get(name)?,
            Kind::Root => return Some(truncated(&some, account)),
        };
        for group in &holding.groups {
            some.groups.insert(group.clone(), whole.groups.get(group)?.clone());
        }
        let list = if *kind == Kind::User { &mut some.users } else { &mut some.roles };
        list.insert(name.clone(), holding.clone());
        let attached = some.groups.values().chain([holding]).flat_map(|holding| holding.attached.clone());
        some.policies =
            attached.filter_map(|arn| Some((arn.clone(), whole.policies.get(&arn)?.clone()))).collect();
        Some(truncated(&some, account))
    }

    pub(crate) fn holders(&self, account: &str, arn: &str) -> Vec<Holder> {
        let Some(details) = self.accounts.get(account) else { return Vec::new() };
        let holds = |(_, holding): &(&String, &Holding)| holding.attached.contains(arn);
        let users = details.users.iter().filter(holds).map(|(name, _)| Holder::User(name.clone()));
        let roles = details.roles.iter().filter(holds).map(|(name, _)| Holder::Role(name.clone()));
        let groups = details.groups.iter().filter(holds).map(|(name, _)| Holder::Group(name.clone()));
        users.chain(roles).chain(groups).collect()
    }

    pub(crate) fn members(&self, account: &str, group: &str) -> Vec<String> {
        let users = self.accounts.get(account).map(|details| &details.users);
        let users = users.into_iter().flatten().filter(|(_, user)| user.groups.contains(group));
        users.map(|(name, _)| name.clone()).collect()
    }
}

fn truncated(account: &Account, id: &str) -> String {
    let mut details: Value = serde_json::from_str(&details_of(account, id)).expect("JSON");
    details["IsTruncated"] = true.into();
    details.to_string()
}

fn details_of(account: &Account, id: &str) -> String {
    let attached = |holding: &Holding| -> Vec<Value> {
        let name = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
        holding.attached.iter().map(|arn| json!({"PolicyName": name(arn), "PolicyArn": arn})).collect()
    };
    let inline = |holding: &Holding| -> Vec<Value> {
        let inline = holding.inline.iter();
        inline.map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": document})).collect()
    };
    let users = account.users.iter().map(|(name, user)| {
        json!({"UserName": name, "UserId": user.id, "Path": "/", "Arn": format!("arn:aws:iam::{id}:user/{name}"),
            "GroupList": user.groups, "AttachedManagedPolicies": attached(user), "UserPolicyList": inline(user)})
    });
    let roles = account.roles.iter().map(|(name, role)| {
        json!({"RoleName": name, "RoleId": role.id, "Path": "/", "Arn": format!("arn:aws:iam::{id}:role/{name}"),
            "AssumeRolePolicyDocument": trust(),
            "AttachedManagedPolicies": attached(role), "RolePolicyList": inline(role)})
    });
    let groups = account.groups.iter().map(|(name, group)| {
        json!({"GroupName": name, "GroupId": group.id, "Path": "/",
            "Arn": format!("arn:aws:iam::{id}:group/{name}"),
            "AttachedManagedPolicies": attached(group), "GroupPolicyList": inline(group)})
    });
    let policies = account.policies.iter().map(|(arn, versions)| {
        let versions_of = versions.iter().enumerate().map(|(at, document)| {
            json!({"VersionId": format!("v{}", at + 1), "Document": document,
                "IsDefaultVersion": at + 1 == versions.len()})
        });
        json!({"PolicyName": arn.rsplit('/').next(), "PolicyId": format!("ANPA{arn}"), "Arn": arn, "Path": "/",
            "DefaultVersionId": format!("v{}", versions.len()),
            "PolicyVersionList": versions_of.collect::<Vec<_>>()})
    });
    json!({
        "UserDetailList": users.collect::<Vec<_>>(),
        "RoleDetailList": roles.collect::<Vec<_>>(),
        "GroupDetailList": groups.collect::<Vec<_>>(),
        "Policies": policies.collect::<Vec<_>>(),
    })
    .to_string()
}
