//! What people do to an organization, and the events that tell of it.

use serde_json::{Value, json};
use stanchion_hub::Millis;

use super::truth::{Account, Holding, MANAGEMENT, Truth, trust};

/// One call of an API. `who` is a role or user as `role/Name`, `user/Name` or `group/Name`.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Attach { account: String, who: String, arn: String },
    Detach { account: String, who: String, arn: String },
    PutInline { account: String, who: String, name: String, document: Value },
    DeleteInline { account: String, who: String, name: String },
    Create { account: String, who: String, id: String },
    Delete { account: String, who: String },
    Rename { account: String, user: String, new: String },
    Join { account: String, user: String, group: String },
    Leave { account: String, user: String, group: String },
    Version { account: String, arn: String, document: Value },
    AttachScp { policy: String, target: String },
    DetachScp { policy: String, target: String },
    Move { account: String, to: String },
    RemoveAccount { account: String },
}

fn holding<'a>(account: &'a mut Account, who: &str) -> Option<&'a mut Holding> {
    let (kind, name) = who.split_once('/').expect("a kind and a name");
    match kind {
        "user" => account.users.get_mut(name),
        "role" => account.roles.get_mut(name),
        _ => account.groups.get_mut(name),
    }
}

impl Act {
    /// Does it; `None`: AWS would refuse, and there is no event. Otherwise name and parameters of the event,
    /// what it answers, and the account whose log has it.
    pub(crate) fn act(&self, truth: &mut Truth) -> Option<(String, Value, Value, String)> {
        use Act::{
            Attach, AttachScp, Create, Delete, DeleteInline, Detach, DetachScp, Join, Leave, Move, PutInline,
            RemoveAccount, Rename, Version,
        };
        let none = Value::Null;
        match self {
            Attach { account, who, arn } | Detach { account, who, arn } => {
                let holding = holding(truth.accounts.get_mut(account)?, who)?;
                let is_attach = matches!(self, Attach { .. });
                let done = if is_attach {
                    holding.attached.insert(arn.clone())
                } else {
                    holding.attached.remove(arn)
                };
                let name = format!("{}{}Policy", if is_attach { "Attach" } else { "Detach" }, kind(who));
                let mut parameters = json!({"policyArn": arn});
                parameters[name_key(who)] = name_of(who).into();
                done.then(|| (name, parameters, none, account.clone()))
            }
            PutInline { account, who, name, document } => {
                let holding = holding(truth.accounts.get_mut(account)?, who)?;
                holding.inline.insert(name.clone(), document.clone());
                let mut parameters = json!({"policyName": name, "policyDocument": document.to_string()});
                parameters[name_key(who)] = name_of(who).into();
                Some((format!("Put{}Policy", kind(who)), parameters, none, account.clone()))
            }
            DeleteInline { account, who, name } => {
                let holding = holding(truth.accounts.get_mut(account)?, who)?;
                holding.inline.remove(name)?;
                let mut parameters = json!({"policyName": name});
                parameters[name_key(who)] = name_of(who).into();
                Some((format!("Delete{}Policy", kind(who)), parameters, none, account.clone()))
            }
            Create { account, who, id } => {
                let details = truth.accounts.get_mut(account)?;
                if holding(details, who).is_some() {
                    return None;
                }
                let (word, name) = (kind(who), name_of(who));
                let made = Holding { id: id.clone(), ..Holding::default() };
                let list = if word == "User" { &mut details.users } else { &mut details.roles };
                list.insert(name.clone(), made);
                let mut parameters = json!({});
                parameters[name_key(who)] = name.clone().into();
                let arn = format!("arn:aws:iam::{account}:{who}");
                let answer = if word == "User" {
                    json!({"user": {"userName": name, "userId": id, "arn": arn, "path": "/"}})
                } else {
                    parameters["assumeRolePolicyDocument"] = trust().to_string().into();
                    json!({"role": {"roleName": name, "roleId": id, "arn": arn, "path": "/"}})
                };
                Some((format!("Create{word}"), parameters, answer, account.clone()))
            }
            Delete { account, who } => {
                let details = truth.accounts.get_mut(account)?;
                let (word, name) = (kind(who), name_of(who));
                if word == "User" {
                    details.users.remove(&name)?
                } else {
                    details.roles.remove(&name)?
                };
                let mut parameters = json!({});
                parameters[name_key(who)] = name.into();
                Some((format!("Delete{word}"), parameters, none, account.clone()))
            }
            Rename { account, user, new } => {
                let users = &mut truth.accounts.get_mut(account)?.users;
                let moved = users.remove(user)?;
                users.insert(new.clone(), moved);
                let parameters = json!({"userName": user, "newUserName": new});
                Some(("UpdateUser".to_owned(), parameters, none, account.clone()))
            }
            Join { account, user, group } | Leave { account, user, group } => {
                let user_of = truth.accounts.get_mut(account)?.users.get_mut(user)?;
                let is_join = matches!(self, Join { .. });
                let done =
                    if is_join { user_of.groups.insert(group.clone()) } else { user_of.groups.remove(group) };
                let name = if is_join { "AddUserToGroup" } else { "RemoveUserFromGroup" };
                let parameters = json!({"userName": user, "groupName": group});
                done.then(|| (name.to_owned(), parameters, none, account.clone()))
            }
            Version { account, arn, document } => {
                let versions = truth.accounts.get_mut(account)?.policies.get_mut(arn)?;
                versions.push(document.clone());
                let id = format!("v{}", versions.len());
                let parameters =
                    json!({"policyArn": arn, "policyDocument": document.to_string(), "setAsDefault": true});
                let answer = json!({"policyVersion": {"versionId": id, "isDefaultVersion": true}});
                Some(("CreatePolicyVersion".to_owned(), parameters, answer, account.clone()))
            }
            AttachScp { policy, target } | DetachScp { policy, target } => {
                let pair = (policy.clone(), target.clone());
                let is_attach = matches!(self, AttachScp { .. });
                let done = if is_attach { truth.targets.insert(pair) } else { truth.targets.remove(&pair) };
                let name = if is_attach { "AttachPolicy" } else { "DetachPolicy" };
                let parameters = json!({"policyId": policy, "targetId": target});
                done.then(|| (name.to_owned(), parameters, none, MANAGEMENT.to_owned()))
            }
            Move { account, to } => {
                let parent = truth.parents.get_mut(account)?;
                let from = std::mem::replace(parent, to.clone());
                let parameters =
                    json!({"accountId": account, "sourceParentId": from, "destinationParentId": to});
                (from != *to).then(|| ("MoveAccount".to_owned(), parameters, none, MANAGEMENT.to_owned()))
            }
            RemoveAccount { account } => {
                truth.parents.remove(account)?;
                let parameters = json!({"accountId": account});
                Some(("RemoveAccountFromOrganization".to_owned(), parameters, none, MANAGEMENT.to_owned()))
            }
        }
    }

