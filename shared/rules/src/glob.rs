//! Patterns with `*` and `?` against each other.

/// Whether a pattern matches a text. In time of the product of their lengths.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    matches_slice(&pattern, &text, '*', '?')
}

/// As [`matches`], of texts in ASCII.
pub(crate) fn matches_ascii(pattern: &str, text: &str) -> bool {
    matches_slice(pattern.as_bytes(), text.as_bytes(), b'*', b'?')
}

fn matches_slice<T: PartialEq + Copy>(pattern: &[T], text: &[T], star: T, one: T) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut retry = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(c) if *c == star => {
                retry = Some((at, seen));
                at += 1;
            }
            Some(c) if *c == one || *c == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((last, from)) = retry else { return false };
                retry = Some((last, from + 1));
                at = last + 1;
                seen = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == star)
}

/// Whether everything that `narrow` matches is matched by `wide`. False where that is not plain: a
/// `?` may stand for less than a `*`.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || (!wide.contains('?') || !narrow.contains('*')) && matches(wide, narrow)
}

/// Whether some text is matched by both. True for patterns too long to tell.
pub(crate) fn meet(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().saturating_mul(b.len()) > 1 << 20 {
        return true;
    }
    // Row i says which rests of `b` have a text in common with the rest of `a` from i on.
    let mut below = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some('*'), Some(_)) => below[j] || row[j + 1],
                (Some('*'), None) => below[j],
                (Some(_), Some('*')) => row[j + 1] || below[j],
                (None, Some('*')) => row[j + 1],
                (Some(x), Some(y)) => (x == y || *x == '?' || *y == '?') && below[j + 1],
                _ => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests {
    use super::{covers, matches, meet};

    #[test]
    fn stars_take_any_text_and_question_marks_one_character() {
        for (pattern, text) in [("*", ""), ("a*c", "abbc"), ("?é*", "xéy"), ("*a*b", "aab"), ("", "")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("?", ""), ("a*c", "ab"), ("a", "ab"), ("", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        assert!(
            covers("role/*", "role/a*") && covers("*", "?") && covers("a?", "ab") && covers("a?*", "a?*")
        );
        // `?*` covers `*a`, which is not plain enough to see.
        assert!(!covers("?*", "*a") && !covers("?", "*") && !covers("role/a*", "role/*"));
    }

    #[test]
    fn patterns_meet_if_a_text_fits_both() {
        for (a, b) in [("a*", "*b"), ("?", "a"), ("*", ""), ("a*c*", "*b*c"), ("role/*", "*/x")] {
            assert!(meet(a, b) && meet(b, a), "{a} {b}");
        }
        for (a, b) in [("a*", "b*"), ("?", ""), ("a", "ab"), ("role/", "role/?*"), ("*a", "*b")] {
            assert!(!meet(a, b) && !meet(b, a), "{a} {b}");
        }
    }
}
