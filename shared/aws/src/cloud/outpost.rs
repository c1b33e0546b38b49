//! What lacks of the hub's part in an account: the rules of `member.yaml`; those of the hub itself, and whoever listens to
//! it; and a trail that hands management events to EventBridge (EventBridge User Guide, "AWS service events delivered via CloudTrail").

use std::sync::{Mutex, PoisonError};

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::types::{ReadWriteType, Trail};
use aws_sdk_eventbridge::types::RuleState;
use serde_json::Value;
use stanchion_hub::edges::{Gap, Lack};
use stanchion_hub::{CloudError, Millis};

use super::fault::is_missing;
use super::sessions::Sessions;
use super::settings::{Heard, Watch};

/// How long the hub's own rules are known, which the others' are held against.
const RECENT: Millis = 15 * 60 * 1000;

/// The names of the rules in other accounts, after the stack's, and of the hub's rules that match the same events.
const MEMBER_RULES: [(&str, Option<&str>); 3] = [
    ("changes", Some("hub-forwarded-changes")),
    ("resource-policies", Some("hub-forwarded-resource-policies")),
    ("hands", None),
];

/// The names of the hub's rules on its default bus.
const OWN_RULES: [&str; 7] = [
    "hub-changes",
    "hub-resource-policies",
    "hub-hands-on-data",
    "hub-hands-on-delivery",
    "hub-hands-on-functions",
    "hub-hands-on-roles",
    "hub-hands-on-topics",
];

/// Those on its own bus.
const BUS_RULES: [&str; 3] =
    ["hub-forwarded-changes", "hub-forwarded-resource-policies", "hub-hands-on-members"];

/// Rules' patterns, by the rules' names.
type Patterns = Vec<(String, Value)>;

/// Asks accounts for the hub's part in them.
#[derive(Default)]
pub(crate) struct Outposts {
    /// The patterns of the hub's rules on its bus, by name, and when they were read.
    patterns: Mutex<Option<(Millis, Patterns)>>,
}

/// A rule that should be there.
struct Rule<'a> {
    name: String,
    bus: Option<&'a str>,
    /// The pattern that it should have, where that is known.
    pattern: Option<Value>,
    /// Where it should hand events to; `None`: to somewhere.
    target: Option<&'a str>,
}

impl Outposts {
    /// What lacks in an account.
    ///
    /// # Errors
    /// Those of AWS; where the account does not let the hub ask for something, that is a gap.
    pub(crate) async fn gaps(&self, sessions: &Sessions, account: &str) -> Result<Vec<Gap>, CloudError> {
        let Some(watch) = &sessions.settings.watch else { return Ok(Vec::new()) };
        let session = sessions.of(account).await?;
        let mut gaps = Vec::new();
        if account == sessions.settings.account {
            for rule in own_rules(watch) {
                gaps.extend(rule_gaps(sessions, account, &session.config, &rule).await?);
            }
            gaps.extend(trail_gaps(sessions, account, &session.config).await?);
            for topics in &watch.topics {
                gaps.extend(topics_gap(sessions, account, &session.config, topics).await?);
            }
            return Ok(gaps);
        }
        let Some(bus) = watch.bus.as_deref() else { return Ok(gaps) };
        let patterns = self.patterns(sessions, watch).await?;
        for config in regions(sessions, account, &session.config) {
            for (name, like) in MEMBER_RULES {
                if name == "resource-policies" && !watch.resource_policies {
                    continue;
                }
                let pattern = like.and_then(|like| patterns.iter().find(|(name, _)| name == like));
                let rule = Rule {
                    name: format!("{}-{name}", watch.stack),
                    bus: None,
                    pattern: pattern.map(|(_, pattern)| pattern.clone()),
                    target: Some(bus),
                };
                gaps.extend(rule_gaps(sessions, account, &config, &rule).await?);
            }
            gaps.extend(trail_gaps(sessions, account, &config).await?);
        }
        Ok(gaps)
    }

