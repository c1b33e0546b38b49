//! The rulebook: packed with the functions, or in the stack's bucket; and the last good one, which the table keeps.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};

use stanchion_aws::Bucket;
use stanchion_hub::edges::{Edition, Shelf, ShelfError};
use stanchion_hub::{Table, rulebook};
use stanchion_rules::Rulebook;

/// The longest rulebook, or file that one names, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Where editions of the rulebook come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A file beside the functions: its edition is what it says.
    Packed(PathBuf),
    /// An object of the bucket: its editions are its versions. Of the files that it names, the newest versions count when
    /// an edition is adopted; so they are put there before it.
    InBucket(Bucket, String),
}

impl Shelf for Source {
    async fn latest(&self) -> Result<Option<Edition>, ShelfError> {
        match self {
            Self::Packed(path) => {
                let file = path.display().to_string();
                let id = match read(path) {
                    Ok(rulebook) => rulebook.digest,
                    // Known by what is wrong with it.
                    Err(error) => {
                        let mut hash = DefaultHasher::new();
                        error.hash(&mut hash);
                        format!("{:016x}", hash.finish())
                    }
                };
                Ok(Some(Edition { id: format!("packed-{id}"), file }))
            }
            Self::InBucket(bucket, key) => {
                let newest = bucket.newest(key).await.map_err(ShelfError::Unavailable)?;
                Ok(newest.map(|id| Edition { id, file: key.clone() }))
            }
        }
    }

    async fn text(&self, edition: &Edition, file: Option<&str>) -> Result<String, ShelfError> {
        match (self, file) {
            (Self::Packed(path), None) => text(path).map_err(ShelfError::Unusable),
            (Self::Packed(path), Some(name)) => text(&beside(path, name)).map_err(ShelfError::Unusable),
            (Self::InBucket(bucket, key), file) => {
                let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
                let (key, version) = match file {
                    None => (key.clone(), Some(edition.id.as_str())),
                    Some(name) => (format!("{folder}/{name}"), None),
                };
                let text = bucket.text(&key, version).await.map_err(ShelfError::Unavailable)?;
                text.ok_or_else(|| ShelfError::Unusable(format!("{key}: there is no such object")))
            }
        }
    }
}

/// What to judge by, at the start: a rulebook that is packed and good; otherwise the last good one that the table keeps.
///
/// # Errors
/// What is wrong with the one that is packed, where there was never a good one.
pub(crate) async fn first<T: Table>(source: &Source, packed: &Path, table: &T) -> Result<Rulebook, String> {
    let own = read(packed);
    if matches!(source, Source::Packed(_)) && own.is_ok() {
        return own;
    }
    match adopted(table).await {
        Ok(Some(rulebook)) => {
            if let Err(error) = &own {
                tracing::error!(error, "the rulebook that is packed cannot be used: the last good one is");
            }
            Ok(rulebook)
        }
        Ok(None) => own,
        // What it was is not known: by another rulebook, what is open would be resolved.
        Err(error) => Err(error),
    }
}

/// The rulebook that is adopted, if any ever was.
///
/// # Errors
/// Those of the table; texts that this version cannot read.
pub(crate) async fn adopted<T: Table>(table: &T) -> Result<Option<Rulebook>, String> {
    let adopted = rulebook::adopted(table).await.map_err(|error| error.to_string())?;
    let Some(adopted) = adopted else { return Ok(None) };
    let texts = rulebook::texts(table, &adopted).await.map_err(|error| error.to_string())?;
    texts.rulebook().map(Some).map_err(|error| error.to_string())
}

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

fn beside(path: &Path, name: &str) -> PathBuf {
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
