//! Reading files that another file names, or that lie where ours should: not chosen by the
//! user, so they are regular files of a sane size, or an error. A FIFO would wait for ever, a
//! device go on for ever.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of the largest model or data file that is read because another file names it.
pub const LARGEST_NAMED: u64 = 1 << 30;

/// Whether `path` leads to a regular file of at most so many bytes. Does not open it.
///
/// # Errors
/// What it is otherwise.
pub fn check_regular(path: &Path, largest: u64) -> io::Result<()> {
    let data = fs::metadata(path)?;
    let wrong = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    if !data.is_file() {
        return wrong("it is no regular file, and is not read".to_owned());
    }
    if data.len() > largest {
        return wrong(format!("it has {} bytes: at most {largest} are read", data.len()));
    }
    Ok(())
}

/// The content of the file at `path`, if [`check_regular`] takes it.
///
/// # Errors
/// When it does not, or the file cannot be read.
pub fn read_regular(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    check_regular(path, largest)?;
    let mut content = Vec::new();
    // It may grow meanwhile.
    File::open(path)?.take(largest).read_to_end(&mut content)?;
    Ok(content)
}
