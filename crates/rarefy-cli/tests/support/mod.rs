//! Running the built command.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

// Not every test reads all fields.
#[allow(dead_code)]
#[path = "../../../rarefy/tests/support/mod.rs"]
mod data;

#[allow(unused_imports)]
pub use data::{leave_out, series_dir, skip, thesis_dir, zhang_dir};

/// The outcome of a run of the command.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The one JSON object on stdout of a run that succeeded.
    #[allow(dead_code)] // Not every test asks for one.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        assert_eq!(self.stdout.lines().count(), 1, "one object on one line: {}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The one line that a run that failed says why.
    #[allow(dead_code)] // Not every test has it fail.
    pub fn failure(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "", "nothing on stdout when it fails");
        let line = self.stderr.lines().find(|line| line.starts_with("error: "));
        line.unwrap_or_else(|| panic!("no error line in: {}", self.stderr))
    }
}

/// Runs `rarefy` with these arguments in `folder`.
#[allow(dead_code)] // Not every test runs it like this.
pub fn rarefy(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_rarefy"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().expect("it was not killed");
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}
