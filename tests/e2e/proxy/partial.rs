//! Batches of which some entries are not taken, though the answer is one of success.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::call::{Call, form};
use super::http::Message;

/// The entries that are kept from the service.
pub(super) struct Kept {
    /// What is left to ask for; `None`: nothing.
    pub(super) request: Option<Message>,
    left_out: LeftOut,
}

enum LeftOut {
    /// Ids of entries, told in JSON.
    Entries(Vec<String>),
    /// Ids of entries, told in XML.
    Members(Vec<String>),
    /// Requests by table: the member of the answer, and what it holds.
    Requests(&'static str, Value),
}

const ENTRY: &str = "PublishBatchRequestEntries.member.";

/// Leaves out the entries whose place `leaves_out`.
pub(super) fn split(call: &Call, leaves_out: impl Fn(usize) -> bool) -> Option<Kept> {
    let request = &call.request;
    let with = |body: Vec<u8>| Message { body, ..request.clone() };
    match call.operation.as_str() {
        "SendMessageBatch" => {
            let mut body = call.json();
            let (out, stays) = divide(body["Entries"].as_array()?, &leaves_out);
            let ids = out.iter().filter_map(|entry| entry["Id"].as_str().map(str::to_owned)).collect();
            let request = (!stays.is_empty()).then(|| {
                body["Entries"] = stays.into();
                with(body.to_string().into_bytes())
            });
            Some(Kept { request, left_out: LeftOut::Entries(ids) })
        }
        "BatchWriteItem" | "BatchGetItem" => {
            let is_write = call.operation == "BatchWriteItem";
            let mut body = call.json();
            let (table, mut entries) =
                body["RequestItems"].as_object()?.iter().next().map(|(k, v)| (k.clone(), v.clone()))?;
            let list = if is_write { &mut entries } else { &mut entries["Keys"] };
            let (out, stays) = divide(list.as_array()?, &leaves_out);
            let is_some = !stays.is_empty();
            *list = stays.into();
            body["RequestItems"][&table] = entries.clone();
            let list = if is_write { &mut entries } else { &mut entries["Keys"] };
            let is_none_out = out.is_empty();
            *list = out.into();
            let member = if is_write { "UnprocessedItems" } else { "UnprocessedKeys" };
            let left_out = if is_none_out { json!({}) } else { json!({ table: entries }) };
            let request = is_some.then(|| with(body.to_string().into_bytes()));
            Some(Kept { request, left_out: LeftOut::Requests(member, left_out) })
        }
        "PublishBatch" => {
            let mut entries: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
            let mut rest = Vec::new();
            for (name, value) in form(request) {
                match name.strip_prefix(ENTRY).and_then(|name| name.split_once('.')) {
                    Some((number, name)) => {
                        entries.entry(number.parse().ok()?).or_default().push((name.to_owned(), value));
                    }
                    None => rest.push((name, value)),
                }
            }
            let (mut ids, mut count) = (Vec::new(), 0);
            for (place, fields) in entries.into_values().enumerate() {
                if leaves_out(place) {
                    ids.extend(fields.into_iter().filter(|(name, _)| name == "Id").map(|(_, id)| id));
                } else {
                    count += 1;
                    rest.extend(
                        fields.into_iter().map(|(name, value)| (format!("{ENTRY}{count}.{name}"), value)),
                    );
                }
            }
            let mut body = String::new();
            for (name, value) in rest {
                let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
                let _ = write!(body, "{}{name}={value}", if body.is_empty() { "" } else { "&" });
            }
            let request = (count > 0).then(|| with(body.into_bytes()));
            Some(Kept { request, left_out: LeftOut::Members(ids) })
        }
        _ => None,
    }
}

fn divide(entries: &[Value], leaves_out: &impl Fn(usize) -> bool) -> (Vec<Value>, Vec<Value>) {
    let (mut out, mut stays) = (Vec::new(), Vec::new());
    for (place, entry) in entries.iter().enumerate() {
        if leaves_out(place) { out.push(entry.clone()) } else { stays.push(entry.clone()) }
    }
    (out, stays)
}

impl Kept {
    /// The answer to the whole batch: what became of the rest, and that these entries are not taken.
    pub(super) fn answer(&self, rest: Option<Message>) -> Message {
        match &self.left_out {
            LeftOut::Entries(ids) => {
                let failed = |id: &String| json!({"Id": id, "Code": "InternalError", "SenderFault": false});
                let failed: Vec<Value> = ids.iter().map(failed).collect();
                add(rest, "Failed", failed.into())
            }
            LeftOut::Members(ids) => {
                let mut failed = String::new();
                for id in ids {
                    let _ = write!(
                        failed,
                        "<member><Id>{id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member>"
                    );
                }
                let rest = rest.map(|rest| String::from_utf8_lossy(&rest.body).into_owned());
                let whole = rest.unwrap_or_else(|| {
                    "<PublishBatchResponse><PublishBatchResult><Successful></Successful><Failed></Failed>\
                     </PublishBatchResult></PublishBatchResponse>"
                        .to_owned()
                });
                Message::answer(200, "text/xml", whole.replace("<Failed>", &format!("<Failed>{failed}")))
            }
            LeftOut::Requests(member, requests) => add(rest, member, requests.clone()),
        }
    }
}

fn add(rest: Option<Message>, member: &str, value: Value) -> Message {
    let body = rest.and_then(|rest| serde_json::from_slice(&rest.body).ok());
    let mut body: Value = body.unwrap_or_else(|| json!({}));
    body[member] = value;
    Message::answer(200, "application/x-amz-json-1.0", body.to_string())
}
