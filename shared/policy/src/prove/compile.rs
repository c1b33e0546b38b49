//! A document made ready for proving, once for all principals: actions as sets, what conditions and
//! resources admit as sets where no variable takes part. Whatever a question does not touch is not
//! made.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::actions::{ActionSet, Actions, Draft};
use super::budget::{Budget, Exhausted};
use super::sets::Set;
use crate::catalogue;
use crate::document::{self, Comparison, Document, Effect, Version};
use crate::keys::{self, KeyFacts};
use crate::policy::Policy;
use crate::text::{Piece, Reading, pieces, resource_pieces};

/// A compiled document.
pub(crate) struct Compiled {
    pub(super) statements: Vec<Statement>,
    /// Actions named in full that the catalogue lacks, in lower case.
    pub(super) extra: BTreeSet<String>,
    /// How the document spells its conditions' keys, by the name in lower case; the least, if in
    /// several ways.
    pub(super) spelling: FxHashMap<Arc<str>, Arc<str>>,
    /// Whether some statement mentions a tag of the principal.
    pub(super) principal_tags: bool,
    /// What some `Allow` may allow.
    pub(super) allowed: ActionSet,
    /// What some `Allow` allows on every resource, without conditions.
    pub(super) plainly_allowed: ActionSet,
    /// What some `Deny` denies on every resource, without conditions.
    pub(super) plainly_denied: ActionSet,
    /// How many steps it took to compile.
    pub(super) cost: u64,
    /// What it costs to read every statement.
    pub(super) size: u64,
    /// What it costs to hold one name against the actions of every statement.
    pub(super) names: u64,
}

/// How many steps the compilation of one document may take. Real ones need some hundreds.
pub(super) const MOST: u64 = 500_000;

#[derive(Clone)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principal: Option<document::Principals>,
    /// Shared by the statements that list the same.
    pub(super) actions: Arc<Actions>,
    pub(super) resource: Option<Resources>,
    pub(super) conditions: Vec<Condition>,
    /// Every key that a condition or a variable of it mentions, in lower case, sorted.
    pub(super) keys: Box<[Arc<str>]>,
    pub(super) rests: Rests,
    /// What it costs to read the statement, in steps: for its characters, its values and its keys.
    pub(super) weight: u64,
}

/// What the meaning of a statement rests on, besides the principal.
#[derive(Clone)]
pub(super) struct Rests {
    /// The region of the request.
    pub(super) on_region: bool,
    /// The account of the resource, or the action itself.
    pub(super) on_place: bool,
    /// Whether the reference lists these keys for the action.
    pub(super) on_listed: Box<[Arc<str>]>,
}

impl Rests {
    fn new(keys: &[Arc<str>], resource: Option<&Resources>) -> Self {
        let on_account = |key: &str| {
            let of_resource = key.strip_prefix("aws:resource").or_else(|| key.strip_prefix("s3:resource"));
            of_resource.is_some_and(|rest| matches!(rest, "account" | "orgid" | "orgpaths"))
        };
        let mut patterns = resource.iter().flat_map(|r| &r.patterns);
        Self {
            on_region: keys.iter().any(|key| &**key == "aws:requestedregion"),
            on_place: keys.iter().any(|key| on_account(key))
                || patterns.any(|(text, _)| text == "arn:aws:s3:::*"),
            on_listed: keys.iter().filter(|key| keys::facts(key).presence.is_none()).cloned().collect(),
        }
    }
}

#[derive(Clone)]
pub(super) struct Resources {
    pub(super) negated: bool,
    /// Whether `*` is among the patterns.
    pub(super) any: bool,
    /// Each with its text.
    pub(super) patterns: Vec<(String, Vec<Piece>)>,
    /// Whether some pattern has a variable.
    pub(super) variables: bool,
    /// What the element admits without variables, as IAM reads it and as a rulebook's is read.
    pub(super) fixed: OnceLock<Admitted>,
    pub(super) in_rulebook: OnceLock<Admitted>,
    /// Which of the statement's actions may work on what a rulebook's statement names; `None`: any.
    pub(super) served: OnceLock<Option<ActionSet>>,
    /// What [`Self::tells_regions_apart`] found.
    regional: OnceLock<bool>,
}