    async fn patterns(&self, sessions: &Sessions, watch: &Watch) -> Result<Patterns, CloudError> {
        let now = sessions.now();
        if let Some((read, patterns)) = &*self.patterns.lock().unwrap_or_else(PoisonError::into_inner)
            && now - read < RECENT
        {
            return Ok(patterns.clone());
        }
        let account = &sessions.settings.account;
        let client = rules_of(sessions, &sessions.of(account).await?.config);
        let mut patterns = Vec::new();
        for (_, like) in MEMBER_RULES {
            let Some(like) = like else { continue };
            let name = format!("{}-{like}", watch.stack);
            let asked = client.describe_rule().name(&name).event_bus_name(&watch.stack).send().await;
            match asked {
                Ok(rule) => patterns.push((like.to_owned(), json(rule.event_pattern.as_deref()))),
                // That is a gap of the hub's own account.
                Err(error) if error.as_service_error().is_some_and(is_missing) => {}
                Err(error) => return Err(sessions.failed(account, &error)),
            }
        }
        *self.patterns.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, patterns.clone()));
        Ok(patterns)
    }
}

fn own_rules(watch: &Watch) -> Vec<Rule<'_>> {
    let rule =
        |name: &str, bus| Rule { name: format!("{}-{name}", watch.stack), bus, pattern: None, target: None };
    let on_default = OWN_RULES.iter().map(|name| rule(name, None));
    let bus = watch.bus.as_deref().map(|_| watch.stack.as_str());
    let on_bus = BUS_RULES.iter().filter(|_| bus.is_some()).map(|name| rule(name, bus));
    let is_wanted = |rule: &Rule<'_>| watch.resource_policies || !rule.name.ends_with("resource-policies");
    on_default.chain(on_bus).filter(is_wanted).collect()
}

/// Where the rules are: in the hub's region, and in the account that administers Identity Center also in that one's.
fn regions(sessions: &Sessions, account: &str, config: &SdkConfig) -> Vec<SdkConfig> {
    let mut all = vec![config.clone()];
    let settings = &sessions.settings;
    let administers = settings.organization_account.as_deref() == Some(account);
    if let Some(region) = settings.identity_center_region.clone().filter(|_| administers)
        && config.region().map(Region::as_ref) != Some(region.as_str())
    {
        all.push(config.to_builder().region(Region::new(region)).build());
    }
    all
}

fn rules_of(sessions: &Sessions, config: &SdkConfig) -> aws_sdk_eventbridge::Client {
    let config = aws_sdk_eventbridge::config::Builder::from(config).interceptor(sessions.calls.clone());
    aws_sdk_eventbridge::Client::from_conf(config.build())
}

fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn region_of(config: &SdkConfig) -> Option<String> {
    config.region().map(ToString::to_string)
}

async fn rule_gaps(
    sessions: &Sessions,
    account: &str,
    config: &SdkConfig,
    rule: &Rule<'_>,
) -> Result<Vec<Gap>, CloudError> {
    let client = rules_of(sessions, config);
    let gap = |lack, reason: String| Gap { lack, region: region_of(config), of: rule.name.clone(), reason };
    let bus = rule.bus.map(str::to_owned);
    let found = match client.describe_rule().name(&rule.name).set_event_bus_name(bus.clone()).send().await {
        Ok(found) => found,
        Err(error) if error.as_service_error().is_some_and(is_missing) => {
            return Ok(vec![gap(Lack::RuleMissing, "there is no such rule".to_owned())]);
        }
        Err(error) => {
            return refused(sessions.failed(account, &error)).map(|why| vec![gap(Lack::CannotTell, why)]);
        }
    };
    if found.state == Some(RuleState::Disabled) {
        return Ok(vec![gap(Lack::RuleDisabled, "the rule is disabled".to_owned())]);
    }
    let mut gaps = Vec::new();
    if rule.pattern.as_ref().is_some_and(|pattern| *pattern != json(found.event_pattern.as_deref())) {
        let why = "its pattern is not that of the hub's rule: update the account's stack".to_owned();
        gaps.push(gap(Lack::PatternChanged, why));
    }
    // A rule has at most five targets (EventBridge User Guide, "Quotas"): one page.
    match client.list_targets_by_rule().rule(&rule.name).set_event_bus_name(bus).send().await {
        Ok(targets) => {
            let is_ours = |arn: &str| rule.target.is_none_or(|target| target == arn);
            if !targets.targets().iter().any(|target| is_ours(&target.arn)) {
                let to = rule.target.unwrap_or("a queue or a topic");
                gaps.push(gap(Lack::TargetChanged, format!("it does not hand events to {to}")));
            }
        }
        Err(error) => gaps.push(gap(Lack::CannotTell, refused(sessions.failed(account, &error))?)),
    }
    Ok(gaps)
}

