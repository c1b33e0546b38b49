//! The rulebook that is packed with the function.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use stanchion_rules::Rulebook;

/// The longest rulebook, or file that one names, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a rulebook; the files that it names are beside it.
///
/// # Errors
/// Everything that is wrong with it, a line each.
pub(crate) fn read(path: &Path) -> Result<Rulebook, String> {
    let file = path.display().to_string();
    let text = text(path).map_err(|error| format!("{file}: {error}"))?;
    let mut load = |name: &str| self::text(&beside(path, name));
    Rulebook::parse_with(&text, &file, &mut load).map_err(|error| error.to_string())
}

/// What looks wrong in a rulebook that can be read, a line each.
pub(crate) fn doubts(path: &Path) -> Vec<String> {
    let Ok(text) = text(path) else { return Vec::new() };
    let file = path.display().to_string();
    let mut load = |name: &str| self::text(&beside(path, name));
    let problems = stanchion_rules::lint_with(&text, &file, &mut load, None);
    problems.iter().map(ToString::to_string).collect()
}

fn beside(path: &Path, name: &str) -> std::path::PathBuf {
    path.parent().unwrap_or(Path::new("")).join(name)
}

fn text(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_BYTES { Err("it is longer than 1 MiB".to_owned()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_are_read() {
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rulebooks");
        assert!(read(&packs.join("baseline.yaml")).is_ok());
    }

    #[test]
    fn a_rulebook_that_is_not_there_is_named() {
        let error = read(Path::new("no/such.yaml")).expect_err("missing");
        assert!(error.starts_with("no/such.yaml: "), "{error}");
    }
}
