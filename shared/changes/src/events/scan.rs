//! Finding one's way through JSON without reading it: where strings, values and members end.
//!
//! What is skipped is not checked beyond its brackets and strings; whoever uses a value parses it.

use std::ops::Range;

use memchr::memchr2;

/// Deeper than this nothing is nested, as far as `serde_json` reads.
const DEPTH: u32 = 128;

/// Why a scan ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end before the value does.
    More,
    /// This is not JSON, at this byte.
    Wrong(usize, &'static str),
}

type Scanned<T> = Result<T, Stop>;

/// The first byte from `at` on that is not white space, or the end.
pub(super) fn white(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    at + length.unwrap_or(rest.len())
}

/// The byte after white space, and where it is.
fn byte(bytes: &[u8], at: usize) -> Scanned<(usize, u8)> {
    let at = white(bytes, at);
    bytes.get(at).map(|byte| (at, *byte)).ok_or(Stop::More)
}

/// Strings up to this length are looked through byte by byte: most are so short that a search for the
/// quote costs more.
const SHORT: usize = 24;

/// The end of the string whose opening quote is at `at`, and whether a backslash is in it.
fn string(bytes: &[u8], at: usize) -> Scanned<(usize, bool)> {
    let mut at = at + 1;
    let rest = bytes.get(at..).ok_or(Stop::More)?;
    match rest.iter().take(SHORT).position(|byte| matches!(byte, b'"' | b'\\')) {
        Some(found) if rest.get(found) == Some(&b'"') => return Ok((at + found + 1, false)),
        Some(_) => {}
        None => at += SHORT.min(rest.len()),
    }
    let mut escaped = false;
    loop {
        let rest = bytes.get(at..).ok_or(Stop::More)?;
        let found = memchr2(b'"', b'\\', rest).ok_or(Stop::More)?;
        if rest.get(found) == Some(&b'"') {
            return Ok((at + found + 1, escaped));
        }
        // Whatever follows a backslash is not the closing quote.
        escaped = true;
        at += found + 2;
    }
}

/// The end of the value that begins at `at`.
fn value(bytes: &[u8], at: usize) -> Scanned<usize> {
    match bytes.get(at) {
        None => Err(Stop::More),
        Some(b'"') => string(bytes, at).map(|(end, _)| end),
        Some(b'{' | b'[') => brackets(bytes, at),
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            let rest = &bytes[at..];
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
            let length = rest.iter().position(|byte| !word(byte)).ok_or(Stop::More)?;
            let known =
                !rest[0].is_ascii_alphabetic() || matches!(&rest[..length], b"true" | b"false" | b"null");
            if known { Ok(at + length) } else { Err(Stop::Wrong(at, "expected value")) }
        }
        Some(_) => Err(Stop::Wrong(at, "expected value")),
    }
}

/// The end of the list or object that begins at `at`.
fn brackets(bytes: &[u8], mut at: usize) -> Scanned<usize> {
    // The open brackets, the innermost in the lowest bit: 1 for an object, 0 for a list.
    let mut open: u128 = 0;
    let mut depth = 0;
    loop {
        match bytes.get(at) {
            None => return Err(Stop::More),
            Some(b'"') => {
                at = string(bytes, at)?.0;
                continue;
            }
            Some(bracket @ (b'{' | b'[')) => {
                if depth == DEPTH {
                    return Err(Stop::Wrong(at, "nested more than 128 levels deep"));
                }
                open = (open << 1) | u128::from(*bracket == b'{');
                depth += 1;
            }
            Some(bracket @ (b'}' | b']')) => {
                if (open & 1 == 1) != (*bracket == b'}') {
                    return Err(Stop::Wrong(
                        at,
                        "a bracket that closes another one than the one that is open",
                    ));
                }
                open >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            Some(_) => {}
        }
        at += 1;
    }
}

/// The members of an object, one after the other: [`Members::key`], then [`Members::value`].
pub(super) struct Members<'b> {
    bytes: &'b [u8],
    at: usize,
    first: bool,
}

/// A member's name as it is written, without quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'b> {
    pub(super) written: &'b [u8],
    /// Whether a backslash is in it, so that it may be another name than it seems.
    pub(super) escaped: bool,
}

impl<'b> Members<'b> {
    /// Of the object whose opening bracket is at `at`.
    pub(super) fn of(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at: at + 1, first: true }
    }

    /// After a member of an object.
    pub(super) fn after(bytes: &'b [u8], at: usize) -> Self {
        Self { bytes, at, first: false }
    }

    /// The next member's key; `None` at the object's end.
    pub(super) fn key(&mut self) -> Scanned<Option<Key<'b>>> {
        let (mut at, mut next) = byte(self.bytes, self.at)?;
        match next {
            b'}' => {
                self.at = at + 1;
                return Ok(None);
            }
            b',' if !self.first => (at, next) = byte(self.bytes, at + 1)?,
            _ if !self.first => return Err(Stop::Wrong(at, "expected `,` or `}`")),
            _ => {}
        }
        if next != b'"' {
            return Err(Stop::Wrong(at, "expected a member's name, in double quotes"));
        }
        let (end, escaped) = string(self.bytes, at)?;
        let (colon, next) = byte(self.bytes, end)?;
        if next != b':' {
            return Err(Stop::Wrong(colon, "expected `:`"));
        }
        self.first = false;
        self.at = byte(self.bytes, colon + 1)?.0;
        Ok(Some(Key { written: &self.bytes[at + 1..end - 1], escaped }))
    }

    /// Goes past the value of the key read last, and says where it is.
    pub(super) fn value(&mut self) -> Scanned<Range<usize>> {
        let start = self.at;
        self.at = value(self.bytes, start)?;
        Ok(start..self.at)
    }

    /// Where it is: after a key, at the value's first byte; at the end, after the object.
    pub(super) fn at(&self) -> usize {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(text: &str) -> Scanned<usize> {
        value(text.as_bytes(), 0)
    }

    #[test]
    fn values_end_where_they_end() {
        for text in [r#""a\"]}\\""#, "[]", r#"{"a":[{"b":"]"}]}"#, "[[{},1.5e-3],null]", r#""é\u0022""#] {
            assert_eq!(skipped(&format!("{text}, 7")), Ok(text.len()), "{text}");
        }
        assert_eq!(skipped("true}"), Ok(4));
        assert_eq!(skipped("-1.5e+3,"), Ok(7));
    }

    #[test]
    fn values_that_do_not_end_ask_for_more() {
        for text in ["", "\"a\\\"", "\"a\\", "[1,2", "{\"a\":{}", "12", "tru"] {
            assert_eq!(skipped(text), Err(Stop::More), "{text}");
        }
    }

    #[test]
    fn brackets_that_do_not_match_are_no_json() {
        assert!(matches!(skipped("[{]"), Err(Stop::Wrong(2, _))));
        assert!(matches!(skipped("trve,"), Err(Stop::Wrong(0, _))));
        let deep = "[".repeat(10_000);
        assert!(matches!(skipped(&deep), Err(Stop::Wrong(128, _))));
    }
}
