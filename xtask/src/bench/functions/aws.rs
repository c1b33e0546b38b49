//! AWS, as far as `evaluate` asks it: an account without an organization, and an empty table that wants one
//! role and the account looked at. It remembers nothing.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::{Value, json};

use super::account::{Account, Asked};
use super::http::{Request, answer, request};

/// Answers from now on until the program ends; where.
pub(super) fn start(account: Account) -> Result<String, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("the stub of AWS: {e}"))?;
    let address = listener.local_addr().map_err(|e| format!("the stub of AWS: {e}"))?;
    let account = Arc::new(account);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let account = Arc::clone(&account);
            // A connection that breaks is the function's end, or its error to tell.
            thread::spawn(move || serve(&account, stream));
        }
    });
    Ok(format!("http://{address}"))
}

fn serve(account: &Account, stream: TcpStream) -> Result<(), String> {
    stream.set_nodelay(true).map_err(|e| e.to_string())?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = request(&mut stream)? {
        let (status, body) = respond(account, &request);
        answer(stream.get_ref(), status, "", &body)?;
    }
    Ok(())
}

/// Status and body.
fn respond(account: &Account, request: &Request) -> (u16, String) {
    if let Some((_, operation)) = request.target.rsplit_once('.') {
        let (status, body) = json_of(operation, &request.body);
        return (status, body.to_string());
    }
    let field = |wanted: &str| request.body.split('&').find_map(|pair| pair.strip_prefix(wanted));
    let role = field("RoleName=");
    let policy = field("PolicyArn=").map(|arn| arn.replace("%2F", "/"));
    let action = field("Action=").unwrap_or_default();
    let asked = Asked { action, marker: field("Marker="), role, policy: policy.as_deref() };
    let result =
        if action == "PublishBatch" { Some(published(&request.body)) } else { account.answer(&asked) };
    match result {
        Some(result) => {
            (200, format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
        }
        None => (
            400,
            format!(
                "<ErrorResponse><Error><Code>Stub</Code><Message>{action}</Message></Error></ErrorResponse>"
            ),
        ),
    }
}

/// All messages of a batch are taken.
fn published(body: &str) -> String {
    let ids = body.split('&').filter_map(|pair| pair.split_once(".Id=")).map(|(_, id)| id);
    let taken = ids.map(|id| format!("<member><Id>{id}</Id><MessageId>{id}</MessageId></member>"));
    format!("<Failed/><Successful>{}</Successful>", taken.collect::<String>())
}

fn json_of(operation: &str, body: &str) -> (u16, Value) {
    let body = match operation {
        "GetItem" => {
            let asked: Value = serde_json::from_str(body).unwrap_or_default();
            match asked["Key"]["sk"]["S"].as_str() {
                Some(sk) if sk == "account#row" || sk == format!("role/{}#row", super::account::name(0)) => {
                    json!({ "Item": wanted(&asked["Key"]) })
                }
                _ => json!({}),
            }
        }
        "Query" => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }),
        "BatchGetItem" => json!({ "Responses": {}, "UnprocessedKeys": {} }),
        "PutItem" | "UpdateItem" | "TransactWriteItems" | "BatchWriteItem" => json!({}),
        "SendMessageBatch" => json!({ "Successful": [], "Failed": [] }),
        "ListInstances" => json!({ "Instances": [] }),
        "DescribeOrganization" => return (400, json!({ "__type": "AWSOrganizationsNotInUseException" })),
        _ => return (400, json!({ "__type": "Stub", "message": operation })),
    };
    (200, body)
}

/// A row of work with these keys (`docs/FUNCTIONS.md`, "The table"), wanted once.
fn wanted(key: &Value) -> Value {
    let mut item = key.clone();
    for (name, number) in [
        ("schema", "1"),
        ("revision", "1"),
        ("wanted", "1"),
        ("done", "0"),
        ("causes_dropped", "0"),
        ("due", "0"),
        ("attempts", "0"),
        ("looks", "0"),
    ] {
        item[name] = json!({ "N": number });
    }
    item["causes"] = json!({ "M": {} });
    item["subjects"] = json!({ "M": {} });
    item["unseen"] = json!({ "S": "{}" });
    item
}
