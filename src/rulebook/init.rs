//! `stanchion rulebook init`: a rulebook to start from, which extends packs.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use miette::Report;
use stanchion_rules::packs::{PACKS, rulebook};
use stanchion_rules::rulebook::{Pack, Setting};

use crate::exit::Exit;
use crate::input::{self, InputError};
use crate::render::{self, Written};

#[derive(Args)]
pub(super) struct Options {
    /// Where to write it
    #[arg(value_name = "FILE", default_value = "rulebook.yaml")]
    file: PathBuf,
    /// A pack to extend; once for each [default: asked on a terminal, else baseline]
    #[arg(long = "pack", value_name = "NAME")]
    packs: Vec<String>,
    /// A setting of such a pack, in YAML, as `approved-regions=[eu-west-1]`; once for each
    #[arg(long = "set", value_name = "SETTING=VALUE")]
    settings: Vec<String>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// A pack that the rulebook extends, and what is set of it.
struct Chosen {
    pack: Pack,
    set: Vec<(String, String)>,
}

pub(super) fn run(options: &Options) -> Result<Exit, Report> {
    refuse_existing(options)?;
    let asks = options.packs.is_empty() && options.settings.is_empty() && io::stdin().is_terminal();
    let mut chosen = match asks {
        // Questions go to standard error, so that standard output stays what the verb says.
        true => ask(&mut io::stdin().lock(), &mut render::stderr())?,
        false => given(options)?,
    };
    chosen.sort_by(|one, other| one.pack.name.cmp(&other.pack.name));
    refuse_incomplete(&chosen)?;
    let text = written(&chosen);
    let file = options.file.display().to_string();
    // What is given for a setting may be wrong: that is told before anything is written.
    input::rulebook(&text, &file, options.file.parent())?;
    write(&options.file, &text, options.force)
        .map_err(|error| InputError::new(format!("{file}: {error}"), None))?;
    let mut out = render::stdout();
    writeln!(out, "wrote {file}").written()?;
    writeln!(out, "next: stanchion rulebook lint {file}").written()?;
    Ok(Exit::Clean)
}

fn refuse_existing(options: &Options) -> Result<(), Report> {
    if options.force || !options.file.exists() {
        return Ok(());
    }
    let help = "name another file, or write over it with --force".to_owned();
    Err(InputError::new(format!("{}: it is there already", options.file.display()), Some(help)).into())
}

/// Refuses packs of which something must be set that is not.
fn refuse_incomplete(chosen: &[Chosen]) -> Result<(), Report> {
    for Chosen { pack, set } in chosen {
        let is_set = |setting: &Setting| set.iter().any(|(name, _)| *name == setting.name);
        let missing = pack.settings.iter().filter(|setting| setting.required && !is_set(setting));
        let missing: Vec<&Setting> = missing.collect();
        let Some(first) = missing.first() else { continue };
        let names: Vec<String> = missing.iter().map(|setting| format!("`{}`", setting.name)).collect();
        let message = format!("the pack `{}` is not complete without {}", pack.name, names.join(", "));
        let value = first.example.as_deref().unwrap_or("VALUE");
        let help = format!("give each, as --set '{}={value}'", first.name);
        return Err(InputError::new(message, Some(help)).into());
    }
    Ok(())
}

fn write(file: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut open = OpenOptions::new();
    open.write(true);
    // Somebody may have made it since it was looked for.
    if force {
        open.create(true).truncate(true)
    } else {
        open.create_new(true)
    };
    open.open(file)?.write_all(text.as_bytes())
}

/// What a pack says of itself.
fn pack(name: &str) -> Result<Pack, Report> {
    let found = PACKS.iter().find(|(known, _)| *known == name);
    let pack = found.and_then(|(name, text)| rulebook(name, text).ok()).and_then(|(_, pack)| pack);
    pack.ok_or_else(|| {
        let known: Vec<&str> = PACKS.iter().map(|(name, _)| *name).collect();
        let help = match stanchion_rules::nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        InputError::new(format!("there is no pack `{name}`"), Some(help)).into()
    })
}

/// What the options say.
fn given(options: &Options) -> Result<Vec<Chosen>, Report> {
    let mut names: Vec<&str> = options.packs.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        names.push("baseline");
    }
    let mut chosen = Vec::new();
    for name in names {
        chosen.push(Chosen { pack: pack(name)?, set: Vec::new() });
    }
    for given in &options.settings {
        let Some((name, value)) = given.split_once('=') else {
            let help = "write it as `approved-regions=[eu-west-1]`".to_owned();
            return Err(InputError::new(format!("`--set {given}` has no value"), Some(help)).into());
        };
        let of = chosen.iter_mut().find(|it| it.pack.settings.iter().any(|setting| setting.name == name));
        let Some(of) = of else {
            let all = chosen.iter().flat_map(|it| &it.pack.settings).map(|it| it.name.as_str());
            let help = format!("they have {}", all.collect::<Vec<_>>().join(", "));
            let message = format!("none of the packs has a setting `{name}`");
            return Err(InputError::new(message, Some(help)).into());
        };
        of.set.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(chosen)
}

/// What somebody at a terminal says.
fn ask(answers: &mut dyn BufRead, questions: &mut dyn Write) -> Result<Vec<Chosen>, Report> {
    let mut asked = |question: &str, default: &str| answer(answers, questions, question, default);
    let mut chosen = Vec::new();
    for (name, _) in PACKS {
        let pack = pack(name)?;
        let default = if *name == "baseline" { "yes" } else { "no" };
        let answer = asked(&format!("Extend `{name}`? {}", pack.about), default)?;
        if !answer.to_ascii_lowercase().starts_with('y') {
            continue;
        }
        let mut set = Vec::new();
        for setting in &pack.settings {
            let given = asked(&question(setting), &setting.default)?;
            if given != setting.default {
                set.push((setting.name.clone(), given));
            }
        }
        chosen.push(Chosen { pack, set });
    }
    Ok(chosen)
}

fn question(setting: &Setting) -> String {
    let example = setting.example.as_ref().map(|value| format!(" As {value}.")).unwrap_or_default();
    format!("  {}: {}{example}", setting.name, setting.about.trim())
}

/// One answer; the default, if it is an empty line or there is none.
fn answer(
    answers: &mut dyn BufRead,
    questions: &mut dyn Write,
    question: &str,
    default: &str,
) -> Result<String, Report> {
    writeln!(questions, "{question} [{default}]").written()?;
    let mut line = String::new();
    answers.read_line(&mut line).map_err(Report::msg)?;
    let line = line.trim();
    Ok(if line.is_empty() { default.to_owned() } else { line.to_owned() })
}

/// The rulebook.
fn written(chosen: &[Chosen]) -> String {
    let mut text = String::from(BEGIN);
    for Chosen { pack, set } in chosen {
        let _ = writeln!(text, "\n  # {}", pack.about);
        let _ = writeln!(text, "  - from: pack:{}@{}", pack.name, pack.version.major);
        if pack.settings.is_empty() {
            continue;
        }
        text.push_str(if set.is_empty() { "    # with:\n" } else { "    with:\n" });
        for setting in &pack.settings {
            let _ = writeln!(text, "      # {}", setting.about.trim());
            match set.iter().find(|(name, _)| *name == setting.name) {
                Some((name, value)) => {
                    let _ = writeln!(text, "      {name}: {value}");
                }
                None => {
                    let _ = writeln!(text, "      # {}: {}", setting.name, setting.default);
                }
            }
        }
    }
    text.push_str(END);
    text
}

const BEGIN: &str = "\
# What must not be possible in this organization.
#
# `stanchion rulebook explain ID` says what a rule forbids; `stanchion rulebook lint FILE` says what looks wrong here;
# docs/RULEBOOK.md and docs/PACKS.md describe every key.

version: 1

# Rules that are maintained elsewhere. The number behind @ is the version: one with another number may judge otherwise.
extends:
";

const END: &str = "
# Rules of the packs that are otherwise here. `except` adds to a rule's own exemptions; what is `disabled` is listed
# with its reason by every run.
overrides:
  # no-closing-of-accounts:
  #   except: [\"arn:aws:iam::*:role/AccountAdmin\"]
  # no-deletion-of-flow-logs:
  #   severity: low
  # no-root-use:
  #   disabled: The root users of all accounts have no credentials; checked every month.

# Rules of your own, each with principals that pass and that fail: `stanchion rulebook test FILE` tries them.
guardrails:
  # - id: only-payments-reads-cards
  #   title: Nobody but the payments service reads card data
  #   severity: high
  #   except: [\"arn:aws:iam::*:role/payments/*\"]
  #   forbid:
  #     - { Action: \"dynamodb:Get*\", Resource: \"arn:aws:dynamodb:*:*:table/cards\" }
  #   examples:
  #     passes:
  #       - name: a role for another table
  #         policies: [{ Effect: Allow, Action: \"dynamodb:*\", Resource: \"arn:aws:dynamodb:*:*:table/orders\" }]
  #     fails:
  #       - name: a role for every table
  #         policies: [{ Effect: Allow, Action: \"dynamodb:GetItem\", Resource: \"*\" }]
  #         witness: { action: dynamodb:GetItem }
";

#[cfg(test)]
mod tests {
    use super::*;

