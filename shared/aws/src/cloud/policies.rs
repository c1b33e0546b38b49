//! Managed policies, with what is known of them already.
//!
//! A version never changes, so its document is known for ever: by the policy's id and not by its ARN, which
//! another policy may have after this one was deleted. Which version is the default is known for a minute.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use stanchion_hub::{CloudError, Millis};

use super::details::{ManagedPolicy, Version, document};
use super::fault::is_missing;
use super::sessions::{Session, Sessions};
use crate::notes::Notes;

/// How long it is believed which version is the default.
const DEFAULT_KNOWN: Millis = 60 * 1000;

/// How much text of documents is kept in memory, in bytes.
const MOST_TEXT: usize = 16 << 20;

/// How many policies' default versions are kept in memory.
const MOST_DEFAULTS: usize = 20_000;

/// What is known of managed policies.
#[derive(Default)]
pub(crate) struct Policies(Mutex<Known>);

#[derive(Default)]
struct Known {
    defaults: BTreeMap<String, InForce>,
    documents: BTreeMap<Id, Arc<str>>,
    text: usize,
}

#[derive(Clone)]
struct InForce {
    id: Id,
    name: Option<String>,
    read: Millis,
}

/// Which text it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Id {
    policy: String,
    version: String,
}

impl Policies {
    /// A policy with the document of its default version. If it is doubted, which version that is is read.
    ///
    /// # Errors
    /// Besides those of the calls: [`CloudError::Transient`] if there is no such policy. What is attached
    /// cannot be deleted, so either the attachment or the policy is seen too early or too late.
    pub(crate) async fn read(
        &self,
        sessions: &Sessions,
        session: &Session,
        notes: &impl Notes,
        arn: &str,
        doubted: bool,
    ) -> Result<ManagedPolicy, CloudError> {
        let default = match self.default(arn, sessions.now()).filter(|_| !doubted) {
            Some(default) => default,
            None => self.read_default(sessions, session, arn).await?,
        };
        let text = match self.document(&default.id) {
            Some(text) => text,
            None => self.read_document(sessions, session, notes, arn, &default.id).await?,
        };
        Ok(ManagedPolicy {
            policy_name: default.name,
            policy_id: Some(default.id.policy),
            arn: Some(arn.to_owned()),
            default_version_id: Some(default.id.version.clone()),
            policy_version_list: vec![Version {
                version_id: default.id.version,
                is_default_version: true,
                document: Some(text.as_ref().to_owned()),
            }],
        })
    }

    async fn read_default(
        &self,
        sessions: &Sessions,
        session: &Session,
        arn: &str,
    ) -> Result<InForce, CloudError> {
        let now = sessions.now();
        let answer = session.iam.get_policy().policy_arn(arn).send().await.map_err(|error| {
            if is_missing(&error) { gone(arn) } else { sessions.failed(&session.account, &error) }
        })?;
        let found = answer.policy.and_then(|policy| {
            let id = Id { policy: policy.policy_id?, version: policy.default_version_id? };
            Some(InForce { id, name: policy.policy_name, read: now })
        });
        let default = found.ok_or_else(|| lacks("GetPolicy", arn))?;
        let mut known = self.lock();
        if known.defaults.len() >= MOST_DEFAULTS {
            known.defaults.clear();
        }
        known.defaults.insert(arn.to_owned(), default.clone());
        Ok(default)
    }

    async fn read_document(
        &self,
        sessions: &Sessions,
        session: &Session,
        notes: &impl Notes,
        arn: &str,
        id: &Id,
    ) -> Result<Arc<str>, CloudError> {
        let note = format!("policy/{}/{}", id.policy, id.version);
        // What the notes do not tell is read; they only save calls.
        if let Ok(Some(text)) = notes.read(&note).await {
            return Ok(self.keep(id, text.into()));
        }
        let request = session.iam.get_policy_version().policy_arn(arn).version_id(&id.version);
        let answer = request.send().await.map_err(|error| {
            if is_missing(&error) { gone(arn) } else { sessions.failed(&session.account, &error) }
        })?;
        let found = answer.policy_version.and_then(|version| version.document);
        let text = document(&found.ok_or_else(|| lacks("GetPolicyVersion", arn))?);
        if let Err(error) = notes.write(&note, None, &text).await {
            tracing::debug!(%error, "a policy's document was not noted");
        }
        Ok(self.keep(id, text.into()))
    }

    fn default(&self, arn: &str, now: Millis) -> Option<InForce> {
        let known = self.lock();
        known.defaults.get(arn).filter(|default| now - default.read < DEFAULT_KNOWN).cloned()
    }

    fn document(&self, id: &Id) -> Option<Arc<str>> {
        self.lock().documents.get(id).cloned()
    }

    fn keep(&self, id: &Id, text: Arc<str>) -> Arc<str> {
        let mut known = self.lock();
        if known.text + text.len() > MOST_TEXT {
            known.documents.clear();
            known.text = 0;
        }
        known.text += text.len();
        known.documents.insert(id.clone(), Arc::clone(&text));
        text
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone(arn: &str) -> CloudError {
    CloudError::Transient(format!("`{arn}` is attached, and is not there"))
}

fn lacks(operation: &str, arn: &str) -> CloudError {
    CloudError::Unreadable(format!("{operation} of `{arn}` lacks what every answer has"))
}
