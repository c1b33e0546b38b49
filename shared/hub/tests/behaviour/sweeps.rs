//! Sweeps.

use insta::assert_snapshot;
use stanchion_hub::sweep::sweep;
use stanchion_rules::Rulebook;

use crate::common::acts::Act;
use crate::common::desk::{Desk, done, lines};
use crate::common::{SANDBOX, organization, rulebook};

fn attach() -> Act {
    Act::Attach {
        account: SANDBOX.into(),
        who: "user/ana".into(),
        arn: format!("arn:aws:iam::{SANDBOX}:policy/Buckets"),
    }
}

#[test]
fn an_event_that_was_lost_is_only_late() {
    let mut desk = Desk::settled();
    desk.quietly(&attach());
    assert_eq!(desk.sweep().of, 3, "it is not time yet");
    assert_eq!(desk.next(), None);
    desk.pass(25 * 3_600_000);
    desk.sweep();
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @"opened buckets-stay arn:aws:iam::222233334444:user/ana -");
}

/// Of those of whom a sweep finds nothing new, nothing is written; that they were looked at is known all the same.
#[test]
fn what_a_sweep_finds_came_after_the_sweep_before() {
    let mut desk = Desk::settled();
    desk.pass(25 * 3_600_000);
    desk.sweep();
    desk.rest();
    desk.told();
    desk.quietly(&attach());
    desk.pass(25 * 3_600_000);
    desk.sweep();
    desk.rest();
    let (told, _) = desk.told();
    assert_snapshot!(lines(&told), @"opened buckets-stay arn:aws:iam::222233334444:user/ana -");
    let since = told[0].finding.since.clone().expect("between when it came");
    assert_eq!(since.held_at.as_deref(), Some("2026-03-10T10:00:00Z"));
    assert_eq!(since.found_at.as_deref(), Some("2026-03-11T11:00:01Z"));
    assert_eq!(told[0].evaluation.as_ref().and_then(|look| look.at.clone()), since.found_at);
}

#[test]
fn a_job_that_was_lost_is_sent_again() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    assert_eq!(desk.hub.queue.take().len(), 1, "lost");
    assert_eq!(desk.sweep().left_over, 0, "it may be on its way");
    desk.pass(6 * 60_000);
    assert_eq!(desk.sweep().left_over, 1);
    desk.rest();
    assert_eq!(desk.told().0.len(), 1);
}

#[test]
fn a_sweep_goes_on_where_its_time_ended() {
    let mut truth = organization();
    for number in 0..120 {
        truth.parents.insert(format!("{:012}", 500_000 + number), "ou-ab12-work".into());
    }
    let desk = Desk::of(truth, rulebook());
    let start = desk.now();
    // Every look at the clock takes a second.
    let ticks = std::sync::atomic::AtomicI64::new(0);
    let clock = || start + ticks.fetch_add(1000, std::sync::atomic::Ordering::Relaxed);
    let mut reached = Vec::new();
    for _ in 0..6 {
        let deadline = start + ticks.load(std::sync::atomic::Ordering::Relaxed) + 20_000;
        let swept = done(sweep(&desk.hub, &clock, deadline)).expect("a sweep");
        reached.push((swept.accounts, swept.of, swept.finished));
        if swept.finished {
            break;
        }
    }
    assert_eq!(reached.last(), Some(&(123, 123, true)));
    assert!(reached.len() > 1, "{reached:?}");
    assert_eq!(desk.hub.queue.take().len(), 123, "each account once");
}

#[test]
fn another_rulebook_means_that_everything_is_evaluated() {
    let mut desk = Desk::settled();
    let text = "version: 1\nguardrails:\n  - id: no-instances\n    title: Nobody looks at instances\n    \
                severity: low\n    scope: { principals: [role] }\n    forbid:\n      \
                - { Action: \"ec2:Describe*\", Resource: \"*\" }\n";
    let other = Rulebook::parse(text, "rulebook.yaml").expect("a rulebook");
    let next = Desk::of(organization(), other);
    let before = std::mem::replace(&mut desk.hub, next.hub);
    (desk.hub.cloud, desk.hub.table, desk.hub.topic) = (before.cloud, before.table, before.topic);
    let swept = desk.sweep();
    assert_eq!((swept.accounts, swept.finished), (3, true), "though it is not time yet");
    desk.rest();
    let (told, messages) = desk.told();
    assert_eq!(messages.len(), 3 + 2, "what the new rule finds is one message for an account");
    let of_roles = told.iter().filter(|t| t.finding.rule_id == "no-instances");
    assert_eq!(of_roles.count(), 18, "{}", lines(&told));
    let resolved = lines(&told).lines().filter(|line| line.starts_with("resolved buckets-stay")).count();
    assert_eq!(resolved, 2, "rules that are no more resolve");
}

#[test]
fn what_is_of_an_account_that_left_unnoticed_resolves() {
    let mut desk = Desk::settled();
    desk.hub.cloud.world().change(|truth| {
        truth.parents.remove(SANDBOX);
    });
    desk.pass(25 * 3_600_000);
    assert_eq!(desk.sweep().gone, 1);
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @"resolved buckets-stay arn:aws:iam::222233334444:root -");
}
