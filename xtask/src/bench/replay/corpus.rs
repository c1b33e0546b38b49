//! A month of an organization's log files, and its inventory: the same bytes for the same numbers.
//!
//! The mixture and the sizes are those of a trail of management events as it is usual: mostly reads of
//! services that nobody watches, sessions, and here and there a call of IAM.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::bench::corpus::Numbers;

const ACCOUNTS: usize = 20;
const ROLES: usize = 40;
const REGIONS: [&str; 3] = ["us-east-1", "eu-central-1", "eu-west-1"];
/// Records of a file.
const BATCH: usize = 1_000;
/// Changes with the way of writing; the folder is written anew when it is another.
const FORMAT: usize = 2;

/// (Service, operation, whether it only reads), as often as they come here.
const CALLS: [(&str, &str, bool); 20] = [
    ("sts", "AssumeRole", true),
    ("sts", "AssumeRole", true),
    ("sts", "AssumeRole", true),
    ("kms", "Decrypt", true),
    ("kms", "Decrypt", true),
    ("kms", "GenerateDataKey", true),
    ("s3", "GetBucketAcl", true),
    ("s3", "GetBucketLocation", true),
    ("ec2", "DescribeInstances", true),
    ("ec2", "DescribeNetworkInterfaces", true),
    ("ec2", "CreateNetworkInterface", false),
    ("logs", "CreateLogStream", false),
    ("logs", "DescribeLogGroups", true),
    ("ssm", "UpdateInstanceInformation", false),
    ("monitoring", "DescribeAlarms", true),
    ("lambda", "GetFunction20150331v2", true),
    ("cloudformation", "DescribeStacks", true),
    ("dynamodb", "DescribeTable", true),
    ("iam", "GetRole", true),
    ("iam", "ListAttachedRolePolicies", true),
];

/// What was written.
pub(super) struct Corpus {
    pub(super) files: Vec<PathBuf>,
    pub(super) bytes: u64,
}

/// Writes the corpus into a folder, unless it is there.
pub(super) fn write(folder: &Path, records: usize, one_in: usize) -> Result<Corpus, String> {
    let mark = folder.join("written");
    let wanted = format!("{FORMAT} {records} {one_in}");
    let there = fs::read_to_string(&mark).is_ok_and(|text| text == wanted);
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    if !there {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(wrong(error)),
            _ => {}
        }
        inventory(&folder.join("inventory/accounts")).map_err(wrong)?;
    }
    let mut corpus = Corpus { files: Vec::new(), bytes: 0 };
    let files = records.div_ceil(BATCH);
    for number in 0..files {
        let path = folder.join(path(number, files));
        if !there {
            let size = BATCH.min(records - number * BATCH);
            log_file(&path, number, size, files, one_in).map_err(wrong)?;
        }
        corpus.bytes += fs::metadata(&path).map_err(wrong)?.len();
        corpus.files.push(path);
    }
    fs::write(mark, wanted).map_err(wrong)?;
    Ok(corpus)
}

fn account(number: usize) -> String {
    format!("{:012}", 222_200_000_000 + number * 1_111)
}

/// The minute of the month in which a file is delivered.
fn minute(number: usize, files: usize) -> usize {
    20 + number * (30 * 24 * 60 - 40) / files
}

/// `2026-03-09T09:15`, or without the marks.
fn time(minute: usize, marks: bool) -> String {
    let (day, hour, minute) = (minute / 1440 + 1, minute / 60 % 24, minute % 60);
    if marks {
        format!("2026-03-{day:02}T{hour:02}:{minute:02}")
    } else {
        format!("202603{day:02}T{hour:02}{minute:02}Z")
    }
}

fn path(number: usize, files: usize) -> PathBuf {
    let (account, region) = (account(number % ACCOUNTS), REGIONS[number % REGIONS.len()]);
    let minute = minute(number, files);
    let day = minute / 1440 + 1;
    format!(
        "AWSLogs/o-bench00001/{account}/CloudTrail/{region}/2026/03/{day:02}/{account}_CloudTrail_{region}_{}_{number:016}.json.gz",
        time(minute, false)
    )
    .into()
}

