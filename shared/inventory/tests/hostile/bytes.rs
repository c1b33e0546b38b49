//! Bytes that are no text, and text with more than text in it.

use stanchion_inventory::{Inventory, InventoryError};

use crate::common::{DETAILS, MEMBER};
use crate::refused;

#[test]
fn bytes_that_are_not_utf8_are_named_by_line_and_byte() {
    let mut bytes = b"{\n  \"UserDetailList\": \"".to_vec();
    bytes.extend([0xff, b'"', b'}']);
    let error = refused(bytes);
    assert!(error.to_string().ends_with(", line 2, byte 22: not UTF-8"), "{error}");
}

#[test]
fn utf16_is_refused_with_the_mend() {
    let bytes: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = refused(bytes);
    assert!(error.to_string().ends_with(", line 1, byte 1: not UTF-8"), "{error}");
    assert!(error.mend().contains("UTF-16"), "{}", error.mend());
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let marked = Inventory::from_parts(None, &[(MEMBER, &format!("\u{feff}{DETAILS}"))]).expect("read");
    assert_eq!(marked, Inventory::from_parts(None, &[(MEMBER, DETAILS)]).expect("read"));
}

#[test]
fn an_empty_file_is_no_account_without_principals() {
    for text in ["", "\u{feff}", " \n\t\r\n "] {
        let error = refused(text);
        assert!(matches!(error, InventoryError::Blank { .. }), "{error}");
    }
}

/// Only the first of it is read.
#[test]
fn white_space_without_end_is_a_blank_file() {
    let place = crate::place();
    let file = std::fs::File::create(crate::account_file(place.path())).expect("a file");
    let mut blanks = std::io::BufWriter::new(file);
    for _ in 0..16 {
        std::io::Write::write_all(&mut blanks, &[b' '; 1 << 20]).expect("written");
    }
    drop(blanks);
    let error = Inventory::load(place.path()).expect_err("blank");
    assert!(matches!(error, InventoryError::Blank { .. }), "{error}");
}

#[test]
fn a_nul_byte_is_no_json() {
    assert!(refused("{\0}").to_string().contains("line 1, column 2: key must be a string"));
}
