//! A stored witness is of the principal and the moment that it was found at: it must not keep a finding
//! open when the tags are gone, or the time is past.

use serde_json::json;
use stanchion_changes::{Change, Verdict, interpret, read_events};
use stanchion_findings::Store;
use stanchion_inventory::Inventory;
use stanchion_pipeline::{published, react};
use stanchion_rules::{Evaluator, Rulebook};

use crate::events::{iam, tag};
use crate::run::{TRAILS_STAY, lines, on_each_store, run};
use crate::world::{PROD, account, alone, role};

fn allowed_if(operator: &str, key: &str, value: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "cloudtrail:*",
        "Resource": "*", "Condition": {operator: {key: value}}}})
}

#[test]
fn a_tag_that_is_taken_away_resolves() {
    let deploy = role("Deploy").inline("p", allowed_if("StringEquals", "aws:PrincipalTag/team", "ops"));
    let (with, without) = (deploy.clone().tag("team", "ops"), deploy);
    on_each_store(|store| {
        run(store, &alone(&[account(PROD).with(&with)]), &[tag("e1", "Deploy")]);
        let untag = iam("e2", "UntagRole", json!({"roleName": "Deploy", "tagKeys": ["team"]}));
        let told = run(store, &alone(&[account(PROD).with(&without)]), &[untag]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}

/// What one run tells at a moment, in nanoseconds since the epoch.
fn run_at(now: i128, store: &mut dyn Store, inventory: &Inventory, id: &str) -> Vec<String> {
    let events = read_events(&tag(id, "Deploy").to_string(), "events").expect("an event");
    let Verdict::Change(change) = interpret(&events[0]) else { panic!("a change") };
    let changes: [&Change; 1] = [&change];
    let rulebook = Rulebook::parse(TRAILS_STAY, "rulebook.yaml").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, Some(now));
    let transitions = react(&evaluator, &changes, store).expect("the store can be used").transitions;
    published(store, &transitions).expect("the store can be written");
    lines(&transitions)
}

#[test]
fn a_permission_that_has_run_out_resolves() {
    let until = allowed_if("DateLessThan", "aws:CurrentTime", "2026-03-01T00:00:00Z");
    let inventory = alone(&[account(PROD).with(&role("Deploy").inline("p", until))]);
    let day = 86_400_000_000_000_i128;
    // 2026-02-01 and 2026-04-01.
    let (before, after) = (20_485 * day, 20_544 * day);
    on_each_store(|store| {
        let told = run_at(before, store, &inventory, "e1");
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by -"]);
        let told = run_at(after, store, &inventory, "e2");
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}
