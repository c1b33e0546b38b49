//! A rulebook that extends others: what it takes from them, what it changes, and what is told of mistakes.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use stanchion_rules::rulebook::{Expected, Kind, Rulebook, RulebookError, Severity};
use stanchion_rules::{Evaluator, lint_with, try_examples};

/// Reads a rulebook, called `org/rules.yaml`, with these files beside it.
fn read(text: &str, files: &[(&str, &str)]) -> Result<Rulebook, RulebookError> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut load = |path: &str| match files.get(path) {
        Some(text) => Ok((*text).to_owned()),
        None => Err("no such file".to_owned()),
    };
    Rulebook::parse_with(text, "org/rules.yaml", &mut load)
}

fn rulebook(text: &str, files: &[(&str, &str)]) -> Rulebook {
    read(text, files).unwrap_or_else(|error| panic!("{error}"))
}

fn error(text: &str, files: &[(&str, &str)]) -> RulebookError {
    read(text, files).expect_err("the rulebook should be refused")
}

/// A rulebook of one guardrail.
fn rule(id: &str) -> String {
    format!(
        "version: 1\nguardrails:\n  - {{ id: {id}, title: T, severity: low, forbid: [{{ Action: s3:GetObject }}] }}\n"
    )
}

/// A pack with a setting that must be given, and one that need not.
const PACK: &str = "\
version: 1
pack:
  name: ours
  version: '1.2'
  about: Ours.
  settings:
    regions: { about: Which regions. }
    friends: { about: Who may., default: [] }
    words: { about: What is guessed., default: null }
guardrails:
  - id: only-regions
    title: T
    severity: low
    except: ['arn:aws:iam::*:role/A', { setting: friends }]
    forbid: [{ Action: ec2:RunInstances, Condition: { StringNotEquals: { aws:RequestedRegion: { setting: regions } } } }]
third_parties:
  - { id: nobody, title: T, severity: low, guessable: { setting: words } }
";

#[test]
fn the_rules_of_packs_and_files_are_asked_before_its_own() {
    let text = format!("{}extends: [pack:third-party@1, file:team/rules.yaml]\n", rule("own"));
    let team = format!("{}extends: ['file:../common.yaml']\n", rule("team"));
    let read = rulebook(&text, &[("team/rules.yaml", &team), ("common.yaml", &rule("common"))]);
    let ids: Vec<_> = read.rules.iter().map(|rule| rule.id.as_str()).collect();
    let pack = ["only-approved-vendors", "only-approved-identities", "services-come-for-us-alone"];
    assert_eq!(ids, [&["common", "team", "own"][..], &pack].concat());
    let sources: Vec<_> = read.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(sources, ["org/rules.yaml", "pack:third-party", "org/team/rules.yaml", "org/common.yaml"]);
    let of = |id: &str| read.sources[read.rule(id).expect(id).source].name.as_str();
    assert_eq!((of("own"), of("common"), of(pack[0])), (sources[0], sources[3], sources[1]));
    let packed = read.sources[1].pack.as_ref().expect("a pack");
    assert_eq!((packed.name.as_str(), packed.version.major), ("third-party", 1));
}

#[test]
fn the_digest_covers_what_is_extended() {
    let text = "version: 1\nextends: [file:a.yaml]";
    let digest = |file: &str| rulebook(text, &[("a.yaml", file)]).digest;
    assert_eq!(digest(&rule("a")), digest(&rule("a")));
    assert_ne!(digest(&rule("a")), digest(&rule("b")));
    let packs = |extends: &str| rulebook(&format!("version: 1\nextends:\n  {extends}"), &[]).digest;
    assert_ne!(packs("- pack:baseline"), packs("- pack:third-party"));
}

