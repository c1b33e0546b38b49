//! One principal of a large organization and the rules that it is held against, in the sizes and
//! mixes of the real thing: ten managed policies over dozens of services, a boundary, four levels of
//! SCPs that build a data perimeter, and fifty guardrails. Actions are the catalogue's own.

use std::fmt::Write as _;

use stanchion_policy::catalogue::{self, AccessLevel, ActionId};

use crate::common::documents::{ACCOUNT, ORGANIZATION};

/// What people of the organization work with.
const SERVICES: [&str; 44] = [
    "acm",
    "apigateway",
    "application-autoscaling",
    "appsync",
    "athena",
    "autoscaling",
    "backup",
    "batch",
    "bedrock",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticache",
    "elasticfilesystem",
    "elasticloadbalancing",
    "elasticmapreduce",
    "es",
    "events",
    "firehose",
    "glue",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "rds",
    "redshift",
    "s3",
    "sagemaker",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "timestream",
    "xray",
];

/// How long AWS lets a managed policy be (IAM User Guide, "IAM quotas"): 6,144 characters.
const CHARACTERS: usize = 6_000;

/// The approved regions.
const REGIONS: &str = r#"["eu-west-1","eu-central-1","us-east-1"]"#;

/// What the networks of the organization are.
const NETWORKS: &str = r#"["203.0.113.0/24","198.51.100.0/25","2001:db8:4700::/44"]"#;
const VPCS: &str = r#"["vpc-0a1b2c3d4e5f60001","vpc-0a1b2c3d4e5f60002","vpc-0a1b2c3d4e5f60003"]"#;

/// Up to `count` actions of a service, beginning with the `skip`th, as a JSON list's items.
fn actions(service: &str, wanted: fn(AccessLevel) -> bool, skip: usize, count: usize) -> String {
    let all = catalogue::service_actions(service).filter_map(ActionId::from_index);
    let some = all.filter(|action| wanted(action.access_level())).skip(skip).take(count);
    let quoted: Vec<String> = some.map(|action| format!(r#""{}""#, action.full_name())).collect();
    quoted.join(",")
}

fn writes(level: AccessLevel) -> bool {
    level == AccessLevel::Write
}

fn reads(level: AccessLevel) -> bool {
    matches!(level, AccessLevel::Read | AccessLevel::List)
}

/// The `number`th managed policy: reading by wildcards, writing by lists, with and without
/// conditions, on everything, on names and on tags.
pub(crate) fn managed(number: usize) -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    for turn in 0.. {
        let service = SERVICES[(number * 4 + turn / 6) % SERVICES.len()];
        let (next, after) = (SERVICES[(number * 4 + turn) % SERVICES.len()], SERVICES[(turn + 7) % 44]);
        let named = format!("arn:aws:{service}:*:{ACCOUNT}:*platform*");
        let some = actions(service, writes, turn % 6 * 4, 9);
        let statement = match turn % 6 {
            0 => format!(
                r#""Sid":"Read{turn}","Effect":"Allow","Action":["{service}:Get*","{service}:List*","{service}:Describe*","{next}:Describe*","{after}:BatchGet*"],"Resource":"*""#
            ),
            1 => format!(r#""Sid":"Write{turn}","Effect":"Allow","Action":[{some}],"Resource":"*""#),
            2 => format!(
                r#""Effect":"Allow","Action":[{some}],"Resource":["{named}","{named}/*"],"Condition":{{"StringEquals":{{"aws:RequestedRegion":{REGIONS}}},"Bool":{{"aws:SecureTransport":"true"}}}}"#
            ),
            3 => format!(
                r#""Effect":"Allow","Action":[{some}],"Resource":"*","Condition":{{"StringEquals":{{"aws:ResourceTag/team":"${{aws:PrincipalTag/team}}"}},"StringLike":{{"aws:PrincipalTag/project":"atlas*"}}}}"#
            ),
            4 => format!(
                r#""Sid":"Pass{turn}","Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::{ACCOUNT}:role/service/{service}-*","Condition":{{"StringEquals":{{"iam:PassedToService":["{service}.amazonaws.com","{next}.amazonaws.com"]}}}}"#
            ),
            _ => {
                let more = actions(service, reads, 0, 6);
                format!(
                    r#""Effect":"Allow","Action":[{more},"{service}:Tag*"],"Resource":"*","Condition":{{"ForAllValues:StringEquals":{{"aws:TagKeys":["team","project","cost-center"]}}}}"#
                )
            }
        };
        if text.len() + statement.len() > CHARACTERS {
            break;
        }
        // Few services have so many actions that write.
        if statement.contains("[]") {
            continue;
        }
        let comma = if text.ends_with('[') { "" } else { "," };
        let _ = write!(text, "{comma}{{{statement}}}");
    }
    text + "]}"
}

/// The boundary: the services of the organization, and the ways around it closed.
pub(crate) fn boundary() -> String {
    let all: Vec<String> = SERVICES.iter().map(|service| format!(r#""{service}:*""#)).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Sid":"Services","Effect":"Allow","Action":[{},"iam:PassRole","iam:Get*","iam:List*","sts:AssumeRole"],"Resource":"*"}},
            {{"Sid":"Billing","Effect":"Allow","Action":["ce:Get*","budgets:View*"],"Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalTag/billing":"yes"}}}}}},
            {{"Sid":"Boundary","Effect":"Deny","Action":["iam:*Boundary","iam:Create*","iam:Attach*","iam:Put*"],"Resource":"*"}},
            {{"Sid":"Protected","Effect":"Deny","Action":"*","Resource":["arn:aws:s3:::*-protected","arn:aws:s3:::*-protected/*","arn:aws:sqs:*:*:*-protected","arn:aws:kms:*:*:alias/protected-*"]}},
            {{"Sid":"SecondFactor","Effect":"Deny","Action":["dynamodb:Delete*","rds:Delete*","s3:Delete*"],"Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}
        ]}}"#,
        all.join(",")
    )
}

