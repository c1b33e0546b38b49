//! Turns the tables under `data` into Rust statics, so that nothing is parsed when a program starts.

#[path = "build/emit.rs"]
mod emit;
#[path = "build/layout.rs"]
mod layout;
#[path = "build/parse.rs"]
mod parse;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), String> {
    let catalogue =
        parse::catalogue(&load("data/catalogue.txt")?).map_err(|e| format!("data/catalogue.txt:{e}"))?;
    let rcp = parse::words::<1>(&load("data/rcp-services.txt")?)
        .map_err(|e| format!("data/rcp-services.txt:{e}"))?;
    let regions =
        parse::words::<2>(&load("data/regions.txt")?).map_err(|e| format!("data/regions.txt:{e}"))?;
    for source in ["build.rs", "build/emit.rs", "build/layout.rs", "build/parse.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    for (name, text) in emit::files(&catalogue, &rcp, &regions)? {
        let path = out.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Reads one data file and has cargo watch it.
fn load(path: &str) -> Result<String, String> {
    println!("cargo::rerun-if-changed={path}");
    let text = fs::read_to_string(Path::new(path)).map_err(|e| format!("{path}: {e}"))?;
    // Case is folded byte by byte at run time, which is right for ASCII only.
    match text.lines().position(|line| !line.is_ascii()) {
        Some(line) => Err(format!("{path}:{}: not ASCII", line + 1)),
        None => Ok(text),
    }
}
