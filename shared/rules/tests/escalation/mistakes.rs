//! What a rulebook says of these kinds in a way that nobody can carry out.

use stanchion_rules::{Rulebook, lint};

const HEAD: &str = "id: a, title: A, severity: low";

fn told(section: &str, own: &str) -> String {
    let text = format!("version: 1\n{section}:\n  - {{ {HEAD}{own} }}\n");
    Rulebook::parse(&text, "rules.yaml").expect_err("it is refused").to_string()
}

#[test]
fn mistakes_are_told_with_their_place_and_the_mend() {
    for (section, own, expected) in [
        ("combinations", "", "3:5: a combination needs the key `together`"),
        ("combinations", ", together: []", "`together` lists nothing"),
        ("combinations", ", together: [[]]", "`a member` lists nothing"),
        (
            "combinations",
            ", together: [[{ Action: 'a:b' }]], passes_to: [lambda]",
            "`lambda` is not the name of a service",
        ),
        (
            "combinations",
            ", together: [[{ Action: 'a:b' }]], gains: [{ Action: 'a:b' }]",
            "`gains` is about the role",
        ),
        (
            "combinations",
            ", together: [[{ Action: 'a:b' }]], unless: admin",
            "`admin` is not what some may do already",
        ),
        ("paths", ", reach: root", "`root` is not what a path may end at"),
        ("paths", ", reach: administrator, steps: 0", "`steps` must be a number from 1 to 8"),
        ("identities", "", "the rule asks for nothing"),
        ("identities", ", key_age: 0", "`key_age` must be a whole number from 1 to 3650"),
        ("identities", ", federated: false", "`federated` can only be true"),
    ] {
        let told = told(section, own);
        assert!(told.contains(expected), "{own}: {told}");
        assert!(told.starts_with("rules.yaml:3:"), "{told}");
    }
}

#[test]
fn statements_of_members_and_paths_are_linted_in_their_place() {
    let text = "version: 1
combinations:
  - id: a
    title: A
    severity: low
    together:
      - [{ Action: s3:GetObjekt }]
      - { name: n, statements: [{ Action: s3:PutObjekt }] }
paths:
  - { id: b, title: B, severity: low, reach: [{ Action: s3:ListObjekts }] }
";
    let problems = lint(text, "rules.yaml", None);
    let lines: Vec<(usize, String)> =
        problems.iter().map(|problem| (problem.line, problem.code.to_string())).collect();
    let unknown = |line| (line, "unknown-action".to_owned());
    assert_eq!(lines, [unknown(7), unknown(8), unknown(10)], "{problems:?}");
}
