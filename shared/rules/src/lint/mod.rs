//! What looks wrong in a rulebook that can be read: one file for each kind of doubt.
//!
//! A rulebook that is refused has errors; what is told here are warnings. Each rests on the
//! catalogue, on a proof, or on an inventory, and none on a guess: where a proof does not end,
//! nothing is said.

mod actions;
mod beyond_rcps;
mod conflicts;
mod exemptions;
mod isolation;
#[cfg(test)]
mod job_tests;
mod keys;
mod needs;
mod nobody;
mod paths;
mod people;
mod redundant;
mod references;
mod refused_tags;
mod region;
mod resources;
mod statements;
#[cfg(test)]
mod tests;
mod unrequired_tags;
mod values;

use std::collections::BTreeMap;

use stanchion_inventory::{Inventory, PrincipalKind};
use stanchion_policy::document::Statement;

use crate::code::Code;
use crate::rulebook::yaml::{Node, Place, Step};
use crate::rulebook::{Combination, Kind, Load, Paths, Problem, Reach, Reader, Rule, Rulebook, Source};

/// How much is tried in all, in steps of the prover: some seconds.
const STEPS: u64 = 30_000_000;

/// How many warnings are told; the others are counted.
const TOLD: usize = 100;

/// Everything wrong with a rulebook, in the order of the text: the errors if it cannot be read,
/// and otherwise warnings. `file` is only what problems call it. With an inventory, names that it
/// lacks are told as well.
///
/// ```
/// use stanchion_rules::{Code, lint};
///
/// let text = "version: 1\nguardrails:\n  - { id: a, title: A, severity: low, \
///             forbid: [{ Action: s3:GetObjekt }] }\n";
/// let problems = lint(text, "rulebook.yaml", None);
/// assert_eq!(problems[0].code, Code::UnknownAction);
/// assert_eq!(problems[0].help.as_deref(), Some("did you mean `s3:GetObject`?"));
/// ```
pub fn lint(text: &str, file: &str, inventory: Option<&Inventory>) -> Vec<Problem> {
    lint_within(text, file, inventory, STEPS)
}

/// As [`lint`], with another number of steps in all.
pub fn lint_within(text: &str, file: &str, inventory: Option<&Inventory>, steps: u64) -> Vec<Problem> {
    lint_read(text, Reader::new(file), inventory, steps)
}

/// As [`lint`], of a rulebook that names other files, which `load` reads.
pub fn lint_with<'l>(
    text: &str,
    file: &'l str,
    load: &'l mut Load<'l>,
    inventory: Option<&Inventory>,
) -> Vec<Problem> {
    lint_read(text, Reader::loading(file, load), inventory, STEPS)
}

fn lint_read(text: &str, reader: Reader<'_>, inventory: Option<&Inventory>, steps: u64) -> Vec<Problem> {
    let (rulebook, tree) = match Rulebook::read(text, reader.alone()) {
        Ok(read) => read,
        Err(error) => return error.problems().to_vec(),
    };
    let mut linter = Linter {
        tree: &tree,
        sources: &rulebook.sources,
        found: Vec::new(),
        untold: 0,
        steps,
        gave_up: false,
    };
    let mut of_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &rulebook.rules {
        let section = rule.kind.section();
        let index = of_kind.entry(section).or_default();
        let place = RulePath { section, index: *index };
        *index += 1;
        match &rule.kind {
            Kind::Guardrail(guardrail) => {
                forbidden(&mut linter, rule, place, &[Step::Key("forbid")], &guardrail.forbid.statements);
                beyond_rcps::check(&mut linter, place, guardrail);
            }
            Kind::Combination(combination) => of_combination(&mut linter, rule, place, combination),
            Kind::Paths(Paths { reach: Reach::Requests(requests), .. }) => {
                forbidden(&mut linter, rule, place, &[Step::Key("reach")], &requests.statements);
            }
            Kind::Persona(persona) => {
                references::of_persona(&mut linter, place, persona, inventory);
                nobody::check_persona(&mut linter, place, rule, persona);
                needs::check(&mut linter, place, persona, inventory);
                conflicts::check(&mut linter, place, (rule, persona), &rulebook);
            }
            Kind::Abac(abac) => {
                nobody::check_abac(&mut linter, place, rule);
                isolation::check(&mut linter, place, abac);
                unrequired_tags::check(&mut linter, place, abac, &rulebook);
                if let Some(inventory) = inventory {
                    refused_tags::check(&mut linter, place, (rule, abac), inventory);
                }
            }
            Kind::ThirdParties(rule) => references::of_vendors(&mut linter, place, rule, inventory),
            Kind::Coverage(_)
            | Kind::Federation(_)
            | Kind::ServiceTrust(_)
            | Kind::Administrators(_)
            | Kind::Paths(_)
            | Kind::Identities(_) => {}
        }
        exemptions::check(&mut linter, place, rule);
        if let Some(inventory) = inventory {
            people::check(&mut linter, place, rule, inventory);
        }
    }
    redundant::check(&mut linter, &rulebook.guardrails().collect::<Vec<_>>());
    linter.finish()
}

