//! Passwords, keys and devices: an account's report may be hours old, a user's row is of now.

use insta::assert_snapshot;
use stanchion_rules::Rulebook;

use crate::common::acts::Act;
use crate::common::desk::{Desk, lines};
use crate::common::{SANDBOX, organization};

const RULES: &str = "
version: 1
identities:
  - id: console-needs-mfa
    title: Who has a password has a device
    severity: high
    scope: { principals: [user] }
    console_mfa: true
";

/// A report in which these users have a password, with a device or without.
fn report(users: &[(&str, bool)]) -> String {
    let mut text =
        "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active\n".to_owned();
    for (user, device) in users {
        text += &format!("{user},arn:aws:iam::{SANDBOX}:user/{user},true,{device},false,false\n");
    }
    text
}

/// With what the account's report and the row of `ana` say of her; `ben` has a device.
fn say(desk: &Desk, reported: bool, now: bool) {
    let mut world = desk.hub.cloud.world();
    world.credentials.insert(SANDBOX.to_owned(), report(&[("ana", reported), ("ben", true)]));
    world.credentials.insert(format!("{SANDBOX}/user/ana"), report(&[("ana", now)]));
    world.credentials.insert(format!("{SANDBOX}/user/ben"), report(&[("ben", true)]));
}

fn settled() -> Desk {
    let rules = Rulebook::parse(RULES, "rulebook.yaml").expect("a rulebook");
    let mut desk = Desk::of(organization(), rules);
    say(&desk, true, true);
    desk.sweep();
    desk.rest();
    desk.told();
    desk
}

/// Something that makes the whole account be looked at.
fn whole_account(desk: &mut Desk) {
    desk.act(&Act::AttachScp { policy: "p-nobuckets".into(), target: SANDBOX.into() });
    desk.rest();
}

#[test]
fn a_users_own_row_counts_more_than_the_report() {
    let mut desk = settled();
    say(&desk, false, true);
    whole_account(&mut desk);
    assert_eq!(lines(&desk.told().0), "", "the device has been added since the report");
}

#[test]
fn what_the_report_shows_first_is_told_after_a_look_at_the_user() {
    let mut desk = settled();
    say(&desk, false, false);
    whole_account(&mut desk);
    assert_snapshot!(lines(&desk.told().0), @"opened console-needs-mfa arn:aws:iam::222233334444:user/ana -");
}

#[test]
fn without_a_report_nothing_is_passed() {
    let mut desk = settled();
    desk.hub.cloud.world().credentials.clear();
    whole_account(&mut desk);
    let told = lines(&desk.told().0);
    assert_eq!(told.lines().filter(|line| line.starts_with("indeterminate")).count(), 2, "{told}");
}
