//! Queues and topics that take some of a batch and refuse the rest: answers of success that carry failures,
//! after the API references of SQS and SNS. Emulators take everything.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use stanchion_aws::{Calls, SnsTopic, SqsQueue};
use stanchion_findings::{Facts, Observation, Occasion, Severity, Subject, Transition, transition};
use stanchion_hub::edges::Sent;
use stanchion_hub::work::{Job, Key};
use stanchion_hub::{Queue, Topic};

/// Answers each request by a function of how many came before it and its body.
#[derive(Clone)]
struct Recorded {
    answer: fn(usize, &str) -> (u16, String),
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
        let mut requests = self.requests.lock().expect("no test panicked with it");
        let (status, answer) = (self.answer)(requests.len(), &body);
        requests.push(body);
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, answer.into())))
    }
}

fn recorded(answer: fn(usize, &str) -> (u16, String)) -> (SdkConfig, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let connector = SharedHttpConnector::new(Recorded { answer, requests: Arc::clone(&requests) });
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(aws_sdk_sqs::config::SharedCredentialsProvider::new(Credentials::new(
            "AKIAEXAMPLE",
            "secret",
            None,
            None,
            "test",
        )))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build();
    (config, requests)
}

fn jobs(count: usize) -> Vec<Job> {
    let account = |at| format!("{at:012}");
    (0..count).map(|at| Job::new(Key::Account { account: account(at) })).collect()
}

/// The ids of a batch of SQS, in its order.
fn ids(body: &str) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let entries = body["Entries"].as_array().expect("entries");
    entries.iter().map(|entry| entry["Id"].as_str().expect("an id").to_owned()).collect()
}

fn taken(body: &str, failed: impl Fn(&str) -> bool) -> String {
    let (out, sent): (Vec<String>, Vec<String>) = ids(body).into_iter().partition(|id| failed(id));
    let sent = sent.iter().map(|id| serde_json::json!({ "Id": id, "MessageId": id, "MD5OfMessageBody": "" }));
    let out = out.iter().map(|id| {
        serde_json::json!({ "Id": id, "SenderFault": false, "Code": "InternalError", "Message": "try again" })
    });
    let (sent, out): (Vec<_>, Vec<_>) = (sent.collect(), out.collect());
    serde_json::json!({ "Successful": sent, "Failed": out }).to_string()
}

/// One account's many jobs would hold up those of all others.
#[tokio::test]
async fn jobs_are_of_the_group_of_their_account() {
    let (config, requests) = recorded(|_, body| (200, taken(body, |_| false)));
    let queue = SqsQueue::new(&config, &Calls::new(), "https://sqs/jobs", "https://sqs/events");
    queue.jobs(&jobs(2), 0).await.expect("sent");
    let requests = requests.lock().expect("requests");
    let body: serde_json::Value = serde_json::from_str(&requests[0]).expect("JSON");
    let groups = body["Entries"].as_array().expect("entries").iter().map(|entry| &entry["MessageGroupId"]);
    assert_eq!(groups.collect::<Vec<_>>(), ["000000000000", "000000000001"]);
}

/// Lost jobs are found by the next sweep only, hours later.
#[tokio::test]
async fn jobs_that_sqs_did_not_take_are_sent_again() {
    let (config, requests) = recorded(|at, body| (200, taken(body, |id| at == 0 && id == "3")));
    let queue = SqsQueue::new(&config, &Calls::new(), "https://sqs/jobs", "https://sqs/events");
    queue.jobs(&jobs(12), 1_000).await.expect("sent");
    let requests = requests.lock().expect("requests");
    let sent: Vec<usize> = requests.iter().map(|body| ids(body).len()).collect();
    assert_eq!(sent, [10, 1, 2]);
    assert_eq!(ids(&requests[1]), ["3"]);
    assert!(requests[0].contains("\"DelaySeconds\":900"), "{}", requests[0]);
}

#[tokio::test]
async fn jobs_that_sqs_never_takes_are_an_error() {
    let (config, requests) = recorded(|_, body| (200, taken(body, |_| true)));
    let queue = SqsQueue::new(&config, &Calls::new(), "https://sqs/jobs", "https://sqs/events");
    let error = queue.jobs(&jobs(2), 0).await.expect_err("not taken").to_string();
    assert!(error.contains("2 of 2 messages: InternalError: try again"), "{error}");
    assert_eq!(requests.lock().expect("requests").len(), 3);
}

/// One opened finding of each name, then its resolution.
fn told(names: &[&str]) -> Vec<Transition> {
    let mut all = Vec::new();
    for name in names {
        let facts = Facts {
            rule_id: "rule".to_owned(),
            rule_kind: "guardrail".to_owned(),
            severity: Severity::High,
            title: "A rule".to_owned(),
            subject: Subject::principal(format!("AROA{name}")),
            facet: None,
            principal: Some(format!("arn:aws:iam::111122223333:role/{name}")),
            account_id: Some("111122223333".to_owned()),
            detail: None,
            remedy: None,
            witness: None,
            assumptions: Vec::new(),
            because: Vec::new(),
            unknowns: Vec::new(),
        };
        let opened = transition(None, Observation::Violates(facts), &Occasion::default());
        let resolved = transition(opened.finding.as_ref(), Observation::Clean, &Occasion::default());
        all.extend([opened.transition.expect("opened"), resolved.transition.expect("resolved")]);
    }
    all
}

