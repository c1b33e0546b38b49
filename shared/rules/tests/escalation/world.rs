//! Small accounts, and what a rulebook says of who is in them.

use serde_json::{Value, json};
use stanchion_inventory::Inventory;
use stanchion_rules::{Evaluator, Evidence, Judgement, Rulebook};

pub(crate) const ACCOUNT: &str = "111122223333";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/Boundary";

/// An account with the users and roles that a test gives it.
#[derive(Default)]
pub(crate) struct World {
    users: Vec<Value>,
    roles: Vec<Value>,
    boundary: Vec<Value>,
    truncated: bool,
}

pub(crate) fn allow(action: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*"})
}

pub(crate) fn on(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

/// Lets somebody assume a role.
pub(crate) fn lets_in(principal: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
}

pub(crate) fn arn(role: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{role}")
}

fn entity(word: &str, name: &str, statements: &[Value]) -> Value {
    let lower = word.to_lowercase();
    let mut entity = json!({"Path": "/", "Arn": format!("arn:aws:iam::{ACCOUNT}:{lower}/{name}")});
    entity[format!("{word}Name")] = name.into();
    entity[format!("{word}Id")] = format!("A{}IDEXAMPLE{}", &word[..1], name.to_uppercase()).into();
    let own =
        json!({"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}});
    entity[format!("{word}PolicyList")] = if statements.is_empty() { json!([]) } else { json!([own]) };
    entity
}

impl World {
    pub(crate) fn user(mut self, name: &str, statements: &[Value]) -> Self {
        self.users.push(entity("User", name, statements));
        self
    }

    pub(crate) fn role(mut self, name: &str, trust: &Value, statements: &[Value]) -> Self {
        let mut role = entity("Role", name, statements);
        role["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": trust});
        self.roles.push(role);
        self
    }

    /// Gives the user who was made last a boundary.
    pub(crate) fn bounded(mut self, statements: &[Value]) -> Self {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        self.boundary.push(json!({"Arn": BOUNDARY, "DefaultVersionId": "v1",
            "PolicyVersionList": [{"VersionId": "v1", "Document": document}]}));
        self.users.last_mut().expect("a user")["PermissionsBoundary"] =
            json!({"PermissionsBoundaryArn": BOUNDARY});
        self
    }

    /// Attaches a policy that is not in the input to the user who was made last.
    pub(crate) fn with_unknown(mut self) -> Self {
        let attached = json!([{"PolicyName": "x", "PolicyArn": "arn:aws:iam::111122223333:policy/Unknown"}]);
        self.users.last_mut().expect("a user")["AttachedManagedPolicies"] = attached;
        self
    }

    /// As if more would have followed.
    pub(crate) fn truncated(self) -> Self {
        Self { truncated: true, ..self }
    }

    fn inventory(&self) -> Inventory {
        let details = json!({"UserDetailList": self.users, "RoleDetailList": self.roles, "GroupDetailList": [],
            "Policies": self.boundary, "IsTruncated": self.truncated});
        Inventory::from_parts(None, &[(ACCOUNT, &details.to_string())]).expect("an inventory")
    }

    /// What the rules say of a user or role, by its name: `holds`, `?` with the reasons, or the facet with the
    /// witness and the detail.
    pub(crate) fn said(&self, rules: &str, name: &str) -> Vec<String> {
        let rulebook = Rulebook::parse(&format!("version: 1\n{rules}"), "test");
        let rulebook = rulebook.unwrap_or_else(|error| panic!("{error}\n{rules}"));
        let inventory = self.inventory();
        let evaluator = Evaluator::new(&rulebook, &inventory, None);
        let principal = inventory.principals().find(|principal| principal.name == name).expect("somebody");
        let line = |facet: Option<String>, judgement: &Judgement| match judgement {
            Judgement::OutOfScope => "out of scope".to_owned(),
            Judgement::Holds { .. } => "holds".to_owned(),
            Judgement::Indeterminate { reasons, .. } => format!("? {}", reasons.join("; ")),
            Judgement::Violated { evidence: Evidence::Fact(fact), .. } => fact.clone(),
            Judgement::Violated { evidence: Evidence::Witness(witness, detail), .. } => {
                let detail = detail.as_deref().unwrap_or("-").replace("arn:aws:iam::111122223333:", "");
                let facet = facet.unwrap_or_default().replace("arn:aws:iam::111122223333:", "");
                format!("{facet}[{}] {detail}", witness.action)
            }
        };
        let judged = evaluator.principal(principal).into_iter();
        judged.map(|judged| line(judged.facet, &judged.judgement)).collect()
    }
}
