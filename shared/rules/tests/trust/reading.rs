//! What is wrong with a rule about trust policies is told with its place.

use stanchion_rules::Rulebook;

fn error(text: &str) -> String {
    let error = Rulebook::parse(text, "rules.yaml").expect_err(text);
    error.problems().iter().map(|p| format!("{}:{} {}\n", p.line, p.column, p.message)).collect()
}

const HEAD: &str = "{ id: a, title: A, severity: low,";

#[test]
fn a_vendor_is_named_once_and_its_accounts_are_its_own() {
    let vendors = "[{ name: A, accounts: ['111122223333'] }, { name: a, accounts: ['111122223333'] }]";
    let told = error(&format!("version: 1\nthird_parties:\n  - {HEAD} vendors: {vendors} }}\n"));
    assert!(told.contains("the vendor `a` is given twice"), "{told}");
    assert!(told.contains("the account 111122223333 is of `A` already"), "{told}");
}

#[test]
fn what_a_role_asks_of_a_vendor_is_one_of_three_words() {
    let told = error(&format!(
        "version: 1\nthird_parties:\n  - {HEAD} vendors: [{{ name: A, accounts: ['111122223333'], external_id: no }}] }}\n"
    ));
    assert!(told.contains("`no` is not what a role asks of a vendor"), "{told}");
}

#[test]
fn a_registry_that_cannot_be_read_is_told() {
    let told = error(&format!("version: 1\nthird_parties:\n  - {HEAD} known_accounts: file:known.yaml }}\n"));
    assert!(told.contains("`known.yaml` cannot be read"), "{told}");
    let told = error(&format!("version: 1\nthird_parties:\n  - {HEAD} known_accounts: known.yaml }}\n"));
    assert!(told.contains("`known.yaml` is not a file"), "{told}");
}

#[test]
fn a_provider_is_named_without_its_scheme() {
    let told = error(&format!(
        "version: 1\nfederation:\n  - {HEAD} oidc: [{{ provider: 'https://a.example', subjects: ['*'] }}] }}\n"
    ));
    assert!(told.contains("`https://a.example` is not the name of a provider"), "{told}");
}

#[test]
fn a_rule_about_services_says_which() {
    let told = error(&format!("version: 1\nservice_trust:\n  - {HEAD} }}\n"));
    assert!(told.contains("a rule about services needs the key `services`"), "{told}");
}

#[test]
fn a_policy_that_nobody_knows_is_told_of_a_vendor_as_of_a_persona() {
    let vendors =
        "[{ name: A, accounts: ['111122223333'], at_most: ['aws:SecurityAudit', 'aws:SecurityAudits'] }]";
    let text = format!("version: 1\nthird_parties:\n  - {HEAD} vendors: {vendors} }}\n");
    let problems = stanchion_rules::lint(&text, "rules.yaml", None);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.code, stanchion_rules::Code::UnknownPolicy);
    assert_eq!(problem.help.as_deref(), Some("did you mean `aws:SecurityAudit`?"));
    assert_eq!((problem.line, problem.column), (3, 119));
}

#[test]
fn the_examples_of_the_page_are_read() {
    let examples = crate::page::blocks(include_str!("../../../../docs/TRUST.md"), "yaml");
    assert_eq!(examples.len(), 3);
    for example in examples {
        Rulebook::parse(example, "docs/TRUST.md").unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}
