//! What is said about a rulebook that is wrong: which line, which column, and what was meant.

use insta::assert_snapshot;
use stanchion_rules::rulebook::{Rulebook, RulebookError};

fn error(text: &str) -> RulebookError {
    Rulebook::parse(text, "rules.yaml").expect_err("the rulebook should be refused")
}

/// One guardrail in which `lines` stand among keys that are right.
fn guardrail(lines: &str) -> RulebookError {
    let forbid = if lines.contains("forbid") { "" } else { "    forbid: [{ Action: \"*\" }]\n" };
    error(&format!("version: 1\nguardrails:\n  - id: a\n    title: A\n    severity: low\n{forbid}{lines}\n"))
}

#[test]
fn a_misspelt_key_is_told_with_the_word_that_was_meant() {
    let text = "version: 1\nguardrails:\n  - id: a\n    title: A\n    serverity: high\n    \
                forbid:\n      - Action: s3:*\n";
    assert_snapshot!(error(text), @"rules.yaml:5:5: `serverity` is not a key of a guardrail (did you mean `severity`?)");
    assert_snapshot!(error("version: 1\nguardrail: []\nrules: []"), @r"
    rules.yaml:2:1: `guardrail` is not a key of a rulebook (did you mean `guardrails`?)
    rules.yaml:3:1: `rules` is not a key of a rulebook (expected one of `version`, `pack`, `extends`, `overrides`, `guardrails`, `abac`, `personas`, `persona_coverage`, `third_parties`, `federation`, `service_trust`, `combinations`, `administrators`, `paths`, `identities`, `suppressions`, `longest_suppression`)
    ");
    assert_snapshot!(error("verison: 1"), @"rules.yaml:1:1: `verison` is not a key of a rulebook (did you mean `version`?)");
}

#[test]
fn every_mistake_is_told_in_one_run_in_the_order_of_the_text() {
    let text = "\
version: 1
guardrails:
  - title: ''
    severity: severe
    scope: { acounts: [] , principals: [roles] }
    forbid: []
  - id: Nobody_Leaves
    title: [x]
    severity: hihg
    enforced_by: rcps
  - just text
";
    assert_snapshot!(error(text), @r"
    rules.yaml:3:5: a guardrail needs the key `id` (as `no-leaving-the-organization`)
    rules.yaml:3:12: `title` must not be empty
    rules.yaml:4:15: `severe` is not a severity (expected one of `critical`, `high`, `medium`, `low`, `informational`)
    rules.yaml:5:14: `acounts` is not a key of a scope (did you mean `accounts`?)
    rules.yaml:5:41: `roles` is not a kind of principal (did you mean `role`?)
    rules.yaml:6:13: `forbid` lists nothing
    rules.yaml:7:5: a guardrail needs the key `forbid` (list the statements that must be impossible)
    rules.yaml:7:9: the id `Nobody_Leaves` is not in kebab-case (write `nobody-leaves`)
    rules.yaml:8:12: `title` must be text, not a list
    rules.yaml:9:15: `hihg` is not a severity (did you mean `high`?)
    rules.yaml:10:18: `rcps` is not a way to enforce (expected one of `scp`, `rcp`, `endpoint`)
    rules.yaml:11:5: a guardrail must be a mapping, not text
    ");
}

#[test]
fn a_repeated_id_is_told_where_it_is_repeated() {
    let rule = "  - { id: a, title: A, severity: low, forbid: [{ Action: '*' }] }\n";
    assert_snapshot!(error(&format!("version: 1\nguardrails:\n{rule}{rule}")), @"rules.yaml:4:11: the id `a` is given twice");
}

#[test]
fn a_repeated_key_is_a_mistake_at_every_depth() {
    assert_snapshot!(error("version: 1\nversion: 1\n"), @"rules.yaml:2:1: `version` is given twice");
    assert_snapshot!(
        guardrail("    forbid: [{ Action: a:b, Condition: { Bool: { k: true, k: false } } }]"), @"rules.yaml:6:59: `k` is given twice");
}

#[test]
fn only_version_1_is_read() {
    assert_snapshot!(error(""), @"rules.yaml:1:1: a rulebook needs the key `version` (write `version: 1`)");
    assert_snapshot!(error("version: 2\nwhatever: 1"), @"rules.yaml:1:10: version `2` is not supported (write `version: 1`)");
    assert_snapshot!(error("version: '1'"), @"rules.yaml:1:10: the version must be a number, not text (write `version: 1`)");
    assert_snapshot!(error("- version: 1"), @"rules.yaml:1:1: a rulebook must be a mapping, not a list");
}

#[test]
fn an_account_id_without_quotes_is_refused_with_its_zeros_restored() {
    assert_snapshot!(guardrail("    scope: { accounts: [12345678901, 012345678901] }"), @r#"
    rules.yaml:7:25: the account id `12345678901` is a number without quotes (write `"012345678901"`)
    rules.yaml:7:38: the account id `012345678901` is a number without quotes (write `"012345678901"`)
    "#);
    assert_snapshot!(guardrail("    scope: { accounts: ['1234', 1234-5678-9012] }"), @r"
    rules.yaml:7:25: `1234` is not an account id (an account id is 12 digits)
    rules.yaml:7:33: `1234-5678-9012` is not an account id (an account id is 12 digits)
    ");
}

#[test]
fn ids_of_ous_and_roots_are_checked() {
    let scope = "    scope:\n      ous: [ou-ab12-workloads, r-ab12, ou-ab12-Workloads, ou-ab12, r-1]";
    assert_snapshot!(guardrail(scope), @r"
    rules.yaml:8:40: `ou-ab12-Workloads` is not an OU id (write `ou-xxxx-xxxxxxxx`, or `r-xxxx` for the root)
    rules.yaml:8:59: `ou-ab12` is not an OU id (write `ou-xxxx-xxxxxxxx`, or `r-xxxx` for the root)
    rules.yaml:8:68: `r-1` is not an OU id (write `ou-xxxx-xxxxxxxx`, or `r-xxxx` for the root)
    ");
}

#[test]
fn a_scope_that_would_hold_nobody_is_refused() {
    assert_snapshot!(guardrail("    scope: { accounts: [], tags: { team: [] } }"), @r"
    rules.yaml:7:24: `accounts` lists nothing (leave the key out to mean all)
    rules.yaml:7:42: `team` lists nothing (leave the key out to mean all)
    ");
}

#[test]
fn tag_values_must_be_text() {
    assert_snapshot!(guardrail("    scope: { tags: { cost-center: 0042, live: [true, ''] } }"), @r#"
    rules.yaml:7:35: a tag value must be text, not a number (write `"0042"`)
    rules.yaml:7:48: a tag value must be text, not a boolean (write `"true"`)
    "#);
}

#[test]
fn exemptions_must_be_able_to_match_a_principal() {
    let except = "    except:\n      - OrganizationAdmin\n      - arn:aws:iam::*\n      \
                  - arn:aws:sts::*:assumed-role/Admin/*\n      - arn:aws:iam::*:role/*";
    assert_snapshot!(guardrail(except), @r"
    rules.yaml:8:9: `OrganizationAdmin` is not an ARN pattern (write six parts, as `arn:aws:iam::*:role/Name`)
    rules.yaml:9:9: `arn:aws:iam::*` is not an ARN pattern (write six parts, as `arn:aws:iam::*:role/Name`)
    rules.yaml:10:9: `arn:aws:sts::*:assumed-role/Admin/*` matches no principal (name the role itself, as `arn:aws:iam::*:role/Name`)
    ");
}

#[test]
fn a_statement_is_judged_at_the_very_key_that_is_wrong() {
    let forbid = "    forbid:
      - Action: s3:GetObject
        Resources: '*'
      - Action: s3:GetObject
        NotAction: s3:PutObject
      - Effect: Deny
        Action: s3:*
      - Principal: '*'
        Action: s3:*
      - Action: [s3:GetObject, GetObject]
      - Resource: '*'
      - Action: s3:*
        Condition:
          StringEquals:
            aws:ResourceTag/a.b: { deep: 1 }
      - Action: []";
    assert_snapshot!(guardrail(forbid), @r"
    rules.yaml:8:9: `Resources` is not a key of a `forbid` statement (did you mean `Resource`?)
    rules.yaml:9:9: a `forbid` statement: has both `Action` and `NotAction`
    rules.yaml:11:9: Effect: a `forbid` statement has no `Effect`: what it matches is forbidden
    rules.yaml:13:9: Principal: a `forbid` statement names no principal: use the rule's `scope` and `except`
    rules.yaml:15:9: Action: `GetObject` is not an action: write `service:Name`, or `*`
    rules.yaml:16:9: a `forbid` statement: `Action` is missing
    rules.yaml:20:13: Condition.StringEquals.aws:ResourceTag/a.b: must be text, not an object
    rules.yaml:21:9: `Action` lists nothing
    ");
}

#[test]
fn an_unknown_condition_operator_is_a_slip_of_the_pen() {
    let forbid = "    forbid:
      - Action: s3:*
        Condition:
          StringNotEqual: { aws:RequestedRegion: eu-west-1 }
          ForAnyValue:StringLikes: { aws:TagKeys: a }
          NullIfExists: { aws:username: true }
          Equals: { a: b }";
    assert_snapshot!(guardrail(forbid), @r"
    rules.yaml:9:11: `StringNotEqual` is not a condition operator (did you mean `StringNotEquals`?)
    rules.yaml:10:11: `ForAnyValue:StringLikes` is not a condition operator (did you mean `ForAnyValue:StringLike`?)
    rules.yaml:11:11: `NullIfExists` is not a condition operator (`Null` does not take what is around it)
    rules.yaml:12:11: `Equals` is not a condition operator (as `StringEquals`, `ArnLike`, `Bool` or `Null`)
    ");
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    assert_snapshot!(error("version: 1\nguardrails:\n  - id: [a\n"), @"rules.yaml:3:9: not YAML: unclosed bracket '['");
    assert_snapshot!(error("version: 1\n\tguardrails: []\n"), @"rules.yaml:1:10: not YAML: while scanning a plain scalar, found a tab");
    assert_snapshot!(error("version: 1\nguardrails: 'open\n"), @"rules.yaml:3:1: not YAML: invalid indentation in multiline quoted scalar");
    assert_snapshot!(error(&"[".repeat(1000)), @"rules.yaml:1:65: not YAML: recursion limit exceeded");
}

#[test]
fn yaml_that_hides_what_it_says_is_refused() {
    assert_snapshot!(error("version: &v 1\nguardrails: *v\n"), @"rules.yaml:2:13: YAML aliases are not supported (write the value out)");
    assert_snapshot!(error("version: 1\nguardrails: !!seq []\n"), @"rules.yaml:2:19: YAML tags are not supported");
    assert_snapshot!(error("version: 1\n---\nversion: 1\n"), @"rules.yaml:2:1: a second YAML document starts here; a rulebook is one");
    assert_snapshot!(error("? [version]\n: 1\n"), @r"
    rules.yaml:1:1: a rulebook needs the key `version` (write `version: 1`)
    rules.yaml:1:3: a key must be text
    ");
}

/// A file that is being written is read half: whatever is there, it is judged and not choked on.
#[test]
fn a_text_that_breaks_off_anywhere_is_read_or_refused() {
    let baseline = include_str!("../../../rulebooks/baseline.yaml");
    let mut refused = 0;
    for end in (0..baseline.len()).step_by(61) {
        let result = Rulebook::parse(&baseline[..end], "rules.yaml");
        refused += usize::from(result.is_err_and(|error| !error.problems().is_empty()));
    }
    assert!(refused > 0);
}

/// One ABAC rule in which `lines` stand among keys that are right.
fn abac(lines: &str) -> RulebookError {
    error(&format!("version: 1\nabac:\n  - id: a\n    title: A\n    severity: low\n{lines}\n"))
}

#[test]
fn an_abac_rule_says_what_it_asks_for() {
    assert_snapshot!(abac(""), @"rules.yaml:3:5: an ABAC rule needs one of the keys `tags`, `isolate`, `immutable`");
    assert_snapshot!(abac("    immutable: true"), @"rules.yaml:6:16: `immutable: true` is about no tag: this rule names none (list the keys, as `[project]`)");
    assert_snapshot!(abac("    isolate: { by: project }"), @"rules.yaml:6:14: `isolate` needs the key `actions` (list actions, as `secretsmanager:*`)");
    assert_snapshot!(abac("    isolate: { by: project, actions: [PutObject] }"), @"rules.yaml:6:39: `PutObject` is not an action (write `service:Name`)");
    assert_snapshot!(abac("    tags: { values: { project: a, Project: b } }"), @"rules.yaml:6:35: the tag `Project` is given twice: keys are compared without case");
    assert_snapshot!(abac("    tags: {}"), @"rules.yaml:6:11: `tags` asks for nothing");
    assert_snapshot!(abac("    scope: { paths: [teams] }\n    immutable: [project]"), @"rules.yaml:6:22: `teams` is not a path (write `/teams/*`)");
}