/// Looks at the statements of every member, and at those of what is gained.
fn of_combination(linter: &mut Linter<'_>, rule: &Rule, place: RulePath, combination: &Combination) {
    for (index, member) in combination.together.iter().enumerate() {
        let of_member = [Step::Key("together"), Step::Item(index)];
        let named = [of_member.as_slice(), &[Step::Key("statements")]].concat();
        let list = if member.name.is_some() { &named } else { &of_member[..] };
        forbidden(linter, rule, place, list, &member.requests.statements);
    }
    let gains = combination.gains.iter().flat_map(|gains| &gains.statements).cloned();
    forbidden(linter, rule, place, &[Step::Key("gains")], &gains.collect::<Vec<_>>());
}

/// Looks at the statements of a list, as `forbid`, that a path leads to within the rule.
fn forbidden(
    linter: &mut Linter<'_>,
    rule: &Rule,
    place: RulePath,
    list: &[Step<'_>],
    statements: &[Statement],
) {
    for (index, statement) in statements.iter().enumerate() {
        let at = At { rule, statement, place, list, index };
        let matched = actions::check(linter, &at);
        keys::check(linter, &at, &matched);
        values::check(linter, &at);
        paths::check_resources(linter, &at);
        let told = linter.found.len();
        resources::check(linter, &at, &matched);
        // A statement whose parts match nothing has been told of already.
        if linter.found.len() == told && matched.some() {
            statements::check(linter, &at);
        }
    }
}

/// Where a rule stands: in which list of the rulebook, and at which place of it.
#[derive(Clone, Copy)]
struct RulePath {
    section: &'static str,
    index: usize,
}

/// A statement and where it stands.
struct At<'a> {
    rule: &'a Rule,
    statement: &'a Statement,
    place: RulePath,
    /// The path to its list within the rule.
    list: &'a [Step<'a>],
    index: usize,
}

impl At<'_> {
    /// The path to a part of the statement.
    fn path<'s>(&'s self, more: &[Step<'s>]) -> Vec<Step<'s>> {
        let list = in_rule(self.place, &[]).into_iter().chain(self.list.iter().copied());
        list.chain([Step::Item(self.index)]).chain(more.iter().copied()).collect()
    }
}

/// The path to a part of a rule.
fn in_rule<'s>(place: RulePath, more: &[Step<'s>]) -> Vec<Step<'s>> {
    [Step::Key(place.section), Step::Item(place.index)].iter().chain(more).copied().collect()
}

/// Collects what is found, and counts what it costs.
struct Linter<'a> {
    tree: &'a Node,
    sources: &'a [Source],
    found: Vec<(usize, Problem)>,
    untold: usize,
    steps: u64,
    gave_up: bool,
}

impl Linter<'_> {
    fn warn(&mut self, code: Code, path: &[Step<'_>], message: String, help: Option<String>) {
        let at = self.tree.place(path);
        let problem = self.problem(code, at, message, help);
        // A pattern may name the same variable over and over.
        if self.found.iter().any(|(_, found)| *found == problem) {
            return;
        }
        if self.found.len() < TOLD {
            self.found.push((at.file, problem));
        } else {
            self.untold += 1;
        }
    }

    /// Whether something has been said of a place.
    fn told(&self, path: &[Step<'_>]) -> bool {
        let Place { file, line, column } = self.tree.place(path);
        self.found.iter().any(|(of, problem)| (*of, problem.line, problem.column) == (file, line, column))
    }

    /// Takes steps off what is left; false if there are none, so that a check must end.
    fn spend(&mut self, steps: u64) -> bool {
        self.gave_up |= self.steps < steps;
        self.steps = self.steps.saturating_sub(steps);
        !self.gave_up
    }

    fn finish(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(file, problem)| (*file, problem.line, problem.column, problem.code));
        let mut more = Vec::new();
        if self.untold > 0 {
            let message = format!("and {} more warnings", self.untold);
            more.push(self.at_start(message, "mend those above first"));
        }
        if self.gave_up {
            let message = "there is more in this rulebook than is examined at once".to_owned();
            more.push(self.at_start(message, "split it, and lint the parts"));
        }
        self.found.into_iter().map(|(_, problem)| problem).chain(more).collect()
    }

    fn at_start(&self, message: String, help: &str) -> Problem {
        self.problem(Code::NotLinted, Node::NOTHING.at, message, Some(help.to_owned()))
    }

    fn problem(&self, code: Code, at: Place, message: String, help: Option<String>) -> Problem {
        let file = self.sources.get(at.file).map_or_else(String::new, |source| source.name.clone());
        Problem { code, file, line: at.line, column: at.column, message, help }
    }
}

/// The kinds of principal that a rule is about.
fn kinds(rule: &Rule) -> Vec<PrincipalKind> {
    if rule.scope.principals.is_empty() {
        vec![PrincipalKind::Role, PrincipalKind::User, PrincipalKind::Root]
    } else {
        rule.scope.principals.clone()
    }
}

/// "did you mean ...?"
fn did_you_mean(word: impl std::fmt::Display) -> String {
    format!("did you mean `{word}`?")
}