/// The SCPs of each level, root first, besides full access.
pub(crate) fn scps() -> [Vec<String>; 4] {
    let exempt = r#""ArnNotLikeIfExists":{"aws:PrincipalArn":["arn:aws:iam::*:role/platform/*","arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Break*"]}"#;
    let document = |statements: &[String]| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{{}}}]}}"#, statements.join("},{"))
    };
    let regions = format!(
        r#""Sid":"Regions","Effect":"Deny","NotAction":["a4b:*","account:*","budgets:*","ce:*","chime:*","cloudfront:*","cur:*","globalaccelerator:*","health:*","iam:*","importexport:*","organizations:*","route53:*","route53domains:*","shield:*","sts:*","support:*","trustedadvisor:*","waf:*"],"Resource":"*","Condition":{{"StringNotEquals":{{"aws:RequestedRegion":{REGIONS}}},{exempt}}}"#
    );
    let root = r#""Sid":"Root","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#.to_owned();
    let watchers = format!(
        r#""Sid":"Watchers","Effect":"Deny","Action":["cloudtrail:DeleteTrail","cloudtrail:StopLogging","cloudtrail:Update*","config:Delete*","config:Stop*","guardduty:Delete*","guardduty:Disassociate*","securityhub:Disable*","access-analyzer:Delete*","macie2:Disable*","organizations:LeaveOrganization"],"Resource":"*","Condition":{{{exempt}}}"#
    );
    let network = format!(
        r#""Sid":"Network","Effect":"Deny","NotAction":["es:ES*","dax:GetItem","dax:Query","dax:Scan","dax:PutItem","neptune-db:*","kafka-cluster:*","elasticfilesystem:Client*","rds-db:connect"],"Resource":"*","Condition":{{"BoolIfExists":{{"aws:ViaAWSService":"false"}},"NotIpAddressIfExists":{{"aws:SourceIp":{NETWORKS}}},"StringNotEqualsIfExists":{{"aws:PrincipalTag/perimeter:network":"exempt","aws:SourceVpc":{VPCS}}},{exempt}}}"#
    );
    let clients = format!(
        r#""Sid":"Clients","Effect":"Deny","Action":["es:ES*","elasticfilesystem:Client*"],"Resource":"*","Condition":{{"NotIpAddressIfExists":{{"aws:SourceIp":{NETWORKS}}},"StringNotEqualsIfExists":{{"aws:SourceVpc":{VPCS}}}}}"#
    );
    let resources = format!(
        r#""Sid":"Resources","Effect":"Deny","Action":"*","NotResource":["arn:aws:iam::aws:policy/*","arn:aws:ssm:*::parameter/*","arn:aws:ssm:*::document/*","arn:aws:ec2:*::image/*","arn:aws:lambda:*:123456789012:layer:*","arn:aws:s3:::elasticbeanstalk-samples-*/*","arn:aws:cloudformation:*:aws:transform/*"],"Condition":{{"StringNotEqualsIfExists":{{"aws:ResourceOrgID":"{ORGANIZATION}","aws:PrincipalTag/perimeter:resource":"exempt"}}}}"#
    );
    let transport = r#""Sid":"Transport","Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#.to_owned();
    let users = r#""Sid":"Users","Effect":"Deny","Action":["iam:CreateUser","iam:CreateAccessKey","iam:CreateLoginProfile"],"Resource":"*""#.to_owned();
    let keys = format!(
        r#""Sid":"Keys","Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey","kms:PutKeyPolicy"],"Resource":"*","Condition":{{{exempt}}}"#
    );
    let encryption = r#""Sid":"Encryption","Effect":"Deny","Action":["elasticfilesystem:CreateFileSystem"],"Resource":"*","Condition":{"Bool":{"elasticfilesystem:Encrypted":"false"}}"#.to_owned();
    [
        vec![document(&[root, transport]), document(&[watchers])],
        vec![document(&[regions]), document(&[users])],
        vec![document(&[network, clients]), document(&[keys])],
        vec![document(&[resources, encryption])],
    ]
}

