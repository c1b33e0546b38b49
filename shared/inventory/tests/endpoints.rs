//! VPC endpoints: what is read of them, what is left out, what is refused.

use std::fs;

use stanchion_inventory::{Endpoint, Inventory};

const ACCOUNT: &str = "111122223333";

fn read(text: &str) -> Result<Inventory, String> {
    Inventory::default().with_endpoints(ACCOUNT, text).map_err(|error| error.to_string())
}

fn endpoints(text: &str) -> Vec<Endpoint> {
    let inventory = read(text).expect("an inventory");
    inventory.endpoints(ACCOUNT).expect("known").all().expect("whole").to_vec()
}

#[test]
fn an_endpoint_is_read_as_the_cli_prints_it() {
    let text = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "VpcEndpointType": "Gateway", "VpcId": "vpc-0b",
        "ServiceName": "com.amazonaws.eu-west-1.s3", "State": "available", "OwnerId": "111122223333",
        "PolicyDocument": "{\"Version\":\"2008-10-17\",\"Statement\":[]}", "RouteTableIds": ["rtb-1"]}]}"#;
    let found = endpoints(text);
    assert_eq!(found.len(), 1);
    let endpoint = &found[0];
    assert_eq!((endpoint.id.as_str(), endpoint.vpc.as_str()), ("vpce-0a", "vpc-0b"));
    assert_eq!(endpoint.service_name, "com.amazonaws.eu-west-1.s3");
    assert_eq!(endpoint.policy.document().expect("a document").statements.len(), 0);
}

#[test]
fn without_a_policy_everything_goes_through() {
    for given in ["", r#", "PolicyDocument": null"#, r#", "PolicyDocument": """#] {
        let text = format!(r#"{{"VpcEndpoints": [{{"VpcEndpointId": "vpce-0a"{given}}}]}}"#);
        let found = endpoints(&text);
        let statements = &found[0].policy.document().expect("a document").statements;
        assert_eq!(statements.len(), 1, "{given}");
        assert_eq!(statements[0].action.patterns, ["*"], "{given}");
    }
}

#[test]
fn a_policy_that_cannot_be_read_is_unknown_and_told() {
    let text = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "PolicyDocument": "{"}]}"#;
    assert!(endpoints(text)[0].policy.document().is_err());
    let gaps = read(text).expect("an inventory").gaps();
    assert_eq!(gaps.len(), 1);
    assert!(gaps[0].message.starts_with("the policy of endpoint `vpce-0a` is unreadable"), "{}", gaps[0]);
}

#[test]
fn what_no_policy_decides_of_is_left_out() {
    let of = |key: &str, value: &str| {
        endpoints(&format!(r#"{{"VpcEndpoints": [{{"VpcEndpointId": "vpce-0a", "{key}": "{value}"}}]}}"#))
            .len()
    };
    for kind in ["GatewayLoadBalancer", "Resource", "ServiceNetwork"] {
        assert_eq!(of("VpcEndpointType", kind), 0, "{kind}");
    }
    for state in ["deleted", "Deleting", "failed", "rejected", "expired"] {
        assert_eq!(of("State", state), 0, "{state}");
    }
    assert_eq!((of("VpcEndpointType", "Interface"), of("State", "pendingAcceptance")), (1, 1));
}

#[test]
fn the_regions_may_come_one_after_the_other() {
    let one = |id: &str| format!(r#"{{"VpcEndpoints": [{{"VpcEndpointId": "{id}"}}]}}"#);
    let ids = |text: &str| endpoints(text).into_iter().map(|endpoint| endpoint.id).collect::<Vec<_>>();
    assert_eq!(ids(&format!("{}\n{}", one("vpce-0b"), one("vpce-0a"))), ["vpce-0a", "vpce-0b"]);
    assert_eq!(ids(r#"{"VpcEndpoints": []}"#), [""; 0]);
}

#[test]
fn a_list_that_is_not_whole_is_unknown() {
    for (text, reason) in [
        (
            r#"{"VpcEndpoints": [], "NextToken": "x"}"#,
            "`VpcEndpoints` is truncated: a `NextToken` is left over",
        ),
        ("{}", "`VpcEndpoints` is missing"),
    ] {
        let inventory = read(text).expect("an inventory");
        assert_eq!(inventory.endpoints(ACCOUNT).expect("a file").all().expect_err("unknown"), reason);
        assert_eq!(inventory.gaps().len(), 1);
    }
    assert!(Inventory::default().endpoints(ACCOUNT).is_none());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let foreign = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "OwnerId": "444455556666"}]}"#;
    assert_eq!(
        read(foreign).expect_err("another account's"),
        "`111122223333`: `vpce-0a` does not belong to account 111122223333"
    );
    let twice = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a"}, {"VpcEndpointId": "vpce-0a"}]}"#;
    let error = read(twice).expect_err("twice");
    assert!(error.contains("`VpcEndpoints[0]`") && error.contains("`VpcEndpoints[1]`"), "{error}");
    let error = read(r#"{"VpcEndpoints": [{"VpcId": "vpc-0b"}]}"#).expect_err("no id");
    assert!(error.contains("line 1") && error.contains("VpcEndpointId"), "{error}");
    let error = Inventory::default().with_endpoints("12", r#"{"VpcEndpoints": []}"#).expect_err("no account");
    assert_eq!(error.mend(), "name the file after the account's twelve digits");
}

#[test]
fn the_file_lies_beside_the_accounts_and_needs_no_details() {
    let dir = tempfile::tempdir().expect("a directory");
    let accounts = dir.path().join("accounts");
    fs::create_dir(&accounts).expect("a directory");
    fs::write(dir.path().join("organization.json"), "{}").expect("written");
    let text = r#"{"VpcEndpoints": [{"VpcEndpointId": "vpce-0a"}]}"#;
    fs::write(accounts.join("111122223333.endpoints.json"), text).expect("written");
    let inventory = Inventory::load(dir.path()).expect("an inventory");
    assert_eq!(inventory.accounts().count(), 0);
    assert!(inventory.endpoints(ACCOUNT).is_some());
}
