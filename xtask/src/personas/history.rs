//! What each version of a policy gave and took away, as a page.

use std::fmt::Write as _;

use stanchion_policy::Policy;
use stanchion_rules::rulebook::Reference;
use stanchion_rules::{Beyond, Rulebook, beyond};

use super::package::Managed;

/// How many actions a cell names.
const NAMED: usize = 6;

/// The page: of the policies that the personas of a rulebook need, each two consecutive versions.
pub(super) fn page(release: &str, named: &[(&str, &Managed)], rulebook: &Rulebook) -> Result<String, String> {
    let mut page = format!(
        "# What new versions of policies changed\n\n\
         Made by `cargo xtask personas` from {} {release} (MIT). For each two consecutive versions that the\n\
         package holds: the actions for which the newer one allows requests that the older one does not, and\n\
         the other way round, proven. Actions for which the one allows none at all are named; *wider* and\n\
         *narrower* count those for which it allows some. Versions that the package lacks are skipped.\n",
        super::package::NAME
    );
    for (name, policy) in named {
        let personas: Vec<&str> = rulebook
            .personas()
            .filter(|(_, persona)| {
                let mut references = persona.needs.iter().flat_map(Reference::choices);
                references.any(|one| *one == Reference::Aws((*name).to_owned()))
            })
            .map(|(rule, _)| rule.id.as_str())
            .collect();
        let mut versions: Vec<_> = policy.versions.iter().collect();
        versions.sort_by_key(|(id, _)| id.trim_start_matches('v').parse::<u32>().unwrap_or(0));
        if personas.is_empty() || versions.len() < 2 {
            continue;
        }
        let _ = write!(
            page,
            "\n## {name}\n\nNeeded by {}.\n\n| version | gained | lost | wider | narrower |\n\
             |---|---|---|---|---|\n",
            personas.join(", ")
        );
        for pair in versions.windows(2) {
            let [(_, old), (id, new)] = pair else { continue };
            let read = |version: &super::package::Version| Policy::parse(&version.document.to_string());
            let (before, after) = (read(old), read(new));
            let context = |error: String| format!("{name} {id}: {error}");
            let gained = beyond(&after, &before).map_err(context)?;
            let lost = beyond(&before, &after).map_err(context)?;
            let _ = writeln!(
                page,
                "| {id} | {} | {} | {} | {} |",
                cell(&gained),
                cell(&lost),
                count(&gained),
                count(&lost)
            );
        }
    }
    Ok(page)
}

fn cell(beyond: &Beyond) -> String {
    let shown: Vec<String> = beyond.whole.iter().take(NAMED).map(|action| format!("`{action}`")).collect();
    match beyond.whole.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn count(beyond: &Beyond) -> String {
    match (beyond.part.len(), beyond.unknown.len()) {
        (0, 0) => String::new(),
        (part, 0) => part.to_string(),
        (part, unknown) => format!("{part}, not known {unknown}"),
    }
}
