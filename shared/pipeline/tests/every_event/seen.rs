//! Each event leads to the principals that it is about: on an inventory where all of them break a rule
//! its sample opens a finding on each, and on one where none does it resolves them all.

use stanchion_findings::MemoryStore;
use stanchion_inventory::{
    Entity, EntityKind, IamArn, Inventory, MemberAccount, OrganizationPolicy, Principal, PrincipalKind, SCP,
};
use stanchion_policy::Policy;
use stanchion_rules::Rulebook;

use crate::cases::CASES;
use crate::fixture::organization;
use crate::sample::{change, changes, told};

/// One rule that decides, and one for which keys and buckets are watched, and which nobody breaks.
const RULEBOOK: &str = "
version: 1
guardrails:
  - id: trails
    title: Nobody stops CloudTrail
    severity: critical
    forbid: [ { Action: cloudtrail:StopLogging } ]
  - id: resources
    title: No role deletes keys or buckets
    severity: high
    scope: { principals: [role] }
    forbid: [ { Action: [kms:ScheduleKeyDeletion, s3:DeleteBucket] } ]
";

/// The account that two samples are about, and that the fixture does not have yet.
const NEW_ACCOUNT: &str = "777788889999";
const BRINGS_AN_ACCOUNT: [&str; 2] = ["organizations.AcceptHandshake", "organizations.CreateAccountResult"];

/// Events that name nobody: what they start ends with `CreateAccountResult`.
const NAMES_NOBODY: [&str; 2] = ["organizations.CreateAccount", "organizations.CreateGovCloudAccount"];

#[test]
fn every_change_opens_on_whom_it_affects_and_resolves_when_repaired() {
    let rulebook = Rulebook::parse(RULEBOOK, "rulebook.yaml").expect("a rulebook");
    for (sample, row) in changes() {
        let case = CASES.iter().find(|(name, ..)| *name == sample);
        let (.., principals) = case.unwrap_or_else(|| panic!("{sample} has no case"));
        let mut expected: Vec<String> = principals.iter().map(|&arn| arn.to_owned()).collect();
        if BRINGS_AN_ACCOUNT.contains(&sample.as_str()) {
            expected = vec![format!("{NEW_ACCOUNT}:root")];
        }
        assert_eq!(expected.is_empty(), NAMES_NOBODY.contains(&sample.as_str()), "{sample} affects somebody");

        let there = with_everyone(&expected);
        let (violating, repaired) = (violating(&there), repaired(&there));
        let mut store = MemoryStore::new();
        let lines = |word: &str| -> Vec<String> {
            expected.iter().map(|principal| format!("{word} trails {principal}")).collect()
        };
        let first = told(&rulebook, &mut store, &violating, &change(&sample, "first", &rulebook));
        assert_eq!(first, lines("opened"), "{sample} ({})", row.kind);
        let second = told(&rulebook, &mut store, &repaired, &change(&sample, "second", &rulebook));
        assert_eq!(second, lines("resolved"), "{sample}, when repaired");
    }
}

/// The fixture, with the principals that a sample makes or deletes and the account that it brings.
fn with_everyone(expected: &[String]) -> Inventory {
    let empty = r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;
    let mut inventory = organization().with_account(NEW_ACCOUNT, empty).expect("details");
    for name in expected {
        let arn = format!("arn:aws:iam::{name}");
        let parts = IamArn::parse(&arn).expect("an ARN");
        let kind = match parts.kind {
            "user" => PrincipalKind::User,
            "role" => PrincipalKind::Role,
            _ => {
                let parent = Some("r-ab12".to_owned());
                inventory.add_account(parts.account, MemberAccount { parent, ..MemberAccount::default() });
                continue;
            }
        };
        if inventory.principal(&arn).is_none() {
            let mut principal = Principal::new(kind, parts.account, &arn, parts.path, parts.name);
            if kind == PrincipalKind::Role {
                principal.trust = Some(Policy::parse(r#"{"Statement":[]}"#));
            }
            inventory.create_principal(principal);
        }
    }
    inventory
}

fn entities(inventory: &Inventory) -> Vec<Entity> {
    let entity = |principal: &Principal| {
        let kind = match principal.kind {
            PrincipalKind::User => EntityKind::User,
            PrincipalKind::Role => EntityKind::Role,
            PrincipalKind::Root => return None,
        };
        Some(Entity::new(kind, principal.account.as_str(), principal.name.as_str()))
    };
    inventory.principals().filter_map(entity).collect()
}

/// Everyone may stop CloudTrail.
fn violating(inventory: &Inventory) -> Inventory {
    let mut inventory = inventory.clone();
    let allow = r#"{"Statement":[{"Effect":"Allow","Action":"cloudtrail:StopLogging","Resource":"*"}]}"#;
    for entity in entities(&inventory) {
        inventory.put_inline_policy(&entity, "trails", Policy::parse(allow));
    }
    // One user's boundary.
    inventory.create_policy_version("arn:aws:iam::111122223333:policy/Own", "v3", Policy::parse(allow), true);
    inventory
}

/// Nobody may: no policy allows it, and root users are bound by an SCP.
fn repaired(inventory: &Inventory) -> Inventory {
    let mut inventory = inventory.clone();
    let deny = r#"{"Statement":[{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}]}"#;
    inventory.create_organization_policy("p-trails01", OrganizationPolicy::new("Trails", SCP, Some(deny)));
    inventory.attach_organization_policy("p-trails01", "r-ab12");
    inventory
}
