//! Identity Center: permission sets, who may use them where, and who is in which group, in the shape that
//! `docs/INVENTORY.md` describes.

use aws_config::Region;
use aws_sdk_identitystore::types::{Group, GroupMembership, MemberId};
use aws_sdk_ssoadmin::types::{
    AccountAssignment, AttachedManagedPolicy, CustomerManagedPolicyReference, InstanceMetadata,
    PermissionsBoundary,
};
use serde_json::{Map, Value, json};
use stanchion_hub::CloudError;
use stanchion_hub::edges::Known;

use super::bound::in_turns;
use super::fault::is_missing;
use super::kept::Kept;
use super::pages::token_pages;
use super::sessions::Sessions;
use crate::notes::Notes;

/// Identity Center as last known.
pub(crate) struct IdentityCenter(Kept);

impl IdentityCenter {
    pub(crate) fn new() -> Self {
        Self(Kept::new("identity-center"))
    }

    /// Identity Center; `None`: there is none, or none that may be read.
    pub(crate) async fn known(
        &self,
        sessions: &Sessions,
        notes: &impl Notes,
    ) -> Result<Option<Known>, CloudError> {
        let last = self.0.last(notes).await?;
        match &last.text {
            Some((head, _)) if sessions.now() - head.read < super::SELDOM => Ok(last.known()),
            _ => self.read(sessions, notes).await,
        }
    }

    /// Reads all of it anew.
    pub(crate) async fn read(
        &self,
        sessions: &Sessions,
        notes: &impl Notes,
    ) -> Result<Option<Known>, CloudError> {
        let last = self.0.last(notes).await?;
        let now = sessions.now();
        let text = match Reader::new(sessions).await?.read().await {
            Ok(Some(file)) => file.to_string(),
            Ok(None) => return Ok(None),
            Err(error @ CloudError::Transient(_)) => return Err(error),
            // Without it nothing is missed: its changes are taken to be about every role of it.
            Err(error) => {
                tracing::warn!(%error, "Identity Center cannot be read");
                return Ok(None);
            }
        };
        self.0.write(notes, &last, &text, Some(now)).await?;
        Ok(self.0.last(notes).await?.known())
    }
}

struct Reader<'a> {
    sessions: &'a Sessions,
    account: String,
    sso: aws_sdk_ssoadmin::Client,
    store: aws_sdk_identitystore::Client,
}

/// Every entry of a list; none if what is listed is of something that is not there any more.
macro_rules! list {
    ($self:ident, $request:expr, $($entries:tt)+) => {
        token_pages!($self.sessions, &$self.account, $request, $($entries)+).unwrap_or_default()
    };
}

impl<'a> Reader<'a> {
    async fn new(sessions: &'a Sessions) -> Result<Self, CloudError> {
        let settings = &sessions.settings;
        let account = settings.organization_account.as_ref().unwrap_or(&settings.account);
        let session = sessions.of(account).await?;
        let region = settings.identity_center_region.clone().map(Region::new);
        let region = region.or_else(|| session.config.region().cloned());
        let sso = aws_sdk_ssoadmin::config::Builder::from(&session.config).region(region.clone());
        let store = aws_sdk_identitystore::config::Builder::from(&session.config).region(region);
        Ok(Self {
            sessions,
            account: account.clone(),
            sso: aws_sdk_ssoadmin::Client::from_conf(sso.interceptor(sessions.calls.clone()).build()),
            store: aws_sdk_identitystore::Client::from_conf(
                store.interceptor(sessions.calls.clone()).build(),
            ),
        })
    }

    /// The file; `None`: there is no instance.
    async fn read(&self) -> Result<Option<Value>, CloudError> {
        let instances: Vec<InstanceMetadata> =
            list!(self, self.sso.list_instances(), instances.unwrap_or_default());
        // The organization's instance, whose roles are those of all accounts. An account's own has no roles.
        let Some(instance) = instances.first() else { return Ok(None) };
        let (Some(arn), Some(store)) = (&instance.instance_arn, &instance.identity_store_id) else {
            return Err(lacks("ListInstances"));
        };
        let sets: Vec<String> = list!(
            self,
            self.sso.list_permission_sets().instance_arn(arn),
            permission_sets.unwrap_or_default()
        );
        let sets = in_turns(sets, |set| async move { self.permission_set(arn, &set).await }).await?;
        let (sets, assignments): (Vec<_>, Vec<_>) = sets.into_iter().unzip();
        let assignments: Vec<Value> = assignments.into_iter().flatten().collect();
        let (groups, memberships) = self.groups(store).await?;
        Ok(Some(json!({
            "Instances": instances.iter().map(|instance| json!({
                "InstanceArn": instance.instance_arn,
                "IdentityStoreId": instance.identity_store_id,
            })).collect::<Vec<_>>(),
            "PermissionSets": sets,
            "AccountAssignments": assignments,
            "Groups": groups,
            "GroupMemberships": memberships,
            "InstanceAccessControlAttributeConfiguration": self.attributes(arn).await?,
        })))
    }