/// The RCP at the root.
pub(crate) fn rcp() -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Identities","Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","kms:*","secretsmanager:*","sts:AssumeRole"],"Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{ORGANIZATION}","aws:ResourceTag/perimeter:identity":"exempt"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}}}]}}"#
    )
}

/// Fifty guardrails, each with whether the principal violates it. The first ten are data perimeters
/// about every action.
pub(crate) fn guardrails() -> Vec<(bool, String)> {
    let everything =
        |condition: &str| format!(r#"[{{"Action":"*","Resource":"*","Condition":{{{condition}}}}}]"#);
    let outside = format!(
        r#""BoolIfExists":{{"aws:ViaAWSService":"false"}},"NotIpAddressIfExists":{{"aws:SourceIp":{NETWORKS}}},"StringNotEqualsIfExists":{{"aws:SourceVpc":{VPCS}}}"#
    );
    let mut all = vec![
        (false, everything(&outside)),
        (
            false,
            everything(
                r#""Bool":{"aws:ViaAWSService":"false"},"Null":{"aws:SourceIp":"false"},"NotIpAddress":{"aws:SourceIp":["203.0.0.0/16","198.51.100.0/24","2001:db8::/32"]}"#,
            ),
        ),
        (
            false,
            everything(r#""Bool":{"aws:ViaAWSService":"false"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#),
        ),
        (
            false,
            everything(&format!(
                r#""StringNotEquals":{{"aws:SourceVpc":{VPCS}}},"Null":{{"aws:SourceVpc":"false"}},"Bool":{{"aws:ViaAWSService":"false"}}"#
            )),
        ),
        (
            false,
            everything(
                r#""Null":{"aws:SourceIp":"true","aws:SourceVpc":"true"},"Bool":{"aws:ViaAWSService":"false"}"#,
            ),
        ),
        (
            false,
            format!(
                r#"[{{"Action":"*","NotResource":["arn:aws:ssm:*::parameter/*","arn:aws:ec2:*::image/*"],"Condition":{{"StringNotEquals":{{"aws:ResourceOrgID":"{ORGANIZATION}"}}}}}}]"#
            ),
        ),
        (false, everything(r#""Bool":{"aws:SecureTransport":"false"}"#)),
        (false, everything(r#""StringNotLike":{"aws:RequestedRegion":["eu-*","us-east-1"]}"#)),
        (false, everything(&format!(r#""StringNotEquals":{{"aws:PrincipalOrgID":"{ORGANIZATION}"}}"#))),
        (
            true,
            everything(&format!(
                r#""StringNotEquals":{{"aws:VpceOrgID":"{ORGANIZATION}"}},"Null":{{"aws:VpceOrgID":"false"}}"#
            )),
        ),
    ];
    let plain = |violated, list: &str| (violated, format!(r#"[{{"Action":[{list}],"Resource":"*"}}]"#));
    // What nobody but the platform does: refused by the boundary, by SCPs, or never granted.
    for list in [
        r#""organizations:LeaveOrganization""#,
        r#""account:CloseAccount","organizations:CloseAccount""#,
        r#""cloudtrail:DeleteTrail","cloudtrail:StopLogging","cloudtrail:UpdateTrail","cloudtrail:PutEventSelectors""#,
        r#""guardduty:DeleteDetector","guardduty:UpdateDetector","guardduty:ArchiveFindings""#,
        r#""config:StopConfigurationRecorder","config:DeleteConfigurationRecorder","config:DeleteDeliveryChannel""#,
        r#""securityhub:DisableSecurityHub","securityhub:DeleteMembers""#,
        r#""access-analyzer:DeleteAnalyzer""#,
        r#""macie2:DisableMacie""#,
        r#""iam:CreateUser","iam:CreateAccessKey","iam:CreateLoginProfile""#,
        r#""iam:CreateSAMLProvider","iam:UpdateSAMLProvider","iam:CreateOpenIDConnectProvider""#,
        r#""iam:DeleteRolePermissionsBoundary","iam:PutRolePermissionsBoundary","iam:DeleteUserPermissionsBoundary""#,
        r#""iam:AttachUserPolicy","iam:AttachRolePolicy","iam:AttachGroupPolicy""#,
        r#""iam:CreatePolicyVersion","iam:SetDefaultPolicyVersion""#,
        r#""iam:UpdateAssumeRolePolicy""#,
        r#""iam:DeactivateMFADevice","iam:DeleteVirtualMFADevice""#,
        r#""kms:ScheduleKeyDeletion","kms:DisableKey""#,
        r#""kms:PutKeyPolicy""#,
        r#""ram:CreateResourceShare","ram:UpdateResourceShare""#,
        r#""route53:ChangeResourceRecordSets","route53domains:TransferDomainToAnotherAwsAccount""#,
        r#""aws-portal:*","billing:Update*","payments:*""#,
        r#""directconnect:*""#,
        r#""sso:*","sso-directory:*","identitystore:*""#,
        r#""*:*Boundary""#,
        r#""cur:*","savingsplans:Create*""#,
    ] {
        all.push(plain(false, list));
    }
    // What conditions keep from happening.
    for list in [
        r#"[{"Action":["dynamodb:DeleteItem","dynamodb:DeleteTable"],"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]"#,
        r#"[{"Action":["rds:DeleteDBInstance","rds:DeleteDBCluster"],"Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthPresent":"true"}}}]"#,
        r#"[{"Action":["s3:PutObject","sqs:SendMessage","dynamodb:PutItem"],"Resource":"*","Condition":{"StringLike":{"aws:RequestedRegion":["ap-*","sa-*"]}}}]"#,
        r#"[{"Action":"s3:*","Resource":["arn:aws:s3:::payroll-protected","arn:aws:s3:::payroll-protected/*"]}]"#,
        r#"[{"Action":["sqs:*","s3:*"],"Resource":["arn:aws:sqs:*:*:*-protected","arn:aws:s3:::*-protected/*"]}]"#,
        r#"[{"Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"Null":{"aws:SourceIp":"false"},"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24","2001:db8:4700::/44"]},"Bool":{"aws:ViaAWSService":"false"}}}]"#,
        r#"[{"Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/platform/*"}]"#,
        r#"[{"Action":"iam:PassRole","NotResource":"arn:aws:iam::*:role/service/*"}]"#,
        r#"[{"Action":"elasticfilesystem:CreateFileSystem","Resource":"*","Condition":{"Bool":{"elasticfilesystem:Encrypted":"false"}}}]"#,
        r#"[{"Action":["ec2:RunInstances","lambda:CreateFunction"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]"#,
        r#"[{"Action":["ce:*","budgets:*"],"Resource":"*"}]"#,
    ] {
        all.push((false, list.to_owned()));
    }
    // What can be done.
    for list in [
        r#"[{"Action":"rds:Describe*","Resource":"*"}]"#,
        r#"[{"Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::payroll/*"}]"#,
        r#"[{"Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"Null":{"aws:SourceVpc":"false"}}}]"#,
        r#"[{"Action":"iam:PassRole","Resource":"*"}]"#,
        r#"[{"Action":["lambda:GetFunction","lambda:UpdateFunctionCode"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}]"#,
    ] {
        all.push((true, list.to_owned()));
    }
    all
}