    /// The rulebook that somebody gets who gives these answers, and what was asked.
    fn asked(answers: &str) -> (String, String) {
        let mut questions = Vec::new();
        let chosen = ask(&mut answers.as_bytes(), &mut questions).expect("answers");
        (written(&chosen), String::from_utf8(questions).expect("text"))
    }

    /// The lines that say what is extended and set.
    fn said(rulebook: &str) -> Vec<&str> {
        let body = rulebook.strip_prefix(BEGIN).and_then(|text| text.strip_suffix(END)).expect("a rulebook");
        body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    }

    #[test]
    fn every_pack_is_asked_about_and_only_the_baseline_is_the_default() {
        let (rulebook, questions) = asked("");
        assert_eq!(said(&rulebook), ["- from: pack:baseline@1"]);
        for (name, _) in PACKS {
            assert!(questions.contains(&format!("Extend `{name}`?")), "{questions}");
        }
        input::rulebook(&rulebook, "test", None).expect("a rulebook that can be read");
    }

    #[test]
    fn settings_are_asked_for_where_the_pack_is_wanted() {
        let (rulebook, questions) = asked("no\nYes\no-example001\n[192.0.2.0/24]\nnull\n");
        let set = [
            "- from: pack:data-perimeter@2",
            "with:",
            "organization-id: o-example001",
            "networks: [192.0.2.0/24]",
            "vpcs: null",
        ];
        assert_eq!(said(&rulebook), set);
        assert!(questions.contains("organization-id: The id of your organization. As "), "{questions}");
        assert!(!questions.contains("approved-regions"), "{questions}");
        input::rulebook(&rulebook, "test", None).expect("a rulebook that can be read");
    }

    #[test]
    fn what_must_be_set_and_is_not_answered_is_refused() {
        let mut questions = Vec::new();
        let chosen = ask(&mut "no\nyes\n".as_bytes(), &mut questions).expect("answers");
        let refused = refuse_incomplete(&chosen).expect_err("nothing is set");
        assert!(refused.to_string().contains("is not complete without `organization-id`"), "{refused}");
    }
}
