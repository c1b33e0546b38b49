//! Where text for people goes: standard output and standard error, with our own styles, and with
//! everything else escaped. What is written here cannot steer a terminal, whoever wrote it first.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};
use std::mem;

use anstream::AutoStream;
use anstyle::AnsiColor;

use super::escape::{escaped, steers};

thread_local! {
    /// Whether the piece that is being written is a style of ours.
    static OURS: Cell<bool> = const { Cell::new(false) };
}

/// How a part of a line looks: `{BOLD}text{BOLD:#}`.
#[derive(Clone, Copy)]
pub(crate) struct Style(anstyle::Style);

pub(crate) const BOLD: Style = Style(anstyle::Style::new().bold());
pub(crate) const DIM: Style = Style(anstyle::Style::new().dimmed());
pub(crate) const RED: Style = Style(AnsiColor::Red.on_default().bold());
pub(crate) const YELLOW: Style = Style(AnsiColor::Yellow.on_default());
pub(crate) const GREEN: Style = Style(AnsiColor::Green.on_default().bold());

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OURS.set(true);
        let written = self.0.fmt(f);
        OURS.set(false);
        written
    }
}

/// A writer of lines, to be written to with `writeln!`. Our styles pass, and so does the line end that
/// ends the call; whatever else would steer the terminal is escaped, line ends within a value included.
pub(crate) struct Screen<W>(W);

/// Standard output; styles only where they are shown.
pub(crate) fn stdout() -> Screen<AutoStream<io::StdoutLock<'static>>> {
    Screen(anstream::stdout().lock())
}

/// Standard error.
pub(crate) fn stderr() -> Screen<AutoStream<io::StderrLock<'static>>> {
    Screen(anstream::stderr().lock())
}

impl<W: Write> Write for Screen<W> {
    fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        let mut line = Line { out: &mut self.0, ended: false, failure: None };
        match fmt::write(&mut line, text) {
            Ok(()) if line.ended => self.0.write_all(b"\n"),
            Ok(()) => Ok(()),
            Err(fmt::Error) => Err(line.failure.unwrap_or_else(|| io::Error::other("a value has no text"))),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write!(self, "{}", String::from_utf8_lossy(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What one call writes, piece by piece: the text between the values, and the values.
struct Line<'a, W> {
    out: &'a mut W,
    /// Whether the last piece ended in a line end. If another piece follows, it was a value's own.
    ended: bool,
    failure: Option<io::Error>,
}

impl<W: Write> fmt::Write for Line<'_, W> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if piece.is_empty() {
            return Ok(());
        }
        let earlier = if mem::take(&mut self.ended) { escaped("\n") } else { String::new() };
        let piece = if OURS.get() {
            Cow::Borrowed(piece)
        } else {
            let text = piece.strip_suffix('\n');
            self.ended = text.is_some();
            escaped_if_needed(text.unwrap_or(piece))
        };
        let written =
            self.out.write_all(earlier.as_bytes()).and_then(|()| self.out.write_all(piece.as_bytes()));
        written.map_err(|error| {
            self.failure = Some(error);
            fmt::Error
        })
    }
}

fn escaped_if_needed(text: &str) -> Cow<'_, str> {
    if text.chars().any(steers) { Cow::Owned(escaped(text)) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Screen<Vec<u8>>) -> io::Result<()>) -> String {
        let mut screen = Screen(Vec::new());
        write(&mut screen).expect("a vector takes everything");
        String::from_utf8(screen.0).expect("text")
    }

    #[test]
    fn styles_pass_and_what_looks_like_one_does_not() {
        let name = "\u{1b}[31mred";
        let text = written(|out| writeln!(out, "{BOLD}{name}{BOLD:#} and {}", name));
        assert_eq!(text, "\u{1b}[1m\\u{1b}[31mred\u{1b}[0m and \\u{1b}[31mred\n");
    }

    /// A name must not be able to write a line of its own, nor two names together.
    #[test]
    fn a_line_end_of_a_value_is_escaped() {
        let (one, two) = ("A\nRESOLVED everything", "B\n");
        assert_eq!(written(|out| writeln!(out, "role {one}")), "role A\\u{a}RESOLVED everything\n");
        assert_eq!(written(|out| writeln!(out, "{two}{one}")), "B\\u{a}A\\u{a}RESOLVED everything\n");
        assert_eq!(written(|out| writeln!(out, "{two}")), "B\\u{a}\n");
    }
}
