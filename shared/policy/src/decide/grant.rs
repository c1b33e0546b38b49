//! How the layers combine: ceilings, grants, and who is exempt from what.
//!
//! IAM User Guide, "Policy evaluation logic"; Organizations User Guide, "SCP evaluation" and "RCP
//! evaluation".

use super::*;
use crate::policy::NOT_UNDER_SCPS;
use crate::request::CallerKind;

/// Actions that the root user of a resource's account may call despite a deny in its policy (S3 API
/// Reference, "PutBucketPolicy"; IAM User Guide, "Tasks that require root user credentials", SQS).
const ROOT_RESCUES: [&str; 4] =
    ["s3:deletebucketpolicy", "s3:getbucketpolicy", "s3:putbucketpolicy", "sqs:setqueueattributes"];

/// What the resource's policy grants, by the name it uses for the caller.
#[derive(Default)]
struct Granted<'a> {
    direct: Option<(Cause<'a>, Truth)>,
    role: Option<(Cause<'a>, Truth)>,
    account: Option<(Cause<'a>, Truth)>,
}

impl<'a> Granted<'a> {
    /// Adds a grant; of each name the first that is surest is kept.
    fn add(&mut self, naming: Naming, cause: Cause<'a>, truth: Truth) {
        let slot = match naming {
            Naming::Direct => &mut self.direct,
            Naming::Role => &mut self.role,
            Naming::Account => &mut self.account,
        };
        if truth > slot.as_ref().map_or(Truth::False, |(_, held)| *held) {
            *slot = Some((cause, truth));
        }
    }
}

fn truth(granted: &Option<(Cause<'_>, Truth)>) -> Truth {
    granted.as_ref().map_or(Truth::False, |(_, truth)| *truth)
}

impl<'a> Evaluation<'a> {
    /// The decision, or `None` if it depends on unknowns.
    pub(super) fn decide(&self) -> Option<Decision> {
        let layers = self.layers;
        let caller = &self.request.caller;
        let action = self.request.action_lower.as_str();
        let decision = |outcome, because| Some(Decision { outcome, because, unknowns: Vec::new() });
        let endpoint =
            layers.endpoint.as_ref().map(|policies| self.scan_resource(LayerKind::Endpoint, policies));
        let endpoint = endpoint.map(|(scan, _)| scan);
        if action == "sts:getcalleridentity" {
            // STS API Reference, GetCallerIdentity: needs no permission, and a deny does not stop it;
            // only the endpoint can.
            let Some(scan) = &endpoint else { return decision(Outcome::Allow, Vec::new()) };
            let denied = sure(&scan.denies);
            return match (scan.denies.is_empty(), scan.allow) {
                _ if !denied.is_empty() => decision(Outcome::ExplicitDeny, denied),
                (_, Truth::False) => {
                    decision(Outcome::ImplicitDeny, vec![lacking(LayerKind::Endpoint, "endpoint_policies")])
                }
                (true, Truth::True) => {
                    decision(Outcome::Allow, scan.allowing.map(Cause::because).into_iter().collect())
                }
                _ => None,
            };
        }
        if self.cannot_call() {
            return decision(Outcome::ImplicitDeny, vec![lacking(LayerKind::Session, "session")]);
        }

        let identity = self.scan(LayerKind::Identity, &layers.identity);
        let boundary = layers.boundary.as_ref().map(|policy| self.scan(LayerKind::Boundary, [policy]));
        let session = layers.session.as_ref().map(|policies| self.scan(LayerKind::Session, policies));
        let exempt = self.service_linked();
        let under_scps = !exempt_from_scps(&caller.kind) && !NOT_UNDER_SCPS.contains(&self.request.service());
        let scps: Vec<(&Arc<str>, Scan<'_>)> = match under_scps {
            true => layers.scps.iter().map(|l| (&l.name, self.scan(LayerKind::Scp, &l.policies))).collect(),
            false => Vec::new(),
        };
        let rcps = if self.under_rcps() { layers.rcps.as_slice() } else { &[] };
        let (rcps, _) = self.scan_resource(LayerKind::Rcp, rcps.iter().flat_map(|level| &level.policies));
        let (resource, granted) = match self.resource {
            ResourcePolicy::Known(policy) => {
                let (scan, granted) = self.scan_resource(LayerKind::Resource, [policy]);
                (Some(scan), granted)
            }
            _ => (None, Granted::default()),
        };

        // Explicit denies, in every layer.
        let mut denies = Vec::new();
        let mut collect = |scan: &Scan<'a>, unless: Truth| {
            denies.extend(scan.denies.iter().map(|(cause, t)| (*cause, t.and(!unless))));
        };
        collect(&identity, Truth::False);
        boundary.iter().for_each(|scan| collect(scan, Truth::False));
        session.iter().for_each(|scan| collect(scan, Truth::False));
        scps.iter().for_each(|(_, scan)| collect(scan, exempt));
        collect(&rcps, exempt);
        let rescued = matches!(caller.kind, CallerKind::Root | CallerKind::AssumedRoot)
            && self.request.same_account()
            && ROOT_RESCUES.contains(&action);
        resource.iter().for_each(|scan| collect(scan, rescued.into()));
        endpoint.iter().for_each(|scan| collect(scan, Truth::False));
        let surely = sure(&denies);
        if !surely.is_empty() {
            return decision(Outcome::ExplicitDeny, surely);
        }
        let denied = Truth::any(denies.iter().map(|(_, truth)| *truth));

        // Ceilings of the organization, and the endpoint.
        let mut because = Vec::new();
        let mut missing = Vec::with_capacity(scps.len() + 5);
        for (level, scan) in &scps {
            because.extend(scan.allowing);
            missing.push((scan.allow.or(exempt), LayerKind::Scp, level.as_ref()));
        }
        if let Some(scan) = &endpoint {
            because.extend(scan.allowing);
            missing.push((scan.allow, LayerKind::Endpoint, "endpoint_policies"));
        }

        // The grant.
        let root = matches!(caller.kind, CallerKind::Root | CallerKind::AssumedRoot);
        let assume_role = is_assume_role(action) && !self.request.resource.contains(":federated-user/");
        let by_identity = match caller.kind {
            CallerKind::Root | CallerKind::AssumedRoot => (!assume_role).into(),
            // UG, "GetFederationToken": without a session policy only resource policies grant.
            CallerKind::FederatedUser { .. } if session.is_none() => Truth::False,
            // STS API Reference, GetSessionToken: users need no permission.
            CallerKind::User { .. } if action == "sts:getsessiontoken" => Truth::True,
            _ => identity.allow,
        };
        let within_boundary = boundary.as_ref().map_or(Truth::True, |scan| scan.allow);
        let within_session = match (&session, &caller.kind) {
            (Some(scan), _) => scan.allow,
            (None, CallerKind::AssumedRoot) => self
                .unknowns
                .ask("session policy: the task policy of an AssumeRoot session is not given".into()),
            (None, _) => Truth::True,
        };
        let limits = within_boundary.and(within_session);
        let must_be_granted = assume_role || self.on_kms_key();
        let (direct, role, account) = if must_be_granted && *self.resource == ResourcePolicy::NotGiven {
            let unknown =
                self.unknowns.ask("resource policy: it is not given, and this resource has one".into());
            (unknown, unknown, unknown)
        } else {
            (truth(&granted.direct), truth(&granted.role), truth(&granted.account))
        };
        let named = direct.or(role).or(account);
        let identity_side = by_identity.and(limits);
        // The ways to a grant: how sure each is, and the statements that it rests on.
        let of = |scan: &Option<Scan<'a>>| scan.as_ref().and_then(|scan| scan.allowing);
        let statement = |granted: &Option<(Cause<'a>, Truth)>| granted.map(|(cause, _)| cause);
        let (of_identity, of_boundary, of_session) = (identity.allowing, of(&boundary), of(&session));
        let with_identity = |granted| [of_identity, of_boundary, of_session, granted];
        let alone = |granted| [granted, None, None, None];
        let no_account = caller.account.is_empty() || caller.kind == CallerKind::Federated;
        let mut ways: Vec<(Truth, [Option<Cause<'_>>; 4])> = Vec::with_capacity(4);
        if no_account {
            ways.push((direct, alone(statement(&granted.direct))));
        } else if root && assume_role {
            // UG: the root user cannot assume roles.
        } else if self.request.same_account() {
            if !must_be_granted {
                ways.push((identity_side, with_identity(None)));
            }
            ways.push((direct, alone(statement(&granted.direct))));
            ways.push((role.and(limits), [of_boundary, of_session, statement(&granted.role), None]));
            ways.push((account.and(identity_side), with_identity(statement(&granted.account))));
        } else {
            let best = [&granted.direct, &granted.role, &granted.account]
                .into_iter()
                .find(|granted| truth(granted) == Truth::True);
            ways.push((identity_side.and(named), with_identity(best.and_then(statement))));
        }
        let grant = Truth::any(ways.iter().map(|(truth, _)| *truth));
        if no_account || root || (named == Truth::False && must_be_granted) {
            missing.push((grant, LayerKind::Resource, "resource_policy"));
        } else {
            for (truth, layer, policy) in [
                (by_identity, LayerKind::Identity, "identity"),
                (within_boundary, LayerKind::Boundary, "boundary"),
                (within_session, LayerKind::Session, "session"),
            ] {
                missing.push((truth.or(grant), layer, policy));
            }
            missing.push((grant, LayerKind::Resource, "resource_policy"));
        }

        // A layer that surely does not allow decides, whatever the unknown ones say.
        if let Some((_, layer, policy)) = missing.iter().find(|(truth, _, _)| *truth == Truth::False) {
            return decision(Outcome::ImplicitDeny, vec![lacking(*layer, policy)]);
        }
        if denied == Truth::Unknown || missing.iter().any(|(truth, _, _)| *truth == Truth::Unknown) {
            return None;
        }
        let way = ways.into_iter().find(|(truth, _)| *truth == Truth::True);
        because.extend(way.into_iter().flat_map(|(_, causes)| causes).flatten());
        because.sort_by_key(|cause| cause.layer);
        decision(Outcome::Allow, because.into_iter().map(Cause::because).collect())
    }

    /// Reads policies that name principals.
    fn scan_resource<'p>(
        &self,
        layer: LayerKind,
        policies: impl IntoIterator<Item = &'p NamedPolicy>,
    ) -> (Scan<'p>, Granted<'p>) {
        let mut scan = Scan::new();
        let mut granted = Granted::default();
        for named in policies {
            self.scan_policy(layer, named, &mut scan, |evaluation, statement, at| {
                // A statement without principals matches nobody.
                let Some(element) = &statement.principal else { return Truth::False };
                if at.memo.one_fails(statement.kept) {
                    return Truth::False;
                }
                let cause = Cause { layer, policy: named, statement: Some(at.statement) };
                if statement.effect == Effect::Deny {
                    let names_caller = Truth::any(evaluation.named(element, at).map(|(_, truth)| truth));
                    return if names_caller == Truth::False {
                        Truth::False
                    } else {
                        names_caller.and(evaluation.statement(statement, at))
                    };
                }
                if element.negated {
                    let unknown =
                        evaluation.unknown(at, || "`NotPrincipal` with `Allow` is not valid".to_owned());
                    let holds = unknown.and(evaluation.statement(statement, at));
                    granted.add(Naming::Direct, cause, holds);
                    return holds;
                }
                let names: Vec<(Naming, Truth)> = evaluation.named(element, at).collect();
                let names_caller = Truth::any(names.iter().map(|(_, truth)| *truth));
                if names_caller == Truth::False {
                    return Truth::False;
                }
                let holds = evaluation.statement(statement, at);
                for (naming, truth) in names {
                    granted.add(naming, cause, truth.and(holds));
                }
                names_caller.and(holds)
            });
            if named.policy.compiled().is_err() {
                // An unknown policy may name the caller in any way.
                let cause = Cause { layer, policy: named, statement: None };
                granted.add(Naming::Direct, cause, scan.allow);
            }
        }
        (scan, granted)
    }

    /// Calls that some credentials cannot make at all (IAM User Guide, "Compare AWS STS credentials").
    fn cannot_call(&self) -> bool {
        let action = self.request.action_lower.as_str();
        match self.request.caller.kind {
            CallerKind::Role { .. } | CallerKind::Session { .. } => {
                matches!(action, "sts:getsessiontoken" | "sts:getfederationtoken")
            }
            CallerKind::FederatedUser { .. } => matches!(self.request.service(), "iam" | "sts"),
            _ => false,
        }
    }

    /// Whether the caller is a service-linked role, which SCPs and RCPs do not bind.
    fn service_linked(&self) -> Truth {
        let Some(role) = self.request.caller.role() else { return Truth::False };
        let arn = self.request.context.first("aws:principalarn").unwrap_or_default();
        if arn.contains(":role/aws-service-role/") {
            return Truth::True;
        }
        let path_unknown =
            arn.matches('/').count() == 1 && matches!(self.request.caller.kind, CallerKind::Session { .. });
        if path_unknown
            && role.starts_with("AWSServiceRoleFor")
            && !(self.layers.scps.is_empty() && self.layers.rcps.is_empty())
        {
            // Session ARNs carry no path, and the path alone makes a role service-linked.
            return self.unknowns.ask(format!("principal: whether the role `{role}` is service-linked"));
        }
        Truth::False
    }

    /// Organizations User Guide, "Resources and entities not restricted by RCPs".
    fn under_rcps(&self) -> bool {
        !self.wildcard_only
            && self.request.action_lower != "kms:retiregrant"
            && catalogue::supports_rcp(self.request.service())
    }

    fn on_kms_key(&self) -> bool {
        self.request.service() == "kms" && self.request.resource.contains(":key/")
    }
}

fn exempt_from_scps(kind: &CallerKind) -> bool {
    matches!(kind, CallerKind::Service | CallerKind::Anonymous | CallerKind::Federated)
}

/// The actions that a role's trust policy decides on.
fn is_assume_role(action: &str) -> bool {
    matches!(
        action,
        "sts:assumerole"
            | "sts:assumerolewithsaml"
            | "sts:assumerolewithwebidentity"
            | "sts:setcontext"
            | "sts:setsourceidentity"
            | "sts:tagsession"
    )
}

/// The causes that surely hold, spelled out.
fn sure(causes: &[(Cause<'_>, Truth)]) -> Vec<Because> {
    causes.iter().filter(|(_, truth)| *truth == Truth::True).map(|(cause, _)| cause.because()).collect()
}

fn lacking(layer: LayerKind, policy: &str) -> Because {
    Because { layer, policy: policy.into(), statement: None, sid: None }
}
