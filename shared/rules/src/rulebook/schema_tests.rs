//! The schema and the reader refuse the same shapes; a validator of its own says what the schema does.

use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use serde_json::{Value as Json, json};

use super::reader::Reader;
use super::yaml::{self, Node, Value};
use super::{Rulebook, schema, settings};

/// What a validator holds against a rulebook; `None`: nothing.
fn refused(text: &str) -> Option<String> {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("schema.json", schema()).expect("a resource");
    let index = compiler.compile("schema.json", &mut schemas).expect("a schema of its draft");
    let mut reader = Reader::new("test").alone();
    let tree = yaml::parse(text, &mut reader).expect("YAML");
    // What stands in the place of settings is the reader's affair.
    let filled = settings::fill(tree.clone(), None, &mut reader);
    let tree = filled.map_or(tree, |(_, filled)| filled);
    schemas.validate(&json(&tree), index).err().map(|error| format!("{error:#}"))
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => serde_json::from_str(text).unwrap_or(json!(0.5)),
        Value::Text(text) => json!(text),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => entries.iter().map(|(key, node)| (key.name.clone(), json(node))).collect(),
    }
}

const RULE: &str = "\
version: 1
guardrails:
  - id: a
    title: A
    severity: low
    scope: { ous: [ou-ab12-workloads], accounts: ['111122223333'], principals: [role], tags: { t: [a, ''] } }
    except: ['arn:aws:iam::*:role/A']
    enforced_by: scp
    description: D
    remedy: R
    forbid:
      - Sid: S
        Action: ['s3:*', '*']
        NotResource: 'arn:aws:s3:::a'
        Condition: { 'ForAnyValue:StringLikeIfExists': { aws:TagKeys: [a, 1, true] }, Bool: { k: true } }
abac:
  - id: b
    title: B
    severity: low
    scope: { paths: ['/teams/*'] }
    tags: { required: [project], values: { project: [atlas, 'data-*'], stage: prod }, tag_policies: true }
    isolate: { by: project, actions: ['s3:*'] }
    immutable: true
third_parties:
  - id: c
    title: C
    severity: low
    guessable: [Example]
    organizations: [o-a1b2c3d4e5]
    vendors:
      - { name: V, accounts: ['444455556666'], external_id: random, external_ids: [x1], at_most: ['aws:ReadOnlyAccess'] }
federation:
  - id: d
    title: D
    severity: low
    github: { organizations: [example], repositories: [friends/shared], audiences: [sts.amazonaws.com] }
    gitlab: { groups: [example], host: gitlab.example.com }
    terraform_cloud: { organizations: [example] }
    kubernetes: { namespaces: [web] }
    cognito: { identity_pools: ['eu-west-1:a'], unauthenticated: true }
    saml: { providers: [Okta], audiences: [a] }
    oidc: [{ provider: agent.example.com/oidc, subjects: ['a:*'] }]
service_trust:
  - id: e
    title: E
    severity: low
    services: documented
    except_services: [lambda.amazonaws.com]
combinations:
  - id: f
    title: F
    severity: low
    together:
      - [{ Action: 'lambda:CreateFunction' }]
      - { name: N, statements: [{ Action: 'lambda:InvokeFunction' }] }
    passes_to: [ecs-tasks.amazonaws.com]
    gains: [{ NotAction: 'logs:*' }]
    unless: administrator
  - { id: f2, title: F, severity: low, together: [[{ Action: 'a:b' }]], runs_as: [ec2.amazonaws.com] }
administrators:
  - { id: g, title: G, severity: low, known: { names: [Breakglass] } }
paths:
  - { id: h, title: H, severity: low, reach: administrator, steps: 3 }
  - { id: i, title: I, severity: low, reach: [{ Action: 'kms:Decrypt' }] }
identities:
  - id: j
    title: J
    severity: low
    federated: true
    console_mfa: true
    password_unused: 90
    key_age: 91
    key_unused: 45
    keys_at_most: 1
    no_root_keys: true
    root_mfa: true
    root_use: 30
    role_unused: 92
    service_unused: 180
longest_suppression: 400
suppressions:
  - rule: f*
    principal: 'arn:aws:iam::*:role/S'
    account: '777788889999'
    subject: AROA*
    facet: s3
    reason: R
    owner: O
    until: 2027-03-01
    findings: 40
";

