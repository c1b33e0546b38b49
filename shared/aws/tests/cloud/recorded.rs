//! AWS as it answered once: answers by operation, given by an HTTP client that talks to nobody.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use stanchion_aws::Calls;
use stanchion_aws::cloud::{AuditRole, AwsCloud, CloudSettings, Secret};
use stanchion_aws::notes::NotesInMemory;

/// The account of the credentials.
pub(crate) const HUB: &str = "999988887777";
/// An account that is read through its audit role.
pub(crate) const MEMBER: &str = "111122223333";
/// What the audit role's trust policy asks for.
pub(crate) const EXTERNAL_ID: &str = "only-the-hub-knows";
/// The moment of all tests, in milliseconds since the Unix epoch.
pub(crate) const NOW: i64 = 1_772_446_000_000;

/// What was recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    asked: Vec<Asked>,
}

/// A request that was made.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) operation: String,
    /// The body, decoded, and the key that signed it.
    pub(crate) text: String,
}

#[derive(Debug)]
struct Rule {
    operation: &'static str,
    has: Vec<String>,
    answers: VecDeque<(u16, String)>,
}

impl Recorded {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Answers an operation whose request has these texts; what is added later goes before.
    pub(crate) fn on(&self, operation: &'static str, has: &[&str], answers: &[(u16, String)]) -> &Self {
        let has = has.iter().map(|text| (*text).to_owned()).collect();
        let answers = answers.iter().cloned().collect();
        self.0.lock().expect("state").rules.insert(0, Rule { operation, has, answers });
        self
    }

    /// Answers with the result of an operation of IAM or STS.
    pub(crate) fn query(&self, operation: &'static str, has: &[&str], result: &str) -> &Self {
        self.on(operation, has, &[query(operation, result)])
    }

    /// Answers with JSON.
    pub(crate) fn json(&self, operation: &'static str, has: &[&str], body: serde_json::Value) -> &Self {
        self.on(operation, has, &[(200, body.to_string())])
    }

    /// The requests so far, which are forgotten.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.0.lock().expect("state").asked)
    }

    /// The operations so far, sorted; they are forgotten.
    pub(crate) fn operations(&self) -> Vec<String> {
        let mut operations: Vec<_> = self.asked().into_iter().map(|asked| asked.operation).collect();
        operations.sort();
        operations
    }

    fn answer(&self, request: &HttpRequest) -> (u16, String) {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let decoded =
            percent_encoding::percent_decode_str(&body.replace('+', " ")).decode_utf8_lossy().into_owned();
        let action = body.split('&').find_map(|part| part.strip_prefix("Action="));
        let operation = target.or(action).unwrap_or("nothing").to_owned();
        let signed = request.headers().get("authorization").unwrap_or_default();
        let text = format!("{decoded} {signed}");
        let mut state = self.0.lock().expect("state");
        state.asked.push(Asked { operation: operation.clone(), text: text.clone() });
        let rule = state.rules.iter_mut().find(|rule| {
            rule.operation == operation && rule.has.iter().all(|wanted| text.contains(wanted.as_str()))
        });
        match rule.map(|rule| &mut rule.answers) {
            // The last answer stays.
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        }
        .unwrap_or_else(|| (500, format!("nothing is recorded for {operation} with {text}")))
    }
}

impl HttpConnector for Recorded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.answer(&request);
        let status = status.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

impl HttpClient for Recorded {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// A successful answer of the query protocol.
pub(crate) fn query(operation: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{operation}Response>"
    );
    (200, body)
}

/// An error of the query protocol.
pub(crate) fn query_error(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>0</RequestId></ErrorResponse>"
    );
    (status, body)
}

/// An error of the JSON protocol.
pub(crate) fn json_error(code: &str, message: &str) -> (u16, String) {
    (400, serde_json::json!({"__type": code, "Message": message}).to_string())
}

/// The answer of `AssumeRole` in an account, with a key that begins as the account's id.
pub(crate) fn assumed(account: &str) -> (u16, String) {
    query(
        "AssumeRole",
        &format!(
            "<AssumedRoleUser><AssumedRoleId>AROAAUDIT:stanchion</AssumedRoleId>\
             <Arn>arn:aws:sts::{account}:assumed-role/Audit/stanchion</Arn></AssumedRoleUser>\
             <Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2026-03-02T11:00:00Z</Expiration></Credentials>"
        ),
    )
}

/// A configuration whose every call is answered from what was recorded, at once or not at all.
pub(crate) fn config(recorded: &Recorded, retry: RetryConfig) -> SdkConfig {
    let credentials = Credentials::new("AKIAHUB", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retry)
        .http_client(recorded.clone())
        .build()
}

/// Settings of a hub that reads other accounts.
pub(crate) fn settings() -> CloudSettings {
    let external_id = Some(Secret::new(EXTERNAL_ID));
    CloudSettings {
        audit: Some(AuditRole { name: "stanchion/Audit".to_owned(), external_id }),
        ..CloudSettings::new(HUB, Some("eu-central-1"))
    }
}

/// A cloud of what was recorded, with nothing noted yet, at [`NOW`].
pub(crate) fn cloud(recorded: &Recorded) -> AwsCloud<NotesInMemory> {
    cloud_with(recorded, settings(), Calls::new())
}

pub(crate) fn cloud_with(
    recorded: &Recorded,
    settings: CloudSettings,
    calls: Calls,
) -> AwsCloud<NotesInMemory> {
    let config = config(recorded, RetryConfig::disabled());
    AwsCloud::new(&config, settings, NotesInMemory::default(), calls, Arc::new(|| NOW))
}
