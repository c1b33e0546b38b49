//! Private addresses for `aws:SourceIp`.

use ipnet::IpNet;

use crate::lint::{Check, Report, Severity, Subject};
use crate::value::parse_network;

pub(super) const CHECK: Check = Check {
    code: "private-source-ip",
    summary: "a private address range for `aws:SourceIp`, which sees public ones",
    severity: Severity::Warning,
    source: "UG, \"aws:SourceIp\"",
    run,
};

fn run(subject: &Subject<'_>, report: &mut Report) {
    let private: Vec<IpNet> = PRIVATE.iter().filter_map(|range| parse_network(range)).collect();
    let conditions = subject.statements.iter().flat_map(|statement| &statement.conditions);
    for value in conditions.filter(|c| c.key == "aws:sourceip").flat_map(|condition| &condition.values) {
        let range = parse_network(value.text);
        if range.is_some_and(|range| private.iter().any(|private| private.contains(&range))) {
            let text = value.text;
            report.add(
                value.span,
                format!("`{text}` is private: through a VPC endpoint use `aws:VpcSourceIp`"),
            );
        }
    }
}

const PRIVATE: [&str; 7] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "fc00::/7",
];
