//! Reading regular files: a FIFO would wait for ever, a device go on for ever. What another file
//! names, or lies where ours should, was not chosen by the user and must have a sane size, too.

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

/// The bytes of a file that a user named. Of a device or a pipe there might be no end.
pub(super) fn read_model_file(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        let reason = match path.join("saved_model.pb").exists() {
            true => "it is a folder, a SavedModel of TensorFlow: give a file of PyTorch's",
            false => "it is a folder: give a file in it",
        };
        return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
    }
    read_regular(path, u64::MAX)
}
