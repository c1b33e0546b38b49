//! Unified diffs of documents.

/// How many lines around a change are told.
const AROUND: usize = 3;

/// How many lines a text may have: to compare takes the product of both lengths.
const LINES: usize = 1_500;

/// One line of both texts, or of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Less(&'t str),
    More(&'t str),
}

/// What changes a text called by this name, as `diff -u` writes it. A text that is empty is not there, as
/// `/dev/null`.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let lines = compare(&old, &new);
    let absent = |text: &str| if text.is_empty() { "/dev/null" } else { name }.to_owned();
    let mut diff = format!("--- {}\n+++ {}\n", absent(before), absent(after));
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Same(_))).collect();
    let mut rest = changed.as_slice();
    while let Some(&first) = rest.first() {
        // Changes that are near share a hunk.
        let near = rest.windows(2).take_while(|pair| pair[1] - pair[0] <= 2 * AROUND).count();
        let (from, to) = (first.saturating_sub(AROUND), (rest[near] + AROUND + 1).min(lines.len()));
        rest = &rest[near + 1..];
        let count = |lines: &[Line<'_>], own: fn(&Line<'_>) -> bool| lines.iter().filter(|l| own(l)).count();
        let is_old: fn(&Line<'_>) -> bool = |line| !matches!(line, Line::More(_));
        let is_new: fn(&Line<'_>) -> bool = |line| !matches!(line, Line::Less(_));
        let range = |own: fn(&Line<'_>) -> bool| {
            let (skipped, long) = (count(&lines[..from], own), count(&lines[from..to], own));
            // Of nothing, the line before is told.
            format!("{},{long}", if long == 0 { skipped } else { skipped + 1 })
        };
        diff += &format!("@@ -{} +{} @@\n", range(is_old), range(is_new));
        for line in &lines[from..to] {
            let (mark, text) = match line {
                Line::Same(text) => (' ', text),
                Line::Less(text) => ('-', text),
                Line::More(text) => ('+', text),
            };
            diff.push(mark);
            diff.push_str(text);
            diff.push('\n');
        }
    }
    diff
}

/// The longest common lines, and what is left out and put in between.
fn compare<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    if old.len().max(new.len()) > LINES {
        let less = old.iter().map(|line| Line::Less(line));
        return less.chain(new.iter().map(|line| Line::More(line))).collect();
    }
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Same(old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            lines.push(Line::Less(old[i]));
            i += 1;
        } else {
            lines.push(Line::More(new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_are_as_diff_writes_them() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        let new = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nl\nm";
        let expected = "--- p\n+++ p\n@@ -1,5 +1,5 @@\n a\n-b\n+B\n c\n d\n e\n@@ -8,5 +8,5 @@\n h\n i\n j\n-k\n l\n+m\n";
        assert_eq!(unified("p", old, new), expected);
    }

    #[test]
    fn a_text_that_comes_or_goes_is_told_whole() {
        assert_eq!(unified("p", "", "a"), "--- /dev/null\n+++ p\n@@ -0,0 +1,1 @@\n+a\n");
        assert_eq!(unified("p", "a", ""), "--- p\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n");
    }
}
