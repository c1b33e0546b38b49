//! JSON that ends early, or goes deeper than anybody writes by hand.

use stanchion_inventory::{Inventory, InventoryError};

use crate::common::{DETAILS, ORGANIZATION};
use crate::{organization_refused, refused};

#[test]
fn a_file_that_was_cut_off_anywhere_is_refused() {
    // A cut before the first object's end leaves no JSON. (The fixture is ASCII.)
    for end in (1..DETAILS.len()).step_by(97) {
        let error = refused(&DETAILS[..end]);
        assert!(matches!(error, InventoryError::Json { cut_off: true, .. }), "{end}: {error}");
        assert!(error.mend().contains("cut off"), "{}", error.mend());
    }
    for end in (1..ORGANIZATION.len()).step_by(97) {
        assert!(organization_refused(&ORGANIZATION[..end]).contains("EOF while parsing"));
    }
}

#[test]
fn ten_thousand_levels_are_refused_wherever_they_are() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        for text in
            [deep.clone(), format!("{{\"Elsewhere\": {deep}}}"), format!("{{\"UserDetailList\": {deep}}}")]
        {
            let error = refused(text);
            assert!(error.to_string().contains("column "), "{error}");
            assert!(error.to_string().ends_with("nested more than 127 levels deep"), "{error}");
        }
        let text = format!("{{\"Roots\": {deep}}}");
        assert!(organization_refused(&text).ends_with("nested more than 127 levels deep"));
    }
}

#[test]
fn deep_json_that_never_ends_is_refused() {
    assert!(refused("[".repeat(1_000_000)).to_string().contains("nested more than 127 levels deep"));
}

/// A message repeats what it is about, but not megabytes of it.
#[test]
fn a_long_text_in_the_wrong_place_is_quoted_in_part() {
    let error = refused(format!("{{\"UserDetailList\": \"{}\"}}", "x".repeat(10 << 20)));
    assert!(error.to_string().contains("invalid type: string \"xxx"), "{error}");
}

#[test]
fn members_of_another_type_are_named_by_place() {
    for (text, told) in [
        (r#"{"UserDetailList": 7}"#, "column 20: invalid type: integer `7`, expected a list"),
        (r#"{"UserDetailList": [7]}"#, "invalid type: integer `7`, expected a user, group or role"),
        (r#"{"UserDetailList": {"members": []}}"#, "invalid type: map, expected a list"),
        (r#"{"UserDetailList": [{}]}"#, "missing field `Arn`"),
        (r#"{"IsTruncated": 1}"#, "invalid type: integer `1`, expected `true` or `false`"),
        (r#"{"IsTruncated": "maybe"}"#, "invalid value: string \"maybe\", expected `true` or `false`"),
    ] {
        let error = refused(text);
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn nothing_of_a_rust_type_is_in_a_message() {
    for list in ["Roots", "OrganizationalUnits", "Accounts", "Policies"] {
        let error = organization_refused(&format!("{{\"{list}\": [7]}}"));
        assert!(!error.contains("struct") && !error.contains("Entry"), "{error}");
    }
    let inventory = Inventory::default();
    for list in ["Instances", "PermissionSets", "AccountAssignments", "Groups", "GroupMemberships"] {
        let error = inventory.with_identity_center(&format!("{{\"{list}\": [7]}}")).expect_err(list);
        assert!(!error.to_string().contains("struct") && !error.to_string().contains("Entry"), "{error}");
    }
}
