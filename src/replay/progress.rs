//! One line on a terminal that says how far a replay is; nothing where nobody looks.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How often the line is written.
const PAUSE: Duration = Duration::from_millis(200);

/// How far it is.
pub(super) struct Progress {
    shown: bool,
    files: usize,
    done: usize,
    start: Instant,
    last: Option<Instant>,
}

impl Progress {
    pub(super) fn new(files: usize) -> Self {
        Self { shown: stderr().is_terminal(), files, done: 0, start: Instant::now(), last: None }
    }

    /// One more file is done.
    pub(super) fn file(&mut self, records: u64, relevant: u64, at: Option<&str>) {
        self.done += 1;
        if !self.shown || self.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        self.last = Some(Instant::now());
        let rate = records as f64 / self.start.elapsed().as_secs_f64().max(0.001);
        // The time is from a file: only what times are made of goes to the terminal.
        let at: String = at.unwrap_or("-").chars().filter(|c| c.is_ascii_graphic()).take(30).collect();
        let line = format!(
            "{}/{} files, {records} records, {relevant} relevant, at {at}, {rate:.0} records/s",
            self.done, self.files
        );
        // What cannot be shown is no reason to stop.
        let _ = write!(stderr(), "\r\x1b[2K{line}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            let _ = write!(stderr(), "\r\x1b[2K");
        }
    }
}
