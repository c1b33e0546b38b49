//! What the catalogue knows of an action element, and which resources overlap.

use super::subject::{Element, Text};
use crate::catalogue::{self, ActionId};
use crate::decide::Glob;
use crate::document::Version;
use crate::text::{self, Piece, Reading};

/// The catalogue's actions that a pattern matches.
pub(crate) fn actions(pattern: &str) -> Vec<ActionId> {
    let lower = pattern.to_ascii_lowercase();
    let Some(glob) = glob(&lower) else { return Vec::new() };
    let service = lower.split(':').next().unwrap_or_default();
    let range = if service.contains(['*', '?']) {
        0..catalogue::ACTION_COUNT
    } else {
        catalogue::service_actions(service)
    };
    let matching = range.filter_map(ActionId::from_index);
    matching.filter(|action| glob.matches(action.full_name_lower())).collect()
}

/// All actions that an element means; `None` if it means others than those it lists, or lists some
/// that the catalogue does not know.
pub(super) fn all_actions(element: &Element<'_>) -> Option<Vec<ActionId>> {
    if element.negated || element.patterns.is_empty() {
        return None;
    }
    let each = element.patterns.iter().map(|pattern| actions(pattern.text));
    let each: Option<Vec<_>> = each.map(|known| (!known.is_empty()).then_some(known)).collect();
    each.map(|each| each.concat())
}

/// Whether a pattern is nothing but stars.
pub(super) fn is_any(pattern: Text<'_>) -> bool {
    !pattern.text.is_empty() && pattern.text.bytes().all(|b| b == b'*')
}

/// A pattern without variables.
pub(super) fn glob(pattern: &str) -> Option<Glob> {
    Glob::new(&text::pieces(pattern, Reading { wildcards: true, variables: false }))
}

/// Whether some ARN matches both a resource pattern of six parts and a template of the catalogue,
/// part for part. Variables and placeholders stand for anything.
pub(super) fn overlaps(pattern: &str, template: &str) -> bool {
    let (patterns, templates) = (pattern.splitn(6, ':'), template.splitn(6, ':'));
    // A template that is no ARN says nothing.
    !template.starts_with("arn:") || patterns.zip(templates).all(|(one, other)| part_overlaps(one, other))
}

fn part_overlaps(pattern: &str, template: &str) -> bool {
    let (pattern, template) = (letters(pattern), letters(template));
    // For each start of the pattern in turn: which starts of the template overlap with it.
    let mut row = vec![false; template.len() + 1];
    for i in 0..=pattern.len() {
        let mut next = vec![false; template.len() + 1];
        for j in 0..=template.len() {
            let star = |letters: &[Option<char>], at: usize| at > 0 && letters[at - 1].is_none();
            next[j] = (i == 0 && j == 0)
                || (star(&pattern, i) && (row[j] || j > 0 && next[j - 1]))
                || (star(&template, j) && (next[j - 1] || i > 0 && row[j]))
                || (i > 0 && j > 0 && row[j - 1] && same(pattern[i - 1], template[j - 1]));
        }
        row = next;
    }
    row[template.len()]
}

fn same(one: Option<char>, other: Option<char>) -> bool {
    matches!((one, other), (Some(a), Some(b)) if a == b || a == '?' || b == '?')
}

/// The characters of a pattern; `None` is a star.
fn letters(pattern: &str) -> Vec<Option<char>> {
    let pieces = text::pieces(pattern, Reading::new(true, Version::V2012));
    let each = pieces.iter().flat_map(|piece| match piece {
        Piece::Literal(text) => text.chars().map(Some).collect(),
        Piece::One => vec![Some('?')],
        Piece::Star | Piece::Variable { .. } => vec![None],
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_templates_overlap() {
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        for (pattern, template, expected) in [
            ("arn:aws:s3:::docs/*", object, true),
            ("arn:aws:s3:::docs*", object, true),
            ("arn:aws:s3:::docs", object, false),
            ("arn:aws:s3:::${aws:username}", object, true),
            ("arn:aws:s3:::docs/*", "*", true),
            ("arn:aws:sqs:*:*:q", object, false),
            ("arn:aws:s3:::?/?", object, true),
        ] {
            assert_eq!(overlaps(pattern, template), expected, "{pattern} {template}");
        }
    }

    #[test]
    fn patterns_name_actions() {
        assert_eq!(actions("S3:getobject").len(), 1);
        assert!(actions("s3:Get*").len() > 10);
        assert_eq!(actions("s3:NoSuchThing").len(), 0);
        assert!(actions("*:TagResource").len() > 10);
    }
}
