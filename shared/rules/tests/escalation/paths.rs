//! What leads from role to role, step by step.

use serde_json::{Value, json};

use crate::world::{ACCOUNT, World, allow, arn, lets_in, on};

const ADMINISTRATOR: &str = "paths: [{ id: p, title: P, severity: high, reach: administrator }]";
const SECRETS: &str =
    "paths: [{ id: p, title: P, severity: high, reach: [{ Action: secretsmanager:GetSecretValue }] }]";

fn account() -> Value {
    lets_in(&json!({"AWS": ACCOUNT}))
}

fn assume(role: &str) -> Value {
    on("sts:AssumeRole", &arn(role))
}

/// Ana assumes A, which assumes B, which assumes C; C may do everything.
fn chain() -> World {
    World::default()
        .user("Ana", &[assume("A")])
        .role("A", &account(), &[assume("B")])
        .role("B", &account(), &[assume("C")])
        .role("C", &account(), &[allow(&json!("*"))])
}

#[test]
fn a_path_is_drawn_to_its_end_and_ends_there() {
    let drawn = "to:role/C[sts:AssumeRole] assumes role/A -> assumes role/B -> assumes role/C, which may do everything";
    assert_eq!(chain().said(ADMINISTRATOR, "Ana"), [drawn]);
    assert_eq!(
        chain().said(ADMINISTRATOR, "B"),
        ["to:role/C[sts:AssumeRole] assumes role/C, which may do everything"]
    );
    assert_eq!(chain().said(ADMINISTRATOR, "C"), ["holds"], "who is at the end has no way to go");
}

#[test]
fn a_path_has_so_many_steps_at_most() {
    let steps = |steps: usize| {
        chain().said(
            &ADMINISTRATOR.replace("administrator }", &format!("administrator, steps: {steps} }}")),
            "Ana",
        )
    };
    assert_eq!(steps(2), ["holds"]);
    assert_eq!(steps(3).len(), 1);
    assert_ne!(steps(3), ["holds"]);
}

#[test]
fn both_sides_must_let_a_step_be() {
    let only_b = lets_in(&json!({"AWS": arn("B")}));
    let world = World::default()
        .user("Ana", &[allow(&json!("sts:AssumeRole"))])
        .role("B", &lets_in(&json!({"Service": "ec2.amazonaws.com"})), &[])
        .role("C", &only_b, &[allow(&json!("*"))]);
    assert_eq!(world.said(ADMINISTRATOR, "Ana"), ["holds"], "the trust policy names another");
    // It names B itself, which needs no permission of its own in this account.
    assert_eq!(world.said(ADMINISTRATOR, "B").len(), 1);
    assert_ne!(world.said(ADMINISTRATOR, "B"), ["holds"]);
    let unpermitted = World::default().user("Ana", &[]).role("C", &account(), &[allow(&json!("*"))]);
    assert_eq!(unpermitted.said(ADMINISTRATOR, "Ana"), ["holds"], "nothing permits it");
}

#[test]
fn circles_come_to_an_end() {
    let world = World::default().role("A", &account(), &[assume("B")]).role(
        "B",
        &account(),
        &[assume("A"), allow(&json!("secretsmanager:GetSecretValue"))],
    );
    assert_eq!(world.said(ADMINISTRATOR, "A"), ["holds"]);
    let found = world.said(SECRETS, "A");
    assert_eq!(found.len(), 1);
    let start = "to:role/B[sts:AssumeRole] assumes role/B, which can secretsmanager:GetSecretValue on ";
    assert!(found[0].starts_with(start), "{found:?}");
}

/// A service acts with a role that is passed to it only if it is told to.
#[test]
fn a_role_is_passed_together_with_something_that_runs() {
    let tasks = lets_in(&json!({"Service": "ecs-tasks.amazonaws.com"}));
    let world = |calls: Value| {
        World::default().user("Ana", &[allow(&calls), on("iam:PassRole", &arn("Root"))]).role(
            "Root",
            &tasks,
            &[allow(&json!("*"))],
        )
    };
    assert_eq!(world(json!(["ecs:RegisterTaskDefinition"])).said(ADMINISTRATOR, "Ana"), ["holds"]);
    assert_eq!(
        world(json!(["ecs:RegisterTaskDefinition", "ecs:RunTask"])).said(ADMINISTRATOR, "Ana"),
        ["to:role/Root[iam:PassRole] passes to ecs-tasks.amazonaws.com role/Root, which may do everything"]
    );
}

/// A step that is not known makes a path that is not known, and hides none that is.
#[test]
fn what_is_not_known_of_a_step_is_told() {
    let unknown =
        World::default().user("Ana", &[]).with_unknown().role("C", &account(), &[allow(&json!("*"))]);
    let said = unknown.said(ADMINISTRATOR, "Ana");
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("? whether it assumes") && said[0].contains("policy/Unknown"), "{said:?}");
    let mut doubtful = account();
    doubtful["Condition"] = json!({"StringPerhaps": {"aws:PrincipalType": "User"}});
    let both = World::default()
        .user("Ana", &[assume("A"), assume("C")])
        .role("A", &account(), &[allow(&json!("*"))])
        .role("C", &doubtful, &[allow(&json!("*"))]);
    let said = both.said(ADMINISTRATOR, "Ana");
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "to:role/A[sts:AssumeRole] assumes role/A, which may do everything");
    assert!(said[1].starts_with("? ") && said[1].contains("role/C"), "{said:?}");
    assert_eq!(chain().truncated().said(ADMINISTRATOR, "C"), ["holds"]);
    let few = chain().truncated().said(ADMINISTRATOR, "Ana");
    assert!(few.last().is_some_and(|line| line.contains("the inventory lacks some")), "{few:?}");
}
