//! A text that is read seldom: kept in memory, and in notes for the next function.
//!
//! The head is one small note that says which generation is the last; whoever has that generation in memory
//! reads nothing more. A new generation is written only over the head that its writer began with, so that
//! nobody writes what he read before another one wrote. The text lies beside it in chunks, compressed, under
//! a name made of its digest: there are at most 256 such names, so that old texts need not be swept up, and
//! a text that was written over by chance does not fit its digest and is read anew from AWS.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_types::base64;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stanchion_hub::edges::Known;
use stanchion_hub::{CloudError, Millis, TableError};

use crate::notes::Notes;

/// The version of the notes of this module.
const SCHEMA: u32 = 1;

/// The longest text of a note, in bytes: with its name less than a row of DynamoDB takes.
const CHUNK: usize = 350 * 1000;

/// The longest text that is inflated, in bytes.
const LONGEST: u64 = 1 << 28;

/// A text by this name, as last seen.
pub(crate) struct Kept {
    name: &'static str,
    memory: Mutex<Option<(Head, Arc<str>)>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    schema: u32,
    pub(crate) generation: u64,
    /// When it was last read as a whole.
    pub(crate) read: Millis,
    /// SHA-256 of the text.
    digest: String,
    chunks: usize,
}

/// What is kept, to begin a new generation with.
#[derive(Clone)]
pub(crate) struct Last {
    /// The note of the head, as it was read.
    was: Option<String>,
    /// The last generation; `None`: there is none, or it cannot be read.
    pub(crate) text: Option<(Head, Arc<str>)>,
}

impl Last {
    pub(crate) fn known(&self) -> Option<Known> {
        let (head, text) = self.text.as_ref()?;
        Some(Known { generation: head.generation, text: Arc::clone(text) })
    }
}

impl Kept {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, memory: Mutex::new(None) }
    }

    /// The last generation.
    pub(crate) async fn last(&self, notes: &impl Notes) -> Result<Last, CloudError> {
        let was = notes.read(self.name).await.map_err(fault)?;
        let Some(head) = was.as_deref().and_then(|note| serde_json::from_str::<Head>(note).ok()) else {
            return Ok(Last { was, text: None });
        };
        let in_memory = self.lock().clone().filter(|(known, _)| known.digest == head.digest);
        let text = match in_memory {
            Some((_, text)) => Some(text),
            None if head.schema == SCHEMA => read_text(notes, self.name, &head).await?,
            None => None,
        };
        let text = text.map(|text| (head, text));
        if let Some(last) = &text {
            *self.lock() = Some(last.clone());
        }
        Ok(Last { was, text })
    }

    /// Writes a new generation over the last one; a text that is the same stays the same generation.
    /// `false`: somebody else wrote in between, and nothing is written.
    pub(crate) async fn write(
        &self,
        notes: &impl Notes,
        last: &Last,
        text: &str,
        read: Option<Millis>,
    ) -> Result<bool, CloudError> {
        let digest = hex(&Sha256::digest(text));
        let before = last.text.as_ref().map(|(head, _)| head);
        let same = before.filter(|head| head.digest == digest);
        // A head that cannot be read may have been of any generation: time is later than all of them.
        let generation = match before {
            Some(head) if same.is_some() => head.generation,
            Some(head) => head.generation + 1,
            None => u64::try_from(read.unwrap_or_default()).unwrap_or_default(),
        };
        let read = read.or_else(|| before.map(|head| head.read)).unwrap_or_default();
        let packed = pack(text)?;
        let chunks = packed.as_bytes().chunks(CHUNK).count();
        let head = Head { schema: SCHEMA, generation, read, digest, chunks };
        if before == Some(&head) {
            return Ok(true);
        }
        if same.is_none() {
            for (index, chunk) in packed.as_bytes().chunks(CHUNK).enumerate() {
                let name = chunk_name(self.name, &head, index);
                write_over(notes, &name, &String::from_utf8_lossy(chunk)).await?;
            }
        }
        let note = serde_json::to_string(&head).map_err(|error| CloudError::Unreadable(error.to_string()))?;
        let written = notes.write(self.name, last.was.as_deref(), &note).await.map_err(fault)?;
        if written {
            *self.lock() = Some((head, text.into()));
        }
        Ok(written)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Head, Arc<str>)>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text of a head; `None`: it is not there, or is another one.