/// How many entries a `PublishBatch` has, by its form body.
fn entries(body: &str) -> usize {
    (1..=10).take_while(|at| body.contains(&format!("PublishBatchRequestEntries.member.{at}.Id="))).count()
}

fn published(entries: usize, failed: &[(usize, bool)]) -> String {
    let (mut out, mut sent) = (String::new(), String::new());
    for at in 0..entries {
        match failed.iter().find(|(id, _)| *id == at) {
            Some((_, fault)) => {
                out += &format!(
                    "<member><Id>{at}</Id><Code>InternalError</Code><Message>later</Message>\
                     <SenderFault>{fault}</SenderFault></member>"
                );
            }
            None => sent += &format!("<member><Id>{at}</Id><MessageId>m-{at}</MessageId></member>"),
        }
    }
    format!(
        "<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishBatchResult>\
         <Successful>{sent}</Successful><Failed>{out}</Failed></PublishBatchResult></PublishBatchResponse>"
    )
}

async fn publish(config: &SdkConfig, arn: &str, told: &[Transition]) -> Vec<bool> {
    let topic = SnsTopic::new(config, &Calls::new(), arn);
    let sent: Vec<Sent<'_>> = told.iter().map(Sent::Transition).collect();
    topic.publish(&sent).await.iter().map(Result::is_ok).collect()
}

const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:findings";

/// Dropping `Failed` loses alerts.
#[tokio::test]
async fn what_sns_did_not_take_is_sent_again() {
    let (config, requests) = recorded(|at, body| {
        let failed: &[(usize, bool)] = if at == 0 { &[(1, false)] } else { &[] };
        if at == 1 {
            // The one that failed, under its id.
            assert!(body.contains("member.1.Id=1"), "{body}");
            return (
                200,
                published(2, &[]).replace("<member><Id>0</Id><MessageId>m-0</MessageId></member>", ""),
            );
        }
        (200, published(entries(body), failed))
    });
    let told: Vec<Transition> = told(&["a", "b", "c"]).into_iter().step_by(2).collect();
    assert_eq!(publish(&config, TOPIC, &told).await, [true, true, true]);
    assert_eq!(requests.lock().expect("requests").len(), 2);
}

#[tokio::test]
async fn what_is_the_senders_fault_is_not_tried_again() {
    let (config, requests) = recorded(|_, body| (200, published(entries(body), &[(0, true)])));
    let told: Vec<Transition> = told(&["a", "b"]).into_iter().step_by(2).collect();
    assert_eq!(publish(&config, TOPIC, &told).await, [false, true]);
    assert_eq!(requests.lock().expect("requests").len(), 1);
}

/// A resolution that overtakes its opening leaves the finding open in whatever listens.
#[tokio::test]
async fn behind_a_message_that_failed_its_finding_waits() {
    let (config, requests) = recorded(|_, body| (200, published(entries(body), &[(0, true)])));
    // Opened and resolved go in two batches; the first fails, so that the second is not sent.
    assert_eq!(publish(&config, TOPIC, &told(&["a"])).await, [false, false]);
    assert_eq!(requests.lock().expect("requests").len(), 1);
}

#[tokio::test]
async fn a_fifo_topic_gets_groups_and_ids() {
    let (config, requests) = recorded(|_, body| (200, published(entries(body), &[])));
    let told = told(&["a"]);
    assert_eq!(publish(&config, &format!("{TOPIC}.fifo"), &told).await, [true, true]);
    let requests = requests.lock().expect("requests");
    assert_eq!(requests.len(), 2, "those of one finding go one after the other");
    let fingerprint = told[0].finding.fingerprint.as_str();
    assert!(requests[0].contains(&format!("MessageGroupId={fingerprint}")), "{}", requests[0]);
    assert!(requests[0].contains(&format!("MessageDeduplicationId={}", told[0].id)), "{}", requests[0]);
}

#[tokio::test]
async fn a_topic_that_does_not_answer_fails_every_message() {
    let (config, _) = recorded(|_, _| {
        (400, "<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>".to_owned())
    });
    assert_eq!(publish(&config, TOPIC, &told(&["a", "b"])).await, [false; 4]);
}

/// Alerts stay pending until the topic is back.
#[tokio::test]
async fn a_topic_that_was_deleted_fails_every_message() {
    let (config, requests) = recorded(|_, _| {
        (
            404,
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code></Error></ErrorResponse>"
                .to_owned(),
        )
    });
    assert_eq!(publish(&config, TOPIC, &told(&["a"])).await, [false; 2]);
    assert_eq!(requests.lock().expect("requests").len(), 1, "it is not asked again and again");
}
