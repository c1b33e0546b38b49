//! What the tags of a principal open and close, statement by statement.

use std::collections::BTreeSet;

use serde::Serialize;
use stanchion_inventory::{Inventory, Principal};
use stanchion_policy::decide::matches;
use stanchion_policy::document::{Condition, Effect, Operator, Patterns, Statement, Version};
use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict, principal_tags};
use stanchion_policy::text::{Piece, Reading, pieces};
use stanchion_policy::{Document, Layers, NamedPolicy, Policy, Request};

use crate::asker::asker;

/// What one tag of a principal does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagExplained {
    /// The key: as the principal spells it, or in lower case.
    pub key: String,
    /// The principal's value; `None`: it has no such tag.
    pub value: Option<String>,
    /// Whether sessions may carry another value.
    pub sessions: Sessions,
    /// The statements that look at it.
    pub statements: Vec<StatementExplained>,
}

/// Whether sessions of a principal may carry another value of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sessions {
    /// None can.
    No,
    /// Whoever assumes the role may choose it.
    Yes,
    /// It cannot be told.
    Unknown,
}

/// What a statement makes of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementExplained {
    /// What comes of it.
    pub does: Does,
    /// The actions, as the statement lists them; `NotAction` before those that are left out.
    pub actions: String,
    /// What the tag stands for in the statement, as `aws:ResourceTag/project StringEquals atlas`.
    #[serde(rename = "where")]
    pub wheres: Vec<String>,
    /// `identity`, `boundary`, `scp` or `rcp`.
    pub layer: &'static str,
    /// What the policy is called.
    pub policy: String,
    /// The statement's place in it, from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

/// What comes of a statement, as far as the tag decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// An `Allow` that the tag lets match.
    Opens,
    /// An `Allow` that it keeps from matching.
    OpensNot,
    /// A `Deny` that it lets match.
    Closes,
    /// A `Deny` that it keeps from matching.
    ClosesNot,
}

/// What each tag of a principal does, by key: those that it has, those that policies above it mention,
/// and `more`.
///
/// # Errors
/// The ARN is not that of a user, role or root user.
pub fn explain(
    inventory: &Inventory,
    principal: &Principal,
    more: &[String],
) -> Result<Vec<TagExplained>, String> {
    let asker = asker(inventory, principal, None).map_err(|error| error.to_string())?;
    let layers = inventory.layers(principal);
    let policies = policies(&layers);
    let mut keys: BTreeSet<String> = principal.tags.iter().map(|(key, _)| key.to_lowercase()).collect();
    keys.extend(more.iter().map(|key| key.to_lowercase()));
    keys.extend(policies.iter().flat_map(|(_, named)| principal_tags(&named.policy)).map(str::to_owned));
    let explained = keys.into_iter().map(|key| {
        let own = principal.tags.iter().find(|(own, _)| own.eq_ignore_ascii_case(&key));
        let value = own.map(|(_, value)| value.clone());
        let tag = Tag { key: &key, value: value.as_deref(), asker: &asker };
        let statements = policies.iter().flat_map(|(layer, named)| tag.policy(layer, named)).collect();
        let sessions = tag.sessions(&layers);
        TagExplained { key: own.map_or(key.clone(), |(own, _)| own.clone()), value, sessions, statements }
    });
    Ok(explained.collect())
}

/// Every policy that binds a principal, with its layer.
fn policies(layers: &Layers) -> Vec<(&'static str, &NamedPolicy)> {
    let mut all: Vec<(&'static str, &NamedPolicy)> =
        layers.identity.iter().map(|named| ("identity", named)).collect();
    all.extend(layers.boundary.iter().map(|named| ("boundary", named)));
    for (name, levels) in [("scp", &layers.scps), ("rcp", &layers.rcps)] {
        all.extend(levels.iter().flat_map(|level| &level.policies).map(|named| (name, named)));
    }
    all
}

/// One tag of one principal.
struct Tag<'a> {
    /// In lower case.
    key: &'a str,
    value: Option<&'a str>,
    asker: &'a Asker,
}

