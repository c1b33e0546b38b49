//! Rules of other rulebooks, fitted to one's own: another severity, another scope, more exemptions, or
//! not asked at all, for a reason.

use serde_json::{Value as Json, json};

use super::extends::{Gathered, Item};
use super::field::{Field, line};
use super::reader::{Reader, nearest};
use super::rule::HEAD;
use super::source::{Disabled, Override};
use super::yaml::{Key, Node, Place, Value};
use crate::code::Code;

const DISABLED: Field =
    Field::optional("disabled", "Why the rule is not asked. Then nothing else is said of it.", line);

/// The keys of a rule that may be overridden.
const PARTS: [&str; 5] = ["severity", "description", "remedy", "scope", "except"];

/// The keys of an override.
pub(super) fn keys() -> Vec<Field> {
    let parts = HEAD.into_iter().filter(|field| PARTS.contains(&field.name));
    let parts = parts.map(|field| Field { required: false, about: about(&field), ..field });
    std::iter::once(DISABLED).chain(parts).collect()
}

fn about(field: &Field) -> &'static str {
    match field.name {
        "scope" => "Whom the rule is about: each key stands in the place of the rule's own.",
        "except" => "Whom the rule is not about, besides those whom it exempts itself: patterns of ARNs.",
        _ => field.about,
    }
}

/// The schema of `overrides`.
pub(super) fn shape() -> Json {
    json!({"type": ["object", "null"], "additionalProperties": super::field::part("override")})
}

/// Carries `overrides` out on what has been gathered from elsewhere. `own` are the ids of the text's own
/// rules.
pub(super) fn apply(node: &Node, own: &[&str], gathered: &mut Gathered, reader: &mut Reader<'_>) {
    let Some(fields) = reader.entries(node, "`overrides`") else { return };
    for (key, node) in fields.pairs() {
        let Some(index) = find(key, own, gathered, reader) else { continue };
        let Some(fields) = reader.fields(node, "an override", &keys()) else { continue };
        if fields.pairs().next().is_none() {
            reader.problem(Code::Empty, node.at, format!("nothing of `{}` is overridden", key.name));
        }
        let Some(reason) = fields.get("disabled") else {
            for (part, value) in fields.pairs().filter(|(part, _)| PARTS.contains(&&*part.name)) {
                change(&mut gathered.items[index], (key, part), value, &mut gathered.overrides, reader);
            }
            continue;
        };
        if let Some((other, _)) = fields.pairs().find(|(other, _)| other.name != "disabled") {
            let message = format!("`{}` is disabled: nothing else can be said of it", key.name);
            reader.problem(Code::Repeated, other.at, message);
        }
        if let Some(reason) = reader.text(reason, "`disabled`") {
            let item = gathered.items.remove(index);
            if item.section == "personas" {
                // Other personas may name it.
                reader.has_persona(&key.name);
            }
            gathered.disabled.push(Disabled {
                id: key.name.clone(),
                title: item.text("title").unwrap_or_default().to_owned(),
                reason: reason.to_owned(),
                source: item.node.at.file,
                by: key.at.file,
            });
        }
    }
}

/// The rule that an override is about.
fn find(key: &Key, own: &[&str], gathered: &Gathered, reader: &mut Reader<'_>) -> Option<usize> {
    let id = key.name.as_str();
    let found = gathered.items.iter().position(|item| item.text("id") == Some(id));
    if found.is_some() {
        return found;
    }
    let disabled = gathered.disabled.iter().find(|disabled| disabled.id == id);
    let (code, message, help) = if let Some(disabled) = disabled {
        let message = format!("`{id}` is disabled already, by {}", reader.name(disabled.by));
        (Code::Repeated, message, "override a rule in one place".to_owned())
    } else if own.contains(&id) {
        let message = format!("`{id}` is a rule of this file");
        (Code::Repeated, message, "change it where it is written".to_owned())
    } else {
        let known: Vec<&str> = gathered.items.iter().filter_map(|item| item.text("id")).collect();
        let help = match (nearest(id, &known), known.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, true) => "the rulebook extends nothing that has rules".to_owned(),
            (None, false) => "the rules that can be overridden are those of `extends`".to_owned(),
        };
        (Code::UnknownWord, format!("there is no rule `{id}` to override"), help)
    };
    reader.problem_with_help(code, key.at, message, help);
    None
}

/// Puts a part in the place of the rule's own; exemptions beside its own.
fn change(
    item: &mut Item,
    (rule, part): (&Key, &Key),
    value: &Node,
    overrides: &mut Vec<Override>,
    reader: &mut Reader<'_>,
) {
    let earlier = |o: &&Override| o.rule == rule.name && o.key == part.name;
    if let Some(earlier) = overrides.iter().find(earlier).filter(|_| part.name != "except") {
        let by = reader.name(earlier.by);
        let message = format!("`{}` of `{}` is overridden already, by {by}", part.name, rule.name);
        reader.problem_with_help(Code::Repeated, part.at, message, "override it in one place");
        return;
    }
    overrides.push(Override { rule: rule.name.clone(), key: part.name.clone(), by: part.at.file });
    let Value::Map(entries) = &mut item.node.value else { return };
    let own = entries.iter_mut().find(|(key, _)| key.name == part.name).map(|(_, own)| own);
    let Some(own) = own else {
        entries.push((part.clone(), value.clone()));
        return;
    };
    match (&mut own.value, &value.value) {
        (Value::Map(own), Value::Map(new)) => {
            own.retain(|(key, _)| !new.iter().any(|(other, _)| other.name == key.name));
            own.extend(new.iter().cloned());
        }
        (Value::List(own), Value::List(new)) => own.extend(new.iter().cloned()),
        _ => *own = value.clone(),
    }
}

/// Where the id of a rule that two texts have is said to be already.
pub(super) fn told_twice(id: &str, first: Place, again: Place, reader: &mut Reader<'_>) {
    if first.file == again.file {
        reader.problem(Code::Repeated, again, format!("the id `{id}` is given twice"));
        return;
    }
    let message = format!("the id `{id}` is given twice: {} has it as well", reader.name(first.file));
    let help = if again.file == 0 {
        "change a rule of another rulebook under `overrides`, or choose another id"
    } else {
        "extend one of the two alone, or give the rule another id where it is yours"
    };
    reader.problem_with_help(Code::Repeated, again, message, help);
}
