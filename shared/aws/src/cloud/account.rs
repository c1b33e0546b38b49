//! A whole account: `GetAccountAuthorizationDetails`, page after page.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use stanchion_hub::CloudError;

use super::details::Page;
use super::pages::next_marker;
use super::sessions::Sessions;

/// The largest page that IAM gives (IAM API Reference, `GetAccountAuthorizationDetails`).
const PAGE: i32 = 1000;

/// A large page takes IAM longer than all else that is asked.
fn patience() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(60))
        .operation_timeout(Duration::from_secs(120))
        .build()
}

/// Hands the pages of an account's authorization details over as texts, each with how many users and roles
/// it has. Only the last one is not truncated.
pub(crate) async fn pages(
    sessions: &Sessions,
    account: &str,
    mut take: impl FnMut(String, usize) -> Result<(), CloudError> + Send,
) -> Result<(), CloudError> {
    let session = sessions.of(account).await?;
    let mut marker: Option<String> = None;
    loop {
        let answer = session
            .iam
            .get_account_authorization_details()
            .max_items(PAGE)
            .set_marker(marker.clone())
            .customize()
            .config_override(aws_sdk_iam::Config::builder().timeout_config(patience()))
            .send()
            .await
            .map_err(|error| sessions.failed(account, &error))?;
        let next = next_marker(&marker, answer.is_truncated, answer.marker)?;
        let page = Page {
            user_detail_list: answer
                .user_detail_list
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            group_detail_list: answer
                .group_detail_list
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            role_detail_list: answer
                .role_detail_list
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            policies: answer.policies.unwrap_or_default().into_iter().map(Into::into).collect(),
            is_truncated: next.is_some(),
        };
        take(page.text()?, page.user_detail_list.len() + page.role_detail_list.len())?;
        let Some(next) = next else { return Ok(()) };
        marker = Some(next);
    }
}
