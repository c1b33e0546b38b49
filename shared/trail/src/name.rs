//! What the name of a file tells.
//!
//! CloudTrail names its files
//! `<account>_CloudTrail_<region>_<YYYYMMDDTHHmmZ>_<16 letters>.json.gz`; the time is that of the
//! delivery, and a file can hold records from any moment before it (CloudTrail User Guide, "CloudTrail
//! log file examples", "Log file name format").

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A log file, delivered in the minute that begins then.
    Delivered(Timestamp),
    /// Something else that may hold events, and does not tell when it was delivered.
    Untimed,
    /// No file of events.
    Other(Other),
}

/// What holds no events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// Hashes of log files (CloudTrail User Guide, "Digest file").
    Digest,
    /// What CloudTrail Insights noticed: no calls.
    Insight,
    /// Not JSON by its name.
    NotJson,
}

/// What the name of a file tells; directories do not count.
pub fn name(file: &str) -> Name {
    let stem = file.strip_suffix(".gz").unwrap_or(file);
    let Some(stem) = stem.strip_suffix(".json").or_else(|| stem.strip_suffix(".jsonl")) else {
        return Name::Other(Other::NotJson);
    };
    let mut parts = stem.split('_').skip(1);
    match parts.next() {
        Some("CloudTrail-Digest") => Name::Other(Other::Digest),
        Some("CloudTrail-Insight") => Name::Other(Other::Insight),
        Some("CloudTrail") => parts.find_map(delivered).map_or(Name::Untimed, Name::Delivered),
        _ => Name::Untimed,
    }
}

/// `20260309T0915Z`.
fn delivered(text: &str) -> Option<Timestamp> {
    let time = text.strip_suffix('Z').filter(|time| time.len() == 13)?;
    Offset::UTC.to_timestamp(DateTime::strptime("%Y%m%dT%H%M", time).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_files_tell_when_they_were_delivered() {
        let time = "2026-03-09T09:15:00Z".parse().expect("a time");
        for file in [
            "111122223333_CloudTrail_us-east-1_20260309T0915Z_mUQ0bBWnXAAXK9fE.json.gz",
            "111122223333_CloudTrail_us-gov-west-1_20260309T0915Z_mUQ0bBWnXAAXK9fE.json",
        ] {
            assert_eq!(name(file), Name::Delivered(time), "{file}");
        }
    }

    #[test]
    fn other_files_do_not() {
        for (file, expected) in [
            ("events.jsonl", Name::Untimed),
            ("archive_2026.json.gz", Name::Untimed),
            ("111122223333_CloudTrail_us-east-1_20261399T0915Z_x.json.gz", Name::Untimed),
            (
                "1_CloudTrail-Digest_us-east-1_trail_us-east-1_20260309T0915Z.json.gz",
                Name::Other(Other::Digest),
            ),
            ("1_CloudTrail-Insight_us-east-1_20260309T0915Z_x.json.gz", Name::Other(Other::Insight)),
            ("README.md", Name::Other(Other::NotJson)),
            ("noise.gz", Name::Other(Other::NotJson)),
        ] {
            assert_eq!(name(file), expected, "{file}");
        }
    }
}
