//! Policy documents of the sizes and mixes that organizations have, made from a seed: the same
//! seed gives the same bytes. The benches and `cargo xtask bench` read this one file.

use std::fmt::Write as _;

/// Where every generated resource is.
pub(crate) const REGION: &str = "eu-west-1";
/// Whose it is.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The organization that the RCPs let in.
pub(crate) const ORGANIZATION: &str = "o-exampleorg1";

/// A small generator of numbers (SplitMix64); quality does not matter, repeatability does.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// The sequence of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number, below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % bound as u64) as usize
    }
}

/// A service: its prefix, actions that read, actions that write, and where its resources are, up to
/// the project's name.
pub(crate) struct Service {
    pub(crate) prefix: &'static str,
    pub(crate) read: [&'static str; 3],
    pub(crate) write: [&'static str; 3],
    arn: &'static str,
}

const fn service(
    prefix: &'static str,
    read: [&'static str; 3],
    write: [&'static str; 3],
    arn: &'static str,
) -> Service {
    Service { prefix, read, write, arn }
}

/// What the generated policies and requests are about.
pub(crate) const SERVICES: [Service; 12] = [
    service(
        "s3",
        ["GetObject", "GetObjectTagging", "GetObjectVersion"],
        ["PutObject", "DeleteObject", "PutObjectTagging"],
        "arn:aws:s3:::data/",
    ),
    service("dynamodb", ["GetItem", "Query", "Scan"], ["PutItem", "UpdateItem", "DeleteItem"], "table/"),
    service("sqs", ["ReceiveMessage", "GetQueueAttributes", "GetQueueUrl"], SQS_WRITE, ""),
    service("sns", ["GetTopicAttributes", "ListTagsForResource", "ListSubscriptionsByTopic"], SNS_WRITE, ""),
    service("lambda", ["GetFunction", "GetPolicy", "ListTags"], LAMBDA_WRITE, "function:"),
    service(
        "secretsmanager",
        ["GetSecretValue", "DescribeSecret", "ListSecretVersionIds"],
        SECRET_WRITE,
        "secret:",
    ),
    service("ssm", ["GetParameter", "GetParameters", "GetParameterHistory"], SSM_WRITE, "parameter/"),
    service(
        "states",
        ["DescribeStateMachine", "ListExecutions", "ListTagsForResource"],
        STATES_WRITE,
        "stateMachine:",
    ),
    service("kinesis", ["GetRecords", "GetShardIterator", "DescribeStream"], KINESIS_WRITE, "stream/"),
    service("ecr", ["BatchGetImage", "GetDownloadUrlForLayer", "DescribeImages"], ECR_WRITE, "repository/"),
    service("codecommit", ["GitPull", "GetBranch", "GetCommit"], CODECOMMIT_WRITE, ""),
    service("ec2", ["GetConsoleOutput", "GetConsoleScreenshot", "GetPasswordData"], EC2_WRITE, "instance/"),
];

const SQS_WRITE: [&str; 3] = ["SendMessage", "DeleteMessage", "PurgeQueue"];
const SNS_WRITE: [&str; 3] = ["Publish", "Subscribe", "SetTopicAttributes"];
const LAMBDA_WRITE: [&str; 3] = ["InvokeFunction", "UpdateFunctionCode", "DeleteFunction"];
const SECRET_WRITE: [&str; 3] = ["PutSecretValue", "UpdateSecret", "DeleteSecret"];
const SSM_WRITE: [&str; 3] = ["PutParameter", "DeleteParameter", "LabelParameterVersion"];
const STATES_WRITE: [&str; 3] = ["StartExecution", "UpdateStateMachine", "DeleteStateMachine"];
const KINESIS_WRITE: [&str; 3] = ["PutRecord", "PutRecords", "DeleteStream"];
const ECR_WRITE: [&str; 3] = ["PutImage", "UploadLayerPart", "BatchDeleteImage"];
const CODECOMMIT_WRITE: [&str; 3] = ["GitPush", "CreateBranch", "DeleteBranch"];
const EC2_WRITE: [&str; 3] = ["StartInstances", "StopInstances", "TerminateInstances"];

impl Service {
    /// The ARN, or pattern, of what a project calls so.
    pub(crate) fn resource(&self, project: &str, name: &str) -> String {
        if self.arn.starts_with("arn:") {
            return format!("{}{project}/{name}", self.arn);
        }
        format!("arn:aws:{}:{REGION}:{ACCOUNT}:{}{project}-{name}", self.prefix, self.arn)
    }
}

/// The name of a project.
pub(crate) fn project(number: usize) -> String {
    const NAMES: [&str; 8] = ["atlas", "borealis", "cinder", "dune", "ember", "fjord", "grove", "harbor"];
    format!("{}{:02}", NAMES[number % NAMES.len()], number / NAMES.len())
}

/// A policy for people of a project: what it owns by name, what it owns by tag, reading elsewhere,
/// and some denies; about five services in the largest, the first of which the seed shifts.
pub(crate) fn identity(number: usize, seed: u64, characters: usize) -> String {
    let project = project(number);
    let first = number + seed as usize;
    let mut statements = 0;
    document(characters, || {
        let turn = statements;
        let service = &SERVICES[(first + turn / 5) % SERVICES.len()];
        statements += 1;
        let (read, write) = (actions(service, &service.read), actions(service, &service.write));
        let own = service.resource(&project, "*");
        let prefix = service.prefix;
        match turn % 5 {
            0 => format!(
                r#""Sid":"Read{turn}","Effect":"Allow","Action":[{read}],"Resource":["{own}","{}"]"#,
                service.resource("shared", "*")
            ),
            1 => format!(
                r#""Sid":"Write{turn}","Effect":"Allow","Action":[{write}],"Resource":"{own}","Condition":{{"StringEquals":{{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}},"Bool":{{"aws:SecureTransport":"true"}}}}"#,
            ),
            2 => format!(
                r#""Effect":"Allow","Action":["{prefix}:Get*","{prefix}:List*"],"Resource":"{}","Condition":{{"StringLike":{{"aws:PrincipalTag/team":"{project}-*"}}}}"#,
                service.resource("${aws:PrincipalTag/project}", "*")
            ),
            3 => format!(
                r#""Sid":"Mfa{turn}","Effect":"Deny","Action":["{prefix}:Delete*","{prefix}:Update*"],"Resource":"{}","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}"#,
                service.resource("*", "*")
            ),
            _ => format!(
                r#""Effect":"Deny","Action":"{prefix}:*","Resource":["{}","{}"],"Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::{ACCOUNT}:role/operations/*"}}}}"#,
                service.resource("*", "protected"),
                service.resource("*", "protected-*")
            ),
        }
    })
}

/// A permissions boundary: the services that people may use, and denies around IAM.
pub(crate) fn boundary(seed: u64, characters: usize) -> String {
    let mut numbers = Numbers::new(seed);
    let left_out = numbers.below(SERVICES.len() * 3);
    let mut turn = 0;
    document(characters, || {
        turn += 1;
        if turn == 1 {
            let all = SERVICES.iter().enumerate().filter(|(i, _)| *i != left_out);
            let all: Vec<String> = all.map(|(_, s)| format!(r#""{}:*""#, s.prefix)).collect();
            return format!(r#""Effect":"Allow","Action":[{}],"Resource":"*""#, all.join(","));
        }
        let n = numbers.below(1000);
        format!(
            r#""Effect":"Deny","Action":["iam:Put*","iam:Attach*","iam:CreateUser"],"Resource":"arn:aws:iam::{ACCOUNT}:role/platform{n}/*","Condition":{{"StringNotEquals":{{"iam:PermissionsBoundary":"arn:aws:iam::{ACCOUNT}:policy/boundary{n}"}}}}"#
        )
    })
}

/// An SCP that denies: regions, leaving, tampering with what the platform made.
pub(crate) fn scp(seed: u64, characters: usize) -> String {
    let mut numbers = Numbers::new(seed);
    let mut turn = 0;
    document(characters, || {
        turn += 1;
        let n = numbers.below(1000);
        match turn % 4 {
            1 => r#""Sid":"Regions","Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","support:*","sts:*","cloudfront:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1","us-east-1"]},"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/operations/*"]}}"#.to_owned(),
            2 => format!(
                r#""Effect":"Deny","Action":["organizations:LeaveOrganization","cloudtrail:StopLogging","cloudtrail:DeleteTrail","guardduty:Delete*"],"Resource":"*","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::*:role/platform{n}"}}}}"#
            ),
            3 => format!(
                r#""Effect":"Deny","Action":["lambda:*","sqs:*","dynamodb:Delete*"],"Resource":["arn:aws:sqs:*:*:*platform{n}*","arn:aws:lambda:*:*:function:platform{n}-*"],"Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalTag/team":"platform"}}}}"#
            ),
            _ => r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}"#.to_owned(),
        }
    })
}

/// An RCP: nobody from outside, nothing in the clear.
pub(crate) fn rcp(seed: u64, characters: usize) -> String {
    let mut numbers = Numbers::new(seed);
    document(characters, || {
        let n = numbers.below(1000);
        format!(
            r#""Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*","secretsmanager:*","dynamodb:*"],"Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"{ORGANIZATION}","aws:PrincipalTag/partner{n}":"yes"}},"BoolIfExists":{{"aws:PrincipalIsAWSService":"false"}}}}"#
        )
    })
}

/// What AWS attaches to every level at first.
pub(crate) const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Statements until the document has about that many characters, and at least one.
fn document(characters: usize, mut statement: impl FnMut() -> String) -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    let mut next = statement();
    loop {
        let _ = write!(text, "{{{next}}}");
        next = statement();
        if text.len() + next.len() > characters {
            break;
        }
        text.push(',');
    }
    text.push_str("]}");
    text
}

fn actions(service: &Service, names: &[&str]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!(r#""{}:{name}""#, service.prefix)).collect();
    all.join(",")
}
