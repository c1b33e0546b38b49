//! Events that are played on the inventory before them: what was open then is no event's doing, and
//! what an event brings about is its own, whatever it wrote over.

use serde_json::{Value, json};
use stanchion_changes::{Applied, Interpreter, read_events};
use stanchion_findings::{MemoryStore, Store};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Event, Player};
use stanchion_rules::{Evaluator, Rulebook};

use crate::events::{attach, create, delete, detach, iam, organizations, put, tag};
use crate::run::{SILENCE, TRAILS_STAY, lines, on_each_store};
use crate::world::{ADMIN, PROD, READ, TRAILS, account, allow, alone, organization, role, user};

/// What playing some events told: of before them, by them, and what became of each effect.
struct Told {
    before: Vec<String>,
    by: Vec<String>,
    applied: Vec<Applied>,
}

fn play(store: &mut dyn Store, inventory: &Inventory, events: &[Value]) -> Told {
    let rulebook = Rulebook::parse(TRAILS_STAY, "rulebook.yaml").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, None);
    let mut player = Player::new(&evaluator);
    let mut interpreter = Interpreter::default();
    let mut told = Told { before: Vec::new(), by: Vec::new(), applied: Vec::new() };
    for event in read_events(&Value::from(events.to_vec()).to_string(), "events").expect("events") {
        let event = Event::new(&event, interpreter.interpret(&event));
        let played = player.play(&event.verdict, store).expect("the store can be used");
        told.before.extend(lines(&played.before));
        told.by.extend(lines(&played.transitions));
        told.applied.push(played.applied);
    }
    told
}

fn of(inventory: &Inventory, events: &[Value]) -> Told {
    play(&mut MemoryStore::new(), inventory, events)
}

#[test]
fn what_an_event_does_is_its_doing() {
    let inventory = alone(&[account(PROD).with(&role("App").attach(READ))]);
    let told = of(&inventory, &[attach("e1", "App", ADMIN), detach("e2", "App", ADMIN)]);
    assert_eq!(told.before, SILENCE);
    assert_eq!(
        told.by,
        [
            "opened trails-stay 111122223333:role/App: seen on e1, caused by e1",
            "resolved trails-stay 111122223333:role/App: seen on e2, caused by e1"
        ]
    );
    assert_eq!(told.applied, [Applied::Changed, Applied::Changed]);
}

#[test]
fn what_was_open_before_is_no_events_doing() {
    let inventory = alone(&[account(PROD).with(&role("App").attach(ADMIN))]);
    let told = of(&inventory, &[tag("e1", "App"), attach("e2", "App", TRAILS)]);
    assert_eq!(told.before, ["opened trails-stay 111122223333:role/App: seen on -, caused by -"]);
    assert_eq!(told.by, SILENCE);
}

/// Undoing would not tell what the policy said before; here it is known.
#[test]
fn a_policy_that_is_written_over_another_is_to_blame() {
    let role = role("App").inline("own", allow("s3:Get*"));
    let inventory = alone(&[account(PROD).with(&role)]);
    let told = of(&inventory, &[put("e1", "App", "own", &allow("cloudtrail:*"))]);
    assert_eq!(told.by, ["opened trails-stay 111122223333:role/App: seen on e1, caused by e1"]);
}

#[test]
fn a_version_that_is_put_in_force_is_to_blame_though_there_were_several() {
    let arn = "arn:aws:iam::111122223333:policy/Own";
    let versions = [("v1", allow("cloudtrail:*")), ("v2", allow("s3:Get*")), ("v3", allow("cloudtrail:*"))];
    let account = account(PROD).policy(arn, "v2", &versions).with(&role("App").attach(arn));
    let event = iam("e1", "SetDefaultPolicyVersion", json!({"policyArn": arn, "versionId": "v3"}));
    assert_eq!(
        of(&alone(&[account]), &[event]).by,
        ["opened trails-stay 111122223333:role/App: seen on e1, caused by e1"]
    );
}

#[test]
fn an_effect_that_was_there_already_is_seen_as_such() {
    let inventory = alone(&[account(PROD).with(&role("App").attach(READ))]);
    let told = of(&inventory, &[attach("e1", "App", READ)]);
    assert_eq!((told.applied, told.by), (vec![Applied::Unchanged], vec![]));
}

