//! Writes a file as a whole or not at all.
//!
//! Links are followed: the target is replaced, and the link stays. A file that is not regular, such
//! as a FIFO or `/dev/stdout`, cannot be replaced and is written to directly.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// The error of the system.
    pub reason: io::Error,
}

/// The names of temporary files of atomic writes consist of this, a random part and [`SUFFIX`].
pub(crate) const PREFIX: &str = ".rarefy-";
pub(crate) const SUFFIX: &str = ".partial";

/// Replaces the file at `path` by `bytes`. A reader finds either the old or the new content and
/// never a part of it, even after a crash or a power failure: the content goes into a temporary
/// file in the same folder, followed by fsync, rename, and fsync of the folder. Missing folders are
/// created. The new file has the mode of the old one, or that given by the umask. Other names of
/// the old file (hard links) keep the old content. A file that is not regular is written to
/// directly.
///
/// # Errors
/// If the file system refuses; the old content is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    replace(path, bytes).map_err(|reason| WriteError { path: path.to_owned(), reason })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file that is written piece by piece and then appears as with [`write_atomically`]. If this is
/// dropped earlier, nothing of it remains.
#[derive(Debug)]
pub struct AtomicFile(Way);

#[derive(Debug)]
enum Way {
    /// Will replace `path`.
    Beside { path: PathBuf, temporary: NamedTempFile },
    /// Written to directly.
    Into(File),
}

impl AtomicFile {
    /// Begins to write the file at `path`. Missing folders are created.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(match target(path)? {
            Target::File(path) => {
                let folder = folder_of(&path);
                fs::create_dir_all(folder)?;
                let temporary = temporary(folder, fs::metadata(&path).ok().as_ref())?;
                Way::Beside { path, temporary }
            }
            Target::Stream(stream) => Way::Into(stream.open()?),
        }))
    }

    /// Moves it to its place.
    ///
    /// # Errors
    /// If the file system refuses; the old content is then still there.
    pub fn commit(self) -> io::Result<()> {
        match self.0 {
            Way::Into(mut file) => file.flush(),
            Way::Beside { path, temporary } => {
                temporary.as_file().sync_all()?;
                temporary.persist(&path).map_err(|failure| failure.error)?;
                // The rename is only durable once the folder is synced.
                #[cfg(unix)]
                File::open(folder_of(&path))?.sync_all()?;
                Ok(())
            }
        }
    }

    fn file(&mut self) -> &mut dyn Write {
        match &mut self.0 {
            Way::Beside { temporary, .. } => temporary,
            Way::Into(file) => file,
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// Checks that [`write_atomically`] could write to `path`, for use before hours of work whose
/// result goes there. Leaves nothing behind.
///
/// # Errors
/// The error that writing would return.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    probe(path).map_err(|reason| WriteError { path: path.to_owned(), reason })
}

fn probe(path: &Path) -> io::Result<()> {
    // A FIFO is not opened, because its reader would see it opened and closed.
    let Target::File(path) = target(path)? else { return Ok(()) };
    // The nearest existing folder; missing ones can be created in it.
    let there = path.ancestors().skip(1).find(|folder| folder.exists());
    tempfile::tempfile_in(there.unwrap_or(Path::new("."))).map(drop)
}

/// The target of a write to a path.
enum Target {
    /// A regular file, existing or not: it is replaced as a whole.
    File(PathBuf),
    /// Anything else.
    Stream(Stream),
}

/// A target that is written to directly.
enum Stream {
    /// The program's standard output or standard error.
    Standard {
        error: bool,
    },
    Named(PathBuf),
}

impl Stream {
    fn open(&self) -> io::Result<File> {
        match self {
            // This shares the position in the file, so that printed output and this content do not
            // overwrite each other if both go to the same file.
            #[cfg(unix)]
            Self::Standard { error } => {
                use std::os::fd::AsFd;
                let (out, err) = (io::stdout(), io::stderr());
                let descriptor = if *error { err.as_fd() } else { out.as_fd() };
                Ok(descriptor.try_clone_to_owned()?.into())
            }
            #[cfg(not(unix))]
            Self::Standard { .. } => Err(io::ErrorKind::Unsupported.into()),
            Self::Named(path) => OpenOptions::new().append(true).open(path),
        }
    }
}

/// A longer chain of links is a cycle; Linux follows as many.
const MOST_LINKS: usize = 40;

/// Follows links from `path` to the final target, whether it exists or not.
fn target(path: &Path) -> io::Result<Target> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Some(stream) = descriptor(&path) {
            return Ok(Target::Stream(stream));
        }
        let kind = match fs::symlink_metadata(&path) {
            Ok(data) => data.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Target::File(path)),
            Err(error) => return Err(error),
        };
        if kind.is_symlink() {
            path = folder_of(&path).join(fs::read_link(&path)?);
        } else if kind.is_file() {
            return Ok(Target::File(path));
        } else if kind.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        } else if is_disk(kind) {
            let why = "it is a disk, and writing would destroy its content";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        } else {
            return Ok(Target::Stream(Stream::Named(path)));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "its symbolic links form a cycle"))
}

