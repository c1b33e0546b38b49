//! A variable in a document whose version has none.

use crate::document::Version;
use crate::lint::{Check, Report, Severity, Subject};
use crate::text::{self, Piece, Reading};

pub(super) const CHECK: Check = Check {
    code: "variable-as-text",
    summary: "a policy variable in a version of the language without variables",
    severity: Severity::Warning,
    source: "UG, \"IAM policy elements: Variables and tags\", \"Version\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    if subject.version == Version::V2012 {
        return;
    }
    let (place, mended) = match &subject.version_at {
        Ok(written) => (written.clone(), r#""2012-10-17""#.to_owned()),
        Err(at) => (*at..*at, r#""Version": "2012-10-17", "#.to_owned()),
    };
    for statement in &subject.statements {
        let resources = statement.resource.iter().flat_map(|element| &element.patterns);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        for text in resources.chain(values) {
            let pieces = text::pieces(text.text, Reading { wildcards: false, variables: true });
            let has_variable = pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. }));
            if has_variable {
                let message =
                    format!("`{}` has a variable, which only `Version` 2012-10-17 reads as one", text.text);
                report.mend(text.span, message, &place, mended.clone(), false);
            }
        }
    }
}
