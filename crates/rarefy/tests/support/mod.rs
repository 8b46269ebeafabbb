//! Where tests find data that are not in the repository.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the thesis's data: `RAREFY_THESIS_DIR` if set, otherwise `shared/thesis` next to
/// the workspace. If there is no such folder, prints so to stderr and returns `None`; the test then
/// has nothing to check and returns.
///
/// # Panics
/// If there is no such folder and `CI` is set, because nothing may be skipped there.
#[allow(dead_code)] // Not every test reads them.
pub fn thesis_dir() -> Option<PathBuf> {
    folder("RAREFY_THESIS_DIR", "../../../shared/thesis", "the thesis's data")
}

/// The folder of the weights, edges and numbers of Zhang et al. 2023: `RAREFY_ZHANG_DIR` if set,
/// otherwise `shared/zhang2023` next to the workspace. `None`, or a panic, as above.
///
/// # Panics
/// If there is no such folder and `CI` is set, because nothing may be skipped there.
#[allow(dead_code)] // Not every test reads them.
pub fn zhang_dir() -> Option<PathBuf> {
    folder("RAREFY_ZHANG_DIR", "../../../shared/zhang2023", "the files of Zhang et al. 2023")
}

/// The folder of real series and texts, which `just series-data` downloads: `RAREFY_SERIES_DIR` if
/// set, otherwise `target/series`. `None`, or a panic, as above.
///
/// # Panics
/// If there is no such folder and `CI` is set, because nothing may be skipped there.
#[allow(dead_code)] // Not every test reads them.
pub fn series_dir() -> Option<PathBuf> {
    folder("RAREFY_SERIES_DIR", "../../target/series", "series (just series-data)")
}

/// The folder that `variable` names, otherwise `usual`, relative to this crate's folder.
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

/// Prints that a test, or the rest of one, is skipped, and what is missing.
///
/// # Panics
/// If `CI` is set, because nothing may be skipped there.
#[allow(dead_code)] // Not every test can be.
pub fn skip(missing: &str) {
    assert!(std::env::var_os("CI").is_none(), "missing: {missing}");
    leave_out(missing);
}

/// The same for things that not every machine running all tests allows or has room for.
#[allow(dead_code)] // Not every test can be.
pub fn leave_out(missing: &str) {
    // Not eprintln!, whose output the test harness hides when a test passes.
    writeln!(std::io::stderr().lock(), "skipped: {missing}").unwrap();
}
