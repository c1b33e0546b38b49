//! What `enforced_by: endpoint` says of accounts: a table of policies of VPC endpoints, right and wrong.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::rulebook::Rulebook;
use stanchion_rules::{Evaluator, Evidence, Judgement};

const ACCOUNT: &str = "111122223333";
const MANAGEMENT: &str = "999988887777";

/// An organization of one member beside its management account, of which nothing more is known.
fn organization() -> Inventory {
    let organization = json!({
        "Organization": {"Id": "o-exampleorg1", "MasterAccountId": MANAGEMENT},
        "Roots": [{"Id": "r-ab12", "PolicyTypes": []}],
        "OrganizationalUnits": [],
        "Accounts": [{"Id": MANAGEMENT, "ParentId": "r-ab12"}, {"Id": ACCOUNT, "ParentId": "r-ab12"}],
        "Policies": []
    });
    Inventory::from_parts(Some(&organization.to_string()), &[]).expect("an inventory")
}

/// The organization, where the account has an endpoint to a service for each policy: `vpce-0`, `vpce-1`.
fn with(service: &str, policies: &[Value]) -> Inventory {
    let endpoints: Vec<Value> = policies
        .iter()
        .enumerate()
        .map(|(index, statements)| {
            json!({"VpcEndpointId": format!("vpce-{index}"), "VpcId": "vpc-0b", "ServiceName": service,
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}})
        })
        .collect();
    let text = json!({"VpcEndpoints": endpoints}).to_string();
    organization().with_endpoints(ACCOUNT, &text).expect("endpoints")
}

fn rulebook(rest: &str) -> Rulebook {
    let rule = format!("{{ id: a, title: t, severity: low, enforced_by: endpoint, {rest} }}");
    Rulebook::parse(&format!("version: 1\nguardrails: [ {rule} ]"), "test").expect("a rulebook")
}

/// What is said of an account: each facet with `holds`, `leaks: ACTION: DETAIL`, or why it is not known.
fn of(account: &str, rest: &str, inventory: &Inventory) -> Vec<String> {
    let rulebook = rulebook(rest);
    let evaluator = Evaluator::new(&rulebook, inventory, None);
    let judged = evaluator.account(account);
    let told = judged.iter().map(|judged| {
        let said = match &judged.judgement {
            Judgement::Holds { .. } => "holds".to_owned(),
            Judgement::OutOfScope => "out of scope".to_owned(),
            Judgement::Indeterminate { reasons, .. } => reasons.join("; "),
            Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
                format!("leaks: {}: {}", witness.action, detail.as_deref().unwrap_or_default())
            }
            Judgement::Violated { evidence: Evidence::Fact(fact), .. } => fact.clone(),
        };
        judged.facet.as_ref().map_or(said.clone(), |facet| format!("{facet} {said}"))
    });
    told.collect()
}

const S3: &str = "com.amazonaws.eu-west-1.s3";
const OUTGOING: &str = "forbid: [ { Action: [s3:PutObject, sqs:SendMessage], Condition: { StringNotEqualsIfExists: { aws:ResourceOrgID: o-exampleorg1 } } } ]";
const STRANGERS: &str = "forbid: [ { Action: s3:PutObject, Condition: { StringNotEqualsIfExists: { aws:PrincipalOrgID: o-exampleorg1 } } } ]";

fn allow(condition: Value) -> Value {
    json!([{"Sid": "Ours", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}])
}

#[test]
fn each_endpoint_that_lets_it_through_is_told_by_itself() {
    let ours = allow(json!({"StringEquals": {"aws:ResourceOrgID": "o-exampleorg1"}}));
    let all = allow(json!({}));
    assert_eq!(of(ACCOUNT, OUTGOING, &with(S3, std::slice::from_ref(&ours))), ["holds"]);
    let told = of(ACCOUNT, OUTGOING, &with(S3, &[all, ours, json!([])]));
    assert_eq!(told.len(), 1);
    let expected = "endpoint:vpce-0 leaks: s3:PutObject: endpoint vpce-0 to com.amazonaws.eu-west-1.s3 in vpc-0b: \
                    statement `Ours` of its policy lets it through; asked for by arn:aws:iam::111122223333:role/";
    assert!(told[0].starts_with(expected), "{told:?}");
}

#[test]
fn whoever_asks_is_asked_about() {
    let of = |condition: Value| of(ACCOUNT, STRANGERS, &with(S3, &[allow(condition)])).join("\n");
    assert_eq!(of(json!({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})), "holds");
    assert_eq!(of(json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})), "holds");
    assert!(of(json!({})).contains("leaks"));
    // Another account that the policy names, an organization of the caller's that may be missing, an AWS service.
    assert!(
        of(json!({"StringEquals": {"aws:PrincipalAccount": "444455556666"}})).contains("iam::444455556666:")
    );
    assert!(of(json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"}})).contains("leaks"));
    assert!(of(json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})).contains("asked for by"));
    // A role that only the element for principals names.
    let one = json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/Stranger"},
        "Action": "s3:*", "Resource": "*"}]);
    let told = self::of(ACCOUNT, STRANGERS, &with(S3, &[one])).join("\n");
    assert!(told.contains("asked for by arn:aws:iam::444455556666:role/Stranger"), "{told}");
}

