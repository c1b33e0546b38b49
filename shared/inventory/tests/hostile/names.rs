//! Names that nobody should have: they are kept as they are, and quoted as they are. Whoever shows
//! them escapes them.

use stanchion_inventory::Inventory;

use crate::common::{EMPTY, MEMBER, ORGANIZATION, organization};
use crate::refused;

#[test]
fn control_characters_in_names_change_nothing_else() {
    let text = ORGANIZATION.replace("\"Name\": \"prod\"", r#""Name": "\u001b[2J\u0000\u202e prod""#);
    let inventory = Inventory::from_parts(Some(&text), &[]).expect("read");
    let accounts = inventory.organization().and_then(|all| all.accounts.as_ref()).expect("the accounts");
    assert_eq!(accounts[MEMBER].name, "\u{1b}[2J\0\u{202e} prod");
    assert_eq!(inventory.scps(MEMBER), organization().scps(MEMBER));
}

#[test]
fn an_arn_that_is_none_is_refused_and_quoted_in_part() {
    for arn in ["", "role/R", "arn:aws:iam::111122223333", "arn:aws:s3:::b"] {
        let text =
            EMPTY.replace("\"RoleDetailList\": []", &format!(r#""RoleDetailList": [{{"Arn": "{arn}"}}]"#));
        let error = refused(text);
        assert!(error.to_string().contains("does not belong to account"), "{error}");
    }
    let text = EMPTY.replace(
        "\"RoleDetailList\": []",
        &format!(r#""RoleDetailList": [{{"Arn": "{}"}}]"#, "x".repeat(10_000)),
    );
    assert!(refused(text).to_string().contains("xxx..."));
}