#[derive(Clone)]
pub(super) struct Condition {
    pub(super) key: Arc<str>,
    pub(super) facts: KeyFacts,
    pub(super) operator: document::Operator,
    pub(super) values: Vec<(String, Vec<Piece>)>,
    /// Whether some value has a variable.
    pub(super) variables: bool,
    fixed: OnceLock<Admitted>,
}

/// What an element admits: at most, and at least.
#[derive(Clone)]
pub(super) struct Admitted {
    pub(super) upper: Set,
    pub(super) lower: Set,
    /// Why the two differ.
    pub(super) notes: Vec<String>,
}

impl Compiled {
    /// Compiles a document.
    ///
    /// # Errors
    /// Its wildcards are too much work.
    pub(crate) fn new(document: &Document) -> Result<Self, String> {
        let too_much = |Exhausted| "the wildcards of its actions are too much work".to_owned();
        Self::within(document, &mut Budget::new(MOST)).map_err(too_much)
    }

    fn within(document: &Document, budget: &mut Budget) -> Result<Self, Exhausted> {
        let mut extra = BTreeSet::new();
        let mut names = FxHashMap::default();
        let mut lists: FxHashMap<(bool, &[String]), Arc<Actions>> = FxHashMap::default();
        let mut spelling: FxHashMap<Arc<str>, Arc<str>> = FxHashMap::default();
        let mut statements: Vec<Statement> = Vec::with_capacity(document.statements.len());
        for statement in &document.statements {
            let list = (statement.action.negated, statement.action.patterns.as_slice());
            let actions = match lists.entry(list) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(empty) => {
                    empty.insert(Arc::new(Actions::new(&statement.action, &mut extra, budget)?))
                }
            };
            let compiled = Statement::new(statement, document.version, Arc::clone(actions), &mut names);
            for (condition, written) in compiled.conditions.iter().zip(&statement.conditions) {
                let spelled =
                    spelling.entry(Arc::clone(&condition.key)).or_insert_with(|| written.key.as_str().into());
                if *written.key < **spelled {
                    *spelled = written.key.as_str().into();
                }
            }
            statements.push(compiled);
        }
        let union = |wanted: &dyn Fn(&Statement) -> bool| {
            let mut draft = Draft::empty();
            statements.iter().filter(|s| wanted(s)).for_each(|s| draft.unite(&s.actions.set));
            draft.finish()
        };
        let of_principal = |key: &Arc<str>| key.starts_with("aws:principaltag/");
        let size = statements.iter().map(|statement| statement.weight).sum();
        Ok(Self {
            cost: budget.spent(MOST) + size,
            size,
            names: statements.iter().map(|statement| statement.actions.weight).sum(),
            principal_tags: statements.iter().flat_map(|s| s.keys.iter()).any(of_principal),
            allowed: union(&|s| s.effect == Effect::Allow),
            plainly_allowed: union(&|s| s.effect == Effect::Allow && s.is_unconditional()),
            plainly_denied: union(&|s| s.effect == Effect::Deny && s.is_unconditional()),
            statements,
            extra,
            spelling,
        })
    }
}

/// The tags of the principal that a policy's conditions and variables mention, in lower case; none of a
/// policy that cannot be read.
pub fn principal_tags(policy: &Policy) -> impl Iterator<Item = &str> {
    let compiled = policy.boxes().ok().filter(|compiled| compiled.principal_tags);
    let keys = compiled.into_iter().flat_map(|compiled| &compiled.statements).flat_map(|s| s.keys.iter());
    keys.filter_map(|key| key.strip_prefix("aws:principaltag/"))
}

impl Statement {
    fn new(
        statement: &document::Statement,
        version: Version,
        actions: Arc<Actions>,
        names: &mut FxHashMap<String, Arc<str>>,
    ) -> Self {
        let mut name = |key: &str| -> Arc<str> {
            if let Some(known) = names.get(key) {
                return Arc::clone(known);
            }
            let name: Arc<str> = key.into();
            names.insert(key.to_owned(), Arc::clone(&name));
            name
        };
        let resource = statement.resource.as_ref().map(|element| Resources::new(element, version));
        let conditions: Vec<_> =
            statement.conditions.iter().map(|c| Condition::new(c, version, &mut name)).collect();
        let patterns =
            resource.iter().flat_map(|r| &r.patterns).chain(conditions.iter().flat_map(|c| &c.values));
        // Of a service's key the reference is asked whether it lists it.
        let of_key = |condition: &Condition| if condition.facts.presence.is_none() { 16 } else { 4 };
        let weight = 1
            + patterns.clone().map(|(text, _)| text.len() as u64).sum::<u64>() / 16
            + patterns.clone().count() as u64 / 4
            + conditions.iter().map(of_key).sum::<u64>();
        let mut keys: Vec<Arc<str>> = patterns
            .flat_map(|(_, pieces)| pieces)
            .filter_map(|piece| match piece {
                Piece::Variable { key, .. } => Some(name(key)),
                _ => None,
            })
            .collect();
        keys.extend(conditions.iter().map(|c| Arc::clone(&c.key)));
        keys.sort_unstable();
        keys.dedup();
        Self {
            effect: statement.effect,
            principal: statement.principal.clone(),
            actions,
            rests: Rests::new(&keys, resource.as_ref()),
            resource,
            conditions,
            keys: keys.into(),
            weight,
        }
    }

