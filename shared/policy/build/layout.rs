//! Writes one static: an array, or a list of strings as one text with offsets.

use std::fmt::{Display, Write as _};

/// A text and its offsets.
pub(crate) fn strings<'a>(code: &mut String, name: &str, items: impl Iterator<Item = &'a str> + Clone) {
    offsets(code, name, items.clone().map(str::len));
    let text: String = items.collect();
    let _ = writeln!(
        code,
        "pub(super) static {name}: Strings = Strings {{ text: {text:?}, offsets: &{name}_OFFSETS }};"
    );
}

/// Where each item of these lengths begins, and the end of the last.
pub(crate) fn offsets(code: &mut String, name: &str, lengths: impl Iterator<Item = usize>) {
    let mut ends = vec![0];
    ends.extend(lengths.scan(0, |end, length| {
        *end += length;
        Some(*end)
    }));
    array(code, &format!("{name}_OFFSETS"), "u32", ends);
}

/// A static array.
pub(crate) fn array<T: Display>(code: &mut String, name: &str, of: &str, items: impl IntoIterator<Item = T>) {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let _ = write!(code, "pub(super) static {name}: [{of}; {}] = [", items.len());
    code.push_str(&items.join(","));
    code.push_str("];\n");
}
