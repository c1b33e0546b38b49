//! The lines that are measured: requests of many projects in one organization, each with every
//! policy that binds it, in the format of `stanchion simulate`. The same bytes in every run.

#[path = "../../../shared/policy/benches/common/documents.rs"]
pub(super) mod documents;
#[path = "../../../shared/policy/benches/common/requests.rs"]
mod requests;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

pub(super) use documents::Numbers;

/// Projects, each with its own identity policies.
const PROJECTS: usize = 50;
/// Identity policies of a project; a request has three of them.
const IDENTITY: usize = 4;

/// Every distinct document: about three hundred.
struct Documents {
    identity: Vec<Vec<Box<RawValue>>>,
    boundaries: Vec<Box<RawValue>>,
    full_access: Box<RawValue>,
    scps: Vec<Box<RawValue>>,
    rcps: Vec<Box<RawValue>>,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    id: usize,
    principal: &'a str,
    action: &'a str,
    resource: &'a str,
    resource_account: &'a str,
    context: serde_json::Map<String, serde_json::Value>,
    identity: Vec<&'a RawValue>,
    boundary: &'a RawValue,
    scps: Vec<Vec<&'a RawValue>>,
    rcps: Vec<Vec<&'a RawValue>>,
}

/// Writes so many lines; returns how many bytes they have.
pub(super) fn write(path: &Path, lines: usize) -> Result<u64, String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let documents = Documents::new().map_err(|e| failed(&e))?;
    let mut file = BufWriter::new(File::create(path).map_err(|e| failed(&e))?);
    let mut bytes = 0;
    for id in 0..lines {
        let line = documents.line(id).map_err(|e| failed(&e))?;
        bytes += line.len() as u64 + 1;
        writeln!(file, "{line}").map_err(|e| failed(&e))?;
    }
    file.flush().map_err(|e| failed(&e))?;
    Ok(bytes)
}

impl Documents {
    fn new() -> serde_json::Result<Self> {
        let raw = RawValue::from_string;
        let many = |count: u64, make: &dyn Fn(u64) -> String| (0..count).map(|n| raw(make(n))).collect();
        let of_project = |project| many(IDENTITY as u64, &|n| documents::identity(project, n, 1_000));
        Ok(Self {
            identity: (0..PROJECTS).map(of_project).collect::<serde_json::Result<_>>()?,
            boundaries: many(30, &|n| documents::boundary(n, 700))?,
            full_access: raw(documents::FULL_ACCESS.to_owned())?,
            scps: many(40, &|n| documents::scp(n, 650))?,
            rcps: many(20, &|n| documents::rcp(n, 450))?,
        })
    }

    fn line(&self, id: usize) -> serde_json::Result<String> {
        let mut numbers = Numbers::new(id as u64);
        let project = numbers.below(PROJECTS);
        let asked = requests::request(project, id as u64 + 1_000_000);
        let left_out = numbers.below(IDENTITY);
        let identity = self.identity[project].iter().enumerate().filter(|(n, _)| *n != left_out);
        let mut one_of = |list: &'_ [Box<RawValue>]| numbers.below(list.len());
        let scps = [(); 3].map(|()| vec![&*self.full_access, &*self.scps[one_of(&self.scps)]]);
        serde_json::to_string(&Line {
            id,
            principal: &asked.principal,
            action: &asked.action,
            resource: &asked.resource,
            resource_account: documents::ACCOUNT,
            context: asked.context.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect(),
            identity: identity.map(|(_, document)| &**document).collect(),
            boundary: &self.boundaries[one_of(&self.boundaries)],
            scps: scps.into(),
            rcps: vec![vec![&*self.rcps[one_of(&self.rcps)]]],
        })
    }
}
