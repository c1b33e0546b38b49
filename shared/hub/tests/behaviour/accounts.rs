//! Whole accounts: baselines, SCPs, moves, accounts that refuse, and accounts that are gone.

use insta::assert_snapshot;
use stanchion_findings::State;
use stanchion_hub::edges::TableError;
use stanchion_hub::evaluate::{Did, UNREADABLE_RULE};
use stanchion_hub::memory::{Fate, MemoryTable};
use stanchion_rules::Rulebook;

use crate::common::acts::Act;
use crate::common::desk::{Desk, done, lines};
use crate::common::{PAYMENTS, SANDBOX, organization, rulebook};

fn attach() -> Act {
    Act::Attach {
        account: SANDBOX.into(),
        who: "user/ana".into(),
        arn: format!("arn:aws:iam::{SANDBOX}:policy/Buckets"),
    }
}

fn scp(target: &str) -> Act {
    Act::AttachScp { policy: "p-nobuckets".into(), target: target.into() }
}

#[test]
fn a_baseline_is_one_message_for_an_account_and_blames_nobody() {
    let mut truth = organization();
    for act in [
        attach(),
        Act::Attach {
            account: SANDBOX.into(),
            who: "user/ben".into(),
            arn: format!("arn:aws:iam::{SANDBOX}:policy/Users"),
        },
    ] {
        act.act(&mut truth).expect("AWS does it");
    }
    let mut desk = Desk::of(truth, rulebook());
    let swept = desk.sweep();
    assert_eq!((swept.accounts, swept.of, swept.finished), (3, 3, true));
    desk.rest();
    let (transitions, messages) = desk.told();
    assert_snapshot!(lines(&transitions), @r"
    opened buckets-stay arn:aws:iam::111122223333:root -
    opened buckets-stay arn:aws:iam::222233334444:root -
    opened buckets-stay arn:aws:iam::222233334444:user/ana -
    opened nobody-makes-users arn:aws:iam::222233334444:user/ben -
    ");
    assert!(transitions.iter().all(|transition| transition.baseline));
    assert_eq!(messages.len(), 2, "one for each account that has findings");
}

/// Today's change is not blamed for yesterday's sins.
#[test]
fn a_first_evaluation_after_an_event_is_a_baseline_too() {
    let mut truth = organization();
    attach().act(&mut truth).expect("AWS does it");
    let mut desk = Desk::of(truth, rulebook());
    desk.act(&Act::Join { account: SANDBOX.into(), user: "ana".into(), group: "admins".into() });
    desk.rest();
    let (transitions, _) = desk.told();
    assert_snapshot!(lines(&transitions), @"opened buckets-stay arn:aws:iam::222233334444:user/ana -");
    assert!(transitions[0].baseline);
}

#[test]
fn an_account_in_which_nothing_changed_is_read_and_nothing_is_written() {
    let mut desk = Desk::settled();
    let rows = desk.hub.table.rows();
    desk.pass(25 * 3_600_000);
    desk.sweep();
    let looks = desk.rest();
    assert_eq!(looks.iter().map(|look| look.principals).sum::<usize>(), 4 + 17 + 5);
    let principals = |rows: Vec<stanchion_hub::Row>| {
        rows.into_iter().filter(|row| row.key.to_string().len() > 12).collect::<Vec<_>>()
    };
    assert_eq!(principals(desk.hub.table.rows()), principals(rows));
    assert_eq!(desk.told().1.len(), 0);
}

#[test]
fn an_scp_is_looked_at_in_every_account_under_it() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    desk.rest();
    desk.told();
    assert_eq!(desk.act(&scp("ou-ab12-play")).rows, 1);
    assert_eq!(desk.act(&scp("r-ab12")).rows, 2, "SCPs do not bind the management account");
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    resolved buckets-stay arn:aws:iam::111122223333:root -
    resolved buckets-stay arn:aws:iam::222233334444:root -
    resolved buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy
    ");
}

#[test]
fn an_account_moved_out_from_under_an_scp_is_opened_by_the_move() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    desk.act(&scp("ou-ab12-play"));
    desk.rest();
    desk.told();
    desk.act(&Act::Move { account: SANDBOX.into(), to: "ou-ab12-work".into() });
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    opened buckets-stay arn:aws:iam::222233334444:root MoveAccount
    opened buckets-stay arn:aws:iam::222233334444:user/ana MoveAccount
    ");
}

