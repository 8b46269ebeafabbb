//! Where the tests find the thesis's material.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the thesis's data: what `RAREFY_THESIS_DIR` says, otherwise
/// `shared/thesis` beside the workspace. None when there is no such folder, which
/// is said on stderr; the test then has nothing to check and returns.
///
/// # Panics
/// When there is no such folder and `CI` is set, where nothing may be skipped.
pub fn thesis_dir() -> Option<PathBuf> {
    let folder = match std::env::var_os("RAREFY_THESIS_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/thesis"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the thesis's data is not at {}: set RAREFY_THESIS_DIR",
        folder.display()
    );
    // Not eprintln!, which the test harness keeps to itself when a test passes.
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "skipped: the thesis's data is not at {}", folder.display()).unwrap();
    None
}