#[test]
fn an_effect_that_is_not_told_is_seen_as_such() {
    let inventory = alone(&[account(PROD).with(&role("App").attach(READ))]);
    let told = of(&inventory, &[iam("e1", "AttachRolePolicy", json!({"roleName": "App"}))]);
    assert!(matches!(&told.applied[..], [Applied::Unknown(reason)] if reason.contains("AttachRolePolicy")));
    assert_eq!(told.by, SILENCE);
}

/// Making a policy changes no permission, and attaching it later needs what it said.
#[test]
fn what_changes_no_permission_is_carried_out_too() {
    let inventory = alone(&[account(PROD).with(&role("App"))]);
    let arn = "arn:aws:iam::111122223333:policy/New";
    let made = iam(
        "e1",
        "CreatePolicy",
        json!({"policyName": "New", "policyDocument": allow("cloudtrail:*").to_string()}),
    );
    let made = crate::events::answered(made, json!({"policy": {"arn": arn, "defaultVersionId": "v1"}}));
    let told = of(&inventory, &[made, attach("e2", "App", arn)]);
    assert_eq!(told.by, ["opened trails-stay 111122223333:role/App: seen on e2, caused by e2"]);
}

#[test]
fn a_role_that_is_made_and_deleted_in_between() {
    let inventory = alone(&[account(PROD)]);
    let events = [
        create("e1", "New", "/x/", "AROANEW1"),
        attach("e2", "New", ADMIN),
        delete("e3", "New"),
        create("e4", "New", "/x/", "AROANEW2"),
        attach("e5", "New", ADMIN),
    ];
    let told = of(&inventory, &events);
    assert_eq!(told.before, SILENCE);
    assert_eq!(
        told.by,
        [
            "opened trails-stay 111122223333:role/x/New: seen on e2, caused by e2",
            "resolved trails-stay 111122223333:role/x/New: seen on e3, caused by e2",
            "opened trails-stay 111122223333:role/x/New: seen on e5, caused by e5"
        ]
    );
}

#[test]
fn an_account_that_leaves_the_guardrails_behind() {
    let member = organization(&["ou-ab12-workload"]).member(PROD, "ou-ab12-workload");
    let inventory = member.with(&[account(PROD).with(&role("App").attach(ADMIN))]);
    let parameters = json!({"accountId": PROD, "sourceParentId": "ou-ab12-workload",
        "destinationParentId": "ou-ab12-sandboxes"});
    let told = of(&inventory, &[organizations("e1", "MoveAccount", parameters)]);
    assert_eq!(told.before, SILENCE);
    assert_eq!(
        told.by,
        [
            "opened trails-stay 111122223333:role/App: seen on e1, caused by e1",
            "opened trails-stay 111122223333:root: seen on e1, caused by e1"
        ]
    );
}

/// A user under another name is the same one.
#[test]
fn a_name_that_changes_resolves_nothing() {
    let inventory = alone(&[account(PROD).with(&user("ana").attach(ADMIN))]);
    let renamed = iam("e1", "UpdateUser", json!({"userName": "ana", "newUserName": "anna"}));
    let told = of(&inventory, &[renamed]);
    assert_eq!(told.before, ["opened trails-stay 111122223333:user/ana: seen on -, caused by -"]);
    assert_eq!((told.by, told.applied), (vec![], vec![Applied::Changed]));
}

/// Nobody but those who are affected is evaluated.
#[test]
fn others_are_left_alone() {
    let account = account(PROD).with(&role("App")).with(&role("Other").attach(ADMIN));
    on_each_store(|store| {
        let told = play(store, &alone(std::slice::from_ref(&account)), &[tag("e1", "App")]);
        assert_eq!((told.before.len(), told.by.len()), (0, 0));
        assert!(store.unresolved().expect("a store").is_empty());
    });
}

/// A store that knows a principal from an earlier run spares its first evaluation, and a deletion
/// resolves what it holds though the inventory never had the role.
#[test]
fn a_store_remembers_from_run_to_run() {
    let inventory = alone(&[account(PROD).with(&role("App").attach(READ))]);
    on_each_store(|store| {
        let first = play(store, &inventory, &[attach("e1", "App", ADMIN)]);
        assert_eq!(first.by.len(), 1);
        let without = alone(&[account(PROD)]);
        let second = play(store, &without, &[delete("e2", "App")]);
        assert_eq!(second.by, ["resolved trails-stay 111122223333:role/App: seen on e2, caused by e1"]);
    });
}