fn log_file(path: &Path, number: usize, records: usize, files: usize, one_in: usize) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    // Far apart: neighbouring seeds give the same sequence, one step on.
    let mut numbers = Numbers::new((number as u64 + 1) << 32);
    let mut out = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::default());
    let delivered = minute(number, files);
    out.write_all(b"{\"Records\":[")?;
    for index in 0..records {
        if index > 0 {
            out.write_all(b",")?;
        }
        let serial = number * BATCH + index;
        let moment = format!("{}:{:02}Z", time(delivered - 5 - numbers.below(10), true), numbers.below(60));
        let account = account(number % ACCOUNTS);
        let region = REGIONS[number % REGIONS.len()];
        let record =
            if serial % one_in == one_in / 2 { relevant(&mut numbers, serial) } else { other(&mut numbers) };
        serde_json::to_writer(&mut out, &whole(record, &mut numbers, &account, region, &moment))?;
    }
    out.write_all(b"]}")?;
    out.finish()?.flush()
}

fn hexadecimal(numbers: &mut Numbers, digits: usize) -> String {
    (0..digits).map(|_| char::from(b"0123456789abcdef"[numbers.below(16)])).collect()
}

fn uuid(numbers: &mut Numbers) -> String {
    [8, 4, 4, 4, 12].map(|digits| hexadecimal(numbers, digits)).join("-")
}

/// A record with everything that every record has, in the order in which CloudTrail writes it.
fn whole(call: Value, numbers: &mut Numbers, account: &str, region: &str, time: &str) -> Value {
    let role = format!("service-{}", numbers.below(ROLES));
    let key = hexadecimal(numbers, 16).to_uppercase();
    let source = call["eventSource"].as_str().unwrap_or_default();
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROA{key}:i-0{}", hexadecimal(numbers, 16)),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/i-0{}", hexadecimal(numbers, 16)),
            "accountId": account,
            "accessKeyId": format!("ASIA{}", hexadecimal(numbers, 16).to_uppercase()),
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": format!("AROA{key}"),
                    "arn": format!("arn:aws:iam::{account}:role/{role}"), "accountId": account, "userName": role},
                "attributes": {"creationDate": time, "mfaAuthenticated": "false"},
                "ec2RoleDelivery": "2.0"
            }
        },
        "eventTime": time,
        "eventSource": source,
        "eventName": call["eventName"],
        "awsRegion": region,
        "sourceIPAddress": format!("10.{}.{}.{}", numbers.below(256), numbers.below(256), numbers.below(256)),
        "userAgent": "aws-sdk-java/2.25.11 Linux/5.10.215-203.850.amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS \
            Java/17.0.11 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/standard"
    });
    for name in ["errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData"]
    {
        if !call[name].is_null() || matches!(name, "requestParameters" | "responseElements") {
            record[name] = call[name].clone();
        }
    }
    for (name, value) in [
        ("requestID", uuid(numbers).into()),
        ("eventID", uuid(numbers).into()),
        ("readOnly", call["readOnly"].clone()),
        (
            "resources",
            json!([{"accountId": account, "type": "AWS::Bench::Thing",
            "ARN": format!("arn:aws:bench:{region}:{account}:thing/{}", hexadecimal(numbers, 12))}]),
        ),
        ("eventType", "AwsApiCall".into()),
        ("managementEvent", true.into()),
        ("recipientAccountId", account.into()),
        ("eventCategory", "Management".into()),
        (
            "tlsDetails",
            json!({"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": source}),
        ),
    ] {
        record[name] = value;
    }
    record
}

