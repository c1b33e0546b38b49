//! Actions of the catalogue that differ in what binds them, and in what they work on.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::actions::{ActionSet, Draft};
use super::compile::{Resources, Statement};
use crate::catalogue::{self, ActionId, ResourceTypeId};
use crate::policy::NOT_UNDER_SCPS;

/// The actions on roles that a trust policy decides on (IAM User Guide, "Roles terms and concepts").
pub(super) const ASSUME_ROLE: [&str; 4] =
    ["sts:assumerole", "sts:setcontext", "sts:setsourceidentity", "sts:tagsession"];

/// The one action that users need no permission for, and that a deny stops.
pub(super) const SESSION_TOKEN: &str = "sts:getsessiontoken";

/// Actions of the catalogue that differ in what binds them.
pub(super) struct Kinds {
    /// Those without resource types.
    pub(super) wildcard_only: ActionSet,
    /// Those whose resource types the reference calls all optional.
    pub(super) unnamed: ActionSet,
    /// Those that RCPs bind.
    pub(super) under_rcps: ActionSet,
    /// Those that no policy can refuse, and under SCPs those that SCPs cannot.
    pub(super) unrefusable: ActionSet,
    pub(super) not_under_scps: ActionSet,
    /// Those that trust policies decide on.
    pub(super) trusted: ActionSet,
    /// Those that the layers alone do not decide on: trust policies can grant some on roles by
    /// themselves, and one needs no permission.
    pub(super) apart: ActionSet,
    /// Of those, the one that needs no permission.
    pub(super) session_token: ActionSet,
    /// Those that users and root users cannot call, and those that sessions of roles cannot; and both with
    /// what nothing can refuse.
    pub(super) not_by_users: ActionSet,
    pub(super) not_by_roles: ActionSet,
    pub(super) never_by_users: ActionSet,
    pub(super) never_by_roles: ActionSet,
}

pub(super) static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
    let (mut wildcard_only, mut unnamed, mut under_rcps) = (Draft::empty(), Draft::empty(), Draft::empty());
    for service in catalogue::services() {
        let supported = catalogue::supports_rcp(service);
        for action in catalogue::service_actions(service).filter_map(ActionId::from_index) {
            if action.is_wildcard_only() {
                wildcard_only.insert_action(action);
                continue;
            }
            if action.resource_types().all(|resource| !resource.required) {
                unnamed.insert_action(action);
            }
            if supported && action.full_name_lower() != "kms:retiregrant" {
                // Organizations User Guide, "Resources and entities not restricted by RCPs".
                under_rcps.insert_action(action);
            }
        }
    }
    let named = |names: &[&str]| {
        let mut draft = Draft::empty();
        names.iter().filter_map(|name| catalogue::find(name)).for_each(|a| draft.insert_action(a));
        draft.finish()
    };
    let unrefusable = named(&["sts:getcalleridentity"]);
    let not_by_users = named(&["sts:assumerolewithsaml", "sts:assumerolewithwebidentity"]);
    let not_by_roles =
        ActionSet::union([&not_by_users, &named(&[SESSION_TOKEN, "sts:getfederationtoken"])]).into_owned();
    let mut not_under_scps = Draft::empty();
    let services = NOT_UNDER_SCPS.iter().flat_map(|service| catalogue::service_actions(service));
    services.filter_map(ActionId::from_index).for_each(|action| not_under_scps.insert_action(action));
    Kinds {
        wildcard_only: wildcard_only.finish(),
        unnamed: unnamed.finish(),
        under_rcps: under_rcps.finish(),
        never_by_users: ActionSet::union([&not_by_users, &unrefusable]).into_owned(),
        never_by_roles: ActionSet::union([&not_by_roles, &unrefusable]).into_owned(),
        not_by_users,
        not_by_roles,
        unrefusable,
        not_under_scps: not_under_scps.finish(),
        trusted: named(&ASSUME_ROLE),
        apart: named(&[ASSUME_ROLE.as_slice(), &[SESSION_TOKEN]].concat()),
        session_token: named(&[SESSION_TOKEN]),
    }
});

/// Whether RCPs bind an action of the catalogue: it is of a service that they are for, and works on resources.
pub fn is_bound_by_rcps(action: ActionId) -> bool {
    KINDS.under_rcps.contains(action)
}

/// The actions on resources whose ARNs have this service segment, and those on resources whose ARNs
/// have any.
static BY_SERVICE: LazyLock<(FxHashMap<&'static str, ActionSet>, ActionSet)> = LazyLock::new(|| {
    let mut drafts: Vec<(&'static str, Draft)> = Vec::new();
    let mut any = Draft::empty();
    // Many actions work on one type: its templates are read once. `None`: any service.
    let mut places: FxHashMap<ResourceTypeId, Vec<Option<usize>>> = FxHashMap::default();
    let mut by_name: FxHashMap<&'static str, usize> = FxHashMap::default();
    for action in catalogue::actions() {
        for pair in action.resource_types() {
            let mut place = |template: &'static str| {
                let segment = template.split(':').nth(2);
                let service = segment.filter(|service| !service.contains(['$', '*', '<']))?;
                Some(*by_name.entry(service).or_insert_with(|| {
                    drafts.push((service, Draft::empty()));
                    drafts.len() - 1
                }))
            };
            let of_type = places.entry(pair.resource);
            let of_type = of_type.or_insert_with(|| pair.resource.arn_templates().map(&mut place).collect());
            for place in of_type {
                match place {
                    Some(at) => drafts[*at].1.insert_action(action),
                    None => any.insert_action(action),
                }
            }
        }
    }
    // An ARN of S3 names the action on all buckets as well.
    if let (Some(at), Some(action)) = (by_name.get("s3"), catalogue::find("s3:listallmybuckets")) {
        drafts[*at].1.insert_action(action);
    }
    let sets = drafts.into_iter().map(|(service, draft)| (service, draft.finish())).collect();
    (sets, any.finish())
});

/// The actions on resources whose ARNs may have this service segment.
pub(super) fn of_arn_service(service: &str) -> ActionSet {
    let mut draft = Draft::empty();
    BY_SERVICE.0.get(service).into_iter().for_each(|set| draft.unite(set));
    draft.unite(&BY_SERVICE.1);
    draft.subtract(&KINDS.apart);
    draft.subtract(&KINDS.wildcard_only);
    draft.finish()
}

/// Takes away the actions that work on nothing that a rulebook's statement names.
pub(super) fn within_services<'s>(statement: &Statement, part: Cow<'s, ActionSet>) -> Cow<'s, ActionSet> {
    let Some(resources) = statement.resource.as_ref().filter(|r| !r.negated && !r.any) else { return part };
    match resources.served.get_or_init(|| served(&statement.actions.set, resources)) {
        Some(served) => Cow::Owned(part.intersect(served)),
        None => part,
    }
}

/// Those of some actions that may work on what a rulebook names; `None`: any.
fn served(actions: &ActionSet, resources: &Resources) -> Option<ActionSet> {
    let mut served = vec![actions.intersect(&BY_SERVICE.1), actions.intersect(&KINDS.apart)];
    for (text, _) in &resources.patterns {
        let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        let service = service.filter(|service| !service.contains(['*', '?']))?;
        served.extend(BY_SERVICE.0.get(service).map(|set| actions.intersect(set)));
    }
    Some(ActionSet::union(&served).into_owned())
}
