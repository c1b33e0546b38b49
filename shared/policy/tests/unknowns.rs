//! What is not known: it is named where it makes a difference, wherever it stands.

use serde_json::{Value, json};
use stanchion_policy::decide::{Decision, Outcome};
use stanchion_policy::{Caller, Context, Layers, NamedPolicy, Policy, Request, decide};

fn statement(effect: &str, operator: &str) -> Value {
    let condition = json!({ operator: { "aws:Referer": "a" } });
    json!({"Effect": effect, "Action": "s3:GetObject", "Resource": "*", "Condition": condition})
}

fn decided(policies: &[Vec<Value>]) -> Decision {
    let caller = Caller::parse("arn:aws:iam::111122223333:user/dana").expect("a user");
    let mut context = Context::new();
    context.insert("aws:Referer", vec!["a".to_owned()]);
    let request = Request::new(caller, "s3:GetObject", "arn:aws:s3:::b/o", None, context).expect("a request");
    let named = policies.iter().enumerate().map(|(i, statements)| {
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        NamedPolicy::new(format!("p{i}"), Policy::parse(&document.to_string()))
    });
    decide(&request, &Layers { identity: named.collect(), ..Layers::default() })
}

#[test]
fn one_unknown_that_uncovers_another_is_named_with_it_in_any_order() {
    let (allow, deny) = (statement("Allow", "StringMaybe"), statement("Deny", "StringMaybe"));
    for statements in [[&allow, &deny], [&deny, &allow]] {
        let decision = decided(&[statements.map(Clone::clone).to_vec()]);
        assert_eq!(decision.outcome, Outcome::Indeterminate);
        assert_eq!(
            decision.unknowns,
            [
                "identity policy p0, statement 0: operator `StringMaybe` is not known",
                "identity policy p0, statement 1: operator `StringMaybe` is not known",
            ]
        );
    }
}

#[test]
fn an_unknown_that_makes_no_difference_is_not_named() {
    let unknown = || statement("Deny", "StringMaybe");
    let known = statement("Allow", "StringEquals");
    let decision = decided(&[vec![statement("Allow", "StringMaybe")], vec![known, unknown()]]);
    assert_eq!(decision.unknowns, ["identity policy p1, statement 1: operator `StringMaybe` is not known"]);

    // Refused by one `Deny` for sure, whatever the other says.
    let decision = decided(&[vec![unknown()], vec![statement("Deny", "StringEquals")]]);
    assert_eq!(decision.outcome, Outcome::ExplicitDeny);
    assert!(decision.unknowns.is_empty());
}

#[test]
fn more_unknowns_than_are_tried_are_all_named() {
    let policies: Vec<Vec<Value>> = (0..12).map(|_| vec![statement("Allow", "StringMaybe")]).collect();
    let decision = decided(&policies);
    assert_eq!(decision.outcome, Outcome::Indeterminate);
    assert_eq!(decision.unknowns.len(), 12);
}
