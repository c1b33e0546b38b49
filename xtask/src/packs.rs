//! `cargo xtask packs`: writes `rulebooks/versions.txt`, which holds each pack's text to its version.

use std::fs;

use stanchion_rules::packs::{PACKS, versions};

use crate::shell::{Workspace, say};

/// Writes the versions; refuses where a pack is not what its version was.
pub(crate) fn run() -> Result<(), String> {
    let file = Workspace::read()?.root.join("rulebooks/versions.txt");
    let recorded = fs::read_to_string(&file).unwrap_or_default();
    fs::write(&file, versions(PACKS, &recorded)?).map_err(|error| format!("{}: {error}", file.display()))?;
    say(&format!("wrote {}", file.display()));
    Ok(())
}
