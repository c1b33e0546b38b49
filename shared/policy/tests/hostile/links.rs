//! Many keys that patterns tie together: an answer within the budget, the same each time.

use stanchion_policy::prove::{Asker, Question, STEPS, Stack, Verdict};
use stanchion_policy::{Caller, Context, Document, Layers, NamedPolicy, Policy};

/// What is proven of reading objects, in how many steps.
fn asked(statements: &[String]) -> (Verdict, u64) {
    let policy =
        Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", ")));
    assert!(policy.document().is_ok());
    let layers = Layers { identity: vec![NamedPolicy::new("p", policy)], ..Layers::default() };
    let forbidden = serde_json::from_str(r#"{"Action": "s3:GetObject"}"#).expect("JSON");
    let forbidden = Policy::of(Document::forbidden(&[forbidden], "forbid").expect("a region"));
    let caller = Caller::parse("arn:aws:iam::111122223333:user/ana").expect("a user");
    let asker = Asker { caller, unique_id: None, known: Context::new(), trust: None, now: None };
    let question = Question { forbidden: &forbidden, roles: &[], resources: &[], steps: STEPS };
    let answer = Stack::new(&asker, &layers).prove(&question);
    (answer.verdict, answer.steps)
}

fn statement(effect: &str, conditions: &[String]) -> String {
    let conditions = conditions.join(", ");
    format!(r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {{{conditions}}}}}"#)
}

#[test]
fn forty_tags_that_must_all_be_the_requests() {
    let pairs: Vec<String> =
        (0..40).map(|i| format!(r#""aws:ResourceTag/k{i}": "${{aws:RequestTag/k{i}}}""#)).collect();
    let allow = statement("Allow", &[format!(r#""StringEquals": {{{}}}"#, pairs.join(", "))]);
    let (verdict, _) = asked(&[allow]);
    let Verdict::Yes(witness) = verdict else { panic!("{verdict:?}") };
    assert_eq!(witness.context["aws:ResourceTag/k7"], witness.context["aws:requesttag/k7"]);
}

/// A chain of keys each of which is a part of the next, and the last of the first: nothing satisfies
/// it, and no list of values shows that.
#[test]
fn a_chain_that_bites_its_tail() {
    let next = |i: usize| format!(r#""aws:ResourceTag/k{i}": "${{aws:ResourceTag/k{}}}x""#, (i + 1) % 12);
    let pairs: Vec<String> = (0..12).map(next).collect();
    let mut all = vec![statement("Allow", &[format!(r#""StringEquals": {{{}}}"#, pairs.join(", "))])];
    all.extend((0..12).map(|i| {
        let other = format!(r#""aws:ResourceTag/k{i}": ["a{i}", "${{aws:ResourceTag/k{}}}y"]"#, (i + 5) % 12);
        statement("Deny", &[format!(r#""StringEquals": {{{other}}}"#)])
    }));
    let (verdict, steps) = asked(&all);
    assert!(!matches!(verdict, Verdict::Yes(_)), "{verdict:?}");
    assert!(steps <= STEPS);
    assert_eq!(asked(&all).1, steps);
}
