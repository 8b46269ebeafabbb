//! Where the tests find data that are not in the repository.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the thesis's data: what `RAREFY_THESIS_DIR` says, otherwise
/// `shared/thesis` beside the workspace. None when there is no such folder, which
/// is said on stderr; the test then has nothing to check and returns.
///
/// # Panics
/// When there is no such folder and `CI` is set, where nothing may be skipped.
#[allow(dead_code)] // Not every test reads them.
pub fn thesis_dir() -> Option<PathBuf> {
    folder("RAREFY_THESIS_DIR", "../../../shared/thesis", "the thesis's data")
}

/// The folder of real series and texts, which `just series-data` fetches: what
/// `RAREFY_SERIES_DIR` says, otherwise `target/series`. None, or a panic, as above.
///
/// # Panics
/// When there is no such folder and `CI` is set, where nothing may be skipped.
#[allow(dead_code)] // Not every test reads them.
pub fn series_dir() -> Option<PathBuf> {
    folder("RAREFY_SERIES_DIR", "../../target/series", "series (just series-data)")
}

/// The folder that `variable` says, otherwise `usual`, from the crate's own.
fn folder(variable: &str, usual: &str, what: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os(variable) {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join(usual),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    let at = folder.display();
    skip(&format!("{what}: not at {at}: set {variable}"));
    None
}

/// Says that a test, or the rest of one, is not run, and what is missing.
///
/// # Panics
/// When `CI` is set, where nothing may be skipped.
#[allow(dead_code)] // Not every test can be.
pub fn skip(missing: &str) {
    assert!(std::env::var_os("CI").is_none(), "missing: {missing}");
    leave_out(missing);
}

/// The same of what not every machine that runs all tests allows, or has room for.
#[allow(dead_code)] // Not every test can be.
pub fn leave_out(missing: &str) {
    // Not eprintln!, which the test harness keeps to itself when a test passes.
    writeln!(std::io::stderr().lock(), "skipped: {missing}").unwrap();
}
