//! `stanchion simulate`: requests in, decisions out.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use miette::Report;
use stanchion_policy::simulate::{Answered, Simulator};

use crate::exit::Exit;
use crate::input::InputError;
use crate::render::Written;

#[derive(Args)]
pub(crate) struct Options {
    /// JSON lines; `-` is standard input. The fields are documented in docs/SIMULATE.md
    #[arg(default_value = "-", value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<Exit, Report> {
    let mut simulator = Simulator::new();
    answer_lines(&options.file, |line, out| simulator.line(line, out))
}

/// Answers each line of a file, or of standard input for `-`, by one line.
pub(crate) fn answer_lines(
    file: &Path,
    answer_one: impl FnMut(&str, &mut Vec<u8>) -> serde_json::Result<Answered>,
) -> Result<Exit, Report> {
    let input: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let opened = File::open(file)
            .map_err(|error| InputError::new(format!("{}: {error}", file.display()), None))?;
        Box::new(BufReader::with_capacity(1 << 18, opened))
    };
    let out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    let mut exit = Exit::Clean;
    answer(input, out, answer_one, &mut exit).written()?;
    Ok(exit)
}

fn answer(
    mut input: Box<dyn BufRead>,
    mut out: impl Write,
    mut answer_one: impl FnMut(&str, &mut Vec<u8>) -> serde_json::Result<Answered>,
    exit: &mut Exit,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut answer = Vec::new();
    while input.read_until(b'\n', &mut bytes)? > 0 {
        // Bytes that are no text make one bad line, like any other mistake.
        let line = String::from_utf8_lossy(&bytes);
        if !line.trim().is_empty() {
            if answer_one(line.trim(), &mut answer)? == Answered::Error {
                *exit = Exit::Wrong;
            }
            answer.push(b'\n');
            out.write_all(&answer)?;
            answer.clear();
        }
        bytes.clear();
    }
    out.flush()
}
