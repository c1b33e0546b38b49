//! Characters that steer a terminal, made visible. Names, titles and file names come from files that
//! somebody else wrote: raw, they could move the cursor, hide what was written, or turn its order
//! around (Unicode Technical Report 36, "Bidirectional Text Spoofing").

use std::fmt::Write;

/// Whether a character steers what it is written to: C0 and C1 controls, DEL, line and paragraph
/// separators, and controls of the writing direction.
pub(crate) fn steers(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with such characters written as `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "{}", character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A source text with such characters replaced by others of the same length in bytes, so that places
/// in it stay where they are. Line ends and tabs are kept: who shows a source breaks it into lines.
pub(crate) fn masked(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut masked = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let kept = match character {
            '\n' | '\t' => true,
            '\r' => characters.peek() == Some(&'\n'),
            other => !steers(other),
        };
        masked.push(match character.len_utf8() {
            _ if kept => character,
            1 => '?',
            2 => '¿',
            _ => char::REPLACEMENT_CHARACTER,
        });
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_written_out() {
        let hostile = "a\u{1b}[31m\u{9b}\u{7f}\u{2028}\u{202e}\u{2067}\nb\t";
        let escaped = escaped(hostile);
        assert_eq!(escaped, r"a\u{1b}[31m\u{9b}\u{7f}\u{2028}\u{202e}\u{2067}\u{a}b\u{9}");
        assert!(!escaped.chars().any(steers));
    }

    #[test]
    fn other_scripts_are_left_alone() {
        let text = "Zoë, Ягода, 名前, עברית, 👩‍💻";
        assert_eq!(escaped(text), text);
        assert_eq!(masked(text), text);
    }

    #[test]
    fn masking_moves_nothing() {
        let hostile = "a\r\nb\rc\u{1b}d\u{9b}e\u{202e}f\n";
        let masked = masked(hostile);
        assert_eq!(masked, "a\r\nb?c?d¿e\u{fffd}f\n");
        assert_eq!(masked.len(), hostile.len());
    }
}