#[test]
fn every_rulebook_of_this_repository_fits() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = vec![fs::read_to_string(root.join("src/demo/rulebook.yaml")).expect("the demo's")];
    for file in fs::read_dir(root.join("rulebooks")).expect("the packs") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            texts.push(fs::read_to_string(path).expect("a pack"));
        }
    }
    let page = fs::read_to_string(root.join("docs/RULEBOOK.md")).expect("the page");
    let blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    texts.extend(blocks.map(|(block, _)| block.to_owned()));
    assert!(texts.len() > 4);
    for text in texts {
        assert_eq!(refused(&text), None, "{text}");
    }
}

#[test]
fn what_the_reader_takes_fits() {
    let rule = "  - { id: a, title: A, severity: low, forbid: [{ NotAction: 'a:b' }] }\n";
    let kept = [
        RULE.to_owned(),
        "version: 1".to_owned(),
        "version: 1\nguardrails:".to_owned(),
        "version: 1\nguardrails: []".to_owned(),
        "version: 1\nextends:\noverrides:".to_owned(),
        "version: 1\nextends: [pack:baseline, { from: 'pack:third-party@1.0', with: { company-names: [a] } }]\n\
         overrides: { no-root-use: { disabled: never }, no-deletion-of-keys: { severity: low, except: [] } }"
            .to_owned(),
        "version: 1\npack: { name: a-b, version: '1.0', about: A, settings: { c: { about: C, default: null } } }"
            .to_owned(),
        RULE.replace("description: D", "examples: { passes: [{ name: a }], fails: [{ name: b, says: s }] }"),
        RULE.replace(
            "description: D",
            "examples: { passes: [{ name: a, roles: [{ name: b, trust: [] }], reported: \
             { mfa_active: true, last_used: '2025-12-01', services: { s3: never } } }] }",
        ),
        format!("version: 1\nguardrails:\n{rule}"),
        RULE.replace("['arn:aws:iam::*:role/A']", "[]"),
        RULE.replace("tags: { t: [a, ''] }", "tags: { t: '' }"),
        RULE.replace("by: project", "by: [project, team]"),
        RULE.replace("immutable: true", "immutable: [team]"),
        RULE.replace("    immutable: true\n", ""),
        "version: 1\nsuppressions:".to_owned(),
        RULE.replace("    principal: 'arn:aws:iam::*:role/S'\n    account: '777788889999'\n", ""),
        RULE.replace("Bool: { k: true }", "'Null': { k: 'true' }, NumericLessThan: { k: [] }"),
    ];
    for text in kept {
        assert!(Rulebook::parse(&text, "test").is_ok(), "{text}");
        assert_eq!(refused(&text), None, "{text}");
    }
}

