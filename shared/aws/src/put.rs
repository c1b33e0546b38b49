//! One call that no client of the SDK makes: a text is put where a URL that was signed beforehand says.

use std::time::Duration;

use http::{Request, header};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs::default_provider;

/// How often it is tried, and how long each time may take.
const TRIES: (usize, Duration) = (3, Duration::from_secs(10));

/// Puts a text at a URL that was signed beforehand, as those to which CloudFormation wants its answers.
///
/// # Errors
/// Why nobody took it, three times. The URL is a secret, and not told.
pub async fn put(url: &str, text: String) -> Result<(), String> {
    let (tries, timeout) = TRIES;
    let mut error = String::new();
    for _ in 0..tries {
        match tokio::time::timeout(timeout, once(url, text.clone())).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(reason)) => error = reason,
            Err(_) => error = "no answer in time".to_owned(),
        }
    }
    Err(error)
}

async fn once(url: &str, text: String) -> Result<(), String> {
    let https = HttpsConnectorBuilder::new().with_provider_and_native_roots(default_provider());
    let https = https.map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build(https.https_or_http().enable_http1().build());
    // The signature covers a type of content that is empty.
    let request = Request::put(url).header(header::CONTENT_TYPE, "").body(text);
    let answer = client.request(request.map_err(|error| error.to_string())?).await;
    let status = answer.map_err(|error| error.to_string())?.status();
    if status.is_success() { Ok(()) } else { Err(format!("the answer is {status}")) }
}
