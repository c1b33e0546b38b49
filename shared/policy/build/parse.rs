//! Reads `catalogue.txt` (its header describes the format) and the two word lists. Every error
//! begins with the number of the line at fault.

/// The whole catalogue.
pub(crate) struct Catalogue {
    pub(crate) version: String,
    pub(crate) date: String,
    pub(crate) rcp: Vec<String>,
    pub(crate) services: Vec<Service>,
}

/// One service; its actions point into its own keys and resource types.
pub(crate) struct Service {
    pub(crate) name: String,
    /// Variant of `KeyType`, and the key as spelled.
    pub(crate) keys: Vec<(&'static str, String)>,
    pub(crate) types: Vec<ResourceType>,
    pub(crate) groups: Vec<Group>,
}

/// One resource type.
pub(crate) struct ResourceType {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) keys: Vec<usize>,
}

/// Actions that share everything but their names.
pub(crate) struct Group {
    /// Variant of `AccessLevel`.
    pub(crate) level: &'static str,
    pub(crate) keys: Vec<usize>,
    pub(crate) resources: Vec<ActionResource>,
    pub(crate) dependents: Vec<String>,
    pub(crate) actions: Vec<String>,
}

/// One resource type an action applies to.
pub(crate) struct ActionResource {
    pub(crate) number: usize,
    pub(crate) required: bool,
    pub(crate) keys: Vec<usize>,
}

/// Parses `catalogue.txt`.
pub(crate) fn catalogue(text: &str) -> Result<Catalogue, String> {
    let mut catalogue =
        Catalogue { version: String::new(), date: String::new(), rcp: Vec::new(), services: Vec::new() };
    for (at, line) in text.lines().enumerate() {
        if !line.starts_with('#') {
            entry(line, &mut catalogue).map_err(|e| format!("{}: {e}", at + 1))?;
        }
    }
    if catalogue.version.is_empty() || catalogue.date.is_empty() {
        return Err("1: no version or no date".to_owned());
    }
    Ok(catalogue)
}

/// One line of the catalogue.
fn entry(line: &str, catalogue: &mut Catalogue) -> Result<(), String> {
    let fields: Vec<&str> = line.split('\t').map(|f| if f == "-" { "" } else { f }).collect();
    let field = |i: usize| fields.get(i).copied().unwrap_or_default();
    let most = match field(0) {
        "g" => 5,
        "r" => 4,
        "k" => 3,
        _ => 2,
    };
    if fields.len() > most {
        return Err(format!("more than {most} fields"));
    }
    match field(0) {
        "version" => field(1).clone_into(&mut catalogue.version),
        "date" => field(1).clone_into(&mut catalogue.date),
        "rcp" => catalogue.rcp = field(1).split(' ').map(str::to_owned).collect(),
        "s" => catalogue.services.push(Service {
            name: spelled(field(1))?,
            keys: Vec::new(),
            types: Vec::new(),
            groups: Vec::new(),
        }),
        kind => {
            let service = catalogue.services.last_mut().ok_or("no service above")?;
            match kind {
                "k" => service.keys.push((key_type(field(1))?, spelled(field(2))?)),
                "r" => {
                    let usual = format!("arn:${{Partition}}:{}:${{Region}}:${{Account}}:", service.name);
                    service.types.push(ResourceType {
                        name: spelled(field(1))?,
                        arn: spelled(&field(2).replace('~', &usual))?,
                        keys: numbers(field(3), service.keys.len())?,
                    });
                }
                "g" => service.groups.push(Group {
                    level: level(field(1))?,
                    keys: numbers(field(2), service.keys.len())?,
                    resources: resources(field(3), service)?,
                    dependents: field(4).split_terminator(' ').map(str::to_owned).collect(),
                    actions: Vec::new(),
                }),
                "" => {
                    let group = service.groups.last_mut().ok_or("no g line above")?;
                    group.actions.push(spelled(field(1))?);
                }
                _ => return Err(format!("unknown kind of line {kind:?}")),
            }
        }
    }
    Ok(())
}

/// The resources of a g line: `0! 3!:1-4,7 5`.
fn resources(text: &str, service: &Service) -> Result<Vec<ActionResource>, String> {
    let mut found = Vec::new();
    for item in text.split_terminator(' ') {
        let (head, keys) = item.split_once(':').unwrap_or((item, ""));
        let number = head.trim_end_matches('!');
        found.push(ActionResource {
            number: one_number(number, service.types.len())?,
            required: number.len() < head.len(),
            keys: numbers(keys, service.keys.len())?,
        });
    }
    Ok(found)
}

/// Numbers like `0-2,5`, each below `limit`.
fn numbers(text: &str, limit: usize) -> Result<Vec<usize>, String> {
    let mut found = Vec::new();
    for run in text.split_terminator(',') {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        found.extend(one_number(first, limit)?..=one_number(last, limit)?);
    }
    Ok(found)
}

fn one_number(text: &str, limit: usize) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if number < limit { Ok(number) } else { Err(format!("{number} is out of range")) }
}

fn spelled(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a name is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn level(text: &str) -> Result<&'static str, String> {
    Ok(match text {
        "L" => "List",
        "R" => "Read",
        "W" => "Write",
        "T" => "Tagging",
        "P" => "PermissionsManagement",
        "U" => "Unknown",
        _ => return Err(format!("unknown access level {text:?}")),
    })
}

fn key_type(text: &str) -> Result<&'static str, String> {
    Ok(match text {
        "String" => "String",
        "ARN" => "Arn",
        "Numeric" => "Numeric",
        "Date" => "Date",
        "Bool" => "Bool",
        "IPAddress" => "Ip",
        "Binary" => "Binary",
        "ArrayOfString" => "ArrayOfString",
        "ArrayOfARN" => "ArrayOfArn",
        "ArrayOfNumeric" => "ArrayOfNumeric",
        "ArrayOfBool" => "ArrayOfBool",
        "Unknown" => "Unknown",
        _ => return Err(format!("unknown type of condition key {text:?}")),
    })
}

/// A list with `N` words on each line.
pub(crate) fn words<const N: usize>(text: &str) -> Result<Vec<[String; N]>, String> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let row: Vec<String> = line.split(' ').map(str::to_owned).collect();
        found.push(row.try_into().map_err(|_| format!("{}: expected {N} words", at + 1))?);
    }
    Ok(found)
}
