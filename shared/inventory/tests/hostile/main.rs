//! Files that are broken, or made to break the reader: each gives an error that names the place and
//! the mend, or something that is reported as unknown; never a panic, never a wrong inventory.

#[path = "../common/mod.rs"]
mod common;

mod bytes;
mod documents;
mod files;
mod json;
mod mutants;
mod names;
mod numbers;
mod repeated;
mod tree;

use std::fs;
use std::path::Path;

use stanchion_inventory::{Inventory, InventoryError};
use tempfile::TempDir;

use common::{DETAILS, MEMBER, ORGANIZATION};

/// A directory with an organization and one account.
fn place() -> TempDir {
    let place = TempDir::new().expect("a temporary directory");
    fs::create_dir(place.path().join("accounts")).expect("a directory");
    fs::write(place.path().join("organization.json"), ORGANIZATION).expect("a file");
    fs::write(account_file(place.path()), DETAILS).expect("a file");
    assert!(Inventory::load(place.path()).is_ok(), "the fixture is read");
    place
}

fn account_file(place: &Path) -> std::path::PathBuf {
    place.join("accounts").join(format!("{MEMBER}.json"))
}

/// Why the directory with this account file is refused.
#[track_caller]
fn refused(bytes: impl AsRef<[u8]>) -> InventoryError {
    let place = place();
    fs::write(account_file(place.path()), bytes).expect("a file");
    let error = Inventory::load(place.path()).expect_err("it should be refused");
    assert!(error.to_string().contains(&format!("{MEMBER}.json`")), "{error}");
    assert!(error.to_string().chars().count() < 1000, "a message that can be read: {error}");
    assert!(!error.mend().is_empty());
    error
}

/// Why an organization of this text is refused.
#[track_caller]
fn organization_refused(text: &str) -> String {
    let error = Inventory::from_parts(Some(text), &[]).expect_err("it should be refused");
    assert!(error.to_string().starts_with("`organization`"), "{error}");
    error.to_string()
}
