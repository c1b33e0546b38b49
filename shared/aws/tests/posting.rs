//! Topics for people and a bus that take some of a batch and refuse the rest: answers of success that carry failures.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use stanchion_alerts::eventbridge::{Entry, SOURCE};
use stanchion_aws::{AwsPost, Calls};
use stanchion_hub::people::{Letter, Post, To};

const TEXT: &str = "arn:aws:sns:us-east-1:111122223333:people";
const CHAT: &str = "arn:aws:sns:us-east-1:111122223333:chat";

/// Answers a request by its body.
type Answer = fn(usize, &str) -> (u16, String);

#[derive(Clone)]
struct Recorded {
    answer: Answer,
    requests: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorded")
    }
}

impl HttpConnector for Recorded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let body = percent_decode_str(&body.replace('+', " ")).decode_utf8_lossy().into_owned();
        let mut requests = self.requests.lock().expect("no test panicked with it");
        let (status, answer) = (self.answer)(requests.len(), &body);
        requests.push(body);
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, answer.into())))
    }
}

fn post(answer: Answer, bus: Option<&str>) -> (AwsPost, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let connector = SharedHttpConnector::new(Recorded { answer, requests: Arc::clone(&requests) });
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    let post = AwsPost::new(&config, &Calls::new(), TEXT, Some(CHAT.to_owned()), bus.map(str::to_owned));
    (post, requests)
}

fn letters(count: usize, bytes: usize) -> Vec<Letter> {
    let letter = |at: usize| Letter {
        id: format!("letter-{at}"),
        since: 0,
        subject: Some(format!("HIGH subject {at}")),
        body: "x".repeat(bytes),
        short: Some(format!("short {at}")),
    };
    (0..count).map(letter).collect()
}

/// SNS takes all but the first of the first request.
fn but_one(at: usize, body: &str) -> (u16, String) {
    let entries = (1..=10).filter(|entry| body.contains(&format!("member.{entry}.Id="))).count();
    let mut out = String::new();
    for entry in 1..=entries {
        let id = body.split(&format!("member.{entry}.Id=")).nth(1).and_then(|rest| rest.split('&').next());
        let id = id.unwrap_or_default();
        out += &if at == 0 && entry == 1 {
            format!(
                "</Successful><Failed><member><Id>{id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed><Successful>"
            )
        } else {
            format!("<member><Id>{id}</Id><MessageId>m</MessageId></member>")
        };
    }
    let xml = format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>\
         <Successful>{out}</Successful></PublishBatchResult></PublishBatchResponse>"
    );
    (200, xml.replace("<Successful></Successful>", ""))
}

#[tokio::test]
async fn letters_that_sns_did_not_take_are_sent_again() {
    let (post, requests) = post(but_one, None);
    let results = post.send(To::Text, &letters(3, 10)).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let requests = requests.lock().expect("requests");
    assert_eq!(requests.len(), 2);
    assert!(requests[1].contains("member.1.Id=0") && !requests[1].contains("member.2."), "{}", requests[1]);
}

