//! Messages of the events queue.

use serde_json::{Value, json};
use stanchion_hub::Fault;
use stanchion_hub::memory::Posted;

use crate::common::acts::{Act, event};
use crate::common::desk::Desk;
use crate::common::truth::MANAGEMENT;
use crate::common::{PAYMENTS, SANDBOX, START, organization, rulebook};

fn attach() -> Act {
    Act::Attach {
        account: SANDBOX.into(),
        who: "user/ana".into(),
        arn: format!("arn:aws:iam::{SANDBOX}:policy/Buckets"),
    }
}

/// The event with one member set to something else.
fn but(event: &str, pointer: &str, value: Value) -> String {
    let mut event: Value = serde_json::from_str(event).expect("JSON");
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    event.pointer_mut(parent).expect("an object")[name] = value;
    event.to_string()
}

#[test]
fn what_is_no_change_raises_nothing_and_says_why() {
    let mut desk = Desk::settled();
    let genuine = desk.quietly(&attach());
    for (event, why) in [
        (but(&genuine, "/source", json!("mine.iam")), "forged-source"),
        (but(&genuine, "/account", json!(PAYMENTS)), "forged-source"),
        (but(&genuine, "/detail/errorCode", json!("AccessDenied")), "failed-call"),
        (but(&genuine, "/detail/eventName", json!("CreateGroup")), "no-effect"),
    ] {
        let reacted = desk.react(&event).expect("an event");
        assert_eq!((reacted.ignored.as_deref(), reacted.rows), (Some(why), 0));
    }
    assert_eq!(desk.next(), None);
    assert_eq!(desk.told().1.len(), 0);
}

#[test]
fn an_event_that_nobody_knows_is_told() {
    let mut desk = Desk::settled();
    let event = event("event-x", "iam", "FoldPolicy", SANDBOX, START, json!({}), Value::Null);
    let reacted = desk.react(&event).expect("an event");
    assert_eq!(reacted.ignored.as_deref(), Some("unknown-event"));
    let (_, messages) = desk.told();
    let body: Value = serde_json::from_str(&messages[0].body).expect("JSON");
    assert_eq!((&body["type"], &body["event_name"]), (&json!("unknown-event"), &json!("FoldPolicy")));
    assert_eq!(messages[0].id, "event-event-x");
}

#[test]
fn poison_is_left_to_the_queue_of_dead_letters() {
    let mut desk = Desk::settled();
    let bare = serde_json::from_str::<Value>(&desk.quietly(&attach())).expect("JSON")["detail"].to_string();
    for body in ["", "{", "[]", "{}", "7", r#"{"schema":2,"event":"{}","from":"","attempts":0}"#, &bare] {
        let poison = matches!(desk.react(body), Err(Fault::Poison(_)));
        assert!(poison, "{body}");
    }
}

#[test]
fn a_wide_change_goes_on_where_it_stopped() {
    let mut truth = organization();
    for number in 0..230 {
        truth.parents.insert(format!("{:012}", 500_000 + number), "ou-ab12-work".into());
    }
    let mut desk = Desk::of(truth, rulebook());
    let reacted = desk.act(&Act::AttachScp { policy: "p-nobuckets".into(), target: "ou-ab12-work".into() });
    assert_eq!((reacted.rows, reacted.more), (100, true));
    let mut rows = 0;
    let mut messages = 1;
    loop {
        let posted = desk.hub.queue.take();
        rows += posted.iter().filter(|posted| matches!(posted, Posted::Job(..))).count();
        let fan = posted.into_iter().find_map(|posted| match posted {
            Posted::Fan(fan, _) => Some(fan),
            Posted::Job(..) => None,
        });
        let Some(fan) = fan else { break };
        messages += 1;
        desk.react(&serde_json::to_string(&fan).expect("JSON")).expect("the rest");
    }
    assert_eq!((rows, messages), (231, 3));
}

#[test]
fn a_change_of_the_organization_is_waited_for_once_for_all_accounts() {
    let mut desk = Desk::settled();
    desk.hub.cloud.world().lag = 9_000;
    desk.hub.cloud.world().draw = Box::new(|most| most - 1);
    let reacted = desk.act(&Act::AttachScp { policy: "p-nobuckets".into(), target: "r-ab12".into() });
    assert_eq!((reacted.rows, reacted.put_off.is_some()), (0, true));
    let looks = desk.rest();
    assert_eq!(looks.len(), 4, "two accounts, twice each: {looks:?}");
    assert_eq!(desk.told().0.len(), 2);
}

#[test]
fn a_removed_management_account_is_not_taken_for_gone() {
    let mut desk = Desk::settled();
    desk.hub.cloud.world().change(|truth| {
        truth.parents.remove(MANAGEMENT);
    });
    desk.pass(25 * 3_600_000);
    desk.sweep();
    desk.rest();
    assert_eq!(desk.told().1.len(), 0);
}
