//! Rulebooks that extend packs: `rulebook explain`, `init` and `test`, and how mistakes are shown.

use crate::place::{Place, RULEBOOK, repository, stanchion_in};

#[test]
fn the_examples_of_every_pack_are_as_they_say() {
    let ran = stanchion_in(&repository(), &["rulebook", "test", "--format", "json"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let report = ran.json();
    assert_eq!((&report["otherwise"], &report["without_examples"]), (&0.into(), &serde_json::json!([])));
    assert!(report["as_expected"].as_u64() > Some(80), "{}", report["as_expected"]);
}

#[test]
fn an_example_that_is_otherwise_ends_with_1() {
    let place = Place::violated();
    let allow = "policies: [{ Effect: Allow, Action: '*', Resource: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/t' }]";
    let examples =
        format!("    examples:\n      passes: [{{ name: an administrator, {allow} }}, {{ name: nobody }}]\n");
    place.write("rulebook.yaml", format!("{RULEBOOK}{examples}"));
    let ran = place.run(&["rulebook", "test", "rulebook.yaml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    rulebook.yaml
      trails-stay
        WRONG passes: an administrator
              cloudtrail:StopLogging on arn:aws:cloudtrail:eu-west-1:111122223333:trail/t
        ok    passes: nobody
              holds
    2 examples: 1 as expected, 1 otherwise
    ");
}

#[test]
fn a_rule_is_explained_with_its_pack_and_its_overrides() {
    let place = Place::violated();
    let overrides = "  no-deletion-of-flow-logs: { severity: low, except: ['arn:aws:iam::*:role/Networks'] }\n  no-root-use: { disabled: never used }\n";
    place.write("rulebook.yaml", format!("version: 1\nextends: [pack:baseline@1]\noverrides:\n{overrides}"));
    let explain = |id: &str| place.run(&["rulebook", "explain", id, "--rulebook", "rulebook.yaml"]);
    let ran = explain("no-deletion-of-flow-logs");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    insta::assert_snapshot!(ran.out, @r"
    no-deletion-of-flow-logs  low guardrail
    Nobody deletes flow logs

    From
      pack:baseline 1.0

    Overridden
      severity by rulebook.yaml
      except by rulebook.yaml

    About
      every role, user and root user
      except arn:aws:iam::*:role/Networks

    Says
      can make no request of ec2:DeleteFlowLogs

    Why
      Flow logs are the only record of who spoke to whom on the network.

    Mend
      Deny ec2:DeleteFlowLogs, except for the role that manages networks.

    Asked again after
      its own policies, groups, boundary, tags and trust policy: AttachRolePolicy, PutRolePolicy, CreatePolicyVersion, TagRole, UpdateAssumeRolePolicy, ...
      permission sets that it comes from: PutInlinePolicyToPermissionSet, CreateAccountAssignment, ...
      the policies above its account, and where the account lies: AttachPolicy, UpdatePolicy, DetachPolicy, MoveAccount, ...

    For example
      a role for networks:
        ec2:DeleteFlowLogs on arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/example
    ");
    let ran = explain("no-root-use");
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.err, @r"
    × `no-root-use` is disabled by rulebook.yaml: never used
    help: it is a rule of pack:baseline: `The root user can do nothing`
    ");
    let ran = place.run(&["rulebook", "lint", "rulebook.yaml"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.out, @r"
    disabled: no-root-use, by rulebook.yaml: never used
    0 errors, 0 warnings
    ");
}

#[test]
fn every_rule_of_every_pack_is_explained() {
    for (name, text) in stanchion_rules::packs::PACKS {
        let (rulebook, _) = stanchion_rules::packs::rulebook(name, text).expect("a pack");
        for rule in &rulebook.rules {
            // One of each kind is enough: what they are told by is the same.
            let first = rulebook.rules.iter().find(|other| other.kind.name() == rule.kind.name());
            if first.is_some_and(|first| first.id == rule.id) {
                let ran =
                    stanchion_in(&repository(), &["rulebook", "explain", &rule.id, "--format", "json"], "");
                let explained = ran.json();
                for part in ["about", "says", "looked_at"] {
                    assert_ne!(explained[part].as_array().map(Vec::len), Some(0), "{}: {part}", rule.id);
                }
                assert!(explained["example"].is_object(), "{}", rule.id);
            }
        }
    }
}

#[test]
fn rules_about_ways_and_identities_are_told_in_words() {
    for (id, about, says) in [
        (
            "no-joining-of-groups",
            "every role, user and root user",
            &[
                "can make no request of iam:AddUserToGroup",
                "unless it may do everything already, or give itself everything",
            ][..],
        ),
        (
            "no-stack-with-more",
            "every role, user and root user",
            &[
                "never all of these",
                "  can make a request of cloudformation:CreateStack, cloudformation:CreateStackSet and cloudformation:UpdateStack",
                "  can pass to cloudformation.amazonaws.com a role that may do more",
                "  more is a request of everything but cloudwatch:PutMetricData, ec2:*NetworkInterface*, logs:*, s3-object-lambda:* and xray:Put*",
                "unless it may do everything already, or give itself everything",
            ],
        ),
        (
            "nobody-comes-to-administration",
            "every role, user and root user",
            &[
                "comes to no role that may do everything, or give itself everything",
                "from role to role, in at most 4 steps",
            ],
        ),
        ("root-users-are-not-used", "every root user", &["has not been used in the last 30 days"]),
    ] {
        let explained =
            stanchion_in(&repository(), &["rulebook", "explain", id, "--format", "json"], "").json();
        assert_eq!((&explained["about"][0], &explained["says"]), (&about.into(), &serde_json::json!(says)));
    }
}

#[test]
fn what_init_writes_is_in_order_and_is_not_written_over() {
    let place = Place::violated();
    let init = ["rulebook", "init", "new.yaml", "--pack", "baseline", "--pack", "third-party"];
    let ran = place.run(&[&init[..], &["--set", "approved-regions=[eu-west-1]"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let lint = place.run(&["rulebook", "lint", "new.yaml"]);
    assert_eq!((lint.code, lint.out.as_str()), (Some(0), "0 errors, 0 warnings\n"));
    let explained = place.run(&["rulebook", "explain", "only-approved-regions", "--rulebook", "new.yaml"]);
    assert!(explained.out.contains("aws:RequestedRegion is not eu-west-1\n"), "{}", explained.out);
    let again = place.run(&init);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("it is there already"), "{}", again.err);
    assert_eq!(place.run(&[&init[..], &["--force"]].concat()).code, Some(0));
}

#[test]
fn init_asks_for_what_must_be_set() {
    let place = Place::violated();
    let init =
        ["rulebook", "init", "new.yaml", "--pack", "data-perimeter", "--set", "organization-id=o-a1b2c3d4e5"];
    let ran = place.run(&init);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.err, @r#"
    × the pack `data-perimeter` is not complete without `networks`, `vpcs`
    help: give each, as --set 'networks=["192.0.2.0/24"]'
    "#);
    let ran =
        place.run(&[&init[..], &["--set", "networks=[198.51.100.0/24]", "--set", "vpcs=null"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let lint = place.run(&["rulebook", "lint", "new.yaml"]);
    assert_eq!((lint.code, lint.out.as_str()), (Some(0), "0 errors, 0 warnings\n"));
}

/// What it says of itself is about its examples, and nobody is judged by them.
#[test]
fn a_pack_that_must_be_set_is_looked_at_by_itself_and_judges_nobody() {
    let place = Place::violated();
    for verb in ["test", "lint"] {
        let ran = place.run(&["rulebook", verb, "pack:data-perimeter"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    }
    let ran = place.run(&["check", "--inventory", "inventory", "--rulebook", "pack:data-perimeter"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("the setting `organization-id` has no value"), "{}", ran.err);
}

#[test]
fn init_writes_nothing_that_is_wrong() {
    let place = Place::violated();
    for (set, told) in [
        ("approved-regions", "has no value"),
        ("region=[a]", "none of the packs has a setting `region`"),
        ("approved-regions={ a: b }", "the rulebook has 1 mistake"),
    ] {
        let ran = place.run(&["rulebook", "init", "new.yaml", "--set", set]);
        assert_eq!(ran.code, Some(2), "{set}");
        assert!(ran.err.contains(told), "{}", ran.err);
    }
    assert_eq!(place.run(&["rulebook", "lint", "new.yaml"]).code, Some(2), "there is no file");
}

#[test]
fn a_mistake_is_shown_in_the_text_that_it_is_in() {
    let place = Place::violated();
    place.write("team/rules.yaml", RULEBOOK.replace("severity: critical", "severity: worst"));
    place.write("rulebook.yaml", "version: 1\nextends:\n  - file:team/rules.yaml\n  - pack:baselin\n");
    let ran = place.run(&["check", "--inventory", "inventory", "--rulebook", "rulebook.yaml"]);
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.err, @r"
      × the rulebook has 2 mistakes

    Error: unknown-word

      × rulebook.yaml:4:5: there is no pack `baselin`
       ╭─[rulebook.yaml:4:5]
     3 │   - file:team/rules.yaml
     4 │   - pack:baselin
       ·     ─
       ╰────
      help: did you mean `pack:baseline`?

    Error: unknown-word

      × team/rules.yaml:5:15: `worst` is not a severity
       ╭─[team/rules.yaml:5:15]
     4 │     title: Nobody stops CloudTrail
     5 │     severity: worst
       ·               ─
     6 │     remedy: Deny it.
       ╰────
      help: expected one of `critical`, `high`, `medium`, `low`, `informational`
    ");
}

#[test]
fn a_pack_is_a_rulebook() {
    let place = Place::violated();
    let ran = place.run(&["check", "--inventory", "inventory", "--rulebook", "pack:baseline"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let ran = place.run(&["check", "--inventory", "inventory", "--rulebook", "pack:base"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("there is no pack `base`"), "{}", ran.err);
}
