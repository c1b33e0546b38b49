//! Whether the SCPs above an account enforce a guardrail changes with the organization: the change itself
//! opens and resolves the account's finding.

use serde_json::{Value, json};
use stanchion_changes::{Interpreter, read_events};
use stanchion_findings::{EventRef, MemoryStore, Store, SubjectKind, Transition};
use stanchion_inventory::Inventory;
use stanchion_pipeline::{Player, baseline, check, published};
use stanchion_rules::{Evaluator, Rulebook};

use crate::events::{answered, organizations};
use crate::run::{on_each_store, transitions};
use crate::world::{
    ADMIN, MANAGEMENT, Organization, PROD, READ, TEST, account, document, organization, role,
};

const ENFORCED: &str = "
version: 1
guardrails:
  - id: trails-stay
    title: Nobody stops CloudTrail
    severity: critical
    scope: { principals: [role] }
    enforced_by: scp
    forbid: [ { Action: cloudtrail:StopLogging } ]
";

const WORKLOAD: &str = "ou-ab12-workload";
const SANDBOXES: &str = "ou-ab12-sandboxes";

/// A member that nobody in it can do much in.
fn organized(targets: &[&str], unit: &str) -> Inventory {
    let reader = account(PROD).with(&role("Reader").attach(READ));
    organization(targets).member(PROD, unit).with(&[reader])
}

/// What happened to accounts as a whole.
fn of_accounts(transitions: &[Transition]) -> Vec<String> {
    let id = |event: &Option<EventRef>| event.as_ref().map_or("-".to_owned(), |event| event.event_id.clone());
    let whole = transitions.iter().filter(|t| t.finding.subject.kind == SubjectKind::Account);
    let line = |t: &Transition| {
        let (trigger, cause) = (id(&t.finding.trigger), id(&t.finding.caused_by));
        format!("{} {}: seen on {trigger}, caused by {cause}", t.kind, t.finding.subject.id)
    };
    whole.map(line).collect()
}

fn run(store: &mut dyn Store, inventory: &Inventory, event: Value) -> Vec<String> {
    let told = transitions(ENFORCED, store, inventory, &[event]);
    published(store, &told).expect("a store");
    of_accounts(&told)
}

fn first_look(store: &mut dyn Store, inventory: &Inventory) -> Vec<String> {
    let rulebook = Rulebook::parse(ENFORCED, "rulebook.yaml").expect("a rulebook");
    let told = baseline(&Evaluator::new(&rulebook, inventory, None), store).expect("a store");
    published(store, &told).expect("a store");
    of_accounts(&told)
}

fn policy(id: &str, name: &str, target: &str) -> Value {
    organizations(id, name, json!({"policyId": "p-trails00", "targetId": target}))
}

#[test]
fn detaching_opens_the_account_and_attaching_resolves_it_though_nobody_in_it_can_do_anything() {
    on_each_store(|store| {
        assert_eq!(first_look(store, &organized(&[WORKLOAD], WORKLOAD)), [""; 0]);
        let told = run(store, &organized(&[], WORKLOAD), policy("e1", "DetachPolicy", WORKLOAD));
        assert_eq!(told, ["opened 111122223333: seen on e1, caused by e1"]);
        let told = run(store, &organized(&["r-ab12"], WORKLOAD), policy("e2", "AttachPolicy", "r-ab12"));
        assert_eq!(told, ["resolved 111122223333: seen on e2, caused by e1"]);
    });
}

#[test]
fn an_account_that_is_moved_out_from_under_its_policy_opens() {
    let moved = |id, from, to| {
        let parameters = json!({"accountId": PROD, "sourceParentId": from, "destinationParentId": to});
        organizations(id, "MoveAccount", parameters)
    };
    on_each_store(|store| {
        first_look(store, &organized(&[WORKLOAD], WORKLOAD));
        let told = run(store, &organized(&[WORKLOAD], SANDBOXES), moved("e1", WORKLOAD, SANDBOXES));
        assert_eq!(told, ["opened 111122223333: seen on e1, caused by e1"]);
        let told = run(store, &organized(&[WORKLOAD], WORKLOAD), moved("e2", SANDBOXES, WORKLOAD));
        assert_eq!(told, ["resolved 111122223333: seen on e2, caused by e1"]);
    });
}

/// What Organizations does on its own is in the management account's log, without an actor of an account.
fn made(id: &str, account: &str) -> Value {
    let mut event = organizations(id, "CreateAccountResult", Value::Null);
    event["detail-type"] = "AWS Service Event via CloudTrail".into();
    let detail = &mut event["detail"];
    detail["eventType"] = "AwsServiceEvent".into();
    detail["userIdentity"] = json!({"accountId": MANAGEMENT, "invokedBy": "organizations.amazonaws.com"});
    detail["serviceEventDetails"] =
        json!({"createAccountStatus": {"state": "SUCCEEDED", "accountId": account}});
    event
}

