//! Reading fields of a CloudTrail record. Parameters are called as the API calls them, with the
//! first letter lowered; a failed call's parameters are `null`.

use serde_json::Value;
use stanchion_inventory::{Entity, EntityKind, decode_document};
use stanchion_policy::Policy;

use crate::table::{ActsOn, Row};

/// What CloudTrail writes in place of what it must not show.
pub(crate) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// A record of an event that the table has, as its row's readers see it.
#[derive(Clone, Copy)]
pub(crate) struct Event<'a> {
    pub(crate) record: Record<'a>,
    /// The account whose log has the event.
    pub(crate) account: &'a str,
    pub(crate) row: &'static Row,
}

impl Event<'_> {
    /// The text of a request parameter.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        self.record.parameter_text(name).map(str::to_owned)
    }

    /// Whether a request parameter is there and not empty, hidden or not.
    pub(crate) fn has(self, name: &str) -> bool {
        match self.record.parameter(name) {
            None => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(members)) => !members.is_empty(),
            Some(_) => true,
        }
    }

    /// The user, group or role that the event acts on.
    pub(crate) fn entity(self) -> Option<Entity> {
        let (kind, parameter) = match self.row.acts_on {
            ActsOn::User => (EntityKind::User, "userName"),
            ActsOn::Group => (EntityKind::Group, "groupName"),
            ActsOn::Role => (EntityKind::Role, "roleName"),
            ActsOn::UserOrSelf => {
                return Some(Entity::new(EntityKind::User, self.account, self.user_or_self()?));
            }
            _ => return None,
        };
        Some(Entity::new(kind, self.account, self.record.parameter_text(parameter)?))
    }

    /// The user in `userName`. Without it the caller acts on itself (IAM API Reference,
    /// `CreateAccessKey`: "determined implicitly based on the access key that signs the request").
    fn user_or_self(self) -> Option<String> {
        let caller = || match self.record.identity("type") {
            Some("IAMUser") => self.record.identity("userName"),
            _ => None,
        };
        self.record.parameter_text("userName").or_else(caller).map(str::to_owned)
    }
}

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

    /// The text at a place in the request parameters, as `/member/memberId`.
    pub(crate) fn parameter_at(self, pointer: &str) -> Option<&'a str> {
        text(self.0.get("requestParameters")?.pointer(pointer))
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
        let caller = || self.identity("arn")?.split(':').nth(4).filter(|account| !account.is_empty());
        self.text("recipientAccountId").or_else(|| self.identity("accountId")).or_else(caller)
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
