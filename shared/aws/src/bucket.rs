//! The hub's bucket: rulebooks that people put there, and what accounts were when they were read.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;

use crate::calls::Calls;
use crate::errors::line;

/// The longest text that is read, in bytes.
const MAX_BYTES: i64 = 1024 * 1024;

/// A bucket with versions.
#[derive(Clone, Debug)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of this name.
    pub fn new(config: &SdkConfig, calls: &Calls, name: impl Into<String>) -> Self {
        let config = aws_sdk_s3::config::Builder::from(config).interceptor(calls.clone()).build();
        Self { client: Client::from_conf(config), name: name.into() }
    }

    /// The newest version's id of an object; `None`: there is no such object.
    ///
    /// # Errors
    /// Those of S3, in a line.
    pub async fn newest(&self, key: &str) -> Result<Option<String>, String> {
        match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(head) => Ok(Some(head.version_id.unwrap_or_else(|| "null".to_owned()))),
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => {
                Ok(None)
            }
            Err(error) => Err(line(&error)),
        }
    }

    /// An object's text, of one version or the newest; `None`: there is none.
    ///
    /// # Errors
    /// Those of S3, in a line; a text that is longer than 1 MiB, or none.
    pub async fn text(&self, key: &str, version: Option<&str>) -> Result<Option<String>, String> {
        let call = self.client.get_object().bucket(&self.name).key(key);
        let answer = match call.set_version_id(version.map(str::to_owned)).send().await {
            Ok(answer) => answer,
            Err(error) if matches!(error.code(), Some("NoSuchKey" | "NoSuchVersion")) => return Ok(None),
            Err(error) => return Err(line(&error)),
        };
        if answer.content_length.is_none_or(|length| length > MAX_BYTES) {
            return Err("it is longer than 1 MiB".to_owned());
        }
        let bytes = answer.body.collect().await.map_err(|error| error.to_string())?.to_vec();
        String::from_utf8(bytes).map(Some).map_err(|_| "it is not UTF-8".to_owned())
    }

    /// Writes a new version of an object.
    ///
    /// # Errors
    /// Those of S3, in a line.
    pub async fn put(&self, key: &str, text: String) -> Result<(), String> {
        let call = self.client.put_object().bucket(&self.name).key(key);
        let call = call.content_type("application/json").body(ByteStream::from(text.into_bytes()));
        call.send().await.map(|_| ()).map_err(|error| line(&error))
    }
}
