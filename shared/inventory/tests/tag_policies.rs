//! What an account's tags should be, by the tag policies above it.

use serde_json::{Value, json};
use stanchion_inventory::{Fit, Inventory, TAG_POLICY};

const ACCOUNT: &str = "111122223333";

/// An account in an OU under the root, with tag policies attached: (target, content).
fn organized(policies: &[(&str, Value)]) -> Inventory {
    with_status(policies, "ENABLED")
}

fn with_status(policies: &[(&str, Value)], status: &str) -> Inventory {
    let policies: Vec<Value> = policies
        .iter()
        .enumerate()
        .map(|(index, (target, content))| {
            json!({"PolicySummary": {"Id": format!("p-{index}"), "Type": TAG_POLICY},
                   "Content": content, "TargetIds": [target]})
        })
        .collect();
    let file = json!({
        "Organization": {"Id": "o-example", "MasterAccountId": "999988887777"},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [{"Type": TAG_POLICY, "Status": status}]}],
        "OrganizationalUnits": [{"Id": "ou-ab12-unit0000", "ParentId": "r-ab12"}],
        "Accounts": [{"Id": ACCOUNT, "ParentId": "ou-ab12-unit0000"}, {"Id": "999988887777", "ParentId": "r-ab12"}],
        "Policies": policies
    });
    Inventory::from_parts(Some(&file.to_string()), &[]).expect("an inventory")
}

const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-unit0000";

/// A policy on the key `project`.
fn project(tag_key: &Value, tag_value: &Value) -> Value {
    json!({"tags": {"project": {"tag_key": tag_key, "tag_value": tag_value}}})
}

fn values(value: &Value) -> Value {
    project(&json!({"@@assign": "Project"}), value)
}

/// How the tag `Project` of these values fits, one letter each: yes, no, unknown.
fn told(policies: &[(&str, Value)], wanted: &[&str]) -> String {
    let policy = organized(policies).tag_policy(ACCOUNT).expect("a tag policy");
    let letter = |fit| match fit {
        Fit::Fits => 'y',
        Fit::OtherValue(_) => 'n',
        Fit::Misspelt(_) => 's',
        Fit::Unknown(_) => '?',
    };
    wanted.iter().map(|value| letter(policy.fit("Project", value))).collect()
}

#[test]
fn levels_merge_as_their_operators_say() {
    let base = || (ROOT, values(&json!({"@@assign": ["a", "b"]})));
    let child = |value: Value| (UNIT, values(&value));
    let limited = |operators: Value| {
        (ROOT, values(&json!({"@@assign": ["a", "b"], "@@operators_allowed_for_child_policies": operators})))
    };
    let cases = [
        ("nothing below", vec![base()], "yyn"),
        ("assign replaces", vec![base(), child(json!({"@@assign": ["c"]}))], "nny"),
        ("append adds", vec![base(), child(json!({"@@append": ["c"]}))], "yyy"),
        ("remove takes away", vec![base(), child(json!({"@@remove": ["b", "x"]}))], "ynn"),
        ("an empty list allows none", vec![base(), child(json!({"@@assign": []}))], "nnn"),
        ("append makes a list", vec![child(json!({"@@append": ["c"]}))], "nny"),
        ("remove makes none", vec![child(json!({"@@remove": ["c"]}))], "yyy"),
        ("none keeps all", vec![limited(json!(["@@none"])), child(json!({"@@assign": ["c"]}))], "yyn"),
        ("append is left", vec![limited(json!(["@@append"])), child(json!({"@@append": ["c"]}))], "yyy"),
        ("and no other", vec![limited(json!(["@@append"])), child(json!({"@@assign": ["c"]}))], "yyn"),
        ("all is the default", vec![limited(json!(["@@all"])), child(json!({"@@assign": ["c"]}))], "nny"),
        (
            "a child cannot undo a limit",
            vec![
                limited(json!(["@@none"])),
                child(json!({"@@operators_allowed_for_child_policies": ["@@all"]})),
                (ACCOUNT, values(&json!({"@@assign": ["c"]}))),
            ],
            "yyn",
        ),
        (
            "limits of one level are intersected",
            vec![
                limited(json!(["@@append"])),
                (ROOT, values(&json!({"@@operators_allowed_for_child_policies": ["@@append", "@@remove"]}))),
                child(json!({"@@remove": ["a"]})),
            ],
            "yyn",
        ),
        (
            "a limit is for children, not for others of its level",
            vec![
                (ROOT, values(&json!({"@@operators_allowed_for_child_policies": ["@@none"]}))),
                (ROOT, values(&json!({"@@assign": ["c"]}))),
            ],
            "nny",
        ),
        ("which was first is unknown", vec![base(), (ROOT, values(&json!({"@@assign": ["c"]})))], "???"),
        ("two that say the same agree", vec![base(), base()], "yyn"),
        ("wildcards", vec![(ROOT, values(&json!({"@@assign": ["a*"]})))], "ynn"),
        ("no values: any", vec![(ROOT, project(&json!({"@@assign": "Project"}), &json!({})))], "yyy"),
        (
            "another spelling",
            vec![(ROOT, project(&json!({"@@assign": "PROJECT"}), &json!({"@@assign": ["a"]})))],
            "sss",
        ),
        ("lower case where none is said", vec![(ROOT, json!({"tags": {"Project": {}}}))], "sss"),
        (
            "lower case where only values are",
            vec![(ROOT, json!({"tags": {"Project": {"tag_value": {"@@assign": ["a"]}}}}))],
            "sss",
        ),
        (
            "no more keys below",
            vec![
                (ROOT, json!({"tags": {"@@operators_allowed_for_child_policies": ["@@none"]}})),
                child(json!({"@@assign": ["c"]})),
            ],
            "yyy",
        ),
        (
            "a limit on the key as a whole may reach its settings",
            vec![
                (
                    ROOT,
                    json!({"tags": {"project": {"@@operators_allowed_for_child_policies": ["@@none"],
                    "tag_key": {"@@assign": "Project"}, "tag_value": {"@@assign": ["a"]}}}}),
                ),
                (UNIT, json!({"tags": {"project": {"tag_value": {"@@assign": ["c"]}}}})),
            ],
            "???",
        ),
    ];
    for (what, policies, expected) in cases {
        assert_eq!(told(&policies, &["a", "b", "c"]), expected, "{what}");
    }
}

