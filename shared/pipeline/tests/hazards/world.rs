//! Small inventories, written as the AWS CLI would print them.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;

pub(crate) const PROD: &str = "111122223333";
pub(crate) const TEST: &str = "444455556666";
pub(crate) const MANAGEMENT: &str = "999988887777";

/// Allows everything.
pub(crate) const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
/// Allows nothing that any rule here forbids.
pub(crate) const READ: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
/// Denies what the rule `trails-stay` forbids.
pub(crate) const NO_TRAILS: &str = "arn:aws:iam::111122223333:policy/NoTrails";
/// Another that allows what the rule `trails-stay` forbids.
pub(crate) const TRAILS: &str = "arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess";

/// A document of one statement on every resource.
pub(crate) fn document(effect: &str, action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})
}

pub(crate) fn allow(action: &str) -> Value {
    document("Allow", action)
}

pub(crate) fn deny(action: &str) -> Value {
    document("Deny", action)
}

/// A role, a user or a group, as authorization details have it.
#[derive(Clone)]
pub(crate) struct Entity {
    word: &'static str,
    name: String,
    value: Value,
}

pub(crate) fn role(name: &str) -> Entity {
    entity("Role", name).set("AssumeRolePolicyDocument", trust())
}

pub(crate) fn user(name: &str) -> Entity {
    entity("User", name).set("GroupList", json!([]))
}

pub(crate) fn group(name: &str) -> Entity {
    entity("Group", name)
}

pub(crate) fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

fn entity(word: &'static str, name: &str) -> Entity {
    let mut value = json!({"Path": "/", "AttachedManagedPolicies": [], "Tags": []});
    value[format!("{word}Name")] = name.into();
    value[format!("{word}PolicyList")] = json!([]);
    let start = if word == "Role" { "AROA" } else { "AIDA" };
    value[format!("{word}Id")] = format!("{start}EXAMPLE{}", name.to_uppercase()).into();
    Entity { word, name: name.to_owned(), value }
}

impl Entity {
    fn set(mut self, key: &str, value: Value) -> Self {
        self.value[key] = value;
        self
    }

    fn push(mut self, key: &str, value: Value) -> Self {
        self.value[key].as_array_mut().expect("a list").push(value);
        self
    }

    pub(crate) fn path(self, path: &str) -> Self {
        self.set("Path", path.into())
    }

    /// Another unique id: what IAM gives to a namesake.
    pub(crate) fn id(self, id: &str) -> Self {
        let key = format!("{}Id", self.word);
        self.set(&key, id.into())
    }

    pub(crate) fn attach(self, policy: &str) -> Self {
        self.push("AttachedManagedPolicies", json!({"PolicyArn": policy}))
    }

    pub(crate) fn inline(self, name: &str, document: Value) -> Self {
        let key = format!("{}PolicyList", self.word);
        self.push(&key, json!({"PolicyName": name, "PolicyDocument": document}))
    }

    pub(crate) fn tag(self, key: &str, value: &str) -> Self {
        self.push("Tags", json!({"Key": key, "Value": value}))
    }

    pub(crate) fn trusting(self, trust: Value) -> Self {
        self.set("AssumeRolePolicyDocument", trust)
    }

    pub(crate) fn member_of(self, group: &str) -> Self {
        self.push("GroupList", group.into())
    }

    pub(crate) fn boundary(self, policy: &str) -> Self {
        self.set("PermissionsBoundary", json!({"PermissionsBoundaryArn": policy}))
    }

    fn written(&self, account: &str) -> Value {
        let path = self.value["Path"].as_str().expect("a path");
        let word = self.word.to_lowercase();
        let mut value = self.value.clone();
        value["Arn"] = format!("arn:aws:iam::{account}:{word}{path}{}", self.name).into();
        value
    }
}

/// One account's authorization details.
#[derive(Clone)]
pub(crate) struct Account {
    id: &'static str,
    value: Value,
}

