//! The calls of Organizations, each from the first page to the last.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_sdk_organizations::types::{self, PolicyType as Type};
use stanchion_hub::CloudError;

use super::file::{Account, Description, Policy, PolicyType, Root, Summary, Unit};
use crate::cloud::fault::is_missing;
use crate::cloud::pages::token_pages;
use crate::cloud::sessions::{Session, Sessions};

/// Reads the organization through one account's session.
pub(crate) struct Reader<'a> {
    sessions: &'a Sessions,
    account: String,
    client: Client,
}

/// Every entry of a list; none if what is listed is of something that is not there any more.
macro_rules! list {
    ($self:ident, $request:expr, $entries:ident) => {
        token_pages!($self.sessions, &$self.account, $request, $entries.unwrap_or_default())
            .unwrap_or_default()
    };
}

impl<'a> Reader<'a> {
    pub(crate) fn new(sessions: &'a Sessions, session: &Session) -> Self {
        let config = aws_sdk_organizations::config::Builder::from(&session.config);
        let client = Client::from_conf(config.interceptor(sessions.calls.clone()).build());
        Self { sessions, account: session.account.clone(), client }
    }

    /// What the organization is; `None`: the account is in none.
    pub(crate) async fn description(&self) -> Result<Option<Description>, CloudError> {
        let answer = match self.client.describe_organization().send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("AWSOrganizationsNotInUseException") => return Ok(None),
            Err(error) => return Err(self.sessions.failed(&self.account, &error)),
        };
        let found = answer.organization.ok_or_else(|| lacks("DescribeOrganization"))?;
        let Some(id) = found.id else { return Err(lacks("DescribeOrganization")) };
        Ok(Some(Description { id: Some(id), arn: found.arn, master_account_id: found.master_account_id }))
    }

    pub(crate) async fn roots(&self) -> Result<Vec<Root>, CloudError> {
        let roots: Vec<types::Root> = list!(self, self.client.list_roots(), roots);
        let root = |root: types::Root| {
            let kinds = root.policy_types.unwrap_or_default().into_iter().filter_map(|kind| {
                Some(PolicyType {
                    r#type: kind.r#type?.as_str().to_owned(),
                    status: kind.status?.as_str().to_owned(),
                })
            });
            let policy_types = kinds.collect();
            Some(Root { id: root.id?, arn: root.arn, name: root.name, policy_types })
        };
        roots.into_iter().map(root).collect::<Option<_>>().ok_or_else(|| lacks("ListRoots"))
    }

    /// The OUs that are right under a root or OU.
    pub(crate) async fn units(&self, parent: &str) -> Result<Vec<Unit>, CloudError> {
        let request = || self.client.list_organizational_units_for_parent().parent_id(parent);
        let units: Vec<types::OrganizationalUnit> = list!(self, request(), organizational_units);
        let units = units.into_iter().map(|found| unit(found, parent)).collect::<Option<_>>();
        units.ok_or_else(|| lacks("ListOrganizationalUnitsForParent"))
    }

    /// The accounts that are right under a root or OU.
    pub(crate) async fn accounts(&self, parent: &str) -> Result<Vec<Account>, CloudError> {
        let request = || self.client.list_accounts_for_parent().parent_id(parent);
        let accounts: Vec<types::Account> = list!(self, request(), accounts);
        let accounts = accounts.into_iter().map(|found| account(found, parent)).collect::<Option<_>>();
        accounts.ok_or_else(|| lacks("ListAccountsForParent"))
    }

    /// An OU, with what is above it; `None`: there is none.
    pub(crate) async fn unit(&self, id: &str) -> Result<Option<Unit>, CloudError> {
        let answer = match self.client.describe_organizational_unit().organizational_unit_id(id).send().await
        {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.sessions.failed(&self.account, &error)),
        };
        let Some(parent) = self.parent(id).await? else { return Ok(None) };
        let found = answer.organizational_unit.and_then(|found| unit(found, &parent));
        found.map(Some).ok_or_else(|| lacks("DescribeOrganizationalUnit"))
    }

    /// An account, with what is above it; `None`: it is not in the organization.
    pub(crate) async fn account(&self, id: &str) -> Result<Option<Account>, CloudError> {
        let answer = match self.client.describe_account().account_id(id).send().await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.sessions.failed(&self.account, &error)),
        };
        let Some(parent) = self.parent(id).await? else { return Ok(None) };
        let found = answer.account.and_then(|found| account(found, &parent));
        found.map(Some).ok_or_else(|| lacks("DescribeAccount"))
    }

    /// The root or OU that is right above an OU or account; `None`: it is not in the organization.
    pub(crate) async fn parent(&self, child: &str) -> Result<Option<String>, CloudError> {
        match self.client.list_parents().child_id(child).send().await {
            Ok(answer) => Ok(answer.parents.unwrap_or_default().into_iter().find_map(|parent| parent.id)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.sessions.failed(&self.account, &error)),
        }
    }

    /// Every policy of a type.
    pub(crate) async fn policies(&self, kind: &str) -> Result<Vec<Summary>, CloudError> {
        let request = || self.client.list_policies().filter(Type::from(kind));
        let policies = list!(self, request(), policies);
        summaries(policies, "ListPolicies")
    }

    /// The policies of a type that are attached to a root, OU or account itself; `None`: it is not in the
    /// organization.
    pub(crate) async fn attached(
        &self,
        target: &str,
        kind: &str,
    ) -> Result<Option<Vec<Summary>>, CloudError> {
        let request = || self.client.list_policies_for_target().target_id(target).filter(Type::from(kind));
        let policies = token_pages!(self.sessions, &self.account, request(), policies.unwrap_or_default());
        policies.map(|policies| summaries(policies, "ListPoliciesForTarget")).transpose()
    }

    /// What a policy is attached to.
    pub(crate) async fn targets(&self, policy: &str) -> Result<Vec<String>, CloudError> {
        let request = || self.client.list_targets_for_policy().policy_id(policy);
        let targets: Vec<types::PolicyTargetSummary> = list!(self, request(), targets);
        let targets = targets.into_iter().map(|target| target.target_id).collect::<Option<_>>();
        targets.ok_or_else(|| lacks("ListTargetsForPolicy"))
    }

    /// A policy with its text, attached to nothing yet; `None`: there is none.
    pub(crate) async fn policy(&self, id: &str) -> Result<Option<Policy>, CloudError> {
        let answer = match self.client.describe_policy().policy_id(id).send().await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(self.sessions.failed(&self.account, &error)),
        };
        let found = answer.policy.and_then(|policy| {
            let policy_summary = summary(policy.policy_summary?)?;
            Some(Policy { policy_summary, content: Some(policy.content?), target_ids: Vec::new() })
        });
        found.map(Some).ok_or_else(|| lacks("DescribePolicy"))
    }
}

