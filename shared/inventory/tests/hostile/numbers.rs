//! Numbers that no machine word holds.

use stanchion_inventory::Inventory;

use crate::common::{EMPTY, MEMBER};
use crate::refused;

const HUGE: [&str; 4] = ["123456789012345678901234567890", "-99999999999999999999", "1e300", "0.1e-400"];

/// A number that nobody reads is nobody's business.
#[test]
fn in_members_that_are_ignored_are_skipped() {
    let expected = Inventory::from_parts(None, &[(MEMBER, EMPTY)]).expect("read");
    for number in HUGE {
        let text = EMPTY.replace("\"Policies\"", &format!("\"Elsewhere\": [{number}], \"Policies\""));
        assert_eq!(Inventory::from_parts(None, &[(MEMBER, &text)]).expect(number), expected);
    }
}

#[test]
fn in_members_that_are_read_are_of_the_wrong_type() {
    for number in HUGE {
        let error = refused(format!("{{\"UserDetailList\": [{{\"Arn\": {number}}}]}}"));
        assert!(error.to_string().contains("line 1, column "), "{error}");
        assert!(error.to_string().contains("invalid type"), "{error}");
    }
}

#[test]
fn beyond_every_range_are_refused_by_place() {
    let error = refused("{\"Elsewhere\": 1e999}");
    assert!(error.to_string().contains("line 1, column 19: number out of range"), "{error}");
}

/// A document is read by the policy grammar, which keeps numbers as text.
#[test]
fn in_documents_are_the_documents_own() {
    let text = EMPTY.replace(
        "\"RoleDetailList\": []",
        r#""RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/R",
            "AssumeRolePolicyDocument": {"Statement": [], "Elsewhere": 1e999}}]"#,
    );
    let inventory = Inventory::from_parts(None, &[(MEMBER, &text)]).expect("the rest is read");
    let role = inventory.principal("arn:aws:iam::111122223333:role/R").expect("the role");
    assert!(role.trust.as_ref().is_some_and(|trust| trust.document().is_err()));
}