/// An account that joins is under the root, above which no SCP of the workloads is.
#[test]
fn an_account_that_joins_opens_until_it_is_moved_to_where_it_belongs() {
    let parties = json!([{"id": "exampleorg1", "type": "ORGANIZATION"}, {"id": TEST, "type": "ACCOUNT"}]);
    let handshake = json!({"handshake": {"id": "h-examplehandshake1", "parties": parties,
        "state": "ACCEPTED", "action": "INVITE"}});
    let accepted = organizations("e1", "AcceptHandshake", json!({"handshakeId": "h-examplehandshake1"}));
    for joined in [answered(accepted, handshake), made("e1", TEST)] {
        on_each_store(|store| {
            let with = |unit: Option<&str>| {
                let members = organization(&[WORKLOAD]).member(PROD, WORKLOAD);
                let members = unit.iter().fold(members, |members, unit| members.member(TEST, unit));
                members.with(&[account(PROD)])
            };
            assert_eq!(first_look(store, &with(None)), [""; 0]);
            let told = run(store, &with(Some("r-ab12")), joined.clone());
            assert_eq!(told, ["opened 444455556666: seen on e1, caused by e1"]);
            let moved =
                json!({"accountId": TEST, "sourceParentId": "r-ab12", "destinationParentId": WORKLOAD});
            let told = run(store, &with(Some(WORKLOAD)), organizations("e2", "MoveAccount", moved));
            assert_eq!(told, ["resolved 444455556666: seen on e2, caused by e1"]);
        });
    }
}

#[test]
fn every_account_of_a_unit_that_is_emptied_opens() {
    let with = |unit: &str| {
        organization(&[WORKLOAD]).member(PROD, unit).member(TEST, unit).with(&[account(PROD), account(TEST)])
    };
    let moved = |id: &str, account: &str| {
        let parameters =
            json!({"accountId": account, "sourceParentId": WORKLOAD, "destinationParentId": SANDBOXES});
        organizations(id, "MoveAccount", parameters)
    };
    on_each_store(|store| {
        assert_eq!(first_look(store, &with(WORKLOAD)), [""; 0]);
        let events = [moved("e1", PROD), moved("e2", TEST)];
        let told = transitions(ENFORCED, store, &with(SANDBOXES), &events);
        let expected = [
            "opened 111122223333: seen on e1, caused by e1",
            "opened 444455556666: seen on e2, caused by e2",
        ];
        assert_eq!(of_accounts(&told), expected);
    });
}

/// Organizations refuses to delete a policy that is attached, so that nothing changes by it: what it was detached
/// by opens. What a policy said that is in the inventory no more nobody knows; but the account is known to have been
/// clean before, and nothing else has happened.
#[test]
fn a_policy_that_is_detached_and_deleted_opens_by_the_detaching() {
    let deleted = organizations("e2", "DeletePolicy", json!({"policyId": "p-trails00"}));
    let detached = policy("e1", "DetachPolicy", WORKLOAD);
    on_each_store(|store| {
        assert_eq!(first_look(store, &organized(&[WORKLOAD], WORKLOAD)), [""; 0]);
        let gone =
            organization(&[]).without_policy("p-trails00").member(PROD, WORKLOAD).with(&[account(PROD)]);
        assert_eq!(run(store, &gone, detached.clone()), ["opened 111122223333: seen on e1, caused by e1"]);
    });
    let inventory = organized(&[WORKLOAD], WORKLOAD);
    let told = play(&inventory, &[detached, deleted]);
    assert_eq!(told, ["opened 111122223333: seen on e1, caused by e1"]);
}

#[test]
fn a_policy_type_that_is_disabled_and_a_text_that_is_weakened_open() {
    let disabled = json!({"rootId": "r-ab12", "policyType": "SERVICE_CONTROL_POLICY"});
    let weak = document("Deny", "cloudtrail:DeleteTrail");
    let updated = json!({"policyId": "p-trails00", "content": weak.to_string()});
    let member = |organization: Organization| organization.member(PROD, WORKLOAD).with(&[account(PROD)]);
    on_each_store(|store| {
        let whole = || member(organization(&[WORKLOAD]));
        assert_eq!(first_look(store, &whole()), [""; 0]);
        let off = member(organization(&[WORKLOAD]).without_types());
        let told = run(store, &off, organizations("e1", "DisablePolicyType", disabled.clone()));
        assert_eq!(told, ["opened 111122223333: seen on e1, caused by e1"]);
        let told = run(store, &whole(), policy("e2", "AttachPolicy", WORKLOAD));
        assert_eq!(told, ["resolved 111122223333: seen on e2, caused by e1"]);
        let weakened = member(organization(&[WORKLOAD]).with_text(&weak));
        let told = run(store, &weakened, organizations("e3", "UpdatePolicy", updated.clone()));
        assert_eq!(told, ["opened 111122223333: seen on e3, caused by e3"]);
    });
}