fn other(numbers: &mut Numbers) -> Value {
    let (service, name, read_only) = CALLS[numbers.below(CALLS.len())];
    let mut call = json!({
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "readOnly": read_only,
        "requestParameters": {
            "roleArn": format!("arn:aws:iam::{}:role/service-{}", account(numbers.below(ACCOUNTS)), numbers.below(ROLES)),
            "roleSessionName": format!("i-0{}", hexadecimal(numbers, 16)), "durationSeconds": 3600,
            "filterSet": {"items": [{"name": "tag:Name", "valueSet": {"items": [{"value": hexadecimal(numbers, 8)}]}}]}},
        "additionalEventData": {"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0, "x-amz-id-2": hexadecimal(numbers, 44), "bytesTransferredOut": numbers.below(9999)}
    });
    if numbers.below(40) == 0 {
        call["errorCode"] = "AccessDenied".into();
        call["errorMessage"] = "is not authorized to perform this: no identity-based policy allows it".into();
        call["requestParameters"] = Value::Null;
    }
    call
}

fn relevant(numbers: &mut Numbers, serial: usize) -> Value {
    let role = format!("service-{}", numbers.below(ROLES));
    let document = |action: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Sid": format!("S{serial}"), "Effect": "Allow",
            "Action": [action, "logs:PutLogEvents"], "Resource": "*"}]})
        .to_string()
    };
    let attached = ["AmazonS3ReadOnlyAccess", "AdministratorAccess", "AWSCloudTrail_FullAccess"];
    let policy = format!("arn:aws:iam::aws:policy/{}", attached[numbers.below(attached.len())]);
    let action = ["s3:GetObject", "iam:PassRole", "sqs:*", "ec2:Describe*"][numbers.below(4)];
    let new = format!("made-{serial}");
    let (name, parameters) = match numbers.below(20) {
        0..5 => ("AttachRolePolicy", json!({"roleName": role, "policyArn": policy})),
        5..9 => ("DetachRolePolicy", json!({"roleName": role, "policyArn": policy})),
        9..13 => (
            "PutRolePolicy",
            json!({"roleName": role, "policyName": "app", "policyDocument": document(action)}),
        ),
        13 => ("DeleteRolePolicy", json!({"roleName": role, "policyName": "app"})),
        14 | 15 => ("TagRole", json!({"roleName": role, "tags": [{"key": "seen", "value": new}]})),
        16 => ("UpdateAssumeRolePolicy", json!({"roleName": role, "policyDocument": trust().to_string()})),
        17 => ("UpdateRoleDescription", json!({"roleName": role, "description": new})),
        18 => (
            "UpdateAccessKey",
            json!({"userName": "robot", "accessKeyId": format!("AKIABENCH{role}"), "status": "Inactive"}),
        ),
        _ => (
            "CreateRole",
            json!({"roleName": new, "path": "/", "assumeRolePolicyDocument": trust().to_string()}),
        ),
    };
    json!({"eventSource": "iam.amazonaws.com", "eventName": name, "readOnly": false, "requestParameters": parameters})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

/// Each account's roles, with a policy of their own.
fn inventory(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let allow = |action: Value| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let managed = |name: &str, action: Value| {
        json!({"Arn": format!("arn:aws:iam::aws:policy/{name}"), "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document": allow(action)}]})
    };
    for number in 0..ACCOUNTS {
        let account = account(number);
        let role = |role: usize| {
            json!({"RoleName": format!("service-{role}"), "RoleId": format!("AROABENCH{number:04}{role:08}"), "Path": "/",
                "Arn": format!("arn:aws:iam::{account}:role/service-{role}"), "AssumeRolePolicyDocument": trust(),
                "AttachedManagedPolicies": [], "Tags": [], "InstanceProfileList": [], "RolePolicyList": [
                    {"PolicyName": "base", "PolicyDocument": allow(json!(["s3:GetObject", "sqs:SendMessage", "logs:*"]))}]})
        };
        let user = json!({"UserName": "robot", "UserId": format!("AIDABENCH{number:012}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{account}:user/robot"), "GroupList": [], "AttachedManagedPolicies": [],
            "UserPolicyList": []});
        let roles: Vec<Value> = (0..ROLES).map(role).collect();
        let details = json!({"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [
            managed("AmazonS3ReadOnlyAccess", json!(["s3:Get*", "s3:List*"])),
            managed("AdministratorAccess", json!("*")),
            managed("AWSCloudTrail_FullAccess", json!("cloudtrail:*"))]});
        fs::write(folder.join(format!("{account}.json")), details.to_string())?;
    }
    Ok(())
}
