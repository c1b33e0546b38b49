//! A window on a stream of bytes that knows which line and column it is at.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

/// How much is read at once.
const CHUNK: usize = 1 << 18;

/// The bytes of a stream that are not done with.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// What is before is done with.
    start: usize,
    filled: usize,
    /// Of `bytes[0]`: its line, from 1, and how far into the line it is.
    line: usize,
    column: usize,
    ended: bool,
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; CHUNK], start: 0, filled: 0, line: 1, column: 0, ended: false }
    }

    /// What has been read and is not done with.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.start..self.filled]
    }

    /// Is done with so many bytes of the rest.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// Whether nothing more is to come.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Reads on.
    pub(super) fn fill(&mut self, input: &mut impl Read) -> io::Result<()> {
        if self.start > 0 {
            (self.line, self.column) = self.place(0, self.start);
            self.bytes.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
        }
        if self.filled == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        let read = loop {
            match input.read(&mut self.bytes[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        self.ended = read == 0;
        Ok(())
    }

    /// The line and column, both from 1, of a byte of the rest.
    pub(super) fn place_of(&self, offset: usize) -> (usize, usize) {
        let (line, column) = self.place(0, (self.start + offset).min(self.filled));
        (line, column + 1)
    }

    fn place(&self, from: usize, to: usize) -> (usize, usize) {
        let passed = &self.bytes[from..to];
        match memrchr(b'\n', passed) {
            None => (self.line, self.column + passed.len()),
            Some(last) => (self.line + memchr_iter(b'\n', passed).count(), passed.len() - last - 1),
        }
    }
}
