//! Reads regular files only: opening a FIFO may never return, and a device may never end. A file
//! that is named in another file was not chosen by the user, so its size is limited as well.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of the largest model or data file that is read because another file names it.
pub const LARGEST_NAMED: u64 = 1 << 30;

/// Checks that `path` leads to a regular file of at most `largest` bytes, without opening it.
///
/// # Errors
/// What it is instead.
pub fn check_regular(path: &Path, largest: u64) -> io::Result<()> {
    let data = fs::metadata(path)?;
    let wrong = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    if !data.is_file() {
        return wrong("it is not a regular file".to_owned());
    }
    if data.len() > largest {
        return wrong(format!("it has {} bytes: at most {largest} are read", data.len()));
    }
    Ok(())
}

/// The content of the file at `path`, if [`check_regular`] accepts it.
///
/// # Errors
/// If it does not, or the file cannot be read.
pub fn read_regular(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    check_regular(path, largest)?;
    let mut content = Vec::new();
    // The file may grow meanwhile.
    File::open(path)?.take(largest).read_to_end(&mut content)?;
    Ok(content)
}

/// The bytes of a file that the user named. Devices and pipes are rejected, because they may never
/// end.
pub(super) fn read_model_file(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        let reason = match path.join("saved_model.pb").exists() {
            true => "it is a folder with a TensorFlow SavedModel: give a PyTorch file",
            false => "it is a folder: give a file",
        };
        return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
    }
    read_regular(path, u64::MAX)
}
