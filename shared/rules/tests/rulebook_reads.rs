//! What a rulebook that is right says.

use std::collections::BTreeSet;

use stanchion_inventory::PrincipalKind;
use stanchion_policy::Document;
use stanchion_rules::rulebook::{EnforcedBy, Guardrail, Kind, Rule, Rulebook, Scope, Severity};

const BASELINE: &str = include_str!("../../../rulebooks/baseline.yaml");

fn read(text: &str) -> Rulebook {
    Rulebook::parse(text, "rules.yaml").unwrap_or_else(|error| panic!("{error}"))
}

fn guardrail(forbid: &str) -> (Rule, Guardrail) {
    let text = format!("version: 1\nguardrails:\n- {{ id: a, title: A, severity: low, forbid: {forbid} }}");
    let rulebook = read(&text);
    let (rule, guardrail) = rulebook.guardrails().next().expect("one guardrail");
    (rule.clone(), guardrail.clone())
}

#[test]
fn every_part_of_a_guardrail_is_read() {
    let rulebook = read(
        r#"
version: 1
guardrails:
  - id: no-leaving-the-organization
    title: Nobody leaves the organization   # a comment
    severity: critical
    description: >
      Two lines
      that are one.
    remedy: Deny it in an SCP.
    scope:
      ous: [ou-ab12-workloads, r-ab12]
      accounts: ["012345678901"]
      principals: [role, root]
      tags: { team: [a, b], stage: production }
    except: ["arn:aws:iam::*:role/OrganizationAdmin"]
    enforced_by: scp
    forbid:
      - { Action: organizations:LeaveOrganization, Resource: "*" }
"#,
    );
    let [rule @ Rule { kind: Kind::Guardrail(guardrail), .. }] = &rulebook.rules[..] else {
        panic!("one guardrail")
    };
    assert_eq!(rule.id, "no-leaving-the-organization");
    assert_eq!(rule.title, "Nobody leaves the organization");
    assert_eq!(rule.severity, Severity::Critical);
    assert_eq!(rule.description.as_deref(), Some("Two lines that are one.\n"));
    assert_eq!(rule.remedy.as_deref(), Some("Deny it in an SCP."));
    assert_eq!(rule.scope.ous, ["ou-ab12-workloads", "r-ab12"]);
    assert_eq!(rule.scope.accounts, ["012345678901"]);
    assert_eq!(rule.scope.principals, [PrincipalKind::Role, PrincipalKind::Root]);
    assert_eq!(rule.scope.tags["team"], ["a", "b"]);
    assert_eq!(rule.scope.tags["stage"], ["production"]);
    assert_eq!(rule.except, ["arn:aws:iam::*:role/OrganizationAdmin"]);
    assert_eq!(guardrail.enforced_by, Some(EnforcedBy::Scp));
}

#[test]
fn what_is_left_out_says_nothing() {
    let (rule, guardrail) = guardrail("[{ Action: '*' }]");
    assert_eq!(rule.scope, Scope::default());
    assert_eq!(guardrail.enforced_by, None);
    assert!(rule.except.is_empty());
    assert!(guardrail.forbid.statements[0].resource.is_none());
}

#[test]
fn a_rulebook_may_be_empty() {
    assert!(read("version: 1").rules.is_empty());
    assert!(read("version: 1\nguardrails:\n").rules.is_empty());
    assert!(read("version: 1\nguardrails: []\n").rules.is_empty());
}

#[test]
fn forbid_reads_as_the_same_statements_in_json() {
    let (_, yaml) = guardrail(
        "[{ NotAction: ['iam:*', sts:*], Resource: '*', Condition: { StringNotEquals: \
         { aws:RequestedRegion: [eu-west-1, us-east-1] }, Bool: { aws:ViaAWSService: false }, \
         NumericLessThan: { aws:MultiFactorAuthAge: 0300 } } }]",
    );
    let json = r#"[{ "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": {
        "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] },
        "Bool": { "aws:ViaAWSService": "false" },
        "NumericLessThan": { "aws:MultiFactorAuthAge": "0300" } } }]"#;
    let json = serde_json::from_str::<Vec<_>>(json).expect("JSON");
    assert_eq!(yaml.forbid, Document::forbidden(&json, "forbid").expect("statements"));
}

