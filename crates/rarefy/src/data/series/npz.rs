//! NumPy's archive of several arrays: a zip file with an entry `NAME.npy` for each.
//!
//! Entries may be compressed. An array's own header says how much is unpacked at most,
//! and that is taken as it comes: what is claimed is not allocated.

use std::io::{Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::super::error::{excerpt, listed};
use super::arrays::{Arrays, Extent, Named};
use super::npy::Array;
use super::{DataError, refused};

const EXPECTED: &str = "expected X with the values, y with the labels and, if series differ in \
                        length, lengths or mask";

/// The arrays of the archive that `file` holds; `path` is its name in errors.
pub(super) fn read(path: &Path, file: impl Read + Seek) -> Result<Arrays<'_>, DataError> {
    let mut archive = ZipArchive::new(file)
        .map_err(|error| refused(path, format!("it is no archive of numpy.savez: {error}")))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .filter_map(|name| name.strip_suffix(".npy").map(str::to_owned))
        .collect();

    // The array that has one of the names.
    let mut array = |wanted: &[&str]| -> Result<Option<Named<'_>>, DataError> {
        let found: Vec<&String> =
            names.iter().filter(|name| wanted.contains(&name.as_str())).collect();
        let name = match found[..] {
            [] => return Ok(None),
            [name] => name,
            [first, second, ..] => {
                let reason = format!("there are both {first} and {second}: expected one of them");
                return Err(refused(path, reason));
            }
        };
        let refused = |reason| refused(path, format!("the array {name}: {reason}"));
        let entry =
            archive.by_name(&format!("{name}.npy")).map_err(|error| refused(error.to_string()))?;
        let array = Array::read(entry).map_err(refused)?;
        Ok(Some(Named { path, name: name.clone(), array }))
    };
    let missing = |wanted: &str| {
        let reason = match names.is_empty() {
            true => format!("there are no arrays in it: {EXPECTED}"),
            false => format!(
                "there is no array {}: the arrays are {}; {EXPECTED}",
                excerpt(wanted),
                listed(&names)
            ),
        };
        refused(path, reason)
    };
    let values = array(&["X", "x", "data"])?.ok_or_else(|| missing("X"))?;
    let labels = array(&["y", "labels"])?.ok_or_else(|| missing("y"))?;
    let extent = array(&["lengths", "mask"])?.map(|named| match named.name.as_str() {
        "mask" => Extent::Mask(named),
        _ => Extent::Lengths(named),
    });
    Ok(Arrays { values, labels, extent })
}
