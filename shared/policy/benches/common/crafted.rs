//! Policies that someone would write to make a search slow or large, each as long as IAM lets a
//! document be. The tests hold that their questions end, the benches how soon.

use std::fmt::Write as _;

/// How long AWS lets a managed policy be (IAM User Guide, "IAM quotas") and an SCP (Organizations User
/// Guide, "Quotas"), in characters.
const MANAGED: usize = 6_100;
const SCP: usize = 5_100;

/// A crafted case: what it tries, and the documents of its layers.
pub(crate) struct Crafted {
    pub(crate) name: &'static str,
    pub(crate) identity: Vec<String>,
    pub(crate) boundary: Option<String>,
    /// Level by level.
    pub(crate) scps: Vec<Vec<String>>,
}

/// What is asked of each: one action, every action, and one action where hardly anything is left to
/// choose, so that what denies cannot be escaped by leaving keys out.
pub(crate) fn questions() -> [String; 3] {
    let present = |key: &str| format!(r#""{key}": "false""#);
    let tags = (0..TAGS).map(|n| present(&format!("aws:RequestTag/k{n}")));
    let keys = ["aws:UserAgent", "aws:Referer", "aws:TagKeys", "aws:CalledVia", "aws:MultiFactorAuthAge"];
    let all: Vec<String> = keys.into_iter().map(present).chain(tags).collect();
    let (path, agent) = (nested(1, 16), nested(2, 12));
    [
        r#"[{"Action": "s3:GetObject", "Resource": "*"}]"#.to_owned(),
        r#"[{"Action": "*", "Resource": "*"}]"#.to_owned(),
        format!(
            r#"[{{"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::{path}", "Condition":
                {{"Null": {{{}}}, "StringLike": {{"aws:UserAgent": "{agent}"}}}}}}]"#,
            all.join(",")
        ),
    ]
}

/// How many request tags the denies speak of.
const TAGS: usize = 41;

/// Every case.
pub(crate) fn cases() -> Vec<Crafted> {
    let one = |name, statement: Statement| Crafted {
        name,
        identity: vec![ALLOW.to_owned(), document(statement, 0, MANAGED)],
        boundary: None,
        scps: Vec::new(),
    };
    let mut all: Vec<Crafted> = KINDS.iter().map(|(name, statement)| one(*name, *statement)).collect();
    let many = |name, statement: Statement, allow: &str| Crafted {
        name,
        identity: (0..9).map(|n| document(statement, 1000 * n, MANAGED)).chain([allow.to_owned()]).collect(),
        boundary: Some(document(statement, 20_000, MANAGED).replacen("[", &format!("[{ALL},"), 1)),
        scps: (0..5_usize)
            .map(|level| {
                let scp = |n: usize| document(statement, 30_000 + 5000 * level + 1000 * n, SCP);
                (0..4).map(scp).chain([allow.to_owned()]).collect()
            })
            .collect(),
    };
    all.extend(EVERYWHERE.iter().filter_map(|(name, kind)| {
        let (_, statement) = KINDS.iter().find(|(known, _)| known == kind)?;
        Some(many(*name, *statement, ALLOW))
    }));
    all.push(many("allows that hardly meet, everywhere", allows, &document(allows, 90_000, SCP)));
    all
}

/// Allows everything, so that what denies is searched.
const ALL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const ALLOW: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// The kinds that are also tried in every layer at once, at IAM's limits.
const EVERYWHERE: [(&str, &str); 9] = [
    ("nested wildcards in resources, everywhere", "nested wildcards in resources"),
    ("nested wildcards in actions, everywhere", "nested wildcards in actions"),
    ("nested wildcards in values, everywhere", "nested wildcards in values"),
    ("overlapping denies, everywhere", "overlapping denies"),
    ("keys of many values, everywhere", "keys of many values"),
    ("long lists of numbers, everywhere", "long lists of numbers"),
    ("variables, everywhere", "variables"),
    ("unknown actions, everywhere", "unknown actions"),
    ("all at once, everywhere", "all at once"),
];

