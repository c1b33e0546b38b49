//! Size.

use stanchion_policy::Document;
use stanchion_policy::prove::Verdict;

use crate::{proven, refused, simulated};

#[test]
fn a_policy_of_a_megabyte_is_none() {
    let many = vec![r#"{"Effect":"Allow","Action":"*"}"#; 100_000].join(",");
    let policy = format!("{{\"Statement\":[{many}]}}");
    let said = "the policy is longer than 1024 KiB, and AWS takes none of a tenth of that";
    assert_eq!(refused(&policy), said);
    assert!(simulated(&policy).contains(said));
    assert!(matches!(proven(&policy), Verdict::Indeterminate(_)));
    assert_eq!(refused(&" ".repeat(10_000_000)), said);
}

#[test]
fn ten_thousand_statements_are_decided_and_proven_or_given_up() {
    let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::x/*"}"#;
    let denies = vec![deny; 10_000].join(",");
    let policy = format!(r#"{{"Statement":[{denies},{{"Effect":"Allow","Action":"*","Resource":"*"}}]}}"#);
    assert!(Document::parse(&policy).is_ok());
    assert!(simulated(&policy).contains("\"decision\":\"allow\""));
    // Anything but a wrong answer.
    assert!(!matches!(proven(&policy), Verdict::No));
}

#[test]
fn a_string_of_a_hundred_thousand_wildcards_is_none_of_a_policy() {
    for element in ["Action", "Resource", "Sid"] {
        let long = "*a".repeat(50_000);
        let policy = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"*","{element}":"{long}"}}]}}"#);
        let policy = policy.replace(r#""Action":"*","Action""#, r#""Action""#);
        assert_eq!(refused(&policy), format!("Statement[0].{element}: is longer than 8 KiB"));
        assert!(matches!(proven(&policy), Verdict::Indeterminate(_)));
    }
}

/// That these end within the test's patience is what is asked.
#[test]
fn thousands_of_wildcards() {
    for unit in ["*a", "*", "?", "*?", "${a:b}", "${", "*${*}"] {
        let long = unit.repeat(4_000 / unit.len());
        let action = format!("*:{long}");
        for (action, resource, value) in
            [("s3:GetObject", long.as_str(), "a"), ("s3:GetObject", "*", &long), (&action, "*", "a")]
        {
            let condition = format!(r#""Condition":{{"StringLikeIfExists":{{"aws:UserAgent":"{value}"}}}}"#);
            let statement =
                format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}",{condition}}}"#);
            let policy = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
            assert!(!simulated(&policy).contains("\"error\""), "{unit}");
            proven(&policy);
        }
    }
}