#[test]
fn an_account_that_leaves_has_no_finding_any_more() {
    on_each_store(|store| {
        assert_eq!(first_look(store, &organized(&[], WORKLOAD)).len(), 1);
        let left = organization(&[]).with(&[account(PROD).with(&role("Reader").attach(READ))]);
        let event = organizations("e1", "RemoveAccountFromOrganization", json!({"accountId": PROD}));
        assert_eq!(run(store, &left, event), ["resolved 111122223333: seen on e1, caused by -"]);
    });
}

#[test]
fn what_no_rule_asks_of_accounts_any_more_is_resolved() {
    on_each_store(|store| {
        let inventory = organized(&[], WORKLOAD);
        assert_eq!(first_look(store, &inventory).len(), 1);
        let text = ENFORCED.replace("    enforced_by: scp\n", "");
        let rulebook = Rulebook::parse(&text, "rulebook.yaml").expect("a rulebook");
        let told = baseline(&Evaluator::new(&rulebook, &inventory, None), store).expect("a store");
        assert_eq!(of_accounts(&told), ["resolved 111122223333: seen on -, caused by -"]);
    });
}

/// What happens to accounts while events are played on an inventory of before them.
fn play(inventory: &Inventory, events: &[Value]) -> Vec<String> {
    let rulebook = Rulebook::parse(ENFORCED, "rulebook.yaml").expect("a rulebook");
    let start = Evaluator::new(&rulebook, inventory, None);
    let mut player = Player::new(&start);
    let mut store = MemoryStore::new();
    let mut interpreter = Interpreter::default();
    let mut told = Vec::new();
    for event in read_events(&Value::from(events.to_vec()).to_string(), "events").expect("events") {
        let played = player.play(&interpreter.interpret(&event), &mut store).expect("a store");
        assert_eq!(of_accounts(&played.before), [""; 0]);
        told.extend(of_accounts(&played.transitions));
    }
    told
}

/// The events of a day, each played on the inventory as the one before left it.
#[test]
fn played_one_after_the_other_each_change_opens_and_resolves() {
    let without = |id: &str, name: &str| {
        organizations(id, name, json!({"rootId": "r-ab12", "policyType": "SERVICE_CONTROL_POLICY"}))
    };
    let content = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]});
    let update = |id: &str, action: &str| {
        let parameters = json!({"policyId": "p-trails00", "content": content(action).to_string()});
        organizations(id, "UpdatePolicy", parameters)
    };
    let events = [
        update("e1", "cloudtrail:DeleteTrail"),
        update("e2", "cloudtrail:*"),
        without("e3", "DisablePolicyType"),
        without("e4", "EnablePolicyType"),
        // What was attached before is not attached for that again.
        policy("e5", "AttachPolicy", "r-ab12"),
        policy("e6", "DetachPolicy", "r-ab12"),
    ];
    let told = play(&organized(&[WORKLOAD], WORKLOAD), &events);
    assert_eq!(
        told,
        [
            "opened 111122223333: seen on e1, caused by e1",
            "resolved 111122223333: seen on e2, caused by e1",
            "opened 111122223333: seen on e3, caused by e3",
            "resolved 111122223333: seen on e5, caused by e3",
            "opened 111122223333: seen on e6, caused by e6",
        ]
    );
}

#[test]
fn a_check_names_the_level_and_who_can_use_the_leak_today() {
    let able = account(PROD).with(&role("Admin").attach(ADMIN)).with(&role("Reader").attach(READ));
    let idle = account(TEST).with(&role("Reader").attach(READ));
    let inventory = organization(&[]).member(PROD, WORKLOAD).member(TEST, SANDBOXES).with(&[able, idle]);
    let rulebook = Rulebook::parse(ENFORCED, "rulebook.yaml").expect("a rulebook");
    let checked = check(&Evaluator::new(&rulebook, &inventory, None));
    assert_eq!(checked.accounts, 2);
    let accounts = checked.findings.iter().filter(|finding| finding.subject.kind == SubjectKind::Account);
    let details: Vec<&str> = accounts.filter_map(|finding| finding.detail.as_deref()).collect();
    assert_eq!(
        details,
        [
            "no SCP at r-ab12, ou-ab12-workload or account 111122223333 denies it; today role/Admin can use it",
            "no SCP at r-ab12, ou-ab12-sandboxes or account 444455556666 denies it; nobody in the account is known to have the permission today",
        ]
    );
}
