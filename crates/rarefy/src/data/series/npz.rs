//! NumPy's archive of several arrays: a zip file with an entry `NAME.npy` for each of them.
//!
//! Entries may be compressed. The header of an array limits how much is unpacked, and the data is
//! read series by series. So nothing is allocated merely because a header claims it.

use std::io::{Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::arrays::{Arrays, Extent, Named};
use super::npy::{Array, Stored};
use super::set::{AxisOrder, SeriesSet, refused};
use crate::data::error::{excerpt, listed};
use crate::data::{DataError, DataNote, TaskKind};

const EXPECTED: &str = "expected X with the values, y with the labels and, if series differ in \
                        length, lengths or mask";

/// The series of the archive in `file`; `path` is its name in errors.
pub(super) fn read(
    path: &Path,
    file: impl Read + Seek,
    order: AxisOrder,
    task: Option<TaskKind>,
    limit: usize,
) -> Result<(SeriesSet<'static>, Option<DataNote>), DataError> {
    let mut archive = ZipArchive::new(file).map_err(|error| {
        refused(path, format!("not an archive written by numpy.savez: {error}"))
    })?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .filter_map(|name| name.strip_suffix(".npy").map(str::to_owned))
        .collect();

    // The array with one of the names.
    let named = |wanted: &[&str]| -> Result<Option<&str>, DataError> {
        let found: Vec<&String> =
            names.iter().filter(|name| wanted.contains(&name.as_str())).collect();
        match found[..] {
            [] => Ok(None),
            [name] => Ok(Some(name)),
            [first, second, ..] => {
                let reason = format!("it has both {first} and {second}: expected only one of them");
                Err(refused(path, reason))
            }
        }
    };
    let missing = |wanted: &str| {
        let reason = match names.is_empty() {
            true => format!("it contains no arrays: {EXPECTED}"),
            false => format!(
                "there is no array {}: the arrays are {}; {EXPECTED}",
                excerpt(wanted),
                listed(&names)
            ),
        };
        refused(path, reason)
    };
    let values = named(&["X", "x", "data"])?.ok_or_else(|| missing("X"))?;
    let labels = named(&["y", "labels"])?.ok_or_else(|| missing("y"))?;
    let extent = named(&["lengths", "mask"])?;

    // The other arrays come first, because they determine how much of the values is data.
    let mut whole = |name: &str| -> Result<Named<'_, Array>, DataError> {
        let array = stored(&mut archive, name).and_then(|array| array.whole(limit));
        let array = array.map_err(|reason| refused(path, format!("the array {name}: {reason}")))?;
        Ok(Named { path, name: name.to_owned(), array })
    };
    let labels = whole(labels)?;
    let extent = match extent {
        Some("mask") => Some(Extent::Mask(whole("mask")?)),
        Some(lengths) => Some(Extent::Lengths(whole(lengths)?)),
        None => None,
    };
    let array = stored(&mut archive, values)
        .map_err(|reason| refused(path, format!("the array {values}: {reason}")))?;
    let values = Named { path, name: values.to_owned(), array };
    Arrays { values, labels, extent, task }.series(order, limit)
}

fn stored<'z>(
    archive: &'z mut ZipArchive<impl Read + Seek>,
    name: &str,
) -> Result<Stored<impl Read + 'z>, String> {
    Stored::open(archive.by_name(&format!("{name}.npy")).map_err(|error| error.to_string())?)
}
