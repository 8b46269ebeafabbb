//! Records of finished runs, kept in the repository.

use std::fs::File;
use std::path::Path;

/// Unpacks the records of a run into `folder/RUN`: everything that `rarefy reproduce` wrote, except
/// data, models and graphs.
pub fn unpack(run: &str, folder: &Path) {
    let kept = format!("{}/../../docs/example/{run}.zip", env!("CARGO_MANIFEST_DIR"));
    let mut archive = zip::ZipArchive::new(File::open(kept).unwrap()).unwrap();
    archive.extract(folder).unwrap();
}