#[tokio::test]
async fn a_letter_has_a_subject_and_a_short_text_for_telephones_and_a_card_has_not() {
    let (post, requests) = post(|_, body| but_one(1, body), None);
    let [text] = letters(1, 3).try_into().expect("one");
    let card =
        Letter { subject: None, short: None, body: "{\"version\":\"1.0\"}".to_owned(), ..text.clone() };
    assert_eq!(post.send(To::Text, &[text]).await, [Ok(())]);
    assert_eq!(post.send(To::Chat, &[card]).await, [Ok(())]);
    let requests = requests.lock().expect("requests");
    for part in [
        TEXT,
        "member.1.Subject=HIGH subject 0",
        "MessageStructure=json",
        r#"{"default":"xxx","sms":"short 0"}"#,
    ] {
        assert!(requests[0].contains(part), "{part}: {}", requests[0]);
    }
    assert!(
        requests[1].contains(CHAT) && requests[1].contains(r#"Message={"version":"1.0"}"#),
        "{}",
        requests[1]
    );
    assert!(!requests[1].contains("MessageStructure") && !requests[1].contains("Subject"), "{}", requests[1]);
}

#[tokio::test]
async fn letters_keep_to_the_limits_of_a_batch() {
    let (post, requests) = post(|_, body| but_one(1, body), None);
    assert!(post.send(To::Text, &letters(12, 30_000)).await.iter().all(Result::is_ok));
    assert_eq!(requests.lock().expect("requests").len(), 2, "eight of 30 KB are what fits");
}

#[tokio::test]
async fn a_topic_that_was_deleted_fails_every_letter() {
    let gone = |_: usize, _: &str| {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>";
        (404, body.to_owned())
    };
    let (post, requests) = post(gone, None);
    let results = post.send(To::Text, &letters(2, 10)).await;
    assert!(
        results.iter().all(|result| result.as_ref().is_err_and(|error| error.0.contains("NotFound"))),
        "{results:?}"
    );
    assert_eq!(requests.lock().expect("requests").len(), 1);
}

fn entries(count: usize) -> Vec<Entry> {
    let entry = |at: usize| Entry {
        source: SOURCE,
        detail_type: "Finding Opened",
        detail: json!({ "id": at }).to_string(),
        resources: vec!["arn:aws:iam::111122223333:role/Deploy".to_owned()],
        time: Some("2026-03-09T02:14:07Z".to_owned()),
    };
    (0..count).map(entry).collect()
}

/// Takes all but the second of the first request.
fn but_the_second(at: usize, body: &str) -> (u16, String) {
    let body: Value = serde_json::from_str(body).expect("JSON");
    let said = body["Entries"].as_array().expect("entries").iter().enumerate().map(|(place, _)| {
        if at == 0 && place == 1 {
            json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "too many" })
        } else {
            json!({ "EventId": "e" })
        }
    });
    (200, json!({ "FailedEntryCount": 0, "Entries": said.collect::<Vec<_>>() }).to_string())
}

#[tokio::test]
async fn events_that_the_bus_did_not_take_are_put_again() {
    let (post, requests) = post(but_the_second, Some("default"));
    assert!(post.put(&entries(12)).await.iter().all(Result::is_ok));
    let requests = requests.lock().expect("requests");
    let sent = requests.iter().map(|body| {
        let body: Value = serde_json::from_str(body).expect("JSON");
        body["Entries"].as_array().expect("entries").clone()
    });
    let sent: Vec<Vec<Value>> = sent.collect();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [10, 1, 2]);
    assert_eq!(sent[1][0]["Detail"], "{\"id\":1}");
    assert_eq!((&sent[0][0]["Source"], &sent[0][0]["EventBusName"]), (&json!(SOURCE), &json!("default")));
    assert_eq!(sent[0][0]["Time"], 1_773_022_447.0);
}

#[tokio::test]
async fn events_that_the_bus_never_takes_are_errors() {
    let never = |_: usize, _: &str| {
        let said = json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "later" });
        (200, json!({ "FailedEntryCount": 1, "Entries": [said] }).to_string())
    };
    let (post, requests) = post(never, Some("default"));
    let results = post.put(&entries(1)).await;
    assert!(results[0].as_ref().is_err_and(|error| error.0 == "InternalFailure: later"), "{results:?}");
    assert_eq!(requests.lock().expect("requests").len(), 3);
    let gone = |_: usize, _: &str| {
        (400, json!({ "__type": "ResourceNotFoundException", "message": "no bus" }).to_string())
    };
    let (post, _) = self::post(gone, Some("gone"));
    assert!(post.put(&entries(2)).await.iter().all(Result::is_err));
}

#[tokio::test]
async fn without_a_bus_nothing_is_put() {
    let (post, requests) = post(but_the_second, None);
    assert!(!post.has_bus() && post.put(&entries(1)).await.is_empty());
    assert!(requests.lock().expect("requests").is_empty());
}