    /// Does it, and writes the event as EventBridge delivers it.
    pub(crate) fn event(&self, truth: &mut Truth, id: &str, now: Millis) -> Option<String> {
        let (name, parameters, answer, account) = self.act(truth)?;
        let of_organization = matches!(
            self,
            Self::AttachScp { .. } | Self::DetachScp { .. } | Self::Move { .. } | Self::RemoveAccount { .. }
        );
        let service = if of_organization { "organizations" } else { "iam" };
        Some(event(id, service, &name, &account, now, parameters, answer))
    }
}

/// An event as EventBridge delivers it.
pub(crate) fn event(
    id: &str,
    service: &str,
    name: &str,
    account: &str,
    now: Millis,
    parameters: Value,
    answer: Value,
) -> String {
    let time = jiff::Timestamp::from_millisecond(now).expect("a time");
    let time = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "version": "0", "id": id, "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"), "account": account, "time": time, "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.09", "eventTime": time, "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name, "eventID": id, "readOnly": false, "eventType": "AwsApiCall",
            "recipientAccountId": account, "requestParameters": parameters, "responseElements": answer,
            "sourceIPAddress": "198.51.100.23", "userAgent": "aws-cli",
            "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/dana"),
                "accountId": account, "userName": "dana"},
        },
    })
    .to_string()
}

fn kind(who: &str) -> &'static str {
    match who.split_once('/').map(|(kind, _)| kind) {
        Some("user") => "User",
        Some("role") => "Role",
        _ => "Group",
    }
}

fn name_key(who: &str) -> &'static str {
    match kind(who) {
        "User" => "userName",
        "Role" => "roleName",
        _ => "groupName",
    }
}

fn name_of(who: &str) -> String {
    who.split_once('/').map(|(_, name)| name.to_owned()).expect("a name")
}
