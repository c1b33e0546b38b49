//! What `enforced_by` says of an account: a table of SCPs and RCPs, right and wrong.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::rulebook::Rulebook;
use stanchion_rules::{Evaluator, Evidence, Judgement};

const MANAGEMENT: &str = "999988887777";
const PROD: &str = "111122223333";
const UNIT: &str = "ou-ab12-workload";

/// An organization of one member, with one policy of its own at the unit; nobody's details are known.
fn organization(kind: &str, statements: Value) -> Inventory {
    let content = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let everywhere = ["r-ab12", UNIT, PROD, MANAGEMENT];
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": [
            {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"},
            {"Type": "RESOURCE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": UNIT, "Name": "Workloads", "ParentId": "r-ab12"}],
        "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-ab12"}, {"Id": PROD, "ParentId": UNIT}],
        "Policies": [
            {"PolicySummary": {"Id": "p-FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY"}, "TargetIds": everywhere},
            {"PolicySummary": {"Id": "p-RCPFullAWSAccess", "Type": "RESOURCE_CONTROL_POLICY"}, "TargetIds": everywhere},
            {"PolicySummary": {"Id": "p-own00000", "Type": kind}, "Content": content, "TargetIds": [UNIT]}]
    });
    Inventory::from_parts(Some(&organization.to_string()), &[]).expect("an inventory")
}

/// What the rule says of an account: `holds`, `leaks: ACTION by WHOM: DETAIL`, or why it is not known.
fn of(account: &str, by: &str, rest: &str, inventory: &Inventory) -> String {
    let rule = format!("{{ id: a, title: t, severity: low, enforced_by: {by}, {rest} }}");
    let rulebook =
        Rulebook::parse(&format!("version: 1\nguardrails: [ {rule} ]"), "test").expect("a rulebook");
    let evaluator = Evaluator::new(&rulebook, inventory, None);
    let judged = evaluator.account(account);
    assert_eq!(judged.len(), 1, "one rule, one facet");
    match &judged[0].judgement {
        Judgement::OutOfScope => "out of scope".to_owned(),
        Judgement::Holds { .. } => "holds".to_owned(),
        Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
            let kind = witness.principal.splitn(6, ':').last().unwrap_or_default().split('/').next();
            format!(
                "leaks: {} by {}: {}",
                witness.action,
                kind.unwrap_or_default(),
                detail.as_deref().unwrap_or_default()
            )
        }
        other => format!("{other:?}"),
    }
}

fn scp(rest: &str, statements: Value) -> String {
    of(PROD, "scp", rest, &organization("SERVICE_CONTROL_POLICY", statements))
}

fn rcp(rest: &str, statements: Value) -> String {
    of(PROD, "rcp", rest, &organization("RESOURCE_CONTROL_POLICY", statements))
}

const LEAVE: &str = "forbid: [ { Action: organizations:LeaveOrganization } ]";
const UNKNOWN_WHO: &str = "who in the account can use it is not known: its details are not in the inventory";

#[test]
fn a_plain_deny_enforces_and_nothing_does_not() {
    let deny = json!([{"Effect": "Deny", "Action": "organizations:Leave*", "Resource": "*"}]);
    assert_eq!(scp(LEAVE, deny), "holds");
    let other = json!([{"Effect": "Deny", "Action": "organizations:CreateAccount", "Resource": "*"}]);
    let expected = format!(
        "leaks: organizations:LeaveOrganization by role: no SCP at r-ab12, ou-ab12-workload or account 111122223333 denies it; {UNKNOWN_WHO}"
    );
    assert_eq!(scp(LEAVE, other), expected);
}

#[test]
fn an_exemption_leaks_unless_the_rule_excepts_the_same() {
    let but = |who: &str| {
        json!([{"Sid": "Stay", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*",
            "Condition": {"ArnNotLike": {"aws:PrincipalArn": who}}}])
    };
    let admin = "arn:aws:iam::*:role/OrganizationAdmin";
    let expected = format!(
        "leaks: organizations:LeaveOrganization by role: statement `Stay` of p-own00000 at ou-ab12-workload would deny it, but for the conditions; {UNKNOWN_WHO}"
    );
    assert_eq!(scp(LEAVE, but(admin)), expected);
    let excepting = |who: &str| format!("except: [ \"{who}\" ], {LEAVE}");
    assert_eq!(scp(&excepting(admin), but(admin)), "holds");
    assert_eq!(scp(&excepting("arn:aws:iam::*:role/Other"), but(admin)), expected);
    // Service-linked roles are bound by no SCP, so that to exempt them takes nothing away.
    assert_eq!(scp(LEAVE, but("arn:aws:iam::*:role/aws-service-role/*")), "holds");
}

#[test]
fn whoever_can_have_the_tag_can_use_an_exemption_by_tag() {
    let by_tag = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "platform"}}}]);
    assert!(scp(LEAVE, by_tag).starts_with("leaks: organizations:LeaveOrganization by role: statement 0"));
}

