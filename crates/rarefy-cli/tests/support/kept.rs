//! Records of finished runs, kept in the repository.

use std::fs::File;
use std::path::Path;

/// Unpacks the records of the run at a scale into `folder/SCALE`: everything that
/// `rarefy reproduce` wrote, except data, models and graphs.
pub fn unpack(scale: &str, folder: &Path) {
    let kept = format!("{}/../../docs/example/{scale}.zip", env!("CARGO_MANIFEST_DIR"));
    let mut archive = zip::ZipArchive::new(File::open(kept).unwrap()).unwrap();
    archive.extract(folder).unwrap();
}
