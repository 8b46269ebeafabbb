//! Writing a file whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub reason: io::Error,
}

/// Replaces the file at `path` by `bytes`, so that whoever reads it, even after a
/// crash or a power cut, finds the old content or the new, never a part: a
/// temporary file beside it, fsync, rename, fsync of the folder. Missing folders
/// on the way are made.
///
/// # Errors
/// When the file system refuses; the old content is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    replace(path, bytes).map_err(|reason| WriteError { path: path.to_owned(), reason })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file that is written piece by piece and then appears as [`write_atomically`] makes it;
/// nothing is left of it when it is dropped before.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl AtomicFile {
    /// Begins what will be the file at `path`. Missing folders on the way are made.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        let temporary = builder.prefix(".rarefy-").suffix(".partial").tempfile_in(folder)?;
        Ok(Self { path: path.to_owned(), temporary })
    }

    /// Puts it where it belongs.
    ///
    /// # Errors
    /// When the file system refuses; the old content is then still there.
    pub fn commit(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        make_shareable(self.temporary.as_file())?;
        self.temporary.persist(&self.path).map_err(|failure| failure.error)?;
        // The rename itself is durable only once the folder is.
        #[cfg(unix)]
        File::open(folder_of(&self.path))?.sync_all()?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Whether [`write_atomically`] could write to `path`: to be asked before hours of
/// work whose result goes there. Leaves nothing behind.
///
/// # Errors
/// What writing would fail with.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    probe(path).map_err(|reason| WriteError { path: path.to_owned(), reason })
}

fn probe(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    // The nearest folder that is there already: the others can be made in it.
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    tempfile::tempfile_in(there.unwrap_or(Path::new("."))).map(drop)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Temporary files are made private (0600); results are to be shared like any
/// other file the user makes.
#[cfg(unix)]
fn make_shareable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_shareable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder/file.txt");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_write_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write_atomically(&taken, b"bytes").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
