//! Metrics, in CloudWatch's embedded metric format: a line of JSON on standard output.
//!
//! One line has two directives: what the functions did, by function, and the calls of AWS, one metric for
//! each operation. `docs/FUNCTIONS.md` lists them.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};
use stanchion_aws::Count;
use stanchion_hub::Millis;

/// How many values a metric, and how many metrics a directive has at most (CloudWatch User Guide, "Embedded
/// metric format specification").
const MOST: usize = 100;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    /// Events that change something.
    Changes,
    /// Events that change nothing, or not for us.
    Ignored,
    /// Events of watched services that this version does not know.
    UnknownEvents,
    /// Rows that events raised.
    RowsRaised,
    /// Principals that were evaluated.
    Subjects,
    /// What happened to findings.
    Transitions,
    /// Those of them to *indeterminate*.
    Indeterminate,
    /// Alerts that are out.
    Published,
    /// Alerts that the topic did not take.
    Unpublished,
    /// Events of findings that are on their bus.
    Events,
    /// Messages that were put off: AWS did not answer, or did not show a change yet.
    PutOff,
    /// Jobs that wait since enough calls were made in their account for now.
    Waits,
    /// Messages that come again, or end in the queue of dead letters.
    Failed,
    /// Rows with work left over that a sweep gave a new job.
    LeftOver,
    /// Sweeps that found the newest edition of the rulebook refused.
    RulebookRefused,
    /// Accounts in which the hub's part was verified.
    AccountsVerified,
    /// Accounts of which a sweep could not tell.
    AccountsUnverified,
    /// Accounts in which something lacks of it.
    AccountsWithGaps,
    /// Calls that AWS refused since there were too many.
    Throttles,
    /// Calls of the schedule that came to their end: the heartbeat.
    Sweeps,
}

impl Metric {
    fn name(self) -> &'static str {
        match self {
            Self::Changes => "Changes",
            Self::Ignored => "Ignored",
            Self::UnknownEvents => "UnknownEvents",
            Self::RowsRaised => "RowsRaised",
            Self::Subjects => "Subjects",
            Self::Transitions => "Transitions",
            Self::Indeterminate => "Indeterminate",
            Self::Published => "Published",
            Self::Unpublished => "Unpublished",
            Self::Events => "Events",
            Self::PutOff => "PutOff",
            Self::Waits => "Waits",
            Self::Failed => "Failed",
            Self::LeftOver => "LeftOver",
            Self::RulebookRefused => "RulebookRefused",
            Self::AccountsVerified => "AccountsVerified",
            Self::AccountsUnverified => "AccountsUnverified",
            Self::AccountsWithGaps => "AccountsWithGaps",
            Self::Throttles => "Throttles",
            Self::Sweeps => "Sweeps",
        }
    }
}

/// What one invocation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    counts: BTreeMap<Metric, u64>,
    /// How long after their event alerts went out, in milliseconds.
    ages: Vec<Millis>,
    calls: BTreeMap<String, u64>,
}

impl Metrics {
    /// Counts something; nothing is not counted.
    pub(crate) fn count(&mut self, metric: Metric, number: usize) {
        if number > 0 {
            *self.counts.entry(metric).or_default() += u64::try_from(number).unwrap_or(u64::MAX);
        }
    }

    /// Notes how old changes were when their alerts went out.
    pub(crate) fn ages(&mut self, ages: &[Millis]) {
        self.ages.extend_from_slice(ages);
    }

    /// Notes calls of AWS, by operation.
    pub(crate) fn calls(&mut self, calls: BTreeMap<String, Count>) {
        for (operation, count) in calls {
            *self.calls.entry(operation).or_default() += count.calls;
            self.count(Metric::Throttles, usize::try_from(count.throttled).unwrap_or(usize::MAX));
        }
    }

    /// Takes up what another part of the invocation did.
    pub(crate) fn add_all(&mut self, other: Self) {
        for (metric, number) in other.counts {
            *self.counts.entry(metric).or_default() += number;
        }
        self.ages.extend(other.ages);
        for (operation, number) in other.calls {
            *self.calls.entry(operation).or_default() += number;
        }
    }