/// A rule with one thing changed, which both must refuse.
#[test]
fn what_the_reader_refuses_for_its_shape_does_not_fit() {
    let changes = [
        ("version: 1", "version: 2"),
        ("version: 1", "version: '1'"),
        ("version: 1\n", ""),
        ("version: 1", "version: 1\nsuppression: []"),
        ("guardrails:", "guardrail:"),
        ("version: 1", "version: 1\nextends: [baseline]"),
        ("version: 1", "version: 1\nextends: ['pack:baseline@v1']"),
        ("version: 1", "version: 1\nextends: [{ with: {} }]"),
        ("version: 1", "version: 1\nextends: [{ from: pack:baseline, given: {} }]"),
        ("version: 1", "version: 1\noverrides: []"),
        ("version: 1", "version: 1\npack: { name: a, version: '1', about: A }"),
        ("version: 1", "version: 1\npack: { name: A, version: '1.0', about: A }"),
        ("version: 1", "version: 1\npack: { name: a, version: '1.0' }"),
        ("description: D", "examples: { passes: [] , failing: [] }"),
        ("description: D", "examples: { passes: [{ principal: 'arn:aws:iam::111122223333:role/A' }] }"),
        ("description: D", "examples: { passes: [{ name: a, principal: ana }] }"),
        ("description: D", "examples: { passes: [{ name: a, policies: [b] }] }"),
        ("description: D", "examples: { fails: [{ name: a, witness: { actions: b } }] }"),
        ("description: D", "examples: { passes: [{ name: a, roles: [{ name: b }] }] }"),
        ("description: D", "examples: { passes: [{ name: a, roles: [{ name: a b, trust: [] }] }] }"),
        ("description: D", "examples: { passes: [{ name: a, reported: { mfa: true } }] }"),
        ("description: D", "examples: { passes: [{ name: a, reported: { mfa_active: 'true' } }] }"),
        ("description: D", "examples: { passes: [{ name: a, reported: { created: yesterday } }] }"),
        ("description: D", "examples: { passes: [{ name: a, reported: { services: { s3: soon } } }] }"),
        ("id: a", "id: Not_Kebab"),
        ("id: a", "id: [a]"),
        ("id: a", "nothing: a"),
        ("title: A", "title: ''"),
        ("title: A", "titel: A"),
        ("severity: low", "severity: severe"),
        ("severity: low", "severity: 3"),
        ("    severity: low\n", ""),
        ("description: D", "description: 7"),
        ("remedy: R", "remedy:"),
        ("enforced_by: scp", "enforced_by: rcps"),
        ("[ou-ab12-workloads]", "[ou-ab12]"),
        ("[ou-ab12-workloads]", "[]"),
        ("[ou-ab12-workloads]", "ou-ab12-workloads"),
        ("['111122223333']", "[111122223333]"),
        ("['111122223333']", "['1111']"),
        ("principals: [role]", "principals: [group]"),
        ("principals: [role]", "principle: [role]"),
        ("tags: { t: [a, ''] }", "tags: [t]"),
        ("tags: { t: [a, ''] }", "tags: { t: 1 }"),
        ("tags: { t: [a, ''] }", "tags: { t: [] }"),
        ("arn:aws:iam::*:role/A", "role/A"),
        ("arn:aws:iam::*:role/A", "arn:aws:iam::*:"),
        ("arn:aws:iam::*:role/A", "arn:aws:sts::*:assumed-role/A/B"),
        ("Sid: S", "Effect: Deny"),
        ("Sid: S", "Principal: '*'"),
        ("Sid: S", "Sid: [S]"),
        ("Sid: S", "NotAction: s3:*"),
        ("Sid: S", "Resource: '*'"),
        ("Action: ['s3:*', '*']", "Actions: ['s3:*']"),
        ("Action: ['s3:*', '*']", "Action: []"),
        ("Action: ['s3:*', '*']", "Action: GetObject"),
        ("Action: ['s3:*', '*']", "Action: { s3: '*' }"),
        ("Action: ['s3:*', '*']", "Action: ''"),
        ("'arn:aws:s3:::a'", "[]"),
        ("'arn:aws:s3:::a'", "[['arn:aws:s3:::a']]"),
        ("Bool: { k: true }", "Bol: { k: true }"),
        ("Bool: { k: true }", "NullIfExists: { k: true }"),
        ("Bool: { k: true }", "Bool: k"),
        ("Bool: { k: true }", "Bool: { k: { a: b } }"),
        ("Bool: { k: true }", "Bool: { k: }"),
        ("['/teams/*']", "[]"),
        ("['/teams/*']", "[teams]"),
        ("required: [project]", "required: []"),
        ("required: [project]", "required: project"),
        ("required: [project]", "require: [project]"),
        ("stage: prod", "stage: 1"),
        ("stage: prod", "stage: []"),
        ("tag_policies: true", "tag_policies: yes please"),
        ("by: project, ", ""),
        ("by: project", "by: []"),
        ("by: project", "by: ''"),
        ("actions: ['s3:*']", "actions: []"),
        ("actions: ['s3:*']", "actions: [GetObject]"),
        ("immutable: true", "immutable: false"),
        ("immutable: true", "immutable: project"),
        ("immutable: true", "immutable: []"),
        ("guessable: [Example]", "guessable: []"),
        ("[o-a1b2c3d4e5]", "[o-short]"),
        ("name: V, ", ""),
        ("['444455556666']", "['4444']"),
        ("external_id: random", "external_id: guessed"),
        ("external_ids: [x1]", "external_ids: x1"),
        ("['aws:ReadOnlyAccess']", "[ReadOnlyAccess]"),
        ("organizations: [example], repositories", "repositories"),
        ("groups: [example]", "group: [example]"),
        ("namespaces: [web]", "namespaces: []"),
        ("unauthenticated: true", "unauthenticated: never"),
        ("providers: [Okta], ", ""),
        ("provider: agent", "provider: https://agent"),
        ("subjects: ['a:*']", "subjects: 'a:*'"),
        ("services: documented", "services: some"),
        ("except_services: [lambda.amazonaws.com]", "except_services: []"),
        ("[{ Action: 'lambda:CreateFunction' }]", "[]"),
        ("[{ Action: 'lambda:CreateFunction' }]", "{ Action: 'lambda:CreateFunction' }"),
        ("name: N, ", ""),
        ("statements: [{ Action: 'lambda:InvokeFunction' }]", "statements: []"),
        ("passes_to: [ecs-tasks.amazonaws.com]", "passes_to: [ecs-tasks]"),
        ("passes_to: [ecs-tasks.amazonaws.com]", "passes_to: []"),
        ("    passes_to: [ecs-tasks.amazonaws.com]\n", ""),
        ("runs_as: [ec2.amazonaws.com]", "runs_as: ec2.amazonaws.com"),
        ("gains: [{ NotAction: 'logs:*' }]", "gains: []"),
        ("unless: administrator", "unless: root"),
        ("known: { names: [Breakglass] }", "known: {}"),
        ("reach: administrator", "reach: root"),
        ("reach: [{ Action: 'kms:Decrypt' }]", "reach: []"),
        ("steps: 3", "steps: 9"),
        ("steps: 3", "steps: '3'"),
        ("federated: true", "federated: false"),
        ("password_unused: 90", "password_unused: 0"),
        ("key_age: 91", "key_age: 91 days"),
        ("keys_at_most: 1", "keys_at_most: 3"),
        ("role_unused: 92", "role_unused: 92.5"),
        ("longest_suppression: 400", "longest_suppression: 4000"),
        ("longest_suppression: 400", "longest_suppression: a year"),
        ("rule: f*", "rule: f g"),
        ("rule: f*\n    ", ""),
        ("'arn:aws:iam::*:role/S'", "role/S"),
        ("'arn:aws:iam::*:role/S'", "'arn:aws:sts::*:assumed-role/S/x'"),
        ("'777788889999'", "777788889999"),
        ("subject: AROA*", "subject: a/b"),
        ("reason: R\n    ", ""),
        ("owner: O", "owner: ''"),
        ("until: 2027-03-01", "until: 2027-3-1"),
        ("until: 2027-03-01", "until: never"),
        ("until: 2027-03-01\n    ", ""),
        ("findings: 40", "findings: 0"),
        ("findings: 40", "findings: all"),
        ("    principal: 'arn:aws:iam::*:role/S'\n    account: '777788889999'\n    subject: AROA*\n", ""),
    ];
    for (from, to) in changes {
        assert!(RULE.contains(from), "{from}");
        let text = RULE.replacen(from, to, 1);
        assert!(Rulebook::parse(&text, "test").is_err(), "the reader takes\n{text}");
        assert!(refused(&text).is_some(), "the schema takes\n{text}");
    }
    for whole in ["[]", "version: 1\nguardrails: {}", "version: 1\nguardrails: [x]"] {
        assert!(Rulebook::parse(whole, "test").is_err() && refused(whole).is_some(), "{whole}");
    }
    let no_statement = format!("{}    forbid: []\n", RULE.split("    forbid").next().unwrap_or_default());
    assert!(Rulebook::parse(&no_statement, "test").is_err() && refused(&no_statement).is_some());
}

/// An editor shows these; a key without one is a key that nobody explains.
#[test]
fn every_key_has_a_description() {
    fn walk(schema: &Json, found: &mut usize) {
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            if value["$ref"] != "#/$defs/keys" {
                assert!(value["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
                *found += 1;
            }
        }
        schema["$defs"].as_object().into_iter().flatten().for_each(|(_, schema)| walk(schema, found));
    }
    let mut found = 0;
    walk(&schema(), &mut found);
    let of_trust = (7 + 4) + 5 + (7 + 7) + (3 + 3 + 2 + 2 + 2 + 2 + 3) + (7 + 2);
    let of_escalation = 4 + (7 + 5) + 2 + (7 + 1) + (7 + 2) + (7 + 11);
    // Of the rulebook; `examples` of each kind; packs; what is extended; examples.
    let of_packs = 3 + (7 + 4) + (4 + 3) + (2 + 6) + (3 + 11 + 13 + 3) + 2 + (3 + 13);
    let of_others = 8 + 9 + 10 + 3 + 2 + (7 + 5) + (7 + 2) + 5 + 1 + 2 + 5 + 6;
    let of_suppressions = 2 + 9;
    assert_eq!(found, of_escalation + of_packs + of_others + of_trust + of_suppressions);
}
