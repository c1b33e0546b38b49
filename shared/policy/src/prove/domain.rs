//! What the resource of an action can look like: the ARN templates of the catalogue as patterns.

use std::iter;

use super::pattern::{Pattern, Token, characters};
use crate::catalogue::{self, ActionId, ResourceTypeId};

/// Placeholders whose values hold neither colon nor slash, by the naming rules of their service, so
/// that a bucket is never taken for an object, nor a table for its index.
const PLAIN_NAMES: [&str; 12] = [
    // S3 User Guide, "General purpose bucket naming rules".
    "BucketName",
    // DynamoDB Developer Guide, "Naming rules".
    "TableName",
    "IndexName",
    // Lambda API Reference, CreateFunction, FunctionName.
    "FunctionName",
    // SQS and SNS API References, CreateQueue and CreateTopic.
    "QueueName",
    "TopicName",
    // KMS API Reference, KeyMetadata.
    "KeyId",
    // EC2: resource ids are a prefix, a hyphen and hexadecimal digits.
    "InstanceId",
    "VolumeId",
    "VpcId",
    "SubnetId",
    "SecurityGroupId",
];

/// Resources of which some are AWS's own: their ARNs have no account (Systems Manager User Guide, "Working
/// with public parameters" and "SSM document ARNs").
const PUBLIC: [&str; 3] = [
    ":ssm:${Region}:${Account}:document/",
    ":ssm:${Region}:${Account}:parameter/",
    ":ssm:${Region}:${Account}:automation-definition/",
];

/// Placeholders whose values may well hold slashes.
fn has_path(name: &str) -> bool {
    [
        "Path",
        "ObjectName",
        "Parameter",
        "LogGroup",
        "LogStream",
        "Secret",
        "Repository",
        "Relative",
        "KeyName",
    ]
    .iter()
    .any(|part| {
        // Both are short: a search that prepares itself costs more than it saves.
        name.as_bytes().windows(part.len()).any(|own| own[0] == part.as_bytes()[0] && own == part.as_bytes())
    })
}

/// How far a template's placeholders are trusted to stand for any text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any text, so that nothing real is missed.
    Generous,
    /// No separators where names do not usually hold them, so that nothing unreal is found.
    Strict,
}

/// The region segment of a template.
#[derive(Clone, Copy, Debug)]
pub(super) enum Region<'a> {
    /// This one.
    Of(&'a str),
    /// Any region of the partition.
    Any,
    /// Any text.
    Text,
}

/// Whether some template of the type has the placeholder of a region.
pub(super) fn has_region(resource: ResourceTypeId) -> bool {
    resource.arn_templates().any(names_region)
}

/// Whether a template has the placeholder of a region.
fn names_region(template: &str) -> bool {
    // A single character is found faster than a text.
    template.split('$').any(|part| part.starts_with("{Region}"))
}

/// Whether some of these resources may have no account in their ARNs.
fn may_lack_account(template: &str) -> bool {
    let mut segments = template.split(':').skip(2);
    let service = segments.next();
    // Where any account may stand, none may: snapshots have none.
    segments.nth(1) == Some("*")
        || service == Some("ssm") && PUBLIC.iter().any(|part| template.contains(part))
}

/// The patterns of a resource type's ARNs in one partition and account.
pub(super) fn patterns(
    resource: ResourceTypeId,
    partition: &str,
    account: &str,
    region: Region<'_>,
    shape: Shape,
) -> Vec<Pattern> {
    let regions: Vec<&str> = match region {
        Region::Of(one) => vec![one],
        Region::Any => catalogue::regions(partition).to_vec(),
        Region::Text => vec!["${Region}"],
    };
    let mut patterns = Vec::new();
    for template in resource.arn_templates() {
        let with_region = names_region(template);
        let without_account = may_lack_account(template);
        for region in regions.iter().take(if with_region { usize::MAX } else { 1 }) {
            patterns.push(instantiate(template, partition, account, region, shape));
            if without_account {
                patterns.push(instantiate(template, partition, "", region, shape));
            }
        }
    }
    patterns
}

