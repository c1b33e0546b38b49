//! Whether a principal can change the tags that hold it apart: its own, those of others, those of
//! resources, the policies that rest on them, or the tags of a session.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use stanchion_inventory::{Principal, PrincipalKind};
use stanchion_policy::Policy;
use stanchion_policy::catalogue::{self, AccessLevel, ActionId};
use stanchion_policy::document::Statement;
use stanchion_policy::prove::principal_tags;

use super::Told;
use super::carriers::creates;
use super::region::{Made, Own, about_policies, list, names_tag, not_equals, policy, present, statement};
use crate::evaluator::Asked;

/// The tags that must not change.
pub(super) struct Immutable {
    keys: Vec<String>,
    to_principals: Policy,
    to_policies: Policy,
    of_resources: Made,
    of_sessions: Made,
    own_sessions: Made,
    tags_of_policies: Policy,
}

/// The policies that bind a principal and look at its tags.
#[derive(Debug, Default, PartialEq, Eq)]
struct Resting {
    /// Customer managed policies, and those of them that bound it.
    attached: BTreeSet<String>,
    boundary: BTreeSet<String>,
    /// Whether it has such policies of its own.
    inline: bool,
    /// Groups with such policies of their own.
    groups: BTreeSet<String>,
}

/// What is done to users and roles, and to the policies that bind them. Whoever can call none of it need
/// not be asked more: those regions name the principal itself, and are made for each.
const TO_PRINCIPALS: [&str; 6] =
    ["iam:CreateRole", "iam:CreateUser", "iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser"];
const TO_POLICIES: [&str; 15] = [
    "iam:CreatePolicyVersion",
    "iam:DeleteGroupPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
];

impl Immutable {
    pub(super) fn new(keys: &[String]) -> Self {
        let tagging = actions(&["iam:TagPolicy", "iam:UntagPolicy"]);
        Self {
            keys: keys.to_vec(),
            to_principals: policy(vec![statement(actions(&TO_PRINCIPALS), Vec::new())]),
            to_policies: policy(vec![statement(actions(&TO_POLICIES), Vec::new())]),
            of_resources: Made::default(),
            of_sessions: Made::default(),
            own_sessions: Made::default(),
            tags_of_policies: policy(vec![statement(tagging, vec![names_tag(keys)])]),
        }
    }

    pub(super) fn judge(&self, asked: &Asked<'_, '_>, told: &mut Told) {
        let principal = asked.principal();
        let keys: Vec<String> = self.keys.iter().map(|key| format!("`{key}`")).collect();
        let keys = keys.join(", ");
        let own: Vec<Own> = self.keys.iter().map(|key| Own::of(principal, key)).collect();
        let facet = |what: &str| format!("immutable:{what}");
        if told.may_call(asked, &self.to_principals) {
            if principal.kind != PrincipalKind::Root {
                let detail = format!("it can change its own tags ({keys})");
                told.ask(asked.prove(&of_self(&own, &principal.arn)), facet("self"), detail);
            }
            let detail = format!(
                "it can change the tags of other users or roles, or make some of other tags ({keys})"
            );
            told.ask(asked.prove(&self.of_peers(&own, &principal.arn)), facet("peers"), detail);
        }
        let region = self.of_resources.get(&own, || self.of_resources(&own));
        let detail = format!("it can move resources across the boundary, or make some beyond it ({keys})");
        told.ask(asked.prove(&region), facet("resources"), detail);
        let detail = format!("it can change these tags of policies ({keys})");
        told.ask(asked.prove(&self.tags_of_policies), facet("policy-tags"), detail);
        self.policies(asked, told);
        let region = self.of_sessions.get(&own, || of_sessions(&own));
        let detail = format!("it can assume a role with other tags than its own ({keys})");
        told.ask(asked.prove_tag_session(&region), facet("session"), detail);
        let held: Vec<Own> = own.into_iter().filter(|own| own.value.is_some()).collect();
        if !held.is_empty() && asked.evaluator().may_pass_tags(principal) {
            let region = self.own_sessions.get(&held, || own_sessions(&held));
            let detail = format!("whoever assumes it may choose other tags ({keys})");
            told.ask(asked.prove(&region), facet("trust"), detail);
        }
    }