impl Tag<'_> {
    fn policy(&self, layer: &'static str, named: &NamedPolicy) -> Vec<StatementExplained> {
        let Ok(document) = named.policy.document() else { return Vec::new() };
        let explained = document.statements.iter().enumerate().filter_map(|(index, statement)| {
            let (matches, wheres) = self.statement(statement, document.version)?;
            let does = match (statement.effect, matches) {
                (Effect::Allow, true) => Does::Opens,
                (Effect::Allow, false) => Does::OpensNot,
                (Effect::Deny, true) => Does::Closes,
                (Effect::Deny, false) => Does::ClosesNot,
            };
            let not = if statement.action.negated { "NotAction " } else { "" };
            Some(StatementExplained {
                does,
                actions: format!("{not}{}", statement.action.patterns.join(", ")),
                wheres,
                layer,
                policy: named.name.to_string(),
                statement: index,
                sid: statement.sid.clone(),
            })
        });
        explained.collect()
    }

    /// Whether the tag lets a statement match, and what it stands for there; `None`: the statement does
    /// not look at it.
    fn statement(&self, statement: &Statement, version: Version) -> Option<(bool, Vec<String>)> {
        let (mut matches, mut wheres, mut looks) = (true, Vec::new(), false);
        for condition in &statement.conditions {
            let name = condition.key.to_lowercase();
            if name.strip_prefix("aws:principaltag/") == Some(self.key) {
                looks = true;
                matches &= self.holds(condition);
            }
            if condition.values.iter().any(|value| self.is_in(value, version)) {
                looks = true;
                let operator = &condition.operator;
                matches &= self.value.is_some() || operator.comparison.negated() || operator.if_exists;
                let values: Vec<String> =
                    condition.values.iter().map(|value| self.written(value, version)).collect();
                wheres.push(format!("{} {} {}", condition.key, operator.text, values.join(", ")));
            }
        }
        for resources in statement.resource.iter() {
            for pattern in resources.patterns.iter().filter(|pattern| self.is_in(pattern, version)) {
                looks = true;
                matches &= self.value.is_some() || resources.negated;
                let not = if resources.negated { "NotResource" } else { "Resource" };
                wheres.push(format!("{not} {}", self.written(pattern, version)));
            }
        }
        looks.then_some((matches, wheres))
    }

    /// Whether a condition on the tag itself holds; one that cannot be told is taken to.
    fn holds(&self, condition: &Condition) -> bool {
        let caller = self.asker.caller.clone();
        let account = caller.account.clone();
        let context = self.asker.known.clone();
        let request = Request::new(caller, "iam:GetUser", "*", Some(&account), context);
        let region = any(vec![condition.clone()]);
        request.is_ok_and(|request| matches(&request, &region) != Some(false))
    }

    fn is_in(&self, text: &str, version: Version) -> bool {
        self.pieces(text, version).iter().any(|piece| self.is_variable(piece))
    }

    fn is_variable(&self, piece: &Piece) -> bool {
        matches!(piece, Piece::Variable { key, .. }
            if key.strip_prefix("aws:principaltag/").is_some_and(|tag| tag.to_lowercase() == self.key))
    }

    fn pieces(&self, text: &str, version: Version) -> Vec<Piece> {
        pieces(text, Reading::new(true, version))
    }

    /// A pattern with the tag's value in place of its variable.
    fn written(&self, text: &str, version: Version) -> String {
        let written = self.pieces(text, version).into_iter().map(|piece| match piece {
            piece if self.is_variable(&piece) => match (self.value, piece) {
                (Some(value), _) => value.to_owned(),
                (None, Piece::Variable { default: Some(default), .. }) => default,
                (None, _) => "(nothing)".to_owned(),
            },
            Piece::Literal(text) => text,
            Piece::Star => "*".to_owned(),
            Piece::One => "?".to_owned(),
            Piece::Variable { key, .. } => format!("${{{key}}}"),
        });
        written.collect()
    }

    /// Whether sessions can do anything at all with another value.
    fn sessions(&self, layers: &Layers) -> Sessions {
        let key = format!("aws:PrincipalTag/{}", self.key);
        let condition = |operator: &str, value: &str| Condition {
            operator: Operator::parse(operator),
            key: key.clone(),
            values: vec![value.to_owned()],
        };
        let mut conditions = vec![condition("Null", "false")];
        conditions.extend(self.value.map(|value| condition("StringNotEquals", value)));
        let region = any(conditions);
        let question = Question { forbidden: &region, roles: &[], resources: &[], steps: STEPS };
        match Stack::new(self.asker, layers).prove(&question).verdict {
            Verdict::No => Sessions::No,
            Verdict::Yes(_) => Sessions::Yes,
            Verdict::Indeterminate(_) => Sessions::Unknown,
        }
    }
}

/// Any request under these conditions.
fn any(conditions: Vec<Condition>) -> Policy {
    let all = || Patterns { negated: false, patterns: vec!["*".to_owned()] };
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: all(),
        resource: Some(all()),
        conditions,
    };
    Policy::of(Document { version: Version::V2012, version_given: true, statements: vec![statement] })
}
