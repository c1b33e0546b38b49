//! What one schedule has in the emulator: a table, two queues, a topic, and a queue that subscribes to it. All of it is
//! asked for directly, without the proxy: whoever asks is Lambda, CloudTrail or the person at the end.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Value, json};
use stanchion_hub::Millis;

use crate::proxy::{Message, Upstream};

/// How long a message that was taken is not seen by others, in seconds: six times as long as a function may run here.
pub(crate) const VISIBILITY: i64 = 90;

/// How often a job is delivered before it ends among the dead letters: less often than in the template.
const DELIVERIES: u32 = 3;

/// One of the hub's queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Events,
    Jobs,
}

/// A message that was taken from a queue.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    /// How often it was taken, this time included.
    pub(crate) count: u64,
}

/// The places of one schedule.
pub(crate) struct Aws {
    upstream: Upstream,
    /// A region of its own, so that nothing is shared: neither names nor what the SDK keeps for a region's retries.
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) topic: String,
    urls: [String; 3],
    /// The moment.
    pub(crate) now: Millis,
}

impl Aws {
    /// Makes them.
    pub(crate) async fn new(endpoint: SocketAddr, account: &str, number: u64, now: Millis) -> Self {
        let (upstream, region) = (Upstream::new(endpoint), format!("us-run-{number}"));
        let topic = format!("arn:aws:sns:{region}:{account}:findings");
        let mut aws =
            Self { upstream, region, account: account.to_owned(), topic, urls: Default::default(), now };
        let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let attributes: Vec<Value> = ["pk", "sk", "state", "order"]
            .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
            .into();
        let index = json!({"IndexName": "by-state", "KeySchema": [key("state", "HASH"), key("order", "RANGE")],
            "Projection": {"ProjectionType": "KEYS_ONLY"}});
        let table = json!({"TableName": "stanchion", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": attributes,
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")], "GlobalSecondaryIndexes": [index]});
        aws.dynamo("CreateTable", &table).await;
        aws.sqs("CreateQueue", &json!({"QueueName": "dead"})).await;
        for (place, name) in ["events", "jobs", "inbox"].into_iter().enumerate() {
            let mut attributes = json!({"VisibilityTimeout": VISIBILITY.to_string()});
            // A dead event is somebody's to send again (docs/DEPLOY.md); a dead job is the reaper's.
            if name == "jobs" {
                let arn = format!("arn:aws:sqs:{}:{account}:dead", aws.region);
                let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": DELIVERIES});
                attributes["RedrivePolicy"] = redrive.to_string().into();
            }
            let made = aws.sqs("CreateQueue", &json!({"QueueName": name, "Attributes": attributes})).await;
            aws.urls[place] = made["QueueUrl"].as_str().expect("a queue's URL").to_owned();
        }
        aws.sns("Action=CreateTopic&Name=findings").await;
        let (topic, region) = (&aws.topic, &aws.region);
        let subscribe = format!(
            "Action=Subscribe&TopicArn={topic}&Protocol=sqs&Endpoint=arn:aws:sqs:{region}:{account}:inbox\
             &Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true"
        );
        aws.sns(&subscribe).await;
        let everyone = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
            "Resource": "*"}]});
        let attributes = json!({"Policy": everyone.to_string()});
        let inbox = aws.urls[2].clone();
        aws.sqs("SetQueueAttributes", &json!({"QueueUrl": inbox, "Attributes": attributes})).await;
        aws
    }

    pub(crate) fn url(&self, which: Which) -> &str {
        &self.urls[which as usize]
    }

    /// The queue of a URL.
    pub(crate) fn which(&self, url: &str) -> Option<Which> {
        [Which::Events, Which::Jobs].into_iter().find(|which| self.url(*which) == url)
    }

    pub(crate) async fn send(&mut self, body: &str, delay: i64) {
        let url = self.url(Which::Events).to_owned();
        self.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body, "DelaySeconds": delay})).await;
    }

    /// Takes some messages.
    pub(crate) async fn take(&mut self, which: Which, most: u64) -> Vec<Taken> {
        let url = self.url(which).to_owned();
        self.receive(&url, most).await
    }

    /// Everything that arrived on the topic.
    pub(crate) async fn arrived(&mut self) -> Vec<String> {
        let url = self.urls[2].clone();
        let mut bodies = Vec::new();
        loop {
            let some = self.receive(&url, 10).await;
            if some.is_empty() {
                return bodies;
            }
            bodies.extend(some.into_iter().map(|taken| taken.body));
        }
    }

    async fn receive(&mut self, url: &str, most: u64) -> Vec<Taken> {
        let asked = json!({"QueueUrl": url, "MaxNumberOfMessages": most, "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"]});
        let taken = self.sqs("ReceiveMessage", &asked).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let of = |message: &Value| Taken {
            id: text(&message["MessageId"]),
            receipt: text(&message["ReceiptHandle"]),
            body: text(&message["Body"]),
            count: text(&message["Attributes"]["ApproximateReceiveCount"]).parse().expect("a number"),
        };
        taken["Messages"].as_array().map_or_else(Vec::new, |messages| messages.iter().map(of).collect())
    }

    pub(crate) async fn delete(&mut self, which: Which, taken: &[&Taken]) {
        let url = self.url(which).to_owned();
        let entries = taken.iter().enumerate();
        let entries =
            entries.map(|(at, taken)| json!({"Id": at.to_string(), "ReceiptHandle": taken.receipt}));
        let entries: Vec<Value> = entries.collect();
        if !entries.is_empty() {
            self.sqs("DeleteMessageBatch", &json!({"QueueUrl": url, "Entries": entries})).await;
        }
    }

    /// Every item of the table.
    pub(crate) async fn items(&mut self) -> Vec<Value> {
        let mut scanned = self.dynamo("Scan", &json!({"TableName": "stanchion"})).await;
        assert!(scanned["LastEvaluatedKey"].is_null(), "a small table");
        match scanned["Items"].take() {
            Value::Array(items) => items,
            other => panic!("no items: {other}"),
        }
    }

    /// Puts items there.
    pub(crate) async fn put(&mut self, items: &[Value]) {
        for some in items.chunks(25) {
            let puts: Vec<Value> = some.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
            self.dynamo("BatchWriteItem", &json!({"RequestItems": {"stanchion": puts}})).await;
        }
    }

    async fn dynamo(&mut self, operation: &str, body: &Value) -> Value {
        self.json("dynamodb", &format!("DynamoDB_20120810.{operation}"), body).await
    }

    async fn sqs(&mut self, operation: &str, body: &Value) -> Value {
        self.json("sqs", &format!("AmazonSQS.{operation}"), body).await
    }

    async fn sns(&mut self, body: &str) {
        let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        self.ask("sns", &form, body.as_bytes().to_vec()).await;
    }

    async fn json(&mut self, service: &str, target: &str, body: &Value) -> Value {
        let headers =
            [("content-type", "application/x-amz-json-1.0".to_owned()), ("x-amz-target", target.to_owned())];
        let answer = self.ask(service, &headers, body.to_string().into_bytes()).await;
        serde_json::from_slice(&answer).expect("JSON")
    }

    async fn ask(&mut self, service: &str, headers: &[(&str, String)], body: Vec<u8>) -> Vec<u8> {
        let scope = format!("{}/20260101/{}/{service}/aws4_request", self.account, self.region);
        let signed = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let headers: BTreeMap<&str, String> = headers
            .iter()
            .cloned()
            .chain([("host", "127.0.0.1".to_owned()), ("authorization", signed), moment(self.now)])
            .collect();
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let request = Message { first: "POST / HTTP/1.1".to_owned(), headers, body };
        let answer = self.upstream.ask(&request).await.expect("the emulator answers");
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        assert!(answer.first.starts_with("HTTP/1.1 200"), "{service}: {}: {}", answer.first, said());
        answer.body
    }
}

/// The header that tells the emulator the time.
pub(crate) fn moment(now: Millis) -> (&'static str, String) {
    ("x-stanchion-now", format!("{}.{:03}", now / 1000, now % 1000))
}