fn unit(unit: types::OrganizationalUnit, parent: &str) -> Option<Unit> {
    Some(Unit { id: unit.id?, arn: unit.arn, name: unit.name, parent_id: parent.to_owned() })
}

/// `State` has taken the place of `Status` (Organizations API Reference, `Account`).
fn account(account: types::Account, parent: &str) -> Option<Account> {
    let state = account.state.map(|state| state.as_str().to_owned());
    let status = state.or_else(|| account.status.map(|status| status.as_str().to_owned()));
    let parent_id = parent.to_owned();
    Some(Account { id: account.id?, arn: account.arn, name: account.name, status, parent_id })
}

fn summaries(policies: Vec<types::PolicySummary>, operation: &str) -> Result<Vec<Summary>, CloudError> {
    policies.into_iter().map(summary).collect::<Option<_>>().ok_or_else(|| lacks(operation))
}

fn summary(summary: types::PolicySummary) -> Option<Summary> {
    Some(Summary {
        id: summary.id?,
        arn: summary.arn,
        name: summary.name,
        r#type: summary.r#type?.as_str().to_owned(),
        aws_managed: summary.aws_managed,
    })
}

fn lacks(operation: &str) -> CloudError {
    CloudError::Unreadable(format!("{operation} lacks what every answer has"))
}
