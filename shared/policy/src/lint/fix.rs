//! Applying fixes.

use super::Finding;

/// The text with every safe fix made, and how many were. Of fixes that overlap the first is made.
pub fn apply<'a>(text: &str, findings: impl IntoIterator<Item = &'a Finding>) -> (String, usize) {
    let mut fixes: Vec<_> = findings.into_iter().filter_map(|finding| finding.fix.as_ref()).collect();
    fixes.retain(|fix| fix.safe);
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let (mut mended, mut at, mut made) = (String::with_capacity(text.len()), 0, 0);
    for fix in fixes {
        if fix.span.start < at || text.get(fix.span.clone()).is_none() {
            continue;
        }
        mended.push_str(text.get(at..fix.span.start).unwrap_or_default());
        mended.push_str(&fix.text);
        at = fix.span.end;
        made += 1;
    }
    mended.push_str(text.get(at..).unwrap_or_default());
    (mended, made)
}