/// A rule about the account itself is judged by the account's pass, which the change of the SCP asked for.
#[test]
fn whether_scps_enforce_a_rule_is_a_finding_of_the_account_and_resolves_at_the_second_look() {
    const ENFORCED: &str = "
version: 1
guardrails:
  - id: nobody-leaves
    title: Nobody leaves
    severity: high
    enforced_by: scp
    scope: { accounts: [\"222233334444\"], principals: [role] }
    forbid: [ { Action: s3:DeleteBucket } ]
";
    let rulebook = Rulebook::parse(ENFORCED, "rulebook.yaml").expect("a rulebook");
    let mut desk = Desk::of(organization(), rulebook);
    let of_account = |desk: &mut Desk| -> Vec<String> {
        let whole = desk.told().0.into_iter().filter(|transition| transition.finding.principal.is_none());
        whole.map(|t| format!("{} {} {}", t.kind, t.finding.rule_id, t.finding.subject)).collect()
    };
    desk.sweep();
    desk.rest();
    assert_eq!(of_account(&mut desk), ["opened nobody-leaves account 222233334444"]);
    desk.act(&scp("ou-ab12-play"));
    desk.rest();
    assert_eq!(of_account(&mut desk), ["resolved nobody-leaves account 222233334444"]);
    desk.act(&Act::Move { account: SANDBOX.into(), to: "ou-ab12-work".into() });
    desk.rest();
    assert_eq!(of_account(&mut desk), ["opened nobody-leaves account 222233334444"]);
}

#[test]
fn an_account_that_refuses_is_told_once_and_its_findings_stay_open() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    desk.rest();
    desk.told();
    desk.hub.cloud.world().refusing.insert(SANDBOX.to_owned());
    let open = desk.open().len();
    for _ in 0..2 {
        desk.pass(25 * 3_600_000);
        desk.sweep();
        let looks = desk.rest();
        assert!(looks.iter().all(|look| look.did == Did::Looked), "the rest goes on: {looks:?}");
    }
    assert_snapshot!(lines(&desk.told().0), @"indeterminate account-cannot-be-read 222233334444 -");
    let findings = desk.open();
    assert_eq!(findings.len(), open + 1);
    let of_ana =
        findings.iter().find(|finding| finding.principal.as_deref().is_some_and(|p| p.ends_with("/ana")));
    let of_ana = of_ana.expect("still open");
    assert_eq!((of_ana.state, of_ana.unknowns.len()), (State::Open, 1));

    desk.hub.cloud.world().refusing.clear();
    desk.pass(25 * 3_600_000);
    desk.sweep();
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @"resolved account-cannot-be-read 222233334444 -");
    assert_eq!(desk.open().len(), open);
}

#[test]
fn a_principal_of_an_account_that_refuses_leads_to_the_account() {
    let mut desk = Desk::settled();
    desk.hub.cloud.world().refusing.insert(SANDBOX.to_owned());
    desk.act(&attach());
    let rows: Vec<String> = desk.rest().into_iter().map(|look| look.row).collect();
    assert_eq!(rows, ["222233334444/user/ana", SANDBOX]);
    assert!(desk.open().iter().any(|finding| finding.rule_id == UNREADABLE_RULE));
}

#[test]
fn what_is_of_an_account_that_left_resolves() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    desk.rest();
    desk.told();
    desk.act(&Act::RemoveAccount { account: SANDBOX.into() });
    desk.rest();
    assert_snapshot!(lines(&desk.told().0), @r"
    resolved buckets-stay arn:aws:iam::222233334444:root -
    resolved buckets-stay arn:aws:iam::222233334444:user/ana AttachUserPolicy
    ");
    assert!(desk.open().iter().all(|finding| finding.account_id.as_deref() == Some(PAYMENTS)));
}

/// Not even the first read is answered: the job comes again later.
#[test]
fn a_table_that_does_not_answer_puts_work_off() {
    let mut desk = Desk::settled();
    desk.act(&attach());
    let kind = std::mem::replace(
        &mut desk.hub.table,
        MemoryTable::new(std::sync::Arc::new(|_: &'static str| Fate::Fails)),
    );
    let look = desk.next().expect("a job");
    assert_eq!(look.did, Did::PutOff(TableError::Transient("row failed".to_owned()).to_string()));
    desk.hub.table = kind;
    assert_eq!(desk.next().map(|look| look.did), Some(Did::Looked));
    assert_eq!(done(async { desk.hub.queue.take() }).len(), 0);
}
