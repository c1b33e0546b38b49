//! Lists of IAM, from the first page to the last.

use stanchion_hub::CloudError;

/// Where a list goes on after a page; `None`: it was the last.
///
/// # Errors
/// AWS says that the list goes on, and not where, or where it was before: the rest cannot be read, and a
/// list that is too short must not be taken for the whole.
pub(crate) fn next_marker(
    this: &Option<String>,
    is_truncated: bool,
    next: Option<String>,
) -> Result<Option<String>, CloudError> {
    match next {
        _ if !is_truncated => Ok(None),
        Some(next) if this.as_ref() != Some(&next) => Ok(Some(next)),
        _ => Err(CloudError::Unreadable("a list goes on, and AWS does not say where".to_owned())),
    }
}

/// Every entry of a list in an `async` function that returns a [`CloudError`]: the request without its
/// marker, and the part of the answer that has the entries. `None`: what is listed is of something that is
/// not there.
macro_rules! pages {
    ($sessions:expr, $session:expr, $request:expr, $($entries:tt)+) => {{
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            match $request.set_marker(marker.clone()).send().await {
                Ok(page) => {
                    all.extend(page.$($entries)+);
                    match $crate::cloud::pages::next_marker(&marker, page.is_truncated, page.marker)? {
                        None => break Some(all),
                        next => marker = next,
                    }
                }
                Err(error) if $crate::cloud::fault::is_missing(&error) => break None,
                Err(error) => return Err($sessions.failed(&$session.account, &error)),
            }
        }
    }};
}
pub(crate) use pages;

/// The same for the services whose lists go on with a token. Their pages may be empty and go on (Organizations
/// API Reference, `ListPolicies`).
macro_rules! token_pages {
    ($sessions:expr, $account:expr, $request:expr, $($entries:tt)+) => {{
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        loop {
            match $request.set_next_token(token.clone()).send().await {
                Ok(page) => {
                    let goes_on = page.next_token.as_ref().is_some_and(|token| !token.is_empty());
                    all.extend(page.$($entries)+);
                    match $crate::cloud::pages::next_marker(&token, goes_on, page.next_token)? {
                        None => break Some(all),
                        next => token = next,
                    }
                }
                Err(error) if $crate::cloud::fault::is_missing(&error) => break None,
                Err(error) => return Err($sessions.failed($account, &error)),
            }
        }
    }};
}
pub(crate) use token_pages;

#[cfg(test)]
mod tests {
    use super::*;

    /// What is cut short without a word would look like less access than there is.
    #[test]
    fn a_list_that_does_not_say_where_it_goes_on_is_an_error() {
        let marker = |text: &str| Some(text.to_owned());
        assert_eq!(next_marker(&None, false, marker("a")), Ok(None));
        assert_eq!(next_marker(&None, true, marker("a")), Ok(marker("a")));
        assert!(next_marker(&None, true, None).is_err());
        assert!(next_marker(&marker("a"), true, marker("a")).is_err());
    }
}
