//! Files that are something else.

use std::fs;
use std::path::Path;

use stanchion_inventory::Inventory;

use crate::{account_file, place};

fn error(place: &Path) -> String {
    Inventory::load(place).expect_err("it should be refused").to_string()
}

#[test]
fn a_directory_in_the_place_of_a_file_is_named() {
    for name in ["organization.json", "identity-center.json", "accounts/444455556666.json"] {
        let place = place();
        let path = place.path().join(name);
        let _ = fs::remove_file(&path);
        fs::create_dir(&path).expect("a directory");
        let error = error(place.path());
        assert!(error.contains(&format!("{name}`: ")), "{error}");
    }
}

#[test]
fn a_file_in_the_place_of_the_directory_is_named() {
    let place = place();
    fs::remove_dir_all(place.path().join("accounts")).expect("removed");
    fs::write(place.path().join("accounts"), "{}").expect("a file");
    assert!(error(place.path()).contains("accounts`: "), "{}", error(place.path()));
}

#[cfg(unix)]
#[test]
fn links_that_lead_to_themselves_are_named() {
    for name in ["organization.json", "identity-center.json", "accounts/444455556666.json"] {
        let place = place();
        let path = place.path().join(name);
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(&path, &path).expect("a link");
        assert!(error(place.path()).contains(&format!("{name}`: ")), "{}", error(place.path()));
    }
    let place = place();
    let accounts = place.path().join("accounts");
    fs::remove_dir_all(&accounts).expect("removed");
    std::os::unix::fs::symlink(&accounts, &accounts).expect("a link");
    assert!(error(place.path()).contains("accounts`: "), "{}", error(place.path()));
}

/// An organization that is taken for missing leaves the accounts without their SCPs.
#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_no_missing_files() {
    for name in ["organization.json", "identity-center.json", "accounts"] {
        let place = place();
        let path = place.path().join(name);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        std::os::unix::fs::symlink("nowhere", &path).expect("a link");
        assert!(error(place.path()).contains(&format!("{name}`: ")), "{}", error(place.path()));
    }
}

#[test]
fn an_account_file_that_is_a_list_of_something_else_or_a_number_is_refused() {
    for (text, told) in [
        ("7", "line 1, column 1: invalid type: integer `7`, expected an object, or a list of objects"),
        ("[7]", "column 2: invalid type: integer `7`, expected an object"),
        ("[[]]", "invalid type: sequence, expected an object"),
        ("\"x\"", "invalid type: string \"x\", expected an object"),
        ("null", "invalid type: null, expected an object"),
        ("{} 7", "invalid type: integer `7`"),
    ] {
        let place = place();
        fs::write(account_file(place.path()), text).expect("a file");
        let error = error(place.path());
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn an_organization_is_one_object() {
    for (text, told) in [
        ("[]", "invalid type: sequence, expected an object"),
        ("7", "invalid type: integer `7`, expected an object"),
        ("{} {}", "column 4: trailing characters"),
    ] {
        let error = crate::organization_refused(text);
        assert!(error.contains(told), "{text}: {error}");
    }
}

/// A list without a page says nothing of the account, which is not that it is empty.
#[test]
fn a_list_without_pages_leaves_everything_unknown() {
    let inventory = Inventory::from_parts(None, &[("111122223333", "[]")]).expect("read");
    assert!(!inventory.account("111122223333").expect("the account").is_complete());
    assert_eq!(inventory.gaps().len(), 4);
}
