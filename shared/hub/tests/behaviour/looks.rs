//! Looks at one principal.

use insta::assert_snapshot;
use stanchion_hub::evaluate::Did;
use stanchion_hub::memory::Fate;

use crate::common::acts::Act;
use crate::common::desk::{Desk, lines};
use crate::common::truth::allow;
use crate::common::{PAYMENTS, SANDBOX};

fn arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{name}")
}

fn attach(who: &str, policy: &str) -> Act {
    Act::Attach { account: SANDBOX.into(), who: who.into(), arn: arn(SANDBOX, policy) }
}

fn detach(who: &str, policy: &str) -> Act {
    Act::Detach { account: SANDBOX.into(), who: who.into(), arn: arn(SANDBOX, policy) }
}

#[test]
fn a_change_opens_a_finding_and_is_blamed_for_it() {
    let mut desk = Desk::settled();
    let reacted = desk.act(&attach("user/ana", "Buckets"));
    assert_eq!(reacted.rows, 1);
    let looks = desk.rest();
    assert_eq!(looks.iter().map(|look| look.did.clone()).collect::<Vec<_>>(), [Did::Looked]);
    assert_eq!(looks[0].events, ["event-0"]);
    assert_eq!(looks[0].ages, [5_000], "from the event to the alert");
    let (transitions, messages) = desk.told();
    assert_snapshot!(lines(&transitions), @"opened buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy");
    assert_eq!(messages.len(), 1);
}

#[test]
fn the_same_event_three_times_is_one_alert() {
    let mut desk = Desk::settled();
    let event = desk.quietly(&attach("user/ana", "Buckets"));
    for _ in 0..3 {
        desk.react(&event).expect("an event");
    }
    let did: Vec<Did> = desk.rest().into_iter().map(|look| look.did).collect();
    assert_eq!(did, [Did::Looked, Did::Nothing, Did::Nothing]);
    assert_eq!(desk.told().1.len(), 1);
}

/// Two of a row's jobs are often on their way at once: what one is telling, the other does not tell as well.
#[test]
fn alerts_that_somebody_else_is_telling_are_left_to_him_for_a_while() {
    let mut desk = Desk::settled();
    desk.act(&attach("user/ana", "Buckets"));
    desk.publishing.lock().expect("fates").push(Fate::Dies);
    desk.stops_half_way();
    let written = desk.now();
    let second = desk.next().expect("the second job");
    assert_eq!((second.did, second.published), (Did::Nothing, 0));
    desk.next();
    assert_eq!(desk.now() - written, 60_000, "by then he would have told them");
    assert_snapshot!(lines(&desk.told().0), @"opened buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy");
}

#[test]
fn what_is_repaired_resolves_at_the_second_look() {
    let mut desk = Desk::settled();
    desk.act(&attach("user/ana", "Buckets"));
    desk.rest();
    desk.told();
    desk.act(&detach("user/ana", "Buckets"));
    let before = desk.now();
    let first = desk.next().expect("a job");
    assert_eq!((first.did, first.transitions.len()), (Did::Looked, 0));
    let second = desk.next().expect("a second look");
    assert_eq!((second.did, second.transitions.len()), (Did::Looked, 1));
    assert!(desk.now() - before >= 180_000, "after {} ms", desk.now() - before);
    assert_eq!(desk.next(), None);
    assert_snapshot!(lines(&desk.told().0), @"resolved buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy");
}