/// The `n`th statement of a kind.
type Statement = fn(usize) -> String;

const KINDS: [(&str, Statement); 17] = [
    ("nested wildcards in resources", resources),
    ("nested wildcards in actions", actions),
    ("nested wildcards in values", values),
    ("one long nested wildcard", |n| deny(&nested(n, 2_000), "")),
    ("windows of one character", windows),
    ("a long NotResource", not_resource),
    ("a long NotAction", not_action),
    ("overlapping denies", overlapping),
    ("many keys in one statement", one_statement),
    ("keys that the reference does not list", unlisted),
    ("keys of many values", many_values),
    ("long lists of numbers", numbers),
    ("long lists of addresses", addresses),
    ("variables", variables),
    ("letters of every script", scripts),
    ("unknown actions", unknown_actions),
    ("all at once", mixed),
];

/// As many statements as there is room for.
fn document(statement: Statement, first: usize, room: usize) -> String {
    let mut text = r#"{"Version": "2012-10-17", "Statement": ["#.to_owned();
    for n in first.. {
        let next = statement(n);
        // The first is there in any case: some kinds are one statement as long as a document.
        if n > first && text.len() + next.len() > room {
            break;
        }
        let comma = if n > first { "," } else { "" };
        let _ = write!(text, "{comma}{next}");
        if text.len() > room - 200 {
            break;
        }
    }
    text + "]}"
}

/// A deny of all of S3 on these objects, under these conditions.
fn deny(path: &str, conditions: &str) -> String {
    let resource = if path.is_empty() { "*".to_owned() } else { format!("arn:aws:s3:::{path}") };
    format!(
        r#"{{"Effect": "Deny", "Action": "s3:*", "Resource": "{resource}", "Condition": {{{conditions}}}}}"#
    )
}

