//! What AWS answers when it does not do what it is asked, service by service: error shapes of the API references.

use super::call::Call;
use super::http::Message;

const JSON: &str = "application/x-amz-json-1.0";
const XML: &str = "text/xml";

/// Too many calls.
pub(super) fn throttled(call: &Call) -> Message {
    match call.service.as_str() {
        "dynamodb" => json(400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"),
        "sqs" => json(400, "com.amazonaws.sqs#RequestThrottled"),
        "sns" => xml(429, "Throttled"),
        "organizations" | "sso" | "identitystore" => json(400, "TooManyRequestsException"),
        "s3" => Message::answer(503, XML, "<Error><Code>SlowDown</Code><Message>less</Message></Error>"),
        _ => xml(400, "Throttling"),
    }
}

/// Something broke on AWS's side.
pub(super) fn failed(call: &Call) -> Message {
    match call.service.as_str() {
        "dynamodb" => json(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
        "sqs" => json(500, "com.amazonaws.sqs#InternalFailure"),
        "organizations" | "sso" | "identitystore" => json(500, "ServiceException"),
        "s3" => Message::answer(500, XML, "<Error><Code>InternalError</Code><Message>x</Message></Error>"),
        _ => xml(503, "ServiceUnavailable"),
    }
}

fn json(status: u16, kind: &str) -> Message {
    Message::answer(status, JSON, serde_json::json!({"__type": kind, "message": "on purpose"}).to_string())
}

fn xml(status: u16, code: &str) -> Message {
    let error =
        format!("<Error><Type>Receiver</Type><Code>{code}</Code><Message>on purpose</Message></Error>");
    let body = format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>");
    Message::answer(status, XML, body)
}
