//! Numbers without quotes, as condition values: exact, or refused.

use stanchion_policy::Document;

use crate::{condition, refused, simulated};

#[test]
fn those_that_a_machine_would_round_are_refused() {
    let numbers = [
        "123456789012345678901234567890",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993.5",
        "0.12345678901234567",
        "1e300",
    ];
    for number in numbers {
        let policy = condition("NumericEquals", number);
        assert!(refused(&policy).contains("write the number in quotes"), "{number}: {}", refused(&policy));
        assert!(simulated(&policy).contains("\"decision\":\"error\""));
    }
    assert!(refused(&condition("NumericEquals", "1e400")).contains("out of range"));
}

#[test]
fn others_are_kept() {
    for number in ["0", "-1", "18446744073709551615", "-9223372036854775808", "0.5", "123456.789"] {
        let document = Document::parse(&condition("NumericEquals", number)).expect("a policy");
        assert_eq!(document.statements[0].conditions[0].values, [number]);
    }
}
