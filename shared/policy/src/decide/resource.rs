//! Whether a `Resource` or `NotResource` element matches the request's resource.
//!
//! IAM User Guide, "IAM JSON policy elements: Resource" and "IAM ARNs".

use super::compile::{ResourceForm, ResourcePattern, Resources};
use super::glob::{Glob, Step, arn_matches, segments, steps_match};
use super::truth::Truth;
use super::{At, Evaluation};

/// Wildcard-only actions that a statement may nevertheless name with a resource: action and the
/// resource pattern that works (S3 User Guide, "Policy actions for Amazon S3", `ListAllMyBuckets`).
const NAMED_ANYWAY: [(&str, &str); 1] = [("s3:listallmybuckets", "arn:aws:s3:::*")];

impl Evaluation<'_> {
    pub(super) fn resource(&self, resources: &Resources, at: At<'_>) -> Truth {
        if resources.negated && resources.patterns.len() == 1 && self.unresolved(&resources.patterns[0]) {
            return self.unknown(at, || "a `NotResource` of one pattern has a variable without value".into());
        }
        let matched = Truth::any(resources.patterns.iter().map(|pattern| self.pattern(pattern, at)));
        if resources.negated { !matched } else { matched }
    }

    fn unresolved(&self, pattern: &ResourcePattern) -> bool {
        match &pattern.form {
            ResourceForm::Variable(pieces) => {
                Glob::new(pieces, |key, default| self.resolve(key, default, &mut false)).is_none()
            }
            _ => false,
        }
    }

    fn pattern(&self, pattern: &ResourcePattern, at: At<'_>) -> Truth {
        if matches!(pattern.form, ResourceForm::Any) {
            return Truth::True;
        }
        if self.wildcard_only {
            // Such an action has no resource that a pattern could name (Service Authorization
            // Reference, "Resource types").
            let action = self.request.action_lower.as_str();
            return NAMED_ANYWAY.contains(&(action, &*pattern.text)).into();
        }
        let built;
        let glob = match &pattern.form {
            ResourceForm::Any => return Truth::True,
            ResourceForm::Fixed(glob) => glob,
            ResourceForm::Variable(pieces) => {
                let mut multivalued = false;
                match Glob::new(pieces, |key, default| self.resolve(key, default, &mut multivalued)) {
                    Some(glob) => {
                        built = glob;
                        &built
                    }
                    None if multivalued => {
                        return self.unknown(at, || {
                            format!("a variable in `{}` names a key of several values", pattern.text)
                        });
                    }
                    None => return Truth::False,
                }
            }
        };
        match readings(glob, &self.request.resource) {
            (true, _) => Truth::True,
            (false, false) => Truth::False,
            (false, true) => self.unknown(at, || {
                format!(
                    "`{}` matches `{}` only if its wildcards cross segments",
                    pattern.text, self.request.resource
                )
            }),
        }
    }
}

/// Whether the pattern matches in the narrow reading (wildcards stay within their ARN segment) and
/// in the wide one (a `*` that ends a segment extends past colons).
fn readings(glob: &Glob, resource: &str) -> (bool, bool) {
    // What cannot match as plain text, where wildcards cross everything, matches in no reading;
    // short ARNs alone are completed first.
    let steps = glob.steps();
    let parts = segments(&steps);
    let star = [Step::Star];
    if parts.len() < 6 {
        let starts_as_arn = steps_match(parts[0], b"arn") && parts.len() > 1;
        if !starts_as_arn {
            let text = steps_match(&steps, resource.as_bytes());
            // Not an ARN pattern: if the resource is no ARN either, plain text is all there is.
            return (text && !resource.starts_with("arn:"), text);
        }
    }
    if !glob.matches(resource) && parts.len() == 6 {
        return (false, false);
    }
    let mut completed = parts.clone();
    completed.resize(6, &star);
    // UG: no wildcards in the service segment.
    let service_spelled = parts.len() < 3 || parts[2].iter().all(|s| matches!(s, Step::Byte(_)));
    let narrow = arn_matches(&completed, resource);
    if narrow && service_spelled {
        return (true, true);
    }
    let wide =
        narrow || wide_matches(&completed, resource.as_bytes()) || wide_matches(&parts, resource.as_bytes());
    (false, wide)
}

/// The wide reading, segment by segment: a segment that ends in a star may swallow colons.
fn wide_matches(parts: &[&[Step]], text: &[u8]) -> bool {
    let Some((first, rest)) = parts.split_first() else { return text.is_empty() };
    if rest.is_empty() {
        return steps_match(first, text);
    }
    let crosses = first.last() == Some(&Step::Star);
    text.iter().enumerate().filter(|(_, b)| **b == b':').enumerate().any(|(colons, (end, _))| {
        (colons == 0 || crosses)
            && segment_matches(first, &text[..end])
            && wide_matches(rest, &text[end + 1..])
    })
}

/// A segment's inner wildcards do not cross colons; its last star does.
fn segment_matches(steps: &[Step], text: &[u8]) -> bool {
    let inner = text.iter().position(|b| *b == b':').unwrap_or(text.len());
    let tail_is_star = steps.last() == Some(&Step::Star);
    if inner == text.len() || !tail_is_star {
        return steps_match(steps, text);
    }
    // All before the last star must match a part of the first segment.
    (0..=inner).any(|end| steps_match(&steps[..steps.len() - 1], &text[..end]))
}
