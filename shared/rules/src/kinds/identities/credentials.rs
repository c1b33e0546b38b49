//! Passwords, devices and access keys, as the credential report has them.

use stanchion_inventory::{AccessKey, CredentialReport, Credentials, Moment};

use super::found::{Age, Found, Since, day};
use crate::evaluator::Asked;
use crate::rulebook::Identities;

/// How to come by a report.
const MEND: &str = "no credential report; docs/INVENTORY.md says how to get `credentials.csv`";

fn report<'a>(asked: &'a Asked<'_, '_>, found: &mut Found) -> Option<&'a CredentialReport> {
    let account = &asked.principal().account;
    let report = asked.evaluator().inventory().account(account).and_then(|account| account.credentials());
    if report.is_none() {
        found.unknown(format!("the credentials of account {account}: {MEND}"));
    }
    report
}

/// A user.
pub(super) fn of_user(rule: &Identities, asked: &Asked<'_, '_>, since: Since, found: &mut Found) {
    let about_password = rule.federated || rule.console_mfa || rule.password_unused.is_some();
    let about_keys = rule.key_age.or(rule.key_unused).or(rule.keys_at_most).is_some();
    if !about_password && !about_keys {
        return;
    }
    let Some(report) = report(asked, found) else { return };
    let name = &asked.principal().name;
    let Some(own) = report.user(name) else {
        found.unknown(format!(
            "the credentials of user {name}: the credential report does not list it; get a new one"
        ));
        return;
    };
    if about_password {
        password(rule, own, since, found);
    }
    for (number, key) in own.keys.iter().enumerate() {
        access_key(rule, number + 1, key, since, found);
    }
    if let Some(most) = rule.keys_at_most {
        let (active, open) = (count(own, Some(true)), count(own, None));
        if active > most {
            found.fact("keys", format!("has {active} active access keys, and at most {most} are allowed"));
        } else if active + open > most {
            found.unknown("how many access keys are active: the credential report does not say");
        }
    }
}

fn count(own: &Credentials, active: Option<bool>) -> u32 {
    own.keys.iter().map(|key| u32::from(key.active == active)).sum()
}

fn password(rule: &Identities, own: &Credentials, since: Since, found: &mut Found) {
    match own.password {
        Some(false) => return,
        Some(true) => {}
        None => {
            found.unknown("whether there is a console password: the credential report does not say");
            return;
        }
    }
    if rule.federated {
        found.fact("console-password", "signs in to the console with a password of its own".to_owned());
    }
    if rule.console_mfa {
        match own.mfa {
            Some(true) => {}
            Some(false) => {
                let fact = "signs in to the console with a password and no second factor".to_owned();
                found.fact("console-mfa", fact);
            }
            None => found.unknown("whether there is a second factor: the credential report does not say"),
        }
    }
    if let Some(days) = rule.password_unused {
        match since.unused(days, own.password_used, own.password_changed) {
            Age::Longer(when) => {
                found.fact(
                    "password-unused",
                    format!("the console password {when}, and {days} days are allowed"),
                );
            }
            Age::Within => {}
            Age::Unknown => {
                found.unknown("when the console password was last used: the credential report does not say")
            }
        }
    }
}

/// What is wrong with one of the two keys. Which is the first and which the second is AWS's own order.
fn access_key(rule: &Identities, number: usize, key: &AccessKey, since: Since, found: &mut Found) {
    match key.active {
        Some(false) => return,
        Some(true) => {}
        None => {
            if rule.key_age.or(rule.key_unused).is_some() {
                found.unknown(format!(
                    "whether access key {number} is active: the credential report does not say"
                ));
            }
            return;
        }
    }
    if let Some(days) = rule.key_age {
        match key.made {
            Moment::At(made) if since.longer_than(days, made) => {
                let fact = format!("access key {number} was made {}, and {days} days are allowed", day(made));
                found.fact(&format!("key-age:{number}"), fact);
            }
            Moment::At(_) => {}
            Moment::Never | Moment::Unknown => {
                found.unknown(format!(
                    "when access key {number} was made: the credential report does not say"
                ));
            }
        }
    }
    if let Some(days) = rule.key_unused {
        match since.unused(days, key.used, key.made) {
            Age::Longer(when) => {
                let fact = format!("access key {number} {when}, and {days} days are allowed");
                found.fact(&format!("key-unused:{number}"), fact);
            }
            Age::Within => {}
            Age::Unknown => {
                found.unknown(format!(
                    "when access key {number} was last used: the credential report does not say"
                ));
            }
        }
    }
}

/// A root user.
pub(super) fn of_root(rule: &Identities, asked: &Asked<'_, '_>, since: Since, found: &mut Found) {
    if !rule.no_root_keys && !rule.root_mfa && rule.root_use.is_none() {
        return;
    }
    let Some(report) = report(asked, found) else { return };
    let Some(own) = report.root() else {
        found.unknown(
            "the credentials of the root user: the credential report does not list it; get a new one",
        );
        return;
    };
    if rule.no_root_keys {
        match (count(own, Some(true)), count(own, None)) {
            (0, 0) => {}
            (0, _) => {
                found.unknown("whether the root user has access keys: the credential report does not say")
            }
            (1, _) => found.fact("root-keys", "the root user has an active access key".to_owned()),
            (active, _) => found.fact("root-keys", format!("the root user has {active} active access keys")),
        }
    }
    // Where a report says nothing of the password, there may be one.
    if rule.root_mfa && own.password != Some(false) {
        match own.mfa {
            Some(true) => {}
            Some(false) => found.fact("root-mfa", "the root user has no second factor".to_owned()),
            None => {
                found.unknown("whether the root user has a second factor: the credential report does not say")
            }
        }
    }
    if let Some(days) = rule.root_use {
        root_use(days, own, since, found);
    }
}

fn root_use(days: u32, own: &Credentials, since: Since, found: &mut Found) {
    let uses = [("its password", own.password_used)]
        .into_iter()
        .chain(own.keys.iter().map(|key| ("an access key", key.used)));
    let mut last: Option<(&str, i128)> = None;
    for (with, used) in uses {
        match used {
            Moment::At(at) if last.is_none_or(|(_, before)| at > before) => last = Some((with, at)),
            Moment::At(_) | Moment::Never => {}
            Moment::Unknown => {
                found.unknown("when the root user was last used: the credential report does not say")
            }
        }
    }
    if let Some((with, at)) = last
        && !since.longer_than(days, at)
    {
        let fact =
            format!("the root user was used {} with {with}, and not for {days} days is allowed", day(at));
        found.fact("root-use", fact);
    }
}
