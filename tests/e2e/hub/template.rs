//! What emulators do not enforce, asserted on the templates as CloudFormation has them: encryption, policies, dead letters.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use stanchion_policy::catalogue;

use crate::deploy::{self, STACK};
use crate::world::World;

pub(crate) async fn is_as_it_should_be(world: &World) {
    let hub = deploy::processed(&world.place, &world.place.hub(), STACK);
    let member = deploy::processed(&world.place, world.names.of("333344445555"), "stanchion-member");
    for template in [&hub, &member] {
        queues(template);
        roles(template);
        rules(template);
    }
    topics(&hub);
    people(&hub);
    kept(&hub);
    functions(&hub);
    alarms(&hub, &fs::read_to_string(world.place.root.join("docs/OPERATE.md")).expect("docs/OPERATE.md"));
}

/// The resources of a type, by their logical ids.
fn of<'t>(template: &'t Value, kind: &str) -> Vec<(&'t str, &'t Value)> {
    let all = template["Resources"].as_object().expect("resources");
    let found: Vec<_> = all.iter().filter(|(_, it)| it["Type"] == kind).collect();
    found.into_iter().map(|(id, it)| (id.as_str(), &it["Properties"])).collect()
}

/// A value, or each of its list; what is behind a condition counts.
fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().flat_map(each).collect(),
        Value::Object(it) if it.contains_key("Fn::If") => {
            it["Fn::If"].as_array().into_iter().flatten().skip(1).collect()
        }
        other => vec![other],
    }
}

fn statements(document: &Value) -> Vec<&Value> {
    each(&document["Statement"]).into_iter().filter(|it| it.get("Effect").is_some()).collect()
}

fn queues(template: &Value) {
    let queues = of(template, "AWS::SQS::Queue");
    assert!(!queues.is_empty());
    for (id, queue) in queues {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{id}");
        assert!(queue.get("KmsMasterKeyId").is_none(), "{id}: EventBridge could not write to it");
    }
    for (id, policy) in of(template, "AWS::SQS::QueuePolicy") {
        for statement in statements(&policy["PolicyDocument"]) {
            let condition = &statement["Condition"]["ArnEquals"]["aws:SourceArn"];
            assert!(!condition.is_null(), "{id}: whose messages? {statement}");
        }
    }
}

/// Nobody may do everything, and `*` is a resource only where the service takes nothing else.
fn roles(template: &Value) {
    let roles = of(template, "AWS::IAM::Role").into_iter().chain(of(template, "AWS::IAM::ManagedPolicy"));
    for (id, role) in roles {
        let inline = role["Policies"].as_array().into_iter().flatten().map(|it| &it["PolicyDocument"]);
        for document in inline.chain(role.get("PolicyDocument")) {
            for statement in statements(document) {
                let actions: Vec<&str> =
                    each(&statement["Action"]).into_iter().filter_map(Value::as_str).collect();
                assert!(!actions.is_empty(), "{id}: {statement}");
                assert!(actions.iter().all(|action| !action.contains('*')), "{id}: {actions:?}");
                let anywhere = each(&statement["Resource"]).contains(&&Value::from("*"));
                for action in actions.into_iter().filter(|_| anywhere) {
                    let known = catalogue::find(action).unwrap_or_else(|| panic!("{id}: {action}"));
                    assert!(known.is_wildcard_only(), "{id}: {action} takes a resource");
                }
            }
        }
        for statement in role.get("AssumeRolePolicyDocument").map(statements).unwrap_or_default() {
            let service = statement["Principal"]["Service"].as_str();
            let guarded = statement.get("Condition").is_some() || service == Some("lambda.amazonaws.com");
            assert!(guarded, "{id}: on whose behalf? {statement}");
        }
    }
}

/// What cannot be handed over is kept, and a topic takes text.
fn rules(template: &Value) {
    let rules = of(template, "AWS::Events::Rule");
    assert!(rules.len() >= 3);
    for (id, rule) in rules {
        assert_eq!(rule["State"], "ENABLED", "{id}");
        for source in each(&rule["EventPattern"]["source"]) {
            let ours = source.as_str().is_none_or(|source| source.starts_with("aws."));
            assert!(ours, "{id}: anybody may put events of {source}");
        }
        for target in rule["Targets"].as_array().expect("targets") {
            assert!(!target["DeadLetterConfig"]["Arn"].is_null(), "{id}");
        }
    }
}

