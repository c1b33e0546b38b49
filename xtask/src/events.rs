//! `cargo xtask events`: writes `docs/EVENTS.md` from the table of events. A test of
//! `stanchion-changes` holds the page equal to it.

use std::fs;

use stanchion_changes::table;

use crate::shell::{Workspace, say};

/// Writes the page.
pub(crate) fn run() -> Result<(), String> {
    let file = Workspace::read()?.root.join("docs/EVENTS.md");
    fs::write(&file, table::page()).map_err(|error| format!("{}: {error}", file.display()))?;
    say(&format!("wrote {}", file.display()));
    Ok(())
}
