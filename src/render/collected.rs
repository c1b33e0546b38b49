//! What `collect` wrote, and what it could not read.

use std::io::{self, Write};
use std::path::Path;

use stanchion_aws::collect::Collected;

use super::{YELLOW, stdout};

pub(crate) fn collected(directory: &Path, collected: &Collected) -> io::Result<()> {
    let mut out = stdout();
    let Collected { accounts, read_before, principals, unread, again, left_out, others } = collected;
    let before = if *read_before > 0 { format!(", {read_before} of them before") } else { String::new() };
    let directory = directory.display();
    writeln!(out, "{accounts} accounts in {directory}{before}; {principals} users and roles read")?;
    for (account, reason) in left_out {
        writeln!(out, "{account} is left out: {reason}")?;
    }
    for account in others {
        writeln!(
            out,
            "{YELLOW}accounts/{account}.json{YELLOW:#} was there before, and is none of these accounts"
        )?;
    }
    for (what, reason) in unread {
        writeln!(out, "{YELLOW}{what} was not read{YELLOW:#}: {reason}")?;
    }
    if *again {
        writeln!(out, "run the same command again: it goes on with what was not read")?;
    }
    Ok(())
}