    /// The requests that a facet is about.
    pub(super) fn region(&self, facet: &str, asked: &Asked<'_, '_>) -> Option<Policy> {
        let principal = asked.principal();
        let own: Vec<Own> = self.keys.iter().map(|key| Own::of(principal, key)).collect();
        Some(match facet.strip_prefix("immutable:")? {
            "self" => of_self(&own, &principal.arn),
            "peers" => self.of_peers(&own, &principal.arn),
            "resources" => self.of_resources(&own),
            "policy-tags" => self.tags_of_policies.clone(),
            "session" => of_sessions(&own),
            "trust" => own_sessions(&own.into_iter().filter(|own| own.value.is_some()).collect::<Vec<_>>()),
            "policies" => self.resting(asked).region(&principal.arn),
            _ => return None,
        })
    }

    fn policies(&self, asked: &Asked<'_, '_>, told: &mut Told) {
        let resting = self.resting(asked);
        if resting == Resting::default() || !told.may_call(asked, &self.to_policies) {
            return;
        }
        let region = resting.region(&asked.principal().arn);
        let detail = "it can change the policies that bind it by these tags".to_owned();
        told.ask(asked.prove(&region), "immutable:policies".to_owned(), detail);
    }

    /// Users and roles but the principal itself: to give one another tag, to take one that is not its
    /// own into its own, to make one.
    fn of_peers(&self, own: &[Own], itself: &str) -> Policy {
        let others =
            |statement: Statement| Statement { resource: Some(list(true, [itself.to_owned()])), ..statement };
        let tag = || actions(&["iam:TagRole", "iam:TagUser"]);
        let untag = actions(&["iam:UntagRole", "iam:UntagUser"]);
        let mut statements = vec![others(statement(untag, vec![names_tag(&self.keys)]))];
        for own in own {
            statements.push(others(gives(tag(), own)));
            let taken = vec![present(&request(own)), not_equals(&resource(own), own)];
            statements.push(others(statement(tag(), taken)));
            statements.push(gives(actions(&["iam:CreateRole", "iam:CreateUser"]), own));
        }
        policy(statements)
    }

    /// Resources: to make one of another tag, to give one another tag, to take one of another tag, to
    /// take the tag away.
    fn of_resources(&self, own: &[Own]) -> Policy {
        let calls = &*TAGGING;
        let mut statements = vec![statement(calls.remove.clone(), vec![names_tag(&self.keys)])];
        for own in own {
            statements.push(gives(calls.create.clone(), own));
            statements.push(gives(calls.tag.clone(), own));
            let tag = resource(own);
            let taken = vec![present(&request(own)), present(&tag), not_equals(&tag, own)];
            statements.push(statement(calls.tag.clone(), taken));
        }
        policy(statements)
    }

    fn resting(&self, asked: &Asked<'_, '_>) -> Resting {
        let (principal, inventory) = (asked.principal(), asked.evaluator().inventory());
        let rests = |policy: &Policy| {
            principal_tags(policy).any(|tag| self.keys.iter().any(|key| key.to_lowercase() == tag))
        };
        let own = |arn: &&String| {
            let document = inventory.managed_policy(&principal.account, arn);
            let document = document.and_then(|policy| policy.default_document());
            !arn.contains(":iam::aws:") && document.is_some_and(rests)
        };
        let groups = || principal.groups.iter().filter_map(|name| inventory.group(&principal.account, name));
        let attached = principal.attached.iter().chain(groups().flat_map(|group| &group.attached));
        Resting {
            attached: attached.filter(own).cloned().collect(),
            boundary: principal.boundary.iter().filter(own).cloned().collect(),
            inline: principal.inline.values().any(rests),
            groups: groups().filter(|g| g.inline.values().any(rests)).map(|g| g.arn.clone()).collect(),
        }
    }
}