#[test]
fn keys_are_compared_without_case_and_values_with_it() {
    let policy = organized(&[(ROOT, values(&json!({"@@assign": ["Atlas", "data-*-x"]})))]);
    let policy = policy.tag_policy(ACCOUNT).expect("a tag policy");
    assert_eq!(policy.fit("project", "Atlas"), Fit::Misspelt("Project".to_owned()));
    assert_eq!(policy.fit("Project", "data-7-x"), Fit::Fits);
    assert!(matches!(policy.fit("Project", "atlas"), Fit::OtherValue(_)));
    assert_eq!(policy.fit("team", "anything"), Fit::Fits, "keys that it does not name are not its business");
}

#[test]
fn what_is_not_known_is_an_error_that_names_the_policy_and_the_place() {
    let error = |content: Value| organized(&[(ROOT, content)]).tag_policy(ACCOUNT).expect_err("unreadable");
    let cases = [
        (json!({"tag": {}}), "tag policy `p-0`: there is no `tags` in it"),
        (json!({"tags": []}), "tag policy `p-0`: `tags` must be an object"),
        (
            json!({"tags": {"a": {"tag_value": {"@@asign": []}}}}),
            "tag policy `p-0`: `tags.a.tag_value.@@asign` is not an operator",
        ),
        (
            json!({"tags": {"a": {"tag_value": {"@@assign": [1]}}}}),
            "tag policy `p-0`: `tags.a.tag_value.@@assign` must be text, or a list of texts",
        ),
        (
            json!({"tags": {"a": {"tag_key": {"@@append": ["A"]}}}}),
            "tag policy `p-0`: `tags.a.tag_key` has one value: only `@@assign` sets it",
        ),
        (
            json!({"tags": {"a": {}, "A": {}}}),
            "tag policy `p-0`: `tags.A` is there twice: keys are compared without case",
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(error(content), expected);
    }
    assert!(organized(&[]).tag_policy(ACCOUNT).is_err(), "enabled, and none is in the input");
    let pending = with_status(&[(ROOT, json!({"tags": {}}))], "PENDING_DISABLE");
    assert!(pending.tag_policy(ACCOUNT).is_err());
}

#[test]
fn a_policy_reaches_those_under_its_target_and_the_management_account_too() {
    let at_root = organized(&[(ROOT, values(&json!({"@@assign": ["a"]})))]);
    let keys = |account| -> Vec<String> {
        at_root.tag_policy(account).expect("a tag policy").keys().map(str::to_owned).collect()
    };
    assert_eq!(keys(ACCOUNT), ["project"]);
    assert_eq!(keys("999988887777"), ["project"]);
    assert!(keys("444455556666").is_empty(), "an account outside the organization");
    let at_unit = organized(&[(UNIT, values(&json!({"@@assign": ["a"]})))]);
    assert_eq!(at_unit.tag_policy("999988887777").expect("a tag policy").keys().count(), 0);
}