#[test]
fn after_what_takes_something_away_there_is_a_second_look_though_nothing_resolved() {
    let mut desk = Desk::settled();
    let (account, who, name) = (SANDBOX.to_owned(), "user/ben".to_owned(), "extra".to_owned());
    let put = Act::PutInline {
        account: account.clone(),
        who: who.clone(),
        name: name.clone(),
        document: allow("ec2:*"),
    };
    desk.act(&put);
    desk.act(&Act::Join { account: account.clone(), user: "ben".into(), group: "admins".into() });
    let (policy, target) = ("p-nobuckets".to_owned(), "ou-ab12-work".to_owned());
    desk.act(&Act::AttachScp { policy: policy.clone(), target: target.clone() });
    desk.rest();
    for act in [
        Act::DeleteInline { account: account.clone(), who, name },
        Act::Leave { account, user: "ben".into(), group: "admins".into() },
        Act::DetachScp { policy, target },
    ] {
        let before = desk.now();
        desk.act(&act);
        let did: Vec<Did> = desk.rest().into_iter().map(|look| look.did).collect();
        assert_eq!(did, [Did::Looked, Did::Looked], "{act:?}");
        assert!(desk.now() - before >= 180_000);
    }
}

/// The old state may be shown once more after the new one.
#[test]
fn what_comes_back_before_the_second_look_was_never_gone() {
    let mut desk = Desk::settled();
    desk.act(&attach("user/ana", "Buckets"));
    desk.rest();
    desk.told();
    desk.act(&detach("user/ana", "Buckets"));
    desk.next();
    desk.act(&attach("user/ana", "Buckets"));
    desk.rest();
    assert_eq!(lines(&desk.told().0), "", "nothing is told");
    assert_eq!(desk.open().len(), Desk::settled().open().len() + 1);
}

#[test]
fn a_change_that_aws_does_not_show_yet_is_waited_for() {
    let mut desk = Desk::settled();
    desk.hub.cloud.world().lag = 20_000;
    desk.hub.cloud.world().draw = Box::new(|most| most - 1);
    desk.act(&attach("user/ana", "Buckets"));
    let looks = desk.rest();
    let put_off = looks.iter().filter(|look| matches!(look.did, Did::PutOff(_))).count();
    // After 5 seconds, and then 2, 4, 8 and 16 later.
    assert_eq!((put_off, looks.len()), (4, 5));
    assert_eq!(looks[0].did, Did::PutOff("AWS does not show AttachUserPolicy event-0 yet".to_owned()));
    assert_snapshot!(lines(&desk.told().0), @"opened buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy");
}

#[test]
fn a_change_that_aws_never_shows_is_not_waited_for_for_ever() {
    let mut desk = Desk::settled();
    let event = desk.quietly(&attach("user/ana", "Buckets"));
    // Somebody has taken it back, and the event that tells so is lost.
    desk.quietly(&detach("user/ana", "Buckets"));
    desk.react(&event).expect("an event");
    let looks = desk.rest();
    let last = &looks[looks.len() - 2];
    assert_eq!(last.notes, ["AWS still does not show AttachUserPolicy event-0: evaluated as it is"]);
    assert_eq!(looks.last().map(|look| look.did.clone()), Some(Did::Looked), "and it is looked at again");
    assert_eq!(lines(&desk.told().0), "");
}

#[test]
fn an_event_that_another_has_overtaken_is_not_waited_for() {
    let mut desk = Desk::settled();
    let first = desk.quietly(&attach("user/ana", "Buckets"));
    let second = desk.quietly(&detach("user/ana", "Buckets"));
    desk.react(&second).expect("an event");
    desk.react(&first).expect("an event");
    let did: Vec<Did> = desk.rest().into_iter().map(|look| look.did).collect();
    assert!(!did.iter().any(|did| matches!(did, Did::PutOff(_))), "{did:?}");
    assert_eq!(lines(&desk.told().0), "");
}

#[test]
fn a_role_recreated_under_its_name_is_another() {
    let mut desk = Desk::settled();
    desk.act(&attach("role/app-0", "Buckets"));
    desk.rest();
    desk.told();
    let (account, who) = (SANDBOX.to_owned(), "role/app-0".to_owned());
    desk.act(&Act::Delete { account: account.clone(), who: who.clone() });
    desk.act(&Act::Create { account: account.clone(), who: who.clone(), id: "IDANEW".into() });
    let document = allow("s3:*");
    desk.act(&Act::PutInline { account, who, name: "extra".into(), document });
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    opened buckets-stay arn:aws:iam::222233334444:role/app-0 PutRolePolicy
    resolved buckets-stay arn:aws:iam::222233334444:role/app-0 AttachRolePolicy
    ");
    let new = desk.open().into_iter().filter(|finding| finding.subject.id == "IDANEW").count();
    assert_eq!(new, 1);
}

