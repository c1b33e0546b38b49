//! What goes through a VPC endpoint, read off the name of its service.
//!
//! Source: PrivateLink Guide, "AWS services that integrate with AWS PrivateLink", and "Gateway endpoints" for S3 and
//! DynamoDB; the Service Authorization Reference for the prefixes of their actions.

use crate::catalogue;

/// What goes through an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// Requests of these services, by the prefixes of their actions.
    Services(Vec<&'static str>),
    /// No request that IAM decides on: somebody's own service, or traffic of another kind.
    Nothing,
    /// It is not known which.
    Unknown,
}

/// Names of endpoint services, without the region, whose actions have other prefixes. The others are called as the
/// prefix, or begin with it and a dot. Sorted by name.
const NAMES: [(&str, &[&str]); 51] = [
    ("appconfigdata", &["appconfig"]),
    ("appmesh-envoy-management", &["appmesh"]),
    ("appsync-api", &["appsync"]),
    ("aps-workspaces", &["aps"]),
    ("arsenal-discovery", &["arsenal", "discovery"]),
    ("bedrock-agent", &["bedrock"]),
    ("bedrock-agent-runtime", &["bedrock"]),
    ("bedrock-data-automation", &["bedrock"]),
    ("bedrock-data-automation-runtime", &["bedrock"]),
    ("bedrock-runtime", &["bedrock"]),
    ("cassandra-streams", &["cassandra"]),
    ("cloudcontrolapi", &["cloudformation"]),
    ("cloudhsmv2", &["cloudhsm"]),
    ("control-storage-omics", &["omics"]),
    ("data-servicediscovery", &["servicediscovery"]),
    ("deviceadvisor.iot", &["iotdeviceadvisor"]),
    ("dicom-medical-imaging", &["medical-imaging"]),
    ("dynamodb-streams", &["dynamodb"]),
    ("ecs-agent", &["ecs"]),
    ("ecs-telemetry", &["ecs"]),
    ("elasticbeanstalk-health", &["elasticbeanstalk"]),
    ("email", &["ses"]),
    ("email-smtp", &["ses"]),
    ("git-codecommit", &["codecommit"]),
    ("grafana-workspace", &["grafana"]),
    ("guardduty-data", &["guardduty"]),
    ("inspector-scan", &["inspector-scan", "inspector2"]),
    ("kinesis-firehose", &["firehose"]),
    ("kinesis-streams", &["kinesis"]),
    ("memory-db", &["memorydb"]),
    ("metering-marketplace", &["aws-marketplace"]),
    ("models-v2-lex", &["lex"]),
    ("monitoring", &["cloudwatch"]),
    ("neptune-graph-data", &["neptune-graph"]),
    ("personalize-events", &["personalize"]),
    ("personalize-runtime", &["personalize"]),
    ("pinpoint", &["mobiletargeting"]),
    ("pinpoint-sms-voice-v2", &["sms-voice"]),
    ("quicksight-website", &["quicksight"]),
    ("rum-dataplane", &["rum"]),
    ("runtime-medical-imaging", &["medical-imaging"]),
    ("runtime-v2-lex", &["lex"]),
    ("s3-global.accesspoint", &["s3"]),
    ("servicecatalog-appregistry", &["servicecatalog"]),
    ("storage-omics", &["omics"]),
    ("streaming-rekognition", &["rekognition"]),
    ("sync-states", &["states"]),
    ("tags-omics", &["omics"]),
    ("transcribestreaming", &["transcribe"]),
    ("transfer.server", &[]),
    ("workflows-omics", &["omics"]),
];

/// What goes through an endpoint to a service of this name, as `com.amazonaws.eu-west-1.s3`.
pub fn carried(service_name: &str) -> Carried {
    let name = service_name.strip_prefix("cn.").unwrap_or(service_name);
    // Services of customers and partners are called so (PrivateLink Guide, "Share your services").
    if name.starts_with("com.amazonaws.vpce.") {
        return Carried::Nothing;
    }
    let known = ["com.amazonaws.", "api.aws.", "aws.api.", "aws."];
    let Some(name) = known.iter().find_map(|begin| name.strip_prefix(begin)) else { return Carried::Unknown };
    let parts = name.split('.').filter(|part| !is_region(part));
    let name = parts.collect::<Vec<_>>().join(".").to_ascii_lowercase();
    let name = name.strip_suffix("-fips").unwrap_or(&name);
    if let Ok(at) = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)) {
        let services = NAMES[at].1;
        return if services.is_empty() { Carried::Nothing } else { Carried::Services(services.to_vec()) };
    }
    let first = name.split('.').next().unwrap_or(name);
    let first = first.strip_suffix("-fips").unwrap_or(first);
    match catalogue::services().find(|service| *service == first) {
        Some(service) => Carried::Services(vec![service]),
        None => Carried::Unknown,
    }
}

/// The region in the name of an endpoint service.
pub fn region(service_name: &str) -> Option<&str> {
    service_name.split('.').find(|part| is_region(part))
}

fn is_region(part: &str) -> bool {
    catalogue::partitions().any(|partition| catalogue::regions(partition).contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_services() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, services) in NAMES {
            for service in services {
                assert!(catalogue::service_known(service), "{name}: {service}");
            }
            // A row that says what would be read off the name is none.
            let plain = services.len() == 1 && name.split('.').next() == Some(services[0]);
            assert!(!plain, "{name}");
        }
    }

    #[test]
    fn names_lead_to_the_prefixes_of_actions() {
        let of = |name: &str| match carried(name) {
            Carried::Services(services) => services.join(" "),
            other => format!("{other:?}"),
        };
        for (name, services) in [
            ("com.amazonaws.eu-west-1.s3", "s3"),
            ("cn.com.amazonaws.cn-north-1.s3", "s3"),
            ("com.amazonaws.s3-global.accesspoint", "s3"),
            ("com.amazonaws.eu-west-1.monitoring", "cloudwatch"),
            ("com.amazonaws.us-east-1.kinesis-streams-fips", "kinesis"),
            ("com.amazonaws.eu-west-1.ecr.dkr", "ecr"),
            ("com.amazonaws.eu-west-1.sagemaker.runtime", "sagemaker"),
            ("aws.sagemaker.eu-west-1.notebook", "sagemaker"),
            ("com.amazonaws.us-east-1.sagemaker.api-fips", "sagemaker"),
            ("aws.api.us-east-1.kendra-ranking", "kendra-ranking"),
            ("api.aws.us-east-1.cassandra-streams", "cassandra"),
            ("com.amazonaws.iam", "iam"),
            ("com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b2c3d4e5f60718", "Nothing"),
            ("com.amazonaws.eu-west-1.transfer.server", "Nothing"),
            ("com.amazonaws.eu-west-1.unheard-of", "Unknown"),
            ("com.example.database", "Unknown"),
            ("", "Unknown"),
        ] {
            assert_eq!(of(name), services, "{name}");
        }
        assert_eq!(region("com.amazonaws.eu-west-1.s3"), Some("eu-west-1"));
        assert_eq!(region("com.amazonaws.s3-global.accesspoint"), None);
    }
}