#[test]
fn where_requests_come_from_is_known() {
    let holds = |condition: Value| of(ACCOUNT, OUTGOING, &with(S3, &[allow(condition)])) == ["holds"];
    // None of these is ever so of a request through this endpoint.
    assert!(holds(json!({"StringEquals": {"aws:SourceVpce": "vpce-9"}})));
    assert!(holds(json!({"StringEquals": {"aws:SourceVpc": "vpc-9"}})));
    assert!(holds(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})));
    assert!(holds(json!({"Bool": {"aws:ViaAWSService": "true"}})));
    assert!(holds(json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}})));
    assert!(holds(json!({"StringNotEquals": {"aws:VpceAccount": ACCOUNT}})));
    assert!(holds(json!({"StringNotEquals": {"aws:VpceOrgID": "o-exampleorg1"}})));
    assert!(!holds(json!({"StringEquals": {"aws:SourceVpce": "vpce-0"}})));
    assert!(!holds(json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})));
}

#[test]
fn only_what_goes_to_its_service_is_asked_about() {
    let all = [allow(json!({}))];
    assert_eq!(of(ACCOUNT, OUTGOING, &with("com.amazonaws.eu-west-1.logs", &all)), ["holds"]);
    assert_eq!(of(ACCOUNT, OUTGOING, &with("com.amazonaws.vpce.eu-west-1.vpce-svc-0a", &all)), ["holds"]);
    assert!(
        of(ACCOUNT, OUTGOING, &with("com.amazonaws.eu-west-1.sqs", &all))[0]
            .contains("leaks: sqs:SendMessage")
    );
    // Of a service that is not known a proof says all the same, and a leak may be none.
    let unheard = "com.amazonaws.eu-west-1.unheard-of";
    assert_eq!(of(ACCOUNT, OUTGOING, &with(unheard, &[json!([])])), ["holds"]);
    assert_eq!(
        of(ACCOUNT, OUTGOING, &with(unheard, &all)),
        [format!("endpoint:vpce-0 endpoint vpce-0: which requests go to `{unheard}` is not known")]
    );
}

#[test]
fn what_is_not_known_is_told() {
    let why = |inventory: &Inventory| of(ACCOUNT, OUTGOING, inventory).join("\n");
    let mend = "docs/INVENTORY.md says how to get `endpoints.json`";
    assert_eq!(
        why(&organization()),
        format!("the VPC endpoints of account {ACCOUNT}: they are not in the inventory; {mend}")
    );
    let cut_off = organization().with_endpoints(ACCOUNT, r#"{"VpcEndpoints": [], "NextToken": "x"}"#);
    let told = why(&cut_off.expect("an inventory"));
    assert!(told.contains("truncated") && told.ends_with(mend), "{told}");
    let text = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0", "ServiceName": "com.amazonaws.eu-west-1.s3",
        "PolicyDocument": "{"}]}"#;
    let told = why(&organization().with_endpoints(ACCOUNT, text).expect("an inventory"));
    assert!(told.starts_with("endpoint:vpce-0 endpoint vpce-0: policy policy of vpce-0"), "{told}");
    assert_eq!(why(&with(S3, &[])), "holds");
}

/// An endpoint's policy binds whoever comes through it, wherever the endpoint is, and says nothing of principals.
#[test]
fn it_is_about_every_account_and_about_no_principal() {
    let details = json!({"UserDetailList": [{"UserName": "ana", "UserId": "AIDAANA", "Path": "/",
        "Arn": "arn:aws:iam::111122223333:user/ana", "AttachedManagedPolicies": [], "GroupList": [],
        "UserPolicyList": [{"PolicyName": "all", "PolicyDocument":
            {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": []});
    let inventory = organization().with_account(ACCOUNT, &details.to_string()).expect("an account");
    let inventory = inventory.with_endpoints(MANAGEMENT, r#"{"VpcEndpoints": []}"#).expect("endpoints");
    let rulebook = rulebook("forbid: [ { Action: s3:PutObject } ]");
    let evaluator = Evaluator::new(&rulebook, &inventory, None);
    assert_eq!(evaluator.accounts(), [ACCOUNT, MANAGEMENT]);
    assert_eq!(of(MANAGEMENT, OUTGOING, &inventory), ["holds"]);
    let ana = inventory.principal("arn:aws:iam::111122223333:user/ana").expect("a user");
    let judged = evaluator.principal(ana);
    assert!(judged.iter().all(|judged| matches!(judged.judgement, Judgement::OutOfScope)));
}

#[test]
fn whom_a_rule_excepts_is_not_asked_about() {
    let only = allow(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Partner"}}));
    let inventory = with(S3, &[only]);
    assert!(of(ACCOUNT, STRANGERS, &inventory)[0].contains("leaks"));
    let except = format!("except: ['arn:aws:iam::444455556666:role/Partner'], {STRANGERS}");
    assert_eq!(of(ACCOUNT, &except, &inventory), ["holds"]);
}