#[test]
fn what_was_done_to_another_of_the_name_is_not_waited_for() {
    let mut desk = Desk::settled();
    desk.act(&attach("role/app-0", "Buckets"));
    let (account, who) = (SANDBOX.to_owned(), "role/app-0".to_owned());
    desk.act(&Act::Delete { account: account.clone(), who: who.clone() });
    desk.act(&Act::Create { account, who, id: "IDANEW".into() });
    let did: Vec<Did> = desk.rest().into_iter().map(|look| look.did).collect();
    assert!(!did.iter().any(|did| matches!(did, Did::PutOff(_))), "{did:?}");
}

#[test]
fn a_principal_that_is_gone_resolves() {
    let mut desk = Desk::settled();
    desk.act(&attach("user/ana", "Buckets"));
    desk.rest();
    desk.told();
    desk.act(&Act::Delete { account: SANDBOX.into(), who: "user/ana".into() });
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @"resolved buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy");
}

/// A renamed user is the same user: its findings move, and neither end nor begin anew.
#[test]
fn findings_move_with_a_user_that_is_renamed() {
    let mut desk = Desk::settled();
    desk.act(&attach("user/ana", "Buckets"));
    desk.rest();
    desk.told();
    let rename =
        |user: &str, new: &str| Act::Rename { account: SANDBOX.into(), user: user.into(), new: new.into() };
    assert_eq!(desk.act(&rename("ana", "eva")).rows, 2);
    desk.rest();
    assert_eq!(lines(&desk.told().0), "");
    desk.act(&detach("user/eva", "Buckets"));
    desk.rest();
    let (transitions, _) = desk.told();
    assert_snapshot!(lines(&transitions), @"resolved buckets-stay arn:aws:iam::222233334444:user/eva AttachUserPolicy");
    assert!(transitions[0].id.ends_with("-000002"), "{}", transitions[0].id);
}

#[test]
fn few_who_hold_a_policy_are_looked_at_by_themselves() {
    let mut desk = Desk::settled();
    let version =
        Act::Version { account: SANDBOX.into(), arn: arn(SANDBOX, "Shared"), document: allow("s3:*") };
    assert_eq!(desk.act(&version).rows, 2);
    let rows: Vec<String> = desk.rest().into_iter().map(|look| look.row).collect();
    assert_eq!(rows, ["222233334444/role/app-0", "222233334444/role/app-1"]);
}

#[test]
fn of_many_who_hold_a_policy_the_account_is_read_at_once() {
    let mut desk = Desk::settled();
    let version =
        Act::Version { account: PAYMENTS.into(), arn: arn(PAYMENTS, "Shared"), document: allow("s3:*") };
    assert_eq!(desk.act(&version).rows, 1);
    let looks = desk.rest();
    assert_eq!((looks.len(), looks[0].row.as_str(), looks[0].principals), (1, PAYMENTS, 17));
    let (transitions, _) = desk.told();
    assert_eq!(transitions.len(), 14);
    assert!(transitions.iter().all(|t| t.finding.caused_by.is_some()), "each is blamed on the version");
}

#[test]
fn the_members_of_a_group_are_reached_through_it() {
    let mut desk = Desk::settled();
    let join = |user: &str| Act::Join { account: SANDBOX.into(), user: user.into(), group: "admins".into() };
    desk.act(&join("ana"));
    desk.act(&join("ben"));
    desk.rest();
    assert_eq!(desk.act(&attach("group/admins", "Buckets")).rows, 2);
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    opened buckets-stay arn:aws:iam::222233334444:user/ana AttachGroupPolicy
    opened buckets-stay arn:aws:iam::222233334444:user/ben AttachGroupPolicy
    ");
}
