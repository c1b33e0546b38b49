//! Passwords, access keys and MFA devices: IAM's credential report of an account, or its row of one user.
//!
//! The report is up to four hours old (IAM User Guide, "Getting credential reports"); a user's row is read from
//! what IAM says of the user now.

use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::StatusType;
use aws_smithy_types::DateTime;
use stanchion_hub::CloudError;

use super::bound::in_turns;
use super::details::moment;
use super::fault::is_missing;
use super::pages::pages;
use super::sessions::{Session, Sessions};

/// The report's columns (IAM User Guide, "Understanding the report format").
const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// What the report says of something that is not there.
const NONE: &str = "N/A";

/// What it says where nothing is recorded.
const UNKNOWN: &str = "no_information";

/// An account's report.
///
/// # Errors
/// Transient if there is none yet: it is asked for, and IAM makes it within minutes.
pub(crate) async fn report(sessions: &Sessions, account: &str) -> Result<String, CloudError> {
    let session = sessions.of(account).await?;
    let error = match session.iam.get_credential_report().send().await {
        Ok(answer) => {
            let content = answer.content.map(|content| content.into_inner()).unwrap_or_default();
            return String::from_utf8(content)
                .map_err(|_| CloudError::Unreadable("the credential report is no text".to_owned()));
        }
        Err(error) => error,
    };
    let code = error.code().unwrap_or_default();
    if code.starts_with("ReportNotPresent") || code.starts_with("ReportExpired") {
        let asked = session.iam.generate_credential_report().send().await;
        asked.map_err(|error| sessions.failed(account, &error))?;
    } else if !code.starts_with("ReportInProgress") {
        return Err(sessions.failed(account, &error));
    }
    Err(CloudError::Transient("IAM makes the credential report".to_owned()))
}

/// A report with the row of one user; `None`: there is none of this name.
///
/// What IAM tells of no single user stays unknown: when the password was changed, and signing certificates.
pub(crate) async fn of_user(
    sessions: &Sessions,
    account: &str,
    name: &str,
) -> Result<Option<String>, CloudError> {
    let session = sessions.of(account).await?;
    let iam = &session.iam;
    let user = async {
        match iam.get_user().user_name(name).send().await {
            Ok(answer) => Ok(answer.user),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(sessions.failed(account, &error)),
        }
    };
    let password = async {
        match iam.get_login_profile().user_name(name).send().await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(sessions.failed(account, &error)),
        }
    };
    let devices = async {
        let request = || iam.list_mfa_devices().user_name(name);
        Ok(pages!(sessions, session, request(), mfa_devices))
    };
    let keys = keys(sessions, &session, name);
    let (Some(user), password, Some(devices), Some(keys)) = tokio::try_join!(user, password, devices, keys)?
    else {
        return Ok(None);
    };
    let used = user.password_last_used.as_ref().map_or_else(|| UNKNOWN.to_owned(), written);
    let mut row = vec![
        quoted(&user.user_name),
        quoted(&user.arn),
        written(&user.create_date),
        password.to_string(),
        if password { used } else { NONE.to_owned() },
        if password { UNKNOWN } else { NONE }.to_owned(),
        if password { UNKNOWN } else { NONE }.to_owned(),
        (!devices.is_empty()).to_string(),
    ];
    let none = || ["false", NONE, NONE, NONE, NONE].map(str::to_owned);
    row.extend(keys.into_iter().chain([none(), none()]).take(2).flatten());
    row.extend([UNKNOWN; 4].map(str::to_owned));
    Ok(Some(format!("{}\n{}\n", COLUMNS.join(","), row.join(","))))
}

/// The five columns of each access key: a user has two at most.
async fn keys(
    sessions: &Sessions,
    session: &Session,
    user: &str,
) -> Result<Option<Vec<[String; 5]>>, CloudError> {
    let request = || session.iam.list_access_keys().user_name(user);
    let listed: Option<Vec<_>> = pages!(sessions, session, request(), access_key_metadata);
    let Some(listed) = listed else { return Ok(None) };
    let read = in_turns(listed, |key| async move {
        let made = key.create_date.as_ref().map_or_else(|| UNKNOWN.to_owned(), written);
        let active = (key.status == Some(StatusType::Active)).to_string();
        let id = key.access_key_id.unwrap_or_default();
        let answer = session.iam.get_access_key_last_used().access_key_id(id).send().await;
        let used = match answer {
            Ok(answer) => answer.access_key_last_used,
            // Deleted since it was listed: the next look does not see it.
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(sessions.failed(&session.account, &error)),
        };
        Ok(match used.and_then(|used| Some((used.last_used_date?, used.region, used.service_name))) {
            Some((date, region, service)) => {
                [active, made, written(&date), quoted(&region), quoted(&service)]
            }
            None => [active, made, NONE.to_owned(), NONE.to_owned(), NONE.to_owned()],
        })
    });
    read.await.map(Some)
}

fn written(date: &DateTime) -> String {
    moment(date).unwrap_or_else(|| UNKNOWN.to_owned())
}

/// A field: names of users may have commas.
fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
