//! Tag policies of level after level, merged.
//!
//! Of policies at one level, the one that was attached first wins (Organizations User Guide,
//! "Inheritance examples", 6). The order is not in an inventory: where it matters, the setting is
//! unknown. What limits children are the operators that all policies above leave them.
//!
//! The guide does not say whether a limit on `tags` or on a key reaches the settings inside that have
//! none of their own. Where it matters, the setting is unknown too; that it keeps children from adding
//! what is not there, holds either way.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{Control, KeyPart, Operator, Parsed, Setting};
use super::{TagPolicy, TagRule};

/// What the levels so far come to.
#[derive(Default)]
pub(super) struct Merge {
    control: Control,
    keys: BTreeMap<String, Key>,
}

#[derive(Default)]
struct Key {
    control: Control,
    tag_key: Merged,
    tag_value: Merged,
}

#[derive(Default)]
struct Merged {
    control: Control,
    value: Option<Vec<String>>,
    unknown: Option<String>,
}

impl Merge {
    /// Adds what is attached to the next level.
    pub(super) fn level(&mut self, policies: &[Parsed]) {
        let names: BTreeSet<&String> = policies.iter().flat_map(|policy| policy.keys.keys()).collect();
        for name in names {
            let parts: Vec<(&str, &KeyPart)> = policies
                .iter()
                .filter_map(|policy| Some((policy.id.as_str(), policy.keys.get(name)?)))
                .collect();
            let is_new = !self.keys.contains_key(name);
            let may_add = self.control.as_ref().is_none_or(|allowed| !allowed.is_empty());
            if is_new && !may_add {
                continue;
            }
            let key = self.keys.entry(name.clone()).or_default();
            let around = Around { is_new, above: &self.control, key: &key.control };
            let of = |setting: fn(&KeyPart) -> &Setting| -> Vec<(&str, &Setting)> {
                parts.iter().map(|(id, part)| (*id, setting(part))).collect()
            };
            key.tag_key.merge(&of(|part| &part.tag_key), &around, name);
            key.tag_value.merge(&of(|part| &part.tag_value), &around, name);
            for (_, part) in &parts {
                limit(&mut key.control, &part.control);
            }
        }
        for policy in policies {
            limit(&mut self.control, &policy.control);
        }
    }

    pub(super) fn finish(self) -> TagPolicy {
        let rule = |(name, key): (String, Key)| {
            let spelling = match key.tag_key.unknown {
                Some(reason) => Err(reason),
                // Without `tag_key` it is the policy key in lower case.
                None => Ok(key.tag_key.value.and_then(|key| key.into_iter().next()).unwrap_or(name.clone())),
            };
            let values = key.tag_value.unknown.map_or(Ok(key.tag_value.value), Err);
            (name, TagRule { spelling, values })
        };
        TagPolicy { keys: self.keys.into_iter().map(rule).collect() }
    }
}

/// The limits around a setting.
struct Around<'a> {
    /// Whether nothing was said of the key above.
    is_new: bool,
    above: &'a Control,
    key: &'a Control,
}

impl Merged {
    fn is_said(&self) -> bool {
        self.value.is_some() || self.unknown.is_some()
    }

    /// Adds what the policies of one level say of the setting.
    fn merge(&mut self, settings: &[(&str, &Setting)], around: &Around<'_>, name: &str) {
        let value = self.value.clone();
        let mut assigned: Option<(&str, &Vec<String>)> = None;
        let mut changed: Vec<&str> = Vec::new();
        let (mut append, mut remove) = (Vec::new(), Vec::new());
        for (id, setting) in settings {
            let may = |operator, this: &mut Self| this.may(operator, around, id, name);
            if let Some(texts) = &setting.assign
                && may(Operator::Assign, self)
            {
                if let Some((first, other)) = assigned
                    && other != texts
                {
                    self.unknown = Some(conflict(first, id, name));
                }
                assigned = Some((id, texts));
            }
            if !setting.append.is_empty() && may(Operator::Append, self) {
                append.extend(setting.append.iter().cloned());
                changed.push(id);
            }
            if !setting.remove.is_empty() && may(Operator::Remove, self) {
                remove.extend(setting.remove.iter().cloned());
                changed.push(id);
            }
        }
        if let Some((first, _)) = assigned
            && let Some(other) = changed.iter().find(|id| **id != first)
        {
            self.unknown = Some(conflict(first, other, name));
        } else if assigned.is_some() && !changed.is_empty() || !append.is_empty() && !remove.is_empty() {
            // In one policy, or in two whose order would show only in what both name.
            if remove.iter().any(|text| append.contains(text)) || assigned.is_some() {
                let id = changed.first().copied().unwrap_or_default();
                self.unknown = Some(format!("tag policy `{id}` sets `{name}` in two ways at once"));
            }
        }
        let base = assigned.map(|(_, texts)| texts.clone()).or(value);
        self.value = match base {
            None if append.is_empty() => None,
            base => {
                let mut texts = base.unwrap_or_default();
                append.retain(|text| !texts.contains(text));
                texts.extend(append);
                texts.retain(|text| !remove.contains(text));
                Some(texts)
            }
        };
        for (_, setting) in settings {
            limit(&mut self.control, &setting.control);
        }
    }

    /// Whether an operator may be used here, by what the levels above leave.
    fn may(&mut self, operator: Operator, around: &Around<'_>, id: &str, name: &str) -> bool {
        let allows = |control: &Control| control.as_ref().is_none_or(|allowed| allowed.contains(&operator));
        if !allows(&self.control) {
            return false;
        }
        let adds_key = around.is_new && !allows(around.above);
        let adds_setting = !self.is_said() && !allows(around.key);
        if adds_key || adds_setting {
            return false;
        }
        if self.control.is_none() && (!allows(around.above) || !allows(around.key)) {
            self.unknown = Some(format!(
                "whether tag policy `{id}` may change `{name}`, which a policy above limits as a whole"
            ));
        }
        true
    }
}

/// What was allowed, less what is no more.
fn limit(control: &mut Control, more: &Control) {
    *control = match (control.take(), more) {
        (Some(one), Some(other)) => Some(one.intersection(other).copied().collect()),
        (one, other) => one.or_else(|| other.clone()),
    };
}

fn conflict(one: &str, other: &str, name: &str) -> String {
    format!("which of the tag policies `{one}` and `{other}` was attached first: both set `{name}`")
}
