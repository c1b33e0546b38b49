//! Each check speaks up where it should, and only there.

use insta::assert_snapshot;
use stanchion_inventory::Inventory;

use super::lint;

const HEAD: &str = "version: 1\nguardrails:\n";

/// What is said of a rulebook, one line each; the first rule is on line 3.
fn told(rules: &str) -> String {
    lines(&lint(&format!("{HEAD}{rules}"), "r", None))
}

fn lines(problems: &[crate::rulebook::Problem]) -> String {
    let line = |problem: &crate::rulebook::Problem| {
        let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{}:{} {}: {}{help}", problem.line, problem.column, problem.code, problem.message)
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A rule of this id and these other keys.
fn rule(id: &str, rest: &str) -> String {
    format!("  - id: {id}\n    title: T\n    severity: high\n    {rest}\n")
}

/// What is said of one statement.
fn statement(statement: &str) -> String {
    told(&rule("a", &format!("forbid: [{{ {statement} }}]")))
}

#[test]
fn errors_are_told_as_the_reader_tells_them() {
    assert_snapshot!(told("  - id: a\n"), @r"
    3:5 missing-key: a guardrail needs the key `title` (one line on what holds)
    3:5 missing-key: a guardrail needs the key `severity` (one of `critical`, `high`, `medium`, `low`, `informational`)
    3:5 missing-key: a guardrail needs the key `forbid` (list the statements that must be impossible)
    ");
}

#[test]
fn actions_that_do_not_exist_are_told_with_the_nearest_spelling() {
    assert_snapshot!(statement(
        "Action: [s3:GetObjekt, organisations:LeaveOrganization, 's3:GetObjetc*', 'zzz:*', 'iam:A, iam:B', \
         ebs:CreateVolume, 'iam:CreateUser']"
    ), @r"
    6:25 unknown-action: `s3:GetObjekt` matches no action of the catalogue of 2026-10-27 (did you mean `s3:GetObject`?)
    6:39 unknown-action: `organisations:LeaveOrganization` matches no action of the catalogue of 2026-10-27 (did you mean `organizations:LeaveOrganization`?)
    6:72 unknown-action: `s3:GetObjetc*` matches no action of the catalogue of 2026-10-27 (did you mean `s3:GetObject*`?)
    6:89 unknown-action: `zzz:*` matches no action of the catalogue of 2026-10-27
    6:98 unknown-action: `iam:A, iam:B` matches no action: it holds white space or a comma (write a list of actions)
    6:114 unknown-action: `ebs:CreateVolume` matches no action of the catalogue of 2026-10-27 (did you mean `ec2:CreateVolume`?)
    ");
    assert_eq!(statement("Action: ['s3:*', 'S3:getobject', '*', 'iam:Create*Key']"), "");
}

#[test]
fn keys_that_nobody_describes_are_told() {
    assert_snapshot!(statement(
        "Action: 's3:GetObject', Resource: 'arn:aws:s3:::a/${aws:usernam}', Condition: { StringEquals: \
         { aws:RequestedRegoin: a, s3:ExistingObjecttag/x: a, s3:prefixx: a, RequestedRegion: a, s4:x: a } }"
    ), @r"
    6:50 unknown-condition-key: `aws:usernam` is not a condition key that the catalogue knows (did you mean `aws:username`?)
    6:133 unknown-condition-key: `aws:RequestedRegoin` is not a condition key that the catalogue knows (did you mean `aws:requestedregion`?)
    6:175 unknown-condition-key: `s3:prefixx` is not a condition key that the catalogue knows (did you mean `s3:prefix`?)
    6:195 unknown-condition-key: `RequestedRegion` is not a condition key that the catalogue knows (did you mean `aws:requestedregion`?)
    6:204 unknown-condition-key: `s4:x` is not a condition key that the catalogue knows
    ");
    assert_eq!(
        statement(
            "Action: s3:GetObject, Condition: { StringLike: { aws:PrincipalTag/x: a, \
             'token.actions.githubusercontent.com:sub': a, 'saml:aud': a, AWS:requestedregion: eu-west-1, \
             'oidc.eks.eu-west-1.amazonaws.com/id/X:sub': a } }"
        ),
        ""
    );
}

#[test]
fn keys_that_no_action_of_the_statement_lists_are_doubted() {
    assert_snapshot!(statement(
        "Action: iam:CreateUser, Condition: { StringEquals: { s3:prefix: a }, \
         StringNotEqualsIfExists: { ec2:Vpc: a } }"
    ), @r"
    6:80 unlisted-condition-key: the reference lists `s3:prefix` for none of the actions of this statement (in requests without the key, `StringEquals` never holds)
    6:121 unlisted-condition-key: the reference lists `ec2:Vpc` for none of the actions of this statement (in requests without the key, `StringNotEqualsIfExists` always holds)
    ");
    assert_eq!(
        statement("Action: ['s3:*', iam:CreateUser], Condition: { StringEquals: { s3:prefix: a } }"),
        ""
    );
}

#[test]
fn values_that_cannot_be_read_are_told() {
    assert_snapshot!(statement(
        "Action: 's3:*', Condition: { NumericLessThan: { s3:max-keys: [ten, 10] }, \
         DateLessThan: { aws:CurrentTime: tomorrow }, IpAddress: { aws:SourceIp: 10.0.0 }, \
         Bool: { aws:SecureTransport: 'yes' }, 'Null': { s3:prefix: 'False' } }"
    ), @r"
    6:78 unreadable-value: `NumericLessThan` wants a number, and `ten` is none
    6:123 unreadable-value: `DateLessThan` wants a date, and `tomorrow` is none
    6:162 unreadable-value: `IpAddress` wants an address or a range, and `10.0.0` is none
    6:201 unreadable-value: `Bool` wants `true` or `false`, and `yes` is none
    ");
}

#[test]
fn resources_that_the_actions_are_not_about_are_told() {
    assert_snapshot!(statement(
        "Action: s3:GetObject, Resource: ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/*', 'arn:aws:iam::*:role/x']"
    ), @r"
    6:49 impossible-resource: no action of this statement is about resources like `arn:aws:s3:::bucket` (they are about `arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}`, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`)
    6:97 impossible-resource: no action of this statement is about resources like `arn:aws:iam::*:role/x` (they are about `arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}`, `arn:${Partition}:s3:::${BucketName}/${ObjectName}`)
    ");
    assert_snapshot!(statement("Action: iam:ListUsers, Resource: 'arn:aws:iam::*:user/*'"), @"6:49 impossible-resource: no action of this statement is about resources like `arn:aws:iam::*:user/*` (these actions have no resources: write `*`, or leave `Resource` out)");
    for fine in [
        "Action: 's3:*', Resource: 'arn:aws:s3:::bucket'",
        "Action: 'iam:*', Resource: 'arn:aws:iam::444455556666:role/x'",
        "Action: iam:GetPolicy, Resource: 'arn:aws:iam::aws:policy/x'",
        "Action: ec2:ModifyImageAttribute, Resource: 'arn:aws:ec2:*::image/*'",
        "Action: 'iam:*', Resource: 'arn:aws-cn:iam::*:role/x'",
        "Action: sts:AssumeRole, Resource: 'arn:aws:iam::*:role/x'",
        "Action: 'iam:*', NotResource: 'arn:aws:s3:::bucket'",
        "Action: 'iam:*', Resource: 'arn:aws:iam::*:user/${aws:username}'",
    ] {
        assert_eq!(statement(fine), "", "{fine}");
    }
}

#[test]
fn statements_that_match_nothing_are_told() {
    assert_snapshot!(statement(
        "Action: s3:GetObject, Condition: { 'Null': { s3:ExistingObjectTag/x: 'true' }, \
         StringEquals: { s3:ExistingObjectTag/x: a } }"
    ), @"6:14 matches-nothing: this statement matches no request: the rule says nothing by it (its actions, resources and conditions never hold together for those in scope)");
    assert_snapshot!(statement("Action: sts:GetCallerIdentity"), @"6:14 matches-nothing: this statement matches no request: the rule says nothing by it (its actions, resources and conditions never hold together for those in scope)");
    for fine in [
        // It depends on who asks, and somebody may.
        "Action: s3:GetObject, Condition: { StringEquals: { aws:PrincipalTag/a: b } }",
        "Action: s3:GetObject, Condition: { StringNotEquals: { aws:PrincipalOrgID: o-exampleorg1 } }",
        "Action: s3:GetObject, Condition: { StringEquals: { aws:ResourceAccount: '444455556666' } }",
        "Action: 's3:*', Condition: { StringEquals: { aws:RequestedRegion: cn-north-1 } }",
        "Action: sts:AssumeRole, Resource: 'arn:aws:iam::*:role/x'",
        "Action: s3:NewlyAddedAction, Condition: { Bool: { aws:SecureTransport: 'false' } }",
    ] {
        assert!(!statement(fine).contains("matches-nothing"), "{fine}: {}", statement(fine));
    }
}

#[test]
fn a_rule_within_another_is_told() {
    let wide = rule("wide", "forbid: [{ Action: 's3:*' }]");
    let narrow = rule("narrow", "forbid: [{ Action: s3:DeleteBucket, Resource: 'arn:aws:s3:::logs-*' }]");
    assert_snapshot!(told(&format!("{wide}{narrow}")), @"7:9 shadowed-rule: whatever violates `narrow` violates `wide`, which is no less severe (leave it out, or narrow the other one)");
    assert_snapshot!(told(&format!("{narrow}{wide}")), @"3:9 shadowed-rule: whatever violates `narrow` violates `wide`, which is no less severe (leave it out, or narrow the other one)");
    // Whether it is within another may rest on two of its statements together.
    let two = rule(
        "two",
        "forbid: [{ Action: 's3:*', Condition: { Bool: { aws:SecureTransport: 'true' } } }, \
                           { Action: 's3:*', Condition: { Bool: { aws:SecureTransport: 'false' } } }]",
    );
    let said = told(&format!("{two}{narrow}"));
    assert!(said.contains("violates `narrow` violates `two`"), "{said}");
}

#[test]
fn a_rule_that_says_more_in_any_way_is_kept() {
    let region = "forbid: [{ Action: 's3:*' }]";
    let narrow = rule("narrow", "forbid: [{ Action: s3:DeleteBucket }]");
    let others = [
        // Not the same people, not as severe, not the same requests.
        rule("wide", &format!("scope: {{ principals: [role] }}\n    {region}")),
        rule("wide", &format!("scope: {{ ous: [ou-ab12-workloads] }}\n    {region}")),
        rule("wide", &format!("scope: {{ tags: {{ a: b }} }}\n    {region}")),
        rule("wide", &format!("except: ['arn:aws:iam::*:role/x']\n    {region}")),
        rule("wide", region).replace("high", "low"),
        rule("wide", "forbid: [{ Action: 's3:*', Resource: 'arn:aws:s3:::a' }]"),
        rule(
            "wide",
            "forbid: [{ Action: 's3:*', Condition: { StringNotEquals: { aws:PrincipalTag/a: b } } }]",
        ),
        rule("wide", "forbid: [{ Action: 's3:*', Condition: { Bool: { aws:ViaAWSService: 'false' } } }]"),
    ];
    for other in others {
        assert_eq!(told(&format!("{other}{narrow}")), "", "{other}");
    }
    let narrow = narrow.replace("forbid", "enforced_by: scp\n    forbid");
    assert_eq!(told(&format!("{}{narrow}", rule("wide", region))), "");
}

#[test]
fn of_two_rules_that_say_the_same_the_later_is_told() {
    let one = rule("one", "forbid: [{ Action: [s3:GetObject, s3:PutObject] }]");
    let two = rule("two", "forbid: [{ Action: s3:PutObject }, { Action: s3:GetObject, Resource: '*' }]");
    assert_snapshot!(told(&format!("{one}{two}")), @"7:9 duplicate-rule: `two` says the same as `one` (keep one of them)");
    // The same words about each one's own.
    let own = "forbid: [{ Action: 'iam:*', NotResource: 'arn:aws:iam::*:user/${aws:username}' }]";
    assert!(told(&format!("{}{}", rule("one", own), rule("two", own))).contains("duplicate-rule"));
}

#[test]
fn exemptions_that_leave_nobody_are_told() {
    let rest = "forbid: [{ Action: 's3:*' }]";
    assert_snapshot!(told(&rule("a", &format!("except: ['arn:aws:iam::*:*']\n    {rest}"))), @"6:13 exempts-everyone: these exemptions leave nobody whom the rule is about (name fewer principals)");
    let roles = "scope: { principals: [role], accounts: ['111122223333'] }";
    let own = format!("{roles}\n    except: ['arn:*:iam::111122223333:role/*']\n    {rest}");
    assert!(told(&rule("a", &own)).contains("exempts-everyone"));
    for fine in ["'arn:aws:iam::*:role/*'", "'arn:aws:iam::111122223333:*'", "'arn:aws:iam::*:role/a*'"] {
        assert_eq!(told(&rule("a", &format!("except: [{fine}]\n    {rest}"))), "", "{fine}");
    }
}

#[test]
fn exemptions_that_exempt_nobody_are_told() {
    let rest = "scope: { principals: [role], accounts: ['111122223333'] }\n    forbid: [{ Action: 's3:*' }]";
    assert_snapshot!(told(&rule("a", &format!(
        "except: ['arn:aws:iam::*:user/x', 'arn:aws:iam:::role/x', 'arn:aws:iam::444455556666:role/x', \
         'arn:aws:iam::1111:role/x', 'arn:aws:iam:eu-west-1:*:role/x', 'arn:aws:s3:::bucket', \
         'arn:aws:iam::*:roles/x', 'arn:aws:iam::*:role/', 'arn:aws:iam::*:group/x']\n    {rest}"
    ))), @r"
    6:14 exempts-nobody: `arn:aws:iam::*:user/x` exempts nobody whom the rule is about (principals of this kind are not in scope)
    6:39 exempts-nobody: `arn:aws:iam:::role/x` exempts nobody whom the rule is about (the fifth part is an account of 12 digits: write `*` to mean any)
    6:63 exempts-nobody: `arn:aws:iam::444455556666:role/x` exempts nobody whom the rule is about (its account is not among those in scope)
    6:99 exempts-nobody: `arn:aws:iam::1111:role/x` exempts nobody whom the rule is about (the fifth part is an account of 12 digits: write `*` to mean any)
    6:127 exempts-nobody: `arn:aws:iam:eu-west-1:*:role/x` exempts nobody whom the rule is about (ARNs of IAM have no region: leave that part empty)
    6:161 exempts-nobody: `arn:aws:s3:::bucket` exempts nobody whom the rule is about (users, roles and root users have ARNs as `arn:aws:iam::*:role/Name`)
    6:184 exempts-nobody: `arn:aws:iam::*:roles/x` exempts nobody whom the rule is about (the last part is `role/Name`, `user/Name` or `root`)
    6:210 exempts-nobody: `arn:aws:iam::*:role/` exempts nobody whom the rule is about (the last part is `role/Name`, `user/Name` or `root`)
    6:234 exempts-nobody: `arn:aws:iam::*:group/x` exempts nobody whom the rule is about (the last part is `role/Name`, `user/Name` or `root`)
    ");
    let fine = "except: ['arn:*:iam::*:*/x', 'arn:aws:iam::1111*:role/x', 'arn:aws:iam::*:role/a/b/*', \
                'arn:aws:i*::*:ro*/x']";
    assert_eq!(told(&rule("a", &format!("{fine}\n    {rest}"))), "");
}

#[test]
fn paths_that_aws_gives_to_its_roles_are_missed() {
    assert_snapshot!(told(&rule("a",
        "except: ['arn:aws:iam::*:role/AWSReservedSSO_Admin_*']\n    \
         forbid: [{ Action: 'iam:*', NotResource: 'arn:aws:iam::*:role/AWSServiceRoleForSupport' }]")), @r"
    6:14 forgotten-path: `arn:aws:iam::*:role/AWSReservedSSO_Admin_*` fits no role: AWS gives these a path (write `arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Admin_*`)
    7:46 forgotten-path: `arn:aws:iam::*:role/AWSServiceRoleForSupport` fits no role: AWS gives these a path (write `arn:aws:iam::*:role/aws-service-role/*/AWSServiceRoleForSupport`)
    ");
    assert_eq!(
        told(&rule(
            "a",
            "except: ['arn:aws:iam::*:role/*/AWSReservedSSO_Admin_*', \
                         'arn:aws:iam::*:role/aws-service-role/*']\n    forbid: [{ Action: 'iam:*' }]"
        )),
        ""
    );
}

fn inventory() -> Inventory {
    let organization = r#"{"Organization": {"Id": "o-exampleorg1", "MasterAccountId": "999988887777"},
        "Roots": [{"Id": "r-ab12", "Name": "Root", "PolicyTypes": []}],
        "OrganizationalUnits": [
            {"Id": "ou-ab12-11111111", "Name": "Workloads", "ParentId": "r-ab12"},
            {"Id": "ou-ab12-22222222", "Name": "Sandbox", "ParentId": "r-ab12"}],
        "Accounts": [
            {"Id": "999988887777", "Name": "management", "Status": "ACTIVE", "ParentId": "r-ab12"},
            {"Id": "111122223333", "Name": "web", "Status": "ACTIVE", "ParentId": "ou-ab12-11111111"}],
        "Policies": []}"#;
    let details = r#"{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [
        {"RoleName": "Deploy", "RoleId": "AROAEXAMPLE", "Path": "/ci/",
         "Arn": "arn:aws:iam::111122223333:role/ci/Deploy", "Tags": [{"Key": "team", "Value": "web"}]}]}"#;
    Inventory::from_parts(Some(organization), &[("111122223333", details)]).expect("an inventory")
}

/// What is said of a rule beside the inventory.
fn beside(rest: &str) -> String {
    let text = format!("{HEAD}{}", rule("a", &format!("{rest}\n    forbid: [{{ Action: 's3:*' }}]")));
    lines(&lint(&text, "r", Some(&inventory())))
}

#[test]
fn ous_and_accounts_that_the_inventory_lacks_are_told() {
    assert_snapshot!(beside(
        "scope:\n      ous: [ou-zz99-11111111, ou-ab12-workloads, ou-ab12-22222223, r-zzzz, r-ab12]\n      \
         accounts: ['111122223334', '555555555555', '999988887777']"
    ), @r"
    7:13 unknown-ou: the inventory has no OU `ou-zz99-11111111` (did you mean `ou-ab12-11111111` (Workloads)?)
    7:31 unknown-ou: the inventory has no OU `ou-ab12-workloads` (did you mean `ou-ab12-11111111` (Workloads)?)
    7:50 unknown-ou: the inventory has no OU `ou-ab12-22222223` (did you mean `ou-ab12-22222222` (Sandbox)?)
    7:68 unknown-ou: the inventory has no OU `r-zzzz`
    8:18 unknown-account: the inventory has no account `111122223334` (did you mean `111122223333` (web)?)
    8:34 unknown-account: the inventory has no account `555555555555`
    ");
    assert_eq!(beside("scope: { ous: [ou-ab12-11111111], accounts: ['111122223333'] }"), "");
}

#[test]
fn exemptions_that_fit_nobody_in_the_inventory_are_told() {
    assert_snapshot!(beside(
        "except: ['arn:aws:iam::*:role/Deploy', 'arn:aws:iam::*:role/ci/Deplyo', \
         'arn:aws:iam::444455556666:role/ci/Deploy', 'arn:aws:iam::*:user/dana']"
    ), @r"
    6:14 unused-exemption: `arn:aws:iam::*:role/Deploy` fits nobody in the inventory (did you mean `arn:aws:iam::*:role/ci/Deploy`?)
    6:44 unused-exemption: `arn:aws:iam::*:role/ci/Deplyo` fits nobody in the inventory (did you mean `arn:aws:iam::*:role/ci/Deploy`?)
    6:77 unused-exemption: `arn:aws:iam::444455556666:role/ci/Deploy` fits nobody in the inventory (did you mean `arn:aws:iam::111122223333:role/ci/Deploy`?)
    6:121 unused-exemption: `arn:aws:iam::*:user/dana` fits nobody in the inventory
    ");
    assert_eq!(beside("except: ['arn:aws:iam::*:role/ci/*', 'arn:aws:iam::*:role/aws-service-role/*']"), "");
}

#[test]
fn rules_about_nobody_are_told() {
    assert_snapshot!(beside("scope: { principals: [user] }"), @"3:9 about-nobody: `a` is about nobody in the inventory (widen `scope`, or take exemptions back)");
    assert_snapshot!(beside("scope: { tags: { teams: [web] } }"), @"3:9 about-nobody: `a` is about nobody in the inventory (nobody has a tag `teams`; did you mean `team`?)");
    assert_snapshot!(beside("scope: { ous: [ou-ab12-22222222] }"), @"3:9 about-nobody: `a` is about nobody in the inventory (widen `scope`, or take exemptions back)");
    assert_eq!(beside("scope: { tags: { Team: [web] } }"), "");
}

/// A rulebook that is too much to examine is not called clean.
#[test]
fn what_is_not_examined_is_told() {
    let rules: String =
        (0..3000).map(|i| rule(&format!("r{i}"), &format!("forbid: [{{ Action: '*:*{i}*' }}]"))).collect();
    let problems = lint(&format!("{HEAD}{rules}"), "r", None);
    let told = lines(&problems);
    assert!(
        told.contains("1:1 not-linted: there is more in this rulebook than is examined at once"),
        "{told}"
    );
    assert!(problems.len() < 110, "{}", problems.len());
}

#[test]
fn statements_that_no_rcp_can_enforce_are_told() {
    let by = |by: &str| {
        let forbid =
            "forbid: [{ Action: s3:GetObject }, { Action: [ec2:RunInstances, s3:ListAllMyBuckets] }]";
        told(&rule("a", &format!("enforced_by: {by}\n    {forbid}")))
    };
    assert_snapshot!(by("rcp"), @"7:40 matches-nothing: RCPs are known to bind none of the actions of this statement (write `enforced_by: scp`, or a rule of its own for it)");
    assert_eq!(by("scp"), "");
}
