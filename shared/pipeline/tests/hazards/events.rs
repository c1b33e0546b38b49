//! CloudTrail events, as EventBridge delivers them.

use serde_json::{Value, json};

use crate::world::{MANAGEMENT, PROD};

/// An IAM call in the account `PROD`. Its id is also its minute: `e1` happened before `e2`.
pub(crate) fn iam(id: &str, name: &str, parameters: Value) -> Value {
    event(id, PROD, "iam", name, parameters)
}

/// A call of the organization's management account.
pub(crate) fn organizations(id: &str, name: &str, parameters: Value) -> Value {
    event(id, MANAGEMENT, "organizations", name, parameters)
}

/// A call to Identity Center in the management account.
pub(crate) fn identity_center(id: &str, name: &str, parameters: Value) -> Value {
    event(id, MANAGEMENT, "sso", name, parameters)
}

fn event(id: &str, account: &str, service: &str, name: &str, parameters: Value) -> Value {
    let minute: u32 = id.trim_start_matches('e').parse().expect("an id like e7");
    json!({
        "source": format!("aws.{service}"),
        "detail-type": "AWS API Call via CloudTrail",
        "account": account,
        "detail": {
            "eventID": id,
            "eventName": name,
            "eventSource": format!("{service}.amazonaws.com"),
            "eventTime": format!("2026-03-02T09:{minute:02}:00Z"),
            "eventType": "AwsApiCall",
            "readOnly": false,
            "recipientAccountId": account,
            "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/dana")},
            "requestParameters": parameters,
            "responseElements": null
        }
    })
}

/// The same event with what the call answered.
pub(crate) fn answered(mut event: Value, response: Value) -> Value {
    event["detail"]["responseElements"] = response;
    event
}

pub(crate) fn attach(id: &str, role: &str, policy: &str) -> Value {
    iam(id, "AttachRolePolicy", json!({"roleName": role, "policyArn": policy}))
}

pub(crate) fn detach(id: &str, role: &str, policy: &str) -> Value {
    iam(id, "DetachRolePolicy", json!({"roleName": role, "policyArn": policy}))
}

pub(crate) fn put(id: &str, role: &str, name: &str, document: &Value) -> Value {
    let parameters = json!({"roleName": role, "policyName": name, "policyDocument": document.to_string()});
    iam(id, "PutRolePolicy", parameters)
}

/// A change that makes us look at a role, and alters nothing that any rule here reads.
pub(crate) fn tag(id: &str, role: &str) -> Value {
    let tags = json!([{"key": "seen", "value": id}]);
    iam(id, "TagRole", json!({"roleName": role, "tags": tags}))
}

pub(crate) fn delete(id: &str, role: &str) -> Value {
    iam(id, "DeleteRole", json!({"roleName": role}))
}

/// A role being made, without any policy.
pub(crate) fn create(id: &str, role: &str, path: &str, unique_id: &str) -> Value {
    let parameters = json!({
        "roleName": role, "path": path, "assumeRolePolicyDocument": crate::world::trust().to_string()});
    let arn = format!("arn:aws:iam::{PROD}:role{path}{role}");
    let made = json!({"role": {"roleName": role, "path": path, "roleId": unique_id, "arn": arn}});
    answered(iam(id, "CreateRole", parameters), made)
}
