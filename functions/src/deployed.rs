//! What CloudFormation asks while the stack is deployed: whether the rulebook can be used. The stack's custom resource
//! is `sweep`'s to answer, so that a deployment with a rulebook that cannot be used fails, and says why (CloudFormation
//! User Guide, "Custom resource request and response reference").

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stanchion_aws::put;
use stanchion_hub::rulebook::Adoption;

/// How much of a reason is told, in characters: an answer has at most 4,096 bytes.
const REASON: usize = 900;

/// A custom resource is made, changed or taken away.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    reason: &'a str,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
}

impl Request {
    /// The request that an invocation is, if it is one.
    pub(crate) fn of(event: &Value) -> Option<Self> {
        event.get("ResponseURL")?;
        Self::deserialize(event).ok()
    }

    /// Whether what was deployed is taken away: nothing is asked of the rulebook then.
    pub(crate) fn is_farewell(&self) -> bool {
        self.request_type == "Delete"
    }

    /// Tells CloudFormation.
    ///
    /// # Errors
    /// Why it did not hear.
    pub(crate) async fn answer(&self, checked: &Result<(), String>) -> Result<(), String> {
        put(&self.response_url, self.body(checked)).await
    }

    fn body(&self, checked: &Result<(), String>) -> String {
        let reason: String = match checked {
            Ok(()) => "the rulebook can be used".to_owned(),
            Err(reason) => reason.chars().take(REASON).collect(),
        };
        let answer = Answer {
            status: if checked.is_ok() { "SUCCESS" } else { "FAILED" },
            reason: &reason,
            physical_resource_id: self.physical_resource_id.as_deref().unwrap_or("rulebook"),
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
        };
        serde_json::json!(answer).to_string()
    }
}

/// What a look at the newest edition says of a deployment with it.
///
/// # Errors
/// What is wrong with the rulebook, or that it cannot be read. One that is not in the bucket yet is none: a new
/// stack's bucket is empty.
pub(crate) fn verdict(adoption: &Adoption) -> Result<(), String> {
    match adoption {
        Adoption::Refused(refused) => Err(refused.reasons.join("\n")),
        Adoption::Unavailable(reason) => Err(format!("the rulebook cannot be read: {reason}")),
        Adoption::Nothing | Adoption::Unchanged | Adoption::Adopted { .. } | Adoption::Overtaken => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(kind: &str) -> Request {
        let event = json!({
            "RequestType": kind, "ResponseURL": "http://127.0.0.1/", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "RulebookCheck", "ResourceType": "Custom::Rulebook", "ResourceProperties": {},
        });
        Request::of(&event).expect("a request")
    }

    #[test]
    fn the_schedules_call_is_no_request() {
        assert!(Request::of(&json!({"version": "0", "source": "aws.scheduler"})).is_none());
        assert!(Request::of(&json!({})).is_none());
    }

    #[test]
    fn an_answer_names_what_was_asked_and_what_is_wrong() {
        let good: Value = serde_json::from_str(&request("Create").body(&Ok(()))).expect("JSON");
        assert_eq!(good["Status"], "SUCCESS");
        assert_eq!(good["PhysicalResourceId"], "rulebook");
        let wrong = format!("ours.yaml:3:5: {}", "ä".repeat(5000));
        let bad = request("Update").body(&Err(wrong));
        assert!(bad.len() < 4096, "{}", bad.len());
        let bad: Value = serde_json::from_str(&bad).expect("JSON");
        assert_eq!(bad["Status"], "FAILED");
        assert_eq!((&bad["StackId"], &bad["RequestId"]), (&json!("s"), &json!("r")));
        assert!(bad["Reason"].as_str().is_some_and(|reason| reason.starts_with("ours.yaml:3:5: ")), "{bad}");
    }

    #[test]
    fn only_what_cannot_be_used_fails_a_deployment() {
        assert_eq!(verdict(&Adoption::Nothing), Ok(()));
        assert_eq!(verdict(&Adoption::Unchanged), Ok(()));
        assert!(verdict(&Adoption::Unavailable("no answer".to_owned())).is_err());
        assert!(request("Delete").is_farewell() && !request("Create").is_farewell());
    }
}
