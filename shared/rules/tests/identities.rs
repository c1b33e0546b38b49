//! Identities, from reports as AWS writes them, at a fixed moment.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_policy::value::parse_date;
use stanchion_rules::{Evaluator, Evidence, Judgement, Rulebook};

const ACCOUNT: &str = "111122223333";
const NOW: &str = "2026-06-01T00:00:00Z";

const RULES: &str = "
version: 1
identities:
  - { id: people, title: P, severity: low, federated: true, console_mfa: true, password_unused: 90 }
  - { id: keys, title: K, severity: low, key_age: 90, key_unused: 45, keys_at_most: 1 }
  - { id: root, title: R, severity: low, no_root_keys: true, root_mfa: true, root_use: 30 }
  - { id: roles, title: O, severity: low, role_unused: 90 }
";

const SERVICES: &str = "
version: 1
identities:
  - { id: services, title: S, severity: low, service_unused: 90 }
";

const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// A row: whether there is a password, when it was used and set, whether there is a device; then of each key
/// whether it is active, when it was made and used.
fn row(user: &str, [password, used, set, mfa]: [&str; 4], keys: [[&str; 3]; 2]) -> String {
    let arn = match user {
        "<root_account>" => format!("arn:aws:iam::{ACCOUNT}:root"),
        name => format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
    };
    let key = |[active, made, used]: [&str; 3]| format!("{active},{made},{used},N/A,N/A");
    let [one, two] = keys.map(key);
    let user = if user.contains(',') { format!("\"{user}\"") } else { user.to_owned() };
    let arn = if arn.contains(',') { format!("\"{arn}\"") } else { arn };
    format!(
        "{user},{arn},2020-01-01T00:00:00+00:00,{password},{used},{set},N/A,{mfa},{one},{two},false,N/A,false,N/A"
    )
}

const NO_KEY: [&str; 3] = ["false", "N/A", "N/A"];
const NO_PASSWORD: [&str; 4] = ["false", "N/A", "N/A", "false"];

