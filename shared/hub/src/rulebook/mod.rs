//! The rulebook by edition: the newest that is good is adopted, and kept until there is another.
//!
//! Two kinds of notes in the table: a small one that says which edition is adopted, and which newer one was
//! refused and why; and the texts of each adopted edition, by the rulebook's digest. The texts are written
//! first, so that what is adopted can always be read.

mod texts;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stanchion_pipeline::suppress;

pub use texts::Texts;

use crate::edges::{Sent, Shelf, Table, TableError, Topic};
use crate::hub::Fault;
use crate::note::{self, unreadable};
use crate::work::{Millis, SCHEMA_VERSION};
use texts::gather;

/// The note that says which edition is adopted.
const NAME: &str = "rulebook";

/// How many reasons of a refusal are kept, and how long each may be, in characters.
const REASONS: (usize, usize) = (20, 500);

/// The edition that is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// The edition's id.
    pub edition: String,
    /// The rulebook's digest when it was adopted. Whoever judges by another one reads [`texts`] again.
    pub digest: String,
    /// When it was adopted.
    pub at: Millis,
}

/// An edition that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The edition's id.
    pub edition: String,
    /// What is wrong with it, a line each.
    pub reasons: Vec<String>,
    /// When that was first seen.
    pub at: Millis,
    /// Whether the message of it is out.
    pub told: bool,
}

impl Refused {
    /// The id of its message: the same edition refused for the same reasons is the same message.
    pub(crate) fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in std::iter::once(&self.edition).chain(&self.reasons) {
            hash.update(Sha256::digest(part));
        }
        let digest = hash.finalize();
        format!("rulebook-{}", digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

/// What came of looking for a new edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// There is no edition on the shelf.
    Nothing,
    /// The newest one is adopted already.
    Unchanged,
    /// The newest one was adopted.
    Adopted {
        /// What is adopted now.
        adopted: Adopted,
        /// What looks wrong in it, a line each.
        doubts: Vec<String>,
    },
    /// The newest one cannot be used: what was adopted before stays.
    Refused(Refused),
    /// The shelf did not answer, for this reason: what was adopted before stays.
    Unavailable(String),
    /// Another call was quicker: the next one sees what it did.
    Overtaken,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    schema: u32,
    adopted: Option<Adopted>,
    refused: Option<Refused>,
}

impl State {
    async fn read<T: Table>(table: &T) -> Result<(Self, Option<String>), TableError> {
        let note = table.note(NAME).await?;
        let state = note::read(NAME, note.as_deref())?;
        Ok((state, note))
    }

