//! The texts of one edition, as they are read from the shelf and as the table keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use stanchion_rules::rulebook::{MAX_BYTES, RulebookError};
use stanchion_rules::{Rulebook, lint_with};

use crate::edges::{Edition, Shelf, ShelfError};
use crate::work::SCHEMA_VERSION;

/// How many files a rulebook may name.
const MAX_FILES: usize = 100;

/// How large the texts may be as the table keeps them: an item of DynamoDB has at most 400 KB (DynamoDB
/// Developer Guide, "Quotas").
const MAX_PACKED: usize = 300 * 1024;

/// More than this is never unpacked.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;

/// A rulebook and the files that it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// What problems call the rulebook.
    pub file: String,
    /// The rulebook.
    pub text: String,
    /// The files, by the paths by which the rulebook names them.
    pub files: BTreeMap<String, String>,
}

/// Texts in the table.
#[derive(Serialize, Deserialize)]
struct Packed {
    schema: u32,
    /// [`Texts`] as JSON, compressed by gzip, in base64.
    gzip: String,
}

impl Texts {
    /// The rulebook, ready to be judged by.
    ///
    /// # Errors
    /// Everything that is wrong with it: texts that one version of the rules accepted another may not.
    pub fn rulebook(&self) -> Result<Rulebook, RulebookError> {
        let mut load = |name: &str| self.load(name);
        Rulebook::parse_with(&self.text, &self.file, &mut load)
    }

    /// What looks wrong in the rulebook though it can be read, a line each. This proves, for some seconds.
    pub fn doubts(&self) -> Vec<String> {
        let mut load = |name: &str| self.load(name);
        lint_with(&self.text, &self.file, &mut load, None).iter().map(ToString::to_string).collect()
    }

    fn load(&self, name: &str) -> Result<String, String> {
        self.files.get(name).cloned().ok_or_else(|| "it is not in the edition".to_owned())
    }

    /// The texts as the table keeps them.
    ///
    /// # Errors
    /// Why it cannot: they are too large.
    pub(super) fn pack(&self) -> Result<String, String> {
        let failed = |error: &dyn std::fmt::Display| format!("the rulebook cannot be compressed: {error}");
        let json = serde_json::to_vec(self).map_err(|error| failed(&error))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&json).map_err(|error| failed(&error))?;
        let gzip = STANDARD.encode(encoder.finish().map_err(|error| failed(&error))?);
        if gzip.len() > MAX_PACKED {
            return Err(format!(
                "the rulebook and the {} files that it names have {} KiB when compressed, and {} is the most: \
                 pack it with the functions instead",
                self.files.len(),
                gzip.len() / 1024,
                MAX_PACKED / 1024
            ));
        }
        serde_json::to_string(&Packed { schema: SCHEMA_VERSION, gzip }).map_err(|error| failed(&error))
    }

    /// The texts that the table keeps.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn unpack(text: &str) -> Result<Self, String> {
        let packed: Packed = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if packed.schema > SCHEMA_VERSION {
            return Err(format!("it is of schema {}, which is newer", packed.schema));
        }
        let gzip = STANDARD.decode(&packed.gzip).map_err(|error| error.to_string())?;
        let mut json = String::new();
        let read = GzDecoder::new(gzip.as_slice()).take(MAX_UNPACKED).read_to_string(&mut json);
        read.map_err(|error| error.to_string())?;
        serde_json::from_str(&json).map_err(|error| error.to_string())
    }
}

/// What an edition came to: its texts and the rulebook that they are, or what is wrong, a line each.
pub(super) type Gathered = Result<(Texts, Rulebook), Vec<String>>;

/// Reads an edition: the rulebook, what it names, what that names in turn, until nothing is missing.
///
/// # Errors
/// The shelf did not answer: nothing is known of the edition.
pub(super) async fn gather<S: Shelf>(shelf: &S, edition: &Edition) -> Result<Gathered, ShelfError> {
    let Edition { file, .. } = edition;
    let text = match fetch(shelf, edition, None).await? {
        Ok(text) => text,
        Err(why) => return Ok(Err(vec![format!("{file}: {why}")])),
    };
    let mut files: BTreeMap<String, Result<String, String>> = BTreeMap::new();
    loop {
        // The reader cannot wait for a file: it is told that there is none, and reads again once there is.
        let mut missing = BTreeSet::new();
        let read = {
            let mut load = |name: &str| {
                files.get(name).cloned().unwrap_or_else(|| {
                    missing.insert(name.to_owned());
                    Err("it is not read yet".to_owned())
                })
            };
            Rulebook::parse_with(&text, file, &mut load)
        };
        if missing.is_empty() {
            return Ok(match read {
                Ok(rulebook) => {
                    let files = files.into_iter().filter_map(|(name, text)| Some((name, text.ok()?)));
                    let files = files.collect();
                    Ok((Texts { file: file.clone(), text, files }, rulebook))
                }
                Err(error) => Err(error.problems().iter().map(ToString::to_string).collect()),
            });
        }
        if files.len() + missing.len() > MAX_FILES {
            return Ok(Err(vec![format!("{file}: it names more than {MAX_FILES} files")]));
        }
        for name in missing {
            let text = fetch(shelf, edition, Some(&name)).await?;
            files.insert(name, text);
        }
    }
}

/// A text, or why it is none.
async fn fetch<S: Shelf>(
    shelf: &S,
    edition: &Edition,
    name: Option<&str>,
) -> Result<Result<String, String>, ShelfError> {
    match shelf.text(edition, name).await {
        Ok(text) if text.len() > MAX_BYTES => Ok(Err("it is longer than 1 MiB".to_owned())),
        Ok(text) => Ok(Ok(text)),
        Err(ShelfError::Unusable(why)) => Ok(Err(why)),
        Err(error) => Err(error),
    }
}