#[test]
fn settings_stand_where_the_pack_has_them() {
    let text = "version: 1\nextends:\n  - from: file:pack.yaml\n    with: { regions: [eu-west-1, eu-west-2], \
                friends: ['arn:aws:iam::*:role/B'] }\n";
    let read = rulebook(text, &[("pack.yaml", PACK)]);
    let rule = read.rule("only-regions").expect("the rule");
    assert_eq!(rule.except, ["arn:aws:iam::*:role/A", "arn:aws:iam::*:role/B"]);
    let Kind::Guardrail(guardrail) = &rule.kind else { panic!("{rule:?}") };
    assert_eq!(guardrail.forbid.statements[0].conditions[0].values, ["eu-west-1", "eu-west-2"]);
    let Kind::ThirdParties(third) = &read.rule("nobody").expect("the rule").kind else { panic!() };
    assert_eq!(third.guessable, [""; 0], "`null` leaves the key out");
}

/// The example of a setting is for whoever looks at the pack: before the setting's own value, and never for
/// somebody who extends it.
#[test]
fn a_pack_is_looked_at_with_the_examples_of_its_settings() {
    let pack = PACK
        .replace("about: Which regions.", "about: W, example: [eu-west-1]")
        .replace("default: []", "default: [], example: ['arn:aws:iam::*:role/B']");
    let mut load = |_: &str| Err("no file".to_owned());
    let read = Rulebook::parse_alone(&pack, "pack.yaml", &mut load).unwrap_or_else(|error| panic!("{error}"));
    let rule = read.rule("only-regions").expect("the rule");
    assert_eq!(rule.except, ["arn:aws:iam::*:role/A", "arn:aws:iam::*:role/B"]);
    assert!(Rulebook::parse(&pack, "pack.yaml").is_err(), "nobody is judged by examples");
    let text = "version: 1\nextends: [{ from: file:pack.yaml, with: { regions: a } }]";
    let mut load = |_: &str| Ok(pack.clone());
    let read = Rulebook::parse_alone(text, "rules.yaml", &mut load).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.rule("only-regions").expect("the rule").except, ["arn:aws:iam::*:role/A"]);
    let mut load = |_: &str| Ok(pack.clone());
    assert!(Rulebook::parse_alone("version: 1\nextends: [file:pack.yaml]", "rules.yaml", &mut load).is_err());
}

