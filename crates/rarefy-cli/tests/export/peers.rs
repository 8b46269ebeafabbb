//! Other programs that run exported models: Python, and C compiled by gcc.

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::support::skip;

/// For f32 sums in different orders.
const TOLERANCE: f64 = 1e-5;

/// Every warning of the compiler is an error.
const C_FLAGS: [&str; 6] = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"];

/// Logits of ReLU networks are unbounded: those of a published one reach 1,600, where neighbouring
/// floats are 1.2e-4 apart. They are compared relative to their size.
#[track_caller]
pub fn assert_close(what: &str, found: &[Vec<f64>], expected: &[Vec<f64>]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    let unbounded = what.contains("relu");
    let error = |(found, expected): (&f64, &f64)| {
        let scale = if unbounded { expected.abs().max(1.0) } else { 1.0 };
        (found - expected).abs() / scale
    };
    let most = pairs.map(error).fold(0.0, f64::max);
    assert!(most <= TOLERANCE, "{what}: logits differ by {most}");
    writeln!(std::io::stderr().lock(), "{what}: logits differ by {most:.1e} at most").unwrap();
}

/// A Python that has these modules, if there is one.
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/export-peers/bin/python");
    let python = std::env::var_os("RAREFY_PYTHON").map_or(made, PathBuf::from);
    let has = Command::new(&python).arg(script()).arg("has").args(modules).output();
    has.is_ok_and(|has| has.status.success()).then_some(python)
}

pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/forward.py")
}

/// The logits that the script `how` computes.
pub fn forward(
    python: &Path,
    folder: &Path,
    how: &str,
    file: &str,
    more: &[&str],
) -> Vec<Vec<f64>> {
    let arguments = [how, file, "texts.json"];
    let mut command = Command::new(python);
    command.arg(script()).args(arguments).args(more).current_dir(folder);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{how} {file}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What the C file of a model computes for each of `texts`, whose steps the driver reads as `kind`
/// defines; `None` without a compiler.
pub fn in_c<T: Display>(
    folder: &Path,
    name: &str,
    texts: &[Vec<T>],
    kind: &[&str],
    classes: usize,
) -> Option<Vec<Vec<f64>>> {
    let binary = compiled(folder, name, kind, classes)?;
    let output = fed(&binary, texts, &[]);
    let line = |line: &str| line.split_whitespace().map(|value| value.parse().unwrap()).collect();
    Some(output.lines().map(line).collect())
}

/// Compiles the driver together with the C file of a model.
pub fn compiled(folder: &Path, name: &str, kind: &[&str], classes: usize) -> Option<PathBuf> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/driver.c");
    let model = format!("-DMODEL=\"{}\"", folder.join(format!("{name}.c")).display());
    let defined = [model, format!("-DNAME={name}"), format!("-DCLASSES={classes}")];
    let kind = kind.iter().map(|&defined| defined.to_owned());
    let arguments: Vec<String> = defined.into_iter().chain(kind).collect();
    gcc(folder, &format!("{name}.out"), &arguments, &[driver])
}

/// Compiles these C files in `folder` to one program.
pub fn linked(folder: &Path, files: &[String]) -> Option<PathBuf> {
    gcc(folder, "linked.out", &[], &files.iter().map(PathBuf::from).collect::<Vec<_>>())
}

fn gcc(folder: &Path, out: &str, arguments: &[String], files: &[PathBuf]) -> Option<PathBuf> {
    if !Command::new("gcc").arg("--version").output().is_ok_and(|gcc| gcc.status.success()) {
        skip("gcc");
        return None;
    }
    let mut gcc = Command::new("gcc");
    gcc.args(C_FLAGS).args(arguments).args(files).args(["-o", out, "-lm"]).current_dir(folder);
    let output = gcc.output().unwrap();
    assert!(output.status.success(), "{out}: {}", String::from_utf8_lossy(&output.stderr));
    Some(folder.join(out))
}

pub fn fed<T: Display>(binary: &Path, texts: &[Vec<T>], arguments: &[&str]) -> String {
    let mut input = String::new();
    for text in texts {
        let steps: Vec<String> = text.iter().map(T::to_string).collect();
        input += &format!("{} {}\n", text.len(), steps.join(" "));
    }
    let mut process = Command::new(binary)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let feed = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    feed.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// `texts`, padded with `padding` to the length of the longest.
pub fn padded<T: Clone>(texts: &[Vec<T>], padding: &T) -> Vec<Vec<T>> {
    let longest = texts.iter().map(Vec::len).max().unwrap();
    let pad = |text: &Vec<T>| {
        let mut text = text.clone();
        text.resize(longest, padding.clone());
        text
    };
    texts.iter().map(pad).collect()
}

/// The size in bytes of all constant arrays that a C file declares.
pub fn constant_bytes(text: &str) -> usize {
    let declarations = text.lines().filter_map(|line| line.strip_prefix("static RAREFY_CONST "));
    let bytes = declarations.map(|declaration| {
        let (kind, rest) = declaration.split_once(' ').unwrap();
        let count: usize = rest.split(['[', ']']).nth(1).unwrap().parse().unwrap();
        count
            * [("float", 4), ("char", 1), ("uint8_t", 1), ("uint16_t", 2), ("uint32_t", 4)]
                .iter()
                .find(|k| k.0 == kind)
                .unwrap()
                .1
    });
    bytes.sum()
}
