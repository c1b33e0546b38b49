//! What the hub needs of an account that it watches, and what of it may lack.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What lacks of the hub's part in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// The role that lets the hub read does not let it in.
    RoleRefuses,
    /// A rule that forwards events is not there.
    RuleMissing,
    /// It is there and disabled.
    RuleDisabled,
    /// It matches other events than it should.
    PatternChanged,
    /// It does not hand events to the hub.
    TargetChanged,
    /// No trail hands management events to EventBridge.
    TrailMissing,
    /// There is one, and it does not log.
    TrailOff,
    /// Nobody subscribes to a topic of the hub's.
    NobodyListens,
    /// AWS does not say, as where the role may not ask.
    CannotTell,
}

/// In kebab case, as messages have it.
impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleRefuses => "role-refuses",
            Self::RuleMissing => "rule-missing",
            Self::RuleDisabled => "rule-disabled",
            Self::PatternChanged => "pattern-changed",
            Self::TargetChanged => "target-changed",
            Self::TrailMissing => "trail-missing",
            Self::TrailOff => "trail-off",
            Self::NobodyListens => "nobody-listens",
            Self::CannotTell => "cannot-tell",
        })
    }
}

/// Something that lacks of the hub's part in an account, so that changes there may go unnoticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What lacks.
    pub lack: Lack,
    /// The region; `None`: it is of the whole account.
    pub region: Option<String>,
    /// Name or ARN of what it is about: the rule, the role, the trail.
    pub of: String,
    /// What AWS said, or what is otherwise than it should be, in words.
    pub reason: String,
}

impl Gap {
    /// Whether it is the same gap, whatever the words.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.lack, &self.region, &self.of) == (other.lack, &other.region, &other.of)
    }

    /// Whether another gap may be there still, and only not seen because of this one.
    pub fn hides(&self, other: &Self) -> bool {
        match self.lack {
            Lack::RoleRefuses => true,
            Lack::CannotTell => self.region.is_none() || self.region == other.region,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_is_spelt_the_same_everywhere() {
        use Lack::{
            CannotTell, NobodyListens, PatternChanged, RoleRefuses, RuleDisabled, RuleMissing, TargetChanged,
            TrailMissing, TrailOff,
        };
        for lack in [
            RoleRefuses,
            RuleMissing,
            RuleDisabled,
            PatternChanged,
            TargetChanged,
            TrailMissing,
            TrailOff,
            NobodyListens,
            CannotTell,
        ] {
            assert_eq!(serde_json::to_value(lack).expect("JSON"), lack.to_string());
        }
    }
}
