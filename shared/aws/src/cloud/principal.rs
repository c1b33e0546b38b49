//! One principal by point reads: itself, its groups, and the managed policies that bind it.

use std::collections::BTreeSet;

use stanchion_hub::work::Kind;
use stanchion_hub::{CloudError, Key};

use super::bound::{self, in_turns};
use super::details::{self, Attached, Group, ManagedPolicy, Page, Role, User};
use super::fault::is_missing;
use super::pages::pages;
use super::policies::Policies;
use super::sessions::{Session, Sessions};
use crate::notes::Notes;

/// The largest page of `ListRoles`.
const PAGE: i32 = 1000;

/// Reads what is about one principal.
pub(crate) struct Reader<'a, N> {
    pub(crate) sessions: &'a Sessions,
    pub(crate) policies: &'a Policies,
    pub(crate) notes: &'a N,
    /// Of these managed policies nothing that is known counts.
    pub(crate) doubted: &'a [String],
}

impl<N: Notes> Reader<'_, N> {
    /// A principal as authorization details, marked as truncated; `None`: there is none.
    pub(crate) async fn read(&self, key: &Key, roles: bool) -> Result<Option<String>, CloudError> {
        let Key::Principal { account, kind, name } = key else {
            return Err(CloudError::Unreadable(format!("`{key}` is an account, and not a principal")));
        };
        let mut page = Page { is_truncated: true, ..Page::default() };
        if *kind == Kind::Root && !roles {
            // No policy of its account is attached to a root user.
            return page.text().map(Some);
        }
        let session = self.sessions.of(account).await?;
        match kind {
            Kind::Root => {}
            Kind::Role => match self.role(&session, name).await? {
                Some(role) => page.role_detail_list.push(role),
                None => return Ok(None),
            },
            Kind::User => match self.user(&session, name).await? {
                Some((user, groups)) => {
                    page.user_detail_list.push(user);
                    page.group_detail_list = groups;
                }
                None => return Ok(None),
            },
        }
        page.policies = self.managed_policies(&session, &page).await?;
        if roles {
            self.add_roles(&session, &mut page).await?;
        }
        page.text().map(Some)
    }

    async fn role(&self, session: &Session, name: &str) -> Result<Option<Role>, CloudError> {
        let role = async {
            match session.iam.get_role().role_name(name).send().await {
                Ok(answer) => Ok(answer.role),
                Err(error) if is_missing(&error) => Ok(None),
                Err(error) => Err(self.sessions.failed(&session.account, &error)),
            }
        };
        let bound = bound::of_role(self.sessions, session, name);
        let (Some(role), Some(bound)) = tokio::try_join!(role, bound)? else { return Ok(None) };
        Ok(Some(Role {
            role_policy_list: bound.inline,
            attached_managed_policies: bound.attached,
            permissions_boundary: details::boundary(role.permissions_boundary),
            tags: details::tags(role.tags),
            path: Some(role.path),
            role_name: Some(role.role_name),
            role_id: Some(role.role_id),
            arn: Some(role.arn),
            assume_role_policy_document: role.assume_role_policy_document.as_deref().map(details::document),
            instance_profile_list: Vec::new(),
            create_date: details::moment(&role.create_date),
            role_last_used: details::last_used(role.role_last_used),
        }))
    }

    async fn user(&self, session: &Session, name: &str) -> Result<Option<(User, Vec<Group>)>, CloudError> {
        let iam = &session.iam;
        let user = async {
            match iam.get_user().user_name(name).send().await {
                Ok(answer) => Ok(answer.user),
                Err(error) if is_missing(&error) => Ok(None),
                Err(error) => Err(self.sessions.failed(&session.account, &error)),
            }
        };
        let bound = bound::of_user(self.sessions, session, name);
        let groups = async {
            let request = || iam.list_groups_for_user().user_name(name);
            Ok(pages!(self.sessions, session, request(), groups))
        };
        let (Some(user), Some(bound), Some(groups)) = tokio::try_join!(user, bound, groups)? else {
            return Ok(None);
        };
        let group_list = groups.iter().map(|group| group.group_name.clone()).collect();
        let groups = in_turns(groups, |group| async move {
            let bound = bound::of_group(self.sessions, session, &group.group_name).await?;
            let bound = bound.ok_or_else(|| {
                CloudError::Transient(format!("group `{}` is listed, and is not there", group.group_name))
            })?;
            Ok(Group {
                path: Some(group.path),
                group_name: Some(group.group_name),
                group_id: Some(group.group_id),
                arn: Some(group.arn),
                group_policy_list: bound.inline,
                attached_managed_policies: bound.attached,
            })
        });
        let groups = groups.await?;
        let user = User {
            user_policy_list: bound.inline,
            group_list,
            attached_managed_policies: bound.attached,
            permissions_boundary: details::boundary(user.permissions_boundary),
            tags: details::tags(user.tags),
            path: Some(user.path),
            user_name: Some(user.user_name),
            user_id: Some(user.user_id),
            arn: Some(user.arn),
        };
        Ok(Some((user, groups)))
    }

    /// Every managed policy that a page names, each once, boundaries included.
    async fn managed_policies(
        &self,
        session: &Session,
        page: &Page,
    ) -> Result<Vec<ManagedPolicy>, CloudError> {
        let users = page.user_detail_list.iter();
        let roles = page.role_detail_list.iter();
        let attached = users
            .clone()
            .flat_map(|user| &user.attached_managed_policies)
            .chain(roles.clone().flat_map(|role| &role.attached_managed_policies))
            .chain(page.group_detail_list.iter().flat_map(|group| &group.attached_managed_policies))
            .filter_map(|Attached { policy_arn, .. }| policy_arn.as_deref());
        let boundaries = users
            .filter_map(|user| user.permissions_boundary.as_ref())
            .chain(roles.filter_map(|role| role.permissions_boundary.as_ref()))
            .filter_map(|boundary| boundary.permissions_boundary_arn.as_deref());
        let arns: BTreeSet<&str> = attached.chain(boundaries).collect();
        in_turns(arns.into_iter().collect(), |arn| {
            let doubted = self.doubted.iter().any(|doubted| doubted == arn);
            self.policies.read(self.sessions, session, self.notes, arn, doubted)
        })
        .await
    }

    /// Every other role of the account, with its trust policy. Their own policies are not read: they are
    /// there to be assumed, and the page says that it is truncated.
    async fn add_roles(&self, session: &Session, page: &mut Page) -> Result<(), CloudError> {
        let request = || session.iam.list_roles().max_items(PAGE);
        let listed: Option<Vec<_>> = pages!(self.sessions, session, request(), roles);
        let own: Option<String> = page.role_detail_list.first().and_then(|role| role.arn.clone());
        let others = listed.unwrap_or_default().into_iter().filter(|role| Some(&role.arn) != own.as_ref());
        page.role_detail_list.extend(others.map(|role| Role {
            path: Some(role.path),
            role_name: Some(role.role_name),
            role_id: Some(role.role_id),
            arn: Some(role.arn),
            assume_role_policy_document: role.assume_role_policy_document.as_deref().map(details::document),
            ..Role::default()
        }));
        Ok(())
    }
}
