//! A statement that no request can match.

use crate::catalogue;
use crate::idle::{Limit, Search};
use crate::lint::{Check, Kind, Report, Severity, Subject};
use crate::prove::Home;
use crate::request::Context;

pub(super) const CHECK: Check = Check {
    code: "matches-nothing",
    summary: "a statement that no request can match",
    severity: Severity::Warning,
    source: "UG, \"Policy evaluation logic\"; ORG, \"Resource control policies (RCPs)\"",
    run,
};

/// How many steps of the prover one policy may take.
const STEPS: u64 = 5_000_000;

fn run(subject: &Subject<'_>, report: &mut Report) {
    let limit = match subject.kind {
        Kind::Identity | Kind::Scp => Limit::Scp,
        Kind::Rcp => Limit::Rcp,
        Kind::Resource | Kind::Trust => return,
    };
    let mut partitions: Vec<&str> = catalogue::partitions().collect();
    // The one that nearly everybody is in comes first.
    partitions.sort_by_key(|partition| *partition != "aws");
    let homes = partitions.into_iter().map(|partition| Home {
        partition,
        account: "111122223333",
        of_principal: Context::new(),
        of_resource: Context::new(),
        now: None,
    });
    let mut search = Search::new(limit, homes.collect(), STEPS);
    for (index, statement) in subject.statements.iter().enumerate() {
        let Some(idle) = search.idle(&subject.document, index) else { continue };
        let message = format!("statement {index} {idle}");
        if idle.certain {
            report.add(&statement.node.span, message);
        } else if subject.kind != Kind::Identity {
            report.note(&statement.node.span, message);
        }
    }
}
