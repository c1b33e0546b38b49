//! Reading fields of a CloudTrail record. Parameters are called as the API calls them, with the
//! first letter lowered; a failed call's parameters are `null`.

use serde_json::Value;
use stanchion_inventory::decode_document;
use stanchion_policy::Policy;

/// What CloudTrail writes in place of what it must not show.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// A CloudTrail record.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a>(pub(crate) &'a Value);

impl<'a> Record<'a> {
    /// A top-level field's text; `None` if it is missing, empty, hidden or not text.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        text(self.0.get(name))
    }

    /// A field of `userIdentity`.
    pub(crate) fn identity(self, name: &str) -> Option<&'a str> {
        text(self.0.get("userIdentity")?.get(name))
    }

    /// The ARN of the role (or user) whose session made the call.
    pub(crate) fn session_issuer(self) -> Option<&'a str> {
        text(self.0.pointer("/userIdentity/sessionContext/sessionIssuer/arn"))
    }

    /// The value of a request parameter.
    pub(crate) fn parameter(self, name: &str) -> Option<&'a Value> {
        self.0.get("requestParameters")?.get(name).filter(|value| !value.is_null())
    }

    /// The text of a request parameter.
    pub(crate) fn parameter_text(self, name: &str) -> Option<&'a str> {
        text(self.parameter(name))
    }

    /// A field of `responseElements`, as `/role/arn`.
    pub(crate) fn response(self, pointer: &str) -> Option<&'a str> {
        text(self.0.get("responseElements")?.pointer(pointer))
    }

    /// A value of `responseElements`.
    pub(crate) fn response_value(self, pointer: &str) -> Option<&'a Value> {
        self.0.get("responseElements")?.pointer(pointer)
    }

    /// A field of a service event's details.
    pub(crate) fn service_detail(self, pointer: &str) -> Option<&'a str> {
        text(self.0.get("serviceEventDetails")?.pointer(pointer))
    }

    /// The policy in a request parameter: JSON text, and sometimes hidden for its size.
    pub(crate) fn document(self, parameter: &str) -> Policy {
        match self.parameter_text(parameter) {
            Some(text) => document(text),
            None => Policy::unknown(format!("the event has no `{parameter}`")),
        }
    }

    /// Tags in a request parameter, as `[{"key": .., "value": ..}]`.
    pub(crate) fn tags(self, parameter: &str) -> Vec<(String, String)> {
        let list = self.parameter(parameter).and_then(Value::as_array);
        let pair = |tag: &Value| {
            let key = text(tag.get("key"))?;
            Some((key.to_owned(), tag.get("value").and_then(Value::as_str).unwrap_or("").to_owned()))
        };
        list.into_iter().flatten().filter_map(pair).collect()
    }

    /// A list of texts in a request parameter.
    pub(crate) fn texts(self, parameter: &str) -> Vec<String> {
        let list = self.parameter(parameter).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// The account whose log got the record; of old records, the caller's.
    pub(crate) fn account(self) -> Option<&'a str> {
        self.text("recipientAccountId").or_else(|| self.identity("accountId"))
    }

    /// The partition that the call was made in.
    pub(crate) fn partition(self) -> &'a str {
        let arn = self.identity("arn").and_then(|arn| arn.strip_prefix("arn:"));
        match arn.and_then(|rest| rest.split(':').next()) {
            Some(partition) if !partition.is_empty() => partition,
            _ => match self.text("awsRegion") {
                Some(region) if region.starts_with("cn-") => "aws-cn",
                Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            },
        }
    }
}

/// A policy from text that may be URL-encoded, as response elements have it.
pub(crate) fn document(text: &str) -> Policy {
    match decode_document(text) {
        Ok(text) => Policy::parse(&text),
        Err(reason) => Policy::unknown(reason),
    }
}

fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| !text.is_empty() && *text != HIDDEN)
}
