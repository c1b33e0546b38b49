//! `docs/EVENTS.md` is the table.

use std::fs;
use std::path::Path;

use stanchion_changes::table::{SERVICES, page};

#[test]
fn the_page_is_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/EVENTS.md");
    let written = fs::read_to_string(file).expect("docs/EVENTS.md");
    assert!(written == page(), "docs/EVENTS.md is not the table: run `cargo xtask events`");
}

#[test]
fn every_event_is_on_the_page() {
    let page = page();
    for service in SERVICES {
        assert!(page.contains(&format!("`{}`", service.source)), "{}", service.source);
        for row in service.rows {
            assert!(page.contains(&format!("`{}`", row.name)), "{}", row.name);
        }
    }
}
