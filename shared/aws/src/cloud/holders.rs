//! Who holds a managed policy, and who is in a group: a page at a time.

use stanchion_hub::edges::Holder;
use stanchion_hub::{CloudError, Page};

use super::fault::is_missing;
use super::pages::next_marker;
use super::sessions::Sessions;

/// How many are asked for at once: as many as a fan-out takes in one go.
const PAGE: i32 = 100;

/// The users, roles and groups that hold a managed policy, as policy or as boundary. IAM gives both where
/// no usage is asked for (IAM API Reference, `ListEntitiesForPolicy`). Nobody holds what is not there.
pub(crate) async fn holders(
    sessions: &Sessions,
    account: &str,
    policy_arn: &str,
    page: Option<&str>,
) -> Result<Page<Holder>, CloudError> {
    let session = sessions.of(account).await?;
    let marker = page.map(str::to_owned);
    let request = session.iam.list_entities_for_policy().policy_arn(policy_arn).max_items(PAGE);
    let answer = match request.set_marker(marker.clone()).send().await {
        Ok(answer) => answer,
        Err(error) if is_missing(&error) => return Ok(Page { entries: Vec::new(), next: None }),
        Err(error) => return Err(sessions.failed(account, &error)),
    };
    let users = answer.policy_users.unwrap_or_default().into_iter().filter_map(|user| user.user_name);
    let roles = answer.policy_roles.unwrap_or_default().into_iter().filter_map(|role| role.role_name);
    let groups = answer.policy_groups.unwrap_or_default().into_iter().filter_map(|group| group.group_name);
    let holders = users.map(Holder::User).chain(roles.map(Holder::Role)).chain(groups.map(Holder::Group));
    let next = next_marker(&marker, answer.is_truncated, answer.marker)?;
    Ok(Page { entries: holders.collect(), next })
}

/// The names of the users in a group. Nobody is in a group that is not there.
pub(crate) async fn members(
    sessions: &Sessions,
    account: &str,
    group: &str,
    page: Option<&str>,
) -> Result<Page<String>, CloudError> {
    let session = sessions.of(account).await?;
    let marker = page.map(str::to_owned);
    let request = session.iam.get_group().group_name(group).max_items(PAGE).set_marker(marker.clone());
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if is_missing(&error) => return Ok(Page { entries: Vec::new(), next: None }),
        Err(error) => return Err(sessions.failed(account, &error)),
    };
    let next = next_marker(&marker, answer.is_truncated, answer.marker)?;
    Ok(Page { entries: answer.users.into_iter().map(|user| user.user_name).collect(), next })
}