#[test]
fn each_kind_of_principal_of_the_scope_is_asked_about() {
    let no_roots = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}}]);
    let forbid = "forbid: [ { Action: s3:PutObject } ]";
    assert_eq!(scp(&format!("scope: {{ principals: [root] }}, {forbid}"), no_roots.clone()), "holds");
    assert!(scp(forbid, no_roots).starts_with("leaks: s3:PutObject by role"));
    let no_roles = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}}]);
    assert!(scp(forbid, no_roles).starts_with("leaks: s3:PutObject by user"));
}

#[test]
fn roles_that_are_assumed_need_not_exist() {
    let forbid = "forbid: [ { Action: sts:AssumeRole } ]";
    let deny = json!([{"Effect": "Deny", "Action": "sts:*", "Resource": "*"}]);
    assert_eq!(scp(forbid, deny), "holds");
    let other = json!([{"Effect": "Deny", "Action": "sts:GetFederationToken", "Resource": "*"}]);
    assert!(scp(forbid, other).starts_with("leaks: sts:AssumeRole by role"));
}

#[test]
fn a_resource_perimeter_is_asked_about_with_the_resources_of_others() {
    let forbid = "forbid: [ { Action: s3:*, Condition: { StringNotEqualsIfExists: { aws:ResourceOrgID: o-exampleorg1 } } } ]";
    let perimeter = |of: &str| {
        json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:ResourceOrgID": of}}}])
    };
    assert_eq!(scp(forbid, perimeter("o-exampleorg1")), "holds");
    assert!(scp(forbid, json!([])).starts_with("leaks: s3:"), "{}", scp(forbid, json!([])));
    let exempt = json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-exampleorg1", "aws:ResourceAccount": "444455556666"}}}]);
    assert!(scp(forbid, exempt).starts_with("leaks: s3:"), "the account that the SCP names is found");
}

#[test]
fn what_binds_nobody_is_out_of_scope() {
    let inventory = organization("SERVICE_CONTROL_POLICY", json!([]));
    assert_eq!(of(MANAGEMENT, "scp", LEAVE, &inventory), "out of scope");
    assert_eq!(of("123412341234", "scp", LEAVE, &inventory), "out of scope");
    let scoped = format!("scope: {{ accounts: [\"444455556666\"] }}, {LEAVE}");
    assert_eq!(of(PROD, "scp", &scoped, &inventory), "out of scope");
    let scoped = format!("scope: {{ ous: [ou-ab12-elsewhere] }}, {LEAVE}");
    assert_eq!(of(PROD, "scp", &scoped, &inventory), "out of scope");
}

#[test]
fn an_identity_perimeter_is_asked_about_with_strangers_services_and_nobody_in_particular() {
    let strangers = "forbid: [ { Action: [s3:GetObject, sqs:SendMessage], Condition: { \
        StringNotEqualsIfExists: { aws:PrincipalOrgID: o-exampleorg1 }, \
        BoolIfExists: { aws:PrincipalIsAWSService: \"false\" } } } ]";
    let perimeter = |actions: &[&str]| {
        json!([{"Sid": "Ours", "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}])
    };
    assert_eq!(rcp(strangers, perimeter(&["s3:*", "sqs:*"])), "holds");
    let told = rcp(strangers, perimeter(&["s3:*"]));
    assert!(told.starts_with("leaks: sqs:SendMessage by role: no RCP at r-ab12"), "{told}");
    // `StringNotEquals` and a key that anonymous requests lack: the deny bites; `StringEquals` would not.
    let told = rcp(
        strangers,
        json!([{"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"},
            "Null": {"aws:PrincipalOrgID": "false"}}}]),
    );
    assert!(told.starts_with("leaks: "), "whoever is of no organization is let in: {told}");
}

#[test]
fn a_confused_deputy_is_asked_about_with_a_service() {
    let deputy = "forbid: [ { Action: s3:PutObject, Condition: { \
        StringNotEqualsIfExists: { aws:SourceOrgID: o-exampleorg1 }, \
        \"Null\": { aws:SourceAccount: \"false\" }, \
        Bool: { aws:PrincipalIsAWSService: \"true\" } } } ]";
    let guard = json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-exampleorg1"},
            "Null": {"aws:SourceAccount": "false"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}}]);
    assert_eq!(rcp(deputy, guard), "holds");
    let told = rcp(deputy, json!([]));
    assert!(told.starts_with("leaks: s3:PutObject"), "{told}");
}

/// What is noted of one rule with `enforced_by: rcp`.
fn notes(forbid: &str) -> Vec<String> {
    let rule = format!("{{ id: a, title: t, severity: low, enforced_by: rcp, {forbid} }}");
    let rulebook =
        Rulebook::parse(&format!("version: 1\nguardrails: [ {rule} ]"), "test").expect("a rulebook");
    let inventory = organization("RESOURCE_CONTROL_POLICY", json!([]));
    let evaluator = Evaluator::new(&rulebook, &inventory, None);
    evaluator.notes().collect()
}

