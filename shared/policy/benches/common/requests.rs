//! Requests about what the generated documents speak of: most by a project on its own resources,
//! the rest on another's, from a region the SCPs refuse, without MFA, or on protected resources.

use super::documents::{ACCOUNT, Numbers, ORGANIZATION, REGION, SERVICES, project};

/// A request in the words of `stanchion simulate`. It belongs to a project, whose policies bind it.
pub(crate) struct Asked {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Vec<(&'static str, String)>,
}

/// The request of a seed, by a member of a project.
pub(crate) fn request(number: usize, seed: u64) -> Asked {
    let mut numbers = Numbers::new(seed);
    // The services that the project's policies speak of, and now and then any other.
    let service = match numbers.below(8) {
        0 => numbers.below(SERVICES.len()),
        _ => number + numbers.below(4),
    };
    let service = &SERVICES[service % SERVICES.len()];
    let action = match numbers.below(3) {
        0 => service.write[numbers.below(3)],
        _ => service.read[numbers.below(3)],
    };
    let (own, other) = (project(number), project(number + 1));
    let kind = numbers.below(10);
    let name = if kind == 8 { "protected".to_owned() } else { format!("store{:04}", numbers.below(5000)) };
    let resource = service.resource(if kind == 6 { &other } else { &own }, &name);
    let principal = format!("arn:aws:iam::{ACCOUNT}:role/{own}-engineer");
    let region = if kind == 7 { "ap-southeast-2" } else { REGION };
    let mfa = if kind == 9 { "false" } else { "true" };
    let context = vec![
        // IAM derives it for anyone; peers want to be told.
        ("aws:PrincipalArn", principal.clone()),
        ("aws:PrincipalOrgID", ORGANIZATION.to_owned()),
        ("aws:PrincipalTag/project", own.clone()),
        ("aws:PrincipalTag/team", format!("{own}-core")),
        ("aws:RequestedRegion", region.to_owned()),
        ("aws:SecureTransport", "true".to_owned()),
        ("aws:MultiFactorAuthPresent", mfa.to_owned()),
        ("aws:SourceIp", format!("10.20.{}.{}", numbers.below(256), numbers.below(256))),
    ];
    Asked { principal, action: format!("{}:{action}", service.prefix), resource, context }
}