/// An account with the managed policies of this module, and nobody in it.
pub(crate) fn account(id: &'static str) -> Account {
    let empty = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
    Account { id, value: empty }
        .policy(ADMIN, "v1", &[("v1", allow("*"))])
        .policy(READ, "v1", &[("v1", allow("s3:Get*"))])
        .policy(TRAILS, "v1", &[("v1", allow("cloudtrail:*"))])
        .policy(NO_TRAILS, "v1", &[("v1", deny("cloudtrail:*"))])
}

impl Account {
    pub(crate) fn with(mut self, entity: &Entity) -> Self {
        let written = entity.written(self.id);
        self.list(&format!("{}DetailList", entity.word)).push(written);
        self
    }

    /// A managed policy, its version in force and all its versions.
    pub(crate) fn policy(mut self, arn: &str, default: &str, versions: &[(&str, Value)]) -> Self {
        let versions: Vec<_> = versions
            .iter()
            .map(|(id, document)| json!({"VersionId": id, "IsDefaultVersion": *id == default, "Document": document}))
            .collect();
        let policies = self.list("Policies");
        policies.retain(|policy| policy["Arn"] != arn);
        policies.push(json!({"Arn": arn, "DefaultVersionId": default, "PolicyVersionList": versions}));
        self
    }

    /// The same without one of its lists, as if it had not been asked for.
    pub(crate) fn without(mut self, list: &str) -> Self {
        self.value.as_object_mut().expect("details").remove(list);
        self
    }

    /// The same, with a note that more would have followed.
    pub(crate) fn truncated(mut self) -> Self {
        self.value["IsTruncated"] = true.into();
        self
    }

    fn list(&mut self, name: &str) -> &mut Vec<Value> {
        self.value[name].as_array_mut().expect("a list")
    }
}

/// Accounts that stand alone.
pub(crate) fn alone(accounts: &[Account]) -> Inventory {
    inventory(None, accounts)
}

/// Accounts of an organization: root, `ou-ab12-workload`, `ou-ab12-sandboxes`.
#[derive(Clone)]
pub(crate) struct Organization(Value);

/// The organization of the management account, with no other account in it yet. It has an SCP
/// `p-trails00` that denies what the rule `trails-stay` forbids, attached to `targets`.
pub(crate) fn organization(targets: &[&str]) -> Organization {
    Organization(json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [
            {"Id": "ou-ab12-workload", "Name": "Workloads", "ParentId": "r-ab12"},
            {"Id": "ou-ab12-sandboxes", "Name": "Sandboxes", "ParentId": "r-ab12"}],
        "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-ab12"}],
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"},
             "TargetIds": ["r-ab12", "ou-ab12-workload", "ou-ab12-sandboxes", MANAGEMENT]},
            {"PolicySummary": {"Id": "p-trails00", "Type": "SERVICE_CONTROL_POLICY"},
             "Content": deny("cloudtrail:*"), "TargetIds": targets}]
    }))
}

impl Organization {
    pub(crate) fn member(mut self, account: &str, parent: &str) -> Self {
        let accounts = self.0["Accounts"].as_array_mut().expect("a list");
        accounts.push(json!({"Id": account, "ParentId": parent}));
        self.0["Policies"][0]["TargetIds"].as_array_mut().expect("a list").push(account.into());
        self
    }

    /// The same without one of its policies.
    pub(crate) fn without_policy(mut self, id: &str) -> Self {
        let policies = self.0["Policies"].as_array_mut().expect("a list");
        policies.retain(|policy| policy["PolicySummary"]["Id"] != id);
        self
    }

    /// The same with no policy type enabled.
    pub(crate) fn without_types(mut self) -> Self {
        self.0["Roots"][0]["PolicyTypes"] = json!([]);
        self
    }

    /// The same with another text of `p-trails00`.
    pub(crate) fn with_text(mut self, document: &Value) -> Self {
        self.0["Policies"][1]["Content"] = document.clone();
        self
    }

    pub(crate) fn with(&self, accounts: &[Account]) -> Inventory {
        inventory(Some(&self.0.to_string()), accounts)
    }
}

fn inventory(organization: Option<&str>, accounts: &[Account]) -> Inventory {
    let texts: Vec<_> = accounts.iter().map(|account| (account.id, account.value.to_string())).collect();
    let parts: Vec<_> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
    Inventory::from_parts(organization, &parts).expect("an inventory")
}
