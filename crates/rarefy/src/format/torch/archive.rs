//! The container that torch has written since 1.6: a zip archive with the pickle as
//! `<name>/data.pkl` and each storage as `<name>/data/<key>`.
//!
//! torch never compresses an entry, so this reader does not decompress either. Entries are slices
//! of the file, so no archive can unpack to more than its own size.

use std::io::{self, Cursor as Stream};
use std::ops::Range;

use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use super::contents::{Contents, Storages, declared_storages};
use super::cursor::Cursor;
use super::fault::{TorchFault, quoted};
use super::pickle;

/// The first bytes of a file: a local file header.
pub(in crate::format) const START: &[u8] = b"PK\x03\x04";

const PICKLE: &str = "data.pkl";

/// The object and the storages of the file `bytes`.
pub(super) fn open(bytes: &[u8]) -> Result<Contents<'_>, TorchFault> {
    let mut archive = Archive::new(bytes)?;
    let root = archive.root()?;
    let range = archive.entry(&format!("{root}{PICKLE}"))?;
    let mut cursor = Cursor::new(&bytes[..range.end], range.start);
    let object = pickle::load(&mut cursor)?;
    cursor.finish("the end of data.pkl")?;

    // Written since torch 2.1. Before that, files were little-endian without saying so.
    let order = format!("{root}byteorder");
    if archive.zip.index_for_name(&order).is_some() {
        let range = archive.entry(&order)?;
        if &bytes[range.clone()] != b"little" {
            return Err(TorchFault::Unexpected {
                expected: "the byte order 'little'".to_owned(),
                found: quoted(&String::from_utf8_lossy(&bytes[range.clone()])),
                at: range.start,
            });
        }
    }

    let mut storages = Storages::new();
    for (key, storage) in declared_storages(&object)? {
        let data = &bytes[archive.entry(&format!("{root}data/{key}"))?];
        let size = storage.count.saturating_mul(storage.element.stored_size());
        if data.len() != size {
            return Err(TorchFault::Storage {
                key: quoted(key),
                problem: format!(
                    "expected {size} bytes ({} elements), found {}",
                    storage.count,
                    data.len()
                ),
            });
        }
        storages.insert(key, data);
    }
    Ok(Contents { object, storages })
}

/// The bytes of the entry `<name>/<extra>`, if it exists.
pub(super) fn extra<'a>(bytes: &'a [u8], extra: &str) -> Result<Option<&'a [u8]>, TorchFault> {
    let mut archive = Archive::new(bytes)?;
    let name = format!("{}{extra}", archive.root()?);
    match archive.zip.index_for_name(&name) {
        Some(_) => Ok(Some(&bytes[archive.entry(&name)?])),
        None => Ok(None),
    }
}

struct Archive<'a> {
    zip: ZipArchive<Stream<&'a [u8]>>,
    size: usize,
    /// Number of bytes not yet claimed by an entry. Otherwise entries that overlap could make a
    /// short file take very long to check.
    unclaimed: u64,
}

impl<'a> Archive<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, TorchFault> {
        // The offset is fixed, not searched for. torch writes zip64 records (76 bytes) but leaves
        // the zip32 fields that would announce them unchanged, so a search from the end can mistake
        // the second entry, 76 bytes after the first, for the first.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let zip = ZipArchive::with_config(config, Stream::new(bytes)).map_err(fault)?;
        Ok(Self { zip, size: bytes.len(), unclaimed: bytes.len() as u64 })
    }

    /// The folder that holds the pickle, with a trailing slash.
    fn root(&self) -> Result<String, TorchFault> {
        let mut roots = self
            .zip
            .file_names()
            .filter_map(Result::ok)
            .filter_map(|name| Some(name.strip_suffix(PICKLE)?.to_owned()))
            .filter(|root| root.ends_with('/'));
        match (roots.next(), roots.next()) {
            (Some(root), None) => Ok(root),
            (None, _) => Err(TorchFault::Archive("it has no folder with a data.pkl".to_owned())),
            (Some(_), Some(_)) => {
                Err(TorchFault::Archive("it has more than one data.pkl".to_owned()))
            }
        }
    }

    /// The position in the file of the bytes of entry `name`, after verifying their checksum.
    fn entry(&mut self, name: &str) -> Result<Range<usize>, TorchFault> {
        let refuse = |problem: &str| TorchFault::Archive(format!("{} {problem}", quoted(name)));
        let index = self.zip.index_for_name(name).ok_or_else(|| refuse("is missing"))?;
        let entry = self.zip.by_index_raw(index).map_err(fault)?;
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(refuse("is compressed or encrypted, but torch.save stores plain bytes"));
        }
        let size = entry.size();
        // With `compute_crc32=False`, `torch.save` writes 0 as the checksum.
        let checked = entry.crc32() != 0;
        let start = entry.data_start().ok_or_else(|| refuse("has no bytes"))?;
        drop(entry);

        self.unclaimed = self
            .unclaimed
            .checked_sub(size)
            .ok_or_else(|| refuse("overlaps another entry or runs past the end"))?;
        if checked {
            let mut entry = self.zip.by_index(index).map_err(fault)?;
            io::copy(&mut entry, &mut io::sink())
                .map_err(|error| refuse(&format!("is damaged: {error}")))?;
        }
        let end = start.checked_add(size);
        let file = self.size;
        match (usize::try_from(start), end.map(usize::try_from)) {
            (Ok(start), Some(Ok(end))) if end <= file => Ok(start..end),
            _ => Err(refuse("runs past the end of the file")),
        }
    }
}

fn fault(error: zip::result::ZipError) -> TorchFault {
    TorchFault::Archive(error.to_string())
}