async fn read_text(notes: &impl Notes, name: &str, head: &Head) -> Result<Option<Arc<str>>, CloudError> {
    let mut packed = String::new();
    for index in 0..head.chunks {
        match notes.read(&chunk_name(name, head, index)).await.map_err(fault)? {
            Some(chunk) => packed.push_str(&chunk),
            None => return Ok(None),
        }
    }
    Ok(unpack(&packed).filter(|text| hex(&Sha256::digest(text)) == head.digest).map(Into::into))
}

/// Writes a note whatever it was.
async fn write_over(notes: &impl Notes, name: &str, text: &str) -> Result<(), CloudError> {
    let was = notes.read(name).await.map_err(fault)?;
    if was.as_deref() == Some(text) || notes.write(name, was.as_deref(), text).await.map_err(fault)? {
        return Ok(());
    }
    Err(CloudError::Transient(format!("somebody else writes the note `{name}`")))
}

fn chunk_name(name: &str, head: &Head, index: usize) -> String {
    let slot = head.digest.get(..2).unwrap_or_default();
    format!("{name}/{slot}/{index}")
}

fn pack(text: &str) -> Result<String, CloudError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    Ok(base64::encode(packed.map_err(|error| CloudError::Unreadable(error.to_string()))?))
}

fn unpack(packed: &str) -> Option<String> {
    let packed = base64::decode(packed).ok()?;
    let mut text = String::new();
    ZlibDecoder::new(packed.as_slice()).take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An error of the notes. Both kinds of the table's errors may be tried again.
fn fault(error: TableError) -> CloudError {
    CloudError::Transient(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::NotesInMemory;

    #[tokio::test]
    async fn another_function_finds_what_one_wrote() {
        let notes = NotesInMemory::default();
        // Longer than a chunk even when it is compressed.
        let text: String = (0..200_000_u32).map(|n| hex(&Sha256::digest(n.to_le_bytes())[..4])).collect();
        let writer = Kept::new("organization");
        let nothing = writer.last(&notes).await.expect("nothing");
        assert!(writer.write(&notes, &nothing, &text, Some(1)).await.expect("written"));

        let last = Kept::new("organization").last(&notes).await.expect("read");
        let (head, found) = last.text.expect("a text");
        assert!(head.chunks > 1, "{}", head.chunks);
        assert_eq!((head.read, &*found), (1, text.as_str()));
    }

    #[tokio::test]
    async fn nobody_writes_over_what_he_has_not_seen() {
        let notes = NotesInMemory::default();
        let (one, other) = (Kept::new("organization"), Kept::new("organization"));
        let (seen, also_seen) =
            (one.last(&notes).await.expect("one"), other.last(&notes).await.expect("two"));
        assert!(one.write(&notes, &seen, "first", Some(1)).await.expect("written"));
        assert!(!other.write(&notes, &also_seen, "second", Some(1)).await.expect("refused"));

        let last = other.last(&notes).await.expect("read");
        let first = last.known().expect("a text");
        assert_eq!(&*first.text, "first");
        assert!(other.write(&notes, &last, "second", None).await.expect("written"));
        let second = one.last(&notes).await.expect("read").known().expect("a text");
        assert_eq!((second.generation, &*second.text), (first.generation + 1, "second"));
    }

    #[tokio::test]
    async fn the_same_text_is_the_same_generation() {
        let notes = NotesInMemory::default();
        let kept = Kept::new("organization");
        let nothing = kept.last(&notes).await.expect("nothing");
        kept.write(&notes, &nothing, "text", Some(7)).await.expect("written");
        let last = kept.last(&notes).await.expect("read");
        assert!(kept.write(&notes, &last, "text", Some(9)).await.expect("written"));
        let (head, _) = kept.last(&notes).await.expect("read").text.expect("a text");
        assert_eq!((head.generation, head.read), (7, 9));
    }

    /// A chunk that another text was written over: nothing is better than half of each.
    #[tokio::test]
    async fn a_text_that_does_not_fit_its_digest_is_none() {
        let notes = NotesInMemory::default();
        let kept = Kept::new("organization");
        let nothing = kept.last(&notes).await.expect("nothing");
        kept.write(&notes, &nothing, "text", Some(1)).await.expect("written");
        let (head, _) = kept.last(&notes).await.expect("read").text.expect("a text");
        let name = chunk_name("organization", &head, 0);
        write_over(&notes, &name, &pack("another").expect("packed")).await.expect("spoilt");

        let last = Kept::new("organization").last(&notes).await.expect("read");
        assert!(last.text.is_none());
    }
}
