//! The policies of a user, role or group by point reads: inline ones with their text, attached ones by
//! their ARN. The three differ only in names.

use std::future::Future;

use futures_util::stream::{FuturesOrdered, StreamExt};
use stanchion_hub::CloudError;

use super::details::{Attached, Inline, attached, document};
use super::fault::is_missing;
use super::pages::pages;
use super::sessions::{Session, Sessions};

/// How many calls of one kind are under way at a time: IAM's limits are an account's, and others call too.
const AT_ONCE: usize = 4;

/// What binds a user, role or group by itself.
pub(crate) struct Bound {
    pub(crate) inline: Vec<Inline>,
    pub(crate) attached: Vec<Attached>,
}

macro_rules! bound {
    ($(#[$doc:meta])* $of:ident: $name:ident, $list:ident, $get:ident, $list_attached:ident) => {
        $(#[$doc])*
        pub(crate) async fn $of(
            sessions: &Sessions,
            session: &Session,
            name: &str,
        ) -> Result<Option<Bound>, CloudError> {
            let iam = &session.iam;
            let names = async { Ok(pages!(sessions, session, iam.$list().$name(name), policy_names)) };
            let listed = async {
                let request = || iam.$list_attached().$name(name);
                Ok(pages!(sessions, session, request(), attached_policies.unwrap_or_default()))
            };
            let (names, listed) = tokio::try_join!(names, listed)?;
            let (Some(names), Some(listed)) = (names, listed) else { return Ok(None) };
            let inline = in_turns(names, |policy: String| async move {
                let answer = iam.$get().$name(name).policy_name(&policy).send().await;
                let answer = answer.map_err(|error| match is_missing(&error) {
                    true => CloudError::Transient(format!("`{policy}` is listed, and is not there")),
                    false => sessions.failed(&session.account, &error),
                })?;
                Ok(Inline { policy_name: policy, policy_document: Some(document(&answer.policy_document)) })
            });
            Ok(Some(Bound { inline: inline.await?, attached: attached(Some(listed)) }))
        }
    };
}

bound! {
    /// What a role has by itself; `None`: there is no such role.
    of_role: role_name, list_role_policies, get_role_policy, list_attached_role_policies
}
bound! {
    /// What a user has by itself; `None`: there is no such user.
    of_user: user_name, list_user_policies, get_user_policy, list_attached_user_policies
}
bound! {
    /// What a group gives its members; `None`: there is no such group.
    of_group: group_name, list_group_policies, get_group_policy, list_attached_group_policies
}

/// Does something for each entry, some at a time; the results are in the entries' order.
pub(crate) async fn in_turns<T, R, F>(
    entries: Vec<T>,
    mut each: impl FnMut(T) -> F,
) -> Result<Vec<R>, CloudError>
where
    F: Future<Output = Result<R, CloudError>>,
{
    let mut results = Vec::with_capacity(entries.len());
    let mut waiting = entries.into_iter();
    let mut under_way: FuturesOrdered<F> = waiting.by_ref().take(AT_ONCE).map(&mut each).collect();
    while let Some(result) = under_way.next().await {
        results.push(result?);
        under_way.extend(waiting.next().map(&mut each));
    }
    Ok(results)
}
