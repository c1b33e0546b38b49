//! Reading what the user names: files, standard input, a rulebook, an inventory. Errors name the
//! file, the place and the mend.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use miette::{Diagnostic, Report};
use stanchion_inventory::{Inventory, Principal};
use stanchion_rules::rulebook::MAX_BYTES;
use stanchion_rules::{Rulebook, packs};
use stanchion_trail::open;
use thiserror::Error;

use crate::mistake::Mistakes;
use crate::rulebook::Texts;

/// Something is wrong with the input; `help` says what to do.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(crate) struct InputError {
    message: String,
    #[help]
    help: Option<String>,
}

impl InputError {
    pub(crate) fn new(message: impl Into<String>, help: Option<String>) -> Self {
        Self { message: message.into(), help }
    }
}

/// Options of the verbs that hold a rulebook against an inventory.
#[derive(Args)]
pub(crate) struct Subjects {
    /// Directory with accounts/<12 digits>.json (what `aws iam get-account-authorization-details`
    /// prints) and organization.json
    #[arg(long, value_name = "DIR")]
    inventory: std::path::PathBuf,
    /// The rulebook, in YAML, or a pack, as `pack:baseline`
    #[arg(long, value_name = "FILE")]
    rulebook: std::path::PathBuf,
    /// The moment that policies compare dates with [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

impl Subjects {
    /// The inventory's directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.inventory
    }

    /// Reads both.
    pub(crate) fn read(&self) -> Result<(Inventory, Rulebook, Option<i128>), Report> {
        let rulebook = rulebook_of(&self.rulebook)?;
        let inventory = inventory(&self.inventory)?;
        let now = self.now.unwrap_or_else(Timestamp::now);
        Ok((inventory, rulebook, Some(now.as_nanosecond())))
    }
}

/// The moment of an evaluation, as ISO 8601 text.
pub(crate) fn moment(now: Option<i128>) -> String {
    let moment = now.and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).ok());
    moment.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Reads an inventory.
pub(crate) fn inventory(directory: &Path) -> Result<Inventory, Report> {
    Ok(Inventory::load(directory)
        .map_err(|error| InputError::new(error.to_string(), Some(error.mend().to_owned())))?)
}

/// A principal of an inventory, by what [`Inventory::find`] takes for its name.
pub(crate) fn principal<'i>(inventory: &'i Inventory, name: &str) -> Result<&'i Principal, Report> {
    Ok(inventory.find(name).map_err(|error| InputError::new(error.to_string(), Some(error.mend())))?)
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &Path) -> Result<String, Report> {
    decode(path, &bytes(path, u64::MAX)?)
}

/// The text of a rulebook's file, of standard input for `-`, or of a pack for `pack:` and its name. Of one that is too long, no more than shows that it is.
pub(crate) fn rulebook_text(path: &Path) -> Result<String, Report> {
    if let Some(name) = path.to_str().and_then(|path| path.strip_prefix("pack:")) {
        return packs::find(name).map(str::to_owned).ok_or_else(|| {
            let known: Vec<&str> = packs::PACKS.iter().map(|(name, _)| *name).collect();
            let help = format!("there are {}", known.join(", "));
            InputError::new(format!("there is no pack `{name}`"), Some(help)).into()
        });
    }
    let bytes = bytes(path, MAX_BYTES as u64 + 1)?;
    if bytes.len() > MAX_BYTES {
        // It may be cut within a character.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    decode(path, &bytes)
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Report> {
    let open = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if path == Path::new("-") {
            io::stdin().lock().take(most).read_to_end(&mut bytes)?;
        } else {
            File::open(path)?.take(most).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    open().map_err(|error| {
        let help = (error.kind() == io::ErrorKind::IsADirectory).then(|| "name a file in it".to_owned());
        InputError::new(format!("{}: {error}", path.display()), help).into()
    })
}

fn decode(path: &Path, bytes: &[u8]) -> Result<String, Report> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let message = format!("{}:{line}: not text in UTF-8", path.display());
        InputError::new(message, Some("save the file as UTF-8".to_owned()))
    })?;
    // Some editors begin a file with a byte order mark, which no parser expects.
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

/// The bytes of a file, inflated if it is gzip, or of standard input for `-`.
pub(crate) fn stream(path: &Path) -> Result<Box<dyn Read>, Report> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    open(path).map_err(|error| {
        let is_directory = error.source.kind() == io::ErrorKind::IsADirectory;
        let help = is_directory.then(|| "name the files in it, or use `stanchion replay`".to_owned());
        InputError::new(error.to_string(), help).into()
    })
}

/// Reads a rulebook's file, and the files that it names.
pub(crate) fn rulebook_of(path: &Path) -> Result<Rulebook, Report> {
    rulebook(&rulebook_text(path)?, &path.display().to_string(), path.parent())
}

/// As [`rulebook_of`], to look at the rulebook: a pack's settings have the values of their examples.
pub(crate) fn rulebook_alone(path: &Path) -> Result<Rulebook, Report> {
    read(&rulebook_text(path)?, &path.display().to_string(), path.parent(), true)
}

/// Reads a rulebook. `file` is what errors call it; the files that it names are looked up beside it.
pub(crate) fn rulebook(text: &str, file: &str, beside: Option<&Path>) -> Result<Rulebook, Report> {
    read(text, file, beside, false)
}

fn read(text: &str, file: &str, beside: Option<&Path>, alone: bool) -> Result<Rulebook, Report> {
    let mut texts = Texts::new(text);
    let mut load = |path: &str| beside_rulebook(beside, path).inspect(|text| texts.add(beside, path, text));
    let read = match alone {
        true => Rulebook::parse_alone(text, file, &mut load),
        false => Rulebook::parse_with(text, file, &mut load),
    };
    read.map_err(|error| Mistakes::new(error.problems(), &texts).into())
}

/// The text of a file that a rulebook names. Of one that is too long for a policy, no more than shows
/// that it is.
pub(crate) fn beside_rulebook(beside: Option<&Path>, path: &str) -> Result<String, String> {
    let path = beside.unwrap_or(Path::new("")).join(path);
    let mut text = String::new();
    File::open(&path)
        .and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    if text.len() > MAX_BYTES { Err("it is longer than any policy".to_owned()) } else { Ok(text) }
}
