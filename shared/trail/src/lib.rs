//! CloudTrail's log files, as S3 holds them: found in directories of any depth, put in the order of
//! their delivery, inflated, and scanned by several threads for the events that matter.
//!
//! [`find`] lists the files; [`scan`] reads them and hands their events over, file by file, in the
//! order of the list, however many threads there are.

mod file;
mod find;
mod name;
mod scan;

pub use file::{FileError, open};
pub use find::{Found, LogFile, find};
pub use name::{Name, Other, name};
pub use scan::{Counts, ScanError, Scanned, scan};