#[test]
fn mistakes_with_settings_are_told_where_they_are() {
    let pack = [("pack.yaml", PACK)];
    assert_snapshot!(error("version: 1\nextends: [file:pack.yaml]", &pack), @"org/rules.yaml:2:11: the setting `regions` of the pack `ours` is not given (give it under `with`: Which regions.)");
    let with = |with: &str| {
        error(&format!("version: 1\nextends: [{{ from: file:pack.yaml, with: {with} }}]"), &pack)
    };
    assert_snapshot!(with("{ region: a, regions: a }"), @"org/rules.yaml:2:43: the pack `ours` has no setting `region` (did you mean `regions`?)");
    assert_snapshot!(with("{ regions: a, friends: [b] }"), @"org/rules.yaml:2:65: `b` is not an ARN pattern (write six parts, as `arn:aws:iam::*:role/Name`)");
    let text = "version: 1\nextends: [{ from: file:a.yaml, with: { a: b } }]";
    assert_snapshot!(error(text, &[("a.yaml", &rule("a"))]), @"org/rules.yaml:2:38: `org/a.yaml` has nothing to set (leave `with` out)");
    assert_snapshot!(error(&PACK.replace("setting: regions", "setting: region"), &[]), @"org/rules.yaml:3:3: the setting `regions` has no value (extend this pack from a rulebook, and give the setting under `with`)");
    let exemplified = PACK.replace("about: Which regions.", "about: Which regions., example: [a]");
    assert_snapshot!(error("version: 1\nextends: [file:pack.yaml]", &[("pack.yaml", &exemplified)]), @r#"org/rules.yaml:2:11: the setting `regions` of the pack `ours` is not given (give it under `with`, as `regions: ["a"]`: Which regions.)"#);
    let own = PACK
        .replace("setting: regions", "setting: region")
        .replace("about: Which regions.", "about: W, default: [a]");
    assert_snapshot!(error(&own, &[]), @"org/rules.yaml:15:106: the pack has no setting `region` (did you mean `regions`?)");
}

#[test]
fn overrides_change_a_rule_where_it_stands() {
    let text = "\
version: 1
extends: [pack:baseline@1]
overrides:
  no-root-use: { severity: low, scope: { accounts: ['111122223333'] }, except: ['arn:aws:iam::*:root'] }
  no-deletion-of-keys: { disabled: Keys are deleted by hand. }
";
    let read = rulebook(text, &[]);
    let rule = read.rule("no-root-use").expect("the rule");
    assert_eq!((rule.severity, rule.except.len()), (Severity::Low, 1));
    assert_eq!(rule.scope.accounts, ["111122223333"]);
    assert_eq!(rule.scope.principals.len(), 1, "the pack's own scope stays");
    let keys: Vec<_> = read.overrides.iter().map(|it| (it.rule.as_str(), it.key.as_str(), it.by)).collect();
    assert_eq!(
        keys,
        [("no-root-use", "severity", 0), ("no-root-use", "scope", 0), ("no-root-use", "except", 0)]
    );
    assert!(read.rule("no-deletion-of-keys").is_none());
    let [disabled] = &read.disabled[..] else { panic!("{:?}", read.disabled) };
    assert_eq!((disabled.reason.as_str(), disabled.source, disabled.by), ("Keys are deleted by hand.", 1, 0));
    let nothing = stanchion_inventory::Inventory::default();
    let notes: Vec<String> = Evaluator::new(&read, &nothing, None).notes().collect();
    let note = "no-deletion-of-keys: disabled by org/rules.yaml: Keys are deleted by hand.";
    assert!(notes.iter().any(|it| it == note), "{notes:?}");
}

#[test]
fn a_disabled_persona_may_still_be_named_by_others() {
    let text = "version: 1\nextends: [pack:partner-central]\noverrides:\n  iam-administrator: { disabled: none here }\n";
    assert_eq!(rulebook(text, &[]).personas().count(), 20);
}

#[test]
fn mistakes_in_overrides_are_told() {
    let with = |overrides: &str| {
        let text =
            format!("version: 1\nextends: [file:a.yaml]\noverrides:\n  {overrides}\n{}", &rule("own")[11..]);
        error(&text, &[("a.yaml", &rule("first-rule"))])
    };
    assert_snapshot!(with("frist-rule: { severity: high }"), @"org/rules.yaml:4:3: there is no rule `frist-rule` to override (did you mean `first-rule`?)");
    assert_snapshot!(with("something: { severity: high }"), @"org/rules.yaml:4:3: there is no rule `something` to override (the rules that can be overridden are those of `extends`)");
    assert_snapshot!(with("own: { severity: high }"), @"org/rules.yaml:4:3: `own` is a rule of this file (change it where it is written)");
    assert_snapshot!(with("first-rule: { severity: worst }"), @"org/rules.yaml:4:27: `worst` is not a severity (expected one of `critical`, `high`, `medium`, `low`, `informational`)");
    assert_snapshot!(with("first-rule: { disabled: '' }"), @"org/rules.yaml:4:27: `disabled` must not be empty");
    assert_snapshot!(with("first-rule: { disabled: a, severity: low }"), @"org/rules.yaml:4:30: `first-rule` is disabled: nothing else can be said of it");
    assert_snapshot!(with("first-rule: { enabled: false }"), @"org/rules.yaml:4:17: `enabled` is not a key of an override (expected one of `disabled`, `severity`, `description`, `remedy`, `scope`, `except`)");
    assert_snapshot!(with("first-rule: {}"), @"org/rules.yaml:4:15: nothing of `first-rule` is overridden");
}

#[test]
fn nothing_is_overridden_twice() {
    let files = |team: &str| {
        let team = format!("version: 1\nextends: [file:a.yaml]\noverrides: {{ a: {team} }}\n");
        let text = "version: 1\nextends: [file:team.yaml]\noverrides: { a: { severity: high, except: ['arn:aws:iam::*:role/X'] } }";
        read(text, &[("team.yaml", &team), ("a.yaml", &rule("a"))])
    };
    let read =
        files("{ remedy: R, except: ['arn:aws:iam::*:role/Y'] }").expect("others, and more exemptions");
    assert_eq!(read.rules[0].except, ["arn:aws:iam::*:role/Y", "arn:aws:iam::*:role/X"]);
    assert_snapshot!(files("{ severity: medium }").expect_err("twice"), @"org/rules.yaml:3:19: `severity` of `a` is overridden already, by org/team.yaml (override it in one place)");
    assert_snapshot!(files("{ disabled: never }").expect_err("disabled"), @"org/rules.yaml:3:14: `a` is disabled already, by org/team.yaml (override a rule in one place)");
}

#[test]
fn what_cannot_be_extended_is_told() {
    let extends =
        |entry: &str, files: &[(&str, &str)]| error(&format!("version: 1\nextends: [{entry}]"), files);
    assert_snapshot!(extends("pack:basline", &[]), @"org/rules.yaml:2:11: there is no pack `basline` (did you mean `pack:baseline`?)");
    assert_snapshot!(extends("'pack:baseline@one'", &[]), @"org/rules.yaml:2:11: `one` does not say which versions will do (as `@1`, or `@1.2`)");
    assert_snapshot!(extends("pack:baseline@7.1", &[]), @"org/rules.yaml:2:11: this program has version 1.0 of the pack `baseline` (see what changed, then write `pack:baseline@1`)");
    assert_snapshot!(extends("baseline", &[]), @"org/rules.yaml:2:11: `baseline` is neither a pack nor a file (as `pack:baseline`, `pack:baseline@1` or `file:team.yaml`)");
    assert_snapshot!(extends("file:gone.yaml", &[]), @"org/rules.yaml:2:11: `gone.yaml` cannot be read: no such file");
    assert_snapshot!(extends("pack:baseline, pack:baseline", &[]), @"org/rules.yaml:2:26: `pack:baseline` is extended twice: org/rules.yaml:2 does as well (extend it in one place)");
    assert_snapshot!(extends("file:./rules.yaml", &[]), @"org/rules.yaml:2:11: the rulebook extends itself (extend it in one place)");
    let circle =
        [("a.yaml", "version: 1\nextends: [file:b.yaml]"), ("b.yaml", "version: 1\nextends: [file:a.yaml]")];
    assert_snapshot!(extends("file:a.yaml", &circle), @"org/b.yaml:2:11: `org/a.yaml` is extended twice: org/rules.yaml:2 does as well (extend it in one place)");
    assert_snapshot!(extends("file:a.yaml", &[("a.yaml", "version: 1\nguardrail: []")]), @"org/a.yaml:2:1: `guardrail` is not a key of a rulebook (did you mean `guardrails`?)");
    assert_snapshot!(extends("file:a.yaml, file:b.yaml", &[("a.yaml", &rule("a")), ("b.yaml", &rule("a"))]), @"org/b.yaml:3:11: the id `a` is given twice: org/a.yaml has it as well (extend one of the two alone, or give the rule another id where it is yours)");
}

#[test]
fn an_own_rule_with_the_id_of_another_is_told() {
    let text = format!("{}extends: [pack:baseline]\n", rule("no-root-use"));
    assert_snapshot!(error(&text, &[]), @"org/rules.yaml:3:11: the id `no-root-use` is given twice: pack:baseline has it as well (change a rule of another rulebook under `overrides`, or choose another id)");
}

#[test]
fn no_more_than_thirty_two_are_made_one() {
    let names: Vec<String> = (0..40).map(|number| format!("a{number}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "version: 1")).collect();
    let list: Vec<String> = names.iter().map(|name| format!("file:{name}")).collect();
    let told = error(&format!("version: 1\nextends: [{}]", list.join(", ")), &files);
    assert_eq!(told.problems().len(), 9);
    assert_eq!(told.problems()[0].message, "a rulebook may be made of 32 texts");
}

#[test]
fn warnings_name_the_text_that_they_are_about() {
    let file = rule("a").replace("s3:GetObject", "s3:GetObjekt");
    let mut load = |_: &str| Ok(file.clone());
    let problems = lint_with("version: 1\nextends: [file:a.yaml]", "org/rules.yaml", &mut load, None);
    let told: Vec<_> = problems.iter().map(|it| (it.file.as_str(), it.line, it.code.as_str())).collect();
    assert_eq!(told, [("org/a.yaml", 3, "unknown-action")]);
}

#[test]
fn files_are_looked_for_beside_the_text_that_names_them() {
    let team = "version: 1\npersonas:\n  - { id: a, title: T, severity: low, match: { names: [A] }, at_most: [file:p.json] }\n";
    let policy = r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}"#;
    let read = rulebook(
        "version: 1\nextends: [file:team/rules.yaml]",
        &[("team/rules.yaml", team), ("team/p.json", policy)],
    );
    assert_eq!(read.personas().count(), 1);
}

#[test]
fn an_example_that_is_not_so_is_told_with_what_is() {
    let examples = "
    examples:
      passes:
        - { name: wrong, policies: [{ Effect: Allow, Action: s3:GetObject, Resource: '*' }] }
        - { name: right }
        - { name: exempt, principal: 'arn:aws:iam::111122223333:user/ana' }
      fails:
        - name: right
          policies: [{ Effect: Allow, Action: s3:GetObject, Resource: 'arn:aws:s3:::b/k' }]
          witness: { action: 'S3:Get*', resource: 'arn:aws:s3:::b/*' }
        - name: another witness
          policies: [{ Effect: Allow, Action: s3:GetObject, Resource: 'arn:aws:s3:::b/k' }]
          witness: { action: s3:PutObject }
      exempt:
        - { name: exempt, principal: 'arn:aws:iam::111122223333:user/ana' }
";
    let text = format!(
        "version: 1\nguardrails:\n  - id: a\n    title: T\n    severity: low\n    scope: {{ principals: [role], accounts: ['999988887777'] }}\n    forbid: [{{ Action: s3:GetObject }}]{examples}"
    );
    let read = rulebook(&text, &[]);
    let tried = try_examples(&read, |_| true);
    let told: Vec<String> = tried
        .iter()
        .map(|it| {
            let expected = match it.example.expected {
                Expected::Passes => "passes",
                Expected::Fails(_) => "fails",
                Expected::Exempt => "exempt",
            };
            format!("{} {expected} {}: {}", it.as_expected, it.example.name, it.says)
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r"
    false passes wrong: s3:GetObject on arn:aws:s3:us-east-1:111122223333:accesspoint/example/object/example
    true passes right: holds
    false passes exempt: the rule is not about it
    true fails right: s3:GetObject on arn:aws:s3:::b/k
    false fails another witness: s3:GetObject on arn:aws:s3:::b/k
    true exempt exempt: the rule is not about it
    ");
}

#[test]
fn mistakes_in_examples_are_told() {
    let with = |examples: &str| {
        let text = rule("a").replace("title: T", &format!("title: T, examples: {examples}"));
        error(&text, &[])
    };
    assert_snapshot!(with("{ pass: [] }"), @"org/rules.yaml:3:36: `pass` is not a key of `examples` (expected one of `passes`, `fails`, `exempt`)");
    assert_snapshot!(with("{ passes: [{ principal: ana }] }"), @r"
    org/rules.yaml:3:45: an example needs the key `name` (who it is, in one line)
    org/rules.yaml:3:58: `ana` is not the ARN of a role, a user or a root user (as `arn:aws:iam::111122223333:role/Example`)
    ");
    assert_snapshot!(with("{ fails: [{ name: a }] }"), @"org/rules.yaml:3:44: an example that fails says how (say under `witness` or `says` what shows it)");
    assert_snapshot!(with("{ passes: [{ name: a, policies: [{ Effect: Allow, Actions: a }] }] }"), @"org/rules.yaml:3:67: a statement of `policies`: Statement[0]: `Actions` is not an element here: expected one of Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition");
    assert_snapshot!(with("{ passes: [{ name: a, policies: [aws:Nothing] }] }"), @"org/rules.yaml:3:67: `aws:Nothing` is no policy that comes with the program (write its statements out)");
}
