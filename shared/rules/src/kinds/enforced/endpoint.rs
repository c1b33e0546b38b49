//! What goes through the VPC endpoints of an account. Each endpoint by which the rule is broken is a facet.

use std::collections::BTreeSet;

use stanchion_inventory::Endpoint;
use stanchion_policy::decide::LayerKind;
use stanchion_policy::endpoints::{Carried, carried, region};
use stanchion_policy::prove::{Ceiling, VpcEndpoint};
use stanchion_policy::{Context, NamedPolicy};

use super::{Enforced, Leak};
use crate::asker::organization;
use crate::evaluator::Evaluator;
use crate::judgement::{Facets, Judgement};

/// The keys of the organization of the endpoint's account.
const ENDPOINT: [&str; 2] = ["aws:VpceOrgID", "aws:VpceOrgPaths"];

impl Enforced {
    /// What goes through the endpoints of an account.
    pub(super) fn judge_endpoints(&self, evaluator: &Evaluator<'_>, account: &str) -> Facets {
        let unknown = |why: &str| {
            let mend = "docs/INVENTORY.md says how to get `endpoints.json`";
            vec![(None, Judgement::unknown(format!("the VPC endpoints of account {account}: {why}; {mend}")))]
        };
        let endpoints = match evaluator.inventory().endpoints(account).map(|known| known.all()) {
            None => return unknown("they are not in the inventory"),
            Some(Err(reason)) => return unknown(reason),
            Some(Ok(endpoints)) => endpoints,
        };
        let (mut facets, mut holding) = (Facets::new(), BTreeSet::new());
        for endpoint in endpoints {
            match self.through(evaluator, account, endpoint) {
                None => {}
                Some(Judgement::Holds { assumptions }) => holding.extend(assumptions),
                Some(judgement) => facets.push((Some(format!("endpoint:{}", endpoint.id)), judgement)),
            }
        }
        if facets.is_empty() {
            facets.push((None, Judgement::Holds { assumptions: holding.into_iter().collect() }));
        }
        facets
    }

    /// What goes through one endpoint; `None`: nothing that IAM decides on.
    fn through(&self, evaluator: &Evaluator<'_>, account: &str, endpoint: &Endpoint) -> Option<Judgement> {
        let services = match carried(&endpoint.service_name) {
            Carried::Services(services) => Some(services),
            Carried::Unknown => None,
            Carried::Nothing => return None,
        };
        let is_known = services.is_some();
        let policy = NamedPolicy::new(format!("policy of {}", endpoint.id), endpoint.policy.clone());
        let through = VpcEndpoint::new(policy, services, context(evaluator, account, endpoint));
        let told = |leak: &Leak| told(endpoint, leak);
        Some(match self.judged(evaluator, account, Ceiling::Endpoint(&through), told) {
            // Whether it goes through this endpoint is not known.
            Judgement::Violated { assumptions, .. } if !is_known => {
                let Endpoint { id, service_name, .. } = endpoint;
                let reason = format!("endpoint {id}: which requests go to `{service_name}` is not known");
                Judgement::Indeterminate { reasons: vec![reason], assumptions }
            }
            Judgement::Indeterminate { reasons, assumptions } => {
                let reason = |reason| format!("endpoint {}: {reason}", endpoint.id);
                Judgement::Indeterminate { reasons: reasons.into_iter().map(reason).collect(), assumptions }
            }
            judgement => judgement,
        })
    }
}

/// What every request through an endpoint has.
fn context(evaluator: &Evaluator<'_>, account: &str, endpoint: &Endpoint) -> Context {
    let mut context = organization(evaluator.inventory(), account, ENDPOINT);
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            context.insert(key, vec![value.to_owned()]);
        }
    };
    add("aws:SourceVpce", &endpoint.id);
    add("aws:SourceVpc", &endpoint.vpc);
    add("aws:VpceAccount", account);
    add("aws:RequestedRegion", region_of(endpoint).unwrap_or_default());
    context
}

fn region_of(endpoint: &Endpoint) -> Option<&str> {
    endpoint.service_region.as_deref().or_else(|| region(&endpoint.service_name))
}

/// Which endpoint, what lets the request through, and who asks.
fn told(endpoint: &Endpoint, leak: &Leak) -> String {
    let mut place = format!("endpoint {} to {}", endpoint.id, endpoint.service_name);
    if !endpoint.vpc.is_empty() {
        place = format!("{place} in {}", endpoint.vpc);
    }
    let because = leak.witness.decision.because.iter().find(|because| because.layer == LayerKind::Endpoint);
    let by = match because.map(|because| (&because.sid, because.statement)) {
        Some((Some(sid), _)) => format!("statement `{sid}` of its policy"),
        Some((None, Some(index))) => format!("statement {index} of its policy"),
        _ => "its policy".to_owned(),
    };
    format!("{place}: {by} lets it through; asked for by {}", leak.witness.principal)
}
