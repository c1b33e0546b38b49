//! Inventories that are broken or made to break the program end with 2, the place and the mend.

use serde_json::json;

use crate::place::{Place, administrator};

/// What `check` and `inventory show` say alike.
#[track_caller]
fn refused(place: &Place) -> String {
    let checked = place.check(&[]);
    let shown = place.run(&["inventory", "show", "--inventory", "inventory"]);
    for ran in [&checked, &shown] {
        assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
        assert_eq!(ran.out, "");
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        assert!(ran.err.contains("help: "), "{}", ran.err);
    }
    assert_eq!(checked.err, shown.err);
    checked.err.replace(['│', '×'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

const ACCOUNT: &str = "inventory/accounts/111122223333.json";

#[test]
fn a_file_that_was_cut_off() {
    let text = administrator();
    let error = refused(&Place::new(&text[..text.len() / 2]));
    assert!(error.contains(&format!("`{ACCOUNT}`, line 1, column")), "{error}");
    assert!(error.contains("the file was cut off: write it again"), "{error}");
}

#[test]
fn a_file_that_is_blank() {
    let error = refused(&Place::new(""));
    assert!(error.contains(&format!("`{ACCOUNT}`: the file is blank")), "{error}");
}

#[test]
fn a_list_that_is_given_twice() {
    let error = refused(&Place::new("{\"UserDetailList\": [],\n \"UserDetailList\": []}"));
    assert!(error.contains("line 2, column 17: `UserDetailList` is given twice in one object"), "{error}");
}

#[test]
fn bytes_that_are_no_text() {
    let place = Place::new("{}");
    place.write(ACCOUNT, b"{\n\xff}");
    let error = refused(&place);
    assert!(error.contains("line 2, byte 1: not UTF-8"), "{error}");
}

#[test]
fn ten_thousand_levels() {
    let error = refused(&Place::new(&"[".repeat(10_000)));
    assert!(error.contains("nested more than 127 levels deep"), "{error}");
}

#[test]
fn a_directory_in_the_place_of_a_file() {
    let place = Place::new("{}");
    place.write("inventory/accounts/444455556666.json/file", "");
    let error = refused(&place);
    assert!(error.contains("`inventory/accounts/444455556666.json`: "), "{error}");
}

#[test]
fn an_ou_above_itself() {
    let place = Place::new(&administrator());
    let units = json!([{"Id": "ou-a", "ParentId": "ou-b"}, {"Id": "ou-b", "ParentId": "ou-a"}]);
    place.write("inventory/organization.json", json!({"OrganizationalUnits": units}).to_string());
    let error = refused(&place);
    assert!(error.contains("`OrganizationalUnits`: `ou-a` is below itself"), "{error}");
}

/// Unknown, not refused: only this document is lost.
#[test]
fn a_document_of_ten_megabytes_is_indeterminate() {
    let place = Place::new(&crate::place::details(&json!("x".repeat(10 << 20))));
    let ran = place.check(&[]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("the document has 10485760 bytes"), "{}", ran.out);
}