/// Whether anybody subscribes to one of some topics. A subscription that waits to be confirmed is nobody yet.
async fn topics_gap(
    sessions: &Sessions,
    account: &str,
    config: &SdkConfig,
    topics: &[Heard],
) -> Result<Option<Gap>, CloudError> {
    let client = aws_sdk_sns::Client::from_conf(
        aws_sdk_sns::config::Builder::from(config).interceptor(sessions.calls.clone()).build(),
    );
    let gap = |lack, of: &str, reason| Gap { lack, region: region_of(config), of: of.to_owned(), reason };
    let mut pending = 0;
    for Heard { topic, own } in topics {
        let attributes = match client.get_topic_attributes().topic_arn(topic).send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => {
                let why = refused(sessions.failed(account, &error))?;
                return Ok(Some(gap(Lack::CannotTell, topic, why)));
            }
        };
        let count =
            |name: &str| attributes.get(name).and_then(|count| count.parse::<u64>().ok()).unwrap_or_default();
        if count("SubscriptionsConfirmed") > *own {
            return Ok(None);
        }
        pending += count("SubscriptionsPending");
    }
    let why = match pending {
        0 => "nobody subscribes to it".to_owned(),
        pending => format!("nobody subscribes to it: {pending} have not confirmed yet"),
    };
    Ok(topics.first().map(|first| gap(Lack::NobodyListens, &first.topic, why)))
}

/// Why an account refuses; every other error is one.
fn refused(error: CloudError) -> Result<String, CloudError> {
    match error {
        CloudError::Refused { reason, .. } => Ok(reason),
        other => Err(other),
    }
}

/// A trail of the account that logs what is written; or the organization's, which is the management account's to
/// keep, and told of there.
async fn trail_gaps(sessions: &Sessions, account: &str, config: &SdkConfig) -> Result<Vec<Gap>, CloudError> {
    let client = aws_sdk_cloudtrail::Client::from_conf(
        aws_sdk_cloudtrail::config::Builder::from(config).interceptor(sessions.calls.clone()).build(),
    );
    let gap = |lack, of: &str, reason: String| {
        vec![Gap { lack, region: region_of(config), of: of.to_owned(), reason }]
    };
    let trails = match client.describe_trails().include_shadow_trails(true).send().await {
        Ok(answer) => answer.trail_list.unwrap_or_default(),
        Err(error) => {
            return refused(sessions.failed(account, &error)).map(|why| gap(Lack::CannotTell, "trails", why));
        }
    };
    let of_others = |trail: &Trail| {
        let arn = trail.trail_arn.as_deref().unwrap_or_default();
        trail.is_organization_trail == Some(true) && arn.split(':').nth(4) != Some(account)
    };
    if trails.iter().any(of_others) {
        return Ok(Vec::new());
    }
    let mut off = None;
    for trail in &trails {
        let Some(arn) = trail.trail_arn.as_deref() else { continue };
        let status = match client.get_trail_status().name(arn).send().await {
            Ok(status) => status,
            Err(error) => {
                return refused(sessions.failed(account, &error)).map(|why| gap(Lack::CannotTell, arn, why));
            }
        };
        if status.is_logging != Some(true) {
            off = Some((arn, "the trail does not log"));
            continue;
        }
        let events = match client.get_event_selectors().trail_name(arn).send().await {
            Ok(events) => events,
            Err(error) => {
                return refused(sessions.failed(account, &error)).map(|why| gap(Lack::CannotTell, arn, why));
            }
        };
        let basic = events.event_selectors().iter().any(|selector| {
            selector.include_management_events != Some(false)
                && selector.read_write_type != Some(ReadWriteType::ReadOnly)
        });
        let advanced = events.advanced_event_selectors().iter().any(|selector| {
            let of = |field: &str, value: &str| {
                let fields = selector.field_selectors().iter();
                fields.clone().any(|it| it.field == field && it.equals().iter().any(|it| it == value))
            };
            of("eventCategory", "Management") && !of("readOnly", "true")
        });
        if basic || advanced {
            return Ok(Vec::new());
        }
        off = Some((arn, "the trail does not log management events that write"));
    }
    Ok(match off {
        Some((arn, why)) => gap(Lack::TrailOff, arn, why.to_owned()),
        None => gap(Lack::TrailMissing, "trails", "no trail is there".to_owned()),
    })
}