fn instantiate(template: &str, partition: &str, account: &str, region: &str, shape: Shape) -> Pattern {
    let mut tokens = Pattern::with_capacity(template.len());
    let mut rest = template;
    while !rest.is_empty() {
        let Some(start) = rest.find(['$', '*', '<']) else {
            tokens.extend(characters(rest));
            break;
        };
        tokens.extend(characters(&rest[..start]));
        rest = &rest[start..];
        let (name, length) = if let Some(body) = rest.strip_prefix("${") {
            match body.split_once('}') {
                Some((name, _)) => (name, name.len() + 3),
                None => ("", rest.len()),
            }
        } else if let Some(body) = rest.strip_prefix('<') {
            match body.split_once('>') {
                Some((name, _)) => (name, name.len() + 2),
                None => ("", rest.len()),
            }
        } else {
            ("*", 1)
        };
        match name {
            "Partition" => tokens.extend(characters(partition)),
            "Region" if region == "${Region}" => tokens.extend([Token::OneInName, Token::StarInName]),
            "Region" => tokens.extend(characters(region)),
            "Account" => tokens.extend(characters(account)),
            // Resources belong to the asker's account, or their ARNs name none.
            "*" if segment(&tokens) == Some(4) => tokens.extend(characters(account)),
            // A template's own wildcard, also where a region belongs.
            "*" if segment(&tokens).is_some() && template != "*" => tokens.push(Token::StarInName),
            "*" => tokens.push(Token::Star),
            // No colon in the first five parts of an ARN, whatever the placeholder.
            _ if segment(&tokens).is_some() => tokens.extend([Token::OneInName, Token::StarInName]),
            name => tokens.extend(placeholder(name, shape)),
        }
        rest = &rest[length..];
    }
    tokens
}

/// In which of the first five parts of an ARN the tokens end; `None`: behind them.
fn segment(tokens: &[Token]) -> Option<usize> {
    let colons = tokens.iter().filter(|token| **token == Token::Char(':')).count();
    (colons < 5).then_some(colons)
}

/// One character or more.
fn placeholder(name: &str, shape: Shape) -> [Token; 2] {
    let plain = PLAIN_NAMES.contains(&name);
    if plain || shape == Shape::Strict && !has_path(name) {
        [Token::OneInName, Token::StarInName]
    } else {
        [Token::One, Token::Star]
    }
}

/// Services with one endpoint, whose calls carry its region in `aws:RequestedRegion` (IAM User
/// Guide, "aws:RequestedRegion"; AWS General Reference, endpoints of each service). A service that is
/// not listed may be called in any region, which is never wrong for a *no*.
pub(super) fn home_region(action: ActionId, partition: &str) -> Option<&'static str> {
    match (partition, action.service()) {
        (
            "aws",
            "account" | "billing" | "budgets" | "ce" | "cloudfront" | "cur" | "iam" | "organizations"
            | "route53" | "route53domains" | "shield" | "waf",
        ) => Some("us-east-1"),
        ("aws", "globalaccelerator") => Some("us-west-2"),
        ("aws-us-gov", "iam" | "organizations") => Some("us-gov-west-1"),
        ("aws-cn", "iam") => Some("cn-north-1"),
        _ => None,
    }
}

/// The regions that every account has; others must be turned on first (AWS Account Management Reference Guide,
/// "Enable or disable AWS Regions in your account").
const ON_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The regions of a partition, each once: the usual one first, those that must be turned on last.
pub(super) fn regions(partition: &str) -> impl Iterator<Item = &'static str> {
    let (all, usual) = (catalogue::regions(partition), usual_region(partition));
    let by_default = ON_BY_DEFAULT.into_iter().filter(|region| all.contains(region));
    let others = all.iter().copied().filter(|region| !ON_BY_DEFAULT.contains(region));
    iter::once(usual).chain(by_default.chain(others).filter(move |region| *region != usual))
}

/// The region that witnesses use where any will do.
pub(super) fn usual_region(partition: &str) -> &'static str {
    let regions = catalogue::regions(partition);
    let usual = match partition {
        "aws" => "us-east-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "",
    };
    if regions.contains(&usual) { usual } else { regions.first().copied().unwrap_or("us-east-1") }
}
