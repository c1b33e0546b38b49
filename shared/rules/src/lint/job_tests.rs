//! What is said of ABAC rules and personas, where it should be, and only there.

use stanchion_inventory::Inventory;

use super::lint;

/// What is said of rules of one list, without inventory: line, code and message.
fn told(section: &str, rules: &str) -> Vec<String> {
    said(section, rules, None)
}

fn said(section: &str, rules: &str, inventory: Option<&Inventory>) -> Vec<String> {
    let text = format!("version: 1\n{section}:\n{rules}");
    let line = |problem: &crate::rulebook::Problem| {
        format!("{} {}: {}", problem.line, problem.code, problem.message)
    };
    lint(&text, "r", inventory).iter().map(line).collect()
}

fn rule(id: &str, rest: &str) -> String {
    format!("  - {{ id: {id}, title: T, severity: high, {rest} }}\n")
}

fn persona(rest: &str) -> Vec<String> {
    told("personas", &rule("a", rest))
}

fn abac(rest: &str) -> Vec<String> {
    told("abac", &rule("a", rest))
}

const NOBODY: &str = "3 matches-nobody: no principal can fit this `match`";

#[test]
fn a_match_that_nobody_can_fit_is_told() {
    for nobody in [
        "match: { permission_sets: [Admin], tags: { a: b } }",
        "match: { permission_sets: [Admin], names: ['Admin*'] }",
        "match: { permission_sets: [Admin], paths: [/team/] }",
        "match: { permission_sets: [Admin] }, scope: { principals: [user] }",
        "match: { paths: [team] }",
        "match: { names: [team/Ana] }",
        "match: { tags: { a: b } }, scope: { principals: [root] }",
    ] {
        assert_eq!(persona(nobody), [NOBODY], "{nobody}");
    }
    for fine in [
        "match: [{ permission_sets: [Admin] }, { tags: { a: b } }]",
        "match: { permission_sets: [Admin], groups: [admins], names: ['AWSReservedSSO_*'] }",
        "match: { paths: ['/team/*', '*'], names: ['A*'] }",
    ] {
        assert_eq!(persona(fine), Vec::<String>::new(), "{fine}");
    }
    let root = abac("scope: { principals: [root] }, immutable: [a]");
    assert_eq!(
        root,
        ["3 matches-nobody: an ABAC rule about root users alone is about nobody: they have no tags"]
    );
}

#[test]
fn needs_beyond_what_is_allowed_at_most_are_told() {
    let read = "{ name: read, statements: [{ Effect: Allow, Action: s3:GetObject, Resource: '*' }] }";
    let write = "{ name: write, statements: [{ Effect: Allow, Action: s3:PutObject, Resource: '*' }] }";
    let all = "{ name: all, statements: [{ Effect: Allow, Action: 's3:*', Resource: '*' }] }";
    let told = |needs: &str, at_most: &str| {
        persona(&format!("match: {{ names: [a] }}, needs: [{needs}], at_most: [{at_most}]"))
    };
    assert_eq!(
        told(write, read),
        ["3 needs-beyond: `at_most` does not allow all of write: not s3:PutObject"]
    );
    let sandbox = "aws:AWSPartnerCentralSandboxFullAccess";
    let choice = format!("{{ any_of: [aws:IAMFullAccess, {sandbox}] }}");
    assert_eq!(told(&choice, read).len(), 1);
    for (needs, at_most) in [
        (read, read.to_owned()),
        (read, all.to_owned()),
        // Who holds the other of the two is within.
        (&choice, sandbox.to_owned()),
        // What is not known is not told.
        (read, "aws:ReadOnlyAccess".to_owned()),
    ] {
        assert_eq!(told(needs, &at_most), Vec::<String>::new(), "{needs} {at_most}");
    }
}

#[test]
fn personas_that_exclude_themselves_are_told() {
    let other = rule("b", "match: { names: [b] }, needs: [aws:IAMFullAccess]");
    let with = |rest: &str| told("personas", &format!("{}{other}", rule("a", rest)));
    assert_eq!(
        with("match: { names: [a] }, conflicts: [a]"),
        ["3 always-in-conflict: `a` conflicts with itself"]
    );
    assert_eq!(
        with("match: { names: [a] }, needs: [aws:IAMFullAccess], conflicts: [b]"),
        ["3 always-in-conflict: whoever holds what `a` needs holds all that `b` needs"]
    );
    assert_eq!(
        with("match: { names: [a] }, needs: [aws:AWSPartnerCentralFullAccess], conflicts: [b]"),
        Vec::<String>::new()
    );
}