    #[cfg(test)]
    pub(crate) fn of(&self, metric: Metric) -> u64 {
        self.counts.get(&metric).copied().unwrap_or_default()
    }

    /// Writes what there is to standard output.
    pub(crate) fn write(&self, function: &str, now: Millis) {
        let mut out = std::io::stdout().lock();
        for line in self.lines(function, now) {
            // There is nobody to tell that nobody listens.
            let _ = writeln!(out, "{line}");
        }
    }

    /// The lines: one, or more if there are many ages; none if nothing was done.
    fn lines(&self, function: &str, now: Millis) -> Vec<String> {
        let counts: Vec<(&str, &str, Value)> =
            self.counts.iter().map(|(metric, number)| (metric.name(), "Count", json!(number))).collect();
        let calls: Vec<(&str, &str, Value)> =
            self.calls.iter().map(|(name, number)| (name.as_str(), "Count", json!(number))).collect();
        let mut ages = self.ages.chunks(MOST).map(|ages| ("ChangeAge", "Milliseconds", json!(ages)));
        let mut first = counts;
        first.extend(ages.next());
        let mut lines = vec![(first, calls)];
        lines.extend(ages.map(|ages| (vec![ages], Vec::new())));
        lines
            .into_iter()
            .filter(|(own, calls)| !own.is_empty() || !calls.is_empty())
            .map(|(own, calls)| document(function, now, own, calls))
            .collect()
    }
}

fn document(
    function: &str,
    now: Millis,
    own: Vec<(&str, &str, Value)>,
    calls: Vec<(&str, &str, Value)>,
) -> String {
    let metrics = |all: &[(&str, &str, Value)]| {
        let all = all.iter().take(MOST);
        all.map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect::<Vec<_>>()
    };
    let mut directives = Vec::new();
    if !own.is_empty() {
        let metrics = metrics(&own);
        directives
            .push(json!({ "Namespace": "Stanchion", "Dimensions": [["Function"]], "Metrics": metrics }));
    }
    if !calls.is_empty() {
        let metrics = metrics(&calls);
        directives.push(json!({ "Namespace": "Stanchion/Calls", "Dimensions": [[]], "Metrics": metrics }));
    }
    let mut document = Map::new();
    document.insert("_aws".to_owned(), json!({ "Timestamp": now, "CloudWatchMetrics": directives }));
    document.insert("Function".to_owned(), json!(function));
    for (name, _, value) in own.into_iter().chain(calls) {
        document.insert(name.to_owned(), value);
    }
    Value::Object(document).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_every_metric_that_it_holds() {
        let mut metrics = Metrics::default();
        metrics.count(Metric::Subjects, 2);
        metrics.count(Metric::Transitions, 0);
        metrics.ages(&[1200]);
        metrics.calls([("iam:GetRole".to_owned(), Count { calls: 3, throttled: 1 })].into());
        let lines = metrics.lines("evaluate", 1_700_000_000_000);
        assert_eq!(
            lines,
            [concat!(
                r#"{"_aws":{"Timestamp":1700000000000,"CloudWatchMetrics":["#,
                r#"{"Namespace":"Stanchion","Dimensions":[["Function"]],"Metrics":["#,
                r#"{"Name":"Subjects","Unit":"Count"},{"Name":"Throttles","Unit":"Count"},"#,
                r#"{"Name":"ChangeAge","Unit":"Milliseconds"}]},"#,
                r#"{"Namespace":"Stanchion/Calls","Dimensions":[[]],"Metrics":[{"Name":"iam:GetRole","Unit":"Count"}]}]},"#,
                r#""Function":"evaluate","Subjects":2,"Throttles":1,"ChangeAge":[1200],"iam:GetRole":3}"#
            )]
        );
    }

    #[test]
    fn nothing_done_is_nothing_written() {
        assert!(Metrics::default().lines("react", 0).is_empty());
    }

    #[test]
    fn more_values_than_a_metric_holds_go_on_in_another_line() {
        let mut metrics = Metrics::default();
        metrics.ages(&[7; 250]);
        let lines = metrics.lines("evaluate", 0);
        let lens = lines.iter().map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["ChangeAge"].as_array().expect("values").len()
        });
        assert_eq!(lens.collect::<Vec<_>>(), [100, 100, 50]);
    }
}
