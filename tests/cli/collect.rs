//! `collect`, as far as it goes without AWS. What it reads and writes is tested in `shared/aws`.

use crate::place::{repository, stanchion_in};

#[test]
fn a_wrong_account_is_named_before_anybody_is_asked() {
    let ran =
        stanchion_in(&repository(), &["collect", "--out", "nowhere", "--accounts", "111122223333,12"], "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`12` is not an account's id"), "{}", ran.err);
    assert!(!repository().join("nowhere").exists());
}

/// One without a role to assume goes nowhere.
#[test]
fn an_external_id_needs_a_role() {
    let ran = stanchion_in(&repository(), &["collect", "--out", "nowhere", "--external-id", "x"], "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--role"), "{}", ran.err);
}