/// A customer's key, since that of AWS lets in neither EventBridge nor alarms.
fn topics(template: &Value) {
    let key = serde_json::json!({ "Fn::GetAtt": ["TopicKey", "Arn"] });
    for (id, topic) in of(template, "AWS::SNS::Topic") {
        let found = match &topic["KmsMasterKeyId"]["Fn::GetAtt"] {
            Value::String(dotted) => {
                serde_json::json!({ "Fn::GetAtt": dotted.split('.').collect::<Vec<_>>() })
            }
            _ => topic["KmsMasterKeyId"].clone(),
        };
        assert_eq!(found, key, "{id}");
    }
    let keys = of(template, "AWS::KMS::Key");
    let [(_, key)] = keys.as_slice() else { panic!("one key") };
    assert_eq!(key["EnableKeyRotation"], true);
    let services: BTreeSet<&str> = statements(&key["KeyPolicy"])
        .into_iter()
        .filter(|statement| each(&statement["Action"]).contains(&&Value::from("kms:GenerateDataKey*")))
        .filter_map(|statement| statement["Principal"]["Service"].as_str())
        .collect();
    assert_eq!(services, ["cloudwatch.amazonaws.com", "events.amazonaws.com"].into());
    for role in ["ReactRole", "EvaluateRole", "SweepRole", "TellRole"] {
        let policies = template["Resources"][role]["Properties"]["Policies"].to_string();
        assert!(policies.contains("kms:GenerateDataKey") && policies.contains("TopicKey"), "{role}");
    }
}

/// Mail and chat listen to what is for people; what is for them comes by a queue that nothing of is lost on the way to.
fn people(template: &Value) {
    let subscriptions = of(template, "AWS::SNS::Subscription");
    let to = |protocol: &str, topic: &str| -> Vec<&Value> {
        let is_it = |it: &Value| it["Protocol"] == protocol && it["TopicArn"]["Ref"] == topic;
        subscriptions.iter().map(|(_, it)| *it).filter(|it| is_it(it)).collect()
    };
    assert_eq!((to("email", "PeopleTopic").len(), to("email", "Topic").len()), (1, 0));
    let queues = to("sqs", "Topic");
    let [queue] = queues.as_slice() else { panic!("one queue: {queues:?}") };
    assert_eq!(queue["RawMessageDelivery"], true);
    assert!(!queue["RedrivePolicy"]["deadLetterTargetArn"].is_null());
    let chats = of(template, "AWS::Chatbot::SlackChannelConfiguration");
    assert_eq!(chats[0].1["SnsTopicArns"][0]["Ref"], "ChatTopic");
    let resources = &template["Resources"];
    assert!(!resources["PeopleQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"].is_null());
    // It may write its own note, and nothing else of the table.
    let role = &resources["TellRole"]["Properties"];
    assert!(role.get("ManagedPolicyArns").is_none(), "it reads no account");
    let statements = statements(&role["Policies"][0]["PolicyDocument"]);
    let of_table = statements.iter().filter(|it| it["Action"].to_string().contains("dynamodb:"));
    for statement in of_table {
        let keys = &statement["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"];
        assert_eq!(*keys, serde_json::json!(["note"]));
    }
}

fn kept(template: &Value) {
    let resources = &template["Resources"];
    let table = &resources["Table"];
    assert_eq!(table["DeletionPolicy"], "Retain");
    let table = &table["Properties"];
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["TimeToLiveSpecification"]["Enabled"], true);
    let bucket = &resources["Bucket"]["Properties"];
    assert_eq!(bucket["VersioningConfiguration"]["Status"], "Enabled");
    for (what, is) in bucket["PublicAccessBlockConfiguration"].as_object().expect("all four") {
        assert_eq!(*is, Value::Bool(true), "{what}");
    }
    assert_eq!(of(template, "AWS::Events::Archive").len(), 2, "one of each bus");
}

fn functions(template: &Value) {
    let functions = of(template, "AWS::Lambda::Function");
    assert_eq!(functions.len(), 4);
    let roles: BTreeSet<String> = functions.iter().map(|(_, it)| it["Role"].to_string()).collect();
    assert_eq!(roles.len(), 4, "each has its own role");
    for (id, function) in functions {
        assert_eq!(function["Runtime"], "provided.al2023", "{id}");
        assert!(!function["LoggingConfig"]["LogGroup"].is_null(), "{id}");
    }
    for (id, group) in of(template, "AWS::Logs::LogGroup") {
        assert!(!group["RetentionInDays"].is_null(), "{id}");
    }
    for (id, mapping) in of(template, "AWS::Lambda::EventSourceMapping") {
        assert!(!mapping["ScalingConfig"]["MaximumConcurrency"].is_null(), "{id}");
        assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{id}");
    }
}

/// Every alarm tells somebody, and has its section in docs/OPERATE.md.
fn alarms(template: &Value, operate: &str) {
    let alarms = of(template, "AWS::CloudWatch::Alarm");
    let mut names = BTreeSet::new();
    for (id, alarm) in alarms {
        assert_eq!(alarm["AlarmActions"][0]["Ref"], "OperationsTopic", "{id}");
        let name = alarm["AlarmName"]["Fn::Sub"].as_str().expect("a name");
        names.insert(name.strip_prefix("${AWS::StackName}-").expect("the stack's name first").to_owned());
    }
    let sections = operate.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    assert_eq!(sections.map(str::to_owned).collect::<BTreeSet<_>>(), names);
}
