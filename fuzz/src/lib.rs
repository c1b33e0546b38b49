//! What the targets share: a small organization, and policies and requests made of arbitrary pieces.

use arbitrary::Arbitrary;
use serde_json::{Map, Value, json};
use stanchion_inventory::Inventory;
use stanchion_policy::decide::matches;
use stanchion_policy::prove::Asker;
use stanchion_policy::{Caller, Context, Document, Layers, Level, NamedPolicy, Policy, Request};

/// An organization of one root, one OU and two accounts, with a user, a group and a role.
pub fn inventory() -> Inventory {
    let organization = include_str!("../seeds/inventories/organization.json");
    let account = include_str!("../seeds/inventories/111122223333.json");
    Inventory::from_parts(Some(organization), &[("111122223333", account)]).expect("the inventory is fine")
}

/// One of a list, whatever the number.
fn pick<T: Copy>(all: &[T], which: u8) -> T {
    all[usize::from(which) % all.len()]
}

const ACTIONS: [&str; 8] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:*",
    "s3:Get*",
    "*",
    "s3:?etObject",
    "iam:CreateUser",
    "s3:ListBucket",
];
const RESOURCES: [&str; 8] = [
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::*/x",
    "arn:aws:s3:::?*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:iam::*:user/*",
    "arn:aws:s3:::${aws:PrincipalTag/none, 'a'}/x",
];
const KEYS: [&str; 5] =
    ["aws:Referer", "aws:UserAgent", "aws:SourceIp", "aws:TagKeys", "aws:PrincipalTag/team"];
const OPERATORS: [&str; 14] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLikeIfExists",
    "StringEqualsIgnoreCase",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:StringNotEquals",
    "Null",
    "IpAddress",
    "NotIpAddressIfExists",
    "NumericLessThan",
    "ArnLike",
    "Bool",
];
const TEXTS: [&str; 12] =
    ["a", "ab", "A", "a*", "*b", "?", "", "10.0.0.0/8", "10.1.2.3", "true", "false", "${aws:username}"];

/// A statement made of a few bytes.
#[derive(Arbitrary, Debug, Clone)]
pub struct Statement {
    deny: bool,
    not_action: bool,
    actions: [u8; 2],
    not_resource: bool,
    resources: [u8; 2],
    conditions: Vec<(u8, u8, u8, Option<String>)>,
}

impl Statement {
    fn json(&self, forbid: bool) -> Value {
        let mut condition: Map<String, Value> = Map::new();
        for (operator, key, value, own) in self.conditions.iter().take(4) {
            let value = own.as_deref().map_or(pick(&TEXTS, *value), |own| own.get(..8).unwrap_or(own));
            let keys = condition.entry(pick(&OPERATORS, *operator)).or_insert_with(|| json!({}));
            keys[pick(&KEYS, *key)] = json!(value);
        }
        let mut statement = json!({
            (if self.not_action { "NotAction" } else { "Action" }): self.actions.map(|which| pick(&ACTIONS, which)),
            (if self.not_resource { "NotResource" } else { "Resource" }):
                self.resources.map(|which| pick(&RESOURCES, which)),
            "Condition": condition,
        });
        if !forbid {
            statement["Effect"] = json!(if self.deny { "Deny" } else { "Allow" });
        }
        statement
    }
}

/// Every layer of a decision.
#[derive(Arbitrary, Debug, Clone)]
pub struct World {
    identity: Vec<Vec<Statement>>,
    boundary: Option<Vec<Statement>>,
    scps: Vec<Vec<Vec<Statement>>>,
}

impl World {
    /// The layers, in the order given, or everything in the opposite order.
    pub fn layers(&self, turned: bool) -> Layers {
        fn turn<T>(turned: bool, mut list: Vec<T>) -> Vec<T> {
            if turned {
                list.reverse();
            }
            list
        }
        let policy = |name: String, statements: &Vec<Statement>| {
            let statements: Vec<Value> = statements.iter().take(4).map(|s| s.json(false)).collect();
            let document = json!({"Version": "2012-10-17", "Statement": turn(turned, statements)});
            NamedPolicy::new(name, Policy::parse(&document.to_string()))
        };
        let policies = |all: &Vec<Vec<Statement>>| {
            let named = all.iter().take(3).enumerate().map(|(i, p)| policy(format!("p{i}"), p));
            turn(turned, named.collect())
        };
        Layers {
            identity: policies(&self.identity),
            boundary: self.boundary.as_ref().map(|p| policy("boundary".to_owned(), p)),
            // The order of levels is that of the tree: it stays.
            scps: (self.scps.iter().take(2).enumerate())
                .map(|(i, level)| {
                    let named = level.iter().take(3).enumerate().map(|(j, p)| policy(format!("l{i}p{j}"), p));
                    Level { name: format!("l{i}").into(), policies: turn(turned, named.collect()) }
                })
                .collect(),
            ..Layers::default()
        }
    }
}

/// A forbidden region.
pub fn region(statements: &[Statement]) -> Policy {
    let list: Vec<Value> = statements.iter().take(3).map(|statement| statement.json(true)).collect();
    let list = serde_json::from_value(Value::Array(list)).expect("JSON");
    let list: Vec<stanchion_policy::json::Json> = list;
    Policy::of(Document::forbidden(&list, "forbid").expect("a region"))
}

/// A user of the organization, with a tag.
pub fn asker() -> Asker {
    let mut known = Context::new();
    known.insert("aws:PrincipalTag/team", vec!["a".to_owned()]);
    let caller = Caller::parse("arn:aws:iam::111122223333:user/dana").expect("a user");
    Asker { caller, unique_id: None, known, trust: None, now: None }
}

/// One request of that user, made of a few bytes. Real ones can have such keys.
pub fn request(action: u8, resource: u8, keys: [u8; 4]) -> Request {
    let mut context = asker().known;
    let lists: [(&str, &[&[&str]]); 4] = [
        ("aws:Referer", &[&[], &["a"], &["ab"], &["A"]]),
        ("aws:UserAgent", &[&[], &["a"], &["xb"], &["true"]]),
        ("aws:SourceIp", &[&[], &["10.1.2.3"], &["192.0.2.1"]]),
        ("aws:TagKeys", &[&[], &["a"], &["a", "ab"], &["x"]]),
    ];
    for ((key, values), which) in lists.iter().zip(keys) {
        let values = pick(values, which);
        if !values.is_empty() {
            context.insert(key, values.iter().map(|value| (*value).to_owned()).collect());
        }
    }
    let action = pick(&["s3:GetObject", "s3:PutObject"], action);
    let resource = pick(&["arn:aws:s3:::a/x", "arn:aws:s3:::dana/x", "arn:aws:s3:::b/y"], resource);
    Request::new(asker().caller, action, resource, Some("111122223333"), context).expect("a request")
}

/// Whether a request is surely in a region.
pub fn in_region(request: &Request, region: &Policy) -> bool {
    matches(request, region) == Some(true)
}