/// As a deny of nested wildcards, but an allow.
fn allows(n: usize) -> String {
    values(n).replacen("Deny", "Allow", 1).replacen(
        r#""*""#,
        &format!(r#""arn:aws:s3:::{}""#, nested(n, 12)),
        1,
    )
}

/// `*a*b*c*...` of this length, in an order of its own.
fn nested(n: usize, length: usize) -> String {
    let letter = |at: usize| char::from(b'a' + ((n * 7 + at * (1 + n % 5)) % 8) as u8);
    (0..length / 2).fold("*".to_owned(), |text, at| format!("{text}{}*", letter(at)))
}

fn resources(n: usize) -> String {
    deny(&nested(n, 24), "")
}

fn actions(n: usize) -> String {
    let pattern = |at: usize| {
        let letters: Vec<char> = "etaoinsrdl".chars().collect();
        let letter = |turn: usize| letters[(n * 3 + at * turn) % letters.len()];
        format!(r#""*{}*:*{}*{}*{}*{at}x""#, letter(1), letter(2), letter(3), letter(5))
    };
    let list: Vec<String> = (0..200).map(pattern).collect();
    format!(r#"{{"Effect": "Deny", "Action": [{}], "Resource": "*"}}"#, list.join(","))
}

fn values(n: usize) -> String {
    let (like, unlike) = (nested(n, 20), nested(n + 3, 16));
    deny(
        "",
        &format!(
            r#""StringLike": {{"aws:UserAgent": "{like}"}}, "StringNotLike": {{"aws:Referer": "{unlike}"}}"#
        ),
    )
}

fn windows(n: usize) -> String {
    let n = n % 60;
    deny(&format!("b/*{}{}", ['a', 'b'][n % 2], "?".repeat(1 + n / 2)), "")
}

fn list(length: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..length).map(|at| format!(r#""{}""#, item(at))).collect();
    items.join(",")
}

fn not_resource(n: usize) -> String {
    let all = list(150, |at| format!("arn:aws:s3:::{}", nested(n * 150 + at, 16)));
    format!(r#"{{"Effect": "Deny", "Action": "s3:*", "NotResource": [{all}]}}"#)
}

fn not_action(n: usize) -> String {
    let all = list(300, |at| format!("*{}*:{}", ['e', 's', 'c'][at % 3], nested(n + at, 6)));
    format!(r#"{{"Effect": "Deny", "NotAction": [{all}], "Resource": "*"}}"#)
}

/// Each breaks by any of four keys, which others speak of as well.
fn overlapping(n: usize) -> String {
    let condition = |place: usize, digit: usize| {
        let key = (n + 13 * place + n / TAGS % 13) % TAGS;
        format!(r#""aws:RequestTag/k{key}": "*{}*""#, digit % 10)
    };
    let (like, unlike) = ([condition(0, n), condition(1, n)], [condition(2, n + 1), condition(3, n + 2)]);
    deny("", &format!(r#""StringLike": {{{}}}, "StringNotLike": {{{}}}"#, like.join(","), unlike.join(",")))
}

fn one_statement(n: usize) -> String {
    let keys: Vec<String> = (0..180).map(|at| format!(r#""aws:RequestTag/{n}-{at}": "*{at}*""#)).collect();
    deny("", &format!(r#""StringLike": {{{}}}"#, keys.join(",")))
}

fn unlisted(n: usize) -> String {
    let keys: Vec<String> = (0..300).map(|at| format!(r#""s3:k{n}{at}": "{at}""#)).collect();
    deny("", &format!(r#""StringEquals": {{{}}}"#, keys.join(",")))
}

fn many_values(n: usize) -> String {
    let (all, any) = (list(4, |at| nested(n + at, 8)), list(3, |at| nested(n * 3 + at, 6)));
    let operator = ["ForAllValues:StringLike", "ForAllValues:StringNotLike"][n % 2];
    deny(
        "",
        &format!(
            r#""{operator}": {{"aws:TagKeys": [{all}]}}, "ForAnyValue:StringLike": {{"aws:CalledVia": [{any}]}}"#
        ),
    )
}

fn numbers(n: usize) -> String {
    let all = list(250, |at| format!("{}", (at * 37 + n * 11) % 9973));
    deny("", &format!(r#""NumericEquals": {{"aws:MultiFactorAuthAge": [{all}]}}"#))
}

fn addresses(n: usize) -> String {
    let all = list(120, |at| format!("10.{}.{}.0/{}", (at * 7) % 256, n % 256, 24 + at % 8));
    deny("", &format!(r#""IpAddress": {{"aws:SourceIp": [{all}]}}"#))
}

fn variables(n: usize) -> String {
    let keys = ["aws:UserAgent", "aws:Referer", "aws:SourceVpc", "aws:userid", "aws:PrincipalTag/team"];
    let (one, other) = (keys[n % 5], keys[(n / 5) % 5]);
    deny(
        &format!("${{{one}}}*{n}*${{{other}}}"),
        &format!(r#""StringNotLike": {{"{other}": "*${{{one}}}*{n}*"}}"#),
    )
}

fn scripts(n: usize) -> String {
    let letters: Vec<char> = "äßİıſΣςжя中𝔘é".chars().collect();
    let letter = |at: usize| letters[(n + at) % letters.len()];
    let pattern: String = (0..8).map(|at| format!("*{}", letter(at))).collect();
    let plain: String = (0..6).map(letter).collect();
    deny(
        &pattern,
        &format!(
            r#""StringNotEqualsIgnoreCase": {{"aws:UserAgent": "{plain}"}}, "StringLike": {{"aws:Referer": "{pattern}"}}"#
        ),
    )
}

fn unknown_actions(n: usize) -> String {
    let all = list(250, |at| format!("s3:No{n}x{at}"));
    format!(r#"{{"Effect": "Deny", "Action": [{all}], "Resource": "arn:aws:s3:::{}"}}"#, nested(n, 8))
}

/// One of each in turn, but for those that are as long as a document.
fn mixed(n: usize) -> String {
    let short: [Statement; 7] = [resources, values, windows, overlapping, many_values, variables, scripts];
    short[n % short.len()](n)
}