impl Resting {
    /// Requests that write, exchange or take away such a policy.
    fn region(&self, itself: &str) -> Policy {
        let on = |names: &[&str], arns: Vec<String>| Statement {
            resource: Some(list(false, arns)),
            ..statement(actions(names), Vec::new())
        };
        let mut statements = Vec::new();
        let managed: Vec<String> = self.attached.union(&self.boundary).cloned().collect();
        if !managed.is_empty() {
            statements.push(on(&["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], managed));
        }
        if !self.attached.is_empty() {
            let attached: Vec<String> = self.attached.iter().cloned().collect();
            let detach = actions(&["iam:DetachRolePolicy", "iam:DetachUserPolicy", "iam:DetachGroupPolicy"]);
            statements.push(statement(detach, vec![about_policies(&attached)]));
        }
        if !self.boundary.is_empty() {
            let calls = [
                "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteUserPermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
                "iam:PutUserPermissionsBoundary",
            ];
            statements.push(on(&calls, vec![itself.to_owned()]));
        }
        if self.inline {
            let calls =
                ["iam:PutRolePolicy", "iam:PutUserPolicy", "iam:DeleteRolePolicy", "iam:DeleteUserPolicy"];
            statements.push(on(&calls, vec![itself.to_owned()]));
        }
        if !self.groups.is_empty() {
            let calls = ["iam:PutGroupPolicy", "iam:DeleteGroupPolicy"];
            statements.push(on(&calls, self.groups.iter().cloned().collect()));
        }
        policy(statements)
    }
}

/// To give the principal's own tags another value, or to take away those that it has.
fn of_self(own: &[Own], arn: &str) -> Policy {
    let itself =
        |statement: Statement| Statement { resource: Some(list(false, [arn.to_owned()])), ..statement };
    let tag = || actions(&["iam:TagRole", "iam:TagUser"]);
    let mut statements: Vec<Statement> = own.iter().map(|own| itself(gives(tag(), own))).collect();
    let held = own.iter().filter(|own| own.value.is_some()).map(|own| own.key().to_owned());
    let held: Vec<String> = held.collect();
    if !held.is_empty() {
        let untag = actions(&["iam:UntagRole", "iam:UntagUser"]);
        statements.push(itself(statement(untag, vec![names_tag(&held)])));
    }
    policy(statements)
}

/// To pass another value when assuming a role.
fn of_sessions(own: &[Own]) -> Policy {
    policy(own.iter().map(|own| gives(actions(&["sts:TagSession"]), own)).collect())
}

/// Anything, by a session whose tag is another than the role's own.
fn own_sessions(own: &[Own]) -> Policy {
    let another = |own: &Own| {
        let tag = format!("aws:PrincipalTag/{}", own.key());
        statement(vec!["*".to_owned()], vec![not_equals(&tag, own), present(&tag)])
    };
    policy(own.iter().map(another).collect())
}

/// Calls that give the tag another value than the principal's.
fn gives(actions: Vec<String>, own: &Own) -> Statement {
    let tag = request(own);
    statement(actions, vec![present(&tag), not_equals(&tag, own)])
}

fn request(own: &Own) -> String {
    format!("aws:RequestTag/{}", own.key())
}

fn resource(own: &Own) -> String {
    format!("aws:ResourceTag/{}", own.key())
}

fn actions(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The calls of all services that give or take tags, but for those on users, roles and policies.
struct Tagging {
    create: Vec<String>,
    tag: Vec<String>,
    remove: Vec<String>,
}

/// Those of access level "Tagging", and those that make something with tags (Service Authorization
/// Reference).
static TAGGING: LazyLock<Tagging> = LazyLock::new(|| {
    let mut calls = Tagging { create: Vec::new(), tag: Vec::new(), remove: Vec::new() };
    let apart = |action: &ActionId| {
        let name = action.full_name();
        let of_iam =
            ["Role", "User", "Policy"].map(|kind| [format!("iam:Tag{kind}"), format!("iam:Untag{kind}")]);
        action.service() == "sts"
            || ["iam:CreateRole", "iam:CreateUser"].contains(&name)
            || of_iam.iter().flatten().any(|own| own == name)
    };
    for action in catalogue::actions().filter(|action| !apart(action)) {
        let name = action.full_name().to_owned();
        if action.access_level() == AccessLevel::Tagging {
            let removes = ["Untag", "Remove", "Delete"].iter().any(|verb| action.name().starts_with(verb));
            if removes { calls.remove.push(name) } else { calls.tag.push(name) }
        } else if creates(action) {
            calls.create.push(name);
        }
    }
    calls
});

/// Whether a role's trust policy may let callers pass tags; `true` where it cannot be read.
pub(crate) fn may_pass_tags(principal: &Principal) -> bool {
    let Some(trust) = &principal.trust else { return false };
    trust.document().map_or(true, |document| {
        document.statements.iter().any(|statement| {
            let names =
                |pattern: &String| crate::glob::matches(&pattern.to_ascii_lowercase(), "sts:tagsession");
            let named = statement.action.patterns.iter().any(names);
            statement.effect == stanchion_policy::document::Effect::Allow && named != statement.action.negated
        })
    })
}
