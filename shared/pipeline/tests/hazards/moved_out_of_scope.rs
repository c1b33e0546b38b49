//! A rule that is not about somebody any more is not broken by them any more.

use serde_json::json;

use crate::events::{iam, organizations};
use crate::run::{on_each_store, run_by};
use crate::world::{ADMIN, PROD, account, alone, organization, role};

const IN_WORKLOADS: &str = "
version: 1
guardrails:
  - id: trails-stay
    title: Nobody stops CloudTrail
    severity: critical
    scope: { ous: [ou-ab12-workload], principals: [role] }
    forbid: [ { Action: cloudtrail:StopLogging } ]
";

const FOR_CI: &str = "
version: 1
guardrails:
  - id: trails-stay
    title: Nobody stops CloudTrail
    severity: critical
    scope: { tags: { team: ci } }
    forbid: [ { Action: cloudtrail:StopLogging } ]
";

fn under(unit: &str) -> stanchion_inventory::Inventory {
    let organization = organization(&[]).member(PROD, unit);
    organization.with(&[account(PROD).with(&role("Deploy").attach(ADMIN))])
}

fn moved(id: &str, from: &str, to: &str) -> serde_json::Value {
    let parameters = json!({"accountId": PROD, "sourceParentId": from, "destinationParentId": to});
    organizations(id, "MoveAccount", parameters)
}

const WORKLOAD: &str = "ou-ab12-workload";
const SANDBOXES: &str = "ou-ab12-sandboxes";

#[test]
fn an_account_that_moves_in_opens_and_one_that_moves_out_resolves() {
    on_each_store(|store| {
        let told = run_by(IN_WORKLOADS, store, &under(WORKLOAD), &[moved("e1", SANDBOXES, WORKLOAD)]);
        assert_eq!(told, ["opened trails-stay 111122223333:role/Deploy: seen on e1, caused by e1"]);
        let told = run_by(IN_WORKLOADS, store, &under(SANDBOXES), &[moved("e2", WORKLOAD, SANDBOXES)]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by e1"]);
    });
}

#[test]
fn a_tag_that_goes_resolves() {
    let tagged = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN).tag("team", "ci"))]);
    let untagged = alone(&[account(PROD).with(&role("Deploy").attach(ADMIN))]);
    on_each_store(|store| {
        let event =
            iam("e1", "TagRole", json!({"roleName": "Deploy", "tags": [{"key": "team", "value": "ci"}]}));
        assert_eq!(run_by(FOR_CI, store, &tagged, &[event]).len(), 1);
        let event = iam("e2", "UntagRole", json!({"roleName": "Deploy", "tagKeys": ["team"]}));
        let told = run_by(FOR_CI, store, &untagged, &[event]);
        assert_eq!(told, ["resolved trails-stay 111122223333:role/Deploy: seen on e2, caused by -"]);
    });
}
