//! Patterns of roles that AWS keeps under a path, written without it.

use super::{At, Linter};
use crate::code::Code;
use crate::glob::meet;
use crate::rulebook::yaml::Step;

/// How names of such roles begin, and their path (IAM User Guide, "Create a service-linked role";
/// IAM Identity Center User Guide, "Referencing permission sets in resource policies").
const RESERVED: [(&str, &str); 2] =
    [("AWSServiceRoleFor", "aws-service-role/*/"), ("AWSReservedSSO_", "aws-reserved/sso.amazonaws.com/*")];

/// The pattern with its path, if it was left out.
pub(super) fn forgotten(pattern: &str) -> Option<String> {
    let (head, resource) = pattern.rsplit_once(':')?;
    let name = resource.strip_prefix("role/").filter(|name| !name.contains('/'))?;
    let (_, path) = RESERVED.iter().find(|(start, _)| name.starts_with(start))?;
    // `*` may stand for a path as well; a name that begins with the words is a name.
    meet(name, "AWS*").then(|| format!("write `{head}:role/{path}{name}`"))
}

/// Tells of such patterns in `Resource` and `NotResource`.
pub(super) fn check_resources(linter: &mut Linter<'_>, at: &At<'_>) {
    let Some(element) = &at.statement.resource else { return };
    let name = if element.negated { "NotResource" } else { "Resource" };
    for (i, pattern) in element.patterns.iter().enumerate() {
        let iam = pattern.split(':').nth(2) == Some("iam");
        if let Some(help) = forgotten(pattern).filter(|_| iam) {
            let message = format!("`{pattern}` fits no role: AWS gives these a path");
            let path = at.path(&[Step::Key(name), Step::Item(i)]);
            linter.warn(Code::ForgottenPath, &path, message, Some(help));
        }
    }
}