#[test]
fn actions_that_no_tag_holds_apart_are_told() {
    let told = |actions: &str| {
        abac(&format!("tags: {{ required: [a] }}, isolate: {{ by: a, actions: [{actions}] }}"))
    };
    let nothing =
        "3 nothing-isolated: no tag can hold any of these actions apart: the rule says nothing by them";
    assert_eq!(told("s3:ListAllMyBuckets, secretsmanager:ListSecrets"), [nothing]);
    let unknown = told("'zzz:*', secretsmanager:PutSecretValue");
    assert!(unknown.len() == 1 && unknown[0].starts_with("3 unknown-action: `zzz:*`"), "{unknown:?}");
    assert_eq!(told("'secretsmanager:*'"), Vec::<String>::new());
}

#[test]
fn tags_that_nobody_must_have_are_told() {
    let isolate = "isolate: { by: [project, team], actions: ['secretsmanager:*'] }";
    let required = |keys: &str| abac(&format!("tags: {{ required: [{keys}] }}, {isolate}"));
    assert_eq!(
        required("Project"),
        ["3 unrequired-tag: no rule requires the tag `team`: nobody is told who has none"]
    );
    assert_eq!(required("project, team"), Vec::<String>::new());
    let elsewhere = rule("b", "tags: { required: [project, team] }");
    assert_eq!(told("abac", &format!("{}{elsewhere}", rule("a", isolate))), Vec::<String>::new());
}

/// An account with one role, under a tag policy.
fn inventory() -> Inventory {
    let policy = r#"{"tags": {"team": {"tag_key": {"@@assign": "team"}, "tag_value": {"@@assign": ["eng", "qas-*"]}}}}"#;
    let organization = format!(
        r#"{{"Organization": {{"Id": "o-exampleorg1", "MasterAccountId": "999988887777"}},
        "Roots": [{{"Id": "r-ab12", "Name": "Root", "PolicyTypes": [{{"Type": "TAG_POLICY", "Status": "ENABLED"}}]}}],
        "OrganizationalUnits": [],
        "Accounts": [
            {{"Id": "999988887777", "Name": "management", "Status": "ACTIVE", "ParentId": "r-ab12"}},
            {{"Id": "111122223333", "Name": "web", "Status": "ACTIVE", "ParentId": "r-ab12"}}],
        "Policies": [{{"PolicySummary": {{"Id": "p-tags0000", "Name": "tags", "Type": "TAG_POLICY"}},
            "Content": {policy}, "TargetIds": ["r-ab12"]}}]}}"#
    );
    let details = r#"{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [
        {"RoleName": "Deploy", "RoleId": "AROAEXAMPLE", "Path": "/ci/",
         "Arn": "arn:aws:iam::111122223333:role/ci/Deploy", "Tags": [{"Key": "team", "Value": "eng"}]}]}"#;
    Inventory::from_parts(Some(&organization), &[("111122223333", details)]).expect("an inventory")
}

#[test]
fn values_that_tag_policies_refuse_are_told() {
    let told = |values: &str| {
        said("abac", &rule("a", &format!("tags: {{ values: {{ {values} }} }}")), Some(&inventory()))
    };
    let refused = |key: &str, value: &str| {
        format!("3 refused-tag: no tag policy of an account in scope allows `{key}` to be `{value}`")
    };
    assert_eq!(told("team: [eng, ops, 'x*']"), [refused("team", "ops"), refused("team", "x*")]);
    assert_eq!(told("Team: eng"), [refused("Team", "eng")]);
    assert_eq!(told("team: [eng, qas-1, 'q*', '*'], other: a"), Vec::<String>::new());
}

#[test]
fn personas_about_nobody_in_the_inventory_are_told() {
    let told = |matching: &str| said("personas", &rule("a", matching), Some(&inventory()));
    assert_eq!(
        told("match: { tags: { team: ops } }"),
        ["3 about-nobody: `a` is about nobody in the inventory"]
    );
    assert_eq!(told("match: { tags: { team: eng } }"), Vec::<String>::new());
}