#[test]
fn a_rulebook_may_be_json() {
    let text = r#"{"version": 1, "guardrails": [{"id": "a", "title": "A", "severity": "low",
        "forbid": [{"Action": ["s3:*"], "Resource": ["*"]}]}]}"#;
    assert_eq!(read(text).rules.len(), 1);
}

#[test]
fn words_that_other_yaml_takes_for_booleans_are_text() {
    let title = |title: &str| {
        let text = format!(
            "version: 1\nguardrails:\n- {{ id: a, title: {title}, severity: low, forbid: [{{ Action: '*' }}] }}"
        );
        read(&text).rules.remove(0).title
    };
    assert_eq!(title("no"), "no");
    assert_eq!(title("12:30"), "12:30");
    assert_eq!(title("nan"), "nan");
}

#[test]
fn the_digest_is_that_of_the_text() {
    let digest = read("version: 1").digest;
    assert_eq!(digest.len(), 64);
    assert_eq!(digest, read("version: 1").digest);
    // A comment counts: an evaluation records exactly the file that it used.
    assert_ne!(digest, read("version: 1 # one").digest);
}

#[test]
fn a_worse_severity_is_greater() {
    assert!(Severity::ALL.is_sorted_by(|a, b| a > b));
    for severity in Severity::ALL {
        assert_eq!(serde_json::to_string(&severity).expect("JSON"), format!("\"{severity}\""));
    }
}

#[test]
fn the_baseline_pack_is_complete() {
    let baseline =
        Rulebook::parse(BASELINE, "rulebooks/baseline.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert!(baseline.rules.len() >= 12);
    for rule in &baseline.rules {
        let id = &rule.id;
        assert!(rule.description.is_some(), "{id} says why");
        assert!(rule.remedy.is_some(), "{id} says what to do");
        assert!(rule.title.len() <= 80, "{id} has a title of one line");
    }
}

/// Two guardrails on one action would make two findings, and two alerts, of one mistake.
#[test]
fn the_baseline_pack_forbids_each_action_once() {
    let baseline = read(BASELINE);
    let mut seen = BTreeSet::new();
    let statements = baseline.guardrails().flat_map(|(_, g)| &g.forbid.statements);
    for action in statements.filter(|s| !s.action.negated).flat_map(|s| &s.action.patterns) {
        assert!(seen.insert(action), "`{action}` is forbidden twice");
    }
}

#[test]
fn every_part_of_an_abac_rule_is_read() {
    let rulebook = read(
        r#"
version: 1
abac:
  - id: apart
    title: Apart
    severity: high
    scope: { paths: ["/teams/*"] }
    tags: { required: [project, Project], values: { stage: prod, team: [a, "b-*"] }, tag_policies: true }
    isolate: { by: cost-center, actions: ["s3:*"] }
    immutable: true
  - { id: of-root, title: R, severity: low, scope: { principals: [root] }, immutable: [project] }
"#,
    );
    let [Rule { kind: Kind::Abac(abac), scope, .. }, of_root] = &rulebook.rules[..] else {
        panic!("two rules")
    };
    assert_eq!(scope.principals, [PrincipalKind::User, PrincipalKind::Role], "root users have no tags");
    assert_eq!(of_root.scope.principals, [PrincipalKind::Root], "unless it is said");
    assert_eq!(scope.paths, ["/teams/*"]);
    let tags = abac.tags.as_ref().expect("tags");
    assert_eq!(tags.required, ["project"], "keys are compared without case");
    assert_eq!(
        (&tags.values["stage"][..], &tags.values["team"][..]),
        (&["prod".to_owned()][..], &["a".to_owned(), "b-*".to_owned()][..])
    );
    assert!(tags.tag_policies);
    let isolate = abac.isolate.as_ref().expect("isolate");
    assert_eq!(
        (&isolate.by[..], &isolate.actions[..]),
        (&["cost-center".to_owned()][..], &["s3:*".to_owned()][..])
    );
    assert_eq!(abac.immutable, ["project", "stage", "team", "cost-center"]);
}
