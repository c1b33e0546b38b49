//! Statements where they stand: in the layers that must allow, and among what denies.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use super::actions::{ActionSet, Actions, Span};
use super::compile::{Compiled, Statement};
use super::translate::{Bound, Boxed, Place, ResourceKind};
use crate::catalogue::ActionId;
use crate::document::Effect;

/// One layer's statements that can allow.
pub(super) struct Layer<'a> {
    pub(super) allows: Vec<Placed<'a>>,
    /// Whether some policy of it is unknown, and so may allow anything.
    pub(super) unknown: bool,
    /// What is allowed on every resource, without conditions.
    pub(super) plain: Cow<'a, ActionSet>,
    /// What may be allowed.
    pub(super) allowed: Cow<'a, ActionSet>,
}

impl Layer<'_> {
    pub(super) fn empty() -> Self {
        Self { allows: Vec::new(), unknown: false, plain: Cow::default(), allowed: Cow::default() }
    }
}

/// The statements that can deny.
#[derive(Default)]
pub(super) struct Denies<'a> {
    /// In layers that bind every request.
    pub(super) always: Vec<Placed<'a>>,
    /// In policies of endpoints: those that may speak of the caller.
    pub(super) perhaps: Vec<Placed<'a>>,
    /// In RCPs, which bind some services only.
    pub(super) rcps: Vec<Placed<'a>>,
    pub(super) unknown: Vec<String>,
    /// As `unknown`, in RCPs.
    pub(super) unknown_rcps: Vec<String>,
}

/// A statement, where it stands, and what was made of it.
pub(super) struct Placed<'a> {
    pub(super) statement: &'a Statement,
    /// Where its actions are at most: seen without a look at the statement.
    pub(super) span: Span,
    pub(super) place: Place,
    /// What a comparison leaves of its actions.
    pub(super) rest: Option<Rest<'a>>,
    /// Whether it must not match, whatever its effect.
    pub(super) refuses: bool,
    /// Whether its keys are those of the other side's caller.
    pub(super) rival: bool,
    /// For each way to see it and each bound; most statements are never read.
    pub(super) boxed: OnceCell<Box<[OnceCell<Rc<Boxed>>; 10]>>,
}

/// What is left of a statement's actions.
pub(super) struct Rest<'a> {
    /// Those of the catalogue.
    pub(super) set: ActionSet,
    /// What is taken away, for actions that the catalogue lacks.
    pub(super) less: Vec<&'a Actions>,
}

impl<'a> Placed<'a> {
    pub(super) fn new(statement: &'a Statement, place: Place) -> Self {
        let span = statement.actions.set.span();
        Self { statement, span, place, rest: None, refuses: false, rival: false, boxed: OnceCell::new() }
    }

    /// The place of what was made of the statement, for a search that sees all statements without
    /// an action (`anywhere`), or with one. What does not rest on the difference has one place.
    pub(super) fn held(&self, anywhere: bool, kind: ResourceKind, bound: Bound) -> &OnceCell<Rc<Boxed>> {
        let rests = &self.statement.rests;
        let any = self.statement.resource.as_ref().is_none_or(|resources| resources.any);
        let anywhere = anywhere || !rests.on_place && rests.on_listed.is_empty();
        let way = match (anywhere, kind) {
            (true, _) if any => 0,
            (true, ResourceKind::Arn) => 0,
            (true, ResourceKind::WildcardOnly) => 1,
            (_, ResourceKind::Either) => 2,
            (false, ResourceKind::Arn) => 3,
            (false, ResourceKind::WildcardOnly) => 4,
        };
        &self.boxed.get_or_init(Box::default)[2 * way + usize::from(bound == Bound::Upper)]
    }

    /// What it costs to read the statement.
    pub(super) fn weight(&self) -> u64 {
        self.statement.weight
    }

    pub(super) fn actions(&self) -> &ActionSet {
        self.rest.as_ref().map_or(&self.statement.actions.set, |rest| &rest.set)
    }

    /// Whether some of these are among its actions.
    pub(super) fn meets(&self, actions: &ActionSet) -> bool {
        self.span.meets(actions.span()) && self.actions().meets(actions)
    }

    /// Whether all of these are among its actions.
    pub(super) fn covers(&self, actions: &ActionSet) -> bool {
        self.span.meets(actions.span()) && self.actions().covers(actions)
    }

    /// Whether an action is among its actions.
    pub(super) fn contains(&self, action: ActionId) -> bool {
        self.span.has(action) && self.actions().contains(action)
    }

    /// Whether an action that the catalogue lacks, in lower case, is among its actions.
    pub(super) fn contains_extra(&self, action: &str) -> bool {
        let taken = self.rest.iter().flat_map(|rest| &rest.less).any(|less| less.contains_extra(action));
        self.statement.actions.contains_extra(action) && !taken
    }
}

/// The statements of a policy that have this effect.
pub(super) fn placed<'a>(
    compiled: &'a Compiled,
    effect: Effect,
    place: Place,
) -> impl Iterator<Item = Placed<'a>> {
    let statements = compiled.statements.iter().filter(move |s| s.effect == effect);
    statements.map(move |statement| Placed::new(statement, place))
}