    /// A permission set, and who may use it where.
    async fn permission_set(&self, instance: &str, set: &str) -> Result<(Value, Vec<Value>), CloudError> {
        let sso = &self.sso;
        let described = sso.describe_permission_set().instance_arn(instance).permission_set_arn(set);
        let described = described.send().await.map_err(|error| match is_missing(&error) {
            true => CloudError::Transient(format!("`{set}` is listed, and is not there")),
            false => self.sessions.failed(&self.account, &error),
        })?;
        let name = described.permission_set.ok_or_else(|| lacks("DescribePermissionSet"))?.name;
        let managed = || sso.list_managed_policies_in_permission_set().instance_arn(instance);
        let managed: Vec<AttachedManagedPolicy> =
            list!(self, managed().permission_set_arn(set), attached_managed_policies.unwrap_or_default());
        let customer =
            || sso.list_customer_managed_policy_references_in_permission_set().instance_arn(instance);
        let customer: Vec<CustomerManagedPolicyReference> = list!(
            self,
            customer().permission_set_arn(set),
            customer_managed_policy_references.unwrap_or_default()
        );
        let inline =
            sso.get_inline_policy_for_permission_set().instance_arn(instance).permission_set_arn(set);
        let inline = inline.send().await.map_err(|error| self.sessions.failed(&self.account, &error))?;
        let accounts = || sso.list_accounts_for_provisioned_permission_set().instance_arn(instance);
        let accounts: Vec<String> =
            list!(self, accounts().permission_set_arn(set), account_ids.unwrap_or_default());
        let assignments = in_turns(accounts.clone(), |account| async move {
            let request = || self.sso.list_account_assignments().instance_arn(instance).account_id(&account);
            let assignments: Vec<AccountAssignment> =
                list!(self, request().permission_set_arn(set), account_assignments.unwrap_or_default());
            Ok(assignments)
        });
        let assignments = assignments.await?.into_iter().flatten().map(|assignment| {
            json!({
                "AccountId": assignment.account_id,
                "PermissionSetArn": assignment.permission_set_arn,
                "PrincipalType": assignment.principal_type.as_ref().map(|kind| kind.as_str()),
                "PrincipalId": assignment.principal_id,
            })
        });
        let managed = managed.into_iter().map(|policy| json!({"Name": policy.name, "Arn": policy.arn}));
        let file = json!({
            "PermissionSetArn": set,
            "Name": name,
            "ManagedPolicies": managed.collect::<Vec<_>>(),
            "CustomerManagedPolicyReferences": customer.iter().map(reference).collect::<Vec<_>>(),
            "InlinePolicy": inline.inline_policy,
            "PermissionsBoundary": self.boundary(instance, set).await?,
            "ProvisionedAccounts": accounts,
        });
        Ok((file, assignments.collect()))
    }

    async fn boundary(&self, instance: &str, set: &str) -> Result<Value, CloudError> {
        let request = self.sso.get_permissions_boundary_for_permission_set();
        match request.instance_arn(instance).permission_set_arn(set).send().await {
            Ok(answer) => Ok(answer.permissions_boundary.as_ref().map_or(Value::Null, boundary)),
            Err(error) if is_missing(&error) => Ok(Value::Null),
            Err(error) => Err(self.sessions.failed(&self.account, &error)),
        }
    }

    async fn attributes(&self, instance: &str) -> Result<Value, CloudError> {
        let request = self.sso.describe_instance_access_control_attribute_configuration();
        let answer = match request.instance_arn(instance).send().await {
            Ok(answer) => answer,
            Err(error) if is_missing(&error) => return Ok(Value::Null),
            Err(error) => return Err(self.sessions.failed(&self.account, &error)),
        };
        let Some(found) = answer.instance_access_control_attribute_configuration else {
            return Ok(Value::Null);
        };
        let attributes = found.access_control_attributes.into_iter().map(|attribute| {
            let source = attribute.value.map(|value| value.source).unwrap_or_default();
            json!({"Key": attribute.key, "Value": {"Source": source}})
        });
        Ok(json!({"AccessControlAttributes": attributes.collect::<Vec<_>>()}))
    }

    /// The groups of the identity store, and who is in them.
    async fn groups(&self, store: &str) -> Result<(Vec<Value>, Vec<Value>), CloudError> {
        let request = || self.store.list_groups().identity_store_id(store);
        let groups: Vec<Group> = list!(self, request(), groups);
        let named =
            groups.iter().map(|group| json!({"GroupId": group.group_id, "DisplayName": group.display_name}));
        let named: Vec<Value> = named.collect();
        let memberships = in_turns(groups, |group| async move {
            let request = || self.store.list_group_memberships().identity_store_id(store);
            let memberships: Vec<GroupMembership> =
                list!(self, request().group_id(&group.group_id), group_memberships);
            Ok(memberships)
        });
        let memberships = memberships.await?.into_iter().flatten().filter_map(|membership| {
            // Members of a kind that we do not know are not people who can sign in.
            let Some(MemberId::UserId(user)) = membership.member_id else { return None };
            Some(json!({
                "MembershipId": membership.membership_id,
                "GroupId": membership.group_id,
                "MemberId": {"UserId": user},
            }))
        });
        Ok((named, memberships.collect()))
    }
}

fn boundary(boundary: &PermissionsBoundary) -> Value {
    let mut parts = Map::new();
    if let Some(arn) = &boundary.managed_policy_arn {
        parts.insert("ManagedPolicyArn".to_owned(), json!(arn));
    }
    if let Some(customer) = &boundary.customer_managed_policy_reference {
        parts.insert("CustomerManagedPolicyReference".to_owned(), reference(customer));
    }
    Value::Object(parts)
}

fn reference(reference: &CustomerManagedPolicyReference) -> Value {
    json!({"Name": reference.name, "Path": reference.path})
}

fn lacks(operation: &str) -> CloudError {
    CloudError::Unreadable(format!("{operation} lacks what every answer has"))
}
