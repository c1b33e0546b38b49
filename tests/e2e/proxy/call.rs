//! What is asked for.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::http::Message;

/// A call of AWS's API.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The service, as it is signed for: `dynamodb`.
    pub(crate) service: String,
    /// The operation, as `PutItem`; empty where it is not told by name, as S3's.
    pub(crate) operation: String,
    /// The application that the caller says it is (`AppName` of the SDK's configuration).
    pub(crate) caller: String,
    pub(crate) request: Message,
}

impl Call {
    pub(crate) fn of(request: Message) -> Self {
        let scope = request.header("authorization").split("Credential=").nth(1).unwrap_or_default();
        let service = scope.split('/').nth(3).unwrap_or_default().to_owned();
        let target = request.header("x-amz-target");
        let operation = match target.rsplit_once('.') {
            Some((_, operation)) => operation.to_owned(),
            None => form(&request).remove("Action").unwrap_or_default(),
        };
        let agent = request.header("x-amz-user-agent");
        let caller = agent.split(' ').find_map(|part| part.strip_prefix("app/")).unwrap_or_default();
        Self { service, operation, caller: caller.to_owned(), request }
    }

    /// Whether it changes something: what comes after it finds it done or not.
    pub(crate) fn is_effect(&self) -> bool {
        const READS: [&str; 7] = ["Get", "List", "Query", "Scan", "Describe", "BatchGet", "Receive"];
        !READS.iter().any(|read| self.operation.starts_with(read))
    }

    /// Whether some of its entries can be done without the others.
    pub(crate) fn is_batch(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "SendMessageBatch" | "PublishBatch" | "BatchWriteItem" | "BatchGetItem"
        )
    }

    /// The body of a JSON protocol.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap_or_default()
    }

    /// The queue that it sends messages to, and after how many seconds the first of them can be taken.
    pub(crate) fn sent(&self) -> Option<(String, i64)> {
        let body = self.json();
        let queue = body["QueueUrl"].as_str()?.to_owned();
        match self.operation.as_str() {
            "SendMessage" => Some((queue, body["DelaySeconds"].as_i64().unwrap_or_default())),
            "SendMessageBatch" => {
                let delay = |entry: &Value| entry["DelaySeconds"].as_i64().unwrap_or_default();
                Some((queue, body["Entries"].as_array()?.iter().map(delay).min()?))
            }
            _ => None,
        }
    }

    /// The bodies of the messages that it publishes.
    pub(crate) fn published(&self) -> Vec<Value> {
        let is_message = |name: &str| name.ends_with(".Message");
        let fields = if self.operation == "PublishBatch" { form(&self.request) } else { BTreeMap::new() };
        let texts = fields.iter().filter(|(name, _)| is_message(name));
        texts.map(|(_, text)| serde_json::from_str(text).unwrap_or_default()).collect()
    }
}

/// The fields of a form.
pub(super) fn form(request: &Message) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    if request.header("content-type").starts_with("application/x-www-form-urlencoded") {
        let text = String::from_utf8_lossy(&request.body);
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        for (name, value) in text.split('&').filter_map(|field| field.split_once('=')) {
            fields.insert(decode(name), decode(value));
        }
    }
    fields
}