fn inventory(users: &[&str], roles: &[Value], rows: Option<&[String]>) -> Inventory {
    let users: Vec<Value> = users
        .iter()
        .map(|name| json!({"UserName": name, "UserId": format!("AIDA{name}"), "Path": "/", "CreateDate": "2020-01-01T00:00:00Z",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}")}))
        .collect();
    let details =
        json!({"UserDetailList": users, "RoleDetailList": roles, "GroupDetailList": [], "Policies": []});
    let inventory = Inventory::from_parts(None, &[(ACCOUNT, &details.to_string())]).expect("an inventory");
    match rows {
        None => inventory,
        Some(rows) => {
            let table =
                std::iter::once(HEAD.to_owned()).chain(rows.iter().cloned()).collect::<Vec<_>>().join("\n");
            inventory.with_credentials(ACCOUNT, &table).expect("a report")
        }
    }
}

fn role(name: &str, path: &str, more: Value) -> Value {
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let mut role = json!({"RoleName": name, "RoleId": format!("AROA{name}"), "Path": path,
        "Arn": format!("arn:aws:iam::{ACCOUNT}:role{path}{name}"), "AssumeRolePolicyDocument": trust});
    let all = role.as_object_mut().expect("an object");
    all.extend(more.as_object().expect("an object").clone());
    role
}

/// What is said: principal, rule, facet, and the fact or what is not known.
fn said(rules: &str, inventory: &Inventory, now: Option<&str>) -> Vec<String> {
    let rulebook = Rulebook::parse(rules, "test").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, now.and_then(parse_date));
    let principals = inventory.principals().chain(inventory.unbound_roots());
    let mut lines = Vec::new();
    for principal in principals {
        for judged in evaluator.principal(principal) {
            let what = match judged.judgement {
                Judgement::OutOfScope | Judgement::Holds { .. } => continue,
                Judgement::Violated { evidence: Evidence::Fact(fact), .. } => fact,
                Judgement::Violated { .. } => panic!("a witness of a fact"),
                Judgement::Indeterminate { reasons, .. } => format!("not known: {}", reasons.join("; ")),
            };
            let facet = judged.facet.unwrap_or_default();
            lines.push(format!("{} {} {facet}: {what}", principal.name, judged.rule.id));
        }
    }
    lines
}

#[test]
fn users_are_told_of_what_is_not_in_order_and_of_nothing_else() {
    let recent = "2026-05-20T10:00:00+00:00";
    let old = "2026-01-10T10:00:00+00:00";
    let rows = [
        row("good", NO_PASSWORD, [["true", "2026-05-01T00:00:00+00:00", recent], NO_KEY]),
        row("console", ["true", recent, old, "true"], [NO_KEY, NO_KEY]),
        row("careless", ["true", "no_information", old, "false"], [NO_KEY, NO_KEY]),
        row("old", NO_PASSWORD, [["true", old, recent], ["false", old, "N/A"]]),
        row("idle", NO_PASSWORD, [["true", "2026-04-01T00:00:00+00:00", "N/A"], NO_KEY]),
        row("new", NO_PASSWORD, [["true", "2026-05-30T00:00:00+00:00", "N/A"], NO_KEY]),
        row("two", NO_PASSWORD, [["true", "2026-05-02T00:00:00+00:00", recent], ["true", recent, recent]]),
        row("a,b", ["true", recent, recent, "false"], [NO_KEY, NO_KEY]),
    ];
    let users = ["good", "console", "careless", "old", "idle", "new", "two", "a,b"];
    assert_eq!(
        said(RULES, &inventory(&users, &[], Some(&rows)), Some(NOW)),
        [
            "a,b people console-password: signs in to the console with a password of its own",
            "a,b people console-mfa: signs in to the console with a password and no second factor",
            "careless people console-password: signs in to the console with a password of its own",
            "careless people console-mfa: signs in to the console with a password and no second factor",
            "careless people password-unused: the console password was made on 2026-01-10 and never used, and 90 days are allowed",
            "console people console-password: signs in to the console with a password of its own",
            "idle keys key-unused:1: access key 1 was made on 2026-04-01 and never used, and 45 days are allowed",
            "old keys key-age:1: access key 1 was made on 2026-01-10, and 90 days are allowed",
            "two keys keys: has 2 active access keys, and at most 1 are allowed",
            "root root : not known: the credentials of the root user: the credential report does not list it; get a new one",
        ]
    );
}

/// The root user is told of though no policy binds it, as in a management account, and by these rules alone.
#[test]
fn root_users_are_looked_at_for_their_credentials_alone() {
    let root = |password: [&str; 4], key: [&str; 3]| row("<root_account>", password, [key, NO_KEY]);
    let said = |row: String, rules: &str| said(rules, &inventory(&[], &[], Some(&[row])), Some(NOW));
    let used = "2026-05-20T10:00:00+00:00";
    assert_eq!(
        said(root(["not_supported", used, "not_supported", "false"], ["true", used, "N/A"]), RULES),
        [
            "root root root-keys: the root user has an active access key",
            "root root root-mfa: the root user has no second factor",
            "root root root-use: the root user was used on 2026-05-20 with its password, and not for 30 days is allowed",
        ]
    );
    let quiet = root(["not_supported", "2025-01-01T00:00:00+00:00", "not_supported", "true"], NO_KEY);
    assert_eq!(said(quiet.clone(), RULES), Vec::<String>::new());
    let guardrail =
        "version: 1\nguardrails: [{ id: a, title: A, severity: low, forbid: [{ Action: 's3:*' }] }]";
    assert_eq!(said(quiet, guardrail), Vec::<String>::new());
}

#[test]
fn roles_count_from_when_they_were_made_and_those_of_services_do_not() {
    let made = |date: &str, used: Value| json!({"CreateDate": date, "RoleLastUsed": used});
    let roles = [
        role(
            "Busy",
            "/",
            made(
                "2020-01-01T00:00:00Z",
                json!({"LastUsedDate": "2026-05-30T00:00:00Z", "Region": "eu-west-1"}),
            ),
        ),
        role("Idle", "/", made("2020-01-01T00:00:00Z", json!({"LastUsedDate": "2026-01-30T00:00:00Z"}))),
        role("Never", "/", made("2020-01-01T00:00:00Z", json!({}))),
        role("New", "/", made("2026-05-30T00:00:00Z", json!({}))),
        role("Silent", "/", json!({})),
        role(
            "AWSServiceRoleForSupport",
            "/aws-service-role/support.amazonaws.com/",
            made("2020-01-01T00:00:00Z", json!({})),
        ),
        role(
            "AWSReservedSSO_Admins_1",
            "/aws-reserved/sso.amazonaws.com/",
            made("2020-01-01T00:00:00Z", json!({})),
        ),
    ];
    assert_eq!(
        said(RULES, &inventory(&[], &roles, None), Some(NOW)),
        [
            "Idle roles role-unused: the role was last used on 2026-01-30, and 90 days are allowed",
            "Never roles role-unused: the role was made on 2020-01-01 and never used, and 90 days are allowed",
            "Silent roles : not known: when the role was last used: `RoleLastUsed` and `CreateDate` are not in the authorization details",
        ]
    );
}

#[test]
fn services_are_told_together() {
    let details = json!({format!("arn:aws:iam::{ACCOUNT}:user/ana"): {"JobStatus": "COMPLETED", "ServicesLastAccessed": [
        {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": "2026-05-30T00:00:00Z", "TotalAuthenticatedEntities": 1},
        {"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "LastAuthenticated": "2026-01-30T00:00:00Z", "TotalAuthenticatedEntities": 1},
        {"ServiceName": "Amazon EC2", "ServiceNamespace": "ec2", "TotalAuthenticatedEntities": 0}]},
        format!("arn:aws:iam::{ACCOUNT}:user/ben"): {"JobStatus": "IN_PROGRESS"}});
    let inventory = inventory(&["ana", "ben", "cem"], &[], None);
    let inventory = inventory.with_last_accessed(ACCOUNT, &details.to_string()).expect("the information");
    assert_eq!(
        said(SERVICES, &inventory, Some(NOW)),
        [
            "ana services services-unused: is allowed services that it has not used for 90 days: ec2, sqs",
            "ben services : not known: when services were last used: the job's status is `IN_PROGRESS`",
            "cem services : not known: when services were last used: no last accessed information; docs/INVENTORY.md says how to get `last-accessed.json`",
        ]
    );
}

/// Nothing passes for in order that nobody knows.
#[test]
fn what_is_missing_is_not_in_order() {
    let bare = inventory(&["ana"], &[], None);
    let people = "ana people : not known: the credentials of account 111122223333: no credential report; \
                  docs/INVENTORY.md says how to get `credentials.csv`";
    assert_eq!(said(RULES, &bare, Some(NOW)), [people, &people.replace("people", "keys")]);
    let others = [row("ben", NO_PASSWORD, [NO_KEY, NO_KEY])];
    let stale = said(RULES, &inventory(&["ana"], &[], Some(&others)), Some(NOW));
    assert_eq!(
        stale[0],
        "ana people : not known: the credentials of user ana: the credential report does not list it; get a new one"
    );
    let timeless = said(RULES, &inventory(&["ben"], &[], Some(&others)), None);
    assert_eq!(timeless[0], "ben people : not known: what time it is");
    let garbled = [row("ben", ["perhaps", "N/A", "N/A", "false"], [["true", "soon", "N/A"], NO_KEY])];
    assert_eq!(
        said(RULES, &inventory(&["ben"], &[], Some(&garbled)), Some(NOW))[..2],
        [
            "ben people : not known: whether there is a console password: the credential report does not say",
            "ben keys : not known: when access key 1 was last used: the credential report does not say; when access key 1 was made: the credential report does not say",
        ]
    );
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    let inventory = inventory(&["ana"], &[], None);
    let refused =
        |text: &str| inventory.with_credentials(ACCOUNT, text).expect_err("it is refused").to_string();
    assert_eq!(refused("dXNlcixhcm4s"), "`111122223333`, line 1: no column `user` in `dXNlcixhcm4s`");
    assert_eq!(refused(&format!("{HEAD}\nana,arn")), "`111122223333`, line 2: 2 cells under 22 columns");
    assert!(refused("").contains("blank"));
    let row = row("ana", NO_PASSWORD, [NO_KEY, NO_KEY]);
    assert!(
        refused(&format!("{HEAD}\n{row}\n{row}")).contains("`ana` is there twice: as line 2 and as line 3")
    );
    let other = row.replace(ACCOUNT, "444455556666");
    assert!(refused(&format!("{HEAD}\n{other}")).contains("does not belong to account 111122223333"));
    let unknown = inventory.with_credentials("444455556666", &format!("{HEAD}\n{other}"));
    assert!(unknown.expect_err("there is no such account").to_string().contains("are not beside it"));
}
