//! Whether a `Resource` or `NotResource` element matches the request's resource.
//!
//! IAM User Guide, "IAM JSON policy elements: Resource" and "IAM ARNs".

use super::compile::{ResourceForm, ResourcePattern, Resources};
use super::glob::{Glob, Step, arn_matches, segments, steps_match};
use super::template::{Start, Unfilled};
use super::truth::Truth;
use super::{At, Evaluation};

/// Wildcard-only actions that a statement may nevertheless name with a resource: action and the
/// resource pattern that works (S3 User Guide, "Policy actions for Amazon S3", `ListAllMyBuckets`).
const NAMED_ANYWAY: [(&str, &str); 1] = [("s3:listallmybuckets", "arn:aws:s3:::*")];

impl Evaluation<'_> {
    pub(super) fn resource(&self, resources: &Resources, at: &At<'_>) -> Truth {
        if resources.any {
            return Truth::from(!resources.negated);
        }
        if resources.negated && resources.patterns.len() == 1 && self.unresolved(&resources.patterns[0]) {
            return self.unknown(at, || "a `NotResource` of one pattern has a variable without value".into());
        }
        let matched = Truth::any(resources.patterns.iter().map(|pattern| self.pattern(pattern, at)));
        if resources.negated { !matched } else { matched }
    }

    fn unresolved(&self, pattern: &ResourcePattern) -> bool {
        match &pattern.form {
            ResourceForm::Variable(template) => template.check(&self.request.context).is_err(),
            _ => false,
        }
    }

    fn pattern(&self, pattern: &ResourcePattern, at: &At<'_>) -> Truth {
        if matches!(pattern.form, ResourceForm::Any) {
            return Truth::True;
        }
        if self.wildcard_only {
            // Such an action has no resource that a pattern could name (Service Authorization
            // Reference, "Resource types").
            let action = self.request.action_lower.as_str();
            return NAMED_ANYWAY.contains(&(action, &*pattern.text)).into();
        }
        let resource = self.request.resource.as_str();
        let built;
        let glob = match &pattern.form {
            ResourceForm::Any => return Truth::True,
            ResourceForm::Fixed(glob) => glob,
            ResourceForm::Variable(template) => {
                let context = &self.request.context;
                let filled = match template.start(context, resource) {
                    Ok(Start::Differs) => return Truth::False,
                    Ok(Start::Matches) => return Truth::True,
                    Ok(Start::Agrees) => template.fill(context),
                    Err(reason) => Err(reason),
                };
                match filled {
                    Ok(glob) => {
                        built = glob;
                        &built
                    }
                    Err(Unfilled::Several) => {
                        return self.unknown(at, || {
                            format!("a variable in `{}` names a key of several values", pattern.text)
                        });
                    }
                    Err(Unfilled::NoValue) => return Truth::False,
                }
            }
        };
        match readings(glob, resource, self.rulebook) {
            (true, _) => Truth::True,
            (false, false) => Truth::False,
            (false, true) => self.unknown(at, || {
                format!("`{}` matches `{}` only if its wildcards cross segments", pattern.text, resource)
            }),
        }
    }
}

/// Whether the pattern matches in the narrow reading (wildcards stay within their ARN segment) and
/// in the wide one (a `*` that ends a segment extends past colons). A rulebook's own patterns are ours
/// to define: they are read narrowly, and may have wildcards in the service segment.
fn readings(glob: &Glob, resource: &str, rulebook: bool) -> (bool, bool) {
    // What cannot match as plain text, where wildcards cross everything, matches in no reading;
    // short ARNs alone are completed first.
    if glob.has_all_segments() {
        let text = glob.matches(resource);
        if !text || glob.has_literal_head() {
            return (text, text);
        }
    }
    let parts = segments(glob.steps());
    if !glob.has_all_segments() {
        let starts_as_arn = steps_match(parts[0], b"arn") && parts.len() > 1;
        if !starts_as_arn {
            let text = glob.matches(resource);
            // Not an ARN pattern: if the resource is no ARN either, plain text is all there is.
            return (text && (rulebook || !resource.starts_with("arn:")), text);
        }
    }
    let completed = parts.completed();
    // UG: no wildcards in the service segment.
    let service_spelled = parts.len() < 3 || parts[2].iter().all(|s| matches!(s, Step::Byte(_)));
    let narrow = arn_matches(&completed, resource);
    if rulebook {
        return (narrow, narrow);
    }
    if narrow && service_spelled {
        return (true, true);
    }
    let wide =
        narrow || wide_matches(&completed, resource.as_bytes()) || wide_matches(&parts, resource.as_bytes());
    (false, wide)
}

/// The wide reading, segment by segment: a segment that ends in a star may swallow colons. Goes
/// through all places where a segment can begin at once, so that colons do not multiply.
fn wide_matches(parts: &[&[Step]], text: &[u8]) -> bool {
    let Some((last, parts)) = parts.split_last() else { return text.is_empty() };
    let mut starts = vec![0];
    for part in parts {
        let mut ends: Vec<usize> = Vec::new();
        // The first place that a star at the end may swallow from.
        let mut open = usize::MAX;
        for start in starts {
            let rest = &text[start..];
            let inner = rest.iter().position(|b| *b == b':').unwrap_or(rest.len());
            match part.split_last() {
                // All before the star must match a part of the first segment.
                Some((Step::Star, before)) if (0..=inner).any(|end| steps_match(before, &rest[..end])) => {
                    open = open.min(start);
                }
                Some((Step::Star, _)) => {}
                _ if inner < rest.len() && steps_match(part, &rest[..inner]) => ends.push(start + inner),
                _ => {}
            }
        }
        if open < usize::MAX {
            ends.extend((open..text.len()).filter(|at| text[*at] == b':'));
        }
        ends.sort_unstable();
        ends.dedup();
        starts = ends.into_iter().map(|end| end + 1).collect();
    }
    starts.into_iter().any(|start| steps_match(last, &text[start..]))
}