    /// Writes it, if the note is still the one that was read.
    async fn write<T: Table>(&self, table: &T, was: Option<&str>) -> Result<bool, TableError> {
        let state = Self { schema: SCHEMA_VERSION, ..self.clone() };
        let text = note::write(NAME, &state)?;
        table.set_note(NAME, was, &text).await
    }
}

fn texts_name(digest: &str) -> String {
    format!("{NAME}/{digest}")
}

/// Adopts the newest edition, if it is another than the one that is adopted, and good. One that is not good
/// is looked at again at the next call, since the program that refused it may be replaced by a newer one.
///
/// # Errors
/// Those of the table. A note that a newer version wrote is [`Fault::Poison`].
pub async fn adopt<T: Table, S: Shelf>(table: &T, shelf: &S, now: Millis) -> Result<Adoption, Fault> {
    let (state, was) = State::read(table).await?;
    let edition = match shelf.latest().await {
        Ok(Some(edition)) => edition,
        Ok(None) => return Ok(Adoption::Nothing),
        Err(error) => return Ok(Adoption::Unavailable(error.to_string())),
    };
    if state.adopted.as_ref().is_some_and(|adopted| adopted.edition == edition.id) {
        // A newer one that was refused has been taken away.
        let settled = State { refused: None, ..state.clone() };
        if settled != state && !settled.write(table, was.as_deref()).await? {
            return Ok(Adoption::Overtaken);
        }
        return Ok(Adoption::Unchanged);
    }
    let good = match gather(shelf, &edition).await {
        Ok(Ok((texts, rulebook))) => match texts.pack() {
            Ok(packed) => Ok((texts, rulebook, packed)),
            Err(why) => Err(vec![format!("{}: {why}", edition.file)]),
        },
        Ok(Err(reasons)) => Err(reasons),
        Err(error) => return Ok(Adoption::Unavailable(error.to_string())),
    };
    let (texts, rulebook, packed) = match good {
        Ok(good) => good,
        Err(reasons) => return refuse(table, state, was.as_deref(), &edition.id, reasons, now).await,
    };
    let name = texts_name(&rulebook.digest);
    if table.note(&name).await?.is_none() {
        // Whoever is quicker writes the same texts.
        table.set_note(&name, None, &packed).await?;
    }
    let adopted = Adopted { edition: edition.id, digest: rulebook.digest.clone(), at: now };
    let next = State { adopted: Some(adopted.clone()), refused: None, ..state };
    if !next.write(table, was.as_deref()).await? {
        return Ok(Adoption::Overtaken);
    }
    let mut doubts = texts.doubts();
    let suppressions = suppress::doubts(&rulebook, None, Some(i128::from(now) * 1_000_000));
    doubts.extend(suppressions.iter().map(ToString::to_string));
    Ok(Adoption::Adopted { adopted, doubts })
}

async fn refuse<T: Table>(
    table: &T,
    state: State,
    was: Option<&str>,
    edition: &str,
    reasons: Vec<String>,
    now: Millis,
) -> Result<Adoption, Fault> {
    let (most, length) = REASONS;
    let more = reasons.len().saturating_sub(most);
    let mut reasons: Vec<String> =
        reasons.into_iter().take(most).map(|reason| reason.chars().take(length).collect()).collect();
    if more > 0 {
        reasons.push(format!("and {more} more"));
    }
    let refused = match &state.refused {
        Some(known) if known.edition == edition && known.reasons == reasons => known.clone(),
        _ => Refused { edition: edition.to_owned(), reasons, at: now, told: false },
    };
    let next = State { refused: Some(refused.clone()), ..state.clone() };
    if next != state && !next.write(table, was).await? {
        return Ok(Adoption::Overtaken);
    }
    Ok(Adoption::Refused(refused))
}

/// The edition that is adopted; `None`: none ever was. One small read: ask as often as once a minute.
///
/// # Errors
/// Those of the table.
pub async fn adopted<T: Table>(table: &T) -> Result<Option<Adopted>, TableError> {
    Ok(State::read(table).await?.0.adopted)
}

/// The texts of the edition that is adopted.
///
/// # Errors
/// Those of the table; texts that are not there are unreadable.
pub async fn texts<T: Table>(table: &T, adopted: &Adopted) -> Result<Texts, TableError> {
    let name = texts_name(&adopted.digest);
    let note = table.note(&name).await?;
    let note = note.ok_or_else(|| unreadable(&name, &"it is not there"))?;
    Texts::unpack(&note).map_err(|why| unreadable(&name, &why))
}

/// How the rulebook stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// When the current edition was adopted, if it is of a shelf.
    pub(crate) adopted_at: Option<Millis>,
    /// Whether the newest edition is refused.
    pub(crate) refused: bool,
    /// Why its message is not out yet.
    pub(crate) untold: Option<String>,
}

/// Tells of an edition that was refused, unless it has been told.
///
/// # Errors
/// Those of the table; the message may be told again then, under the same id.
pub(crate) async fn tell<T: Table, P: Topic>(table: &T, topic: &P) -> Result<Standing, TableError> {
    let (state, was) = State::read(table).await?;
    let adopted_at = state.adopted.as_ref().map(|adopted| adopted.at);
    let Some(refused) = &state.refused else {
        return Ok(Standing { adopted_at, refused: false, untold: None });
    };
    if refused.told {
        return Ok(Standing { adopted_at, refused: true, untold: None });
    }
    let untold = match topic.publish(&[Sent::RulebookRefused(refused)]).await.pop() {
        Some(Ok(())) => {
            let told = Refused { told: true, ..refused.clone() };
            // If another edition came in between, that one is told by the next call.
            State { refused: Some(told), ..state.clone() }.write(table, was.as_deref()).await?;
            None
        }
        Some(Err(error)) => Some(error.to_string()),
        None => Some("the topic did not answer".to_owned()),
    };
    Ok(Standing { adopted_at, refused: true, untold })
}