    /// The same statement with some of its resources.
    pub(super) fn on(&self, patterns: Vec<(String, Vec<Piece>)>) -> Self {
        let any = patterns.iter().any(|(_, pieces)| *pieces == [Piece::Star]);
        let resource = Resources {
            negated: false,
            any,
            variables: has_variable(&patterns),
            patterns,
            fixed: OnceLock::new(),
            in_rulebook: OnceLock::new(),
            served: OnceLock::new(),
            regional: OnceLock::new(),
        };
        Self { resource: Some(resource), ..self.clone() }
    }

    /// Whether the statement matches every request for its actions, whatever the resource.
    pub(super) fn is_unconditional(&self) -> bool {
        self.principal.is_none()
            && self.conditions.is_empty()
            && self.resource.as_ref().is_some_and(|r| !r.negated && r.any)
    }
}

fn has_variable(patterns: &[(String, Vec<Piece>)]) -> bool {
    patterns.iter().flat_map(|(_, pieces)| pieces).any(|piece| matches!(piece, Piece::Variable { .. }))
}

impl Resources {
    fn new(element: &document::Patterns, version: Version) -> Self {
        let texts = |pattern: &String| (pattern.clone(), resource_pieces(pattern, version));
        let patterns: Vec<_> = element.patterns.iter().map(texts).collect();
        Self {
            negated: element.negated,
            any: patterns.iter().any(|(_, pieces)| *pieces == [Piece::Star]),
            variables: has_variable(&patterns),
            patterns,
            fixed: OnceLock::new(),
            in_rulebook: OnceLock::new(),
            served: OnceLock::new(),
            regional: OnceLock::new(),
        }
    }
}

impl Resources {
    /// Whether some pattern may match in one region and not in another: a part of its text may be a part
    /// of a region's name. What else stands between colons matches no region, or any.
    pub(super) fn tells_regions_apart(&self) -> bool {
        let regions = || catalogue::partitions().flat_map(catalogue::regions);
        let of_region = |part: &str| match part.contains('*') {
            false => regions().any(|region| *region == part),
            true => {
                let mut texts = part.split('*').filter(|text| !text.is_empty());
                texts.any(|text| regions().any(|region| region.contains(text)))
            }
        };
        let tells = |text: &str| text.contains(['?', '$']) || text.split(':').any(of_region);
        *self.regional.get_or_init(|| !self.any && self.patterns.iter().any(|(text, _)| tells(text)))
    }
}

impl Condition {
    /// What the values admit without variables.
    pub(super) fn fixed(&self) -> &Admitted {
        self.fixed.get_or_init(|| Admitted::of_condition(self))
    }

    fn new(
        condition: &document::Condition,
        version: Version,
        name: &mut impl FnMut(&str) -> Arc<str>,
    ) -> Self {
        let key = condition.key.to_ascii_lowercase();
        let facts = keys::facts(&key);
        let wildcards = matches!(
            condition.operator.comparison,
            Comparison::Text { like: true, .. } | Comparison::Arn { .. }
        );
        let reading = match condition.operator.comparison {
            Comparison::Text { .. } | Comparison::Arn { .. } | Comparison::Binary => {
                Reading::new(wildcards, version)
            }
            _ => Reading { wildcards: false, variables: false },
        };
        let values: Vec<_> = condition.values.iter().map(|v| (v.clone(), pieces(v, reading))).collect();
        Self {
            key: name(&key),
            facts,
            operator: condition.operator.clone(),
            variables: has_variable(&values),
            values,
            fixed: OnceLock::new(),
        }
    }
}