const LEFT_OUT: &str = "a: no RCP binds the management account 999988887777: it is left out";

#[test]
fn a_rule_that_no_rcp_can_enforce_does_not_hold() {
    let beyond = "Indeterminate { reasons: [\"RCPs are known to bind none of the rule's actions; SCPs may enforce it\"], assumptions: [] }";
    for action in ["ec2:RunInstances", "s3:ListAllMyBuckets", "kms:RetireGrant", "\"ec2:*\""] {
        let forbid = format!("forbid: [ {{ Action: {action} }} ]");
        assert_eq!(rcp(&forbid, json!([])), beyond, "{action}");
    }
    let told = notes("forbid: [ { Action: ec2:RunInstances } ]");
    assert_eq!(told, ["a: RCPs do not bind actions of `ec2`: they are left out", LEFT_OUT]);
}

#[test]
fn what_rcps_do_not_bind_beside_what_they_do_is_noted_and_left_out() {
    let forbid = "forbid: [ { Action: [ec2:RunInstances, s3:GetObject] } ]";
    let deny = json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]);
    assert_eq!(rcp(forbid, deny), "holds");
    assert_eq!(notes(forbid), ["a: RCPs do not bind actions of `ec2`: they are left out", LEFT_OUT]);
}

/// Whoever an identity provider vouches for begins sessions of roles, and nothing else.
#[test]
fn whoever_a_provider_vouches_for_is_asked_about() {
    let deny = |action: &str, condition: Value| json!([{"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}]);
    let rule = |action: &str| format!("forbid: [ {{ Action: {action} }} ]");
    for call in ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"] {
        assert_eq!(rcp(&rule(call), deny("sts:*", json!({}))), "holds", "{call}");
        let told = rcp(&rule(call), deny("sts:AssumeRole", json!({})));
        assert!(told.starts_with(&format!("leaks: {call} by ")), "{told}");
    }
    assert_eq!(rcp(&rule("\"sts:*\""), deny("sts:*", json!({}))), "holds");
    let github = "token.actions.githubusercontent.com:sub";
    let others = json!({"StringNotLikeIfExists": {github: "repo:example/*"}, "Null": {github: "false"}});
    let strangers = format!(
        "forbid: [ {{ Action: sts:AssumeRoleWithWebIdentity, Condition: {{ \
         StringNotLikeIfExists: {{ '{github}': 'repo:example/*' }}, \"Null\": {{ '{github}': \"false\" }} }} }} ]"
    );
    assert_eq!(rcp(&strangers, deny("sts:*", others.clone())), "holds");
    let told = rcp(&strangers, deny("sts:*", json!({"StringLike": {github: "repo:stranger/*"}})));
    assert!(told.starts_with("leaks: sts:AssumeRoleWithWebIdentity by oidc-provider"), "{told}");
    // Other providers have no such key.
    let told = rcp(&rule("sts:AssumeRoleWithWebIdentity"), deny("sts:*", others));
    assert!(told.starts_with("leaks: sts:AssumeRoleWithWebIdentity"), "{told}");
}

/// However many the policies name, there is one that they do not.
#[test]
fn providers_and_services_that_nobody_names_are_asked_about() {
    let missing = "\"Null\": { 'idp0.example.com:sub': \"true\", 'idp1.example.com:sub': \"true\" }";
    let told = rcp(
        &format!("forbid: [ {{ Action: sts:AssumeRoleWithWebIdentity, Condition: {{ {missing} }} }} ]"),
        json!([]),
    );
    assert!(told.starts_with("leaks: sts:AssumeRoleWithWebIdentity by oidc-provider"), "{told}");
    let others = "StringNotEquals: { aws:PrincipalServiceName: [cloudtrail.amazonaws.com, \
                  logging.s3.amazonaws.com, config.amazonaws.com] }, Bool: { aws:PrincipalIsAWSService: \"true\" }";
    let told = rcp(&format!("forbid: [ {{ Action: s3:PutObject, Condition: {{ {others} }} }} ]"), json!([]));
    assert!(told.starts_with("leaks: s3:PutObject"), "{told}");
}

/// Whether the call has the key that its session will have, no page says.
#[test]
fn a_provider_by_the_key_of_its_sessions_is_left_open() {
    let rule = "forbid: [ { Action: sts:AssumeRoleWithWebIdentity, \
                Condition: { StringEquals: { aws:FederatedProvider: accounts.google.com } } } ]";
    let told = rcp(rule, json!([]));
    assert!(told.starts_with("Indeterminate") && told.contains("aws:federatedprovider"), "{told}");
    let deny = json!([{"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}}]);
    assert_eq!(rcp(rule, deny), "holds");
}

#[test]
fn a_policy_that_cannot_be_read_leaves_it_open() {
    let inventory = organization("SERVICE_CONTROL_POLICY", json!("nonsense"));
    assert!(of(PROD, "scp", LEAVE, &inventory).starts_with("Indeterminate"));
}
