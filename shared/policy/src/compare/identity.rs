//! Documents without principals: what one grants by itself, or the ceiling that it is.

use super::cast::{Cast, Casts};
use super::{As, Search, everything, only_denies};
use crate::policy::{Layers, Level, NamedPolicy};
use crate::prove::{self, Anyone, Assumption, Gap, Mentions, Reach, Setting, Side, Slot};

/// Searches for what one document allows and the other does not.
pub(super) fn search(from: &NamedPolicy, to: &NamedPolicy, kind: As, search: &mut Search<'_>) {
    let (left, right) = (layers(from, kind), layers(to, kind));
    let (mine, theirs) = (side(&left, kind), side(&right, kind));
    let gaps = prove::gaps(&mine, &theirs, None, search.extra, false);
    let assumptions: &[Assumption] = match kind {
        As::Identity => &[Assumption::StandardEndpoint, Assumption::ResourceLetsIn],
        _ => &[Assumption::StandardEndpoint],
    };
    search.assumptions.extend(assumptions);
    search.assumptions.insert(Assumption::CatalogueActions);
    let mentions = mentions(&gaps);
    let casts = Casts::of(&mentions, kind == As::Scp);
    go_through(&gaps, &mentions, &casts, (&left, &right), assumptions, search);
}

pub(super) fn mentions<'g>(gaps: &'g [Gap<'_>]) -> Mentions<'g> {
    let mut all = Mentions::default();
    gaps.iter().for_each(|gap| all.join(gap.mentions()));
    all
}

/// Asks for everyone who may ask; then, if that decides nothing, with values for what patterns rest on.
pub(super) fn go_through(
    gaps: &[Gap<'_>],
    mentions: &Mentions<'_>,
    casts: &Casts,
    (left, right): (&Layers, &Layers),
    assumptions: &[Assumption],
    search: &mut Search<'_>,
) {
    let extra = search.extra;
    let ask = |cast: &Cast, anyone: &Anyone, reach: Option<Reach>, search: &mut Search<'_>| {
        gaps.iter().any(|gap| {
            let setting = Setting {
                asker: &cast.asker,
                rival: None,
                anyone: Some(anyone.clone()),
                resource_account: &cast.resource_account,
                left,
                right,
                assumptions,
                extra,
                reach,
            };
            search.take(gap.ask(setting, search.share()), &cast.resource_account)
        })
    };
    search.in_both_readings(|reach, search| {
        let (mut ended, before) = (false, search.reasons.len());
        for cast in &casts.all {
            ended |= ask(cast, &cast.anyone(), reach, search);
            if ended {
                break;
            }
        }
        if !ended && search.reasons.len() > before && !mentions.links.is_empty() {
            // Only a witness counts: that nothing is found here proves nothing.
            let reasons = search.reasons.clone();
            ended = casts.all.iter().any(|cast| ask(cast, &cast.someone(mentions), reach, search));
            search.reasons = reasons;
        }
        ended
    });
    if !gaps.is_empty() {
        search.reasons.extend(casts.incomplete.clone());
    }
}

fn layers(policy: &NamedPolicy, kind: As) -> Layers {
    if kind == As::Identity {
        return Layers { identity: vec![policy.clone()], ..Layers::default() };
    }
    let mut level = vec![policy.clone()];
    if only_denies(&policy.policy) {
        level.push(everything("FullAWSAccess"));
    }
    Layers {
        identity: vec![everything("AdministratorAccess")],
        scps: vec![Level { name: policy.name.clone(), policies: level }],
        ..Layers::default()
    }
}

fn side(layers: &Layers, kind: As) -> Side<'_> {
    let mut side = Side::default();
    let (slot, policies) = match (kind, layers.scps.first()) {
        (As::Scp, Some(level)) => (Slot::Ceiling, &level.policies),
        _ => (Slot::Identity, &layers.identity),
    };
    side.layer(slot, policies.iter().map(|named| &named.policy), |_, _| true);
    side
}