/// The regular file that a write to `path` would create or replace, if it is one.
pub(super) fn target_file(path: &Path) -> Option<PathBuf> {
    match target(path).ok()? {
        Target::File(path) if path.parent() == Some(Path::new("")) => {
            Some(Path::new(".").join(path))
        }
        Target::File(path) => Some(path),
        Target::Stream(_) => None,
    }
}

/// The meaning of an entry of `/proc/PID/fd`, which `/dev/stdout` and `/dev/fd/1` lead to. It is
/// not a location in a folder, even if it is a regular file.
fn descriptor(path: &Path) -> Option<Stream> {
    let folder = path.parent()?.canonicalize().ok()?;
    let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
    if !(folder.starts_with("/proc") && folder.ends_with("fd")) {
        return None;
    }
    let own = folder == Path::new("/proc/self/fd").canonicalize().ok()?;
    Some(match number {
        1 | 2 if own => Stream::Standard { error: number == 2 },
        _ => Stream::Named(path.to_owned()),
    })
}

#[cfg(unix)]
fn is_disk(kind: fs::FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_block_device(&kind)
}

#[cfg(not(unix))]
fn is_disk(_: fs::FileType) -> bool {
    false
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// An empty file in `folder`, with the permissions of the `old` file that it will replace, or else
/// those given by the umask.
#[cfg(unix)]
pub(crate) fn temporary(folder: &Path, old: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let mut mode = old.map_or(0o666, |old| old.mode() & 0o777);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).permissions(fs::Permissions::from_mode(mode));
    let temporary = builder.tempfile_in(folder)?;
    if let Some(old) = old {
        let file = temporary.as_file();
        let new = file.metadata()?;
        if new.uid() != old.uid() {
            // Only root may do this.
            drop(fchown(file, Some(old.uid()), None));
        }
        if new.gid() != old.gid() && fchown(file, None, Some(old.gid())).is_err() {
            // If the group differs, it must not get more access than everybody has.
            mode = (mode & !0o070) | (mode & 0o007) << 3;
        }
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    Ok(temporary)
}

#[cfg(not(unix))]
pub(crate) fn temporary(folder: &Path, _: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder)
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_what_it_leads_to_is_replaced_or_made() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        fs::create_dir(path("far")).unwrap();
        symlink("far/target", path("second")).unwrap();
        symlink("second", path("first")).unwrap();
        for text in ["made", "replaced"] {
            check_writable(&path("first")).unwrap();
            write_atomically(&path("first"), text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(path("far/target")).unwrap(), text);
            assert!(path("first").is_symlink() && path("second").is_symlink());
            assert!(!path("far/target").is_symlink());
        }
        symlink("circle", path("circle")).unwrap();
        for error in [
            check_writable(&path("circle")).unwrap_err(),
            write_atomically(&path("circle"), b"x").unwrap_err(),
        ] {
            assert!(error.to_string().contains("circle"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_old_mode_stays() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("secret");
        for mode in [0o600, 0o664, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            write_atomically(&path, b"new").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        // Another name of the same file keeps its content.
        let other = place.path().join("other");
        fs::hard_link(&path, &other).unwrap();
        write_atomically(&path, b"newer").unwrap();
        assert_eq!(fs::read(other).unwrap(), b"new");
    }
}
