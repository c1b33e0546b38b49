//! Files -> the events in them that matter, read by several threads, given in the order of the files.

use std::num::NonZero;
use std::ops::AddAssign;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use stanchion_changes::{EventReader, EventsError, Glance, RawEvent};

use crate::file::open;
use crate::find::LogFile;

/// How many files a thread may be ahead of the one that is taken next.
const AHEAD: usize = 2;

/// What was in a file, or in several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events of any kind.
    pub records: u64,
    /// Those of services that are not watched.
    pub unwatched: u64,
    /// Calls of watched services that failed.
    pub failed: u64,
    /// Calls of watched services that only read.
    pub read_only: u64,
    /// Those that change nothing by their parameters.
    pub idle: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.unwatched += other.unwatched;
        self.failed += other.failed;
        self.read_only += other.read_only;
        self.idle += other.idle;
    }
}

/// One file that has been read.
#[derive(Debug)]
pub struct Scanned<T> {
    /// How many events there were, up to the mistake if there is one.
    pub counts: Counts,
    /// What was made of the events that have to be looked at, in the file's order.
    pub events: Vec<T>,
    /// Why the rest of the file could not be read.
    pub mistake: Option<ScanError>,
}

/// Why a file cannot be read to its end.
pub type ScanError = Box<dyn std::error::Error + Send + Sync>;

/// Reads files on some threads: `look` says what is kept of an event that has to be looked at, and
/// `take` gets what was in each file, in the order of the list, until it breaks off. The result does
/// not depend on the number of threads, and only a few files are read ahead.
///
/// # Errors
/// Those of `take`.
pub fn scan<T: Send, E>(
    files: &[LogFile],
    threads: NonZero<usize>,
    look: impl Fn(&RawEvent) -> Result<T, &'static str> + Sync,
    mut take: impl FnMut(&LogFile, Scanned<T>) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.get().min(files.len()).max(1);
    let look = &look;
    thread::scope(|scope| {
        let reader = |first: usize| -> Receiver<Scanned<T>> {
            let (sender, receiver) = sync_channel(AHEAD);
            scope.spawn(move || send(files.iter().skip(first).step_by(threads), look, &sender));
            receiver
        };
        // The threads take turns, so that whose turn it is says which file comes next.
        let receivers: Vec<_> = (0..threads).map(reader).collect();
        for (file, receiver) in files.iter().zip(receivers.iter().cycle()) {
            // A thread that is gone has panicked, which the scope passes on.
            let Ok(scanned) = receiver.recv() else { break };
            take(file, scanned)?;
        }
        Ok(())
    })
}

fn send<'f, T>(
    files: impl Iterator<Item = &'f LogFile>,
    look: &impl Fn(&RawEvent) -> Result<T, &'static str>,
    sender: &SyncSender<Scanned<T>>,
) {
    for file in files {
        // Nobody wants to know any more.
        if sender.send(read(file, look)).is_err() {
            return;
        }
    }
}

fn read<T>(file: &LogFile, look: &impl Fn(&RawEvent) -> Result<T, &'static str>) -> Scanned<T> {
    let mut scanned = Scanned { counts: Counts::default(), events: Vec::new(), mistake: None };
    scanned.mistake = read_into(file, look, &mut scanned).err();
    scanned
}

fn read_into<T>(
    file: &LogFile,
    look: &impl Fn(&RawEvent) -> Result<T, &'static str>,
    scanned: &mut Scanned<T>,
) -> Result<(), ScanError> {
    let place = file.path.display().to_string();
    let input = open(&file.path)?;
    let mut reader = EventReader::new(input, place.as_str());
    while let Some(unread) = reader.next_event()? {
        scanned.counts.records += 1;
        match unread.glance() {
            Glance::Unwatched => scanned.counts.unwatched += 1,
            Glance::Failed => scanned.counts.failed += 1,
            Glance::ReadOnly => scanned.counts.read_only += 1,
            Glance::Idle => scanned.counts.idle += 1,
            Glance::Look => {
                let kept = look(&unread.read()?);
                let shape =
                    |message| EventsError::Shape { place: place.clone(), number: unread.number(), message };
                scanned.events.push(kept.map_err(shape)?);
            }
        }
    }
    Ok(())
}
