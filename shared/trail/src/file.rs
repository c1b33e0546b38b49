//! Opening a file, inflated if it is gzip.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use thiserror::Error;

/// What begins a gzip file (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// How much of a file is read at once.
const CHUNK: usize = 1 << 16;

/// Why a file or directory cannot be read.
#[derive(Debug, Error)]
#[error("`{}`: {source}", path.display())]
pub struct FileError {
    /// The file or directory.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

impl FileError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

/// Opens a file. Whether it is gzip, its first bytes tell, and not its name; a gzip file can have
/// several members, one after the other.
///
/// # Errors
/// A file that cannot be opened, or is a directory. Reading fails where the compression is damaged
/// or cut off.
pub fn open(path: &Path) -> Result<Box<dyn Read>, FileError> {
    let wrong = |source| FileError::new(path, source);
    let file = File::open(path).map_err(wrong)?;
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(wrong(io::Error::new(io::ErrorKind::IsADirectory, "is a directory")));
    }
    let mut file = BufReader::with_capacity(CHUNK, file);
    if file.fill_buf().map_err(wrong)?.starts_with(&GZIP) {
        return Ok(Box::new(Inflated(MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

/// Inflates, and says in plain words what is wrong.
struct Inflated<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let message = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the gzip data is cut off; fetch the file again".to_owned(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    format!("the gzip data is damaged ({error}); fetch the file again")
                }
                _ => return error,
            };
            io::Error::new(error.kind(), message)
        })
    }
}
