//! Sessions in the accounts that are read: one for each, assumed once and kept until it is about to end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use stanchion_hub::{CloudError, Millis};

use super::fault::fault;
use super::settings::CloudSettings;
use crate::calls::Calls;

/// The present moment, as the program tells it.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// What is asked of IAM.
pub const IAM_ACTIONS: [&str; 24] = [
    "iam:GenerateCredentialReport",
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "iam:GetGroup",
    "iam:GetGroupPolicy",
    "iam:GetLoginProfile",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAccessKeys",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListGroupPolicies",
    "iam:ListGroupsForUser",
    "iam:ListMFADevices",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:ListUserPolicies",
];

/// What is asked of Organizations and Identity Center.
pub const ORGANIZATION_ACTIONS: [&str; 23] = [
    "identitystore:ListGroupMemberships",
    "identitystore:ListGroups",
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:DescribeOrganizationalUnit",
    "organizations:DescribePolicy",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
    "organizations:ListPolicies",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
    "sso:DescribeInstanceAccessControlAttributeConfiguration",
    "sso:DescribePermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:ListAccountAssignments",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:ListInstances",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListPermissionSets",
];

/// What is asked to see whether the hub's part in an account is whole.
pub const WATCH_ACTIONS: [&str; 5] = [
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "events:DescribeRule",
    "events:ListTargetsByRule",
];

/// What a session may do at most, whatever its role allows: what is asked in it. At most 2,048 characters
/// (STS API Reference, `AssumeRole`).
fn session_policy(asks_for_organization: bool) -> String {
    let more: &[&str] = if asks_for_organization { &ORGANIZATION_ACTIONS } else { &[] };
    let actions: Vec<_> =
        IAM_ACTIONS.iter().chain(&WATCH_ACTIONS).chain(more).map(|action| format!("\"{action}\"")).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    )
}

/// How the sessions are called; CloudTrail of the account that is read shows it.
const SESSION_NAME: &str = "stanchion";

/// How long a session is asked for: as long as one that a role assumes may be (IAM User Guide, "Methods
/// to assume a role", role chaining).
const SESSION_SECONDS: i32 = 3600;

/// How long before its end a session is not used any more.
const SESSION_MARGIN: Millis = 5 * 60 * 1000;

/// How many sessions are kept.
const MOST_SESSIONS: usize = 512;

/// A session in an account.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) account: String,
    pub(crate) config: SdkConfig,
    pub(crate) iam: aws_sdk_iam::Client,
    /// `None`: it is the program's own, and does not end.
    ends: Option<Millis>,
}

/// The sessions of a program.
pub(crate) struct Sessions {
    pub(crate) settings: CloudSettings,
    pub(crate) calls: Calls,
    pub(crate) clock: Clock,
    config: SdkConfig,
    sts: aws_sdk_sts::Client,
    open: Mutex<BTreeMap<String, Session>>,
}

impl Sessions {
    pub(crate) fn new(config: &SdkConfig, settings: CloudSettings, calls: Calls, clock: Clock) -> Self {
        let sts = aws_sdk_sts::config::Builder::from(config).interceptor(calls.clone()).build();
        Self {
            settings,
            calls,
            clock,
            config: config.clone(),
            sts: aws_sdk_sts::Client::from_conf(sts),
            open: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Millis {
        (self.clock)()
    }

    /// The session in an account: one that is open, or a new one.
    pub(crate) async fn of(&self, account: &str) -> Result<Session, CloudError> {
        let open = self.lock().get(account).cloned();
        if let Some(session) = open.filter(|session| !self.is_over(session)) {
            return Ok(session);
        }
        let session = if account == self.settings.account {
            self.session(account, self.config.clone(), None)
        } else {
            self.assume(account).await?
        };
        let mut open = self.lock();
        if open.len() >= MOST_SESSIONS {
            open.retain(|_, session| !self.is_over(session));
        }
        if open.len() >= MOST_SESSIONS {
            open.clear();
        }
        open.insert(account.to_owned(), session.clone());
        Ok(session)
    }

    /// What an error in a session means. A session that is refused is not used again: its role may have
    /// been made anew, or allow more by now.
    pub(crate) fn failed<E>(&self, account: &str, error: &SdkError<E, HttpResponse>) -> CloudError
    where
        E: ProvideErrorMetadata,
    {
        let fault = fault(account, error);
        let ended = error.code().is_some_and(|code| code.starts_with("ExpiredToken"));
        if ended || matches!(fault, CloudError::Refused { .. }) {
            self.lock().remove(account);
        }
        fault
    }

    async fn assume(&self, account: &str) -> Result<Session, CloudError> {
        let Some(audit) = &self.settings.audit else {
            let reason = "no role is set that is assumed to read other accounts".to_owned();
            return Err(CloudError::Refused { account: account.to_owned(), reason });
        };
        let policy = session_policy(self.settings.organization_account.as_deref() == Some(account));
        let role = format!("arn:{}:iam::{account}:role/{}", self.settings.partition, audit.name);
        let answer = self
            .sts
            .assume_role()
            .role_arn(role)
            .role_session_name(SESSION_NAME)
            .set_external_id(audit.external_id.as_ref().map(|id| id.reveal().to_owned()))
            .policy(policy)
            .duration_seconds(SESSION_SECONDS)
            .send()
            .await
            .map_err(|error| fault(account, &error))?;
        let arn = answer.assumed_role_user.map(|user| user.arn).unwrap_or_default();
        let found = arn.split(':').nth(4).unwrap_or_default().to_owned();
        if found != account {
            return Err(CloudError::OtherAccount { meant: account.to_owned(), found });
        }
        let given = answer
            .credentials
            .ok_or_else(|| CloudError::Unreadable("AssumeRole gave no credentials".to_owned()))?;
        let ends = given.expiration.to_millis().unwrap_or_default();
        let credentials = Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            given.expiration.try_into().ok(),
            "stanchion",
        );
        let provider = SharedCredentialsProvider::new(credentials);
        let config = self.config.to_builder().credentials_provider(provider).build();
        Ok(self.session(account, config, Some(ends)))
    }

    fn session(&self, account: &str, config: SdkConfig, ends: Option<Millis>) -> Session {
        let iam = aws_sdk_iam::config::Builder::from(&config).interceptor(self.calls.clone()).build();
        let iam = aws_sdk_iam::Client::from_conf(iam);
        Session { account: account.to_owned(), config, iam, ends }
    }

    fn is_over(&self, session: &Session) -> bool {
        session.ends.is_some_and(|ends| self.now() >= ends - SESSION_MARGIN)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_session_policy_fits() {
        let policy = session_policy(true);
        assert!(policy.len() <= 2048, "{}", policy.len());
        assert!(serde_json::from_str::<serde_json::Value>(&policy).is_ok());
    }
}
