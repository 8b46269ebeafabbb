//! The Python package: its tests, the examples in its documentation, types and style. They run in
//! the Python that `RAREFY_PYTHON` names, or `just export-peers` sets up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The extension module that cargo built for this test: the newest one beside it.
fn built() -> PathBuf {
    let beside = env::current_exe().unwrap().parent().unwrap().to_owned();
    let files = fs::read_dir(beside).unwrap().map(|file| file.unwrap());
    let modules = files.filter(|file| {
        let name = file.file_name().into_string().unwrap_or_default();
        name.starts_with("lib_native") && name.ends_with(".so")
    });
    let newest = modules.max_by_key(|file| file.metadata().unwrap().modified().unwrap());
    newest.expect("cargo builds it with the test").path()
}

/// Puts the package together from its Python files and the extension module.
fn package() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
    let package = folder.join("rarefy");
    drop(fs::remove_dir_all(&package));
    fs::create_dir_all(&package).unwrap();
    for file in fs::read_dir(here().join("python/rarefy")).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), package.join(file.file_name())).unwrap();
        }
    }
    fs::copy(built(), package.join("_native.abi3.so")).unwrap();
    folder
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Python, if it has all that the tests need.
fn python() -> Option<PathBuf> {
    let made = here().join("../../target/export-peers/bin/python");
    let python = env::var_os("RAREFY_PYTHON").map_or(made, PathBuf::from);
    let needed = "import mypy, networkx, numpy, pandas, pytest, sklearn, sys; sys.exit(sys.version_info < (3, 10))";
    let has = Command::new(&python).args(["-c", needed]).output();
    has.is_ok_and(|has| has.status.success()).then_some(python)
}

#[test]
fn the_package_passes_its_tests_examples_types_and_style() {
    let Some(python) = python() else {
        assert!(env::var_os("CI").is_none(), "CI needs a Python with pytest (just export-peers)");
        eprintln!("skipped: needs a Python with pytest (just export-peers)");
        return;
    };
    let package = package();
    let module = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-X", "dev", "-W", "error::DeprecationWarning", "-m"]).args(arguments);
        let output = command
            .current_dir(here())
            .env("PYTHONPATH", &package)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let said =
            [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        assert!(output.status.success(), "{arguments:?}: {}{}", said[0], said[1]);
    };
    let source = package.join("rarefy");
    let source = source.to_str().unwrap();
    let quiet = ["-q", "-p", "no:cacheprovider"];
    module(&[&["pytest"][..], &quiet, &["tests"]].concat());
    module(&[&["pytest"][..], &quiet, &["--doctest-modules", source]].concat());
    module(&["ruff", "check", "--no-cache", "python", "tests"]);
    module(&["ruff", "format", "--no-cache", "--check", "python", "tests"]);
    module(&["mypy", "--cache-dir", "/dev/null"]);
}
